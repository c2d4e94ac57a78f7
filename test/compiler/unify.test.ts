/** Unification (`language.md` 3.2), copies of types, and equality up to renaming, all on type texts. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { typeFromText, typeText } from "../../compiler/type-text.js";
import { freshVariable, type Type, unknownFunction } from "../../compiler/types.js";
import { instantiate, Trail, typesEqual, unifiable, unify } from "../../compiler/unify.js";
import "../helpers/reproducible.js";

function type(text: string): Type {
  const read = typeFromText(text);
  if (read === undefined) throw new Error(`not a type: ${text}`);
  return read;
}

/** The text of the unified type, or "clash". */
function unified(left: string, right: string): string {
  const [a, b] = [type(left), type(right)];
  return unify(a, b, new Trail()) ? typeText(a) : "clash";
}

const cases: readonly (readonly [left: string, right: string, result: string])[] = [
  ["int", "int", "int"],
  ["int", "float", "clash"],
  ["`x", "list[int]", "list[int]"],
  ["`x", "void", "clash"],
  ["void", "void", "clash"],
  ["list[`x]", "list[int]", "list[int]"],
  ["dict[`k, `v]", "dict[string, list[`v]]", "dict[string, list[`v]]"],
  ["tuple[int, `x]", "tuple[`y, string]", "tuple[int, string]"],
  ["tuple[int, int]", "tuple[int, int, int]", "clash"],
  ["list[int]", "dict[int, int]", "clash"],
  ["int or string", "string", "string"],
  ["int or string", "float", "clash"],
  ["int or string", "string or float", "string"],
  ["int or string", "float or bool", "clash"],
  ["int or string or bool", "bool or string or float", "string or bool"],
  ["list[`x] or int", "list[string]", "list[string]"],
  ["list[`x] or int", "list[string] or int", "list[string] or int"],
  ["typespec", "typespec[`x]", "typespec[`x]"],
  ["typespec", "int", "clash"],
  ["(int) -> int", "(int) -> int", "(int) -> int"],
  ["(int) -> int", "(int) -> string", "clash"],
  ["(int) -> void", "(int) -> void", "(int) -> void"],
  ["(int) -> void", "(int) -> `x", "(int) -> void"],
  ["(int) -> void", "(int) -> int", "clash"],
  ["(`x, `x) -> bool", "(int, `y) -> bool", "(int, int) -> bool"],
  ["(int, *string) -> bool", "(int) -> bool", "(int, *string) -> bool"],
  ["(int, *string) -> bool", "(int, string, string) -> bool", "(int, *string) -> bool"],
  ["(int, *string) -> bool", "(int, string, int) -> bool", "clash"],
  ["(int, *string) -> bool", "() -> bool", "clash"],
  ["(*`x) -> void", "(int, string) -> void", "(*`x) -> void"],
  ["(*`x) -> `x", "(int, string) -> `y", "clash"],
  ["(*int) -> void", "(*int) -> void", "(*int) -> void"],
  ["(*int) -> void", "(int, *int) -> void", "clash"],
  ["(...)", "(int) -> int", "(...)"],
  ["(...)", "int", "clash"],
];

for (const [left, right, result] of cases) {
  test(`${left} with ${right}`, () => {
    assert.is(unified(left, right), result);
    assert.is(unified(right, left) === "clash", result === "clash");
  });
}

test("a variable never unifies with a type that contains it", () => {
  const variable = freshVariable();
  assert.not.ok(unifiable(variable, { kind: "list", item: variable }));
  assert.ok(unifiable(variable, variable));
});

test("variables that are one stay one", () => {
  const [a, b, c] = [freshVariable(), freshVariable(), freshVariable()];
  const trail = new Trail();
  assert.ok(unify(a, b, trail) && unify(b, c, trail) && unify(c, type("int"), trail));
  assert.is(typeText({ kind: "tuple", items: [a, b, c] }), "tuple[int, int, int]");
});

test("a failed unification binds nothing, and everything can be taken back", () => {
  const [a, b] = [freshVariable(), freshVariable()];
  const trail = new Trail();
  const pair: Type = { kind: "tuple", items: [a, b, a] };
  assert.not.ok(unify(pair, type("tuple[int, string, bool]"), trail));
  assert.is(typeText(pair), "tuple[`t, `u, `t]");
  const mark = trail.mark();
  assert.ok(unify(pair, type("tuple[int, string, int]"), trail));
  assert.is(typeText(pair), "tuple[int, string, int]");
  trail.undo(mark);
  assert.is(typeText(pair), "tuple[`t, `u, `t]");
});

test("a function without signature takes on the first one", () => {
  const [callback, other] = [unknownFunction(), unknownFunction()];
  const trail = new Trail();
  assert.ok(unify(callback, other, trail));
  assert.is(typeText(callback), "(...)");
  assert.ok(unify(callback, type("(int) -> int"), trail));
  assert.is(typeText(other), "(int) -> int");
  assert.not.ok(unify(other, type("(string) -> int"), trail));
});

test("copies have variables of their own, except those that are kept", () => {
  const [own, shared] = [freshVariable(), freshVariable()];
  const original: Type = { kind: "tuple", items: [own, shared, own] };
  const copy = instantiate(original, new Set([shared]));
  assert.ok(unify(copy, type("tuple[int, string, int]"), new Trail()));
  assert.is(typeText(original), "tuple[`t, string, `t]");
  const closed = type("list[int]");
  assert.is(instantiate(closed), closed);
});

test("equality is up to renaming", () => {
  assert.ok(typesEqual(type("tuple[`a, `b]"), type("tuple[`x, `y]")));
  assert.not.ok(typesEqual(type("tuple[`a, `b]"), type("tuple[`x, `x]")));
  assert.not.ok(typesEqual(type("tuple[`a, `a]"), type("tuple[`x, `y]")));
  assert.not.ok(typesEqual(type("(int) -> int"), type("(*int) -> int")));
  assert.not.ok(typesEqual(type("list[`x]"), type("list[int]")));
});

const closedType: fc.Arbitrary<string> = fc.letrec((tie) => ({
  type: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("int", "string", "bool", "`a", "`b", "typespec", "(...)"),
    tie("list"),
    tie("dict"),
    tie("tuple"),
    tie("func"),
  ),
  list: tie("type").map((item) => `list[${item}]`),
  dict: fc.tuple(tie("type"), tie("type")).map(([key, value]) => `dict[${key}, ${value}]`),
  tuple: fc.array(tie("type"), { minLength: 2, maxLength: 4 }).map((items) => `tuple[${items.join(", ")}]`),
  func: fc
    .tuple(fc.array(tie("type"), { maxLength: 3 }), tie("type"))
    .map(([parameters, result]) => `(${parameters.join(", ")}) -> ${result}`),
})).type as fc.Arbitrary<string>;

test("the text of a type can be read again", () => {
  fc.assert(
    fc.property(closedType, (text) => {
      assert.is(typeText(type(text)), text);
      assert.ok(typesEqual(type(text), type(text)));
    }),
  );
});

test("unification is symmetric, and a type unifies with a copy of itself", () => {
  fc.assert(
    fc.property(closedType, closedType, (left, right) => {
      assert.is(unifiable(type(left), type(right)), unifiable(type(right), type(left)));
      assert.ok(unifiable(type(left), instantiate(type(left))));
    }),
  );
});

test.run();
