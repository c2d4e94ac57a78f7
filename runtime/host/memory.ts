/**
 * Resident memory of a process that mostly sleeps (a reporter between two heartbeats). Half of it would be pages of the engine's own code and
 * constants, touched once at start; they are given back to the page cache, from which the few that the next heartbeat needs return at once.
 */
import * as fs from "node:fs";
import { libc, ownStatus } from "./libc.js";
import { processes } from "./processes.js";

interface BunMemory {
  gc(synchronous: boolean): void;
  shrink?(): void;
}

const dontNeed = 4;

/**
 * Address ranges of our executable that are never written: its code, and the constants at the start of the file. Other read-only ranges may hold
 * relocated data, which would be lost.
 */
function immutableRanges(): (readonly [start: number, length: number])[] {
  const name = processes.executable;
  return fs
    .readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.endsWith(` ${name}`))
    .flatMap((line) => {
      const [range, access, offset] = line.split(" ") as [string, string, string];
      const isCode = access === "r-xp";
      const isHead = access === "r--p" && Number.parseInt(offset, 16) === 0;
      const [start, end] = range.split("-").map((hex) => Number.parseInt(hex, 16)) as [number, number];
      return isCode || isHead ? [[start, end - start] as const] : [];
    });
}

let ranges: ReturnType<typeof immutableRanges> | undefined;

/** Collects garbage and gives back what can be had again for nothing. */
export function releaseMemory(): void {
  const bun = (globalThis as { Bun?: BunMemory }).Bun;
  bun?.gc(true);
  bun?.shrink?.();
  const native = libc();
  if (native === undefined) return;
  try {
    ranges ??= immutableRanges();
    for (const [start, length] of ranges) native.call("madvise", start, length, dontNeed);
  } catch {
    ranges = [];
  }
}

/** Bytes of this process that are in memory. */
export function residentMemory(): number {
  return Number.parseInt(ownStatus("VmRSS") ?? "0", 10) * 1024 || process.memoryUsage.rss();
}
