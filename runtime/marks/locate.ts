/**
 * Finding a mark in a stream of bytes (`marks-and-codecs.md` 1.5, 1.7): look for the magic, walk back over `"`, colon and `"MAGIC"` to the opening brace,
 * and read one JSON object from there. Only 0x20 counts as space on the way back.
 */
import { findObjectEnd, type JsonObject, parseJson } from "../json.js";
import { hasMagic, MAGIC } from "./format.js";

/** An object with the magic, and where its bytes are. `size` 1 in `object` means: a placeholder. */
export interface LocatedMark {
  readonly object: JsonObject;
  readonly start: number;
  /** Just after the closing brace. */
  readonly end: number;
}

/** Something that looked like a mark and is none. */
export interface BrokenMark {
  /** Offset of the magic (`no start`) or of the reader's complaint. */
  readonly offset: number;
  readonly kind: "no start" | "invalid JSON";
  readonly reason: string;
}

export interface LocateResult {
  readonly found: LocatedMark | undefined;
  readonly broken: readonly BrokenMark[];
}

export interface LocateOptions {
  /** Told about each key that occurs twice in one object. */
  readonly duplicate?: (key: string) => void;
}

/** After so many broken candidates a stream is given up: no honest file has them, and each may cost a read to the end. */
export const MOST_BROKEN = 100;

const MAGIC_BYTES = new TextEncoder().encode(MAGIC);
const MAGIC_KEY_BYTES = new TextEncoder().encode('"MAGIC"');
const SPACE = 0x20;
const FIRST = MAGIC_BYTES[0]!;

/** Offset of the magic at or after `from`, or -1. */
export function findMagic(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(FIRST, from);
    at >= 0 && at + MAGIC_BYTES.length <= bytes.length;
    at = bytes.indexOf(FIRST, at + 1)
  ) {
    if (matches(bytes, at, MAGIC_BYTES)) return at;
  }
  return -1;
}

function matches(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  if (at < 0) return false;
  for (let index = 0; index < word.length; index += 1) if (bytes[at + index] !== word[index]) return false;
  return true;
}

function skipSpacesBack(bytes: Uint8Array, at: number): number {
  while (at > 0 && bytes[at - 1] === SPACE) at -= 1;
  return at;
}

/** Offset of the brace that begins the object whose magic is at `magic`; undefined if what stands before it is something else. */
export function markStart(bytes: Uint8Array, magic: number): number | undefined {
  if (bytes[magic - 1] !== 0x22) return undefined;
  const colon = skipSpacesBack(bytes, magic - 1) - 1;
  if (bytes[colon] !== 0x3a) return undefined;
  const key = skipSpacesBack(bytes, colon) - MAGIC_KEY_BYTES.length;
  if (!matches(bytes, key, MAGIC_KEY_BYTES)) return undefined;
  const brace = skipSpacesBack(bytes, key) - 1;
  return bytes[brace] === 0x7b ? brace : undefined;
}

/**
 * Searches bytes for a mark or placeholder.
 * @returns the first valid one, and every broken candidate that was met on the way, once each.
 */
export function locateMark(bytes: Uint8Array, options: LocateOptions = {}): LocateResult {
  const broken: BrokenMark[] = [];
  for (let magic = findMagic(bytes, 0); magic >= 0 && broken.length < MOST_BROKEN; magic = findMagic(bytes, magic + 1)) {
    const candidate = readMarkAt(bytes, magic, options);
    if (!("kind" in candidate)) return { found: candidate, broken };
    broken.push(candidate);
  }
  return { found: undefined, broken };
}

/** Reads the object whose magic is at a given offset. */
export function readMarkAt(bytes: Uint8Array, magic: number, options: LocateOptions): LocatedMark | BrokenMark {
  const start = markStart(bytes, magic);
  if (start === undefined) return { offset: magic, kind: "no start", reason: "no JSON start before the magic" };
  const end = findObjectEnd(bytes, start);
  const parsed = parseJson(bytes.subarray(start, end), options);
  if ("error" in parsed) return { offset: start + parsed.at, kind: "invalid JSON", reason: parsed.error };
  if (!hasMagic(parsed.value)) return { offset: start, kind: "invalid JSON", reason: "MAGIC is overwritten by a later member" };
  return { object: parsed.value, start, end: start + parsed.end };
}

/** No mark is longer (bytes); what claims to be is not read. */
export const LONGEST_MARK = 256 << 20;

/**
 * Reads the content of a container made for a mark (ELF section, ZIP entry, sidecar), from its first byte.
 * @returns the object with the magic, or what is wrong with the content.
 */
export function readContainedMark(
  content: Uint8Array,
  duplicate?: (key: string) => void,
): JsonObject | { readonly error: string } {
  const parsed = parseJson(content, duplicate === undefined ? {} : { duplicate });
  if ("error" in parsed) return { error: `Invalid JSON at byte ${parsed.at}: ${parsed.error}` };
  return hasMagic(parsed.value) ? parsed.value : { error: "no object that begins with MAGIC" };
}
