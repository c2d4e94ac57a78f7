/**
 * Starting processes without running JavaScript in a forked child: a forked copy of a multi-threaded engine must do nothing but system calls.
 * So the whole life of the child up to its exec is a table of system calls, and a few dozen bytes of machine code work through it:
 *
 *     for each entry { nr, six arguments, result address, skip }:
 *       result = syscall(nr, arguments); store it; continue with the next entry, or `skip` bytes further if the result is not 0
 *     until nr is -1
 *
 * `clone` returns 0 in the child, which goes on with the next entry; the parent gets a pid and skips the child's part. With CLONE_VM | CLONE_VFORK
 * the parent waits until the child has executed or ended, nothing is copied, and results that the child stores are seen by the parent.
 */
import { errnoName, type Libc, libc } from "./libc.js";

type Architecture = "x64" | "arm64";

/** Machine code of `run(table)`, position-independent; keeps the table in a callee-saved register and touches no memory but the table. */
const code: Readonly<Record<Architecture, readonly number[]>> = {
  // biome-ignore format: one instruction a line
  x64: [
    0x53,                         // push rbx
    0x48, 0x89, 0xfb,             // mov rbx, rdi
    0x48, 0x8b, 0x03,             // loop: mov rax, [rbx]
    0x48, 0x83, 0xf8, 0xff,       // cmp rax, -1
    0x74, 0x30,                   // je done
    0x48, 0x8b, 0x7b, 0x08,       // mov rdi, [rbx+8]
    0x48, 0x8b, 0x73, 0x10,       // mov rsi, [rbx+16]
    0x48, 0x8b, 0x53, 0x18,       // mov rdx, [rbx+24]
    0x4c, 0x8b, 0x53, 0x20,       // mov r10, [rbx+32]
    0x4c, 0x8b, 0x43, 0x28,       // mov r8, [rbx+40]
    0x4c, 0x8b, 0x4b, 0x30,       // mov r9, [rbx+48]
    0x0f, 0x05,                   // syscall
    0x48, 0x8b, 0x4b, 0x38,       // mov rcx, [rbx+56]
    0x48, 0x89, 0x01,             // mov [rcx], rax
    0x48, 0x83, 0xc3, 0x48,       // add rbx, 72
    0x48, 0x85, 0xc0,             // test rax, rax
    0x74, 0xcd,                   // jz loop
    0x48, 0x03, 0x5b, 0xf8,       // add rbx, [rbx-8]
    0xeb, 0xc7,                   // jmp loop
    0x5b,                         // done: pop rbx
    0xc3,                         // ret
  ],
  // biome-ignore format: one instruction a line, little-endian
  arm64: [
    0xf3, 0x0f, 0x1f, 0xf8,       // str x19, [sp, #-16]!
    0xf3, 0x03, 0x00, 0xaa,       // mov x19, x0
    0x68, 0x02, 0x40, 0xf9,       // loop: ldr x8, [x19]
    0x1f, 0x05, 0x00, 0xb1,       // cmn x8, #1
    0x80, 0x01, 0x00, 0x54,       // b.eq done
    0x60, 0x86, 0x40, 0xa9,       // ldp x0, x1, [x19, #8]
    0x62, 0x8e, 0x41, 0xa9,       // ldp x2, x3, [x19, #24]
    0x64, 0x96, 0x42, 0xa9,       // ldp x4, x5, [x19, #40]
    0x01, 0x00, 0x00, 0xd4,       // svc #0
    0x69, 0x1e, 0x40, 0xf9,       // ldr x9, [x19, #56]
    0x20, 0x01, 0x00, 0xf9,       // str x0, [x9]
    0x6a, 0x22, 0x40, 0xf9,       // ldr x10, [x19, #64]
    0x73, 0x22, 0x01, 0x91,       // add x19, x19, #72
    0xa0, 0xfe, 0xff, 0xb4,       // cbz x0, loop
    0x73, 0x02, 0x0a, 0x8b,       // add x19, x19, x10
    0xf3, 0xff, 0xff, 0x17,       // b loop
    0xf3, 0x07, 0x41, 0xf8,       // done: ldr x19, [sp], #16
    0xc0, 0x03, 0x5f, 0xd6,       // ret
  ],
};

/** System call numbers, from the kernel's tables of the two architectures. */
const numbers = {
  clone: { x64: 56, arm64: 220 },
  close_range: { x64: 436, arm64: 436 },
  dup3: { x64: 292, arm64: 24 },
  execve: { x64: 59, arm64: 221 },
  exit: { x64: 60, arm64: 93 },
  exit_group: { x64: 231, arm64: 94 },
  fcntl: { x64: 72, arm64: 25 },
  mmap: { x64: 9, arm64: 222 },
  mprotect: { x64: 10, arm64: 226 },
  ioctl: { x64: 16, arm64: 29 },
  prlimit64: { x64: 302, arm64: 261 },
  rt_sigaction: { x64: 13, arm64: 134 },
  rt_sigprocmask: { x64: 14, arm64: 135 },
  setsid: { x64: 112, arm64: 157 },
  wait4: { x64: 61, arm64: 260 },
} as const satisfies Record<string, Record<Architecture, number>>;

export type SystemCall = keyof typeof numbers;

/** CLONE_VM | CLONE_VFORK | SIGCHLD. */
const cloneFlags = 0x100 | 0x4000 | 17;
const entryWords = 9;

/** One system call of the table: arguments are numbers or data whose address is meant. */
export interface Step {
  readonly call: SystemCall;
  readonly arguments: readonly (number | bigint | ArrayBufferView)[];
  /** A name under which the result can be read afterwards. */
  readonly result?: string;
  /** Steps of the child that this `clone` makes; the parent goes on after them. */
  readonly child?: readonly Step[];
}

/** A step that makes a child which shares our memory until it executes another program. */
export const cloneStep = (result: string, child: readonly Step[]): Step => ({
  call: "clone",
  arguments: [cloneFlags],
  result,
  child,
});

const setMask = 2;
const everySignal = new BigUint64Array([0xffffffffffffffffn]);
const formerMask = new BigUint64Array(1);

const noSignals = new BigUint64Array(1);

/** Lets all signals through. */
export const clearMask: Step = { call: "rt_sigprocmask", arguments: [setMask, noSignals, 0, 8] };

/** Sets the signal mask that was in force before the table ran. */
export const restoreMask: Step = { call: "rt_sigprocmask", arguments: [setMask, formerMask, 0, 8] };

/** Number of words that steps take in the table. */
function length(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + entryWords + length(step.child ?? []), 0);
}

let entry: { readonly address: number; readonly run: (table: number) => void } | undefined;
/** Keeps the data that a running table points to from being collected. */
const inUse = new Set<unknown>();

/** Makes a system call; -1 if it fails. Every start needs some, so they share one function of the C library: binding one takes longer than anything else here. */
export function systemCall(native: Libc, call: SystemCall, ...args: readonly number[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args;
  return native.call("syscall", numbers[call][process.arch as Architecture], a, b, c, d, e, f);
}

/** Maps machine code; the address, or undefined where executable memory is refused. */
export function mapCode(bytes: Uint8Array): number | undefined {
  const native = libc();
  if (native === undefined) return undefined;
  const [readWrite, readExecute, privateAnonymous] = [3, 5, 0x22];
  const page = systemCall(native, "mmap", 0, 4096, readWrite, privateAnonymous, -1, 0);
  if (page <= 0) return undefined;
  native.copyTo(page, bytes);
  return systemCall(native, "mprotect", page, 4096, readExecute) === 0 ? page : undefined;
}

/** The machine code that runs tables, mapped once. Undefined where that is impossible: no C library, another architecture, or executable memory is refused. */
function machineCode(): typeof entry {
  if (entry !== undefined) return entry;
  const native = libc();
  const bytes = tableRunner();
  if (native === undefined || bytes === undefined) return undefined;
  const address = mapCode(bytes);
  if (address !== undefined) entry = { address, run: native.functionAt(address) };
  return entry;
}

/** `run(table)` as bytes, for code that goes on with it; undefined on another architecture. */
export function tableRunner(): Uint8Array | undefined {
  const bytes = code[process.arch as Architecture] as readonly number[] | undefined;
  return bytes === undefined ? undefined : Uint8Array.from(bytes);
}

/** Can this process run tables? */
export const canRunTables = (): boolean => machineCode() !== undefined;

/** Steps in the form that the machine code reads. The table points to `data`, which must be kept as long as the table may run. */
export interface Table {
  readonly words: BigInt64Array;
  readonly data: unknown;
  /** Names of results, in the order of `results`. */
  readonly names: readonly string[];
  readonly results: BigInt64Array;
}

/** Writes steps down. Undefined where tables cannot run. */
export function createTable(steps: readonly Step[]): Table | undefined {
  const native = libc();
  if (native === undefined) return undefined;
  const arch = process.arch as Architecture;
  const words = new BigInt64Array(length(steps) + 1);
  const names: string[] = [];
  const results = new BigInt64Array(16);
  const resultAddress = native.pointer(results);
  const ignored = resultAddress + (results.length - 1) * 8;
  let next = 0;

  function write(list: readonly Step[]): void {
    for (const step of list) {
      const at = next;
      words[at] = BigInt(numbers[step.call][arch]);
      step.arguments.forEach((value, index) => {
        words[at + 1 + index] = typeof value === "object" ? BigInt(native!.pointer(value)) : BigInt(value);
      });
      if (step.result !== undefined) names.push(step.result);
      words[at + 7] = BigInt(step.result === undefined ? ignored : resultAddress + (names.length - 1) * 8);
      next += entryWords;
      const children = step.child ?? [];
      words[at + 8] = BigInt(length(children) * 8);
      write(children);
    }
  }
  write(steps);
  words[next] = -1n;
  return { words, data: steps, names, results };
}

/**
 * Runs the steps and returns their named results (a negative errno for failures; 0 for a step that was not reached). All signals are blocked
 * meanwhile, so that no handler of ours runs in a child; a child gets the mask back by `restoreMask`.
 */
export function runTable(body: readonly Step[]): ReadonlyMap<string, number> {
  const table = createTable([{ call: "rt_sigprocmask", arguments: [setMask, everySignal, formerMask, 8] }, ...body, restoreMask]);
  const entry = machineCode();
  if (entry === undefined || table === undefined) throw new Error("no machine code here");
  inUse.add(table);
  entry.run(libc()!.pointer(table.words));
  inUse.delete(table);
  return new Map(table.names.map((name, index) => [name, Number(table.results[index])]));
}

/** errno name of a negative result. */
export const failureName = (result: number): string => errnoName(-result);
