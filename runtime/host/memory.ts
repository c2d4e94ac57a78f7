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

/** Memory of our own, without pages of files, in bytes; 0 where there is no /proc. */
const ownMemory = (): number => Number.parseInt(ownStatus("RssAnon") ?? "0", 10) * 1024;

/** So much may our own memory grow before garbage is collected again. */
const growth = 1 << 20;

/** Our own memory after the last collection. */
let collected = Number.NaN;

/**
 * Throws away garbage and compiled code. It takes longer than a report, so it is done only when there is something to be had: at first, and whenever
 * memory has grown since.
 */
function collect(): void {
  // Not a number before the first time, and then nothing is less.
  if (ownMemory() <= collected + growth) return;
  const bun = (globalThis as { Bun?: BunMemory }).Bun;
  bun?.gc(true);
  bun?.shrink?.();
  collected = ownMemory();
}

/** Collects garbage and gives back what can be had again for nothing. */
export function releaseMemory(): void {
  collect();
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
