/**
 * Strings of c4m are sequences of bytes; this file is the bridge to JavaScript's strings (see `values.ts`): text that is valid UTF-8 is held decoded,
 * every other byte as one lone low surrogate U+DC80…U+DCFF. Lengths and positions of builtins count bytes, the index operator counts code points
 * (`builtins.md` 0.2, `language.md` 3.6).
 */

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A lone surrogate in the escape range. With the `u` flag halves of real pairs don't match. */
const escapedByte = /[\uDC80-\uDCFF]/u;
const nonAscii = /[^\x00-\x7f]/;

export function isAscii(text: string): boolean {
  return !nonAscii.test(text);
}

/** Bytes into a c4m string; nothing is lost. */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** Length of the valid UTF-8 sequence that starts at `at`, 0 if there is none (no overlong forms, no surrogates, nothing above U+10FFFF). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] as number;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second >= 0xa0) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second >= 0x90) return 0;
  return length;
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = "";
  let validFrom = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > validFrom) text += strictDecoder.decode(bytes.subarray(validFrom, at));
    text += String.fromCharCode(0xdc00 + (bytes[at] as number));
    at++;
    validFrom = at;
  }
  if (at > validFrom) text += strictDecoder.decode(bytes.subarray(validFrom, at));
  return text;
}

/** The bytes of a c4m string. */
export function encodeText(text: string): Uint8Array {
  if (!escapedByte.test(text)) return encoder.encode(text);
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) bytes[length++] = code - 0xdc00;
    else {
      const piece = encoder.encode(character);
      bytes.set(piece, length);
      length += piece.length;
    }
  }
  return bytes.subarray(0, length);
}

/** Bytes as a string of one character per byte ("binary string"), for searches that may cut characters. */
export function toBinary(text: string): string {
  const bytes = encodeText(text);
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return binary;
}

/** The inverse of `toBinary`. */
export function fromBinary(binary: string): string {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return decodeBytes(bytes);
}

/** Re-joins escaped bytes that have come to stand beside each other and now form a character. */
export function rejoin(text: string): string {
  return escapedByte.test(text) ? decodeBytes(encodeText(text)) : text;
}

/** Concatenation of byte sequences. */
export function concat(a: string, b: string): string {
  const first = b.charCodeAt(0);
  return first >= 0xdc80 && first <= 0xdcff ? rejoin(a + b) : a + b;
}

/** Number of bytes. */
export function byteLength(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xdc00) {
      length += 4;
      i++;
    } else if (unit >= 0xdc80 && unit <= 0xdcff) length += 1;
    else length += 3;
  }
  return length;
}

/** The bytes from `start` to before `end`, both already clamped to 0 … length. A character may be cut. */
export function sliceBytes(text: string, start: number, end: number): string {
  if (start >= end) return "";
  if (isAscii(text)) return text.slice(start, end);
  return decodeBytes(encodeText(text).subarray(start, end));
}

/** Number of code points; an invalid byte counts as one. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      length--;
      i++;
    }
  }
  return length;
}

/** The code point with index `index`, U+FFFD for an invalid byte; undefined if out of range. */
export function codePointAt(text: string, index: number): number | undefined {
  if (index < 0) return undefined;
  let unitIndex = 0;
  for (let i = 0; i < index && unitIndex < text.length; i++) {
    const unit = text.charCodeAt(unitIndex);
    unitIndex += unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
  }
  const code = text.codePointAt(unitIndex);
  return code === undefined ? undefined : replaceEscape(code);
}

/** All code points, U+FFFD for every invalid byte. */
export function codePoints(text: string): number[] {
  const codes: number[] = [];
  for (const character of text) codes.push(replaceEscape(character.codePointAt(0) as number));
  return codes;
}

function replaceEscape(code: number): number {
  return code >= 0xdc80 && code <= 0xdcff ? 0xfffd : code;
}

/** The string as well-formed Unicode: every invalid byte becomes U+FFFD. For output that must be UTF-8. */
export function wellFormed(text: string): string {
  return escapedByte.test(text) ? text.replace(/[\uDC80-\uDCFF]/gu, "\uFFFD") : text;
}

/** Order by bytes: negative, 0 or positive. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // UTF-16 order is byte order as long as no surrogate takes part.
    if (left < 0xd800 && right < 0xd800) return left - right;
    return compareBytes(encodeText(a), encodeText(b));
  }
  return a.length - b.length;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Index in bytes of the first occurrence, or -1. */
export function findText(text: string, part: string): number {
  if (escapedByte.test(part)) return toBinary(text).indexOf(toBinary(part));
  const index = text.indexOf(part);
  return index <= 0 ? index : byteLength(text.slice(0, index));
}

/** Splits at every occurrence of a non-empty separator. */
export function splitText(text: string, separator: string): string[] {
  if (escapedByte.test(separator)) return toBinary(text).split(toBinary(separator)).map(fromBinary);
  return text.split(separator);
}

/** Replaces all occurrences of a non-empty pattern, left to right. */
export function replaceText(text: string, pattern: string, replacement: string): string {
  if (escapedByte.test(pattern)) return fromBinary(toBinary(text).split(toBinary(pattern)).join(toBinary(replacement)));
  return rejoin(text.split(pattern).join(replacement));
}

export function startsWith(text: string, prefix: string): boolean {
  return escapedByte.test(prefix) ? toBinary(text).startsWith(toBinary(prefix)) : text.startsWith(prefix);
}

export function endsWith(text: string, suffix: string): boolean {
  return escapedByte.test(suffix) ? toBinary(text).endsWith(toBinary(suffix)) : text.endsWith(suffix);
}
