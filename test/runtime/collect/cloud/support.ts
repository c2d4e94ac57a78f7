/** A cloud in memory: the firmware's files, the environment, and a metadata service that answers from a table and remembers what it was asked. */
import { createHash } from "node:crypto";
import type { CollectContext, Collector, KeyFailure } from "../../../../runtime/collect/types.js";
import { type Hashing, HostError, type HttpRequest } from "../../../../runtime/host/host.js";
import { createMemoryHost } from "../../../../runtime/host/memory-host.js";
import { contextOf, plain, settingsOf } from "../../support/collect.js";

export type Reply = string | number | HostError | { readonly status: number; readonly body: string };

export interface CloudOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** By `PUT /path` or `/path` (GET), the address without scheme and host; several replies: one after the other, the last for good. */
  readonly answers?: Readonly<Record<string, Reply | readonly Reply[]>>;
  readonly keys: readonly string[];
  readonly overrides?: Partial<CollectContext>;
}

export interface CloudResult {
  readonly values: Readonly<Record<string, unknown>>;
  /** `KEY CODE`, in order. */
  readonly failures: readonly string[];
  readonly requests: readonly HttpRequest[];
  /** `METHOD path`, in order. */
  readonly asked: readonly string[];
  readonly logs: readonly string[];
  readonly context: CollectContext;
}

const digest = (algorithm: string, data: Uint8Array | string) => createHash(algorithm).update(data).digest();
export const hashing: Hashing = {
  digest,
  hex: (algorithm, data) => digest(algorithm, data).toString("hex"),
  stream: () => {
    throw new Error("not here");
  },
};

export const refused = new HostError("ECONNREFUSED", "connect", undefined, "nobody listens");
export const silent = new HostError("ETIMEDOUT", "request", undefined, "no complete answer within 1000 ms");

/** Lets a collector speak in phase 4. */
export async function collectIn(collector: Collector, options: CloudOptions): Promise<CloudResult> {
  const requests: HttpRequest[] = [];
  const counts = new Map<string, number>();
  const nameOf = ({ method, url }: HttpRequest) => {
    const { pathname, search } = new URL(url);
    return method === "GET" ? `${pathname}${search}` : `${method} ${pathname}${search}`;
  };
  const host = createMemoryHost({
    files: options.files ?? {},
    environment: options.environment ?? {},
    hashing,
    respond(request) {
      requests.push(request);
      const name = nameOf(request);
      const given = options.answers?.[name] ?? 404;
      const list = (Array.isArray(given) ? given : [given]) as readonly Reply[];
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      const reply = list[Math.min(count, list.length - 1)] as Reply;
      if (reply instanceof HostError) throw reply;
      const { status, body } =
        typeof reply === "string"
          ? { status: 200, body: reply }
          : typeof reply === "number"
            ? { status: reply, body: "" }
            : reply;
      return { status, statusText: `Status ${status}`, headers: {}, body: new TextEncoder().encode(body) };
    },
  });
  const failures: (readonly [string, KeyFailure])[] = [];
  const logs: string[] = [];
  const context = contextOf(host, options.keys, {
    settings: settingsOf(options.settings),
    fail: (key, failure) => void failures.push([key, failure]),
    log: (level, message) => void logs.push(`${level}: ${message}`),
    ...options.overrides,
  });
  const values = await collector.collectReport!(context);
  const subscribed = new Map([...values].filter(([key]) => context.subscribed(key)));
  return {
    values: plain(subscribed) as Record<string, unknown>,
    failures: failures.map(([key, { code }]) => `${key} ${code}`),
    requests,
    asked: requests.map((request) => `${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`),
    logs,
    context,
  };
}
