/**
 * System calls that Node's modules lack, through `bun:ffi`. Only the compiled executable (Bun) has them; `libc()` is undefined under plain Node
 * and every user has a way without. Symbols are bound one by one when first used: binding compiles a small wrapper, and a start that needs none
 * of them shall pay for none.
 */
import * as fs from "node:fs";
import { encodeText } from "../text.js";
import { builtin } from "./attempt.js";

/** Types of `bun:ffi` that we use. Pointers are plain numbers. */
export type NativeType = "i32" | "u32" | "i64" | "u64" | "ptr";
type NativeFunction = (...args: (number | bigint | null)[]) => number | bigint;
type Signature = { readonly args: readonly NativeType[]; readonly returns: NativeType };

interface NativeModule {
  dlopen(path: string, symbols: Record<string, Signature>): { symbols: Record<string, NativeFunction> };
  ptr(data: ArrayBufferView): number;
  read: { i32(pointer: number, offset?: number): number; u64(pointer: number, offset?: number): bigint };
  toArrayBuffer(pointer: number, offset: number, length: number): ArrayBuffer;
  CFunction(definition: Signature & { ptr: number }): NativeFunction;
}

const signatures = {
  __errno_location: { args: [], returns: "ptr" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i64"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  inotify_add_watch: { args: ["i32", "ptr", "u32"], returns: "i32" },
  inotify_init1: { args: ["i32"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
  kill: { args: ["i32", "i32"], returns: "i32" },
  listxattr: { args: ["ptr", "ptr", "u64"], returns: "i64" },
  getxattr: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i64" },
  setxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" },
  madvise: { args: ["ptr", "u64", "i32"], returns: "i32" },
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  mmap: { args: ["ptr", "u64", "i32", "i32", "i32", "i64"], returns: "i64" },
  mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recvmsg: { args: ["i32", "ptr", "i32"], returns: "i64" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  setpriority: { args: ["i32", "u32", "i32"], returns: "i32" },
  setresuid: { args: ["u32", "u32", "u32"], returns: "i32" },
  setresgid: { args: ["u32", "u32", "u32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  signal: { args: ["i32", "i64"], returns: "i64" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
  tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
  tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
} as const satisfies Record<string, Signature>;

export type NativeName = keyof typeof signatures;

export interface Libc {
  /** Calls a function of the C library; bigint results come back as numbers (no call here returns more than 2^53). */
  call(name: NativeName, ...args: (number | bigint | null)[]): number;
  /** errno of the last failed call of this thread, as a number. */
  errno(): number;
  pointer(data: ArrayBufferView): number;
  copyTo(address: number, bytes: Uint8Array): void;
  /** The 64-bit word at an address, which must be mapped. */
  readWord(address: number): bigint;
  /** A function at an address that takes one pointer. */
  functionAt(address: number): (argument: number) => void;
}

/** Names under which glibc and musl install the C library. */
const libraryNames = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc.so"];

let loaded: Libc | undefined;

/** The C library, undefined where there is no `bun:ffi` (plain Node). */
export function libc(): Libc | undefined {
  if (loaded !== undefined || process.versions.bun === undefined || process.platform !== "linux") return loaded;
  const native = (builtin as unknown as (name: string) => NativeModule | undefined)("bun:ffi");
  if (native === undefined) return undefined;
  const bound = new Map<NativeName, NativeFunction>();
  let library: string | undefined;

  function bind(name: NativeName): NativeFunction {
    let failure: unknown;
    for (const candidate of library === undefined ? libraryNames : [library]) {
      try {
        const opened = native!.dlopen(candidate, { [name]: signatures[name] });
        library = candidate;
        return opened.symbols[name]!;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  loaded = {
    call(name, ...args) {
      let target = bound.get(name);
      if (target === undefined) {
        target = bind(name);
        bound.set(name, target);
      }
      return Number(target(...args));
    },
    errno: () => native.read.i32(loaded!.call("__errno_location")),
    pointer: (data) => native.ptr(data),
    copyTo(address, bytes) {
      new Uint8Array(native.toArrayBuffer(address, 0, bytes.length)).set(bytes);
    },
    readWord: (address) => native.read.u64(address),
    functionAt(address) {
      const target = native.CFunction({ ptr: address, args: ["ptr"], returns: "i64" });
      return (argument) => {
        target(argument);
      };
    },
  };
  return loaded;
}

/** errno name of a number, `E<number>` if this system has none. */
export function errnoName(number: number): string {
  const { errno } = builtin("node:os").constants;
  return Object.entries(errno).find(([, value]) => value === number)?.[0] ?? `E${number}`;
}

/** A NUL-terminated copy for C, with the bytes that text stands for (`text.ts`). Keep a reference to it as long as the pointer is in use. */
export function cString(text: string | Uint8Array): Uint8Array {
  return Buffer.concat([typeof text === "string" ? encodeText(text) : text, Buffer.of(0)]);
}

/** A field of /proc/self/status, trimmed; undefined where there is no /proc. */
export function ownStatus(field: string): string | undefined {
  try {
    const text = fs.readFileSync("/proc/self/status", "latin1");
    const start = text.indexOf(`\n${field}:`);
    return start < 0 ? undefined : text.slice(start + field.length + 2, text.indexOf("\n", start + 1)).trim();
  } catch {
    return undefined;
  }
}
