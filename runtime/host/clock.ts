/**
 * Time. The monotonic clock is the kernel's CLOCK_MONOTONIC, so that readings of the process that starts a program and of its reporter can be
 * compared (`collection.md` 4.7): Node's `hrtime` is that clock, Bun's counts from the start of the process.
 */
import * as fs from "node:fs";
import type { Clock } from "./host.js";
import { libc } from "./libc.js";

const clockMonotonic = 1;
const timespec = new BigInt64Array(2);

function monotonic(): number {
  const native = libc();
  if (native === undefined) return Number(process.hrtime.bigint() / 1000n) / 1000;
  native.call("clock_gettime", clockMonotonic, native.pointer(timespec));
  return Number(timespec[0]) * 1000 + Number(timespec[1]! / 1000n) / 1000;
}

/** Names of the zone in which nothing needs to be converted. */
const universal = /\/(Etc\/)?(UTC|UCT|Universal|Zulu)$/;
let isUniversal: boolean | undefined;

/**
 * Is local time UTC, as in most containers? The engine takes several milliseconds to find out: it prepares itself for every zone first.
 */
function localIsUniversal(): boolean {
  if (isUniversal !== undefined) return isUniversal;
  isUniversal = false;
  if (process.env["TZ"] === undefined) {
    try {
      isUniversal = universal.test(fs.readlinkSync("/etc/localtime"));
    } catch (error) {
      isUniversal = (error as NodeJS.ErrnoException).code === "ENOENT";
    }
  }
  return isUniversal;
}

/** The `Clock` of this machine. */
export const clock: Clock = {
  now: () => Date.now(),
  monotonic,
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  sleepSync(milliseconds) {
    if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  },
  zoneOffset: (milliseconds) => (localIsUniversal() ? 0 : -new Date(milliseconds).getTimezoneOffset()),
};
