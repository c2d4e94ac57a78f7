/**
 * Socket tables of the kernel (`/proc/net/{tcp,udp,tcp6,udp6}`) into report rows (`collection.md` 2.2): the bytes are walked once, without strings, splitting or
 * regular expressions.
 */
import type { Json } from "../json.js";
import { littleEndian } from "./kernel-text.js";
import { type RowWriter, type SocketFilter, writeRows } from "./socket-rows.js";

/** Columns of a data line that count; the last of them must be there. */
const [localColumn, remoteColumn, stateColumn, ownerColumn, inodeColumn] = [1, 2, 3, 7, 9];
const neededColumns = 10;

const [newline, blank, colon, zero] = [10, 32, 58, 48];

/** Value of a hex digit, -1 for other bytes. */
const digitValues = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  digitValues[value.toString(16).charCodeAt(0)] = value;
  digitValues[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** A row that could not be understood is left out; this is thrown inside and counted outside. */
class BadRow extends Error {}

function hexNumber(bytes: Uint8Array, from: number, to: number): number {
  let start = from;
  if (to - from > 2 && bytes[from] === zero && (bytes[from + 1]! | 32) === 120) start += 2;
  if (start >= to) throw new BadRow();
  let value = 0;
  for (let at = start; at < to; at++) {
    const digit = digitValues[bytes[at]!]!;
    if (digit < 0) throw new BadRow();
    value = value * 16 + digit;
  }
  return value;
}

/** The byte written by the two digits at `at`, -1 if they are none. */
function pair(bytes: Uint8Array, at: number): number {
  const [high, low] = [digitValues[bytes[at]!]!, digitValues[bytes[at + 1]!]!];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function allHex(bytes: Uint8Array, from: number, count: number): boolean {
  for (let at = from; at < from + count; at++) if (digitValues[bytes[at]!]! < 0) return false;
  return true;
}

/** Dotted form of the word of eight digits at `at`; in the machine's byte order. */
function writeIpv4(out: RowWriter, bytes: Uint8Array, at: number, little: boolean): void {
  if (little) out.ipv4(pair(bytes, at + 6), pair(bytes, at + 4), pair(bytes, at + 2), pair(bytes, at));
  else out.ipv4(pair(bytes, at), pair(bytes, at + 2), pair(bytes, at + 4), pair(bytes, at + 6));
}

const lowerCase = (byte: number) => (byte >= 65 && byte <= 70 ? byte + 32 : byte);

/** Start of an IPv4-mapped address in the 32 digits at `at`: 80 zero bits, 16 one bits. */
function isMapped(bytes: Uint8Array, at: number, little: boolean): boolean {
  for (let index = 0; index < 16; index++) if (bytes[at + index] !== zero) return false;
  // The third word is 0000ffff in network order.
  return little
    ? pair(bytes, at + 16) === 255 && pair(bytes, at + 18) === 255 && pair(bytes, at + 20) === 0 && pair(bytes, at + 22) === 0
    : pair(bytes, at + 16) === 0 && pair(bytes, at + 18) === 0 && pair(bytes, at + 20) === 255 && pair(bytes, at + 22) === 255;
}

function writeIpv6(out: RowWriter, bytes: Uint8Array, at: number, little: boolean): void {
  if (isMapped(bytes, at, little)) {
    writeIpv4(out, bytes, at + 24, little);
    return;
  }
  for (let index = 0; index < 16; index++) {
    if (index > 0 && index % 2 === 0) out.byte(colon);
    const word = at + (index >> 2) * 8;
    const within = index & 3;
    const source = word + (little ? 6 - within * 2 : within * 2);
    out.byte(lowerCase(bytes[source]!));
    out.byte(lowerCase(bytes[source + 1]!));
  }
}

/** `"address", port`; the address is empty if its digits are not what they should be, a bad port costs the row. */
function writeEndpoint(out: RowWriter, bytes: Uint8Array, from: number, to: number, little: boolean): void {
  let middle = from;
  while (middle < to && bytes[middle] !== colon) middle++;
  const digits = middle - from;
  out.quote();
  if (digits >= 32 ? allHex(bytes, from, 32) : digits >= 8 && allHex(bytes, from, 8)) {
    if (digits >= 32) writeIpv6(out, bytes, from, little);
    else writeIpv4(out, bytes, from, little);
  }
  out.quote();
  out.separator();
  const port = hexNumber(bytes, middle + 1, to);
  if (port > 0xffff) throw new BadRow();
  out.number(port);
}

/** A decimal counter as it stands, without leading zeros, clamped at 2^63-1. */
function writeDecimal(out: RowWriter, bytes: Uint8Array, from: number, to: number): void {
  if (from >= to) throw new BadRow();
  for (let at = from; at < to; at++) if (bytes[at]! < zero || bytes[at]! > zero + 9) throw new BadRow();
  let start = from;
  while (start < to - 1 && bytes[start] === zero) start++;
  const digits = bytes.subarray(start, to);
  if (digits.length < 19) out.all(digits);
  else {
    const value = BigInt(String.fromCharCode(...digits));
    const text = String(value > 0x7fffffffffffffffn ? 0x7fffffffffffffffn : value);
    for (let index = 0; index < text.length; index++) out.byte(text.charCodeAt(index));
  }
}

/** The rows found so far. */
interface Progress {
  readonly out: RowWriter;
  readonly filter: SocketFilter;
  readonly little: boolean;
  bad: number;
}

const starts = new Int32Array(neededColumns);
const ends = new Int32Array(neededColumns);

/** Finds the columns of the line at `position`; false if there are too few. */
function findColumns(bytes: Uint8Array, position: number, end: number): boolean {
  let at = position;
  for (let column = 0; column < neededColumns; column++) {
    while (at < end && bytes[at]! <= blank) at++;
    if (at === end) return false;
    starts[column] = at;
    while (at < end && bytes[at]! > blank) at++;
    ends[column] = at;
  }
  return true;
}

/** Adds the row whose columns were found. */
function addRow(progress: Progress, bytes: Uint8Array): void {
  const { out, filter, little } = progress;
  const state = hexState(bytes, starts[stateColumn]!, ends[stateColumn]!);
  const name = filter.states[state < filter.states.length ? state : 0];
  if (name === undefined) return;
  const mark = out.length;
  try {
    out.beginRow();
    writeEndpoint(out, bytes, starts[localColumn]!, ends[localColumn]!, little);
    out.separator();
    writeEndpoint(out, bytes, starts[remoteColumn]!, ends[remoteColumn]!, little);
    out.separator();
    out.all(name);
    out.separator();
    writeDecimal(out, bytes, starts[ownerColumn]!, ends[ownerColumn]!);
    out.separator();
    writeDecimal(out, bytes, starts[inodeColumn]!, ends[inodeColumn]!);
    out.endRow();
  } catch (error) {
    if (!(error instanceof BadRow)) throw error;
    out.length = mark;
    progress.bad++;
  }
}

/** Adds the rows of one table, which comes in pieces of any size; its first line is a header. */
function addTable(progress: Progress, pieces: Iterable<Uint8Array>): void {
  let pending: Uint8Array = new Uint8Array(0);
  let isHeader = true;
  const addLines = (bytes: Uint8Array, limit: number) => {
    for (let position = 0; position < limit; ) {
      const found = bytes.indexOf(newline, position);
      const end = found < 0 || found > limit ? limit : found;
      if (!isHeader && findColumns(bytes, position, end)) addRow(progress, bytes);
      isHeader = false;
      position = end + 1;
    }
  };
  for (const piece of pieces) {
    let bytes = piece;
    if (pending.length > 0) {
      bytes = new Uint8Array(pending.length + piece.length);
      bytes.set(pending);
      bytes.set(piece, pending.length);
    }
    const whole = bytes.lastIndexOf(newline) + 1;
    addLines(bytes, whole);
    pending = bytes.subarray(whole);
  }
  addLines(pending, pending.length);
}

/** A state that is no number is as unknown as one without a name. */
function hexState(bytes: Uint8Array, from: number, to: number): number {
  try {
    return hexNumber(bytes, from, to);
  } catch {
    return 0;
  }
}

/**
 * The rows of the tables, in their order; `bad` counts lines that were not understood. `little` is the byte order of the machine that printed the tables.
 */
export function socketTableRows(
  tables: readonly Iterable<Uint8Array>[],
  filter: SocketFilter,
  little = littleEndian,
): { readonly rows: readonly Json[]; readonly bad: number } {
  let bad = 0;
  const rows = writeRows((out) => {
    const progress: Progress = { out, filter, little, bad: 0 };
    for (const table of tables) addTable(progress, table);
    bad = progress.bad;
  });
  return { rows, bad };
}
