/** Request headers of HTTP sinks (`runtime-core.md` 11.6): later sets win, names are compared without regard to case. */
import type { SinkContext } from "../types.js";

export type Headers = Record<string, string>;

/** Merges header sets; the spelling of the name that comes last is kept. Names or values that are no header text are left out. */
export function mergeHeaders(...sets: readonly Iterable<readonly [string, string]>[]): Headers {
  const merged = new Map<string, readonly [string, string]>();
  for (const set of sets)
    for (const [name, value] of set) {
      const clean = value.trim();
      if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !/[\r\n\0]/.test(clean)) merged.set(name.toLowerCase(), [name, clean]);
    }
  return Object.fromEntries(merged.values());
}

/** The headers that describe the body and the program; users can't override them. */
export function coreHeaders(context: SinkContext, body: Uint8Array): [string, string][] {
  const { operation, actionId } = context.report();
  const headers: [string, string][] = [
    ["User-Agent", `chalk/${context.version} (chalk-ts)`],
    ["X-Chalk-Version", context.version],
    ["X-Chalk-Operation", operation],
    ["X-Content-Length", String(body.length)],
    ["X-Chalk-Digest-Sha256", context.host.hashing.hex("sha256", body)],
  ];
  if (actionId !== undefined) headers.push(["X-Chalk-Action-Id", actionId]);
  return headers;
}
