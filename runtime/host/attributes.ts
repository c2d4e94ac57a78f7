/**
 * Extended attributes of files (file capabilities, SELinux labels, user attributes), which must survive when a mark rewrites a program
 * (`marks-and-codecs.md` 4.2). Node has no calls for them: through the C library where possible, otherwise left out (best effort).
 */
import { cString, libc } from "./libc.js";

const sizeLimit = 65536;

/** Copies what can be copied; failures of single attributes are ignored, the caller cannot do anything about them. */
export function copyExtendedAttributes(from: string, to: string): void {
  const native = libc();
  if (native === undefined) return;
  const [source, target] = [cString(from), cString(to)];
  const names = new Uint8Array(sizeLimit);
  const length = native.call("listxattr", native.pointer(source), native.pointer(names), sizeLimit);
  if (length <= 0) return;
  const value = new Uint8Array(sizeLimit);
  for (const name of Buffer.from(names.subarray(0, length)).toString("latin1").split("\0")) {
    if (name === "") continue;
    const key = cString(Buffer.from(name, "latin1"));
    const size = native.call("getxattr", native.pointer(source), native.pointer(key), native.pointer(value), sizeLimit);
    if (size < 0) continue;
    native.call("setxattr", native.pointer(target), native.pointer(key), native.pointer(value), size, 0);
  }
}
