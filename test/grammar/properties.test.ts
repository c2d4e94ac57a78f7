/** Properties: literals survive a round trip, no input crashes or stalls the parser, and positions are always inside the file. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasErrors } from "../../grammar/diagnostic.js";
import { durationText, maximumInt, parseDomain } from "../../grammar/domains.js";
import { parse } from "../../grammar/parse.js";
import { print } from "../../grammar/print.js";
import { decodeSource, sourceFromText } from "../../grammar/source.js";
import { cases, parseText } from "./helpers.js";
import "../helpers/reproducible.js";

/** Value of the only literal of `a = …`. */
function literal(text: string): unknown {
  const { ast, diagnostics } = parseText(`a = ${text}`);
  assert.equal(
    diagnostics.map((d) => d.message),
    [],
    text,
  );
  const [item] = ast.items;
  assert.ok(item?.kind === "assign" && item.value.kind === "literal", text);
  return item.value.value;
}

/** A string literal in which everything that can be escaped is escaped at random. */
function quoted(text: string, hexadecimal: boolean): string {
  const body = Array.from(text, (char) => {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === "\\") return `\\${char}`;
    if (hexadecimal || code < 32)
      return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
    return char;
  });
  return `"${body.join("")}"`;
}

/** What must hold for any input. */
function survives(bytes: Uint8Array): void {
  const { source } = decodeSource("x", bytes);
  const { ast, diagnostics } = parse(source);
  assert.ok(diagnostics.filter((d) => d.severity === "error").length <= 50);
  let previous = 0;
  for (const { location } of diagnostics) {
    assert.ok(location);
    assert.ok(location.line >= 1 && location.line <= source.table.lineStarts.length && location.col >= 1);
    assert.ok(location.endLine > location.line || (location.endLine === location.line && location.endCol >= location.col));
    assert.ok(location.line * 1e6 + location.col >= previous, "sorted");
    previous = location.line * 1e6 + location.col;
  }
  if (hasErrors(diagnostics)) return;
  const text = print(ast, source);
  const again = sourceFromText("x", text);
  const second = parse(again);
  assert.equal(
    second.diagnostics.filter((d) => d.severity === "error"),
    [],
    text,
  );
  assert.is(print(second.ast, again), text);
}

test("strings round trip", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, all) => literal(quoted(text, all)) === text));
});

test("ints and floats round trip", () => {
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: maximumInt }), (value) => literal(String(value)) === value));
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = String(value);
      return literal(/[.e]/.test(text) ? text : `${text}.0`) === value;
    }),
  );
});

test("characters round trip", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), (char) => {
      const code = char.codePointAt(0) as number;
      const text = code < 32 || char === "'" || char === "\\" ? `\\x${code.toString(16).padStart(2, "0")}` : char;
      return literal(`'${text}'`) === code;
    }),
  );
});

test("durations round trip through their text", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: maximumInt }),
      (value) => parseDomain("Duration", durationText(value))?.value === value,
    ),
  );
});

test("random bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 300 });
});

/** Pieces of the language in any order: much likelier to reach deep into the parser than random bytes. */
const fragments = [
  ..."( ) [ ] { } , ; : = := ~ . -> ` + - * / % < <= == != && || ! not and or is if elif else for from to func enum export var".split(
    " ",
  ),
  ..."return break continue use parameter int list dict tuple typespec string x y foo true 5 1.5 10.0.0.1 1:02:03".split(" "),
  ...[
    '"s"',
    '"""t\n"""',
    "'c'",
    "<<5 min>>",
    "<<?>>",
    "\n",
    "\n\n",
    " ",
    "# c\n",
    "/* d */",
    '"open',
    "'",
    "<<",
    "@",
    "\\",
    "\r",
    "\0",
    "5.",
    "1e",
  ],
];

test("fragments in any order", () => {
  const text = fc.array(fc.constantFrom(...fragments), { maxLength: 60 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(text, (program) => survives(new TextEncoder().encode(program))),
    { numRuns: 3000 },
  );
});

test("programs of the corpus, mutated", () => {
  const programs = cases().flatMap(({ files }) => files.map((path) => readFileSync(path)));
  const mutation = fc.record({
    program: fc.nat({ max: programs.length - 1 }),
    cuts: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.nat({ max: 5 }),
        text: fc.constantFrom("", ...fragments),
      }),
      { maxLength: 4 },
    ),
  });
  fc.assert(
    fc.property(mutation, ({ program, cuts }) => {
      let text = (programs[program] as Buffer).toString("latin1");
      for (const { at, length, text: inserted } of cuts) {
        const offset = Math.floor(at * text.length);
        text = text.slice(0, offset) + inserted + text.slice(offset + length);
      }
      survives(Buffer.from(text, "latin1"));
    }),
    { numRuns: 3000 },
  );
});

test("hostile texts cost linear time and no stack", () => {
  const hostile = [
    ..."( [ { not - + x[ f( {1: list[ a{ }) ]".split(" ").map((part) => part.repeat(100_000)),
    `x = ${"{1:".repeat(50_000)}`,
    `var x: ${"() -> ".repeat(50_000)}int`,
    `var x: ${"list[".repeat(50_000)}`,
    `x = ${"not ".repeat(50_000)}y`,
    "if x {".repeat(50_000),
    "for i from 0 to 1 {\n".repeat(20_000),
    `a = ${"1 + ".repeat(50_000)}1`,
    `a = ${"b.".repeat(50_000)}c`,
    `a = ${"f().".repeat(50_000)}g()`,
    "a = 1 2\n".repeat(50_000),
    "a = (\n".repeat(50_000),
    "func f(\n".repeat(50_000),
    "{\nfunc f() {}\n".repeat(20_000),
    "if a { } else if b { }\n".repeat(50_000),
    "if x then\n  y = 1\nend\n".repeat(50_000),
    "let x = 5\n".repeat(50_000),
    "a =\nb = 1\n".repeat(50_000),
    '"'.repeat(100_001),
    "'".repeat(100_001),
    "<<".repeat(50_000),
    `"${"\\x".repeat(50_000)}"`,
    `a = ${"9".repeat(200_000)}`,
    `a = ${"1.".repeat(100_000)}`,
    `<<${"t1".repeat(50_000)}>>`,
    `<<1${" ".repeat(200_000)}x>>`,
    "\u00e9@".repeat(50_000),
    "\r".repeat(100_000),
    "\0".repeat(100_000),
    `var x: ${Array.from(
      { length: 3000 },
      (_, i) =>
        `tuple[${Array(i + 2)
          .fill("int")
          .join(",")}]`,
    )
      .slice(0, 200)
      .join(" or ")}`,
  ];
  for (const text of hostile) {
    // Quadratic time would run into the limit that .ci/test.mjs sets for a file.
    const { diagnostics } = parse(sourceFromText("x", text));
    assert.ok(diagnostics.length <= 100);
  }
});

test("a bracket too many or too few is always an error", () => {
  const texts = cases()
    .flatMap(({ files }) => files.map((file) => readFileSync(file, "utf8")))
    .filter((text) => text.length < 2000 && !hasErrors(parseText(text).diagnostics));
  const edit = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.constantFrom(..."()[]{}", ""));
  fc.assert(
    fc.property(edit, ([text, place, bracket]) => {
      // Outside of literals and comments, where a bracket is text.
      const spots = [...text.matchAll(/"(?:\\.|[^"])*"|'[^\n]*|#.*|\/\/.*|\/\*[\s\S]*?\*\/|<<[\s\S]*?>>|[()[\]{}]/g)]
        .filter(([found]) => "()[]{}".includes(found))
        .map((match) => match.index);
      if (spots.length === 0) return;
      const at = spots[place % spots.length] as number;
      const changed = text.slice(0, at) + bracket + text.slice(bracket === "" ? at + 1 : at);
      assert.ok(hasErrors(parseText(changed).diagnostics), changed);
    }),
    { numRuns: 500 },
  );
});

test.run();
