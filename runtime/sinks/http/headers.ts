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

/** Who sends, and on whose behalf. */
export type Sender = Pick<SinkContext, "version" | "report">;

/** The headers that describe the program and a body of that length and SHA-256 (hex); users can't override them. */
export function describingHeaders(sender: Sender, length: number, digest: string): [string, string][] {
  const { operation, actionId } = sender.report();
  const headers: [string, string][] = [
    ["User-Agent", `chalk/${sender.version} (chalk-ts)`],
    ["X-Chalk-Version", sender.version],
    ["X-Chalk-Operation", operation],
    ["X-Content-Length", String(length)],
    ["X-Chalk-Digest-Sha256", digest],
  ];
  if (actionId !== undefined) headers.push(["X-Chalk-Action-Id", actionId]);
  return headers;
}

/** The same for a body that is at hand. */
export function coreHeaders(context: SinkContext, body: Uint8Array): [string, string][] {
  return describingHeaders(context, body.length, context.host.hashing.hex("sha256", body));
}
