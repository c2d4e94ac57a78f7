/** Builtins without side effects, as tables: expression, expected value in nested text form (or the code of the error). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { typeFromText, typeText } from "../../../compiler/type-text.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { normalForm } from "../../../runtime/builtins/json.js";
import { makeDict } from "../../../runtime/operations.js";
import { evaluated } from "../language-helpers.js";

type Cases = readonly (readonly [expression: string, expected: string])[];

function table(name: string, cases: Cases): void {
  test(name, async () => {
    for (const [expression, expected] of cases) assert.is(await evaluated(expression), expected, expression);
  });
}

test("signatures are in canonical form, so that the table's keys are those of compiled files", () => {
  for (const { name, type } of builtins) {
    const parsed = typeFromText(type);
    assert.ok(parsed, `${name}: ${type}`);
    if (!type.includes("func") && name !== "set_template_keys") assert.is(typeText(parsed), type, name);
  }
  const keys = builtins.map(({ name, type }) => name + type);
  assert.is(new Set(keys).size, keys.length);
});

test("every function of the index exists", () => {
  const names =
    "abort add_override arch array_add attr_exists attr_get attr_type attr_typecmp attr_split auth_headers base64 base64_web debase64 binary_sha256 bitand bitor bitnot xor shl shr bool char float int $ canonicalize_tool chdir chmod copy_file mkdir move_file rm_file to_tmp_file write_file CIDR Date DateTime Duration IPAddr Size Time command_argv command_name version container_name in_container contains copy_object copy_report_template_keys cwd resolve_path dehex hex delete get items keys remove set values dir_size dir_size_under docker_exe find_exe echo ends_with find join lower pad replace slice split starts_with strip upper env env_exists error info trace warn external_ip url_get url_get_pinned url_post url_post_pinned fields sections file_len is_dir is_file is_link list_dir read_file format function_doc_dump function_exists geteuid getuid osname program_args program_name program_path tty_name uname using_tty tmp_dir getpid now rand high low quote is_alpha is_alphanum is_combining is_lower is_num is_space is_upper utf8_len is_jwt_valid join_path path_split len memoize mime_to_dict parse_json parse_jsonl to_json run system set_env sha256 sha512 subscribe unsubscribe to_bytes to_chars to_string to_type to_msec to_sec to_usec typecmp typeof set_template_keys".split(
      " ",
    );
  const known = new Set(builtins.map((b) => b.name));
  assert.equal(
    names.filter((name) => !known.has(name)),
    [],
  );
  assert.equal(
    [...known].filter((name) => !names.includes(name)),
    [],
  );
});

table("conversions", [
  ["bool(0)", "false"],
  ["bool(-3)", "true"],
  ["bool(0.0)", "false"],
  ["bool(-0.0)", "false"],
  ['bool("")', "false"],
  ['bool(" ")', "true"],
  ['bool("false")', "true"],
  ["bool([1])", "true"],
  ["bool({1: 2})", "true"],
  ["float(3)", "3.0"],
  ["int(3.99)", "3"],
  ["int(-3.99)", "-3"],
  ["int(1e19)", "E004"],
  ["int(-9223372036854775808.0)", "-9223372036854775808"],
  ["int('a')", "97"],
  ["char(98)", "'b'"],
  ["char(-1)", "E004"],
  ["char(1114112)", "E004"],
  ["char(55296)", "E004"],
  ['Duration("1 hr 30 min")', "1 hour 30 mins"],
  ['Duration("bogus")', "E009"],
  ['Duration("")', "E009"],
  ['Duration("1 m")', "1 min"],
  ['Size("1 m")', "976KB 576B"],
  ['Size("10 kb")', "9KB 784B"],
  ['Size("0 b")', "0 bytes"],
  ['IPAddr("1.2.3.4")', "<<1.2.3.4>>"],
  ['IPAddr("1.2.3")', "E009"],
  ['CIDR("10.0.0.0/8")', "<<10.0.0.0/8>>"],
  ['Date("Jan 5 2020")', "<<2020-01-05>>"],
  ['Time("5:30 pm")', "<<17:30:00>>"],
  ['DateTime("2020-01-05T10:00")', "<<2020-01-05T10:00:00>>"],
  ["to_usec(<<1 msec>>)", "1000"],
  ["to_msec(<<1999 usec>>)", "1"],
  ["to_sec(<<90 sec>>)", "90"],
  ['to_type("list[string]")', "list[string]"],
  ['to_type("(int) -> string")', "(int) -> string"],
  ['to_type("func(int) -> string")', "(int) -> string"],
  ['to_type("lst[string]")', "E019"],
  ['to_chars("aé")', "['a', 'é']"],
  ['len(to_bytes("aé"))', "3"],
  ['to_chars(dehex("ff41"))', "['\uFFFD', 'A']"],
  ['to_string(to_chars("aé😀"))', '"aé😀"'],
  ['to_string(to_bytes("é")) == "é"', "false"],
]);

table("text forms", [
  ["$(1.5)", '"1.5"'],
  ["$(100.0)", '"100.0"'],
  ["$(0.1 + 0.2)", '"0.3"'],
  ["$(1e20)", '"1e+20"'],
  ["$(0.00001)", '"1e-05"'],
  ["$(0.0001)", '"0.0001"'],
  ["$(1e15)", '"1000000000000000.0"'],
  ["$(1e16)", '"1e+16"'],
  ["$(123456789012345680.0)", '"1.234567890123457e+17"'],
  ["$(-0.0)", '"-0.0"'],
  ["$(2.0 / 3.0)", '"0.6666666666666666"'],
  ['$(["a\\"b\\n"])', '"[\\"a\\\\\\"b\\\\n\\"]"'],
  ["$('c')", '"c"'],
  ["$(['\\''])", `"['\\\\'']"`],
  ["$((1, true))", '"(1, true)"'],
  ['$({"a": 1})', '"{\\"a\\" : 1}"'],
  ["$(func f(int) -> int)", '"func f(int) -> int"'],
  ["$(func f)", '"func f(...)"'],
  ["$(list[int])", '"list[int]"'],
  ["$(<<0 sec>>)", '"0 sec"'],
  ["$([<<1 h>>])", '"[1 hour]"'],
]);

table("strings", [
  ['contains("abc", "b")', "true"],
  ['contains("abc", "")', "true"],
  ['starts_with("abc", "")', "true"],
  ['ends_with("abc", "bc")', "true"],
  ['find("äbc", "b")', "2"],
  ['find("", "")', "0"],
  ['find("abc", "x")', "-1"],
  ['len("é")', "2"],
  ['slice("abcdef", 1, 3)', '"bc"'],
  ['slice("abc", 0, 100)', '"abc"'],
  ['slice("abcdef", 0, -1)', '"abcde"'],
  ['slice("abcdef", -2)', '"ef"'],
  ['slice("abc", -100)', '"abc"'],
  ['slice("abc", 2, 1)', '""'],
  ['slice("éa", 2)', '"a"'],
  ['slice("é", 0, 1) + slice("é", 1) == "é"', "true"],
  ['len(slice("é", 0, 1))', "1"],
  ['split("a,b,,c", ",")', '["a", "b", "", "c"]'],
  ['split("", ",")', '[""]'],
  ['split("abc", "")', '["abc"]'],
  ['strip(" \\t a b\\n")', '"a b"'],
  ['pad("é", 4) + "|"', '"é  |"'],
  ['pad("abc", 2)', '"abc"'],
  ['pad("abc", -1)', '"abc"'],
  ['replace("aaa", "aa", "b")', '"ba"'],
  ['replace("abc", "", "x")', '"abc"'],
  ['join(["a", "b"], "-")', '"a-b"'],
  ['join([], "-")', '""'],
  ['upper("straße é")', '"STRAßE É"'],
  ['lower("ÀB")', '"àb"'],
  ['base64("hello")', '"aGVsbG8="'],
  ['base64_web(dehex("fbff"))', '"-_8="'],
  ['hex(debase64("-_8"))', '"FBFF"'],
  ['debase64("aGVsbG8=\\n")', '"hello"'],
  ['debase64("aG Vs")', "E017"],
  ['debase64("a")', "E017"],
  ['hex("é")', '"C3A9"'],
  ["hex(-1)", '"FFFFFFFFFFFFFFFF"'],
  ["(255).hex()", '"00000000000000FF"'],
  ['dehex("4a4B")', '"JK"'],
  ['dehex("4a4")', "E017"],
  ['dehex("0x4a")', "E017"],
  ['sha256("")', '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'],
  ['slice(sha512("a"), 0, 8)', '"1f40fc92"'],
]);

table("characters", [
  ["utf8_len('é')", "2"],
  ['utf8_len("é😀")', "2"],
  ["is_combining('\\u0301')", "true"],
  ["is_lower('ß')", "true"],
  ["is_upper('É')", "true"],
  ["is_space('\\t')", "true"],
  ["is_alpha('1')", "false"],
  ["is_num('٣')", "false"],
  ["is_alphanum('9')", "true"],
]);

table("lists and dicts", [
  ["len([1, 2])", "2"],
  ["len({})", "0"],
  ["contains([[1], [2]], [2])", "true"],
  ['contains({"a": 1}, "b")', "false"],
  ['get({"a": 1}, "a")', "1"],
  ['get({"a": 1}, "b")', "E007"],
  ['keys({"b": 1, "a": 2})', '["b", "a"]'],
  ['values({"b": 1, "a": 2})', "[1, 2]"],
  ['items({"b": 1})', '[("b", 1)]'],
  ["set([1, 2], 0, 9)", "[9, 2]"],
  ["set([1, 2], -1, 9)", "[1, 9]"],
  ["set([1, 2], 2, 9)", "E006"],
  ['set({"a": 1, "b": 2}, "a", 3)', '{"a" : 3, "b" : 2}'],
  ['set({"a": 1}, "c", 3)', '{"a" : 1, "c" : 3}'],
  ["delete([1, 2, 1], 1)", "[2]"],
  ['delete({"a": 1}, "b")', '{"a" : 1}'],
  ["remove([1, 2, 3], -1)", "[1, 2]"],
  ["remove([1, 2, 3], 7)", "[1, 2, 3]"],
  ["array_add([1], [2])", "[1, 2]"],
  ["slice([1, 2, 3], -2, 3)", "[2, 3]"],
  ["slice([1, 2, 3], 1)", "[2, 3]"],
  ["{<<10.0.0.1>>: 1, <<10.0.0.01>>: 2}", "{<<10.0.0.01>> : 2}"],
  ["{1: 2, 3: 4} == {3: 4, 1: 2}", "true"],
]);

table("bits", [
  ["bitor(5, 3)", "7"],
  ["bitand(5, 3)", "1"],
  ["xor(5, 3)", "6"],
  ["bitnot(0)", "-1"],
  ["shl(1, 64)", "1"],
  ["shl(1, -1)", "-9223372036854775808"],
  ["shr(-1, 60)", "15"],
  ["high()", "9223372036854775807"],
  ["low()", "-9223372036854775808"],
]);

table("paths, quoting, MIME", [
  ['join_path("a", "../b")', '"b"'],
  ['join_path("a/", "/b")', '"a/b"'],
  ['join_path("", "b")', '"b"'],
  ['path_split("/a/b/c")', '("/a/b", "c")'],
  ['path_split("c")', '("", "c")'],
  ['path_split("/a/")', '("/a", "")'],
  ['path_split("/")', '("/", "")'],
  ['quote("")', `"''"`],
  ['quote("a-b/c")', '"a-b/c"'],
  [`quote("it's")`, `"'it'\\"'\\"'s'"`],
  ['mime_to_dict("A: b\\r\\nC:d\\nnone\\nA: z\\n: e")', '{"A" : "z", "C" : "d", "" : "e"}'],
]);

table("JSON", [
  ['parse_json("[1, 2]")', "[1, 2]"],
  ['parse_json("{\\"a\\": [1.5, null, true]}")', '{"a" : [1.5, null, true]}'],
  ['parse_json("9223372036854775807")', "9223372036854775807"],
  ['parse_json("9223372036854775808")', "9.223372036854776e+18"],
  ['parse_json("1e999")', "E020"],
  ['parse_json("[1,]")', "E020"],
  ['parse_json("\\"\\\\ud83d\\\\ude00\\"")', '"😀"'],
  ['parse_jsonl("1\\n2\\n")', "[1, 2]"],
  ['parse_jsonl("1\\n\\n2")', "E020"],
  ['to_json({"a": [1.5, 2.0]})', '"{\\"a\\":[1.5,2.0]}"'],
  ["to_json({1: 'c'})", '"{\\"1\\":\\"c\\"}"'],
  ["to_json(<<1 sec>>)", '"1000000"'],
  ['to_json(parse_json("null"))', '"null"'],
  ['binary_sha256({"b": 1, "a": 2}) == binary_sha256({"a": 2, "b": 1})', "true"],
  ["binary_sha256(1.5) == binary_sha256(2.5)", "false"],
]);

test("JSON meets static types", async () => {
  assert.is(await evaluated("n", { before: 'var n: int\nn := parse_json("3")' }), "3");
  assert.is(await evaluated("n", { before: 'var n: int\nn := parse_json("\\"3\\"")' }), "E016");
  assert.is(await evaluated("n", { before: 'var n: list[int]\nn := parse_json("[1, 2.0]")' }), "E016");
  assert.is(await evaluated('parse_json("1") + "a"'), "E016");
});

test("normal form for hashing", () => {
  const dict = makeDict([
    ["b", 1n],
    ["a", true],
  ]);
  assert.is(Buffer.from(normalForm(dict)).toString("hex"), "0502000000010100000061030101010000006202" + "0100000000000000");
  assert.is(Buffer.from(normalForm([1.5, null])).toString("hex"), "0402000000" + "06000000000000f83f" + "07");
});

table("types", [
  ["typeof([1])", "list[int]"],
  ["typecmp(int, string)", "false"],
  ["typecmp(list[int], list[`x])", "true"],
  ['attr_split("a.b.c")', '("a.b", "c")'],
  ['attr_split("a")', '("", "a")'],
]);

test.run();
