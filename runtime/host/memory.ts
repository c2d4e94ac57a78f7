/**
 * Resident memory of a process that mostly sleeps (a reporter between two heartbeats). Half of it would be pages of the engine's own code and
 * constants, touched once at start; they are given back to the page cache, from which the few that the next heartbeat needs return at once.
 *
 * And the opposite, a command that takes a hundred megabytes within a tenth of a second and ends: a fifth of its time would go into getting them from
 * the kernel page by page.
 */
import * as fs from "node:fs";
import { libc, ownStatus } from "./libc.js";
import { processes } from "./processes.js";

interface BunMemory {
  gc(synchronous: boolean): void;
  shrink?(): void;
}

const dontNeed = 4;
const hugePage = 14;
/** How much the engine reserves for its heap (1 GB). Nothing else that we may write to is as large, but its table of structures, which is larger. */
const heapReservation = { least: 2 ** 28, most: 2 ** 31 };

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

/** `ProcessControl.expectGrowth`. */
export function expectGrowth(): void {
  const native = libc();
  if (native === undefined) return;
  try {
    for (const line of fs.readFileSync("/proc/self/maps", "latin1").split("\n")) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *$/.exec(line) ?? [];
      if (from === undefined || to === undefined) continue;
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      const size = end - start;
      if (size >= heapReservation.least && size <= heapReservation.most) native.call("madvise", start, size, hugePage);
    }
  } catch {}
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

/** Texts shorter than this are compiled before the engine would collect garbage. */
const longText = 100_000;
/** Memory that compiling and evaluating a text takes, in bytes a character: measured. */
const bytesPerCharacter = 160;
const mostRoom = 64 << 20;
/** What is counted besides; empty again afterwards. */
const ballast: ArrayBuffer[] = [];
let hasRoom = false;

/**
 * Lets the engine's heap grow by what a text of so many characters will need, before garbage is collected again. The engine collects after every 8 MB at first,
 * and next when the heap has doubled; but next to nothing of what is made for a long text is garbage before the end, so that each of these collections visits
 * everything in vain, and they take a sixth of the time. So a block of memory is made that nobody touches (the system gives no pages for it), and one
 * collection with it counted, when there is little to visit yet; that sets the limit to twice the sum. Done once: in a process that lives longer, later
 * collections set the limit anew by what is really there.
 */
export function makeRoom(characters: number): void {
  const bun = (globalThis as { Bun?: BunMemory }).Bun;
  if (characters < longText || hasRoom || bun === undefined) return;
  hasRoom = true;
  ballast.push(new ArrayBuffer(Math.min(mostRoom, characters * bytesPerCharacter)));
  bun.gc(true);
  ballast.length = 0;
}

/** Bytes of this process that are in memory. */
export function residentMemory(): number {
  return Number.parseInt(ownStatus("VmRSS") ?? "0", 10) * 1024 || process.memoryUsage.rss();
}
