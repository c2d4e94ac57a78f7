/** Type texts (`language.md` 3.10, 2.4) and suggestions. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readType, typeFromText, typeText } from "../../compiler/type-text.js";
import { freshVariable, type Type } from "../../compiler/types.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";

test("texts are canonical", () => {
  const texts: readonly (readonly [string, string])[] = [
    [" int ", "int"],
    ["dict[ string,list[int] ]", "dict[string, list[int]]"],
    ["func(int, *string) -> bool", "(int, *string) -> bool"],
    ["func()", "() -> void"],
    ["()", "() -> void"],
    ["func", "(...)"],
    ["func(...)", "(...)"],
    ["int||string", "int or string"],
    ["(int) -> int or string", "(int) -> int or string"],
    ["typespec[`x]", "typespec[`x]"],
    ["((int) -> int, `x) -> `x", "((int) -> int, `x) -> `x"],
    ["list[\n int\n]", "list[int]"],
    ["`ünïcode", "`ünïcode"],
  ];
  for (const [written, printed] of texts) assert.is(typeText(typeFromText(written) as Type), printed, written);
});

test("what is no type is refused, with the place", () => {
  const texts: readonly (readonly [string, number])[] = [
    ["", 0],
    ["itn", 0],
    ["list", 4],
    ["list[int", 8],
    ["list[int, int]", 13],
    ["tuple[int]", 9],
    ["int int", 4],
    ["(*int, int)", 7],
    ["typespec[int]", 9],
    ["int or int", 0],
    ["list[int] or list[`x]", 0],
    ["`", 0],
    ["[int]", 0],
    [`${"list[".repeat(600)}int${"]".repeat(600)}`, 2500],
  ];
  for (const [text, offset] of texts) {
    const read = readType(text);
    assert.ok("problem" in read, text);
    if ("problem" in read) assert.is(read.problem.offset, offset, text.slice(0, 40));
  }
});

test("anonymous variables are numbered within one printed type and skip names in use", () => {
  const variables = Array.from({ length: 18 }, () => freshVariable());
  assert.is(
    typeText({ kind: "tuple", items: [...variables, variables[0] as Type] }),
    "tuple[`t, `u, `v, `w, `x, `y, `z, `n, `m, `a, `b, `c, `d, `e, `f, `tt, `tu, `tv, `t]",
  );
  assert.is(typeText({ kind: "tuple", items: [freshVariable(), freshVariable("t"), freshVariable("t")] }), "tuple[`u, `t, `v]");
});

test("typespecs show a variable that matters", () => {
  const shared = freshVariable();
  assert.is(typeText({ kind: "typespec", inner: freshVariable() }), "typespec");
  assert.is(typeText({ kind: "typespec", inner: freshVariable("x") }), "typespec[`x]");
  assert.is(
    typeText({ kind: "function", parameters: [{ kind: "typespec", inner: shared }], variadic: false, result: shared }),
    "(typespec[`t]) -> `t",
  );
});

test("functions stand last in a union", () => {
  const union = freshVariable(undefined, [typeFromText("(int) -> int") as Type, typeFromText("string") as Type]);
  assert.is(typeText(union), "string or (int) -> int");
});

test("a type too large to be written counts as open", () => {
  let large: Type = { kind: "basic", name: "int" };
  for (let i = 0; i < 100; i++) large = { kind: "tuple", items: [large, large] };
  assert.is(typeText(large), "`t");
});

test("suggestions ignore case, _ and -, and are ranked", () => {
  assert.equal(suggest("log_levle", ["log_level", "loglevel", "level"]), ["log_level", "loglevel"]);
  assert.equal(suggest("LogLevel", ["log_level"]), ["log_level"]);
  assert.equal(suggest("wieght", ["weight", "width", "height"]), ["weight", "height"]);
  assert.equal(suggest("ab", ["xy", "ba", "a"]), ["a", "ba"]);
  assert.equal(suggest("x", ["x", "y", "z", "w", "v"]), ["v", "w", "y"]);
  assert.equal(suggest("completely", ["different"]), []);
  assert.is(didYouMean([]), undefined);
  assert.is(didYouMean(["a", "b", "c"]), "did you mean 'a', 'b' or 'c'?");
});

test.run();
