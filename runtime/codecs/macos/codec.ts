/**
 * Codec for the shell scripts into which upstream packs Mach-O files that it cannot mark (`marks-and-codecs.md` 11.2, 11.3): they are read, validated and
 * turned back into the program, but never made. The fixed parts of such a script are known by their hashes.
 */
import { isMark } from "../../marks/format.js";
import { readContainedMark } from "../../marks/locate.js";
import { type Candidate, hashContent } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, once } from "../codec.js";

/** What a wrapper consists of besides the program. */
export interface WrapperShape {
  readonly prologueLength: number;
  readonly prologueHash: string;
  /** The three lines behind the program. */
  readonly epilogueLength: number;
  readonly epilogueHash: string;
}

const UPSTREAM: WrapperShape = {
  prologueLength: 672,
  prologueHash: "fb274aeb8a5cb9d28185da0c8827480db5d57b15f4a064f0b9fb8b4675713c24",
  epilogueLength: 69,
  epilogueHash: "5cd3371bd469aabb7f8dada44968f91f7da24d681c1f6fec59f4bbe333e224e8",
};
const START = new TextEncoder().encode("#!/bin/bash\n");
const LF = 0x0a;
const LONGEST = 1 << 30;
const HASH_LINE = /^[0-9a-f]{64}$/;

/** Decodes standard base64; undefined if it is none. */
function decodeBase64(bytes: Uint8Array): Uint8Array | undefined {
  try {
    const text = atob(new TextDecoder("latin1").decode(bytes));
    const decoded = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) decoded[index] = text.charCodeAt(index);
    return decoded;
  } catch {
    return undefined;
  }
}

/** Makes the codec for scripts of a given shape. */
export function wrapperCodec(shape: WrapperShape): Codec {
  function claim(file: Candidate, context: CodecContext): Claim | undefined {
    const head = file.head();
    if (file.size > LONGEST || !START.every((byte, index) => head[index] === byte)) return undefined;
    const { hashing } = file.host;
    if (hashing.hex("sha256", file.read(0, shape.prologueLength)) !== shape.prologueHash) return undefined;
    const bytes = file.read(0, file.size);
    const codeEnd = bytes.indexOf(LF, shape.prologueLength);
    const epilogueEnd = codeEnd + 1 + shape.epilogueLength;
    const hashEnd = bytes.indexOf(LF, epilogueEnd);
    if (codeEnd < 0 || hashEnd < 0) return undefined;
    if (hashing.hex("sha256", bytes.subarray(codeEnd + 1, epilogueEnd)) !== shape.epilogueHash) return undefined;
    if (!HASH_LINE.test(new TextDecoder("latin1").decode(bytes.subarray(epilogueEnd, hashEnd)))) return undefined;
    const start = hashEnd + 1;
    const end = bytes[bytes.length - 1] === LF ? bytes.length - 1 : bytes.length;
    const line = bytes.subarray(start, Math.max(start, end));
    if (line.includes(LF)) return undefined;
    const mark = readContainedMark(line, duplicateReporter(file.path, context));
    if (!(mark instanceof Map) || !isMark(mark) || line[line.length - 1] !== 0x7d) return undefined;
    const program = decodeBase64(bytes.subarray(shape.prologueLength, codeEnd));
    if (program === undefined) return undefined;
    return {
      codec: "macos",
      artifactType: "Mach-O executable",
      file,
      mark,
      unmarkedHash: once(() => hashContent(file, [program])),
      withMark: (text) => [{ start: 0, end: start }, new TextEncoder().encode(text), { start: end, end: file.size }],
      withoutMark: () => [program],
    };
  }
  return { name: "macos", priority: 2n, claim };
}

export const macosCodec = wrapperCodec(UPSTREAM);
