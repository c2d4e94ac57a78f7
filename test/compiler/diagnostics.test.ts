/** What comes with a report: notes at the other place, hints, suggestions, fixes, types. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { compileText, newContext } from "./helpers.js";

function first(text: string, components: { readonly [name: string]: string } = {}): Diagnostic {
  const [found] = compileText(text, newContext(), components).diagnostics;
  if (found === undefined) throw new Error("nothing was reported");
  return found;
}

test("a type clash names both types, the path, and the place of the first", () => {
  const found = first('box.size = <<5 kb>>\nbox { size: "5 kb" }');
  assert.equal([found.expected, found.actual, found.path], ["Size", "string", "box.size"]);
  assert.equal([found.location?.line, found.location?.col, found.location?.endCol], [2, 13, 19]);
  assert.is(found.notes?.[0]?.location?.line, 1);
  assert.match(found.hint ?? "", "<<5 mb>>");
});

test("undefined names come with suggestions", () => {
  assert.equal(first("log_level = 1\na = loglevel").suggestions, ["log_level"]);
  assert.equal(first("box { width = 1 }\na = box.widht").suggestions, ["width"]);
  assert.equal(first('a = uper("x")').suggestions, ["upper"]);
  assert.equal(first("parameter a { defalt: 5 }").suggestions, ["default"]);
});

test("a name that exists elsewhere is pointed at", () => {
  assert.match(first("v := 1\nfunc f() { return v }").hint ?? "", "export v");
  assert.match(first("a { x = 1\n b { y = x } }").hint ?? "", "a.x");
  assert.match(first("a = len").hint ?? "", "is a function");
  assert.match(first('a = f()\nuse mod from "."', { mod: "func f() { return 1 }" }).hint ?? "", "component");
  assert.match(first("x = 1\na = x()").hint ?? "", "cannot be called");
});

test("operators are blamed at the operator, calls at the callee, assignments at the value", () => {
  const column = (text: string) => first(text).location?.col;
  assert.is(column('a = 1 + "x"'), 7);
  assert.is(column('s := "x"\na = s.len(1)'), 7);
  assert.is(column('x = 1\nx =   "s"'), 7);
  assert.is(column('a = [1, "s"]'), 9);
});

test("calls list the signatures there are, with their places", () => {
  const found = first('func f(x: int) { return x }\nfunc f(x: bool) { return x }\na = f("s")');
  assert.equal(
    found.notes?.map((note) => [note.message, note.location?.line]),
    [
      ["f(int) -> int", 1],
      ["f(bool) -> bool", 2],
    ],
  );
  assert.match(first("a = upper()").hint ?? "", "1 argument");
});

test("the fix for 'not' makes its reach visible and changes nothing", () => {
  const text = "a = not true and\n  false";
  const { fix } = first(text);
  const lines = text.split("\n");
  const at = (line: number, col: number) => lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0) + col - 1;
  const { location } = fix as NonNullable<typeof fix>;
  const fixed = text.slice(0, at(location.line, location.col)) + fix?.text + text.slice(at(location.endLine, location.endCol));
  assert.is(fixed, "a = not (true and\n  false)");
});

test("conflicts point at the other definition", () => {
  for (const text of [
    "x = 1\nx := 2",
    "enum A\nenum A",
    "func f() { return 1 }\nf := 1",
    "func f() { return 1 }\nfunc f() { return 2 }",
    "a = 1\na.b = 2",
  ]) {
    assert.is(first(text).notes?.[0]?.location?.line, 1, text);
  }
});

test("a cycle is told link by link", () => {
  const found = first('use ping from "."', { ping: 'use pong from "."', pong: 'use ping from "."' });
  assert.equal(
    found.notes?.map((note) => note.location?.file),
    ["ping.c4m", "pong.c4m", "ping.c4m"],
  );
});

test("columns count code points", () => {
  const found = first('a = "𝒳𝒴" + 1');
  assert.equal([found.location?.col, found.location?.endCol], [10, 11]);
});

test.run();
