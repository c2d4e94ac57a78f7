/** Runs collectors outside the report engine. */
import type { Artifact, CollectContext, Collector, KeyFailure, Session } from "../../../runtime/collect/types.js";
import type { Host } from "../../../runtime/host/host.js";
import { compact, Float, type Json } from "../../../runtime/json.js";
import type { Settings } from "../../../runtime/settings/settings.js";

/** Settings that know nothing but what is given; everything else has its fallback. */
export function settingsOf(values: Readonly<Record<string, unknown>> = {}): Settings {
  const get = (path: string, fallback?: unknown) => values[path] ?? fallback;
  return {
    bool: get,
    string: get,
    strings: get,
    int: get,
    duration: get,
    size: get,
    isSet: (path: string) => path in values,
  } as unknown as Settings;
}

export const plainSession: Session = {
  version: "9.8.7",
  commit: "abc",
  execId: "0123456789abcdef",
  startTime: 1_000,
  startMonotonic: 500,
  argv: ["/opt/bin/chalk", "exec", "x"],
  commandFlags: [],
  commandArgs: ["x"],
  externalConfig: undefined,
  heartbeatCount: 3,
  selfChalkId: undefined,
};

export interface Collected {
  readonly values: Map<string, Json>;
  readonly failures: (readonly [key: string, failure: KeyFailure])[];
}

export function contextOf(host: Host, keys: readonly string[], overrides: Partial<CollectContext> = {}): CollectContext {
  return {
    host,
    settings: settingsOf(),
    operation: "exec",
    artifacts: [],
    operationTime: 1_772_000_000_120,
    operationMonotonic: 2_500.7,
    subscribed: (key) => keys.includes(key),
    searchPath: [],
    log() {},
    cache: new Map(),
    session: plainSession,
    ...overrides,
  };
}

/** Host keys of phase 4. */
export function collectHost(
  collector: Collector,
  host: Host,
  keys: readonly string[],
  overrides: Partial<CollectContext> = {},
): Collected {
  const failures: Collected["failures"] = [];
  const context = contextOf(host, keys, { fail: (key, failure) => void failures.push([key, failure]), ...overrides });
  return { values: collector.collectHost!("post_run_keys", context), failures };
}

export function artifactOf(path: string, extra: Partial<Artifact> = {}): Artifact {
  const fixed = { codec: undefined, kinds: new Set<never>(), data: new Map(), mark: undefined, unmarkedHash: undefined };
  return { name: path, path, pid: undefined, ...fixed, failed: false, errors: [], failedKeys: new Map(), ...extra };
}

/** JSON as plain JavaScript, floats as `{float}` so that they can be told from integers. */
export function plain(json: Json | undefined): unknown {
  if (json instanceof Float) return { float: json.value };
  if (Array.isArray(json)) return (json as readonly Json[]).map(plain);
  if (json instanceof Map)
    return Object.fromEntries([...(json as ReadonlyMap<string, Json>)].map(([key, value]) => [key, plain(value)]));
  return json;
}

export { compact };
