/** Recovery (`language.md` 8.2): one mistake gives one error, later mistakes are still found, and what was read counts as defined. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Statement } from "../../grammar/ast.js";
import { parseText, problems } from "./helpers.js";

const table: readonly (readonly [title: string, text: string, expected: string])[] = [
  ["an else without if and without block", "else\nb = 1 2", "P035 1:1, P002 2:7"],
  ["a header that breaks off inside brackets", "func f(x\nb = 1 2", "P032 1:7, P002 2:7"],
  [
    "an if whose } is missing before its elif",
    "if a {\n  b = 1\nelif c { b = 2 }\nelse { b = 3 }\nd = 1 2",
    "P004 1:6, P002 5:7",
  ],
  ["the same inside a block", "s {\n  if a {\n    b = 1\n  else {\n    b = 2\n  }\n}\nd = 1 2", "P004 2:8, P002 8:7"],
  ["branches behind an if that cannot be read", "true { b = 1 }\nelif c { b = 2 }\nelse { b = 3 }", "P002 1:6"],
  ["the first quote of a string is missing", 'a = [x", "y"]\nb = 1 2', "L002 1:12, P002 2:7"],
  ["a missing brace behind a section with a tag", "sink a\n  b: 1\n}\nd = 1 2", "P003 1:7, P002 4:7"],
  ["a missing brace behind a section without a tag", "box\n  b: 1\n  c { d: 2 }\n}\nd = 1 2", "P003 1:4, P002 5:7"],
  ["a section without a block is no mistake", "sink a\nb: 1\n}", "P010 3:1"],
  ["indentation tells which } is missing", "a {\n  b {\n    c: 1\n  d { e: 2 }\n}\nf = 1 2", "P004 2:5, P002 6:7"],
  ["also in the middle of a file", "a {\n  b: 1\n\nc d {\n  e: 2\n}\nf = 1 2", "P004 1:3, P002 7:7"],
  ["a } that begins a line closes what begins at its column", "a {\n  if b {\n    c: 1\n}\nf = 1 2", "P004 2:8, P002 5:7"],
  ["without indentation the first { counts", "a {\nb {\nc: 1\n}\nf = 1", "P004 1:3"],
  ["two mistakes in different statements", "a = 1 2\nb = 3\nc = )\nd = 4", "P002 1:7, P001 3:5"],
  ["in a block and after it", "if true {\n  a = 1 2\n  b = 3\n}\nc = )", "P002 2:9, P001 5:5"],
  ["statements on one line, separated by ;", "a = 1 2; b = ); c = 3 4", "P002 1:7, P001 1:14"],
  ["a newline inside brackets does not end the failed statement", "a = [1 2,\n  3 4]\nb = 5 6", "P008 1:8, P002 3:7"],
  ["the block ends before the statement does", "a { b = 1 2 }\nc = 3 4", "P002 1:11, P002 2:7"],
  ["a failed header skips its block", "if x y {\n  a = 1\n}\nb = 1 2", "P003 1:6, P002 4:7"],
  ["a missing brace behind a header, its } being there", "for i from 0 to 3\n  a = i\n}\nb = 1 2", "P003 1:18, P002 4:7"],
  ["the same for a function", "func f(x)\n  return x\n}\nb = 1 2", "P003 1:10, P002 4:7"],
  ["the same for a section", "box x = 1 }\nb = 1 2", "P003 1:5, P002 2:7"],
  ["an unclosed string ends its statement only", 'a = "x\nb = 1 2', "L002 1:5, P002 2:7"],
  ["an unclosed string in a call", 'a = f("x)\nb = 1 2', "L002 1:7, P002 2:7"],
  ["an unclosed string in a call before an expression statement", 'f("x)\nf(1 2)', "L002 1:3, P005 2:5"],
  ["an unclosed string as tag swallows the brace", 'box "x {\n  a = 1\n}\nb = 1 2', "L002 1:5, P002 4:7"],
  ["an unclosed string swallows the closing brace", 'box { a = "x }\nb = 1 2', "L002 1:11, P002 2:7"],
  ["an unclosed string in a list", 'a = [\n  "x",\n  "y,\n  "z"\n]\nb = 1 2', "L002 3:3, P002 6:7"],
  ["an unclosed comment hides the end of the blocks", "a {\n b = 1 /* }\n", "L004 2:8"],
  ['an unclosed """ does too', 'a {\n b = f("""x)\n}', "L003 2:8"],
  ["unclosed <<", "a { b = <<5 h }", "L006 1:9"],
  ["a bad character in place of an operand", "a = @\nb = 1 2", "L001 1:5, P002 2:7"],
  ["a bad character between operands", "a = 1 @ 2\nb = 1 2", "L001 1:7, P002 2:7"],
  ["a bad number", "a = 5.\nb = 1 2", "L009 1:5, P002 2:7"],
  ["a bad literal of a domain leaves the statement intact", "a = <<x>> 5", "T031 1:5, P002 1:11"],
  ["a missing ) before a line that must be a statement", "a = (1 +\n  2\nb := 3 4", "P005 1:5, P002 3:8"],
  ["a missing ) before a keyword", "a = f(1,\nif x { }\nb = 1 2", "P005 1:6, P002 3:7"],
  ["a missing ] before }", "a { b = [1, 2 }\nc = 1 2", "P008 1:9, P002 2:7"],
  ["a missing ) before a dotted assignment", "a = f(1\nb.c = 2 3", "P005 1:6, P002 2:9"],
  ["a missing } of a dict", 'a = {"x": 1\nb = 2 3', "P008 1:5, P002 2:7"],
  ["an operand missing at the end of a line", "a = (1 +\nb = 2 3", "P001 1:9, P002 2:7"],
  ["references to functions may begin a line of a list", "a = [\n  func f,\n  func g(int)\n]", ""],
  ["a missing } before a function", "a {\n  b = 1\nfunc f() { return 1 }\nc = 1 2", "P004 1:3, P002 4:7"],
  ["a missing } before an enum, two levels deep", "a {\n  b {\n    c = 1\nenum A\nd = 1 2", "P004 1:3, P004 2:5, P002 5:7"],
  ["a function inside a closed block", "a {\n  func f() { return 1 2 }\n}", "P021 2:3, P002 2:23"],
  ["a stray } is reported once and skipped", "a = 1\n}\nb = 1 2", "P010 2:1, P002 3:7"],
  ["an else without if is read like a branch", "else { a = 1 2 }\nb = 1 2", "P035 1:1, P002 1:14, P002 2:7"],
  [
    "properties recover one by one",
    "parameter a {\n  5: 1\n  default 3\n  doc: 1 2\n}\nb = 1 2",
    "P009 2:3, P012 3:11, P002 4:10, P002 6:7",
  ],
  ["a value missing at the end of a line", "a =\nb = 2\nc = 1 2", "P002 2:3, P002 3:7"],
  ["the same in a block, with a section below", "s {\n  a:\n  b: 2\n  c { d: 1 }\n}\ne = 1 2", "P002 3:4, P002 6:7"],
  ["a missing ] before an attribute with a colon", 's {\n  a: [\n    "x",\n  b: 1\n}\nc = 1 2', "P008 2:6, P002 6:7"],
  ["a missing ) before a section", "a = f(1,\nbox x {\n  b: 1\n}\nc = 1 2", "P005 1:6, P002 5:7"],
  ["a missing } of a dict is not missed again", 's {\n  a: {"x": 1\n  b = 2\n}\nc = 1 2', "P008 2:6, P002 5:7"],
  [
    "= in place of : in a dict",
    's {\n  a = {\n    b = "c"\n    d = 1\n  }\n  e = 1 2\n}\nf = 1 2',
    "P007 3:7, P002 6:9, P002 8:7",
  ],
  ["a { too many", "s { {\n  a: 1\n}\nb = 1 2", "P004 1:5, P002 4:7"],
  ["a } too many inside a function", "func f(x) {\n  if x {\n    g()\n  }}\n  return x\n}\na = 1 2", "P010 4:4, P002 7:7"],
  ["a } too many inside a call", "s {\n  a: f(1 })\n  b: 2\n}\nc = 1 2", "P010 2:10, P002 5:7"],
  ["a ] in place of a }", "s {\n  a: 1\n]\nb = 1 2", "P010 3:1, P002 4:7"],
  ["a } in place of a )", "func f(x) {\n  a = len(x}\n  return x\n}\nb = 1 2", "P005 2:12, P002 5:7"],
  ["a ( in place of a {", "sink a (\n  b: 1\n}\nc = 1 2", "P003 1:8, P002 4:7"],
  ["a { in place of a }", "s {\n  a: 1\n{\nb = 1 2", "P011 3:1, P002 4:7"],
  ["a [ in place of a ]", 'a = [\n  "x",\n[\nb = 1 2', "P008 3:1, P002 4:7"],
  ["end in place of a }", "if a {\n  b = 1\nend\nc = 1 2", "P011 3:1, P002 4:7"],
  ["then in place of a {", "if a then\n  b = 1\n}\nc = 1 2", "P003 1:6, P002 4:7"],
  ["end in place of a }, a column off", "if a {\n  b = 1\n end\nc = 1 2", "P011 3:2, P002 4:7"],
  ["a ] in place of a {", "exec ]\n  a: 1\n}\nb = 1 2", "P003 1:6, P002 4:7"],
  ["a } in place of a {", "exec }\n  a: 1\n}\nb = 1 2", "P003 1:6, P002 4:7"],
  ["a } in place of the { of a branch", "if a }\n  b = 1\n} elif c {\n  b = 2\n}\nd = 1 2", "P003 1:6, P002 6:7"],
  ["a } in place of a [", 'a: }"x", "y"]\nb = 1 2', "P001 1:4, P002 2:7"],
  ["an end that a lost quote turns into a comment", 's { a: "x; b: "https://y"; c: 1 }\nd = 1 2', "P002 1:16, P002 2:7"],
  ["an unclosed string in a call in a dict", 'a = {\n  "x": f("y),\n  "z": "w",\n}\nb = 1 2', "L002 2:10, P002 5:7"],
  ["a ; in a header", "if a ; b { c = 1 }\nelse { c = 2 }\nd = 1 2", "P003 1:6, P002 3:7"],
  ["then before a {", "if a then {\n  b = 1\n}\nc = 1 2", "P003 1:6, P002 4:7"],
  ["a colon in place of a {", "sink a:\n  b: 1\n}\nc = 1 2", "P003 1:7, P002 4:7"],
  ["a string broken over two lines", 'a = ["x", "\ny", "z"]\nb = 1 2', "L002 1:11, P002 3:7"],
  ["two strings that are not closed are two mistakes", 'a = "x\nb = "y\nc = 1 2', "L002 1:5, L002 2:5, P002 3:7"],
  ["an unclosed string before brackets that open a block", 'if f("x) {\n  a = 1\n}\nb = 1 2', "L002 1:6, P002 4:7"],
  ["an unclosed character before a bracket", "'a: [\n  1,\n]\nb = 1 2", "L005 1:1, P002 4:7"],
  ["a parameter without its {", "parameter a.b default: 7 }\nb = 1 2", "P002 1:15, P002 2:7"],
  ['a """ that is not closed, others following', 'a { doc: """x\ny\n}\nb {\n  doc: """\nz\n"""\n}\n', "L003 1:10"],
  ['a """ that is not opened', 'a {\n  doc:\nsome words here\n"""\n}\nb { doc: """\nz\n""" }\nc = 1 2', "P001 2:7, P002 9:7"],
  ['a """ that is not opened, words on its line', 'a {\n  doc: some words here\n"""\n}\nc = 1 2', "P001 2:8, P002 5:7"],
  ["no more than one error per line and code", "a = 1 2; b = 1 2", "P002 1:7"],
  ["beyond the nesting limit the file is not judged further", `a {\n${"b {\n".repeat(600)}`, "P038 501:3"],
];

for (const [title, text, expected] of table) test(title, () => assert.is(problems(text), expected));

test("no more than 50 errors, in order", () => {
  const { diagnostics } = parseText("a = 1 2\n".repeat(80));
  assert.is(diagnostics.length, 50);
  assert.equal(
    diagnostics.map((d) => d.location?.line),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
});

test("warnings do not crowd errors out", () => {
  const { diagnostics } = parseText(`${"while x { }\n".repeat(80)}a = 1 2`);
  assert.is(diagnostics.at(-1)?.code, "C4M-P002");
});

test("unclosed blocks are located at the brace, with the end of the file as note", () => {
  const [problem] = parseText("ok = 1\nbox {\n  x: 1\n").diagnostics;
  assert.is(problem?.location?.line, 2);
  assert.is(problem?.notes?.[0]?.location?.line, 4);
});

/** What is left of a statement: its kind, and for bad ones what they define. */
function left(text: string): string[] {
  return parseText(text).ast.items.map((item: Statement) => {
    if (item.kind === "bad")
      return `bad ${item.defines === undefined ? "" : `${item.defines.kind} ${item.defines.path.map((n) => n.text).join(".")}`}`.trim();
    return "value" in item && item.value?.kind === "bad" ? `${item.kind} of bad` : item.kind;
  });
}

const remains: readonly (readonly [text: string, expected: readonly string[]])[] = [
  ["a = 1 2", ["assign of bad"]],
  ["a.b = )", ["assign of bad"]],
  ["a := 1 2", ["set of bad"]],
  ["a, b := 1 2", ["unpack of bad"]],
  ["a, b = t", ["unpack of bad"]],
  ["(a, b) := t", ["unpack of bad"]],
  ["a.b := 1", ["assign of bad"]],
  ["~a := 1", ["assign of bad"]],
  ['a = "x', ["assign of bad"]],
  ["a b c { d = 1 }", ["bad section a.b"]],
  ["a.b { }", ["bad section a.b"]],
  ["func f(5) { }", ["bad function f"]],
  ["parameter var x 5", ["bad variable x"]],
  ["parameter a.b 5", ["bad attribute a.b"]],
  ["var a, b: 5", ["var"]],
  ["enum A, B C", ["enum"]],
  ["f(1 2)", ["bad"]],
];

for (const [text, expected] of remains) test(`left of ${text}`, () => assert.equal(left(text), expected));

test.run();
