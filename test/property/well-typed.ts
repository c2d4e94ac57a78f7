/**
 * Generates programs that are well-typed by construction: expressions by type, statements that only use what is in scope. What such a program may still do
 * wrong while it runs (overflow, division by zero, an index beyond the end) is part of the language; anything else is a defect of ours.
 */
import * as fc from "fast-check";

/** Types that the generator knows, and a variable of each that is always in scope. */
const variables = {
  int: "n",
  float: "r",
  string: "s",
  bool: "b",
  "list[int]": "l",
  "dict[string, int]": "d",
  Duration: "w",
} as const;
export type GeneratedType = keyof typeof variables;
export const generatedTypes = Object.keys(variables) as readonly GeneratedType[];

type Text = fc.Arbitrary<string>;

const words = fc.constantFrom("", "a", "b c", "Zürich", "x,y", "{}", "日本");
const quoted = words.map((word) => JSON.stringify(word));

const leaves: Readonly<Record<GeneratedType, Text>> = {
  int: fc.oneof(
    fc.integer({ min: -9, max: 99 }).map(String),
    fc.constantFrom("9223372036854775807", "(-9223372036854775808)", "(0)"),
  ),
  float: fc.constantFrom("0.0", "1.5", "2e3", "1e300", "0.1"),
  string: quoted,
  bool: fc.constantFrom("true", "false"),
  "list[int]": fc.constantFrom("[]", "[1]", "[3, 1, 2]"),
  "dict[string, int]": fc.constantFrom("{}", '{"a": 1}', '{"a": 1, "b": 2}'),
  Duration: fc.constantFrom("<<0 sec>>", "<<5 min>>", "<<1 day>>"),
};

const expressions = new Map<string, Text>();

/** An expression of a type, of at most the given depth, in parentheses where precedence could matter. Each kind is made once. */
function expression(type: GeneratedType, depth: number): Text {
  const key = `${type} ${depth}`;
  let made = expressions.get(key);
  if (made === undefined) expressions.set(key, (made = makeExpression(type, depth)));
  return made;
}

function makeExpression(type: GeneratedType, depth: number): Text {
  const leaf = fc.oneof(leaves[type], fc.constant(variables[type]));
  if (depth === 0) return leaf;
  const of = (other: GeneratedType): Text => fc.oneof({ maxDepth: 1 }, leaf0(other), expression(other, depth - 1));
  const binary = (other: GeneratedType, ...operators: string[]): Text =>
    fc.tuple(of(other), fc.constantFrom(...operators), of(other)).map(([x, operator, y]) => `(${x} ${operator} ${y})`);
  const call = (name: string, ...types: GeneratedType[]): Text =>
    fc.tuple(...types.map(of)).map((args) => `${name}(${args.join(", ")})`);
  const chosen = (other: GeneratedType): Text => call("pick", "bool", other, other);
  const deeper: Readonly<Record<GeneratedType, readonly Text[]>> = {
    int: [
      binary("int", "+", "-", "*", "%"),
      call("len", "string"),
      call("len", "list[int]"),
      call("len", "dict[string, int]"),
      call("find", "string", "string"),
      call("bitand", "int", "int"),
      call("shl", "int", "int"),
      call("int", "float"),
      call("twice", "int"),
      call("to_sec", "Duration"),
      of("list[int]").map((list) => `${list}[0]`),
      of("dict[string, int]").map((dict) => `${dict}["a"]`),
      fc.tuple(of("int"), of("string")).map(([x, y]) => `(${x}, ${y})[0]`),
      of("int").map((x) => `(-(${x}))`),
      chosen("int"),
    ],
    float: [binary("float", "+", "-", "*", "/"), binary("int", "/"), call("float", "int"), chosen("float")],
    string: [
      binary("string", "+"),
      call("upper", "string"),
      call("slice", "string", "int", "int"),
      call("replace", "string", "string", "string"),
      call("base64", "string"),
      call("sha256", "string"),
      of("int").map((x) => `$(${x})`),
      of("list[int]").map((x) => `$(${x})`),
      of("dict[string, int]").map((x) => `to_json(${x})`),
      of("string").map((x) => `join(split(${x}, ","), "-")`),
      chosen("string"),
    ],
    bool: [
      binary("bool", "and", "or", "==", "!="),
      binary("int", "<", "<=", ">", ">=", "==", "!="),
      binary("string", "<", "==", "!="),
      binary("list[int]", "=="),
      binary("dict[string, int]", "==", "!="),
      binary("Duration", "<", ">="),
      call("contains", "string", "string"),
      call("contains", "list[int]", "int"),
      call("contains", "dict[string, int]", "string"),
      call("bool", "string"),
      of("bool").map((x) => `(not ${x})`),
      of("string").map((x) => `attr_exists(${x})`),
    ],
    "list[int]": [
      call("array_add", "list[int]", "list[int]"),
      call("slice", "list[int]", "int", "int"),
      call("delete", "list[int]", "int"),
      call("remove", "list[int]", "int"),
      of("dict[string, int]").map((x) => `values(${x})`),
      fc.array(of("int"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
      chosen("list[int]"),
    ],
    "dict[string, int]": [
      call("set", "dict[string, int]", "string", "int"),
      call("delete", "dict[string, int]", "string"),
      fc.tuple(of("string"), of("int")).map(([key, value]) => `{${key}: ${value}}`),
      chosen("dict[string, int]"),
    ],
    Duration: [binary("Duration", "+", "-"), chosen("Duration")],
  };
  return fc.oneof(leaf, ...deeper[type]);
}

const leaf0 = (type: GeneratedType): Text => fc.oneof(leaves[type], fc.constant(variables[type]));

const typed = (depth: number, make: (type: GeneratedType, text: string) => string): Text =>
  fc.oneof(...generatedTypes.map((type) => expression(type, depth).map((text) => make(type, text))));

/** One attribute name for each type, so that no assignment clashes. */
const attribute = (type: GeneratedType): string => `out_${generatedTypes.indexOf(type)}`;

function statement(depth: number): Text {
  const simple = [
    typed(2, (type, text) => `${attribute(type)} = ${text}`),
    typed(2, (type, text) => `${variables[type]} := ${text}`),
    typed(1, (_, text) => `echo(${text})`),
    fc.tuple(expression("int", 1), expression("string", 1)).map(([x, y]) => `n, s := (${x}, ${y})`),
    typed(1, (type, text) => `deep.${attribute(type)} = ${text}`),
  ];
  if (depth === 0) return fc.oneof(...simple);
  const block = fc.array(statement(depth - 1), { maxLength: 3 }).map((list) => `{\n${list.join("\n")}\n}`);
  return fc.oneof(
    ...simple,
    fc.tuple(expression("bool", 2), block, block).map(([condition, yes, no]) => `if ${condition} ${yes} else ${no}`),
    fc
      .tuple(fc.integer({ min: -2, max: 4 }), fc.integer({ min: -2, max: 4 }), block)
      .map(([from, to, body]) => `for i from ${from} to ${to} ${body}`),
    fc.tuple(fc.constantFrom("sect", "sect one", 'sect "two words"'), block).map(([header, body]) => `${header} ${body}`),
  );
}

const prologue = `var r: float
n := 3
r := 1.5
s := "text"
b := true
l := [1, 2]
d := {"a": 1}
w := <<5 min>>
func pick(first: bool, x, y) {
  if first { return x }
  return y
}
func twice(x: int) { return x + x }
`;

/** Whole programs. */
export const programs: Text = fc
  .array(statement(2), { minLength: 1, maxLength: 8 })
  .map((statements) => `${prologue}${statements.join("\n")}\n`);
