/**
 * The structure of a zip archive (`marks-and-codecs.md` 8.1): end record, central directory, local records. Everything that an archive says about itself is
 * checked against the file before it is believed: offsets, lengths, names, records that overlap. Data in front of the archive (self-extractors) is
 * tolerated, ZIP64 is read.
 */
import { viewOf } from "../../bytes.js";
import type { ByteSource } from "../candidate.js";
import { decodeName, nameProblem } from "./names.js";

/** Why an archive is not one that we work on. */
export class ZipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ZipError";
  }
}

export const STORED = 0;
export const DEFLATED = 8;
export const LOCAL_LENGTH = 30;
export const CENTRAL_LENGTH = 46;
export const END_LENGTH = 22;
export const SIGNATURES = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const;
export const ZIP64_EXTRA = 1;
export const MAX16 = 0xffff;
export const MAX32 = 0xffffffff;
const UTF8_FLAG = 0x800;
const ENCRYPTED_FLAGS = 0x2041;
const LONGEST_COMMENT = 0xffff;
/** A central directory is read as a whole; no honest one is longer. */
const LONGEST_DIRECTORY = 256 << 20;
const MOST_ENTRIES = 1_000_000;

export interface Entry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Unix mode, 0 if the archive doesn't tell. */
  readonly mode: number;
  /** Where its local record begins, where its data begins, and where the next record (or the central directory) begins. */
  readonly start: number;
  readonly dataStart: number;
  readonly end: number;
  /** Its record in the central directory. */
  readonly central: Uint8Array;
}

export interface Archive {
  /** In the order of the central directory. */
  readonly entries: readonly Entry[];
  /** Where the central directory begins. */
  readonly directoryStart: number;
  /** What has to be added to offsets that the archive states. */
  readonly shift: number;
  /** The ZIP64 end record, if there is one, without its locator. */
  readonly end64: Uint8Array | undefined;
  /** The end record with the comment, and whatever follows it. */
  readonly tail: Uint8Array;
}

function fail(reason: string): never {
  throw new ZipError(reason);
}

function safeNumber(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? fail("a length in the archive is impossible") : Number(value);
}

interface End {
  readonly position: number;
  readonly count: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
  readonly end64: Uint8Array | undefined;
  /** Where the central directory must end. */
  readonly limit: number;
  readonly tail: Uint8Array;
}

/** Offset of the end record in the last bytes of the file, or -1; one whose comment ends with the file is preferred. */
function findEnd(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  let fallback = -1;
  for (let at = bytes.length - END_LENGTH; at >= 0; at -= 1) {
    if (bytes[at] !== 0x50 || view.getUint32(at, true) !== SIGNATURES.end) continue;
    const end = at + END_LENGTH + view.getUint16(at + 20, true);
    if (end === bytes.length) return at;
    if (end < bytes.length && fallback < 0) fallback = at;
  }
  return fallback;
}

function readEnd(file: ByteSource): End {
  const base = Math.max(0, file.size - END_LENGTH - LONGEST_COMMENT);
  const bytes = file.read(base, file.size - base);
  const at = findEnd(bytes);
  if (at < 0) fail("there is no end of a zip archive");
  const tail = bytes.subarray(at);
  const view = viewOf(tail);
  const position = base + at;
  if (position >= 20) {
    const locator = viewOf(file.read(position - 20, 20));
    if (locator.getUint32(0, true) === SIGNATURES.locator64) return readEnd64(file, position, locator, tail);
  }
  if (view.getUint16(4, true) !== 0 || view.getUint16(6, true) !== 0) fail("archives of several parts are not supported");
  if (view.getUint16(8, true) !== view.getUint16(10, true)) fail("archives of several parts are not supported");
  return {
    position,
    count: view.getUint16(10, true),
    directorySize: view.getUint32(12, true),
    directoryOffset: view.getUint32(16, true),
    end64: undefined,
    limit: position,
    tail,
  };
}

function readEnd64(file: ByteSource, position: number, locator: DataView, tail: Uint8Array): End {
  const stated = safeNumber(locator.getBigUint64(8, true));
  const fits = (at: number) =>
    at >= 0 && at + 56 <= position - 20 && viewOf(file.read(at, 4)).getUint32(0, true) === SIGNATURES.end64;
  const at = fits(stated) ? stated : position - 20 - 56;
  if (!fits(at)) fail("the ZIP64 end record is missing");
  const end64 = file.read(at, position - 20 - at);
  const view = viewOf(end64);
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0 || locator.getUint32(16, true) > 1)
    fail("archives of several parts are not supported");
  return {
    position,
    count: safeNumber(view.getBigUint64(32, true)),
    directorySize: safeNumber(view.getBigUint64(40, true)),
    directoryOffset: safeNumber(view.getBigUint64(48, true)),
    end64,
    limit: at,
    tail,
  };
}

/** The data of an extra field, if it is there. */
export function extraField(extra: Uint8Array, id: number): Uint8Array | undefined {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.length) return undefined;
    if (view.getUint16(at, true) === id) return extra.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  return undefined;
}

interface Lengths {
  readonly size: number;
  readonly compressedSize: number;
  readonly offset: number;
}

/** Sizes and offset of a central record, ZIP64 values included. */
function lengthsOf(record: Uint8Array, nameLength: number, extraLength: number): Lengths {
  const view = viewOf(record);
  const values = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)];
  const extra = extraField(record.subarray(CENTRAL_LENGTH + nameLength, CENTRAL_LENGTH + nameLength + extraLength), ZIP64_EXTRA);
  let at = 0;
  const [size, compressedSize, offset] = values.map((value) => {
    if (value !== MAX32 || extra === undefined) return value;
    if (at + 8 > extra.length) return fail("a ZIP64 field is too short");
    at += 8;
    return safeNumber(viewOf(extra).getBigUint64(at - 8, true));
  }) as [number, number, number];
  return { size, compressedSize, offset };
}

interface Draft extends Omit<Entry, "end"> {
  end: number;
}

function readEntry(file: ByteSource, record: Uint8Array, shift: number, directoryStart: number): Draft {
  const view = viewOf(record);
  const [flags, method] = [view.getUint16(8, true), view.getUint16(10, true)];
  const nameLength = view.getUint16(28, true);
  const nameBytes = record.subarray(CENTRAL_LENGTH, CENTRAL_LENGTH + nameLength);
  const name = decodeName(nameBytes, (flags & UTF8_FLAG) !== 0);
  const problem = nameProblem(name);
  if (problem !== undefined) fail(problem);
  if ((flags & ENCRYPTED_FLAGS) !== 0) fail(`entry '${name}' is encrypted`);
  if (method !== STORED && method !== DEFLATED) fail(`entry '${name}' is compressed in a way that is not supported (${method})`);
  const { size, compressedSize, offset } = lengthsOf(record, nameLength, view.getUint16(30, true));
  if (view.getUint16(34, true) !== 0) fail("archives of several parts are not supported");
  const start = offset + shift;
  if (start + LOCAL_LENGTH > directoryStart) fail(`entry '${name}' lies outside of the archive`);
  const local = file.read(start, LOCAL_LENGTH + nameLength);
  const localView = viewOf(local);
  if (local.length < LOCAL_LENGTH || localView.getUint32(0, true) !== SIGNATURES.local)
    fail(`entry '${name}' has no local record`);
  const sameName =
    localView.getUint16(26, true) === nameLength && nameBytes.every((byte, index) => local[LOCAL_LENGTH + index] === byte);
  if (!sameName) fail(`entry '${name}' has another name in its local record`);
  const dataStart = start + LOCAL_LENGTH + nameLength + localView.getUint16(28, true);
  if (dataStart + compressedSize > directoryStart) fail(`the data of entry '${name}' lies outside of the archive`);
  if (method === STORED && size !== compressedSize) fail(`entry '${name}' states two lengths`);
  const isUnix = (view.getUint16(4, true) >> 8) % 256 === 3;
  return {
    name,
    isDirectory: name.endsWith("/"),
    method,
    crc: view.getUint32(16, true),
    compressedSize,
    size,
    mode: isUnix ? view.getUint16(40, true) : 0,
    start,
    dataStart,
    end: directoryStart,
    central: record,
  };
}

/** Sets where each record ends, and refuses records that share bytes. */
function findEnds(entries: readonly Draft[]): void {
  const sorted = [...entries].sort((a, b) => a.start - b.start);
  sorted.forEach((entry, index) => {
    const next = sorted[index + 1];
    if (next === undefined) return;
    if (next.start < entry.dataStart + entry.compressedSize) fail(`entries '${entry.name}' and '${next.name}' overlap`);
    entry.end = next.start;
  });
}

/** Reads the structure of an archive. Throws a `ZipError`, or a `RangeError` if a structure is cut off. */
export function readArchive(file: ByteSource): Archive {
  const end = readEnd(file);
  const directoryStart = end.limit - end.directorySize;
  const shift = directoryStart - end.directoryOffset;
  if (directoryStart < 0 || shift < 0) fail("the central directory lies outside of the file");
  if (end.directorySize > LONGEST_DIRECTORY || end.count * CENTRAL_LENGTH > end.directorySize)
    fail("the central directory is not as long as the archive says");
  if (end.count > MOST_ENTRIES) fail(`the archive has more than ${MOST_ENTRIES} entries`);
  const directory = file.read(directoryStart, end.directorySize);
  const view = viewOf(directory);
  const names = new Set<string>();
  const entries: Draft[] = [];
  let at = 0;
  for (let index = 0; index < end.count; index += 1) {
    if (at + CENTRAL_LENGTH > directory.length || view.getUint32(at, true) !== SIGNATURES.central)
      fail("the central directory is damaged");
    const next =
      at + CENTRAL_LENGTH + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > directory.length) fail("the central directory is damaged");
    const entry = readEntry(file, directory.subarray(at, next), shift, directoryStart);
    if (names.has(entry.name)) fail(`entry '${entry.name}' occurs twice`);
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (at !== directory.length) fail("the central directory is not as long as the archive says");
  findEnds(entries);
  return { entries, directoryStart, shift, end64: end.end64, tail: end.tail };
}
