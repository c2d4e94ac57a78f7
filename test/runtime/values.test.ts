/** Text as bytes, JSON, saved values: properties and corner cases. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { typeFromText } from "../../compiler/read-type.js";
import { OverlayFiles, RealFiles } from "../../runtime/effects/files.js";
import { joinPaths, normalizePath } from "../../runtime/effects/paths.js";
import { decodeValue, plainJson, valueFromJson } from "../../runtime/encoding.js";
import { Failure } from "../../runtime/failure.js";
import { MemoryFiles } from "../../runtime/host/memory-files.js";
import { JsonSyntaxError, readJson, writeJson } from "../../runtime/json-text.js";
import { binary, equalValues, makeDict } from "../../runtime/operations.js";
import { byteLength, codePoints, compareText, concat, decodeBytes, encodeText, sliceBytes } from "../../runtime/text.js";
import { floatText, nestedText } from "../../runtime/text-form.js";
import { CharValue, QuantityValue, TextValue, TupleValue, type Value } from "../../runtime/values.js";
import "../helpers/reproducible.js";

const bytes = fc.uint8Array({ maxLength: 12 });
const awkward = fc.array(fc.constantFrom(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0, 0x61, 0xff), {
  maxLength: 10,
});
const anyBytes = fc.oneof(
  bytes,
  awkward.map((list) => Uint8Array.from(list)),
);

test("bytes survive", () => {
  fc.assert(fc.property(anyBytes, (data) => assert.equal([...encodeText(decodeBytes(data))], [...data])));
});

test("length, concatenation, slices and order are those of the bytes", () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, fc.nat(12), fc.nat(12), (a, b, i, j) => {
      const [x, y] = [decodeBytes(a), decodeBytes(b)];
      assert.is(byteLength(x), a.length);
      const joined = Uint8Array.from([...a, ...b]);
      assert.is(concat(x, y), decodeBytes(joined));
      const [start, end] = [Math.min(i, a.length), Math.min(j, a.length)];
      assert.equal([...encodeText(sliceBytes(x, start, end))], [...a.subarray(start, Math.max(start, end))]);
      assert.is(Math.sign(compareText(x, y)), Math.sign(Buffer.compare(a, b)));
      assert.ok(codePoints(x).every((code) => code < 0xd800 || code > 0xdfff));
    }),
  );
});

test("floats as C prints them", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0.0"],
    [1 / 3, "0.3333333333333333"],
    [1e100, "1e+100"],
    [123456789.125, "123456789.125"],
    [5e-324, "4.940656458412465e-324"],
    [999999999999999.9, "999999999999999.9"],
    [9999999999999998, "9999999999999998.0"],
    [0.00012345, "0.00012345"],
    [-1.5, "-1.5"],
  ];
  for (const [value, text] of cases) assert.is(floatText(value), text);
});

const json = fc.jsonValue();

test("JSON goes in and out", () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value);
      assert.equal(JSON.parse(writeJson(readJson(text))), JSON.parse(text));
      assert.equal(JSON.parse(writeJson(readJson(text), 2)), JSON.parse(text));
    }),
  );
});

test("broken JSON is refused with a byte offset", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["[1,]", 3],
    ['{"é":}', 6],
    ["01", 1],
    ['"a\nb"', 2],
    ["[1] x", 4],
    ['{"a" 1}', 5],
    ['"\\q"', 1],
    ["nul", 0],
    ["-", 0],
  ];
  for (const [text, offset] of cases) {
    try {
      readJson(text);
      assert.unreachable(text);
    } catch (error) {
      assert.instance(error, JsonSyntaxError, text);
      assert.is((error as JsonSyntaxError).offset, offset, text);
    }
  }
  assert.throws(() => readJson("[".repeat(5000)), /nested/);
});

const savable: readonly (readonly [string, Value])[] = [
  ["int", 9223372036854775807n],
  ["float", 1.5],
  ["float", 2],
  ["char", new CharValue(0x1f600)],
  ["string", 'a"é'],
  ["bool", true],
  ["Duration", new QuantityValue("Duration", 90_000_000n)],
  ["Size", new QuantityValue("Size", 10_000n)],
  ["IPAddr", new TextValue("IPAddr", "10.0.0.1")],
  ["DateTime", new TextValue("DateTime", "2020-01-05T10:00:00")],
  ["list[tuple[int, string]]", [new TupleValue([1n, "a"])]],
  ["dict[int, float]", makeDict([[1n, 2.5]])],
  ["dict[Duration, int]", makeDict([[new QuantityValue("Duration", 5_400_000_000n), 1n]])],
  ["dict[Size, int]", makeDict([[new QuantityValue("Size", 10_000n), 1n]])],
  ["dict[bool, char]", makeDict([[true, new CharValue(98)]])],
];

test("saved values come back by their type", () => {
  for (const [type, value] of savable) {
    const text = writeJson(plainJson(value));
    const back = decodeValue(readJson(text), typeFromText(type)!);
    assert.ok(equalValues(back, value), `${type} ${text} ${nestedText(back)}`);
  }
  for (const [type, text] of [
    ["func", '"func f(int) -> string"'],
    ["(int) -> string", '"func f(int) -> string"'],
    ["typespec", '"list[int]"'],
  ] as const)
    assert.is(writeJson(plainJson(decodeValue(readJson(text), typeFromText(type)!))), text);
  assert.is(decodeValue(97n, typeFromText("char")!) instanceof CharValue, true);
  assert.equal(decodeValue(readJson("[1, 2]"), typeFromText("`t")!), [1n, 2n]);
});

test("saved values of another type are refused", () => {
  for (const [type, text] of [
    ["int", "1.5"],
    ["int", '"1"'],
    ["list[int]", '[1, "a"]'],
    ["IPAddr", '"x"'],
    ["Duration", "-1"],
    ["tuple[int, int]", "[1]"],
    ["typespec", '"nope"'],
    ["dict[int, int]", '{"a": 1}'],
  ] as const)
    assert.throws(
      () => decodeValue(readJson(text), typeFromText(type)!),
      (error: unknown) => error instanceof Failure && error.code === "C4M-M006",
      `${type} ${text}`,
    );
});

test("values of open type are compared, not mixed up", () => {
  assert.not(equalValues(1n, 1));
  assert.ok(equalValues(valueFromJson(null), null));
  assert.not(equalValues(null, false));
  assert.throws(
    () => binary("+", null, 1n),
    (error: unknown) => error instanceof Failure && error.code === "C4M-E016",
  );
});

test("paths", () => {
  assert.is(normalizePath("/a/../../b/./c//"), "/b/c");
  assert.is(normalizePath("a/../.."), "..");
  assert.is(joinPaths("", ""), ".");
});

test("the overlay hides what was removed and shows what was made", () => {
  const base = new RealFiles(new MemoryFiles({ "/d/a": "1", "/d/s/b": "2" }, 0));
  const files = new OverlayFiles(base, "/tmp");
  const text = (path: string) => decodeBytes(files.read(path));
  files.write("/d/new", encodeText("3"));
  assert.equal(files.list("/d"), ["a", "new", "s"]);
  files.move("/d/s", "/e");
  assert.is(text("/e/b"), "2");
  assert.is(files.find("/d/s/b"), undefined);
  files.remove("/d");
  assert.is(files.find("/d/a"), undefined);
  assert.throws(() => files.list("/d"));
  files.makeDirectories("/d");
  assert.equal(files.list("/d"), []);
  assert.is(base.find("/d/a"), "file");
});

test.run();
