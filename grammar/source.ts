/**
 * From bytes to source text. c4m files are UTF-8; an undecodable byte is no reason to refuse a file, it is read as the code point of the same
 * value and reported as C4M-W001 (`language.md` 1.1). The line table is made once, here, so that every later stage can name places.
 */
import { type Diagnostic, diagnostic } from "./diagnostic.js";
import { type LineTable, lineTable, locate } from "./span.js";

/** A decoded source file. */
export interface SourceFile {
  readonly name: string;
  /** Without the byte-order mark. */
  readonly text: string;
  readonly table: LineTable;
}

/** Warnings about undecodable bytes beyond this many say nothing new. */
const maximumWarnings = 50;

/** Wraps text that is already decoded; a leading byte-order mark is dropped. */
export function sourceFromText(name: string, text: string): SourceFile {
  const clean = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return { name, text: clean, table: lineTable(name, clean) };
}

/**
 * Decodes a file (`language.md` 1.1): one leading byte-order mark is skipped; each undecodable byte becomes the code point of the same value
 * with warning C4M-W001, once per line and 50 times at most.
 */
export function decodeSource(name: string, bytes: Uint8Array): { source: SourceFile; diagnostics: Diagnostic[] } {
  try {
    return {
      source: sourceFromText(name, new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)),
      diagnostics: [],
    };
  } catch {
    const { text, offsets } = decodeLeniently(bytes);
    const source = sourceFromText(name, text);
    const skipped = text.length - source.text.length;
    const diagnostics: Diagnostic[] = [];
    let lastLine = 0;
    for (const offset of offsets) {
      const start = offset - skipped;
      const location = locate(source.table, { start, end: start + 1 });
      if (location.line === lastLine || diagnostics.length >= maximumWarnings) continue;
      lastLine = location.line;
      const byte = text.charCodeAt(offset).toString(16).padStart(2, "0").toUpperCase();
      diagnostics.push(
        diagnostic("C4M-W001", location, `the byte 0x${byte} is not part of valid UTF-8 text; it is read as U+00${byte}`, {
          hint: "Save the file as UTF-8.",
        }),
      );
    }
    return { source, diagnostics };
  }
}

/** So much of the beginning of a file tells whether it is text. */
const sampleLength = 8192;

/**
 * Is this something else than text: a program, an archive, a picture? Such a file would give thousands of errors that say nothing. Single control
 * characters don't count, they are errors with a place.
 */
export function isBinary(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, sampleLength);
  const controls = sample.reduce((count, byte) => count + (byte < 0x20 && (byte < 0x09 || byte > 0x0d) ? 1 : 0), 0);
  return controls > 8 && controls * 20 > sample.length;
}

/** Decodes valid sequences as UTF-8 and every other byte as itself; `offsets` are the places of the latter in the text. */
function decodeLeniently(bytes: Uint8Array): { text: string; offsets: number[] } {
  const parts: string[] = [];
  const offsets: number[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let length = 0;
  let goodFrom = 0;
  const flush = (end: number): void => {
    if (end === goodFrom) return;
    const part = decoder.decode(bytes.subarray(goodFrom, end));
    parts.push(part);
    length += part.length;
  };
  for (let i = 0; i < bytes.length; ) {
    const size = sequenceLength(bytes, i);
    if (size > 0) {
      i += size;
      continue;
    }
    flush(i);
    offsets.push(length);
    parts.push(String.fromCharCode(bytes[i] as number));
    length += 1;
    i += 1;
    goodFrom = i;
  }
  flush(bytes.length);
  return { text: parts.join(""), offsets };
}

/** Length of the well-formed UTF-8 sequence that starts at `i`, or 0 (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i] as number;
  if (first < 0x80) return 1;
  const second = bytes[i + 1] ?? 0;
  const continues = (at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  if (first >= 0xc2 && first <= 0xdf) return continues(i + 1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const low = first === 0xe0 ? 0xa0 : 0x80;
    const high = first === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && continues(i + 2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const low = first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high && continues(i + 2) && continues(i + 3) ? 4 : 0;
  }
  return 0;
}
