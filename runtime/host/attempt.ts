/**
 * The seam between exceptions of Node's modules and ours: every failing system call leaves this folder as a `HostError` with the errno name, so
 * that callers need to know one error type only. Also the lazy access to built-in modules: loading `node:crypto` or `node:http` costs several
 * milliseconds, more than a whole `chalk version` may take beyond the engine's own start, so nothing but `node:fs` is imported statically.
 */
import { HostError } from "./host.js";

interface SystemError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** Turns whatever a Node module threw into a `HostError`. */
export function toHostError(error: unknown, call: string, path?: string): HostError {
  if (error instanceof HostError) return error;
  const { code, message } = (error ?? {}) as SystemError;
  const name = typeof code === "string" && code !== "" ? code : "EIO";
  return new HostError(name, call, path, typeof message === "string" ? message : undefined);
}

/** Runs one system call; a failure is thrown as `HostError`. */
export function attempt<T>(call: string, path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toHostError(error, call, path);
  }
}

/** A built-in module, loaded when first asked for. Needs Node 20.16 or Bun. */
export const builtin: typeof process.getBuiltinModule = (name: string) => process.getBuiltinModule(name);

/** Bytes of data that may be given as text. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}
