/**
 * Searching a file for the magic without holding it in memory (`marks-and-codecs.md` 1.5).
 */

import { findObjectEnd } from "../json.js";
import { MAGIC } from "../marks/format.js";
import { type BrokenMark, findMagic, type LocatedMark, markStart, readMarkAt } from "../marks/locate.js";
import { type ByteSource, CHUNK } from "./candidate.js";

/** How far before the magic its opening brace is looked for. */
const LOOK_BACK = 4096;
const FIRST_WINDOW = 64 << 10;

/** Offsets of the magic from `from` on, found piece by piece. */
export function* magicOffsets(file: ByteSource, from: number): Generator<number> {
  const overlap = MAGIC.length - 1;
  for (let base = from; base < file.size; base += CHUNK) {
    const bytes = file.read(base, CHUNK + overlap);
    for (let at = findMagic(bytes, 0); at >= 0; at = findMagic(bytes, at + 1)) if (at < CHUNK) yield base + at;
  }
}

/** Does a word of ASCII characters occur in a file? */
export function holdsWord(file: ByteSource, word: string): boolean {
  const decoder = new TextDecoder("latin1");
  for (let base = 0; base < file.size; base += CHUNK)
    if (decoder.decode(file.read(base, CHUNK + word.length - 1)).includes(word)) return true;
  return false;
}

/** Does the magic occur at all? */
export function holdsMagic(file: ByteSource): boolean {
  return magicOffsets(file, 0).next().done !== true;
}

/** Reads the object around a magic, in a window that grows until the object ends in it. */
export function readAround(file: ByteSource, magic: number, duplicate?: (key: string) => void): LocatedMark | BrokenMark {
  const base = Math.max(0, magic - LOOK_BACK);
  for (let length = FIRST_WINDOW; ; length *= 8) {
    const bytes = file.read(base, length);
    const start = markStart(bytes, magic - base);
    if (start !== undefined && findObjectEnd(bytes, start) === undefined && base + bytes.length < file.size) continue;
    const candidate = readMarkAt(bytes, magic - base, duplicate === undefined ? {} : { duplicate });
    if ("kind" in candidate) return { ...candidate, offset: base + candidate.offset };
    return { object: candidate.object, start: base + candidate.start, end: base + candidate.end };
  }
}
