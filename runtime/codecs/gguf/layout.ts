/** The layout of GGUF model files (`marks-and-codecs.md` 12.1): header, key/value pairs, tensor infos, padding, data. */
import type { ByteSource } from "../candidate.js";
import { SequentialReader, StructureError } from "../reader.js";

export const MARK_KEY = "chalk.mark";
export const STRING_TYPE = 8;
const ALIGNMENT_KEY = "general.alignment";
const ARRAY_TYPE = 9;
const UINT32_TYPE = 4;
const DEFAULT_ALIGNMENT = 32;
const LARGEST_ALIGNMENT = 2 ** 30;
const MOST_DIMENSIONS = 1024;
const DEEPEST_ARRAY = 64;
const LONGEST_KEY = 0xffff;
export const HEADER_LENGTH = 24;

/** Bytes of values of fixed length, by type. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
]);

/** A range of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface MarkPair extends Span {
  readonly type: number;
  /** The value's bytes, if it is a string. */
  readonly value: Span;
}

export interface GgufLayout {
  readonly pairCount: bigint;
  readonly pairs: Span;
  /** Pairs with the key of marks. */
  readonly marks: readonly MarkPair[];
  readonly tensors: Span;
  readonly alignment: number;
  readonly data: Span;
}

/** Skips a value; returns the bytes of a string. */
function skipValue(reader: SequentialReader, type: number, depth: number): Span {
  const fixed = LENGTHS.get(type);
  const start = reader.position;
  if (fixed !== undefined) reader.skip(fixed);
  else if (type === STRING_TYPE) {
    const length = reader.count(1);
    const begin = reader.position;
    reader.skip(length);
    return { start: begin, end: reader.position };
  } else if (type === ARRAY_TYPE) skipArray(reader, depth);
  else throw new StructureError(`there is no value type ${type}`);
  return { start, end: reader.position };
}

function skipArray(reader: SequentialReader, depth: number): void {
  if (depth > DEEPEST_ARRAY) throw new StructureError("arrays are nested too deeply");
  const type = reader.u32();
  const fixed = LENGTHS.get(type);
  // Strings and arrays take at least the bytes of their own length.
  const count = reader.count(fixed ?? 8);
  if (fixed !== undefined) reader.skip(count * fixed);
  else for (let index = 0; index < count; index += 1) skipValue(reader, type, depth + 1);
}

function readText(reader: SequentialReader): string | undefined {
  const length = reader.count(1);
  if (length <= LONGEST_KEY) return new TextDecoder().decode(reader.bytes(length));
  reader.skip(length);
  return undefined;
}

export function padding(position: number, alignment: number): number {
  return (alignment - (position % alignment)) % alignment;
}

/** Reads the layout of a file that begins with the magic; undefined for versions that are not known. Throws a `StructureError`. */
export function readGgufLayout(file: ByteSource): GgufLayout | undefined {
  const reader = new SequentialReader(file, 4);
  const version = reader.u32();
  if (version !== 2 && version !== 3) return undefined;
  const tensorCount = reader.u64();
  const pairCount = reader.u64();
  const marks: MarkPair[] = [];
  let alignment = DEFAULT_ALIGNMENT;
  const pairsStart = reader.position;
  for (let index = 0n; index < pairCount; index += 1n) {
    const start = reader.position;
    const key = readText(reader);
    const type = reader.u32();
    const value = skipValue(reader, type, 0);
    const end = reader.position;
    if (key === MARK_KEY) marks.push({ start, end, type, value });
    if (key === ALIGNMENT_KEY && type === UINT32_TYPE) {
      const stated = new SequentialReader(file, value.start).u32();
      if (stated >= 1 && stated <= LARGEST_ALIGNMENT) alignment = stated;
    }
  }
  const tensorsStart = reader.position;
  for (let index = 0n; index < tensorCount; index += 1n) {
    reader.skip(reader.count(1));
    const dimensions = reader.u32();
    if (dimensions > MOST_DIMENSIONS) throw new StructureError(`a tensor has ${dimensions} dimensions`);
    reader.skip(dimensions * 8 + 12);
  }
  const tensorsEnd = reader.position;
  const dataStart = tensorsEnd + padding(tensorsEnd, alignment);
  if (dataStart > file.size) throw new StructureError("its data lies behind the end of the file");
  return {
    pairCount,
    pairs: { start: pairsStart, end: tensorsStart },
    marks,
    tensors: { start: tensorsStart, end: tensorsEnd },
    alignment,
    data: { start: dataStart, end: file.size },
  };
}
