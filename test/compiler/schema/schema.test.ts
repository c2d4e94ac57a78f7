/** The data of a schema: places of paths, names that belong elsewhere, unexecuted code, saving. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fits } from "../../../compiler/schema/fits.js";
import { homesOf, placeOf } from "../../../compiler/schema/places.js";
import {
  excludedBy,
  type FieldRule,
  fieldTypeText,
  restoreSchema,
  type Schema,
  type SectionType,
  saveSchema,
} from "../../../compiler/schema/schema.js";
import { checkUnexecuted, type Declared } from "../../../compiler/schema/unexecuted.js";

const field = (name: string, type: FieldRule["type"] = { text: "int" }): FieldRule => ({
  kind: "field",
  name,
  type,
  presence: { require: false },
  writeLock: false,
  stackLimit: -1,
  hidden: false,
});
const section = (kind: SectionType["kind"], name: string, entries: SectionType["entries"], userDefOk = false): SectionType => ({
  kind,
  name,
  userDefOk,
  entries,
  exclusions: [],
  hidden: false,
});
const allow = (name: string) => ({ kind: "section", name, required: false, writeLock: false }) as const;
const schema: Schema = {
  format: 1,
  files: ["s.c42spec"],
  root: {
    ...section("root", "", [field("a"), field("b"), allow("one"), allow("many")]),
    exclusions: [{ first: "a", second: "b" }],
  },
  types: [
    section("singleton", "one", [field("x"), allow("many")]),
    section("object", "many", [field("y", { text: "list[string]" }), allow("many")], true),
  ],
  finalCheck: false,
};

const kindAt = (path: string) => placeOf(schema, path === "" ? [] : path.split(".")).kind;

test("what a path means", () => {
  assert.is(kindAt(""), "section");
  assert.is(kindAt("a"), "field");
  assert.is(kindAt("one"), "section");
  assert.is(kindAt("one.x"), "field");
  assert.is(kindAt("many"), "instances");
  assert.is(kindAt("many.n"), "section");
  assert.is(kindAt("many.n.y"), "field");
  assert.is(kindAt("many.n.many.m.y"), "field");
  assert.is(kindAt("many.n.free.of.charge"), "free");
  assert.is(kindAt("one.z"), "unknown");
  assert.is(kindAt("a.b"), "below field");
});

test("where a name belongs", () => {
  assert.equal(
    homesOf(schema, "y").map((type) => type.name),
    ["many"],
  );
});

test("exclusions hold in both directions", () => {
  assert.equal(excludedBy(schema.root, "a"), ["b"]);
  assert.equal(excludedBy(schema.root, "b"), ["a"]);
  assert.equal(excludedBy(schema.root, "one"), []);
});

test("types as people read them", () => {
  assert.is(fieldTypeText(field("a", { text: "typespec" })), "a type specification");
  assert.is(fieldTypeText(field("a", { pointer: "kind" })), "type set by field kind");
});

test("saving and restoring", () => {
  assert.equal(restoreSchema(saveSchema(schema)), schema);
  assert.is(restoreSchema("{}"), undefined);
  assert.is(restoreSchema('{"format":0,"root":{"kind":"root"}}'), undefined);
});

test("types fit by unification, without coercion", () => {
  const yes = [
    ["int", "int"],
    ["list[string]", "list[`t]"],
    ["int or string", "string"],
    ["`x", "list[int]"],
    ["typespec", "typespec"],
    ["(int) -> int", "(...)"],
    ["dict[`x, `x]", "dict[int, int]"],
  ];
  const no = [
    ["float", "int"],
    ["Duration", "string"],
    ["list[string]", "list[int]"],
    ["int or string", "bool"],
    ["dict[`x, `x]", "dict[int, string]"],
    ["(int) -> int", "(string) -> int"],
  ];
  for (const [declared, actual] of yes) assert.ok(fits(declared as string, actual as string), `${declared} takes ${actual}`);
  for (const [declared, actual] of no) assert.not.ok(fits(declared as string, actual as string), `${declared} refuses ${actual}`);
});

test("code that does not run", () => {
  const location = { file: "c.c4m", line: 1, col: 1, endLine: 1, endCol: 2 };
  const declared = (path: string, type?: string): Declared => ({
    kind: type === undefined ? "section" : "attribute",
    path: path.split("."),
    type: type ?? "",
    location,
  });
  const found = (...list: Declared[]) =>
    checkUnexecuted(schema, list, () => "absent").map((d) => `${d.severity} ${d.code} ${d.path}`);
  assert.equal(found(declared("a", "int"), declared("a", "string")), ["warning C4M-S002 a"]);
  assert.equal(found(declared("c", "int")), ["warning C4M-S001 c"]);
  assert.equal(found(declared("zone"), declared("zone.x", "int")), ["warning C4M-S001 zone"]);
  assert.equal(found(declared("one"), declared("one.x", "int")), ["note C4M-S018 one"]);
  assert.equal(found(declared("one", "int")), ["warning C4M-S009 one"]);
  assert.equal(found(declared("a")), ["warning C4M-S010 a"]);
  assert.equal(found(declared("many.y", "int")), ["warning C4M-S011 many.y"]);
  assert.equal(
    checkUnexecuted(schema, [declared("c", "int"), declared("a", "string")], (path) =>
      path[0] === "c" ? "assigned" : "default",
    ).map((d) => d.code),
    ["C4M-S002"],
  );
});

test.run();
