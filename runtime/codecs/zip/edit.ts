/**
 * Editing an archive in place (`marks-and-codecs.md` 8.4): untouched entries keep their local records, compressed bytes and central records, in their
 * order; only offsets change. What is put in anew is deflated. ZIP64 structures are written where numbers ask for it, and kept where they were.
 */
import { deflateSync } from "fflate";
import { viewOf } from "../../bytes.js";
import { type Content, type Piece, pieceLength } from "../candidate.js";
import {
  type Archive,
  CENTRAL_LENGTH,
  DEFLATED,
  END_LENGTH,
  type Entry,
  LOCAL_LENGTH,
  MAX16,
  MAX32,
  SIGNATURES,
  ZIP64_EXTRA,
} from "./archive.js";
import { crc32 } from "./crc.js";

export interface ArchiveChanges {
  /** New content by name; names that the archive doesn't have are added at the end. */
  readonly put: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mode: number }>;
  readonly remove: ReadonlySet<string>;
  /** Modification time of what is put in: DOS date and time. */
  readonly time: { readonly date: number; readonly time: number };
}

const UNIX_MADE = 0x0314;
const VERSION = 20;
const VERSION64 = 45;
const REGULAR = 0o100000;
const UTF8_NAME = 0x800;

/** Local time in the form of DOS, which begins in 1980 and counts pairs of seconds. */
export function dosTime(milliseconds: number, minutesEast: number): { date: number; time: number } {
  const local = new Date(milliseconds + minutesEast * 60_000);
  const year = Math.min(2107, Math.max(1980, local.getUTCFullYear()));
  if (year !== local.getUTCFullYear()) return { date: ((year - 1980) << 9) | (1 << 5) | 1, time: 0 };
  return {
    date: ((year - 1980) << 9) | ((local.getUTCMonth() + 1) << 5) | local.getUTCDate(),
    time: (local.getUTCHours() << 11) | (local.getUTCMinutes() << 5) | (local.getUTCSeconds() >> 1),
  };
}

interface Fresh {
  readonly name: Uint8Array;
  /** The flag that says that the name is UTF-8. */
  readonly nameFlag: number;
  readonly data: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly mode: number;
}

function fresh(name: string, bytes: Uint8Array, mode: number): Fresh {
  const encoded = new TextEncoder().encode(name);
  const nameFlag = encoded.every((byte) => byte < 128) ? 0 : UTF8_NAME;
  return { name: encoded, nameFlag, data: deflateSync(bytes), size: bytes.length, crc: crc32(bytes), mode };
}

/** The name of an entry as its archive spells it, which need not be UTF-8. */
function spelledAs({ central }: Entry): Pick<Fresh, "name" | "nameFlag"> {
  const view = viewOf(central);
  const name = central.subarray(CENTRAL_LENGTH, CENTRAL_LENGTH + view.getUint16(28, true));
  return { name, nameFlag: view.getUint16(8, true) & UTF8_NAME };
}

/** The fields that local and central record share, from `at` on. */
function writeCommon(view: DataView, at: number, entry: Fresh, changes: ArchiveChanges): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, entry.nameFlag, true);
  view.setUint16(at + 4, DEFLATED, true);
  view.setUint16(at + 6, changes.time.time, true);
  view.setUint16(at + 8, changes.time.date, true);
  view.setUint32(at + 10, entry.crc, true);
  view.setUint32(at + 14, entry.data.length, true);
  view.setUint32(at + 18, entry.size, true);
  view.setUint16(at + 22, entry.name.length, true);
}

function localRecord(entry: Fresh, changes: ArchiveChanges): Uint8Array {
  const record = new Uint8Array(LOCAL_LENGTH + entry.name.length);
  const view = viewOf(record);
  view.setUint32(0, SIGNATURES.local, true);
  writeCommon(view, 4, entry, changes);
  record.set(entry.name, LOCAL_LENGTH);
  return record;
}

/** `old`: the record of the entry that is replaced, whose attributes, comment and so on stay. */
function centralRecord(entry: Fresh, changes: ArchiveChanges, old: Uint8Array | undefined): Uint8Array {
  const comment = old === undefined ? new Uint8Array(0) : commentOf(old);
  const record = new Uint8Array(CENTRAL_LENGTH + entry.name.length + comment.length);
  const view = viewOf(record);
  view.setUint32(0, SIGNATURES.central, true);
  writeCommon(view, 6, entry, changes);
  view.setUint16(32, comment.length, true);
  if (old === undefined) {
    view.setUint16(4, UNIX_MADE, true);
    view.setUint32(38, (entry.mode | REGULAR) * 65536, true);
  } else {
    record.set(old.subarray(4, 6), 4);
    record.set(old.subarray(36, 42), 36);
  }
  record.set(entry.name, CENTRAL_LENGTH);
  record.set(comment, CENTRAL_LENGTH + entry.name.length);
  return record;
}

function commentOf(record: Uint8Array): Uint8Array {
  return record.subarray(record.length - viewOf(record).getUint16(32, true));
}

/** A central record with another offset. */
function withOffset(record: Uint8Array, offset: number): Uint8Array {
  const copy = record.slice();
  const view = viewOf(copy);
  const nameLength = view.getUint16(28, true);
  const extraStart = CENTRAL_LENGTH + nameLength;
  const extra = copy.subarray(extraStart, extraStart + view.getUint16(30, true));
  const place = offsetInExtra(view, extra);
  if (place !== undefined) {
    viewOf(extra).setBigUint64(place, BigInt(offset), true);
    return copy;
  }
  if (offset < MAX32) {
    view.setUint32(42, offset, true);
    return copy;
  }
  return withOffsetField(copy, extraStart, extra, offset);
}

/** Where in the extra fields the offset is, if it is there. */
function offsetInExtra(view: DataView, extra: Uint8Array): number | undefined {
  if (view.getUint32(42, true) !== MAX32) return undefined;
  const fields = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + fields.getUint16(at + 2, true)) {
    if (fields.getUint16(at, true) !== ZIP64_EXTRA) continue;
    const before = [24, 20].filter((field) => view.getUint32(field, true) === MAX32).length;
    const place = at + 4 + 8 * before;
    return place + 8 <= extra.length ? place : undefined;
  }
  return undefined;
}

/** The record with the offset moved into a ZIP64 field: appended to the one that is there, or in one of its own. */
function withOffsetField(record: Uint8Array, extraStart: number, extra: Uint8Array, offset: number): Uint8Array {
  const fields = viewOf(extra);
  const kept: Uint8Array[] = [];
  let values: Uint8Array = new Uint8Array(0);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = Math.min(extra.length, at + 4 + fields.getUint16(at + 2, true));
    if (fields.getUint16(at, true) === ZIP64_EXTRA) values = extra.subarray(at + 4, end);
    else kept.push(extra.subarray(at, end));
    at = end;
  }
  const field = new Uint8Array(4 + values.length + 8);
  viewOf(field).setUint16(0, ZIP64_EXTRA, true);
  viewOf(field).setUint16(2, values.length + 8, true);
  field.set(values, 4);
  viewOf(field).setBigUint64(4 + values.length, BigInt(offset), true);
  const fresh = joined([record.subarray(0, extraStart), ...kept, field, record.subarray(extraStart + extra.length)]);
  viewOf(fresh).setUint16(30, fresh.length - extraStart - commentOf(record).length, true);
  viewOf(fresh).setUint32(42, MAX32, true);
  return fresh;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface Directory {
  readonly count: number;
  readonly size: number;
  /** As the archive states it. */
  readonly offset: number;
}

/** End records for a directory; `recordAt`: what a locator states. */
function endRecords(archive: Archive, directory: Directory): Uint8Array {
  const tail = archive.tail.slice();
  const view = viewOf(tail);
  const { count, size, offset } = directory;
  const large = count >= MAX16 || size >= MAX32 || offset >= MAX32;
  if (!large && archive.end64 === undefined) {
    view.setUint16(8, count, true);
    view.setUint16(10, count, true);
    view.setUint32(12, size, true);
    view.setUint32(16, offset, true);
    return tail;
  }
  const end64 = archive.end64?.slice() ?? new Uint8Array(56);
  const view64 = viewOf(end64);
  if (archive.end64 === undefined) {
    view64.setUint32(0, SIGNATURES.end64, true);
    view64.setBigUint64(4, 44n, true);
    view64.setUint16(12, UNIX_MADE, true);
    view64.setUint16(14, VERSION64, true);
  }
  view64.setBigUint64(24, BigInt(count), true);
  view64.setBigUint64(32, BigInt(count), true);
  view64.setBigUint64(40, BigInt(size), true);
  view64.setBigUint64(48, BigInt(offset), true);
  const locator = new Uint8Array(20);
  viewOf(locator).setUint32(0, SIGNATURES.locator64, true);
  viewOf(locator).setBigUint64(8, BigInt(offset + size), true);
  viewOf(locator).setUint32(16, 1, true);
  // A field that stated its number itself goes on doing so while it can.
  const set = (at: number, bits: 16 | 32, value: number) => {
    const most = bits === 16 ? MAX16 : MAX32;
    const old = bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true);
    const stated = value >= most || old === most ? most : value;
    if (bits === 16) view.setUint16(at, stated, true);
    else view.setUint32(at, stated, true);
  };
  set(8, 16, count);
  set(10, 16, count);
  set(12, 32, size);
  set(16, 32, offset);
  return joined([end64, locator, tail.subarray(0, END_LENGTH), tail.subarray(END_LENGTH)]);
}

/** The archive with changes, as content over its file. */
export function editArchive(archive: Archive, changes: ArchiveChanges): Content {
  const pieces: Piece[] = [];
  const records = new Map<Entry | Fresh, Uint8Array>();
  let length = 0;
  const add = (piece: Piece) => {
    pieces.push(piece);
    length += pieceLength(piece);
  };
  const put = (name: string, old: Entry | undefined): Fresh => {
    const { bytes, mode } = changes.put.get(name)!;
    const entry = fresh(name, bytes, mode);
    const spelled = old === undefined ? entry : { ...entry, ...spelledAs(old) };
    const key = old ?? entry;
    const record = centralRecord(spelled, changes, old?.central);
    records.set(key, withOffset(record, length - archive.shift));
    add(localRecord(spelled, changes));
    add(entry.data);
    return entry;
  };
  const byPlace = [...archive.entries].sort((a, b) => a.start - b.start);
  add({ start: 0, end: byPlace[0]?.start ?? archive.directoryStart });
  for (const entry of byPlace) {
    if (changes.remove.has(entry.name)) continue;
    if (changes.put.has(entry.name)) {
      put(entry.name, entry);
      continue;
    }
    records.set(entry, withOffset(entry.central, length - archive.shift));
    add({ start: entry.start, end: entry.end });
  }
  const known = new Set(archive.entries.map((entry) => entry.name));
  const order: (Entry | Fresh)[] = [...archive.entries];
  for (const name of changes.put.keys()) if (!known.has(name)) order.push(put(name, undefined));
  const offset = length - archive.shift;
  let size = 0;
  let count = 0;
  for (const entry of order) {
    const record = records.get(entry);
    if (record === undefined) continue;
    add(record);
    size += record.length;
    count += 1;
  }
  add(endRecords(archive, { count, size, offset }));
  return pieces;
}
