/** Files after one another in a context, and components. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileSource, declareAttribute, declareSection, lockFunction } from "../../compiler/compile.js";
import type { CheckContext } from "../../compiler/context.js";
import { restoreContext, saveContext } from "../../compiler/serialize.js";
import { typeText } from "../../compiler/type-text.js";
import { sourceFromText } from "../../grammar/source.js";
import { builtins, compileText, memoryLoader, newContext, problems, summary } from "./helpers.js";

/** Compiles the texts as files 1, 2, …; returns the problems of the last one. */
function stack(...texts: string[]): string[] {
  const context = newContext();
  return texts
    .map((text, i) => summary(compileText(text, context, {}, `${i + 1}.c4m`).diagnostics, `${i + 1}.c4m`))
    .pop() as string[];
}

function snapshotText(context: CheckContext): string {
  return JSON.stringify(saveContext(context));
}

test("attributes keep their type for the whole context", () => {
  assert.equal(stack("x = 1", 'x = "s"'), ["1 T002"]);
  assert.equal(stack("x = []", 'x = ["s"]', "x = [1]"), ["1 T002"]);
  assert.equal(stack("a { b = 1 }", "a = 1"), ["1 N006"]);
  assert.equal(stack("box { x = 1 }", "y = box.x + 1"), []);
});

test("plain variables are private, exported ones and enums shared", () => {
  assert.equal(stack("v := 1", "x = v"), ["1 N001"]);
  assert.equal(stack("v := 1\nexport v", "x = v\nfunc f() { v := v + 1\n return v }"), []);
  assert.equal(stack("v := 1\nexport v", 'v := "s"'), ["1 T001"]);
  assert.equal(stack("enum A, B", "x = B\nA := 5"), ["2 N017"]);
  assert.equal(stack("enum A", "enum A"), ["1 N004"]);
});

test("functions are replaced, overloaded, or ambiguous", () => {
  assert.equal(stack("func f() { return 1 }", "func f() { return 2 }\na = f() + 1"), []);
  assert.equal(stack("func f(x: int) { return 1 }", 'func f(x: string) { return 2 }\na = f(1) + f("s")'), []);
  assert.equal(stack("func f() { return 1 }", 'func f() { return "s" }\na = f()'), ["2 T020"]);
  assert.equal(stack("a = f()", "func f() { return 1 }"), []);
  assert.equal(
    stack(
      "func f(n) { if n > 0 { return f(n - 1) }\n return 1 }",
      "func f(n) { if n > 0 { return f(n - 1) }\n return 2 }\na = f(1)",
    ),
    [],
  );
});

test("a replaced function keeps its entry", () => {
  const context = newContext();
  const first = compileText("func f(x) { return x }\na = f(1)", context, {}, "1.c4m").module;
  const second = compileText("func f(x: int) { return x + 1 }\nb = f(1)", context, {}, "2.c4m").module;
  assert.is(second?.functions[0]?.entry, first?.functions[0]?.entry);
  assert.is(typeText(context.functions.get("f")?.[0]?.type ?? { kind: "error" }), "(int) -> int");
  assert.equal(summary(compileText('c = f("s")', context).diagnostics), ["1 T019"]);
});

test("a compile that fails leaves the context as it was", () => {
  const context = newContext();
  compileText("x = []\nbox { y = 1 }\nfunc f(a) { return a }\nv := []\nexport v\nenum E", context, {}, "1.c4m");
  const before = snapshotText(context);
  const text =
    'x = ["s"]\nbox { z = 2 }\nfunc f(a: int) { return a }\nfunc g() { return 1 }\nv := [1]\nenum F\nw := 1\nexport w\nuse mod from "."\nbad = 1 + "s"';
  assert.is(compileText(text, context, { mod: "m = 1\nenum M" }, "2.c4m").module, undefined);
  assert.is(snapshotText(context), before);
  assert.equal(context.components.size, 0);
  assert.equal(summary(compileText('x = [1]\nv := [true]\nz = f("s")', context).diagnostics), []);
});

test("a function that the host has locked is not replaced", () => {
  const context = newContext();
  compileText("func f(x: int) { return x }", context, {}, "1.c4m");
  lockFunction(context, "f");
  assert.equal(summary(compileText("func f(x: int) { return 2 }", context).diagnostics), ["1 N016"]);
  const restored = restoreContext(saveContext(context), builtins) as CheckContext;
  assert.equal(summary(compileText("func f(x: int) { return 2 }", restored).diagnostics), ["1 N016"]);
  assert.equal(summary(compileText('func f(x: string) { return 2 }\na = f("s") + f(1)', context).diagnostics), []);
});

test("a trial leaves the context as it was", () => {
  const context = newContext();
  compileText("x = []", context, {}, "1.c4m");
  const before = snapshotText(context);
  const source = sourceFromText("2.c4m", 'x = ["s"]\nfunc f() { return 1 }\nuse mod from "."');
  const result = compileSource(source, context, { trial: true, loader: memoryLoader({ mod: "m = 1" }) });
  assert.ok(result.module !== undefined && result.components.size === 1);
  assert.is(snapshotText(context), before);
});

test("names that came into being at run time are known to the next file", () => {
  const context = newContext();
  assert.ok(declareAttribute(context, ["a", "b"], "list[string]"));
  assert.ok(declareSection(context, ["s", "tag"]) !== undefined);
  assert.not.ok(declareAttribute(context, ["a"], "int"));
  assert.not.ok(declareAttribute(context, ["a", "b"], "int"));
  assert.is(declareSection(context, ["a", "b"]), undefined);
  assert.equal(summary(compileText('x = a.b[0] + ""\na.b = [1]\ns = 1', context).diagnostics), ["2 T002", "3 N006"]);
});

test("a restored context checks like the one that was saved", () => {
  const context = newContext();
  compileText('x = []\nbox { y = 1 }\nfunc f(a) { return a }\nenum A, B\nv := "s"\nexport v\nt = int', context, {}, "1.c4m");
  const restored = restoreContext(JSON.parse(snapshotText(context)), builtins);
  assert.ok(restored !== undefined);
  const later = 'x = ["s"]\na = box.y + B\nb = f(v)\nc = f(1) + 1\nbox.y = "s"\nx = [1]\nt = string';
  const expected = summary(compileText(later, context).diagnostics);
  assert.equal(expected, ["5 T002", "6 T002"]);
  assert.equal(summary(compileText(later, restored as CheckContext).diagnostics), expected);
  const note = compileText("box.y = true", restored as CheckContext).diagnostics[0]?.notes?.[0];
  assert.is(note?.location?.file, "1.c4m");
  assert.is(restoreContext({ ...saveContext(context), format: -1 }, builtins), undefined);
});

test("what a component defines is known from its use onward", () => {
  const mod = "func twice(s: string) { return s + s }\nmx = 5\nv := 1\nexport v\nenum M";
  assert.equal(problems('use mod from "."\na = twice("x")\nb = mx + v + M\nfunc f() { return mx }', { mod }), []);
  assert.equal(problems('a = twice("x")\nb = mx\nuse mod from "."', { mod }), ["1 N019", "2 N001"]);
  assert.equal(problems('use mod from "."\na = twic("x")', { mod }), ["2 N019"]);
});

test("names of a component's component are known too, and each file sees its own uses", () => {
  const files = { outer: 'use inner from "."\no = i', inner: "i = 2\nfunc g() { return 1 }" };
  assert.equal(problems('use outer from "."\na = i + o + g()', files), []);
  assert.equal(problems('a = g()\nuse outer from "."', files), ["1 N019"]);
});

test("a component may define a function that the using file has too", () => {
  const mod = "func f() { return 2 }\nb = f()";
  assert.equal(problems('func f() { return 1 }\na = f()\nuse mod from "."\nc = f()', { mod }), []);
  assert.equal(
    stack("func f() { return 1 }", 'a = f()\nuse mod from "."'.replace('use mod from "."', "func f() { return 2 }")),
    [],
  );
});

test("a component is checked at the root, in a branch that never runs, with its own positions", () => {
  const { diagnostics } = compileText('if false {\n  box { use mod from "." }\n}', newContext(), { mod: '\nx = 1 + "s"' });
  assert.equal(summary(diagnostics), ["mod.c4m:2 T003"]);
  assert.is(diagnostics[0]?.notes?.[0]?.location?.line, 2);
  assert.equal(problems('use mod from "."', { mod: "ok = 1\nx = @" }), ["mod.c4m:2 L001"]);
});

test("a component may use what the using file has declared", () => {
  assert.equal(problems('x = 1\nfunc f() { return x }\nuse mod from "."', { mod: "y = x + f()" }), []);
  assert.equal(problems('x = 1\nuse mod from "."', { mod: 'x = "s"' }), ["mod.c4m:1 T002"]);
});

test("a component used by two files of a stack is checked once", () => {
  const context = newContext();
  const files = { mod: "enum A, B\nfunc f() { return A }\nx = 1" };
  assert.equal(compileText('use mod from "."', context, files, "1.c4m").diagnostics.length, 0);
  const second = compileText('use mod from "."\ny = f() + B', context, files, "2.c4m");
  assert.equal(second.diagnostics.length, 0);
  assert.equal([...second.components.keys()], ["./mod"]);
});

test("components are listed with those they use themselves, each once", () => {
  const files = { a: 'use b from "."\nuse c from "."', b: 'use c from "."', c: "x = 1" };
  const { components, module } = compileText('use a from "."\nuse a from "."\nuse c from "."', newContext(), files);
  assert.equal([...components.keys()].sort(), ["./a", "./b", "./c"]);
  assert.equal(
    module?.uses.map((use) => use.module),
    ["a", "c"],
  );
  assert.equal(
    module?.body.map((s) => s.k === "use" && s.component),
    [0, 0, 1],
  );
});

test.run();
