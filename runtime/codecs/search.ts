/**
 * Searching a file for the magic without holding it in memory (`marks-and-codecs.md` 1.5).
 */
import { MAGIC } from "../marks/format.js";
import { findMagic } from "../marks/locate.js";
import { type ByteSource, CHUNK } from "./candidate.js";

/** Offsets of the magic from `from` on, found piece by piece. */
export function* magicOffsets(file: ByteSource, from: number): Generator<number> {
  const overlap = MAGIC.length - 1;
  for (let base = from; base < file.size; base += CHUNK) {
    const bytes = file.read(base, CHUNK + overlap);
    for (let at = findMagic(bytes, 0); at >= 0; at = findMagic(bytes, at + 1)) if (at < CHUNK) yield base + at;
  }
}

/** Does the magic occur at all? */
export function holdsMagic(file: ByteSource): boolean {
  return magicOffsets(file, 0).next().done !== true;
}
