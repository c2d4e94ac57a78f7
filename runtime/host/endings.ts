/**
 * Signals that end us (`runtime-core.md` 3.2). JavaScript cannot answer them: its handlers run between two tasks of the engine, and we may be waiting for a
 * tool, a terminal or the end of a loop in a configuration. So the handler is machine code. It becomes another program by `execve`: a copy of ourselves,
 * which says what ended us, removes our temporary files and exits with 128 + signal (`start/endings.ts`). The system calls for that are a table
 * (`trampoline.ts`), one for each signal, written beforehand.
 *
 * For faults (SIGSEGV and the like) the engine has handlers of its own; faults of this process are left to them, and only what was sent by somebody is ours.
 */
import { endingSignals } from "../signals.js";
import { cString, type Libc, libc } from "./libc.js";
import { isPacked } from "./processes.js";
import { clearMask, createTable, mapCode, type Step, systemCall, type Table, tableRunner } from "./trampoline.js";

/** The kernel's `struct sigaction` is words: handler, flags, on x64 the code that a handler returns to, mask. */
const [handlerAt, flagsAt, returnAt] = [0, 1, 2];
const maskSize = 8;
const [signalInformation, hasReturn] = [4n, 0x04000000n];
const [defaultHandler, ignoringHandler] = [0n, 1n];

/**
 * Machine code of the handler, which follows that of `run(table)`: if the signal comes from the kernel and `former[signal]` is not 0, that handler goes on,
 * else `run(tables[signal])`. The placeholders are the addresses of the two vectors.
 */
const handlers: Readonly<Record<string, (runLength: number) => readonly number[]>> = {
  // biome-ignore format: one instruction a line
  x64: (runLength) => [
    0x89, 0xf8,                   // mov eax, edi
    0x48, 0xb9, ...placeholder,   // mov rcx, former
    0x48, 0x8b, 0x0c, 0xc1,       // mov rcx, [rcx+rax*8]
    0x48, 0x85, 0xc9,             // test rcx, rcx
    0x74, 0x08,                   // jz ours
    0x83, 0x7e, 0x08, 0x00,       // cmp dword [rsi+8], 0
    0x7e, 0x02,                   // jle ours
    0xff, 0xe1,                   // jmp rcx
    0x48, 0xb9, ...placeholder,   // ours: mov rcx, tables
    0x48, 0x8b, 0x3c, 0xc1,       // mov rdi, [rcx+rax*8]
    0xe9, ...little(-(runLength + 48), 4), // jmp run
  ],
  // biome-ignore format: one instruction a line, little-endian
  arm64: (runLength) => [
    0x49, 0x01, 0x00, 0x58,       // ldr x9, former
    0x29, 0x59, 0x60, 0xf8,       // ldr x9, [x9, w0, uxtw #3]
    0xa9, 0x00, 0x00, 0xb4,       // cbz x9, ours
    0x2a, 0x08, 0x40, 0xb9,       // ldr w10, [x1, #8]
    0x5f, 0x01, 0x00, 0x71,       // cmp w10, #0
    0x4d, 0x00, 0x00, 0x54,       // b.le ours
    0x20, 0x01, 0x1f, 0xd6,       // br x9
    0xa9, 0x00, 0x00, 0x58,       // ours: ldr x9, tables
    0x20, 0x59, 0x60, 0xf8,       // ldr x0, [x9, w0, uxtw #3]
    ...little((0x05 << 26) | ((-(runLength + 36) / 4) & 0x3ffffff), 4), // b run
    ...placeholder,               // former
    ...placeholder,               // tables
  ],
};

const placeholderByte = 0xcc;
const placeholder: readonly number[] = new Array<number>(8).fill(placeholderByte);

function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 0xff);
}

/** Addresses by signal number. */
const former = new BigInt64Array(65);
const tables = new BigInt64Array(65);
/** Keeps alive what the tables of each signal point to. */
const kept = new Map<number, unknown>();
const armed = new Set<number>();
let handler: number | undefined;
/** Steps before the last ones: what must be undone in this process. */
let undo: readonly Step[] = [];
let words: (() => readonly string[]) | undefined;

/** Signals that have a handler of this module. Children must not inherit it while they share our memory. */
export const armedSignals = (): readonly number[] => [...armed];

function mapHandler(native: Libc): number | undefined {
  const run = tableRunner();
  const code = handlers[process.arch]?.(run?.length ?? 0);
  if (run === undefined || code === undefined) return undefined;
  const bytes = Uint8Array.from([...run, ...code]);
  const view = new DataView(bytes.buffer);
  let from = run.length;
  for (const vector of [former, tables]) {
    const at = bytes.findIndex((byte, i) => i >= from && byte === placeholderByte && bytes[i + 7] === placeholderByte);
    view.setBigInt64(at, BigInt(native.pointer(vector)), true);
    from = at + 8;
  }
  const page = mapCode(bytes);
  return page === undefined ? undefined : page + run.length;
}

/** A NULL-terminated vector of addresses. */
const vectorOf = (native: Libc, parts: readonly Uint8Array[]): BigInt64Array =>
  BigInt64Array.from([...parts.map((part) => BigInt(native.pointer(part))), 0n]);

/** Writes the tables anew, after what they say has changed. */
function writeTables(native: Libc): void {
  const [program, ...rest] = (words?.() ?? []).map(cString);
  if (program === undefined) return;
  const environment = new BigInt64Array(1);
  for (const signal of endingSignals.keys()) {
    const number = cString(String(signal));
    const argv = vectorOf(native, [program, ...rest, number]);
    const table = createTable([
      ...undo,
      clearMask,
      { call: "execve", arguments: [program, argv, environment] },
      { call: "exit_group", arguments: [128 + signal] },
    ]) as Table;
    // A signal that comes meanwhile finds the old table or the new one.
    tables[signal] = BigInt(native.pointer(table.words));
    kept.set(signal, [table, argv, program, rest, number]);
  }
}

/** Installs the handler for one signal, unless the caller of chalk had it ignored. */
function arm(native: Libc, signal: number): void {
  const action = new BigInt64Array(4);
  const address = native.pointer(action);
  if (systemCall(native, "rt_sigaction", signal, 0, address, maskSize) !== 0) return;
  const current = action[handlerAt]!;
  if (current === ignoringHandler || current === BigInt(handler!)) return;
  former[signal] = current === defaultHandler ? 0n : current;
  action[handlerAt] = BigInt(handler!);
  action[flagsAt] = action[flagsAt]! | signalInformation;
  // x64 demands an address to return to; our handler never returns, and one that was there before has brought its own.
  if (process.arch === "x64" && (action[flagsAt]! & hasReturn) === 0n) {
    action[flagsAt] = action[flagsAt]! | hasReturn;
    action[returnAt] = BigInt(handler!);
  }
  if (systemCall(native, "rt_sigaction", signal, address, 0, maskSize) === 0) armed.add(signal);
}

/**
 * From now on an ending signal turns this process into the program that `launch` names: its words, followed by the number of the signal. Called again, the
 * words change. Nothing happens where there is no machine code; signals then do what they always do.
 */
export function answerEndings(launch: () => readonly string[]): void {
  const native = isPacked() ? libc() : undefined;
  if (native === undefined) return;
  handler ??= mapHandler(native);
  if (handler === undefined) return;
  words = launch;
  writeTables(native);
  if (armed.size === 0) for (const signal of endingSignals.keys()) arm(native, signal);
}

/** To be called when something that the words tell has changed. */
export function refreshEndings(): void {
  const native = libc();
  if (armed.size > 0 && native !== undefined) writeTables(native);
}

/** Puts the handler back after another one, which was there for a time. */
export function armAgain(signal: number): void {
  const native = libc();
  if (armed.has(signal) && native !== undefined) arm(native, signal);
}

/** System calls that an ending signal makes before anything else, until the result is called. */
export function undoAtEnd(steps: readonly Step[]): () => void {
  undo = steps;
  refreshEndings();
  return () => {
    undo = [];
    refreshEndings();
  };
}
