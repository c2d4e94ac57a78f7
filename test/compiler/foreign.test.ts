/** Habits of other languages (`grammar/foreign.ts`): each gives one error at its place, with a hint that tells what to write here. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileText, newContext } from "./helpers.js";

const table: readonly (readonly [text: string, expected: string, hint: string])[] = [
  ["func f(x) -> int { return 1 }\ny = f(1)", "P003 1:11", "no result type"],
  ["func f(x): int { return 1 }\ny = f(1)", "P003 1:10", "no result type"],
  ["function f(x) {\n  return x\n}\ny = 2", "P003 1:11", "`func"],
  ["def f(x):\n  return x\ny = 2", "P003 1:6", "`func"],
  ["func f { return 1 }", "P032 1:8", "func f()"],
  ["func f(int x) { return x }", "P032 1:12", "x: int"],
  ["func f(x = 5) { return x }", "P032 1:10", "no defaults"],
  ["x = func(a) { return a }", "P023 1:10", "func f"],
  ["x = (a) => a + 1", "P002 1:9", "func f"],
  ["func f(x) { return x, x }", "P002 1:21", "(a, b)"],
  ["x = 1\nif x == 1 then\n  y = 2\nend\nz = 3", "P003 2:11", "`{` and `}`"],
  ["x = 1\nif x == 1; then\n  y = 2\nelse\n  y = 3\nfi\nz = 3", "P003 2:10", "`{` and `}`"],
  ["x = 1\nif x == 1:\n  y = 2\nelif x == 2:\n  y = 3\nelse:\n  y = 4\nz = 3", "P003 2:10", "`{` and `}`"],
  ["func f(x) begin\n  return x\nend\nz = 3", "P003 1:11", "`{` and `}`"],
  ["for i from 0 to 3 do\n  y = i\nend\nz = 3", "P003 1:19", "`{` and `}`"],
  ["x = 1\nif x == 1 { y = 1 } elseif x == 2 { y = 2 }\nz = 3", "P003 2:30", "`elif`"],
  ["x = 1\nif x == 1 {\n  y = 1\n} else if x == 2 {\n  y = 2\n} else {\n  y = 3\n}", "P003 4:8", "`elif`"],
  ["x = 1\nif x = 1 {\n  y = 1\n}\nz = 3", "P003 2:6", "`==`"],
  ["l := [1]\nif 1 in l { y = 1 }", "P003 2:6", "contains("],
  ["x = true\nif x AND x { y = 1 }", "P003 2:6", "`and`"],
  ["x = 1\ny = 2 if x == 1 else 3", "P002 2:7", "`if"],
  ["x = 1\ny = x == 1 ? 2 : 3", "L001 2:12", "`if"],
  ["l := [1]\nfor x in l { y = x }\nz = 3", "P028 2:7", "len(items)"],
  ["for i := 0; i < 3; i++ {\n  y = i\n}\nz = 3", "P028 1:7", "len(items)"],
  ["for i from 0..3 { x = i }", "L009 1:12", "from 0 to n"],
  ["x := 0\nwhile x < 5 { x := x + 1 }\nz = 3", "P003 2:9", "for i from"],
  ["x := 1\nx += 2\nz = 3", "P001 2:4", "x := x + …"],
  ["x := 1\nx++\nz = 3", "P013 2:1", "x := x + 1"],
  ["let x = 5\nz = 3", "P003 1:7", "x := …"],
  ["var x = 5\nz = 3", "P023 1:7", "var x: int"],
  ["x: int = 5", "P002 1:8", "`x: 5`"],
  ["x = y = 5", "P002 1:7", "One assignment"],
  ["a = 1,\nb = 2", "P002 1:6", "`;`"],
  ["log-level = 5", "P013 1:1", "`_`"],
  ["sink_config my-sink { y = 1 }", "P003 1:15", "quote"],
  ["sink_config my.sink { y = 1 }", "P003 1:15", "double quotes"],
  ['resource "a" "b" {\n  x = 1\n}\nz = 3', "P003 1:14", "nest"],
  ["x = 'hello'", "L005 1:5", "double quotes"],
  ["path: /var/log/x", "P001 1:7", "double quotes"],
  ["name: hello world", "P002 1:13", "double quotes"],
  ["x = 5 MB", "P002 1:7", "<<5 MB>>"],
  ["x = 0xff", "P002 1:6", "`255`"],
  ["x = 1_000", "P002 1:6", "`1000`"],
  ["x = .5", "P001 1:5", "`0.5`"],
  ['x = "a" "b"', "P002 1:9", "`+`"],
  ['x = "a"\nif x <> "b" { y = 1 }', "P001 2:7", "`!=`"],
  ["l := [1]\nx = l[0:2]", "P006 2:8", "slice("],
  ["x = list<int>\nz = 3", "P024 1:5", "list[int]"],
  ["var x: str", "P023 1:8", "`string`"],
  ["x = <<EOF\nhello\nEOF\nz = 3", "L006 1:5", '"""'],
  ['use "x.c4m"', "P029 1:5", "from"],
  ["x = null", "N001 1:5", "no null"],
  ["x = TRUE", "N001 1:5", "'true'"],
  ["x = $HOME", "N001 1:5", 'env("HOME")'],
  ["host: example.com", "N001 1:7", "double quotes"],
  ["x = {a: 1}", "N001 1:6", "double quotes"],
  ['[server]\nhost = "x"', "N001 1:2", "name { … }"],
  ['print("x")', "N019 1:1", "echo"],
  ["l := [1]\nx = l.length", "T026 2:7", "len(x)"],
  ['x = "a" + 5', "T003 1:9", "$(…)"],
];

for (const [text, expected, hint] of table)
  test(text, () => {
    const errors = compileText(text, newContext()).diagnostics.filter((d) => d.severity === "error");
    assert.is(errors.map((d) => `${d.code.slice(4)} ${d.location?.line}:${d.location?.col}`).join(", "), expected);
    assert.ok(errors[0]?.hint?.includes(hint), `the hint is: ${errors[0]?.hint}`);
  });

test("what is on the next line has nothing to do with the habit", () => {
  const [error] = compileText("s = {\n  a: 1\n  b: 2\n}", newContext()).diagnostics;
  assert.match(error?.hint ?? "", "name { … }");
});

test.run();
