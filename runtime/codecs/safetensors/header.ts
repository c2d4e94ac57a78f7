/**
 * The header of a SafeTensors file as text that is edited, not written anew (`marks-and-codecs.md` 12.2): where members begin and end, and where commas
 * stand. The text is known to be valid JSON when it is looked at here; offsets are bytes.
 */
import { parseJson } from "../../json.js";

const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d];
const BRACKETS = { open: new Set([0x7b, 0x5b]), close: new Set([0x7d, 0x5d]) };

/** Longer than either key of ours in any spelling. */
const LONGEST_KEY = 128;

/** A member of an object. */
export interface Member {
  /** First byte of the key, first byte of the value, and the byte behind the value. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  /** The comma in front of it and the one behind it. */
  readonly commaBefore: number | undefined;
  readonly commaAfter: number | undefined;
}

export interface ObjectSpan {
  /** The braces. */
  readonly open: number;
  readonly close: number;
  readonly count: number;
  /** The member that was asked for; the last of that name, since that one counts. */
  readonly wanted: Member | undefined;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipSpace(text: Uint8Array, at: number): number {
  while (isSpace(text[at])) at += 1;
  return at;
}

/** Just behind a string that begins at `at`. */
function skipString(text: Uint8Array, at: number): number {
  at += 1;
  while (text[at] !== QUOTE && at < text.length) at += text[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Just behind a value that begins at `at`. */
function skipValue(text: Uint8Array, at: number): number {
  if (text[at] === QUOTE) return skipString(text, at);
  let depth = 0;
  while (at < text.length) {
    const byte = text[at] as number;
    if (byte === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (BRACKETS.open.has(byte)) depth += 1;
    else if (BRACKETS.close.has(byte)) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return at;
    at += 1;
  }
  return at;
}

/** Is a key, as it stands in the text, that name? */
function isKey(quotedKey: Uint8Array, name: string): boolean {
  if (quotedKey.length > LONGEST_KEY) return false;
  const parsed = parseJson(quotedKey);
  return "value" in parsed && parsed.value === name;
}

/**
 * The object whose brace is the first byte at or behind `at` that is no space, and its member of a given name. Undefined if there is no object.
 */
export function readObject(text: Uint8Array, at: number, name: string): ObjectSpan | undefined {
  const open = skipSpace(text, at);
  if (text[open] !== OPEN) return undefined;
  let count = 0;
  let wanted: Member | undefined;
  let commaBefore: number | undefined;
  let position = skipSpace(text, open + 1);
  while (text[position] === QUOTE) {
    const start = position;
    const keyEnd = skipString(text, start);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, valueStart);
    position = skipSpace(text, end);
    const commaAfter = text[position] === COMMA ? position : undefined;
    count += 1;
    if (isKey(text.subarray(start, keyEnd), name)) wanted = { start, valueStart, end, commaBefore, commaAfter };
    if (commaAfter === undefined) break;
    commaBefore = commaAfter;
    position = skipSpace(text, commaAfter + 1);
  }
  return text[position] === CLOSE ? { open, close: position, count, wanted } : undefined;
}

/** What to cut so that a member is gone: with the comma behind it, else with that in front of it. */
export function cutOf(member: Member): { readonly start: number; readonly end: number } {
  if (member.commaAfter !== undefined) return { start: member.start, end: member.commaAfter + 1 };
  return { start: member.commaBefore ?? member.start, end: member.end };
}

/** A JSON string in upstream's spelling. */
export function quoted(text: string): string {
  const short: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const escaped = text.replace(
    /["\\\u0000-\u001f]/g,
    (unit) => short[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
