/**
 * What a reporter finds on its stdin: the time at which it is to look at the program, then the facts about it. The first is for the entry stub of the
 * executable (`.ci/entry-stub.mjs`), which waits for that time before the engine starts: until then the processors belong to the program that has just
 * been started, and to others like it. Executables without stub start at once and wait here.
 */
import type { ReporterState } from "./types.js";

/** Begins what the stub reads; seconds and nanoseconds of CLOCK_MONOTONIC follow, then the facts as JSON. */
const magic = new TextEncoder().encode("TSBCHALK");
const headLength = magic.length + 16;

/** The bytes for a reporter. */
export function writeHandover(state: ReporterState): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(state));
  const bytes = new Uint8Array(headLength + text.length);
  bytes.set(magic);
  const nanoseconds = BigInt(Math.max(0, Math.round(state.wakeAt * 1000))) * 1000n;
  const head = new DataView(bytes.buffer);
  head.setBigInt64(magic.length, nanoseconds / 1_000_000_000n, true);
  head.setBigInt64(magic.length + 8, nanoseconds % 1_000_000_000n, true);
  bytes.set(text, headLength);
  return bytes;
}

/** Reads them; undefined if they are something else. */
export function readHandover(bytes: Uint8Array): ReporterState | undefined {
  if (magic.some((byte, index) => bytes[index] !== byte)) return undefined;
  try {
    const state = JSON.parse(new TextDecoder().decode(bytes.subarray(headLength))) as ReporterState;
    return state.format === 2 ? state : undefined;
  } catch {
    return undefined;
  }
}
