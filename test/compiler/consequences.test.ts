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
  ["an unrelated name is still missed", "a = 1 2\nb = missing", ["1 P002", "2 N001"]],
  ["an unrelated type error is still reported", 'a = 1 2\nb = 1 + "x"', ["1 P002", "2 T003"]],
];
for (const [name, text, expected] of cases) {
  test(name, () => {
    assert.equal(codes(text), expected);
  });
}

test.run();
