/** Small tools for binary data of repositories: object ids, numbers in network order, decompression with a limit. */
import { Inflate, inflateSync } from "fflate";

/** What a repository says that cannot be understood, or lacks. */
export class GitProblem extends Error {}

/** An even number of hex digits as bytes. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** Is this an object id of SHA-1 or SHA-256? */
export const isObjectId = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);

/** Where `wanted` stands in a sorted table of ids of equal size; undefined if it isn't there. */
export function findId(table: Uint8Array, wanted: Uint8Array, stride: number, skip: number): number | undefined {
  let low = 0;
  let high = table.length / stride;
  while (low < high) {
    const middle = (low + high) >>> 1;
    let order = 0;
    for (let i = 0; i < wanted.length && order === 0; i++)
      order = (table[middle * stride + skip + i] as number) - (wanted[i] as number);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** The zlib header is two bytes; the checksum behind the data is git's business. */
const zlibHeader = 2;
const piece = 1 << 16;

/** Decompresses zlib data whose size is known; what follows it is ignored. */
export function inflateExactly(data: Uint8Array, size: number): Uint8Array {
  const result = inflateSync(data.subarray(zlibHeader), { out: new Uint8Array(size) });
  if (result.length !== size) throw new GitProblem(`an object has ${result.length} bytes instead of ${size}`);
  return result;
}

/** Decompresses zlib data of unknown size, up to a limit. */
export function inflateUpTo(data: Uint8Array, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Inflate((bytes) => {
    size += bytes.length;
    if (size > limit) throw new GitProblem(`an object has more than ${limit} bytes`);
    parts.push(bytes.slice());
  });
  for (let at = zlibHeader; at < data.length; at += piece) stream.push(data.subarray(at, at + piece), at + piece >= data.length);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
