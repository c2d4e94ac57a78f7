/**
 * What our caller gave us and the engine has changed since (`runtime-core.md` 3.2, 8.2). A program that we start must find all of it as if chalk
 * were not there. Observed of Bun 1.4.5 before the first line of JavaScript runs:
 *
 * - SIGPIPE and SIGXFSZ are set to be ignored, whatever they were. Other dispositions are left alone or handled, and handled ones return to the
 *   default by themselves on exec.
 * - Every inherited descriptor above 3 gets the close-on-exec flag; the engine's own descriptors (epoll, eventfd, timers) have it from birth.
 * - The soft limit of open files is raised to the hard limit.
 *
 * Nothing in the kernel remembers the former state. The entry stub that our build puts in front of the engine (`.ci/entry-stub.mjs`) therefore
 * notes it down before the engine runs; without the stub the state is inferred: dispositions are default, the limit is that of the parent process
 * if the hard limits agree.
 */
import * as fs from "node:fs";
import { libc, ownStatus } from "./libc.js";
import { isPacked } from "./processes.js";
import { readStubRecord } from "./stub-record.js";

const [sigpipe, sigxfsz] = [13, 25];
const maskOf = (signal: number) => 1n << BigInt(signal - 1);

/** Links in /proc/self/fd that the engine opens for itself. */
const engineLinks = new Set(["anon_inode:[eventpoll]", "anon_inode:[eventfd]", "anon_inode:[timerfd]"]);

/** Descriptors above 2 that were open when we started. Must be called before we open any of our own. */
export function inheritedDescriptors(): readonly number[] {
  const found: number[] = [];
  let names: string[] = [];
  try {
    names = fs.readdirSync("/proc/self/fd");
  } catch {}
  for (const name of names) {
    const fd = Number(name);
    if (fd <= 2) continue;
    try {
      // The descriptor that listed the directory is gone again and has no link any more.
      if (!engineLinks.has(fs.readlinkSync(`/proc/self/fd/${name}`))) found.push(fd);
    } catch {}
  }
  return found;
}

let snapshot: readonly number[] = [];

/** Remembers the inherited descriptors; `createHost` calls this once, at start. */
export function rememberInherited(): void {
  if (isPacked()) snapshot = inheritedDescriptors();
}

/** The descriptors above 2 that belong to the program that we start. */
export const programDescriptors = (): readonly number[] => snapshot;

/** Signals (as a bit mask) that were ignored when we were started. */
export function inheritedIgnored(): bigint {
  const now = BigInt(`0x${ownStatus("SigIgn") ?? "0"}`);
  if (!isPacked()) return now;
  const engine = maskOf(sigpipe) | maskOf(sigxfsz);
  return (now & ~engine) | ((readStubRecord()?.ignored ?? 0n) & engine);
}

/** Signals that the engine ignores and the program shall not. */
export function signalsToRestore(): number[] {
  const ignored = inheritedIgnored();
  return [sigpipe, sigxfsz].filter((signal) => (ignored & maskOf(signal)) === 0n);
}

const openFilesLine = /^Max open files\s+(\S+)\s+(\S+)/m;

function openFilesLimit(pid: number | "self"): { soft: bigint; hard: bigint } | undefined {
  try {
    const match = openFilesLine.exec(fs.readFileSync(`/proc/${pid}/limits`, "latin1"));
    if (match === null) return undefined;
    const parse = (text: string) => (text === "unlimited" ? 0xffffffffffffffffn : BigInt(text));
    return { soft: parse(match[1]!), hard: parse(match[2]!) };
  } catch {
    return undefined;
  }
}

/** The limit of open files that the program shall have, if it differs from ours now. */
export function openFilesToRestore(): { soft: bigint; hard: bigint } | undefined {
  if (!isPacked()) return undefined;
  const own = openFilesLimit("self");
  if (own === undefined || own.soft !== own.hard) return undefined;
  const before = readStubRecord()?.openFiles ?? openFilesLimit(process.ppid);
  return before === undefined || before.hard !== own.hard || before.soft === own.soft ? undefined : before;
}

/**
 * The bytes that the kernel handed us, for variables (`NAME=VALUE`) that are not valid UTF-8, by the text that the engine has made of them: what is passed on
 * unchanged shall stay unchanged.
 */
export function rawVariables(): ReadonlyMap<string, Uint8Array> {
  const raw = new Map<string, Uint8Array>();
  try {
    const bytes = fs.readFileSync("/proc/self/environ");
    if (bytes.toString("utf8").includes("\ufffd")) {
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(0, start);
        const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
        const text = piece.toString("utf8");
        if (text.includes("\ufffd")) raw.set(text, piece);
        start += piece.length + 1;
      }
    }
  } catch {}
  return raw;
}

/** Sets our own limit of open files. */
export function setOpenFiles(limit: { soft: bigint; hard: bigint }): void {
  const native = libc();
  const data = new BigUint64Array([limit.soft, limit.hard]);
  native?.call("setrlimit", 7, native.pointer(data));
}
