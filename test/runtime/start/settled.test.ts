/** Which configurations are validated once, when they are loaded: those whose outcome cannot differ from start to start. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileSource, createContext } from "../../../compiler/compile.js";
import { sourceFromText } from "../../../grammar/source.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { isRepeatable } from "../../../runtime/start/settled.js";

const cases: readonly (readonly [name: string, text: string, expected: boolean])[] = [
  ["constants", 'a: 1\ns t { b: [1, 2] }\nc: "x".upper()', true],
  ["variables of its own", "x := 1\na, b := (x, 2)\nc = a + b", true],
  ["functions of its own", "func f(n) { m := n + 1\n return m }\na = f(1)", true],
  ["reading an attribute, which a flag may override", 'a = 1\nif a == 1 { b = "x" }', false],
  ["reading an attribute by name", 'a = 1\nif attr_exists("b") { c = 1 }', false],
  ["the environment", 'a = env("HOME")', false],
  ["the clock", "a = now()", false],
];
for (const [name, text, expected] of cases) {
  test(name, () => {
    const { module, components, diagnostics } = compileSource(sourceFromText("x.c4m", text), createContext(builtins));
    assert.equal(
      diagnostics.filter((d) => d.severity === "error"),
      [],
    );
    assert.is(isRepeatable({ module: module!, components }), expected);
  });
}

test.run();
