/** Names of files as the system has them, which is bytes, and as the rest of the program has them: text in which a byte that is no UTF-8 is escaped. */
import * as fs from "node:fs";
import { decodeBytes, encodeText } from "../text.js";

/** What `node:fs` takes for a path. */
export type Place = string | Buffer;

const escaped = /[\uDC80-\uDCFF]/u;
/** What the engine puts in the place of bytes that are no UTF-8. */
export const REPLACED = "\uFFFD";

/** The path for a system call. */
export function placeOf(path: string): Place {
  return escaped.test(path) ? Buffer.from(encodeText(path)) : path;
}

/** A name that a call gives; asked for once more, as bytes, if it may not be text. */
export function readName(read: (encoding: "utf8" | "buffer") => string | Uint8Array): string {
  const name = read("utf8");
  if (typeof name === "string" && !name.includes(REPLACED)) return name;
  const bytes = read("buffer");
  return typeof bytes === "string" ? bytes : decodeBytes(bytes);
}

/** The names in a directory. */
export function readNames(path: string): string[] {
  const place = placeOf(path);
  const names = fs.readdirSync(place);
  if (!names.some((name) => name.includes(REPLACED))) return names;
  return fs.readdirSync(place, { encoding: "buffer" }).map((name) => decodeBytes(name));
}
