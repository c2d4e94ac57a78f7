/** Depth and length: nesting ends in C4M-P038, recursion in C4M-E010, loops in C4M-E022, and long files are read in time. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EvaluateOptions, evaluateText, formatText } from "../../runtime/library.js";

const codes = async (text: string, options: EvaluateOptions = {}) => [
  ...new Set((await evaluateText(text, options)).diagnostics.map((d) => d.code)),
];

/** Ways to nest: what goes before, what is inside, and what goes after, per level. */
const nestings: Readonly<
  Record<string, readonly [open: string, inside: string, close: string, before?: string, after?: string]>
> = {
  lists: ["[", "1", "]", "x = "],
  parentheses: ["(", "1", ")", "x = "],
  tuples: ["(1, ", "2", ")", "x = "],
  dicts: ["{1: ", "2", "}", "x = "],
  calls: ["$(", "1", ")", "x = "],
  indexes: ["l[", "0", "]", "l := [0]\nx = "],
  not: ["not ", "true", "", "x = "],
  sections: ["a {\n", "x = 1\n", "}\n"],
  branches: ["if true {\n", "x = 1\n", "}\n"],
  "else branches": ["if false { } else {\n", "x = 1\n", "}\n"],
  loops: ["for i from 0 to 1 {\n", "x = 1\n", "}\n"],
  types: ["list[", "int", "]", "var x: "],
  "function types": ["func(", "int", ")", "var x: "],
};

for (const [name, [open, inside, close, before = "", after = "\n"]] of Object.entries(nestings)) {
  const nested = (levels: number) => before + open.repeat(levels) + inside + close.repeat(levels) + after;
  test(`${name}: 400 levels run`, async () => {
    const result = await evaluateText(nested(400));
    assert.equal(
      result.diagnostics.filter((d) => d.severity === "error").map((d) => `${d.code} ${d.message}`),
      [],
    );
    assert.type(formatText(nested(400)).text, "string");
  });
  for (const levels of [600, 20_000]) {
    test(`${name}: ${levels} levels are C4M-P038`, async () => {
      const found = await codes(nested(levels));
      assert.ok(found.includes("C4M-P038"), found.join(" "));
      assert.type(formatText(nested(levels)).text, "string");
    });
  }
  test(`${name}: 20000 levels that are never closed`, async () => {
    const found = await codes(before + open.repeat(20_000));
    assert.ok(found.includes("C4M-P038"), found.join(" "));
  });
}

test("long chains are not deep", async () => {
  for (const chain of [
    `x = 1${" + 1".repeat(20_000)}\n`,
    `x = ${'"a" + '.repeat(20_000)}"b"\n`,
    `x = true${" and true".repeat(20_000)}\n`,
    `x = "a"${".upper()".repeat(1000)}\n`,
    `if true { } ${"elif true { } ".repeat(5000)}\n`,
    `${"a.".repeat(5000)}b = 1\n`,
  ]) {
    const found = await codes(chain);
    assert.ok(found.length === 0 || found.join() === "C4M-P038", `${found.join(" ")}: ${chain.slice(0, 30)}`);
  }
});

test("paths that a program makes up end in C4M-E022", async () => {
  const path = (doublings: number) => `p := "a."\nfor i from 0 to ${doublings} { p := p + p }\nx = add_override(p + "b", 1)\n`;
  assert.equal(await codes(path(9)), []);
  assert.equal(await codes(path(13)), ["C4M-E022"]);
});

test("JSON and types that are nested too deeply are refused", async () => {
  const twice = (name: string, piece: string) =>
    `${name} := ${JSON.stringify(piece)}\nfor i from 0 to 16 { ${name} := ${name} + ${name} }\n`;
  assert.equal(await codes(`${twice("a", "[")}${twice("b", "]")}x = to_json(parse_json(a + b))\n`), ["C4M-E020"]);
  assert.equal(await codes(`${twice("a", "list[")}${twice("b", "]")}x = to_type(a + "int" + b)\n`), ["C4M-E019"]);
});

/** Forty lines, each of which has the one before twice: small in memory, as shared parts are, and larger than any disk when written out. */
const doubling = (operator: ":=" | "=", pair: (part: string) => string) =>
  Array.from({ length: 40 }, (_, i) => `a${i} ${operator} ${pair(i === 0 ? "1" : `a${i - 1}`)}\n`).join("");
const pairs: Readonly<Record<string, (part: string) => string>> = {
  tuples: (part) => `(${part}, ${part})`,
  lists: (part) => `[${part}, ${part}]`,
  dicts: (part) => `{1: ${part}, 2: ${part}}`,
};
const uses = {
  text: "x = $(a39)",
  JSON: "x = to_json(a39)",
  hash: "x = binary_sha256(a39)",
  equality: "x = [a39] == [a39]",
  type: "x = $(typeof(a39))",
  result: "func f(x) { return x }\ny := f(a39)\nx = 1",
  override: 'x = add_override("p", a39)',
  attribute: "x = a39",
};
for (const [name, pair] of Object.entries(pairs)) {
  test(`doubled ${name} are C4M-E022 wherever they are looked at`, async () => {
    for (const [use, statement] of Object.entries(uses)) {
      const text = doubling(":=", pair) + statement;
      const found = await codes(text);
      assert.ok(
        use === "result" && found.length === 0 ? name === "tuples" : found.join() === "C4M-E022",
        `${use}: ${found.join(" ")}`,
      );
    }
    assert.equal(await codes(doubling("=", pair)), ["C4M-E022"]);
  });
}

test("deep values are no trouble", async () => {
  const text = Array.from({ length: 400 }, (_, i) => `a${i} := [${i === 0 ? "1" : `a${i - 1}`}]\n`).join("");
  assert.equal(await codes(`${text}x = a399\ny = a399 == a399\nz = $(a399)\n`), []);
  const deeper = Array.from({ length: 20_000 }, (_, i) => `a${i} := [${i === 0 ? "1" : `a${i - 1}`}]\n`).join("");
  const found = await codes(`${deeper}x = a19999\ny = $(a19999)\n`);
  assert.ok(found.length === 1 && ["C4M-P038", "C4M-E010", "C4M-E022"].includes(found[0] as string), found.join(" "));
});

const recursions: Readonly<Record<string, string>> = {
  direct: "func f(n: int) { return f(n + 1) }\nx = f(0)\n",
  mutual: "func f(n: int) { return g(n + 1) }\nfunc g(n: int) { return f(n + 1) }\nx = f(0)\n",
  void: "func f(n: int) { f(n + 1) }\nf(0)\n",
  "in deep expressions": `func f(n: int) { return ${"(1 + ".repeat(100)}f(n + 1)${")".repeat(100)} }\nx = f(0)\n`,
  "in loops and branches": "func f(n: int) {\n  for i from 0 to 2 { if true { result := f(n + 1) } }\n}\nx = f(0)\n",
  "in arguments": "func f(n: int) { return len([f(n + 1), 2]) }\nx = f(0)\n",
};
for (const [name, text] of Object.entries(recursions)) {
  test(`recursion ${name} is C4M-E010`, async () => {
    const result = await evaluateText(text);
    assert.equal(
      result.diagnostics.filter((d) => d.severity === "error").map((d) => d.code),
      ["C4M-E010"],
    );
  });
}

const loops: Readonly<Record<string, string>> = {
  one: "for i from 0 to high() { }\n",
  nested: "for i from 0 to 100000 { for j from 0 to 100000 { x := j } }\n",
  calls: "func f(n: int) { return n + 1 }\nfor i from 0 to high() { x := f(i) }\n",
  "exponential recursion": "func f(n: int) { if n == 0 { return 1 }\n return f(n - 1) + f(n - 1) }\nx = f(60)\n",
  "growing text": 's := "abc"\nfor i from 0 to 1000 { s := s + s }\n',
  "growing lists": "l := [1, 2, 3]\nfor i from 0 to 1000 { l := array_add(l, l) }\n",
};
for (const [name, text] of Object.entries(loops)) {
  test(`runaway ${name} is C4M-E022`, async () => {
    // One of them uses up the usual number of steps.
    assert.equal(await codes(text, name === "one" ? {} : { limits: { maxSteps: 500_000 } }), ["C4M-E022"]);
  });
}

test("long files are read", async () => {
  const line = (i: number) => `section tag${i} {\n  name: "n${i}"\n  list: [${i}, 2, 3]\n  if name == "x" { echo(name) }\n}\n`;
  const text = Array.from({ length: 3000 }, (_, i) => line(i)).join("");
  const { diagnostics } = await evaluateText(text);
  assert.equal(diagnostics, []);
});

test.run();
