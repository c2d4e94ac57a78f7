/**
 * Compiled time zones (`tzfile(5)`, RFC 8536): the instants at which a zone's offset changed or will change, and a POSIX rule for the time after the last one.
 * Files of version 2 and later hold everything twice; the second copy has 64-bit times.
 */
import { posixZone, type ZoneRule } from "./posix.js";

const headerLength = 44;
const magic = 0x545a6966;

interface Header {
  readonly version: number;
  readonly utcMarks: number;
  readonly standardMarks: number;
  readonly leapSeconds: number;
  readonly transitions: number;
  readonly types: number;
  readonly characters: number;
}

function readHeader(view: DataView, at: number): Header | undefined {
  if (view.byteLength < at + headerLength || view.getUint32(at) !== magic) return undefined;
  const [utcMarks, standardMarks, leapSeconds, transitions, types, characters] = Array.from({ length: 6 }, (_, index) =>
    view.getUint32(at + 20 + index * 4),
  ) as [number, number, number, number, number, number];
  const version = view.getUint8(at + 4);
  return { version: version === 0 ? 1 : version - 0x30, utcMarks, standardMarks, leapSeconds, transitions, types, characters };
}

function bodyLength(header: Header, timeSize: number): number {
  const { transitions, types, characters, leapSeconds, standardMarks, utcMarks } = header;
  return transitions * (timeSize + 1) + types * 6 + characters + leapSeconds * (timeSize + 4) + standardMarks + utcMarks;
}

/** The zone in a file's content; undefined if it is none. */
export function compiledZone(bytes: Uint8Array): ZoneRule | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header = readHeader(view, 0);
  if (header === undefined) return undefined;
  let [at, timeSize] = [headerLength, 4];
  if (header.version >= 2) {
    const second = headerLength + bodyLength(header, 4);
    header = readHeader(view, second);
    if (header === undefined) return undefined;
    [at, timeSize] = [second + headerLength, 8];
  }
  const { transitions, types } = header;
  const end = at + bodyLength(header, timeSize);
  if (end > bytes.length || types === 0) return undefined;
  const typesAt = at + transitions * (timeSize + 1);
  const offsetOf = (type: number) => view.getInt32(typesAt + Math.min(type, types - 1) * 6);
  const timeAt = (index: number) => (timeSize === 8 ? Number(view.getBigInt64(at + index * 8)) : view.getInt32(at + index * 4));
  const footer = timeSize === 4 ? "" : String.fromCharCode(...bytes.subarray(end)).split("\n")[1];
  const later = footer === undefined || footer === "" ? undefined : posixZone(footer);
  return (seconds) => {
    // The first transition that is still to come.
    let [low, high] = [0, transitions];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (timeAt(middle) <= seconds) low = middle + 1;
      else high = middle;
    }
    if (low === transitions && later !== undefined) return later(seconds);
    return offsetOf(low === 0 ? 0 : view.getUint8(at + transitions * timeSize + low - 1));
  };
}
