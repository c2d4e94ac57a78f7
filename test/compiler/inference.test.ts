/** Types that are inferred: generic functions, forward references, overloads that are decided late, unions, typespecs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { attributeTypes, compileText, problems } from "./helpers.js";

function functionTypes(text: string): { [name: string]: string } {
  const { module, diagnostics } = compileText(text);
  if (module === undefined) throw new Error(diagnostics.map((d) => `${d.location?.line}: ${d.code} ${d.message}`).join("\n"));
  return Object.fromEntries(module.functions.map((f) => [f.name, module.types[f.type] as string]));
}

test("parameters that the body leaves open stay generic", () => {
  assert.equal(functionTypes("func id(x) { return x }\nfunc pair(a, b) { return (a, b) }\nfunc same(a, b) { return a == b }"), {
    id: "(`t) -> `t",
    pair: "(`t, `u) -> tuple[`t, `u]",
    same: "(`t, `t) -> bool",
  });
});

test("every call works on a copy of the function's type", () => {
  const text = 'func id(x) { return x }\na = id(1)\nb = id("s")\nc = id([id(true)])';
  assert.equal(attributeTypes(text), { a: "int", b: "string", c: "list[bool]" });
});

test("a chain of forward references is followed to its end", () => {
  const text = 'a = f("x")\nfunc f(x) { return g(x) }\nfunc g(x) { return h(x) }\nfunc h(x) { return len(x + "") }';
  assert.equal(attributeTypes(text), { a: "int" });
  assert.equal(functionTypes(text), { f: "(string) -> int", g: "(string) -> int", h: "(string) -> int" });
});

test("mutually recursive functions have one type each", () => {
  const text =
    "func even(n) { if n == 0 { return true }\n return odd(n - 1) }\nfunc odd(n) { if n == 0 { return false }\n return even(n - 1) }";
  assert.equal(functionTypes(text), { even: "(int) -> bool", odd: "(int) -> bool" });
});

test("attributes and exported variables are never generic", () => {
  assert.equal(problems('x = []\nfunc f() { return x }\ny = f()\nz = array_add(y, [1])\nx = ["s"]'), ["5 T002"]);
  assert.equal(problems('v := []\nexport v\nfunc f() { return v }\ny = array_add(f(), [1])\nv := ["s"]'), ["5 T001"]);
});

test("what a function shares with an attribute stays shared when the attribute's type becomes known in part", () => {
  const text = 'x = parse_json("1")\nfunc f() { return x }\nx = []\ny = array_add(f(), [1])\nx = ["s"]';
  assert.equal(problems(text), ["5 T002"]);
});

test("a function sees the types of what was assigned above it, and the top level those of functions above it", () => {
  assert.equal(problems('x = "a"\nfunc f() { return x + 1 }'), ["2 T003"]);
  assert.equal(problems('func f() { x = 1 }\nx = "a"'), ["2 T002"]);
});

test("of two clashing assignments the later one is blamed, with a note at the other", () => {
  const { diagnostics } = compileText('a = f()\nx = 1\nfunc f() { x = "s"\n return 1 }');
  assert.equal(
    diagnostics.map((d) => [d.code, d.location?.line, d.notes?.[0]?.location?.line]),
    [["C4M-T002", 3, 2]],
  );
});

test("overloads are decided by what comes later in the body", () => {
  assert.equal(functionTypes('func f(x) { n := contains(x, "a")\n y := x + "!"\n return n }'), { f: "(string) -> bool" });
  assert.equal(attributeTypes('x = parse_json("1")\nn = len(x)\nx = "s"').n, "int");
});

test("a chain of open calls is decided from its end", () => {
  const text = 'x = parse_json("1")\na = slice(x, 0, 1)\nb = slice(a, 0, 1)\nc = len(b)\nx = "s"';
  assert.equal(attributeTypes(text), { x: "string", a: "string", b: "string", c: "int" });
});

test("functions of one name may differ by type", () => {
  const text =
    'func f(x: int) { return "i" }\nfunc f(x: string) { return 5 }\na = f(1)\nb = f("s")\nfunc g(x) { return f(x + 1) }\nc = g(2)';
  assert.equal(attributeTypes(text), { a: "string", b: "int", c: "string" });
});

test("the first concrete use fixes a union", () => {
  assert.equal(problems('var v: int or string\nv := 1\nv := "s"'), ["3 T001"]);
  assert.equal(functionTypes("func f(x: int or string, y: string or bool) { if x == y { return x }\n return y }"), {
    f: "(string, string) -> string",
  });
});

test("indexing an open type with an int means list or dict", () => {
  const text = 'func first(x) { return x[0] }\na = first([true])\nb = first({5: "x"})';
  assert.equal(attributeTypes(text), { a: "bool", b: "string" });
  assert.equal(functionTypes(text), { first: "(list[`t] or dict[int, `t]) -> `t" });
  assert.equal(problems('func first(x) { return x[0] }\na = first("s")'), ["2 T019"]);
  assert.equal(functionTypes("func at(x, k) { return x[k] }"), { at: "(dict[`t, `u], `t) -> `u" });
});

test("a type literal tells a call its type, elsewhere it is a typespec", () => {
  const text = 'a = attr_get("x", list[string])\nb = int\nb = string\nc = [int, string]\nd = typecmp(b, int)\ne = typeof(5)';
  assert.equal(attributeTypes(text), {
    a: "list[string]",
    b: "typespec",
    c: "list[typespec]",
    d: "bool",
    e: "typespec",
  });
});

test("callbacks", () => {
  assert.equal(attributeTypes("a = func f\na = func f(int) -> int\nb = func g(...)".replace("(...)", "")), {
    a: "(int) -> int",
    b: "(...)",
  });
  assert.equal(problems("a = func f(int) -> int\na = func g(string) -> int"), ["2 T002"]);
});

test("result and return agree, in any order", () => {
  assert.equal(functionTypes('func f(c) { result := []\n if c { return ["s"] }\n}'), { f: "(bool) -> list[string]" });
  assert.equal(functionTypes("func f() { return }"), { f: "() -> void" });
});

test("operators on open types only add a constraint", () => {
  assert.equal(functionTypes("func add(a, b) { return a + b }\nfunc div(a) { return a / a }\nfunc less(a, b) { return a < b }"), {
    add: "(`t, `t) -> `t",
    div: "(`t) -> float",
    less: "(`t, `t) -> bool",
  });
  assert.equal(problems('x = parse_json("1")\ny = x + x\nx = [1]'), ["2 T004"]);
});

test("one mistake gives one report", () => {
  assert.equal(problems('a = missing\nb = a + 1\nc = [a, 1, "s"]\nd = len(a)\ne = a[0]\nif a { f = a.x }'), ["1 N001", "6 N005"]);
  assert.equal(problems('func f(x) { return missing }\na = f(1) + 1\nb = f("s") + "s"'), ["1 N001"]);
});

test("problems are sorted and cut at fifty, errors before warnings", () => {
  const text = `${"1\n".repeat(60)}${Array.from({ length: 60 }, (_, i) => `a${i} = missing${i}`).join("\n")}`;
  const found = problems(text);
  assert.is(found.length, 50);
  assert.is(found.filter((line) => line.endsWith("N001")).length, 50);
});

test("types that share parts do not blow up", () => {
  const lines = ["x0 := (1, 2)", "y0 := (1, 2)"];
  for (let i = 1; i < 60; i++) lines.push(`x${i} := (x${i - 1}, x${i - 1})`, `y${i} := (y${i - 1}, y${i - 1})`);
  const { module } = compileText(`${lines.join("\n")}\na = x59 == y59\nb = x59`);
  assert.ok(module !== undefined);
});

test.run();
