// Model files: GGUF, SafeTensors, sidecars; and Python byte code.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { bytesOf, claim, hashOf, mark, path, recorder, sha256 } from "./workbench.js";

const PLACEHOLDER = '{ "MAGIC" : "dadfedabbadabbed" }';
const MARK = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6" }';
const utf8 = (text: string) => new TextEncoder().encode(text);

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
function u64(value: number | bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
const text = (value: string) => Buffer.concat([u64(utf8(value).length), utf8(value)]);

/** A GGUF file: pairs and tensors as bytes, then data behind the padding. */
function gguf(
  pairs: readonly Uint8Array[],
  tensors: readonly Uint8Array[] = [],
  data = "",
  alignment = 32,
  version = 3,
): Uint8Array {
  const head = Buffer.concat([utf8("GGUF"), u32(version), u64(tensors.length), u64(pairs.length), ...pairs, ...tensors]);
  const padding = Buffer.alloc((alignment - (head.length % alignment)) % alignment);
  return new Uint8Array(Buffer.concat([head, padding, utf8(data)]));
}
const pair = (key: string, type: number, value: Uint8Array) => Buffer.concat([text(key), u32(type), value]);
const llama = pair("general.architecture", 8, text("llama"));

test("GGUF: the vector of the specification", () => {
  const file = gguf([llama]);
  assert.is(file.length, 96);
  const hash = "2de0a95bd949ec1d89c9e0c55fd8ea702d7b826a73130ccb391e5a7ce4976987";
  assert.is(sha256(file), hash);
  const found = claim("v.gguf", file)!;
  assert.is(found.unmarkedHash(), hash);
  assert.is(found.artifactType, "GGUF model");
  found.file.close();
  mark("v.gguf", PLACEHOLDER);
  assert.is(bytesOf("v.gguf").length, 160);
  assert.is(hashOf("v.gguf"), "54aeb987edd1e0c7597938bb01e019393a8bfbc3ae03682c553a33f4b94c3f80");
  const placed = claim("v.gguf")!;
  assert.is(placed.mark, undefined);
  assert.is(placed.unmarkedHash(), hash);
  placed.file.close();
});

test("GGUF: mark, replace, delete; alignment, tensors, arrays, a mark in the middle", () => {
  const tensor = Buffer.concat([text("w"), u32(2), u64(3), u64(4), u32(0), u64(0)]);
  const strings = pair("tokens", 9, Buffer.concat([u32(8), u64(3), text("a"), text(""), text("c")]));
  const nested = pair(
    "nested",
    9,
    Buffer.concat([u32(9), u64(2), u32(0), u64(1), Buffer.from([7]), u32(4), u64(2), u32(1), u32(2)]),
  );
  const align = pair("general.alignment", 4, u32(64));
  for (const alignment of [32, 64]) {
    const pairs = [llama, strings, nested, ...(alignment === 64 ? [align] : [])];
    const original = gguf(pairs, [tensor], "tensor data", alignment);
    const found = claim("m.GGUF", original)!;
    const hash = found.unmarkedHash();
    assert.is(hash, sha256(original));
    found.file.close();
    mark("m.GGUF", MARK);
    const once = bytesOf("m.GGUF");
    assert.equal(once, gguf([...pairs, pair("chalk.mark", 8, text(MARK))], [tensor], "tensor data", alignment));
    const marked = claim("m.GGUF")!;
    assert.is(marked.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
    assert.is(marked.unmarkedHash(), hash);
    marked.file.close();
    mark("m.GGUF", `${MARK} `.trim());
    assert.equal(bytesOf("m.GGUF"), once);
    mark("m.GGUF", undefined);
    assert.equal(bytesOf("m.GGUF"), original);
  }
  const middle = gguf([pair("chalk.mark", 8, text(MARK)), llama]);
  const moved = claim("mid.gguf", middle)!;
  assert.is(moved.unmarkedHash(), sha256(gguf([llama])));
  moved.file.close();
  mark("mid.gguf", MARK);
  assert.equal(bytesOf("mid.gguf"), gguf([llama, pair("chalk.mark", 8, text(MARK))]));
});

test("GGUF: a mark of another type stays, with a warning", () => {
  const context = recorder();
  const found = claim("t.gguf", gguf([pair("chalk.mark", 4, u32(1)), llama]), context)!;
  assert.is(found.mark, undefined);
  assert.is(found.unmarkedHash(), sha256(bytesOf("t.gguf")));
  found.file.close();
  assert.match(context.lines.join(), /warn: .*no string/);
});

test("GGUF: what is not claimed", () => {
  const good = gguf([llama], [], "data");
  for (const bytes of [
    gguf([llama], [], "", 32, 1),
    gguf([llama], [], "", 32, 4),
    good.subarray(0, 23),
    good.subarray(0, 80),
    gguf([pair("x", 99, u32(0))]),
    gguf([pair("x", 8, u64(2n ** 62n))]),
    gguf([pair("x", 9, Buffer.concat([u32(4), u64(2n ** 63n)]))]),
    gguf([], [Buffer.concat([text("w"), u32(1025), Buffer.alloc(9000)])]),
    utf8("GGUX".padEnd(64)),
  ]) {
    assert.is(claim("n.gguf", bytes, recorder({ chalking: true })), undefined);
  }
  let deep: Uint8Array = Buffer.concat([u32(0), u64(0)]);
  for (let level = 0; level < 100; level += 1) deep = Buffer.concat([u32(9), u64(1), deep]);
  assert.is(claim("n.gguf", gguf([pair("x", 9, deep)]), recorder({ chalking: true })), undefined);
});

/** A SafeTensors file. */
function tensors(header: string, data: Uint8Array = Uint8Array.from([7])): Uint8Array {
  return new Uint8Array(Buffer.concat([u64(utf8(header).length), utf8(header), data]));
}
const tensor = '"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}';

test("SafeTensors: the vector of the specification", () => {
  const hash = "9fb183e529233592e01e494565b97176041441d9cea95e30f1f6e1791532e904";
  const found = claim("v.safetensors", tensors(`{"__metadata__":{"format":"pt"},${tensor}}`))!;
  assert.is(found.unmarkedHash(), hash);
  found.file.close();
  mark("v.safetensors", PLACEHOLDER);
  assert.is(bytesOf("v.safetensors")[0], 131);
  assert.is(hashOf("v.safetensors"), "2cb6923d07e9687b8436172167967ead6127edc61efc3d4099bf9badb5f2d4b6");
  const placed = claim("v.safetensors")!;
  assert.is(placed.mark, undefined);
  assert.is(placed.unmarkedHash(), hash);
  placed.file.close();
});

test("SafeTensors: headers of all shapes come back as they were", () => {
  for (const header of [
    `{"__metadata__":{"format":"pt"},${tensor}}`,
    `{${tensor},"__metadata__":{"format":"pt"}}`,
    `{${tensor}}`,
    `{ ${tensor} }   `,
    "{}",
    "{ }",
    `{"__metadata__":{ "a" : "x, } \\" {", "b":"c" } , ${tensor}}`,
    `{"\\u005f_metadata__":{"a":"b"}}`,
  ]) {
    const original = tensors(header);
    const found = claim("s.safetensors", original)!;
    const hash = found.unmarkedHash();
    assert.is(hash, sha256(original), header);
    found.file.close();
    const own = MARK.replace("C9K68S-B1CN-H30E-33CSK6", chalkIdOfHash(hash));
    mark("s.safetensors", own);
    const once = bytesOf("s.safetensors");
    const length = Number(Buffer.from(once).readBigUInt64LE());
    const parsed = JSON.parse(Buffer.from(once.subarray(8, 8 + length)).toString());
    assert.is(parsed.__metadata__.chalk, own);
    const marked = claim("s.safetensors")!;
    assert.is(marked.unmarkedHash(), hash, header);
    marked.file.close();
    mark("s.safetensors", own);
    assert.equal(bytesOf("s.safetensors"), once, header);
    mark("s.safetensors", undefined);
    assert.equal(bytesOf("s.safetensors"), original, header);
  }
});

test("SafeTensors: an empty __metadata__ that was there before is told from one that came with the mark", () => {
  const original = tensors(`{"__metadata__":{},${tensor}}`);
  const hash = sha256(original);
  claim("e.safetensors", original)!.file.close();
  mark("e.safetensors", MARK.replace("C9K68S-B1CN-H30E-33CSK6", chalkIdOfHash(hash)));
  const marked = claim("e.safetensors")!;
  assert.is(marked.unmarkedHash(), hash);
  marked.file.close();
  mark("e.safetensors", undefined);
  assert.equal(bytesOf("e.safetensors"), original);
});

test("SafeTensors: the first comma goes with the member, the last member takes the one before", () => {
  for (const [metadata, left] of [
    ['{"chalk":"MARK","a":"b"}', '{"a":"b"}'],
    ['{"chalk":"MARK" , "a":"b"}', '{ "a":"b"}'],
    ['{"a":"b","chalk":"MARK"}', '{"a":"b"}'],
    ['{"a":"b" , "chalk":"MARK" }', '{"a":"b"  }'],
  ] as const) {
    const escaped = JSON.stringify(MARK).slice(1, -1);
    const found = claim("c.safetensors", tensors(`{"__metadata__":${metadata.replace("MARK", escaped)}}`))!;
    assert.is(found.unmarkedHash(), sha256(tensors(`{"__metadata__":${left}}`)));
    found.file.close();
  }
});

test("SafeTensors: what is not claimed", () => {
  for (const bytes of [
    utf8("short"),
    tensors("[]"),
    tensors("{} x"),
    tensors('{"a"'),
    tensors('{"__metadata__":[]}'),
    new Uint8Array(Buffer.concat([u64(0), utf8("{}")])),
    new Uint8Array(Buffer.concat([u64(100), utf8("{}")])),
    new Uint8Array(Buffer.concat([u64(2n ** 63n), utf8("{}")])),
    tensors("[".repeat(100_000)),
  ]) {
    const context = recorder({ chalking: true });
    assert.is(claim("n.safetensors", bytes, context), undefined);
    assert.match(context.lines.join(), "not a SafeTensors file");
  }
});

test("sidecars", () => {
  const found = claim("m.ONNX", "weights", recorder({ chalking: true }))!;
  assert.is(found.codec, "model_sidecar");
  assert.is(found.artifactType, "ML model");
  assert.is(found.unmarkedHash(), sha256("weights"));
  found.file.close();
  assert.is(mark("m.ONNX", MARK).kind, "written");
  assert.is(readFileSync(path("m.ONNX.chalk"), "utf8"), `${MARK}\n`);
  assert.is(readFileSync(path("m.ONNX"), "utf8"), "weights");
  const marked = claim("m.ONNX")!;
  assert.is(marked.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
  assert.is(claim("m.ONNX.chalk"), undefined);
  assert.is(mark("m.ONNX", undefined).kind, "written");
  assert.not(existsSync(path("m.ONNX.chalk")));
  const context = recorder();
  writeFileSync(path("m.ONNX.chalk"), "not json");
  assert.is(claim("m.ONNX", undefined, context)!.mark, undefined);
  assert.match(context.lines.join(), /warn: .*sidecar.*treated as unmarked/);
  rmSync(path("m.ONNX.chalk"));
  // A zip archive of that extension is the zip codec's.
  assert.is(claim("x.pt", "PK no archive", recorder())!.codec, "model_sidecar");
});

test("byte code", () => {
  const code = "\x6f\x0d\x0d\x0a constants: dadfedabbadabbed and more";
  const context = recorder({ chalking: true });
  const found = claim("m.pyc", code, context)!;
  assert.is(found.codec, "python_pyc");
  assert.is(found.mark, undefined);
  assert.is(found.unmarkedHash(), sha256(code));
  found.file.close();
  assert.match(context.lines.join(), /error: .*without JSON start/);
  mark("m.pyc", MARK);
  assert.equal(bytesOf("m.pyc"), utf8(code + MARK));
  const longer = MARK.replace(" }", ', "X" : 1 }');
  mark("m.pyc", longer);
  assert.equal(bytesOf("m.pyc"), utf8(code + longer));
  const marked = claim("m.pyc")!;
  assert.is(marked.unmarkedHash(), sha256(code));
  marked.file.close();
  mark("m.pyc", undefined);
  assert.equal(bytesOf("m.pyc"), utf8(code));
});

test("byte code with something behind the mark", () => {
  claim("t.pyc", `code${MARK} \n tail`)!.file.close();
  mark("t.pyc", MARK);
  assert.equal(bytesOf("t.pyc"), utf8(`code${MARK}tail`));
  mark("t.pyc", undefined);
  assert.equal(bytesOf("t.pyc"), utf8("codetail"));
  const empty = claim("e.pyd", "")!;
  assert.is(empty.unmarkedHash(), sha256(""));
  assert.is(claim("e.PYC", "x", recorder({ chalking: true })), undefined);
});

test.run();
