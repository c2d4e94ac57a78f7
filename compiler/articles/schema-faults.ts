/** Articles about schema files with faults (family S, from S101; `schema-language.md`). Examples are schemas, without a configuration. */
import { type Article, defineArticles, type Example } from "./article.js";

const schema = (text: string): Example => ({ schema: text });
const root = (body: string): Example => schema(`root {\n  user_def_ok: false\n${body}}\n`);
/** A root with one field. */
const field = (properties: string): Example => root(`  field level {\n${properties.replace(/^/gm, "    ").trimEnd()}\n  }\n`);

export const schemaFaultArticles: readonly Article[] = defineArticles([
  [
    "C4M-S101",
    "A schema describes what stands at the top level of a configuration in a section named root, and this one has none. Add it, even if it only allows sections that are described elsewhere in the file.",
    schema("object server {\n  user_def_ok: false\n  field port { type: int; default: 80 }\n}\n"),
    schema(
      "object server {\n  user_def_ok: false\n  field port { type: int; default: 80 }\n}\nroot {\n  user_def_ok: false\n  allow server\n}\n",
    ),
  ],
  [
    "C4M-S102",
    "A property without which the schema is incomplete is missing: every field has a type, and every section type says with user_def_ok whether names may appear in it that the schema does not list. Neither has a default, because a wrong guess would go unnoticed.",
    field("default: 3\n"),
    field("type: int\ndefault: 3\n"),
  ],
  [
    "C4M-S103",
    "A field must say what happens when a configuration does not set it: it has a default, or require: true makes its absence an error, or require: false lets it be absent. Add one of the three.",
    field("type: int\n"),
    field("type: int\nrequire: false\n"),
  ],
  [
    "C4M-S104",
    "A field has both a default and require. A field with a default can never be absent, so require has no meaning for it. Remove one of the two.",
    field("type: int\nrequire: true\ndefault: 3\n"),
    field("type: int\ndefault: 3\n"),
  ],
  [
    "C4M-S105",
    "The schema language has no property or section of this name here. At the top level of a schema stand root, singleton and object; in them field, allow, require, exclusions and a few properties. Values that are only needed to compute others are variables, assigned with :=.",
    field("type: int\ndefault: 3\nminimum: 1\n"),
    field("type: int\ndefault: 3\nrange: (1, 9)\n"),
  ],
  [
    "C4M-S106",
    "A property has a value of the wrong type: write_lock is a truth value, doc a string, range a tuple of two, validator a reference to a function, and so on. The message tells what is expected.",
    field('type: int\ndefault: 3\nwrite_lock: "yes"\n'),
    field("type: int\ndefault: 3\nwrite_lock: true\n"),
  ],
  [
    "C4M-S107",
    "The default does not have the type of its field, so that every configuration that does not set the field would be wrong. Change the default or the type.",
    field('type: int\ndefault: "3"\n'),
    field("type: int\ndefault: 3\n"),
  ],
  [
    "C4M-S108",
    "The default breaks the rule that the field itself sets by range, choice, min_items or max_items, so that every configuration that does not set the field would be wrong. Change the default or the rule.",
    field("type: int\ndefault: 30\nrange: (1, 9)\n"),
    field("type: int\ndefault: 3\nrange: (1, 9)\n"),
  ],
  [
    "C4M-S109",
    "The field has two kinds of constraints that cannot both apply to a value of its type, such as a range and a number of items. Keep the one that fits the type.",
    field("type: int\ndefault: 3\nrange: (1, 9)\nmin_items: 2\n"),
    field("type: int\ndefault: 3\nrange: (1, 9)\n"),
  ],
  [
    "C4M-S110",
    "choice is a list of at least two values of the field's type, which is string or int. A field that can have one value only needs no setting; for values of other types use a validator.",
    field('type: string\ndefault: "a"\nchoice: ["a"]\n'),
    field('type: string\ndefault: "a"\nchoice: ["a", "b"]\n'),
  ],
  [
    "C4M-S111",
    "range is a tuple of two values, the lowest and the highest one allowed, of the field's type: int, float, char, Duration or Size. The first must be below the second.",
    field("type: int\ndefault: 3\nrange: (9, 1)\n"),
    field("type: int\ndefault: 3\nrange: (1, 9)\n"),
  ],
  [
    "C4M-S112",
    "min_items and max_items bound the number of items of a list or dict. They are not negative, and the minimum is not above the maximum.",
    field("type: list[int]\ndefault: []\nmin_items: 5\nmax_items: 2\n"),
    field("type: list[int]\ndefault: [1, 2]\nmin_items: 2\nmax_items: 5\n"),
  ],
  [
    "C4M-S113",
    "A type that is written as a string names another field of the same section, which must be declared with the type typespec. Such a field can have neither default nor constraints, since its type is known only from the configuration.",
    field('type: "kind"\nrequire: false\n'),
    root('  field kind { type: typespec; require: false }\n  field level { type: "kind"; require: false }\n'),
  ],
  [
    "C4M-S114",
    "An object type, whose sections have names of their own, and a singleton, which exists once, cannot share a name: a configuration could not tell which one it opens. Rename one of the two.",
    schema(
      "object server { user_def_ok: true }\nsingleton server { user_def_ok: true }\nroot {\n  user_def_ok: false\n  allow server\n}\n",
    ),
    schema(
      "object server { user_def_ok: true }\nsingleton limits { user_def_ok: true }\nroot {\n  user_def_ok: false\n  allow server\n  allow limits\n}\n",
    ),
  ],
  [
    "C4M-S115",
    "Within a section type every name is used once, for a field or for an allowed or required section. The note shows the other place.",
    schema(
      "singleton limits { user_def_ok: true }\nroot {\n  user_def_ok: false\n  allow limits\n  field limits { type: int; default: 3 }\n}\n",
    ),
    schema(
      "singleton limits { user_def_ok: true }\nroot {\n  user_def_ok: false\n  allow limits\n  field limit { type: int; default: 3 }\n}\n",
    ),
  ],
  [
    "C4M-S116",
    "allow and require name a section type that the schema declares as object or singleton, before or after this place. There is none of this name.",
    root("  allow server\n"),
    schema("object server { user_def_ok: true }\nroot {\n  user_def_ok: false\n  allow server\n}\n"),
  ],
  [
    "C4M-S117",
    "exclusions pairs names of the same section type, and this one is not declared in it. Check the spelling.",
    root(
      '  field socket { type: string; require: false }\n  field port { type: int; require: false }\n  exclusions { socket: "prot" }\n',
    ),
    root(
      '  field socket { type: string; require: false }\n  field port { type: int; require: false }\n  exclusions { socket: "port" }\n',
    ),
  ],
  [
    "C4M-S118",
    "The validator of a field is a function that takes the path and the value and returns a string: empty if the value is fine. That of a section takes the path only. There is no such function here, or several, or its parameters do not fit the field.",
    field("type: int\ndefault: 3\nvalidator: func check_level\n"),
    schema(
      'func check_level(path: string, level: int) {\n  if level > 9 { return "too high" }\n  return ""\n}\nroot {\n  user_def_ok: false\n  field level { type: int; default: 3; validator: func check_level }\n}\n',
    ),
  ],
  [
    "C4M-S119",
    "The property belongs to the generation of program code, which other tools do from such schemas. It is accepted, so that schemas can be shared, and has no effect here.",
    field('type: int\ndefault: 3\ngen_fieldname: "theLevel"\n'),
    field("type: int\ndefault: 3\n"),
  ],
]);
