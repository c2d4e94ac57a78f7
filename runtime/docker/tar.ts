/** Headers of tar archives in the format ustar (`docker.md` 18.7): what is written for a build context, and for the image that holds the executable. */
import { encodeText } from "../text.js";

/** Size of a header; contents are filled up to a multiple of it. */
export const block = 512;
export const types = { directory: "5", file: "0", symlink: "2", longName: "L", longTarget: "K" } as const;

/** What fills contents of that size up to a whole number of blocks. */
export const padding = (size: number): Uint8Array => new Uint8Array((block - (size % block)) % block);

/** What an archive ends with. */
export const endOfArchive = new Uint8Array(2 * block);

const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, "0");

/** A header block. Sizes beyond what octal digits hold are written in binary, as GNU does. */
export function header(
  name: Uint8Array,
  prefix: Uint8Array,
  mode: number,
  size: number,
  seconds: number,
  type: string,
  target: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(block);
  const ascii = (text: string, at: number): void => bytes.set(encodeText(text), at);
  bytes.set(name, 0);
  ascii(octal(mode, 8), 100);
  ascii(octal(0, 8), 108);
  ascii(octal(0, 8), 116);
  if (size < 8 ** 11) ascii(octal(size, 12), 124);
  else {
    bytes[124] = 0x80;
    new DataView(bytes.buffer).setBigUint64(128, BigInt(size));
  }
  ascii(octal(seconds, 12), 136);
  ascii("        ", 148);
  ascii(type, 156);
  bytes.set(target, 157);
  ascii("ustar\x0000", 257);
  bytes.set(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  ascii(`${octal(sum, 7)}\0 `, 148);
  return bytes;
}
