/**
 * Holding up a thread for a while. Not by `Atomics.wait` where there is another way: Bun waits for a moment of the real-time clock there, so that a clock that is
 * set back by an hour makes a pause of two milliseconds last an hour.
 */
import { libc } from "./libc.js";

/** Blocks the thread for at least so many milliseconds, as the kernel's monotonic clock counts them. */
export function pauseThread(milliseconds: number): void {
  if (milliseconds <= 0) return;
  const native = libc();
  if (native === undefined) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    return;
  }
  // Signals are handled by the same thread, after us: one that comes meanwhile must not shorten the pause for ever.
  const end = performance.now() + milliseconds;
  for (let left = milliseconds; left > 0; left = end - performance.now()) native.call("poll", null, 0, Math.ceil(left));
}
