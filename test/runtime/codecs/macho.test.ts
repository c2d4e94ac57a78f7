// Mach-O files: the vector of the specification, signatures of all kinds, wrappers.
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Candidate } from "../../../runtime/codecs/candidate.js";
import type { CodecOptions } from "../../../runtime/codecs/codec.js";
import { identify, rescanOf } from "../../../runtime/codecs/index.js";
import { wrapperCodec } from "../../../runtime/codecs/macos/codec.js";
import { writeMark } from "../../../runtime/codecs/write.js";
import { makeMacho as macho, type Shape } from "./macho-maker.js";
import { bytesOf, claim, hashOf, host, mark, path, recorder, sha256 } from "./workbench.js";

const PLACEHOLDER = '{ "MAGIC" : "dadfedabbadabbed" }';
const MARK = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6" }';
const HASH = "d0a32291431358428814a5a9b706e5c62b37b5f2a0781620571d3f64b445fad6";

const adHoc: Shape = {
  signature: [
    [0, 40],
    [0x10000, 8],
  ],
};
const signed: string[] = [];
/** Signs as codesign would, roughly: appends something. */
const signer: CodecOptions["adHocSigner"] = (file, identifier) => {
  signed.push(identifier);
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from("signed")]));
  return undefined;
};

test("the vector of the specification", () => {
  const file = macho();
  assert.is(file.length, 544);
  assert.is(sha256(file), "dca70be27518be55c828bda0a9f3cd1a75c9c3309b1b646dee0d79150408942b");
  const found = claim("v", file)!;
  assert.is(found.codec, "macho");
  assert.is(found.unmarkedHash(), HASH);
  found.file.close();
  mark("v", PLACEHOLDER);
  assert.is(bytesOf("v").length, 576);
  assert.is(hashOf("v"), "b3f258376ce2bff9d855ea31d6c4f8e6e51b48996e739fceb47a632c42472db1");
  const note = Buffer.from(bytesOf("v")).subarray(256, 296);
  assert.is(note.readUInt32LE(0), 0x31);
  assert.is(Number(note.readBigUInt64LE(24)), 544);
  mark("v", MARK);
  const marked = claim("v")!;
  assert.is(marked.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
  assert.is(marked.unmarkedHash(), HASH);
  marked.file.close();
  mark("v", undefined);
  const gone = bytesOf("v");
  assert.equal(gone.subarray(0, 32), file.subarray(0, 32));
  assert.equal(gone, file);
});

test("ad hoc signatures are made anew, in the file that takes the old one's place", () => {
  writeFileSync(path("prog"), macho(adHoc));
  const context = recorder({ chalking: true, adHocSigner: signer! });
  const found = identify(path("prog"), host, context)!;
  assert.is(found.unmarkedHash(), HASH);
  assert.is(writeMark(found, MARK, rescanOf(found, host, context)).kind, "written");
  assert.equal(signed, ["prog"]);
  assert.match(Buffer.from(bytesOf("prog")).toString("latin1"), /MAGIC.*signed$/s);
  writeFileSync(path("bad"), macho(adHoc));
  const failing = recorder({ chalking: true, adHocSigner: () => "codesign failed" });
  const other = identify(path("bad"), host, failing)!;
  const result = writeMark(other, MARK, rescanOf(other, host, failing));
  assert.is(result.kind, "failed");
  assert.equal(bytesOf("bad"), macho(adHoc));
});

test("what is left alone when marking, and why", () => {
  for (const [what, shape, reason] of [
    ["ad hoc without a signer", adHoc, /codesign/],
    [
      "a real signature",
      {
        signature: [
          [0, 40],
          [0x10000, 9],
        ],
      },
      /signature, which/,
    ],
    ["no directory", { signature: [[1, 40]] }, /malformed/],
    ["a wrong magic", { signature: [[0, 40]], breakSignature: (blob: Buffer) => void blob.writeUInt32BE(1, 0) }, /malformed/],
    ["a long blob", { signature: [[0, 40]], breakSignature: (blob: Buffer) => void blob.writeUInt32BE(9999, 4) }, /malformed/],
    [
      "an offset outside",
      { signature: [[0, 40]], breakSignature: (blob: Buffer) => void blob.writeUInt32BE(9999, 16) },
      /malformed/,
    ],
    ["no room", { firstSection: 256 + 39 }, /no room/],
  ] as const satisfies readonly (readonly [string, Shape, RegExp])[]) {
    const context = recorder({ chalking: true });
    assert.is(claim("left", macho(shape), context), undefined, what);
    assert.match(context.lines.join("\n"), reason, what);
  }
  const fat = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]);
  const context = recorder({ chalking: true });
  assert.is(claim("fat", fat, context), undefined);
  assert.match(context.lines.join(), /fat/);
  const classFile = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52]);
  const quiet = recorder({ chalking: true });
  assert.is(claim("A.class", classFile, quiet), undefined);
  assert.equal(quiet.lines, []);
});

test("a marked file with a real signature is read, and not written", () => {
  claim("real", macho())!.file.close();
  mark("real", MARK);
  // A signature behind the note, as somebody who signs a marked program makes it.
  const bytes = Buffer.from(bytesOf("real"));
  const commands = bytes.readUInt32LE(20);
  const blob = Buffer.from(
    macho({
      signature: [
        [0, 40],
        [0x10000, 99],
      ],
    }).subarray(544),
  );
  const command = 32 + commands;
  bytes.writeUInt32LE(0x1d, command);
  bytes.writeUInt32LE(16, command + 4);
  bytes.writeUInt32LE(bytes.length, command + 8);
  bytes.writeUInt32LE(blob.length, command + 12);
  bytes.writeUInt32LE(bytes.readUInt32LE(16) + 1, 16);
  bytes.writeUInt32LE(commands + 16, 20);
  const file = Buffer.concat([bytes, blob]);
  const found = claim("real", file)!;
  assert.is(found.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
  assert.is(found.unmarkedHash(), HASH);
  assert.ok("refused" in found.withMark(MARK));
  assert.ok("refused" in found.withoutMark());
  found.file.close();
});

test("truncated and lying files are not claimed", () => {
  const whole = macho(adHoc);
  for (let length = 0; length < whole.length; length += 1) {
    const found = claim("cut", whole.subarray(0, length), recorder({ adHocSigner: signer! }));
    if (found === undefined) continue;
    found.unmarkedHash();
    found.withMark(MARK);
    found.file.close();
  }
  for (const at of [16, 20, 36, 100]) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt32LE(0xffffffff, at);
    claim("lie", bytes, recorder({ adHocSigner: signer! }))?.file.close();
  }
});

test("wrappers of upstream are read and turned back", () => {
  const [prologue, epilogue] = [`#!/bin/bash\n${"# x\n".repeat(9)}`, "END\nfirst\nsecond\n"];
  const codec = wrapperCodec({
    prologueLength: prologue.length,
    prologueHash: sha256(prologue),
    epilogueLength: epilogue.length,
    epilogueHash: sha256(epilogue),
  });
  const program = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 9]);
  const wrapper = (tail: string) => `${prologue}${program.toString("base64")}\n${epilogue}${"ab".repeat(32)}\n${tail}`;
  const claimed = (text: string) => {
    writeFileSync(path("w"), text);
    return codec.claim(Candidate.open(host, path("w")), recorder());
  };
  for (const tail of [MARK, `${MARK}\n`]) {
    const found = claimed(wrapper(tail))!;
    assert.is(found.mark?.get("CHALK_ID"), "C9K68S-B1CN-H30E-33CSK6");
    assert.is(found.unmarkedHash(), sha256(program));
    assert.is(writeMark(found, undefined, () => undefined).kind, "written");
    assert.equal(bytesOf("w"), new Uint8Array(program));
  }
  for (const text of [
    wrapper(`${MARK} `),
    wrapper(`${MARK}\nmore\n`),
    wrapper("{}"),
    wrapper(PLACEHOLDER),
    prologue,
    wrapper("").replace("END", "DNE"),
  ])
    assert.is(claimed(text), undefined);
});

test.run();
