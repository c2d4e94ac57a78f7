/** Faults of schema files: each code of `diagnostics.md` 3.2, with path and line. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { faults } from "./support.js";

/** A root with one field `a` and more text after it. */
const field = (properties: string, more = "") => `root {\n user_def_ok: false\n field a {\n${properties}\n }\n${more}}\n`;

const cases: readonly (readonly [title: string, spec: string, ...expected: string[]])[] = [
  ["no root", "x := 1", "C4M-S101 1 'root'"],
  ["no user_def_ok", "root { }\nsingleton s { }", "C4M-S102 1 'root.user_def_ok'", "C4M-S102 2 'singleton.s.user_def_ok'"],
  ["no type", field("require: true"), "C4M-S102 3 'root.field.a.type'"],
  ["neither default nor require", field("type: int"), "C4M-S103 3 'root.field.a'"],
  ["both default and require", field("type: int\ndefault: 1\nrequire: true"), "C4M-S104 5 'root.field.a.default'"],
  ["unknown property", field("type: int\nrequire: true\nrnage: (1, 2)"), "C4M-S105 6 'root.field.a.rnage'"],
  ["unknown section in a field", field("type: int\nrequire: true\nsub { }"), "C4M-S105 6 'root.field.a.sub'"],
  ["unknown at top level", "stray: 1\nroot { user_def_ok: true }", "C4M-S105 1 'stray'"],
  [
    "unknown in allow",
    "root {\nuser_def_ok: true\nallow s { max: 1 }\n}\nsingleton s { user_def_ok: true }",
    "C4M-S105 3 'root.allow.s.max'",
  ],
  ["a field named *", 'root {\nuser_def_ok: true\nfield "*" { type: int; require: false }\n}', "C4M-S105 3 'root.field.*'"],
  ["property of a wrong type", field('type: int\nrequire: "yes"'), "C4M-S106 5 'root.field.a.require'"],
  ["user_def_ok of a wrong type", 'root { user_def_ok: "no" }', "C4M-S106 1 'root.user_def_ok'"],
  ["field without a name", "root {\nuser_def_ok: true\nfield { type: int }\n}", "C4M-S106 3 'root.field.type'"],
  ["default of another type", field('type: int\ndefault: "one"'), "C4M-S107 5 'root.field.a.default'"],
  ["default outside the range", field("type: int\ndefault: 9\nrange: (1, 5)"), "C4M-S108 5 'root.field.a.default'"],
  ["default not a choice", field('type: string\ndefault: "c"\nchoice: ["a", "b"]'), "C4M-S108 5 'root.field.a.default'"],
  ["default outside the bounds", field("type: list[int]\ndefault: []\nmin_items: 1"), "C4M-S108 5 'root.field.a.default'"],
  [
    "constraints that exclude each other",
    field("type: int\nrequire: true\nrange: (1, 9)\nmin_items: 1"),
    "C4M-S109 3 'root.field.a'",
  ],
  ["choice and range of an int go together", field("type: int\nrequire: true\nrange: (1, 9)\nchoice: [1, 2]")],
  ["choice of one", field('type: string\nrequire: true\nchoice: ["a"]'), "C4M-S110 6 'root.field.a.choice'"],
  ["choice of another type", field("type: string\nrequire: true\nchoice: [1, 2]"), "C4M-S110 6 'root.field.a.choice'"],
  ["choice of floats", field("type: float\nrequire: true\nchoice: [1.0, 2.0]"), "C4M-S110 6 'root.field.a.choice'"],
  ["range upside down", field("type: int\nrequire: true\nrange: (9, 1)"), "C4M-S111 6 'root.field.a.range'"],
  ["range of one value", field("type: int\nrequire: true\nrange: (1, 1)"), "C4M-S111 6 'root.field.a.range'"],
  ["range of a string", field("type: string\nrequire: true\nrange: (1, 2)"), "C4M-S111 6 'root.field.a.range'"],
  ["range of Durations", field("type: Duration\nrequire: true\nrange: (<<1 s>>, <<1 min>>)")],
  ["bounds of an int", field("type: int\nrequire: true\nmax_items: 2"), "C4M-S112 6 'root.field.a.max_items'"],
  [
    "bounds upside down",
    field("type: list[int]\nrequire: true\nmin_items: 3\nmax_items: 2"),
    "C4M-S112 7 'root.field.a.max_items'",
  ],
  ["negative bound", field("type: list[int]\nrequire: true\nmin_items: -1"), "C4M-S112 6 'root.field.a.min_items'"],
  ["exact count", field("type: list[int]\nrequire: true\nmin_items: 2\nmax_items: 2")],
  [
    "pointer with default",
    field('type: "t"\ndefault: 3', "field t { type: typespec; require: false }\n"),
    "C4M-S113 5 'root.field.a.default'",
  ],
  [
    "pointer with constraint",
    field('type: "t"\nrequire: false\nmin_items: 3', "field t { type: typespec; require: false }\n"),
    "C4M-S113 6 'root.field.a.min_items'",
  ],
  ["pointer to nothing", field('type: "t"\nrequire: false'), "C4M-S113 4 'root.field.a.type'"],
  [
    "pointer to an int",
    field('type: "t"\nrequire: false', "field t { type: int; require: false }\n"),
    "C4M-S113 4 'root.field.a.type'",
  ],
  [
    "one name, two types",
    "singleton x { user_def_ok: true }\nobject x { user_def_ok: true }\nroot { user_def_ok: true }",
    "C4M-S114 2 'object.x'",
  ],
  [
    "allow and field of one name",
    field("type: int\nrequire: true", "allow a\n").concat("singleton a { user_def_ok: true }"),
    "C4M-S115 7 'root.allow.a'",
  ],
  ["allow of nothing", "root {\nuser_def_ok: true\nallow nothing\n}", "C4M-S116 3 'root.allow.nothing'"],
  ["allow of command lines, whose type is in another schema", "root {\nuser_def_ok: true\nallow getopts\n}"],
  ["exclusion of nothing", field("type: int\nrequire: true", 'exclusions { a: "b" }\n'), "C4M-S117 7 'root.exclusions.a'"],
  ["exclusion of a list", field("type: int\nrequire: true", 'field b { type: int; require: true }\nexclusions { a: ["b"] }\n')],
  ["validator missing", field("type: int\nrequire: true\nvalidator: func nowhere"), "C4M-S118 6 'root.field.a.validator'"],
  [
    "validator of another type",
    `func v(p: string, x: string) { return "" }\n${field("type: int\nrequire: true\nvalidator: func v")}`,
    "C4M-S118 7 'root.field.a.validator'",
  ],
  [
    "validator without result",
    `func v(p: string, x: int) { y := x }\n${field("type: int\nrequire: true\nvalidator: func v")}`,
    "C4M-S118 7 'root.field.a.validator'",
  ],
  [
    "validator of wrong arity",
    `func v(p: string) { return "" }\n${field("type: int\nrequire: true\nvalidator: func v")}`,
    "C4M-S118 7 'root.field.a.validator'",
  ],
  [
    "validators that both fit",
    `func v(p: string, x: int) { return "" }\nfunc v(p: string, x: string) { return "" }\n${field("type: `x\nrequire: true\nvalidator: func v")}`,
    "C4M-S118 8 'root.field.a.validator'",
  ],
  [
    "overload that fits the field",
    `func v(p: string, x: int) { return "" }\nfunc v(p: string, x: string) { return "" }\n${field("type: int\nrequire: true\nvalidator: func v")}`,
  ],
  ["generic validator", `func v(p, x) { return "" }\n${field("type: int\nrequire: true\nvalidator: func v")}`],
  ["property without effect", 'root {\nuser_def_ok: true\ngen_typename: "R"\n}', "note C4M-S119 3 'root.gen_typename'"],
  ["default of a typespec", field("type: typespec\ndefault: list[int]")],
  [
    "hidden and validator on root",
    'func v(p: string) { return "" }\nroot {\nuser_def_ok: true\nhidden: true\nvalidator: func v\n}',
  ],
  [
    "several faults",
    `${field('type: int\ndefault: "x"\nfoo: 1')}object o { }`,
    "C4M-S107 5 'root.field.a.default'",
    "C4M-S105 6 'root.field.a.foo'",
    "C4M-S102 9 'object.o.user_def_ok'",
  ],
];

for (const [title, spec, ...expected] of cases) {
  test(title, () => assert.equal(faults(spec), expected));
}

test("a later file may replace a type, and require by default", () => {
  const first = field("type: int\nrequire: true");
  assert.equal(faults(first, 'root.field.a.type: string\nroot.field.a.default: "x"'), []);
  assert.equal(faults(field("type: int\ndefault: 1"), "root.field.a.require: true"), []);
});

test("a later file adds types and fields", () => {
  assert.equal(
    faults(
      field("type: int\nrequire: true"),
      "root { allow s; field b { type: int; default: 2 } }\nsingleton s { user_def_ok: true }",
    ),
    [],
  );
});

test("a later file is checked as well", () => {
  assert.equal(faults(field("type: int\nrequire: true"), "root { field b { type: int } }"), ["C4M-S103 1 'root.field.b'"]);
});

test.run();
