// Makes zip archives byte by byte, correct ones and such as lie.
import { deflateRawSync } from "node:zlib";
import { crc32 } from "../../../runtime/codecs/zip/crc.js";

export interface MadeEntry {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  readonly stored?: boolean;
  readonly mode?: number;
  readonly extra?: Uint8Array;
  readonly comment?: string;
  /** Lies. */
  readonly crc?: number;
  readonly size?: number;
  readonly compressed?: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly offset?: number;
  readonly localName?: string;
}

export interface MadeArchive {
  readonly prefix?: Uint8Array;
  /** Offsets count from the start of the file although there is a prefix. */
  readonly absolute?: boolean;
  readonly comment?: string;
  readonly zip64?: boolean;
  readonly count?: number;
  readonly disk?: number;
}

const bytesOf = (value: string | Uint8Array) => (typeof value === "string" ? new TextEncoder().encode(value) : value);

function record(length: number, fields: readonly (readonly [at: number, bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const buffer = Buffer.alloc(length);
  for (const [at, size, value] of fields) {
    if (size === 2) buffer.writeUInt16LE(value, at);
    else if (size === 4) buffer.writeUInt32LE(value, at);
    else buffer.writeBigUInt64LE(BigInt(value), at);
  }
  return buffer;
}

export function makeZip(entries: readonly MadeEntry[], options: MadeArchive = {}): Uint8Array {
  const parts: Uint8Array[] = [options.prefix ?? new Uint8Array(0)];
  const directory: Uint8Array[] = [];
  const shift = options.absolute === true ? 0 : (options.prefix?.length ?? 0);
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  for (const entry of entries) {
    const content = bytesOf(entry.content ?? "");
    const name = bytesOf(entry.name);
    const localName = entry.localName === undefined ? name : bytesOf(entry.localName);
    const stored = entry.stored === true;
    const data = entry.compressed ?? (stored ? content : deflateRawSync(content));
    const method = entry.method ?? (stored ? 0 : 8);
    const [crc, size] = [entry.crc ?? crc32(content), entry.size ?? content.length];
    const extra = entry.extra ?? new Uint8Array(0);
    const comment = bytesOf(entry.comment ?? "");
    const offset = entry.offset ?? length() - shift;
    const common = (at: number, names: Uint8Array) =>
      [
        [at, 2, 20],
        [at + 2, 2, entry.flags ?? 0],
        [at + 4, 2, method],
        [at + 6, 2, 0x6000],
        [at + 8, 2, 0x5d77],
        [at + 10, 4, crc],
        [at + 14, 4, data.length],
        [at + 18, 4, size],
        [at + 22, 2, names.length],
        [at + 24, 2, extra.length],
      ] as const;
    parts.push(record(30, [[0, 4, 0x04034b50], ...common(4, localName)]), localName, extra, data);
    const mode = entry.mode ?? 0o100644;
    const fields = [
      [0, 4, 0x02014b50],
      [4, 2, 0x0314],
      ...common(6, name),
      [32, 2, comment.length],
      [38, 4, mode * 65536],
    ] as const;
    directory.push(record(46, [...fields, [42, 4, offset]]), name, extra, comment);
  }
  const start = length() - shift;
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  parts.push(...directory);
  const count = options.count ?? entries.length;
  if (options.zip64 === true) {
    const at = length() - shift;
    parts.push(
      record(56, [
        [0, 4, 0x06064b50],
        [4, 8, 44],
        [12, 2, 45],
        [14, 2, 45],
        [24, 8, count],
        [32, 8, count],
        [40, 8, size],
        [48, 8, start],
      ]),
      record(20, [
        [0, 4, 0x07064b50],
        [8, 8, at],
        [16, 4, 1],
      ]),
    );
  }
  const comment = bytesOf(options.comment ?? "");
  const most = options.zip64 === true;
  parts.push(
    record(22, [
      [0, 4, 0x06054b50],
      [4, 2, options.disk ?? 0],
      [8, 2, most ? 0xffff : count],
      [10, 2, most ? 0xffff : count],
      [12, 4, most ? 0xffffffff : size],
      [16, 4, most ? 0xffffffff : start],
      [20, 2, comment.length],
    ]),
    comment,
  );
  return new Uint8Array(Buffer.concat(parts));
}
