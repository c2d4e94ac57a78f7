/** The evaluator: assignment protocol, origins, call chains, limits, callbacks, introspection. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { typeFromText } from "../../../compiler/type-text.js";
import { basic } from "../../../compiler/types.js";
import { plainTree, typedTree } from "../../../runtime/encoding.js";
import { callFunction, configureParameter, listParameters } from "../../../runtime/evaluate/evaluate.js";
import { readJson, writeJson } from "../../../runtime/json-text.js";
import { type AttributeNode, lookup } from "../../../runtime/store.js";
import { FunctionValue } from "../../../runtime/values.js";
import { runText } from "../language-helpers.js";

function attribute(run: Awaited<ReturnType<typeof runText>>, path: string): AttributeNode {
  const node = lookup(run.stack.runtime.store, path.split("."));
  assert.is(node?.kind, "attribute");
  return node as AttributeNode;
}

test("origins, history and section headers", async () => {
  const run = await runText("a { x = 1 }\na { x = 2 }\nfor i from 0 to 3 { a { x = i } }\n");
  const node = attribute(run, "a.x");
  assert.equal(run.problems, []);
  assert.is(node.origin.kind === "assigned" && node.origin.location?.line, 3);
  assert.equal(
    node.history.map((o) => o.kind === "assigned" && o.location?.line),
    [1, 2],
  );
  const section = lookup(run.stack.runtime.store, ["a"]);
  assert.is(section?.kind === "section" && section.opened.length, 3);
});

test("locks name the write that they protect", async () => {
  const run = await runText("~x = 1\nx = 1\nx = 2\n");
  assert.equal(run.problems, ["E003:3"]);
  const error = run.diagnostics.find((d) => d.code === "C4M-E003");
  assert.is(error?.path, "x");
  assert.is(error?.notes?.[0]?.location?.line, 1);
  assert.is(run.text("x"), "1");
});

test("the call chain becomes notes", async () => {
  const run = await runText("func f(l: list[int]) { return l[3] }\nfunc g(l: list[int]) {\n  return f(l) + 1\n}\nx = g([1])\n");
  const error = run.diagnostics.find((d) => d.severity === "error");
  assert.is(error?.code, "C4M-E006");
  assert.equal(
    error?.notes?.map((n) => n.location?.line),
    [3, 5],
  );
});

test("recursion is limited, whatever the limit", async () => {
  const text = "func f(n: int) { if n == 0 { return 0 } else { return 1 + (f(n - 1) * 1) } }\n";
  const fine = await runText(`${text}x = f(900)`);
  assert.is(fine.text("x"), "900");
  assert.equal((await runText(`${text}x = f(1000)`)).problems, ["E010:1"]);
  const deep = await runText(`${text}x = f(90000)`, { limits: { maxCallDepth: 100_000 } });
  assert.ok(deep.text("x") === "90000" || deep.problems[0] === "E010:1", deep.problems.join());
  assert.ok((deep.diagnostics.at(-1)?.notes?.length ?? 0) <= 12);
});

test("steps are limited", async () => {
  const run = await runText("x = 0\nfor i from 0 to 100000 { x = i }\n", { limits: { maxSteps: 5000 } });
  assert.equal(run.problems, ["E022:2"]);
  const empty = await runText("for i from 0 to 1000000000 { }\n", { limits: { maxSteps: 5000 } });
  assert.equal(empty.problems, ["E022:1"]);
});

test("values cannot grow without end", async () => {
  assert.equal((await runText('s := "ab"\nfor i from 0 to 60 { s := s + s }\n')).problems, ["E022:2"]);
  assert.equal(
    (await runText("l := [1]\nfor i from 0 to 60 { l := array_add(l, l) }\n", { limits: { maxSteps: 1000 } })).problems,
    ["E022:2"],
  );
  assert.equal((await runText('x = pad("", 100000000000)\n')).problems, ["E022:1"]);
  assert.equal((await runText('s := pad("", 1000000)\nx = replace(s, " ", s)\n')).problems, ["E022:2"]);
});

test("a hook may refuse", async () => {
  const hook = (path: readonly string[]) => (path[0] === "no" ? "not today" : undefined);
  const run = await runText("yes = 1\nno.way = 2\n", { hook });
  assert.equal(run.problems, ["E015:2"]);
  assert.is(run.text("yes"), "1");
  assert.is(lookup(run.stack.runtime.store, ["no"]), undefined);
});

test("data of open type is checked where it meets a static type", async () => {
  const generic = "func f(s) { return [parse_json(s)] }\nvar l: list[int]\n";
  assert.equal((await runText(`${generic}l := f("1")\nx = l\n`)).problems, []);
  assert.equal((await runText(`${generic}l := f("\\"a\\"")\nx = l\n`)).problems, ["E016:3"]);
});

test("callbacks from the host", async () => {
  const text = `
func check(p: string, v: int) { if v > 3 { return p + " is too big" }
  return "" }
func bad(l: list[int]) { return l[9] }
`;
  const { stack } = await runText(text);
  const signature = typeFromText("(string, int) -> string");
  const call = (reference: FunctionValue | string, ...args: (string | bigint | bigint[])[]) =>
    callFunction(stack.runtime, reference, args);
  assert.equal(call(new FunctionValue("check", signature), "a.b", 5n), { ok: true, value: "a.b is too big" });
  assert.equal(call("check", "a.b", 1n), { ok: true, value: "" });
  const missing = call(new FunctionValue("nope", undefined));
  assert.is(!missing.ok && missing.diagnostic.code, "C4M-E014");
  const wrong = call("check", "a", "b");
  assert.is(!wrong.ok && wrong.diagnostic.code, "C4M-E016");
  const failed = call("bad", [1n]);
  assert.is(!failed.ok && failed.diagnostic.location?.line, 4);
  assert.is(stack.runtime.frame, undefined);
  assert.is(stack.runtime.depth, 0);
});

test("a function that a later file replaces reaches old callers", async () => {
  const run = await runText(["func f() { return 1 }\nfunc g() { return f() }\na = g()\n", "func f() { return 2 }\nb = g()\n"]);
  assert.is(`${run.text("a")} ${run.text("b")}`, "1 2");
});

test("overrides", async () => {
  const run = await runText([
    'a = add_override("s.x", 5)\nb = add_override("s.x", 6)\nc = add_override("s", 1)\nd = add_override("a.q", 1)\n',
    "s { x = 7 }\ne = s.x\n",
  ]);
  assert.equal(run.problems, []);
  assert.is(["a", "b", "c", "d", "e"].map((n) => run.text(n)).join(" "), "true false false false 5");
  const clash = await runText('if false { y = 1 }\na = add_override("y", "s")\nb = attr_exists("y")\n');
  assert.is(`${clash.text("a")} ${clash.text("b")}`, "false false");
});

test("introspection sees what exists and creates nothing", async () => {
  const text = `
s one { x = 1 }
s two { y = "a" }
if false { s three { z = 1 } }
t = int
a = sections("s")
b = fields("s.one")
c = [attr_exists("s.one.x"), attr_exists("s.three"), attr_exists("q.r.s"), attr_exists("")]
d = attr_type("s.two.y")
e = attr_get("s.one.x", int)
f = [attr_typecmp("s.one.x", "t"), attr_typecmp("s.two.y", "t"), attr_typecmp("no", "t")]
g = [function_exists(func len), function_exists(func nope)]
h = copy_object("s.one", "copy")
i = s.copy.x
`;
  const run = await runText(text.replace("i = s.copy.x\n", 'i = attr_get("s.copy.x", int)\n'));
  assert.equal(run.problems, []);
  assert.is(run.text("a"), '["one", "two"]');
  assert.is(run.text("b"), '["x"]');
  assert.is(run.text("c"), "[true, false, false, true]");
  assert.is(run.text("d"), "string");
  assert.is(run.text("e"), "1");
  assert.is(run.text("f"), "[true, false, false]");
  assert.is(run.text("g"), "[true, false]");
  assert.is(run.text("i"), "1");
  assert.equal((await runText('x = attr_get("no.such", int)')).problems, ["E018:1"]);
  assert.equal((await runText('y = "a"\nx = attr_get("y", int)')).problems, ["E018:2"]);
});

test("format", async () => {
  const fails = async (text: string) => (await runText(`l = [1]\nx = format("${text}")`)).problems.join();
  for (const text of ["{nope}", "{", "}", "{}", "{l}", "{ l }"]) assert.is(await fails(text), "E012:2", text);
  const run = await runText("a = <<1 h>>\nb = 'c'\nc = format(\"{{{a}}} {b} {{}}\")");
  assert.is(run.text("c"), '"{1 hour} c {}"');
});

test("parameters as hosts see them", async () => {
  const text =
    'parameter a.b { default: 5\n shortdoc: "B"\n validator: func ok(int) -> string }\nparameter var n { default: "x" }\nfunc ok(v: int) { if v > 9 { return "too big" }\n return "" }\nr = n\n';
  const { stack } = await runText(text);
  const modules = stack.load(
    (await stack.compile({ name: "1.c4m", text, table: { file: "1.c4m", lineStarts: [0], astral: [] } })).compiled!,
  );
  assert.equal(
    listParameters(modules).map((p) => `${p.name} ${p.hasDefault} ${p.shortdoc}`),
    ["n true undefined", "a.b true B"],
  );
  const set = (name: string, value: bigint | string) =>
    configureParameter(stack.runtime, modules, "1.c4m", name, value, basic(typeof value === "string" ? "string" : "int"))?.code;
  assert.is(set("a.b", "s"), "C4M-M006");
  assert.is(set("zzz", 1n), "C4M-M007");
  assert.is(set("a.b", 10n), "C4M-M008");
  assert.is(set("a.b", 7n), undefined);
  assert.is(set("n", "y"), undefined);
  stack.runCompiled(
    stack.runtime.modules.size > 0
      ? (await stack.compile({ name: "1.c4m", text, table: { file: "1.c4m", lineStarts: [0], astral: [] } })).compiled!
      : (undefined as never),
  );
  assert.is(writeJson(plainTree(stack.runtime.store.root)), '{"a":{"b":7},"r":"y"}');
});

test("trees as JSON", async () => {
  const run = await runText("~a = 1\nb { c = <<1 sec>>\n d = 'x' }\ne {}\nf = {1: 1.0}\ng = func h(int) -> int\n");
  assert.is(
    writeJson(plainTree(run.stack.runtime.store.root)),
    '{"a":1,"b":{"c":1000000,"d":"x"},"e":{},"f":{"1":1.0},"g":"func h(int) -> int"}',
  );
  const typed = writeJson(typedTree(run.stack.runtime.store.root, true));
  assert.ok(typed.startsWith('{"a":{"type":"int","value":1,"locked":true,"at":"1.c4m:1:1"}'), typed);
  assert.equal(readJson(typed), readJson(writeJson(readJson(typed), 2)));
});

test("a long run of assignments", async () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `a${i % 100}.b${i} = ${i} + 2 * ${i}`).join("\n");
  const first = await runText("x = 1");
  const { compiled } = await first.stack.compile({
    name: "big.c4m",
    text,
    table: { file: "big.c4m", lineStarts: [0], astral: [] },
  });
  const modules = first.stack.load(compiled!);
  const result = first.stack.runCompiled(compiled!, "all", modules);
  assert.ok(result.ok);
});

test.run();
