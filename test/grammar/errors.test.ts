/** One case or more for every lexical and syntactic code, and for the warnings and literal errors of these phases: text, and what is reported where. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { catalogue } from "../../grammar/catalogue.js";
import { parse } from "../../grammar/parse.js";
import { decodeSource, sourceFromText } from "../../grammar/source.js";
import { brief, problems } from "./helpers.js";

/** Text, and `CODE line:col` of all problems in order. */
const table: readonly (readonly [text: string, expected: string])[] = [
  // Lexical
  ["a = @", "L001 1:5"],
  ["a = 1\f\nb = 2", "L001 1:6"],
  ["a = \u00a01", "L001 1:5"],
  ["a = 😀\nb = 1 +", "L001 1:5, P001 2:8"],
  ['x = 1\na = "abc', "L002 2:5"],
  ['a = "abc\\', "L002 1:5"],
  ['a = """x\ny = 1', "L003 1:5"],
  ['a = """x\\"""', "L003 1:5"],
  ["a = 1 /* b\nc = 2", "L004 1:7"],
  ["a = 'ab'", "L005 1:5"],
  ["a = 'a\nb = 2", "L005 1:5"],
  ["a = '", "L005 1:5"],
  ["a = <<1 h\nb = 2", "L006 1:5"],
  ['a = "\\xg0"', "L007 1:6"],
  ["a = '\\xg0'", "L007 1:6"],
  ['a = "\\u12"', "L008 1:6"],
  ['a = """\\u12"x"""', "L007 1:8"],
  ["a = 5.", "L009 1:5"],
  ["a = 5.len()", "L009 1:5"],
  ["a = 1.5.len()", "L009 1:5"],
  ["a = 10.0.0.1.len()", "L009 1:5"],
  ["a = 1e+", "L009 1:5"],
  ["a = 1else", "L009 1:5"],
  ["a = 10:00:00.x", "L009 1:5"],
  ['a = "\\ud800"', "L010 1:6"],
  ['a = "\\U00110000"', "L010 1:6"],
  ["a = 1\rb = 2", "L011 1:6"],
  ["# comment\rx", "L011 1:10"],
  ["a = 1\n\0b = 2", "L012 2:1"],
  ["a = true & false", "L013 1:10"],
  ["a = true | false", "L013 1:10"],
  // Syntax
  ["a =", "P001 1:4"],
  ["a = \n\n", "P001 1:4"],
  ["a = 1 + )", "P001 1:9"],
  ["a = f(,)", "P001 1:7"],
  ["a = 1 2", "P002 1:7"],
  ["f(1) x", "P002 1:6"],
  ["a = f(1)(2)", "P002 1:9"],
  ['a = "s" (x)', "P002 1:9"],
  ["a = 123abc", "P002 1:8"],
  ["a, b", "P002 1:5"],
  ["if a b = 1", "P003 1:6"],
  ["if a\nb = 1", "P003 1:5"],
  ["if a {} else if b {}", "P003 1:14"],
  ["for i from 1 to 2", "P003 1:18"],
  ["func f() -> int {}", "P003 1:10"],
  ['box "a" "b" {}', "P003 1:9"],
  ["a {\n  b = 1\n", "P004 1:3"],
  ["parameter a {\n  default: 1\n", "P004 1:13"],
  ["a = (1 + 2\nb = 1", "P005 1:5"],
  ["a = (1 2)", "P005 1:8"],
  ["a = f(1\nb = 1", "P005 1:6"],
  ["var a: (int", "P005 1:8"],
  ["a = b[1\nc = 2", "P006 1:6"],
  ["a = list[int", "P006 1:9"],
  ['a = {"x" 1}', "P007 1:10"],
  ["a = {1}", "P007 1:7"],
  ["a = [1 2]", "P008 1:8"],
  ["a = [\n  1\n  2\n]", "P008 2:4"],
  ["a = {1: 2 3: 4}", "P008 1:11"],
  ["a = [1, 2", "P008 1:5"],
  ["a.5 = 1", "P009 1:3"],
  ["a = b.if", "P009 1:7"],
  ["enum", "P009 1:5"],
  ["enum A,", "P009 1:8"],
  ["var 5: int", "P009 1:5"],
  ["export 1", "P009 1:8"],
  ["var a: `5", "P009 1:9"],
  ["a = 1 )", "P010 1:7"],
  ["}\na = 1", "P010 1:1"],
  ["] a", "P010 1:1"],
  ["a = 1 }", "P010 1:7"],
  ["to = 5", "P011 1:1"],
  ["* 5", "P011 1:1"],
  ["= 5", "P011 1:1"],
  ["a.b { c: 1 }", "P012 1:5"],
  ["~a := 1", "P012 1:4"],
  ["~a.b", "P012 1:5"],
  ["parameter a { default 3 }", "P012 1:23"],
  ["a.b := 1", "P013 1:1"],
  ["a.b, c := t", "P013 1:1"],
  ["a, b.c := t", "P013 1:4"],
  ["a, 5 := t", "P013 1:4"],
  ["x[0] = 5", "P013 1:1"],
  ['"k": 1', "P013 1:1"],
  ["(a, b) := t", "P013 1:1"],
  ["a, b = t", "P014 1:6"],
  ["a, b : t", "P014 1:6"],
  ["a = ()", "P015 1:5"],
  ["a = (1,)", "P015 1:5"],
  ["a = - -5", "P016 1:7"],
  ["a = +-5", "P016 1:6"],
  ['a = -"x"', "P017 1:6"],
  ["a = -'x'", "P017 1:6"],
  ["a = -true", "P017 1:6"],
  ["a = -[1]", "P017 1:6"],
  ["a = -{}", "P017 1:6"],
  ["a = - not b", "P017 1:7"],
  ["if a { break }", "P018 1:8"],
  ["for i from 0 to 1 { }\nbreak", "P018 2:1"],
  ["continue", "P019 1:1"],
  ["a { enum X }", "P020 1:5"],
  ["if a { func f() {} }", "P021 1:8"],
  ["a {\n  func f() {}\n}", "P021 2:3"],
  ["a { export x }", "P022 1:5"],
  ["a = list[foo]", "P023 1:10"],
  ["var a: 5", "P023 1:8"],
  ["var a", "P023 1:6"],
  ["a = list", "P024 1:5"],
  ["a = dict[int]", "P024 1:5"],
  ["a = tuple[int]", "P024 1:5"],
  ["var a: list[int, int]", "P024 1:8"],
  ["a = func f(*int, string)", "P025 1:16"],
  ["a = int or int", "P026 1:12"],
  ["var a: list[int] or list[`x]", "P026 1:21"],
  ["a = typespec[int]", "P027 1:5"],
  ["for x in [1] {}", "P028 1:7"],
  ["for 5 from 1 to 2 {}", "P028 1:5"],
  ["for x from 1 2 {}", "P028 1:14"],
  ['use "x"', "P029 1:5"],
  ["use", "P029 1:4"],
  ["use a from b", "P030 1:12"],
  ['parameter "x"', "P031 1:11"],
  ["parameter var 5", "P031 1:15"],
  ["func f {}", "P032 1:8"],
  ["func (x) {}", "P032 1:6"],
  ["func f(5) {}", "P032 1:8"],
  ["func f(a b) {}", "P032 1:10"],
  ["a = func 5", "P034 1:10"],
  ["else { a = 1 }", "P035 1:1"],
  ["if a {} else {} elif b {}", "P035 1:17"],
  ["~5 = 1", "P036 1:2"],
  ["~", "P036 1:2"],
  ["a { parameter b }", "P037 1:5"],
  [`a = ${"(".repeat(501)}1${")".repeat(501)}`, "P038 1:505"],
  [`${"a {".repeat(501)}${"}".repeat(501)}`, "P038 1:1503"],
  // Literals, located and reported here though they belong to the phase check
  ["a = 9223372036854775808", "T030 1:5"],
  ["a = 99999999999999999999999", "T030 1:5"],
  ["a = -(9223372036854775808)", "T030 1:7"],
  ["a = <<x>>", "T031 1:5"],
  ["a = 1.2.3", "T031 1:5"],
  ["a = 25:00:00", "T031 1:5"],
  ["a = <<>>", "T031 1:5"],
  ["a = 1e999", "T032 1:5"],
  // Warnings
  ["while x { }", "W003 1:1"],
  ["a = 2024-01-05", "W005 1:5"],
  ['a = "\\q"', "W006 1:6"],
];

for (const [text, expected] of table)
  test(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text), () => assert.is(problems(text), expected));

test("W001: undecodable bytes", () => {
  const { source, diagnostics } = decodeSource("x", Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, 0x3d, 0x22, 0xe9, 0x22]));
  assert.is(source.text, 'a="é"');
  assert.equal(diagnostics.map(brief), ["W001 1:4"]);
});

test("W010: only when asked for", () => {
  const chains = (text: string): string =>
    parse(sourceFromText("x", text), { warnGrouping: true }).diagnostics.map(brief).join(", ");
  assert.is(chains("a = 1 - 2 - 3"), "W010 1:11");
  assert.is(chains("a = 8 / 4 / 2"), "W010 1:11");
  assert.is(chains("a = 1 - (2 - 3)\nb = 1 - 2 + 3\nc = 8 / 4 + 2 / 1\nd = a - b < c - d"), "");
  assert.is(problems("a = 1 - 2 - 3"), "");
});

test("every code of the phases lex and parse has a case", () => {
  const covered = new Set(table.flatMap(([, expected]) => expected.split(", ").map((entry) => `C4M-${entry.split(" ")[0]}`)));
  for (const code of ["C4M-W001", "C4M-W010"]) covered.add(code);
  const missing = Object.entries(catalogue)
    .filter(([code, entry]) => (entry.phase === "lex" || entry.phase === "parse") && !covered.has(code))
    .map(([code]) => code);
  assert.equal(missing, []);
});

test("a misspelt unit of a literal gets a hint", () => {
  const hintOf = (text: string) => parse(sourceFromText("x", `a = <<${text}>>`)).diagnostics[0]?.hint;
  assert.equal(["10 minuets", "1 hour 3 secnds", "5 kB", "1 hr 2 hrs", "hello"].map(hintOf), [
    "did you mean 'minutes' or 'minute'?",
    "did you mean 'seconds', 'second' or 'secs'?",
    "did you mean 'kb', 'Kb' or 'KB'?",
    "a Duration names each unit once",
    undefined,
  ]);
});

test.run();
