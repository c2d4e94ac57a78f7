/** Reading a file that the environment names: a device or pipe in its place must not hold chalk up, nor a file without end fill its memory. */
import type { Files } from "../host/host.js";

const mostBytes = 64 << 20;

/** The text of an ordinary file. Throws if it is something else, too large, or can't be read. */
export function readRegularText(files: Files, path: string): string {
  const { kind, size } = files.stat(path);
  if (kind !== "file") throw new Error(`${path} is not a regular file`);
  if (size > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`);
  return files.readText(path);
}
