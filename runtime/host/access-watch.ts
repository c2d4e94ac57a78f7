/**
 * Who opens or reads files, by `inotify(7)`: the kernel collects the events from the moment on at which a watch is set, also while nobody looks. The descriptor can
 * be handed to another process together with the numbers of the watches, so that one process sets them before a program starts and another one reads them.
 */
import * as fs from "node:fs";
import type { AccessWatch, AccessWatchFacts } from "./host.js";
import { cString, libc } from "./libc.js";

const [nonBlocking, closeOnExec] = [0o4000, 0o2000000];
const [access, open] = [0x1, 0x20];
/** `struct inotify_event`: watch, mask, cookie, length of the name that follows. */
const eventHeader = 16;
const bufferLength = 1 << 16;

const decoder = new TextDecoder();

/** The name of an event, padded with zero bytes. */
function nameAt(bytes: Uint8Array, start: number, length: number): string {
  const name = bytes.subarray(start, start + length);
  const end = name.indexOf(0);
  return decoder.decode(end < 0 ? name : name.subarray(0, end));
}

/** Takes over a watch that another process has set. */
export function adoptAccessWatch(facts: AccessWatchFacts): AccessWatch {
  const paths = new Map(facts.watches);
  const buffer = new Uint8Array(bufferLength);

  function readEvents(length: number, found: Set<string>): void {
    const view = new DataView(buffer.buffer, 0, length);
    const little = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
    for (let at = 0; at + eventHeader <= length; ) {
      const nameLength = view.getUint32(at + 12, little);
      const path = paths.get(view.getInt32(at, little));
      if (path !== undefined)
        found.add(nameLength === 0 ? path : `${path === "/" ? "" : path}/${nameAt(buffer, at + eventHeader, nameLength)}`);
      at += eventHeader + nameLength;
    }
  }

  return {
    facts,
    take() {
      const found = new Set<string>();
      try {
        for (;;) {
          const length = fs.readSync(facts.fd, buffer);
          if (length === 0) break;
          readEvents(length, found);
        }
      } catch {
        // EAGAIN: there are no more.
      }
      return found;
    },
    close() {
      try {
        fs.closeSync(facts.fd);
      } catch {}
    },
  };
}

/** Sets watches on files, and on directories for the files in them; those that can't be watched are left out. Undefined without inotify. */
export function watchAccess(paths: Iterable<string>): AccessWatch | undefined {
  const native = libc();
  const fd = native?.call("inotify_init1", nonBlocking | closeOnExec) ?? -1;
  if (native === undefined || fd < 0) return undefined;
  const watches = new Map<number, string>();
  for (const path of paths) {
    const name = cString(path);
    const watch = native.call("inotify_add_watch", fd, native.pointer(name), access | open);
    if (watch >= 0) watches.set(watch, path);
  }
  return adoptAccessWatch({ fd, watches: [...watches] });
}
