/**
 * Codec for GGUF models (`marks-and-codecs.md` 12.1): the mark is a string among the metadata, `chalk.mark`, always the last. The rest of the metadata and
 * the tensors, which may be many gigabytes, are copied as they are; only count and padding change.
 */
import { isZero } from "../../bytes.js";
import type { JsonObject } from "../../json.js";
import { isMark } from "../../marks/format.js";
import { LONGEST_MARK, readContainedMark } from "../../marks/locate.js";
import { type Candidate, type Content, contentLength, eachChunk, hashContent, type Piece } from "../candidate.js";
import { type Claim, type Codec, type CodecContext, duplicateReporter, once } from "../codec.js";
import { StructureError } from "../reader.js";
import { type GgufLayout, HEADER_LENGTH, MARK_KEY, padding, readGgufLayout, STRING_TYPE } from "./layout.js";

const MAGIC = [0x47, 0x47, 0x55, 0x46];
/** Where the header counts pairs. */
const COUNT_AT = 16;

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** The pair that holds a mark. */
function markPair(mark: string): Uint8Array {
  const key = new TextEncoder().encode(MARK_KEY);
  const value = new TextEncoder().encode(mark);
  const bytes = new Uint8Array(8 + key.length + 4 + 8 + value.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(key.length), true);
  bytes.set(key, 8);
  view.setUint32(8 + key.length, STRING_TYPE, true);
  view.setBigUint64(12 + key.length, BigInt(value.length), true);
  bytes.set(value, 20 + key.length);
  return bytes;
}

/** The file with its marks taken out and, if given, another one put in. */
function rebuilt(layout: GgufLayout, mark: string | undefined): Content {
  const old = layout.marks.filter((pair) => pair.type === STRING_TYPE);
  const count = layout.pairCount - BigInt(old.length) + (mark === undefined ? 0n : 1n);
  const pieces: Piece[] = [{ start: 0, end: COUNT_AT }, u64(count)];
  let at = layout.pairs.start;
  for (const { start, end } of old) {
    pieces.push({ start: at, end: start });
    at = end;
  }
  pieces.push({ start: at, end: layout.pairs.end });
  if (mark !== undefined) pieces.push(markPair(mark));
  pieces.push({ start: layout.tensors.start, end: layout.tensors.end });
  pieces.push(new Uint8Array(padding(contentLength(pieces), layout.alignment)), layout.data);
  return pieces;
}

function readMark(file: Candidate, layout: GgufLayout, context: CodecContext): JsonObject | undefined {
  const warn = (reason: string) => context.log("warn", `${file.path}: ${reason}`);
  for (const { type, value } of layout.marks) {
    if (type !== STRING_TYPE) {
      warn(`${MARK_KEY} is no string, ignored`);
      continue;
    }
    const content =
      value.end - value.start > LONGEST_MARK
        ? { error: "it is too long" }
        : readContainedMark(file.read(value.start, value.end - value.start), duplicateReporter(file.path, context));
    if (content instanceof Map) return isMark(content) ? content : undefined;
    warn(`${MARK_KEY} holds no mark, treated as unmarked: ${(content as { error: string }).error}`);
    return undefined;
  }
  return undefined;
}

/** Padding is written anew with every mark; what somebody put there would be lost, and HASH with it. */
function hasPlainPadding(file: Candidate, { tensors, data }: GgufLayout): boolean {
  let plain = true;
  eachChunk(file, tensors.end, data.start, (bytes) => {
    plain &&= isZero(bytes);
  });
  return plain;
}

export const ggufCodec: Codec = {
  name: "gguf",
  priority: 1n,

  claim(file: Candidate, context: CodecContext): Claim | undefined {
    if (!file.path.toLowerCase().endsWith(".gguf") || file.size < HEADER_LENGTH) return undefined;
    const head = file.head();
    if (!MAGIC.every((byte, index) => head[index] === byte)) return undefined;
    let layout: GgufLayout | undefined;
    try {
      layout = readGgufLayout(file);
    } catch (error) {
      if (!(error instanceof StructureError)) throw error;
      context.log("warn", `${file.path}: the GGUF file is damaged, left alone: ${error.message}`);
    }
    if (layout === undefined) return undefined;
    const known = layout;
    const hasPair = known.marks.some((pair) => pair.type === STRING_TYPE);
    return {
      codec: "gguf",
      artifactType: "GGUF model",
      file,
      mark: readMark(file, known, context),
      unmarkedHash: once(() => (hasPair ? hashContent(file, rebuilt(known, undefined)) : file.hash())),
      withMark: (mark) =>
        hasPlainPadding(file, known) ? rebuilt(known, mark) : { refused: "there is data in the padding before the tensors" },
      withoutMark: () => (hasPair ? rebuilt(known, undefined) : [{ start: 0, end: file.size }]),
    };
  },
};
