/**
 * Time. The monotonic clock is the kernel's CLOCK_MONOTONIC, so that readings of the process that starts a program and of its reporter can be
 * compared (`collection.md` 4.7): Node's `hrtime` is that clock, Bun's counts from the start of the process.
 */
import type { Clock } from "./host.js";
import { libc } from "./libc.js";
import { pauseThread } from "./pause.js";
import { localZone } from "./zone/local.js";

const clockMonotonic = 1;
const timespec = new BigInt64Array(2);

function monotonic(): number {
  const native = libc();
  if (native === undefined) return Number(process.hrtime.bigint() / 1000n) / 1000;
  native.call("clock_gettime", clockMonotonic, native.pointer(timespec));
  return Number(timespec[0]) * 1000 + Number(timespec[1]! / 1000n) / 1000;
}

/** The `Clock` of this machine. */
export const clock: Clock = {
  now: () => Date.now(),
  monotonic,
  sleep: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  sleepSync: pauseThread,
  zoneOffset: (milliseconds) => localZone(process.env["TZ"], process.env["TZDIR"])(Math.floor(milliseconds / 1000)) / 60,
};
