/**
 * Pack files (`collection.md` 5.3): finding an object through the index (versions 1 and 2) and rebuilding it from its chain of deltas. Files are read in
 * pieces, since packs may be larger than memory.
 */

import { viewOf } from "../../bytes.js";
import type { Files, OpenFile } from "../../host/host.js";
import { hexOfBytes } from "../../marks/identifiers.js";
import { bytesOf, findId, GitProblem, inflateExactly } from "./bytes.js";

export type ObjectType = "commit" | "tree" | "blob" | "tag";

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Uint8Array;
}

const typeNames: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const offsetDelta = 6;
const idDelta = 7;
const fanOutSize = 1024;
/** `\xfftOc`, which no fan-out table of version 1 can begin with. */
const indexMagic = 0xff744f63;
const farOffset = 0x80000000;
const longestChain = 10_000;
/** Header of an entry: type, size, and the base of a delta. */
const headerRoom = 64;

/** No compressed data is longer than this for that many bytes: stored blocks cost five bytes each. */
const compressedBound = (size: number) => size + (size >> 9) + 128;

/** Objects larger than this are not read. */
export const objectLimit = 1 << 28;

/** One pack with its index; `close` when done. */
export class Pack {
  readonly #index: OpenFile;
  readonly #files: Files;
  readonly #path: string;
  readonly #idSize: number;
  readonly #version: 1 | 2;
  readonly #fanOut: DataView;
  #data: OpenFile | undefined;

  /** `path` without its extension. Throws if the index cannot be read. */
  constructor(files: Files, path: string, idSize: number) {
    this.#files = files;
    this.#path = path;
    this.#idSize = idSize;
    this.#index = files.open(`${path}.idx`, "read");
    const head = this.#index.read(0, 8 + fanOutSize);
    this.#version = head.length >= 8 && viewOf(head).getUint32(0) === indexMagic ? 2 : 1;
    if (this.#version === 2 && viewOf(head).getUint32(4) !== 2) throw new GitProblem(`${path}.idx: unknown version`);
    this.#fanOut = viewOf(this.#version === 2 ? head.subarray(8) : head.subarray(0, fanOutSize));
    if (this.#fanOut.byteLength < fanOutSize) throw new GitProblem(`${path}.idx: too short`);
  }

  close(): void {
    this.#index.close();
    this.#data?.close();
  }

  /** Offset of an object in the pack; undefined if it isn't here. */
  find(id: string): number | undefined {
    const wanted = bytesOf(id);
    const first = wanted[0] as number;
    const low = first === 0 ? 0 : this.#fanOut.getUint32(4 * (first - 1));
    const high = this.#fanOut.getUint32(4 * first);
    const count = this.#fanOut.getUint32(4 * 255);
    if (low >= high || high > count) return undefined;
    if (this.#version === 1) {
      const stride = 4 + this.#idSize;
      const table = this.#index.read(fanOutSize + low * stride, (high - low) * stride);
      const at = findId(table, wanted, stride, 4);
      return at === undefined ? undefined : viewOf(table).getUint32(at * stride);
    }
    const names = 8 + fanOutSize;
    const at = findId(this.#index.read(names + low * this.#idSize, (high - low) * this.#idSize), wanted, this.#idSize, 0);
    if (at === undefined) return undefined;
    // After the names come the checksums, the offsets, and the offsets that need 64 bits.
    const offsets = names + count * (this.#idSize + 4);
    const near = viewOf(this.#index.read(offsets + 4 * (low + at), 4)).getUint32(0);
    if (near < farOffset) return near;
    return Number(viewOf(this.#index.read(offsets + 4 * count + 8 * (near - farOffset), 8)).getBigUint64(0));
  }

  /** The object at an offset. `other` looks up bases of deltas that are named by id. */
  read(offset: number, other: (id: string) => GitObject | undefined): GitObject {
    this.#data ??= this.#files.open(`${this.#path}.pack`, "read");
    const deltas: Uint8Array[] = [];
    let at = offset;
    for (let depth = 0; depth < longestChain; depth++) {
      const entry = this.#entry(this.#data, at);
      const whole = typeNames[entry.type];
      if (whole !== undefined) return applyAll({ type: whole, data: entry.data }, deltas);
      deltas.push(entry.data);
      if (typeof entry.base === "number") {
        at = entry.base;
        continue;
      }
      const base = entry.base === undefined ? undefined : other(entry.base);
      if (base === undefined) throw new GitProblem(`${this.#path}.pack: the base of a delta is missing`);
      return applyAll(base, deltas);
    }
    throw new GitProblem(`${this.#path}.pack: a chain of deltas does not end`);
  }

  #entry(
    file: OpenFile,
    offset: number,
  ): { readonly type: number; readonly data: Uint8Array; readonly base: number | string | undefined } {
    const head = file.read(offset, headerRoom);
    let at = 0;
    const next = (): number => {
      const byte = head[at++];
      if (byte === undefined) throw new GitProblem(`${this.#path}.pack: cut off`);
      return byte;
    };
    let byte = next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let scale = 16; byte >= 0x80; scale *= 128) {
      byte = next();
      size += (byte & 0x7f) * scale;
    }
    if (size > objectLimit) throw new GitProblem(`an object has ${size} bytes, which is too much`);
    let base: number | string | undefined;
    if (type === offsetDelta) {
      byte = next();
      let distance = byte & 0x7f;
      while (byte >= 0x80) {
        byte = next();
        distance = (distance + 1) * 128 + (byte & 0x7f);
      }
      base = offset - distance;
      if (base < 0 || distance === 0) throw new GitProblem(`${this.#path}.pack: a delta without base`);
    } else if (type === idDelta) {
      base = hexOfBytes(head.subarray(at, at + this.#idSize));
      at += this.#idSize;
    }
    return { type, base, data: inflateExactly(file.read(offset + at, compressedBound(size)), size) };
  }
}

/** Applies deltas, the last one first. */
function applyAll(base: GitObject, deltas: readonly Uint8Array[]): GitObject {
  return { type: base.type, data: deltas.reduceRight(applyDelta, base.data) };
}

/** The result of a delta: sizes of base and result, then copies from the base and literal bytes. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  let at = 0;
  const next = (): number => {
    const byte = delta[at++];
    if (byte === undefined) throw new GitProblem("a delta is cut off");
    return byte;
  };
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = next();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  if (number() !== base.length) throw new GitProblem("a delta belongs to another object");
  const size = number();
  if (size > objectLimit) throw new GitProblem(`an object has ${size} bytes, which is too much`);
  const result = new Uint8Array(size);
  let filled = 0;
  const put = (bytes: Uint8Array, length: number) => {
    if (bytes.length !== length || filled + length > size) throw new GitProblem("a delta reaches beyond its object");
    result.set(bytes, filled);
    filled += length;
  };
  while (at < delta.length) {
    const command = next();
    if (command === 0) throw new GitProblem("a delta has an unknown command");
    if (command < 0x80) {
      put(delta.subarray(at, at + command), command);
      at += command;
      continue;
    }
    let offset = 0;
    let length = 0;
    for (let bit = 0; bit < 4; bit++) if (command & (1 << bit)) offset += next() * 2 ** (8 * bit);
    for (let bit = 0; bit < 3; bit++) if (command & (16 << bit)) length += next() * 2 ** (8 * bit);
    if (length === 0) length = 0x10000;
    put(base.subarray(offset, offset + length), length);
  }
  if (filled !== size) throw new GitProblem("a delta makes less than it says");
  return result;
}
