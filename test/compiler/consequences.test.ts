/** One mistake gives one error: what broken text would have defined is not missed elsewhere (`language.md` 8.2). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileSource, createContext } from "../../compiler/compile.js";
import { sourceFromText } from "../../grammar/source.js";
import { builtins } from "../../runtime/builtins/index.js";

function codes(text: string): string[] {
  const { diagnostics } = compileSource(sourceFromText("x.c4m", text), createContext(builtins));
  return diagnostics.filter((d) => d.severity === "error").map((d) => `${d.location?.line} ${d.code.slice(4)}`);
}

const cases: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
  [
    "a parameter that the broken header would have declared",
    "func f(code: string {\n  x := code + 1\n  return code\n}\na = f(1)",
    ["1 P032"],
  ],
  ["a variable of a statement that did not parse", "a, b = 1 2\nc = a\nd = b", ["1 P014"]],
  ["a section whose brace is missing", "box x = 1 }\na = box.x", ["1 P003"]],
  ["a function with broken text inside", "func f(x) {\n  return x +\n}\na = f(1) + 1", ["2 P001"]],
  ["a function whose name runs into its parameter", "func fx) {\n  return x\n}\na = f(1)", ["1 P032"]],
  ["names of an unpacking behind a missing bracket", "t := (5, 6\nc, d := t\ns = c + d", ["1 P005"]],
  ["a name that an attribute has, used often", "v = 1\nv := 2\nv := 3", ["2 N003"]],
  ["a statement that lost its name", "= 1\nb = a\nc = a + 1\nd = other", ["1 P011", "4 N001"]],
  ["a function that lost its name", "func (x) { return x }\na = f(1)\nb = f(2)", ["1 P032"]],
  ["a statement that begins with something else", "return := 1\nb = a\nc = other", ["1 P002", "3 N001"]],
  ["a statement with a value in place of its name", "5 := 1\nb = a\nc = other", ["1 P013", "3 N001"]],
  ["a function with a sign in place of its name", "func : (x) { return x }\na = f(1)", ["1 P032"]],
  ["a function that ends too early", "func f(x) {\n  y := x }\n  return y\n}\na = f(1)", ["2 P010"]],
  ["an assignment without its sign", "total + [1]\na = total\nb = total", ["1 N001"]],
  [
    "an assignment with another language's sign",
    'a++ env("x")\nb <- env("y")\nc != env("x") != "z"',
    ["1 N001", "2 N001", "3 N001"],
  ],
  ["two operators in a row", 'a := {"x": 1}\na <- a', ["2 T004"]],
  ["what an operator gives that was a mistake", 'func f(a: string) { return a <- a }\nb = f("y") + "z"', ["1 T022"]],
  ["a [ in place of a )", 'echo("x"[\necho("y")', ["1 P005"]],
  ["an unclosed text that hides functions", 'a = f(1)\nb = """x\nfunc f(x) { return x }', ["2 L003"]],
  ["arguments that are mistakes", "a = len(missing, 1)", ["1 N001"]],
  ["items that differ from the first", 'a = [1,\n"x",\n"y",\n"z"]\nb = contains(a, "x")', ["1 T008"]],
  ["an item that differs from the others", 'a = ["x",\n1,\n"y"]\nb = contains(a, "x")', ["2 T008"]],
  ["values of a dict", 'a = {"x": 1,\n"y": "b",\n"z": "c"}\nb = a["x"] + "d"', ["1 T009"]],
  ["a comparison that failed", 'a = not (1 == "x")\nb = a and true', ["1 T003"]],
  ["a single &", "a = 1 & 2", ["1 L013"]],
  ["a variable defined with the wrong type", 'x := 5\na = x + "a"\nb = "b" + x\nc = x + 1', ["2 T003"]],
  ["an attribute defined with the wrong type", "x = 5\nif x { a = 1 }\nif x and true { b = 1 }\nc = x and x", ["2 T005"]],
  ["a variable that is given the type it should have", 'x := 5\nx := "a"\nx := "b"\na = x + "c"', ["2 T001"]],
  ["an argument defined with the wrong type", 'x := 5\na = upper(x)\nb = lower(x)\nc = upper("a", 1)', ["2 T019", "4 T019"]],
  ["different uses of a type are different mistakes", 'x := 5\na = x + "a"\nb = x + 1.5', ["2 T003", "3 T003"]],
  [
    "results of another type than the first",
    'func f(x) {\n  if x { return 1 }\n  if not x { return "a" }\n  return "b"\n}',
    ["3 T016"],
  ],
  [
    "calls of a function with a mistake inside",
    'func f(x) {\n  y := x + "a"\n  return y - 1\n}\na = f(1)\nb = f(2) + 1',
    ["3 T003"],
  ],
  ["an unrelated name is still missed", "a = 1 2\nb = missing", ["1 P002", "2 N001"]],
  ["an unrelated type error is still reported", 'a = 1 2\nb = 1 + "x"', ["1 P002", "2 T003"]],
];
for (const [name, text, expected] of cases) {
  test(name, () => {
    assert.equal(codes(text), expected);
  });
}

test.run();
