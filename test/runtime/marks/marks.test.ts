// Identifiers, normal form, locating, building and validating marks: every test vector of marks-and-codecs.md 1, 2 and runtime-core.md 6.4.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../../runtime/host/create.js";
import { compact, Float, type Json, type JsonObject, parseJson } from "../../../runtime/json.js";
import { buildMark, mergeValues, oldMetadataKeys, selectMarkKeys } from "../../../runtime/marks/build.js";
import { hasMagic, isChalkExecutable, isMark, PLACEHOLDER } from "../../../runtime/marks/format.js";
import {
  bytesOfHex,
  chalkIdOfHash,
  contentHash,
  hexOfBytes,
  idFormat,
  idOfHexDigest,
  randomChalkId,
} from "../../../runtime/marks/identifiers.js";
import { locateMark, readContainedMark } from "../../../runtime/marks/locate.js";
import { canonicalEncoding, metadataHash, metadataId, normalForm } from "../../../runtime/marks/normal-form.js";
import { signedMessage, validateMark } from "../../../runtime/marks/validate.js";

const { hashing, machine } = createHost();
const encode = (text: string) => new TextEncoder().encode(text);
const read = (text: string): JsonObject => {
  const result = parseJson(text);
  if ("error" in result) throw new Error(result.error);
  return result.value as JsonObject;
};
const EXAMPLE =
  '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6", "CHALK_VERSION" : "1.2.0", "TIMESTAMP_WHEN_CHALKED" : 1700000000000, "ARTIFACT_TYPE" : "sh", "HASH" : "bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e482a2849d539225288b", "X_BOOL" : true, "X_DICT" : { "z" : [], "a" : null }, "X_FLOAT" : 1.5, "X_LIST" : [1, -2, "é"], "METADATA_ID" : "KHYWR8-109J-8TN3-FQRM2E" }';
const EXAMPLE_HASH = "9c7dcc20204c91aa8df7c504ec1eb4e23072ed64c706612a4676a34fc60a0b49";

test("ids", () => {
  assert.is(idFormat(new Uint8Array(32)), "000000-0000-0000-000000");
  assert.is(idFormat(new Uint8Array(32).map((_, index) => index)), "000G40-R40M-30E2-09185G");
  assert.is(idFormat(new Uint8Array(32).fill(255)), "ZZZZZZ-ZZZZ-ZZZZ-ZZZZZZ");
  const files: [string, string, string][] = [
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "CMSP4C-336G-T34E-9RCSHK"],
    ["hello\n", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", "6MW3JC-B26N-H3AC-HJCGTP"],
    ["#!/bin/sh\necho hello\n", "bfdeaeb08cffb6a36438bcd12dda25417e3cdd36f1e7e482a2849d539225288b", "C9K68S-B1CN-H30E-33CSK6"],
  ];
  for (const [content, hash, id] of files) {
    assert.is(contentHash(hashing, encode(content)), hash);
    assert.is(chalkIdOfHash(hash), id);
  }
  assert.is(chalkIdOfHash("e8fc5c680bb3d5d8960346207d709feee1d93251aff7795f27c18a40373d7f18"), "CMW6CR-SNCC-V3GC-32C8SP");
  assert.is(idOfHexDigest("976587386da41d9121deb3559306e980c5e2cb261d3b964f7fcbbd3706eae3b1"), "JXJREE-3DMG-ES28-EYPDAS");
  assert.match(
    randomChalkId(machine),
    /^[0-9A-HJKMNP-TV-Z]{6}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{6}$/,
  );
  assert.is(hexOfBytes(bytesOfHex("00ff10")), "00ff10");
});

test("canonical encoding", () => {
  assert.is(hexOfBytes(canonicalEncoding("vm")), "0102000000766d");
  assert.is(hashing.hex("sha256", canonicalEncoding("vm")), "30e9b6f6170e539abac19af354dfb54ee89dbcedbd0aedda3daa76110151a723");
  assert.is(hexOfBytes(canonicalEncoding(["t"])), "0401000000010100000074");
  assert.is(hashing.hex("sha256", canonicalEncoding(["t"])), "10c5afafde4937657e5dd26f0b37fac0764515bf5ca46673868146cccd9f02ee");
  assert.is(hexOfBytes(canonicalEncoding(new Float(1))), "06000000000000f03f");
  assert.is(hexOfBytes(canonicalEncoding(0.5, "omitted")), "06");
  assert.is(hexOfBytes(canonicalEncoding(9223372036854775807n)), "02ffffffffffffff7f");
  assert.is(hexOfBytes(canonicalEncoding(2 ** 60)), "020000000000000010");
  assert.is(
    hexOfBytes(
      canonicalEncoding(
        new Map<string, Json>([
          ["b", false],
          ["a", true],
        ]),
      ),
    ),
    "0502000000" + "010100000061" + "0301" + "010100000062" + "0300",
  );
  assert.is(canonicalEncoding("x".repeat(10_000)).length, 10_005);
});

test("normal form of the worked example, byte for byte", () => {
  const mark = read(EXAMPLE);
  assert.is(compact(mark), EXAMPLE, "re-serialised identically");
  const expected = `
05 09 00 00 00 01 0d 00 00 00 41 52 54 49 46 41 43 54 5f 54 59 50 45 01 02 00 00 00 73 68
01 08 00 00 00 43 48 41 4c 4b 5f 49 44 01 17 00 00 00 43 39 4b 36 38 53 2d 42 31 43 4e 2d
48 33 30 45 2d 33 33 43 53 4b 36 01 0d 00 00 00 43 48 41 4c 4b 5f 56 45 52 53 49 4f 4e 01
05 00 00 00 31 2e 32 2e 30 01 04 00 00 00 48 41 53 48 01 40 00 00 00 ${hexOfBytes(encode(mark.get("HASH") as string))}
01 16 00 00 00 54 49 4d 45 53 54 41 4d 50 5f 57 48 45 4e 5f 43 48 41 4c 4b 45 44
02 00 68 e5 cf 8b 01 00 00 01 06 00 00 00 58 5f 42 4f 4f 4c 03 01
01 06 00 00 00 58 5f 44 49 43 54 05 02 00 00 00 01 01 00 00 00 61 07 01 01 00 00 00 7a 04 00 00 00 00
01 07 00 00 00 58 5f 46 4c 4f 41 54 06
01 06 00 00 00 58 5f 4c 49 53 54 04 03 00 00 00 02 01 00 00 00 00 00 00 00
02 fe ff ff ff ff ff ff ff 01 02 00 00 00 c3 a9`.replace(/\s/g, "");
  assert.is(hexOfBytes(normalForm(mark)), expected);
  assert.is(normalForm(mark).length, 314);
  assert.is(metadataHash(hashing, mark), EXAMPLE_HASH);
  assert.is(metadataId(hashing, mark), "KHYWR8-109J-8TN3-FQRM2E");
  const extra = new Map([...mark, ["METADATA_HASH", "x"], ["SIGNATURE", "x"], ["SIGNING", true], ["EMBEDDED_CHALK", []]] as [
    string,
    Json,
  ][]);
  assert.is(metadataHash(hashing, extra), EXAMPLE_HASH, "ignored members");
});

test("locating: only spaces, first valid one, broken ones told once", () => {
  const find = (text: string) => {
    const { found, broken } = locateMark(encode(text));
    return [
      found === undefined ? undefined : text.slice(found.start, found.end),
      broken.map((one) => `${one.kind} ${one.offset}`),
    ];
  };
  const mark = '{ "MAGIC" : "dadfedabbadabbed", "A" : 1 }';
  assert.equal(find(`xx${mark}  }`), [mark, []]);
  assert.equal(find('{"MAGIC":"dadfedabbadabbed"}'), ['{"MAGIC":"dadfedabbadabbed"}', []]);
  assert.equal(find('{   "MAGIC"   :   "dadfedabbadabbed"}'), ['{   "MAGIC"   :   "dadfedabbadabbed"}', []]);
  assert.equal(find('{\t"MAGIC":"dadfedabbadabbed"}'), [undefined, ["no start 11"]]);
  assert.equal(find('{"A":1,"MAGIC":"dadfedabbadabbed"}'), [undefined, ["no start 16"]]);
  assert.equal(find("dadfedabbadabbed"), [undefined, ["no start 0"]]);
  assert.equal(find(`{ "MAGIC" : "dadfedabbadabbed", } ${mark}`), [mark, ["invalid JSON 32"]]);
  assert.equal(find(`{ "MAGIC" : "dadfedabbadabbed", "x" : ${mark}`), [mark, ["invalid JSON 79"]]);
  const embedding = `{ "MAGIC" : "dadfedabbadabbed", "EMBEDDED_CHALK" : [${mark}], "Z" : 2 }`;
  assert.equal(find(`${embedding}${mark}`), [embedding, []]);
  assert.equal(locateMark(encode('\u00e9{"MAGIC":"dadfedabbadabbed","a":"\u00e9"}')).found?.end, 39);
  const binary = new Uint8Array([0xff, 0, ...encode(mark), 0xff, 0xfe]);
  assert.equal([locateMark(binary).found?.start, locateMark(binary).found?.end], [2, 2 + mark.length]);
});

test("contained marks, placeholders, chalk executables", () => {
  assert.ok(readContainedMark(encode(PLACEHOLDER)) instanceof Map);
  assert.ok(hasMagic(read(PLACEHOLDER)) && !isMark(read(PLACEHOLDER)));
  for (const bad of ["", "[]", "1", '{ "A" : 1 }', '{ "MAGIC" : "x" }', '{ "A" : 1, "MAGIC" : "dadfedabbadabbed" }'])
    assert.ok("error" in readContainedMark(encode(bad)), bad);
  assert.ok(
    isChalkExecutable(
      new Map([
        ["$CHALK_IMPLEMENTATION_NAME", "x"],
        ["CHALK_VERSION", "1"],
      ]),
    ),
  );
  assert.not(isChalkExecutable(new Map([["CHALK_VERSION", "1"]])));
  assert.not(isChalkExecutable(undefined));
});

const ORDER = new Map([
  ["MAGIC", 0n],
  ["CHALK_ID", 1n],
  ["CHALK_VERSION", 2n],
  ["TIMESTAMP_WHEN_CHALKED", 3n],
  ["METADATA_HASH", (1n << 63n) - 301n],
  ["METADATA_ID", (1n << 63n) - 201n],
]);
const orderOf = (key: string) => ORDER.get(key);

test("building the worked example from collected data", () => {
  const all = [...read(EXAMPLE)].filter(([key]) => key !== "METADATA_ID" && key !== "MAGIC");
  const host = new Map(all.filter(([key]) => key === "TIMESTAMP_WHEN_CHALKED"));
  const artifact = new Map<string, Json>([
    ...all.filter(([key]) => key !== "TIMESTAMP_WHEN_CHALKED").reverse(),
    ["_OP", 1],
    ["UNUSED", 1],
  ]);
  const built = buildMark(
    { host, artifact, uses: (key) => !["UNUSED", "HASH", "METADATA_HASH"].includes(key), orderOf },
    hashing,
  );
  // Nested dictionaries keep insertion order, so the text comes out as in the specification.
  assert.is(built.text, EXAMPLE);
  assert.equal(
    [built.metadataHash, built.metadataId, built.invalid, built.dropped],
    [EXAMPLE_HASH, "KHYWR8-109J-8TN3-FQRM2E", undefined, []],
  );
  const withHash = buildMark({ host, artifact, uses: () => true, orderOf }, hashing);
  assert.match(withHash.text, `, "METADATA_HASH" : "${withHash.metadataHash}", "METADATA_ID" : "`);
  assert.is(validateMark(read(withHash.text), { hashing, hash: undefined, signable: true }).failed, false);
});

test("merging, forcing, dropping", () => {
  assert.equal(mergeValues([1, "a"], ["a", 2]), [1, "a", 2]);
  assert.equal(
    mergeValues(
      new Map([
        ["a", 1],
        ["b", 1],
      ]),
      new Map([["b", 2]]),
    ),
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
  );
  assert.is(mergeValues("a", "b"), "b");
  const none = {
    host: new Map<string, Json>([
      ["L", [1]],
      ["K", 1],
    ]),
    uses: () => false,
    orderOf,
  };
  const artifact = new Map<string, Json>([
    ["$CHALK_CONFIG", "x"],
    ["HASH", "h"],
    ["SIGNING", true],
    ["L", [2]],
  ]);
  assert.equal([...selectMarkKeys({ ...none, artifact }).keys()], ["MAGIC", "$CHALK_CONFIG", "HASH"]);
  assert.ok(selectMarkKeys({ ...none, artifact, signed: true }).has("SIGNING"));
  assert.equal(selectMarkKeys({ ...none, artifact, uses: (key) => key === "L" }).get("L"), [1, 2]);
  const odd = buildMark(
    {
      host: new Map(),
      artifact: new Map<string, Json>([
        ["CHALK_ID", "x"],
        ["CHALK_VERSION", "1"],
        ["A", Number.NaN],
        ["B", "\udc80"],
      ]),
      uses: () => true,
      orderOf,
    },
    hashing,
  );
  assert.equal(odd.dropped, ["A"]);
  assert.is(
    validateMark(read(new TextDecoder().decode(encode(odd.text))), { hashing, hash: undefined, signable: true }).failed,
    false,
    "repaired text validates",
  );
  assert.match(
    buildMark({ host: new Map(), artifact: new Map(), uses: () => true, orderOf }, hashing).invalid!,
    "CHALK_ID is missing",
  );
  const first = buildMark(
    {
      host: new Map(),
      artifact: new Map([["CHALK_ID", "x"]]),
      uses: () => true,
      orderOf: (key) => (key === "CHALK_ID" ? -1n : orderOf(key)),
    },
    hashing,
  );
  assert.match(first.invalid!, "MAGIC is not its first key");
});

test("identity of the mark that is replaced", () => {
  const old = read(EXAMPLE);
  assert.equal(
    oldMetadataKeys(old, hashing),
    new Map([
      ["OLD_CHALK_METADATA_HASH", EXAMPLE_HASH],
      ["OLD_CHALK_METADATA_ID", "KHYWR8-109J-8TN3-FQRM2E"],
    ]),
  );
  assert.equal(
    oldMetadataKeys(new Map([...old, ["X", 1]]), hashing),
    new Map([["OLD_CHALK_METADATA_ID", "KHYWR8-109J-8TN3-FQRM2E"]]),
  );
  const stated = "976587386da41d9121deb3559306e980c5e2cb261d3b964f7fcbbd3706eae3b1";
  assert.is(
    oldMetadataKeys(new Map([["METADATA_HASH", stated]]), hashing).get("OLD_CHALK_METADATA_ID"),
    "JXJREE-3DMG-ES28-EYPDAS",
  );
});

test("validation, in order", () => {
  const mark = read(EXAMPLE);
  const hash = mark.get("HASH") as string;
  const check = (changes: Record<string, Json | undefined>, more = {}) => {
    const changed = new Map(mark);
    for (const [key, value] of Object.entries(changes)) value === undefined ? changed.delete(key) : changed.set(key, value);
    const result = validateMark(changed, { hashing, hash, signable: true, ...more });
    const keys = Object.fromEntries(result.keys);
    return [keys, result.failed, result.messages.map((message) => message.level).join()];
  };
  const bad = { _VALIDATED_METADATA: false };
  assert.equal(check({}), [{ _VALIDATED_METADATA: true }, false, ""]);
  assert.equal(check({}, { hash: undefined }), [{ _VALIDATED_METADATA: true }, false, ""]);
  assert.equal(check({ CHALK_ID: undefined }), [bad, true, "error"]);
  assert.equal(check({}, { hash: hash.replace("b", "c") }), [bad, true, "error,error"]);
  assert.equal(check({ METADATA_ID: undefined }), [bad, true, "error"]);
  assert.equal(check({ X_BOOL: false }), [bad, true, "error"]);
  assert.equal(check({ METADATA_HASH: EXAMPLE_HASH }), [{ _VALIDATED_METADATA: true }, false, ""]);
  assert.equal(check({ METADATA_HASH: "00" }), [bad, true, "error"]);
  assert.equal(check({ SIGNING: true }), [bad, true, "error"]);
  assert.equal(check({ SIGNING: true }, { signable: false }), [{ _VALIDATED_METADATA: true }, false, ""]);
  const untrusted = { _VALIDATED_METADATA: true, _VALIDATED_SIGNATURE: false };
  assert.equal(check({ SIGNATURE: "s" }), [untrusted, false, "error"]);
  const signed = new Map<string, Json>([...mark, ["INJECTOR_PUBLIC_KEY", "pem"]]);
  const pem = { SIGNATURE: "s", INJECTOR_PUBLIC_KEY: "pem", METADATA_ID: metadataId(hashing, signed) };
  assert.equal(check(pem), [untrusted, false, "warn"]);
  const verify = (key: string, message: string, signature: string) =>
    key === "pem" && message === signedMessage(hash, metadataHash(hashing, signed)) && signature === "s";
  assert.equal(check(pem, { verify }), [{ _VALIDATED_METADATA: true, _VALIDATED_SIGNATURE: true }, false, ""]);
  assert.equal(check({ ...pem, SIGNATURE: "t" }, { verify }), [
    { _VALIDATED_METADATA: true, _INVALID_SIGNATURE: true },
    false,
    "error",
  ]);
  assert.equal(
    check(pem, {
      verify: () => {
        throw new Error("bad key");
      },
    }),
    [untrusted, false, "warn"],
  );
  assert.equal(validateMark(new Map(), { hashing, hash, signable: true }).failed, true);
});

test.run();
