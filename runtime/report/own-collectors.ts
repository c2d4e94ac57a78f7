/**
 * The two collectors that only the engine can be: `conffile`, which fills keys from the configuration (`collection.md` 11), and `metsys`, which runs last and
 * tells of the operation itself (`collection.md` 4.7).
 */

import type { Type } from "../../compiler/types.js";
import { collectionErrorCode, recordFailure } from "../collect/tables.js";
import type { Artifact, CollectContext, Collector, PhaseName } from "../collect/types.js";
import { plainJson } from "../encoding.js";
import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import type { Settings } from "../settings/settings.js";
import { typeText } from "../type-tools.js";
import { mismatch } from "../value-types.js";
import { TypeValue, type Value } from "../values.js";
import type { KeyKind, Keyspecs } from "./keyspecs.js";
import type { Operation } from "./operation.js";

const kindOfPhase: Record<PhaseName, KeyKind> = {
  pre_run_keys: 0,
  pre_chalk_keys: 1,
  post_chalk_keys: 2,
  post_run_keys: 3,
};

/** The operation that a context belongs to. */
export type OperationOf = (context: CollectContext) => Operation;

interface ConfiguredKey {
  readonly key: string;
  /** What a callback of the user must give. Those of the shipped configuration do. */
  readonly type: Type | undefined;
  readonly value: Value | undefined;
  readonly callback: Value | undefined;
}

/** Subscribed keys of one kind that have a `value` or `callback`. */
function configuredKeys(settings: Settings, keyspecs: Keyspecs, subscribed: ReadonlySet<string>, kind: KeyKind): ConfiguredKey[] {
  return [...subscribed].flatMap((key): ConfiguredKey[] => {
    // Chalk-time keys never have such names, so there is nothing to look up.
    if (kind < 2 && key.startsWith("_")) return [];
    const { value, callback, kind: own } = keyspecs.get(key) ?? {};
    if ((value === undefined && callback === undefined) || own !== kind) return [];
    const declared = settings.isShipped(`keyspec.${key}`) ? undefined : settings.value(`keyspec.${key}.type`);
    return [{ key, value, callback, type: declared instanceof TypeValue ? declared.type : undefined }];
  });
}

/** 16 lower-case hex digits from the system's random source. */
export function randomHex(host: Host): string {
  return Array.from(host.machine.randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Makes `conffile`. Which keys it may set is remembered for each set of subscriptions, since those are kept by kind of operation. */
export function createConffile(
  settings: Settings,
  keyspecs: Keyspecs,
  operationOf: OperationOf,
  overrides: () => ReadonlySet<string>,
): Collector {
  const known = new WeakMap<ReadonlySet<string>, Map<PhaseName, ConfiguredKey[]>>();

  function keysFor(phase: PhaseName, subscribed: ReadonlySet<string>): ConfiguredKey[] {
    let phases = known.get(subscribed);
    if (phases === undefined) known.set(subscribed, (phases = new Map()));
    let keys = phases.get(phase);
    if (keys === undefined) phases.set(phase, (keys = configuredKeys(settings, keyspecs, subscribed, kindOfPhase[phase])));
    return keys;
  }

  /** What the callback of a key gives; a failure is logged and recorded for the key. */
  function computed({ key, type, callback }: ConfiguredKey, context: CollectContext, argument: string): Value | undefined {
    if (callback === undefined) return undefined;
    const fail = (problem: string): undefined => {
      recordFailure(context, key, problem, collectionErrorCode, "A callback of the configuration computes this key.");
      return undefined;
    };
    const result = settings.call(callback, [argument], `key ${key}`);
    if (result === undefined) return fail("the callback failed");
    const found = type === undefined ? undefined : mismatch(result, type);
    if (type === undefined || found === undefined) return result;
    const problem = `the callback gives ${found.actual}${found.path === "$" ? "" : ` at ${found.path}`} where the key is ${typeText(type)}`;
    context.log("error", `key ${key}: ${problem}`);
    return fail(problem);
  }

  function collect(
    phase: PhaseName,
    context: CollectContext,
    operation: Operation,
    present: ReadonlyMap<string, Json>,
    argument: string,
  ): Map<string, Json> {
    const found = new Map<string, Json>();
    for (const configured of keysFor(phase, operation.plan.subscribed)) {
      const { key } = configured;
      if (present.has(key) && !overrides().has(key)) continue;
      const result = configured.value ?? computed(configured, context, argument);
      if (result !== undefined) found.set(key, plainJson(result));
    }
    return found;
  }

  return {
    name: "conffile",
    collectHost(phase, context) {
      const operation = operationOf(context);
      return collect(phase, context, operation, operation.hostData, phase === "pre_run_keys" ? context.searchPath.join(":") : "");
    },
    collectArtifact: (phase: "pre_chalk_keys" | "post_chalk_keys", artifact: Artifact, context) =>
      collect(phase, context, operationOf(context), artifact.data, artifact.name),
  };
}

export interface MetsysSources {
  readonly host: Host;
  /** The exit code that the process is about to return. */
  readonly exitCode: () => number;
  /** What builtins of the configuration did to the outside, as `[kind, detail]`. */
  readonly externalActions: () => readonly (readonly [kind: string, detail: string])[];
}

/** Makes `metsys`. */
export function createMetsys(sources: MetsysSources, operationOf: OperationOf): Collector {
  return {
    name: "metsys",
    collectHost(phase, context) {
      const operation = operationOf(context);
      if (phase !== "post_run_keys") return new Map();
      operation.takeErrors();
      return new Map<string, Json>([
        ["_OP_EXIT_CODE", sources.exitCode()],
        ["_OP_ERRORS", [...operation.errors]],
        ["_OP_FAILED_KEYS", new Map(operation.failedKeys)],
        [
          "_CHALK_EXTERNAL_ACTION_AUDIT",
          [...sources.externalActions(), ...operation.actions].map(([kind, detail]) => [kind, detail]),
        ],
        ["_CHALK_RUN_TIME", Math.max(0, Math.round(sources.host.clock.monotonic() - operation.context.operationMonotonic))],
      ]);
    },
  };
}
