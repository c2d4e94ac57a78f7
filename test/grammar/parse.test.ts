/** What the parser makes of texts: grouping, newlines, calls, types, literals. Trees are compared in a short prefix form. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Expression, Statement, TypeNode } from "../../grammar/ast.js";
import { parseConstant } from "../../grammar/parse.js";
import { parseTypeText } from "../../grammar/type-text.js";
import { brief, parseText } from "./helpers.js";

function type(node: TypeNode): string {
  switch (node.kind) {
    case "basic":
      return node.name;
    case "variable":
      return `\`${node.name}`;
    case "list":
      return `list[${type(node.item)}]`;
    case "dict":
      return `dict[${type(node.key)},${type(node.value)}]`;
    case "tuple":
      return `tuple[${node.items.map(type).join(",")}]`;
    case "typespec":
      return node.variable === undefined ? "typespec" : `typespec[${node.variable}]`;
    case "union":
      return `{${node.alternatives.map(type).join("|")}}`;
    case "signature":
      return `(${node.parameters.map(type).join(",")}${node.variadic ? "*" : ""})->${node.result ? type(node.result) : "nothing"}`;
    default:
      return node.kind;
  }
}

function tree(node: Expression): string {
  const list = (items: readonly Expression[]): string => items.map(tree).join(" ");
  switch (node.kind) {
    case "literal":
      return node.type === "string" ? JSON.stringify(node.value) : String(node.value);
    case "name":
      return node.name;
    case "member":
      return `(. ${tree(node.object)} ${node.member.text})`;
    case "index":
      return `([] ${tree(node.object)} ${tree(node.index)})`;
    case "call":
      return `(call ${[node.callee.text, ...node.args.map(tree)].join(" ")})`;
    case "method":
      return `(call. ${[node.callee.text, tree(node.receiver), ...node.args.map(tree)].join(" ")})`;
    case "unary":
      return `(${node.operator} ${tree(node.operand)})`;
    case "binary":
      return `(${node.operator} ${tree(node.left)} ${tree(node.right)})`;
    case "paren":
      return `<${tree(node.inner)}>`;
    case "tuple":
      return `(tuple ${list(node.items)})`;
    case "list":
      return `[${list(node.items)}]`;
    case "dict":
      return `{${node.entries.map(({ key, value }) => `${tree(key)}:${tree(value)}`).join(" ")}}`;
    case "type":
      return `type ${type(node.type)}`;
    case "funcref":
      return `func ${node.name.text}${node.signature ? type(node.signature) : ""}`;
    case "bad":
      return "bad";
  }
}

function statement(node: Statement): string {
  switch (node.kind) {
    case "assign":
      return `${node.lock ? "~" : ""}${node.path.map((n) => n.text).join(".")} = ${tree(node.value)}`;
    case "set":
      return `${node.name.text} := ${tree(node.value)}`;
    case "unpack":
      return `${node.names.map((n) => n.text).join(",")} := ${tree(node.value)}`;
    case "expression":
      return tree(node.expression);
    case "section":
      return `section ${node.name.text}${node.tag ? `/${node.tag.text}` : ""}${node.body ? ` {${node.body.items.map(statement).join("; ")}}` : ""}`;
    case "if":
      return `${node.branches.map((b) => `if ${tree(b.condition)} {${b.body.items.map(statement).join("; ")}}`).join(" ")}${node.otherwise ? ` else {${node.otherwise.items.map(statement).join("; ")}}` : ""}`;
    case "for":
      return `for ${node.index.text} ${tree(node.from)} ${tree(node.to)} {${node.body.items.map(statement).join("; ")}}`;
    case "function":
      return `func ${node.name.text}(${node.formals.map((f) => f.name.text + (f.type ? `:${type(f.type)}` : "")).join(",")}) {${node.body.items.map(statement).join("; ")}}`;
    case "var":
      return `var ${node.groups.map((g) => `${g.names.map((n) => n.text).join(" ")}:${type(g.type)}`).join(", ")}`;
    case "enum":
    case "export":
      return `${node.kind} ${node.names.map((n) => n.text).join(",")}`;
    case "use":
      return `use ${node.module.text}${node.from ? ` from ${node.from.text}` : ""}`;
    case "parameter":
      return `parameter ${node.target.kind === "attribute" ? node.target.path.map((n) => n.text).join(".") : `var ${node.target.name.text}`}${node.hasBody ? ` {${node.properties.map((p) => `${p.name.text} ${tree(p.value)}`).join("; ")}}` : ""}`;
    case "return":
      return node.value ? `return ${tree(node.value)}` : "return";
    default:
      return node.kind;
  }
}

function check(rows: readonly (readonly [text: string, expected: string])[]): void {
  for (const [text, expected] of rows) {
    const { ast, diagnostics } = parseText(text);
    assert.equal(diagnostics.filter((d) => d.severity === "error").map(brief), [], text);
    assert.is(ast.items.map(statement).join("; "), expected, text);
  }
}

test("grouping of operators", () =>
  check([
    ["a = 1 - 2 - 3", "a = (- (- 1 2) 3)"],
    ["a = 100.0 / 10.0 / 5.0", "a = (/ (/ 100 10) 5)"],
    ["a = 17 % 5 * 2", "a = (% 17 (* 5 2))"],
    ["a = 1 + 2 * 3 % 4", "a = (+ 1 (% (* 2 3) 4))"],
    ["a = 1 < 2 == 3 > 4 and x or y", "a = (|| (&& (== (< 1 2) (> 3 4)) x) y)"],
    ["a = x or y and z is w != v", "a = (|| x (&& y (!= (== z w) v)))"],
    ["a = not a and b", "a = (! (&& a b))"],
    ["a = a and not b or c", "a = (&& a (! (|| b c)))"],
    ["a = !x == y", "a = (! (== x y))"],
    ["a = -2 * 3", "a = (* (- 2) 3)"],
    ["a = -a.b + +f(x)", "a = (+ (- (. a b)) (+ (call f x)))"],
    ["a = (1 + 2) * 3", "a = (* <(+ 1 2)> 3)"],
    ["a = 2024-01-05", "a = (- (- 2024 1) 5)"],
  ]));

test("calls, members, indexes", () =>
  check([
    ["a = box.name.len()", "a = (call. len (. box name))"],
    ["s.upper().len()", "(call. len (call. upper s))"],
    ["a = (5).hex()", "a = (call. hex <5>)"],
    ['a = "x".len()', 'a = (call. len "x")'],
    ["a = [1][0]", "a = ([] [1] 0)"],
    ["a = f (x)", "a = (call f x)"],
    ["f(1, 2,)", "(call f 1 2)"],
    ["a = b.int", "a = (. b int)"],
    ["a = int(x)", "a = (call int x)"],
    ["a = x[1][2].b", "a = (. ([] ([] x 1) 2) b)"],
  ]));

test("newlines", () =>
  check([
    ["a = 1\n+ 2", "a = 1; (+ 2)"],
    ["a = (1\n+ 2)", "a = <(+ 1 2)>"],
    ["a =\n# c\n\n1 and\n2", "a = (&& 1 2)"],
    ["a = f\n(x)", "a = f; <x>"],
    ["a = 1 /* x\n */ + 2", "a = (+ 1 2)"],
    ["if a\nand b\n{ c = 1 }\n\n# x\nelif d\n{}\n\nelse\n{}", "if (&& a b) {c = 1} if d {} else {}"],
    ["for\ni\nfrom 1\nto\n2\n{ break }", "for i 1 2 {break}"],
    ["func\nf\n(a,\nb)\n{\nreturn\n}", "func f(a,b) {return}"],
    ["x = func f\n(1)", "x = func f; <1>"],
    ["box\n{ a = 1 }", "section box {a = 1}"],
    ['box "t"\n# c\n{ a = 1 }', "section box/t {a = 1}"],
    ["parameter x\n{ default: 1 }", "parameter x {default 1}"],
    ["a {} b {}", "section a {}; section b {}"],
    ["if x { } y = 1", "if x {}; y = 1"],
    [";;a = 1;;b = 2;", "a = 1; b = 2"],
    ["a,\nb := t", "a,b := t"],
    ["a = [\n\n1\n,\n2\n]", "a = [1 2]"],
    ["var a: dict[\nint\n,\nint]", "var a:dict[int,int]"],
    ["a = 1\r\nb = 2 +\r\n3\r\n", "a = 1; b = (+ 2 3)"],
    ["enum A,\nB", "enum A,B"],
  ]));

test("contextual words and sections", () =>
  check([
    ["use: true", "use = true"],
    [
      "use = 1\nparameter := 2\nuse.x = 3\nuse(1)\nuse, a := t\nuse {}",
      "use = 1; parameter := 2; use.x = 3; (call use 1); use,a := t; section use {}",
    ],
    ["use m", "use m"],
    ['use m from "a" + "b"', "use m from ab"],
    ['item "one"', "section item/one"],
    ["item one", "section item/one"],
    ['item "a" +\n "b" {}', "section item/ab {}"],
    ["parameter var x", "parameter var x"],
    ['parameter a.b { doc = "x" + "y"; default := -1 }', 'parameter a.b {doc "xy"; default (- 1)}'],
    ["~ a.b: 1", "~a.b = 1"],
    ["int: 5\nlist { a = 1 }", "int = 5; section list {a = 1}"],
    ["func f(x) { return x }", "func f(x) {return x}"],
    ["func f(x: int or string, y) { return }", "func f(x:{int|string},y) {return}"],
    ["var a: int, b, c: string", "var a:int, b c:string"],
  ]));

test("types in expressions", () =>
  check([
    ["t = list[int]", "t = type list[int]"],
    ["t = int or string", "t = type {int|string}"],
    ["t = x == int or y", "t = (|| (== x type int) y)"],
    ["t = x == int or func", "t = (== x type {int|anyfunc})"],
    ["t = x == int or int(y)", "t = (|| (== x type int) (call int y))"],
    ["t = `x", "t = type `x"],
    ["t = typespec[`x]", "t = type typespec[x]"],
    ["t = func (int, *string) -> bool", "t = type (int,string*)->bool"],
    ["t = func (int) -> int or string", "t = type (int)->{int|string}"],
    ["t = func f(int) -> int", "t = func f(int)->int"],
    ["t = [int, list[(int) -> () -> int]]", "t = [type int type list[(int)->()->int]]"],
    ["t = dict[string, func]", "t = type dict[string,anyfunc]"],
    ["t = {int: 1}", "t = {type int:1}"],
  ]));

test("literals", () =>
  check([
    ["a = 007", "a = 7"],
    ["a = 9223372036854775807", "a = 9223372036854775807"],
    ["a = -9223372036854775808", "a = (- 9223372036854775808)"],
    ["a = 1.5e-3", "a = 0.0015"],
    ["a = 1E2", "a = 100"],
    ['a = "\\n\\x41\\u00e9\\U0001F600\\"\\0\\$"', 'a = "\\nAé😀\\"0$"'],
    ['a = """x"y\\""""', 'a = "x\\"y\\""'],
    ['a = """"""', 'a = ""'],
    ['a = "x\\\ny"', 'a = "x\\ny"'],
    ["a = ''", "a = 0"],
    ["a = '\\n'", "a = 10"],
    ["a = '😀'", "a = 128512"],
    ["a = '\\''", "a = 39"],
    ["a = [10.0.0.1, 10.0.0.0/8]", "a = [10.0.0.1 10.0.0.0/8]"],
    ["a = {10.0.0.1:1}", "a = {10.0.0.1:1}"],
    ["a = 10.0.0.1;b = (1.2.3.4)", "a = 10.0.0.1; b = <1.2.3.4>"],
    ["a = 10:20:30", "a = 10:20:30"],
    ["a = [1:02:03.5Z, 1:02:03-05:00, 1:02:03am]", "a = [01:02:03.5Z 01:02:03-05:00 01:02:03]"],
    ["a = {1:22, 1.5: 2, 10:00:00: 3}", "a = {1:22 1.5:2 10:00:00:3}"],
    ["a = <<\n 1 h >>", "a = 3600000000"],
    ["a = <<1 h>> + <<1 s>>", "a = (+ 3600000000 1000000)"],
    ["a = 5//3", "a = 5"],
    ["été = Ωx\n$ = 1", "été = Ωx; $ = 1"],
  ]));

test("folded strings", () => {
  check([
    ['a = "a" + "b" + c + "d" + "e"', 'a = (+ (+ "ab" c) "de")'],
    ['a = "a" + "b".upper()', 'a = (+ "a" (call. upper "b"))'],
    ['a = "a" + # c\n "b" + "c"[0]', 'a = (+ "ab" ([] "c" 0))'],
    ['a = ("a"\n+ "b")', 'a = <(+ "a" "b")>'],
  ]);
  const [item] = parseText('a = "x" +\n  "y"').ast.items;
  assert.ok(item?.kind === "assign" && item.value.kind === "literal" && item.value.type === "string");
  assert.is(item.value.pieces, 2);
  assert.equal(item.value.span, { start: 4, end: 15 });
});

test("types as text", () => {
  const rows: readonly (readonly [text: string, expected: string])[] = [
    ["int", "int"],
    [" dict[string, int] ", "dict[string,int]"],
    ["tuple[int, string]", "tuple[int,string]"],
    ["(int, *string) -> bool", "(int,string*)->bool"],
    ["() -> void", "()->void"],
    ["(...)", "anyfunc"],
    ["func", "anyfunc"],
    ["func (int)", "(int)->nothing"],
    ["int or string || list[`x]", "{int|string|list[`x]}"],
    ["typespec", "typespec"],
    ["typespec[`x]", "typespec[x]"],
    ["`t", "`t"],
    ["list[(...)]", "list[anyfunc]"],
    ["(int) -> (int) -> int", "(int)->(int)->int"],
  ];
  for (const [text, expected] of rows) {
    const result = parseTypeText(text);
    assert.is("type" in result ? type(result.type) : result.message, expected, text);
  }
  const failures: readonly (readonly [text: string, offset: number])[] = [
    ["", 0],
    ["foo", 0],
    ["list", 4],
    ["list[int", 8],
    ["list[int, int]", 0],
    ["tuple[int]", 0],
    ["int or int", 7],
    ["int string", 4],
    ["(*int, int)", 6],
    ["typespec[int]", 9],
    ["`", 1],
    ["`if", 1],
    [`${"list[".repeat(501)}int${"]".repeat(501)}`, 2500],
    ["list[".repeat(100_000), 2500],
  ];
  for (const [text, offset] of failures) {
    const result = parseTypeText(text);
    assert.is("message" in result ? result.offset : -1, offset, text.slice(0, 40));
  }
});

test("constants", () => {
  for (const [text, expected] of [
    ["5", "5"],
    [" -1.5 ", "(- 1.5)"],
    ['"x" + "y"', '"xy"'],
    ["[1, (2, 'a')]", "[1 (tuple 2 97)]"],
    ['{"a": <<5 min>>}', '{"a":300000000}'],
  ] as const) {
    const result = parseConstant(text);
    assert.is("expression" in result ? tree(result.expression) : result.diagnostics.map(brief).join(), expected, text);
  }
  for (const [text, expected] of [
    ["", "P001 1:1"],
    ["f(1)", "N023 1:1"],
    ["int", "N023 1:1"],
    ["a = 1", "N023 1:1"],
    ["1\n2", "P002 2:1"],
    ["1 +", "P001 1:4"],
    ["<<x>>", "T031 1:1"],
  ] as const) {
    const result = parseConstant(text);
    assert.is("expression" in result ? tree(result.expression) : result.diagnostics.map(brief).join(), expected, text);
  }
});

test("spans and comments", () => {
  const text = "a.b = 1 + x # note\n/* own */ box t { c := 2 }\n";
  const { ast } = parseText(text);
  const at = (span: { start: number; end: number }): string => text.slice(span.start, span.end);
  assert.equal(
    ast.items.map((item) => at(item.span)),
    ["a.b = 1 + x", "box t { c := 2 }"],
  );
  assert.equal(
    ast.comments.map((comment) => [at(comment.span), comment.ownLine]),
    [
      ["# note", false],
      ["/* own */", true],
    ],
  );
  const [first, second] = ast.items;
  assert.ok(first?.kind === "assign" && first.value.kind === "binary" && second?.kind === "section");
  assert.is(at(first.value.operatorSpan), "+");
  assert.is(at(second.header), "box t");
});

test.run();
