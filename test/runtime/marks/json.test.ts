// The compact writer and the strict reader (runtime-core.md 6.1, 6.2; marks-and-codecs.md 1.2, 1.6).
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  compact,
  dropNonFinite,
  Float,
  findObjectEnd,
  type Json,
  parseJson,
  pretty,
  sortKeys,
  sortNames,
} from "../../../runtime/json.js";
import "../../helpers/reproducible.js";

const encode = (text: string) => new TextEncoder().encode(text);
function value(text: string | Uint8Array): Json {
  const result = parseJson(text);
  if ("error" in result) throw new Error(`${result.error} at ${result.at}`);
  return result.value;
}
function failure(text: string | Uint8Array, limit?: number): string {
  const result = parseJson(text, limit === undefined ? {} : { limit });
  return "error" in result ? `${result.error} at ${result.at}` : `parsed to ${compact(result.value)}`;
}

test("compact style", () => {
  assert.is(
    compact(
      new Map<string, Json>([
        ["K", 1],
        ["K2", [1, -2, "é"]],
        ["E", new Map()],
        ["L", []],
        ["N", null],
        ["T", true],
      ]),
    ),
    '{ "K" : 1, "K2" : [1, -2, "é"], "E" : {  }, "L" : [], "N" : null, "T" : true }',
  );
});

test("string escapes in upstream's letter case", () => {
  assert.is(
    compact('"\\/\n\r\t\b\f\v\0\x07\x0e\x1f\x7f\u2028'),
    '"\\"\\\\/\\n\\r\\t\\b\\f\\u000b\\u0000\\u0007\\u000E\\u001F\x7f\u2028"',
  );
});

test("floats keep a point or an exponent", () => {
  const cases: [number, string][] = [
    [1.5, "1.5"],
    [1, "1.0"],
    [1e25, "1e+25"],
    [1e-5, "1e-05"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [123456789.25, "123456789.25"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [-2.5e-7, "-2.5e-07"],
    [5e-324, "5e-324"],
    [0, "0.0"],
    [-0, "-0.0"],
  ];
  for (const [number, text] of cases) assert.is(compact(new Float(number)), text);
  assert.is(compact(1e25), "1e+25");
  assert.is(compact(0.5), "0.5");
  assert.is(compact(-0), "0");
  assert.is(compact(2 ** 60), "1152921504606846976");
  assert.is(compact(9223372036854775807n), "9223372036854775807");
});

test("non-finite floats disappear", () => {
  assert.is(
    compact(
      new Map<string, Json>([
        ["a", Number.NaN],
        ["b", 1],
      ]),
    ),
    '{ "b" : 1 }',
  );
  const dropped: string[] = [];
  const object = new Map<string, Json>([
    ["a", [1, new Float(Infinity)]],
    [
      "b",
      new Map<string, Json>([
        ["c", Number.NaN],
        ["d", 1],
      ]),
    ],
  ]);
  assert.is(compact(dropNonFinite(object, (path) => dropped.push(path))), '{ "b" : { "d" : 1 } }');
  assert.equal(dropped, ["a", "b.c"]);
});

test("pretty style", () => {
  assert.is(
    pretty(value('[{"a":1,"b":[],"c":{},"d":[1,2]}]')),
    '[\n  {\n    "a": 1,\n    "b": [],\n    "c": {},\n    "d": [\n      1,\n      2\n    ]\n  }\n]',
  );
});

test("numbers stay what they were", () => {
  assert.equal(value("9223372036854775807"), 9223372036854775807n);
  assert.equal(value("-9223372036854775808"), -9223372036854775808n);
  assert.is(value("9007199254740991"), 9007199254740991);
  assert.equal(value("9007199254740993"), 9007199254740993n);
  assert.ok(value("1.0") instanceof Float);
  assert.ok(value("1e2") instanceof Float);
  assert.is(value("-0"), 0);
  for (const bad of ["9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"])
    assert.match(failure(bad), "64 bits");
  for (const bad of ["01", "1.", ".5", "+1", "1e", "-", "0x1", "NaN", "1.5.5"]) assert.match(failure(bad), / at \d/);
});

test("strict grammar", () => {
  for (const bad of [
    "",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    "[1 2]",
    '{"a" 1}',
    "nul",
    '"abc',
    '"\\x"',
    '"\\u12"',
    "[",
    "{",
    '{"a":',
    "\u00a01",
  ]) {
    assert.match(failure(bad), / at \d/, bad);
  }
  assert.is(failure('{"a":1,}'), "expected a key in double quotes at 7");
  assert.match(failure('"a\0b"'), "NUL");
  assert.is(value('"a\u0001\n\\n"'), "a\u0001\n\n");
  assert.is(value('"\\ud83d\\ude00"'), "😀");
  assert.is(value('"\\\\"'), "\\");
});

test("stops at the end of the value, counted in bytes for bytes", () => {
  assert.equal(parseJson('  {"a":"é"} x'), { value: new Map([["a", "é"]]), end: 11 });
  assert.equal(parseJson(encode('  {"a":"é"} x')), { value: new Map([["a", "é"]]), end: 12 });
  assert.is(findObjectEnd(encode('x{"a":"}\\"}",  "b":[{}]}}'), 1), 24);
  assert.is(findObjectEnd(encode('{"a":"}'), 0), undefined);
});

test("invalid UTF-8 is an error with its place", () => {
  assert.is(failure(new Uint8Array([0x22, 0x61, 0xff, 0x22])), "invalid UTF-8 at 2");
  assert.is(failure(new Uint8Array([0x22, 0xc3])), "invalid UTF-8 at 1");
});

test("duplicate keys: last value, first place", () => {
  const twice: string[] = [];
  const result = parseJson('{"a":1,"b":2,"a":3}', { duplicate: (key) => twice.push(key) });
  assert.ok("value" in result);
  assert.is(compact(result.value), '{ "a" : 3, "b" : 2 }');
  assert.equal(twice, ["a"]);
});

test("nesting is bounded", () => {
  assert.match(failure("[".repeat(100_000)), "nested deeper than 1000 at 1000");
  assert.match(failure("[[[]]]", 2), "nested deeper than 2 at 2");
  assert.is(compact(value("[".repeat(1000) + "]".repeat(1000))).length, 2000);
});

test("keys by order, name without @, whole key", () => {
  const order = new Map([
    ["MAGIC", 0n],
    ["Z", 5n],
    ["METADATA_ID", (1n << 63n) - 201n],
  ]);
  const keys = ["b", "METADATA_ID", "@b", "Z", "$a", "MAGIC", "a", "\u{10000}", "\uffff", "B"];
  const sorted = sortKeys(new Map(keys.map((key) => [key, 1])), (key) => order.get(key));
  assert.equal([...sorted.keys()], ["MAGIC", "Z", "$a", "B", "a", "@b", "b", "\uffff", "\u{10000}", "METADATA_ID"]);
});

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.string({ unit: "binary" }),
    fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => new Float(number)),
    fc.array(tie("json")),
    fc.array(fc.tuple(fc.string(), tie("json"))).map((entries) => new Map(entries)),
  ),
}));
test("everything printed reads back and prints the same", () => {
  fc.assert(
    fc.property(json, (data) => {
      const text = compact(data).replaceAll("\\u0000", "x");
      assert.is(compact(value(text)), text);
      assert.is(compact(value(encode(text))), text);
      assert.is(compact(value(pretty(value(text)))), text);
    }),
    { numRuns: 300 },
  );
});

test("any bytes: an answer, never a crash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      parseJson(bytes);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "1", ".", "e", "-", "true", " ", "é", "\\u12")),
      (parts) => {
        parseJson(parts.join(""));
      },
    ),
    { numRuns: 1000 },
  );
});

test("names are sorted by their bytes, be they few or many", () => {
  const names = ["b", "a", "ab", "", "\u{1f600}", "\uffff", "é", "aa", "B"];
  const sorted = ["", "B", "a", "aa", "ab", "b", "é", "\uffff", "\u{1f600}"];
  assert.equal(sortNames([...names]), sorted);
  for (let length = 0; length < names.length; length++) {
    const few = names.slice(0, length);
    assert.equal(
      sortNames([...few]),
      sorted.filter((name) => few.includes(name)),
    );
  }
});

test.run();
