/** The intermediate representation: what is left of a program after lowering, its text forms, and what it may do. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { capabilitiesUsed } from "../../compiler/capabilities.js";
import type { BlockIr, ExpressionIr, ModuleIr, StatementIr } from "../../compiler/ir.js";
import { printIr } from "../../compiler/print-ir.js";
import { deserializeModule, serializeModule } from "../../compiler/serialize.js";
import { builtins, compileText, newContext } from "./helpers.js";

function lowered(text: string, components: { readonly [name: string]: string } = {}): ModuleIr {
  const { module, diagnostics } = compileText(text, newContext(), components);
  if (module === undefined) throw new Error(diagnostics.map((d) => `${d.location?.line}: ${d.code} ${d.message}`).join("\n"));
  return module;
}

/** The value of the last statement. */
function value(text: string): ExpressionIr {
  const { body } = lowered(text);
  const last = body[body.length - 1] as StatementIr;
  if (!("value" in last) || last.value === undefined) throw new Error("no value");
  return last.value;
}

function only<K extends StatementIr["k"]>(items: readonly StatementIr[], kind: K): Extract<StatementIr, { k: K }> {
  return items.find((item) => item.k === kind) as Extract<StatementIr, { k: K }>;
}

test("attributes are absolute paths with types", () => {
  const { body, types } = lowered("a { b c { ~d.e = [1] } }");
  const inner = only(only(body, "section").body.items, "section");
  assert.equal(inner.path, ["a", "b", "c"]);
  const assign = only(inner.body.items, "assign");
  assert.equal([assign.path, types[assign.type], assign.lock], [["a", "b", "c", "d", "e"], "list[int]", true]);
});

test("method calls are calls, with one entry each", () => {
  const call = value('s := "x"\na = s.upper().len()');
  assert.is(call.k === "call" && call.entry, "len(string) -> int");
  assert.is(call.k === "call" && call.args[0]?.k === "call" && call.args[0].entry, "upper(string) -> string");
});

test("names are slots, cells or paths", () => {
  const { body, cells, slotNames, constants } = lowered("v := 1\nw := 2\nexport w\nenum A, B\nx = v\ny = w\nz = B\nq = x");
  const values = body.filter((s) => s.k === "assign").map((s) => (s.k === "assign" ? s.value : undefined));
  assert.equal(
    values.map((e) => (e?.k === "var" ? e.of : e?.k === "attr" ? e.path : undefined)),
    [{ slot: 0 }, { cell: "w" }, { cell: "B" }, ["x"]],
  );
  assert.equal(slotNames, ["v", "w"]);
  assert.equal(
    cells.map(({ name, constant }) => [name, constant === undefined ? undefined : constants[constant]]),
    [
      ["w", undefined],
      ["A", { t: "int", v: "0" }],
      ["B", { t: "int", v: "1" }],
    ],
  );
  const set = body.filter((s) => s.k === "set").map((s) => (s.k === "set" ? s.to : undefined));
  assert.equal(set, [{ slot: 0 }, { cell: "w" }]);
});

test("blocks reset their own variables", () => {
  const { body, slots } = lowered("v := 1\nif true { a := 1\n if true { b := 2 }\n c := 3 }\nfor i from 0 to 3 { d := i }");
  const outer = only(body, "if").branches[0]?.body as BlockIr;
  assert.equal(outer.reset, [1, 4]);
  assert.equal(only(outer.items, "if").branches[0]?.body.reset, [2, 3]);
  const loop = only(body, "for");
  assert.equal([loop.index, loop.body.reset, slots], [4, [4, 6], 6]);
});

test("function frames hold formals, result, locals", () => {
  const { functions } = lowered("func f(a, b) { c := a\n result := (c, b) }");
  const [f] = functions;
  assert.equal(
    [f?.entry, f?.slotNames, f?.slots, f?.isVoid],
    ["f(`t, `u) -> tuple[`t, `u]", ["a", "b", "result", "c"], 4, false],
  );
});

test("tuple items, unary minus on literals, type and function literals", () => {
  const item = value("t := (1, 2)\na = t[1]");
  assert.is(item.k === "item" && item.i, 1);
  assert.equal(lowered("a = -9223372036854775808").constants, [{ t: "int", v: "-9223372036854775808" }]);
  const { constants, types } = lowered("a = list[int]\nb = func f(int) -> int\nc = func g\nd = <<5 kb>>\ne = 1.5\nf = 'x'");
  assert.equal(
    constants.map((c) => (c.t === "typespec" || c.t === "func" ? [c.t, types[c.type]] : c.v)),
    [["typespec", "list[int]"], ["func", "(int) -> int"], ["func", undefined], "5000", 1.5, 120],
  );
});

test("calls know the types of arguments and result", () => {
  const { body, types } = lowered(
    'var r: list[int]\nr := parse_json("[1]")\nt = typeof([true])\nx = attr_get("a", dict[string, int])',
  );
  const calls = body.map((s) => ("value" in s ? s.value : undefined)).filter((e) => e?.k === "call");
  assert.equal(
    calls.map((e) => (e?.k === "call" ? [e.name, e.argTypes.map((t) => types[t]), types[e.type]] : [])),
    [
      ["parse_json", ["string"], "list[int]"],
      ["typeof", ["list[bool]"], "typespec"],
      ["attr_get", ["string", "typespec"], "dict[string, int]"],
    ],
  );
});

test("format knows what it may name", () => {
  const text = 'enum E\nbox { v := 1\n w := 2\n a = format("{v} {E} {x}") }\nfunc f(p) { return format(p + "") }';
  const { body, functions } = lowered(text);
  const call = only(only(body, "section").body.items, "assign").value;
  assert.equal(call.k === "call" && call.scope, {
    section: ["box"],
    variables: [
      ["v", { slot: 0 }],
      ["E", { cell: "E" }],
    ],
  });
  const returned = only(functions[0]?.body ?? [], "return").value;
  const names = returned?.k === "call" ? returned.scope?.variables.map(([name]) => name) : [];
  assert.equal(names, ["p", "result", "E"]);
});

test("parameters", () => {
  const { parameters, types, body } = lowered(
    'func d() { return 1 }\nparameter a.b { default: func d()\n doc: "x" + "y" }\nparameter var n { default: [-1]\n sensitive: true\n validator: func v(list[int]) -> string }\nparameter a.b { default: 7 }\nx = n',
  );
  assert.equal(
    parameters.map(({ kind, path, slot, type, sensitive, defaultIsCall }) => [
      kind,
      path,
      slot,
      types[type],
      sensitive,
      defaultIsCall,
    ]),
    [
      ["variable", ["n"], 0, "list[int]", true, undefined],
      ["attribute", ["a", "b"], -1, "int", undefined, undefined],
    ],
  );
  assert.is(body.length, 1);
  const [first] = lowered("func d() { return 1 }\nparameter p { default: func d() }").parameters;
  assert.is(first?.defaultIsCall && first.default?.k === "call" && first.default.entry, "d() -> int");
});

test("a parameter that is a shared variable goes to a slot and from there to its cell", () => {
  const { parameters, body } = lowered("parameter var n { default: 5 }\nexport n\nx = n");
  assert.is(parameters[0]?.slot, 0);
  assert.equal(body[0]?.k === "set" && [body[0].to, body[0].value.k === "var" && body[0].value.of], [{ cell: "n" }, { slot: 0 }]);
});

test("declarations list every attribute and section of the text once, executed or not", () => {
  const { declarations, types } = lowered("if false { a.b = 1 }\na.b = 2\ns { }\nfunc f() { c = true }");
  assert.equal(
    declarations.map(({ kind, path, type }) => `${kind} ${path.join(".")} ${types[type] ?? ""}`),
    ["section a ", "attribute a.b int", "section s ", "attribute c bool"],
  );
});

const sample = `
use mod from "."
enum A
func f(x, y: string) { result := [x]
 if len(y) > 0 { return [x] } }
parameter var n { default: 5 }
box "t a" { ~x = f(1, "a")[0] + n }
for i from 0 to 3 { if not (i == 1) { echo(i, -i, box) } elif true { break } else { continue } }
u, v := (1, {"k": <<2 h>>})
w = format("{u}")
z = func f
`.replace("box) }", "A) }");

test("a module survives being written and read, byte for byte", () => {
  const { module, components } = compileText(sample, newContext(), { mod: "m = 1" });
  assert.ok(module !== undefined);
  const text = serializeModule({ module: module as ModuleIr, components });
  const read = deserializeModule(text);
  assert.equal(read?.module, module);
  assert.equal([...(read?.components.keys() ?? [])], ["./mod"]);
  assert.is(serializeModule(read as NonNullable<typeof read>), text);
  assert.is(deserializeModule(text.replaceAll('"format":1', '"format":0')), undefined);
  assert.is(deserializeModule(text.slice(1)), undefined);
});

test("the readable text shows everything", () => {
  const text = printIr(lowered(sample, { mod: "m = 1" }));
  for (const part of [
    "component mod from",
    "cell A: int = 0",
    "parameter var n: int = 5",
    "func f(x, y): (`t, string) -> list[`t]",
    "section box.t a {",
    '~box.t a.x: int = (f(`t, string) -> list[`t](1, "a"): list[int][0] + n@',
    "elif true {",
    "u@",
    "z: (...) = func f",
  ]) {
    assert.ok(text.includes(part), `${part}\n${text}`);
  }
});

test("capabilities are those of the builtins called or referred to, with their places", () => {
  const module = lowered('func f() { return run("x") }\na = len("s")\nb = func run');
  const classesOf = (name: string) => builtins.find((b) => b.name === name)?.classes.filter((c) => c !== "pure") ?? [];
  const uses = capabilitiesUsed(module, classesOf).map((use) => [use.capability, use.name, use.span[0]]);
  assert.equal(uses, [
    ["process", "run", 18],
    ["process", "run", 42],
  ]);
});

test.run();
