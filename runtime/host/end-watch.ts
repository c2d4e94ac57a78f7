/**
 * Sleeping until a process that is not our child ends: a descriptor that stands for the process (`pidfd_open(2)`, Linux 5.3) and `poll(2)` on it. The thread
 * sleeps in the kernel, so that nothing wakes up in between.
 */
import type { EndWatch } from "./host.js";
import { libc } from "./libc.js";

const openProcess = 434;
const readable = 1;
/** `poll` takes a signed 32-bit number of milliseconds. */
const longest = 0x3fffffff;

/** Watches a process; undefined if there is none of that PID, or if the kernel (or engine) can't. */
export function watchEnd(pid: number): EndWatch | undefined {
  const native = libc();
  const fd = native?.call("syscall", openProcess, pid, 0, 0, 0, 0, 0) ?? -1;
  if (native === undefined || fd < 0) return undefined;
  // `struct pollfd`: descriptor, then what is asked and what is answered as halves of a word.
  const poll = new Int32Array(2);
  const halves = new Int16Array(poll.buffer);
  return {
    wait(milliseconds) {
      poll[0] = fd;
      [halves[2], halves[3]] = [readable, 0];
      const ready = native.call("poll", native.pointer(poll), 1, Math.max(0, Math.min(longest, Math.ceil(milliseconds))));
      return ready > 0;
    },
    close: () => void native.call("close", fd),
  };
}
