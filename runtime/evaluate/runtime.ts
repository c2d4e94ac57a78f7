/**
 * A `Runtime` is one context of evaluation (`language.md` 6.1): the store that files fill, the function table, the cells of exported variables, and
 * what the files may do to the outside world. Files and components run in it one after the other; nothing here knows source text.
 *
 * The function table is keyed by the identity of an entry (`FunctionEntry.key` of the checker), so that a function that a later file replaces reaches
 * all callers compiled before (6.2).
 */

import type { FunctionIr } from "../../compiler/ir.js";
import type { Type } from "../../compiler/types.js";
import type { Builtin } from "../builtins/builtin.js";
import { type ChalkServices, neutralServices } from "../builtins/services.js";
import { Effects, type EffectsOptions } from "../effects/effects.js";
import type { Host } from "../host/host.js";
import { createStore, type Store } from "../store.js";
import type { Value } from "../values.js";
import type { Frame } from "./frame.js";
import type { LoadedModule } from "./module.js";

/** One entry of the function table. */
export type RuntimeFunction =
  | { readonly kind: "user"; readonly name: string; readonly ir: FunctionIr; readonly module: LoadedModule }
  | { readonly kind: "builtin"; readonly name: string; readonly builtin: Builtin };

/** What stops runaway evaluation (`policy.max_steps`, `policy.max_call_depth`; `builtins.md` 6.1). */
export interface Limits {
  /** Steps per evaluated file; exceeded: C4M-E022. */
  maxSteps: number;
  /** Nested calls; exceeded: C4M-E010. */
  maxCallDepth: number;
  /** Bytes of output that `run` and `system` may return; exceeded: C4M-E022. */
  maxOutput: number;
  /** Milliseconds per evaluated file, 0 for no limit; exceeded: C4M-E022. */
  maxTime: number;
}

export const defaultLimits: Readonly<Limits> = {
  maxSteps: 10_000_000,
  maxCallDepth: 1000,
  maxOutput: 64 * 1024 * 1024,
  maxTime: 0,
};

/** Milliseconds that a trial or lint run may take per file unless the host says otherwise (`builtins.md` 6.1). */
const trialTime = 60_000;

/** A value that the host has configured for a component's parameter. */
export interface ConfiguredParameter {
  readonly value: Value;
  readonly type: Type;
}

/** May refuse an assignment: returns the reason, or undefined to let it pass (C4M-E015). */
export type AssignmentHook = (path: readonly string[], value: Value) => string | undefined;

export interface Runtime {
  readonly store: Store;
  /** By entry key. */
  readonly functions: Map<string, RuntimeFunction>;
  /** Entry keys by function name, in order of first definition; for callbacks. */
  readonly entries: Map<string, string[]>;
  /** Exported variables and enum constants; undefined while unset. */
  readonly cells: Map<string, Value | undefined>;
  /** Every module that was registered, with components, for declarations. */
  readonly modules: Set<LoadedModule>;
  /** Keys of components whose functions are in the table; using one again doesn't define them again. */
  readonly components: Set<string>;
  /** Component key -> parameter name -> value. The name of a stacked file is its key. */
  readonly parameters: Map<string, Map<string, ConfiguredParameter>>;
  readonly host: Host;
  readonly services: ChalkServices;
  readonly effects: Effects;
  readonly limits: Limits;
  /** Runtime of the configuration that a schema's validators look at (`builtins.md` 9, marked ‡); itself otherwise. */
  subject: Runtime | undefined;
  hook: AssignmentHook | undefined;
  /** The innermost frame in progress. */
  frame: Frame | undefined;
  /** Nested calls in progress. */
  depth: number;
  /** Components being evaluated around the statement in progress. */
  componentDepth: number;
  /** Steps taken for the present file. */
  steps: number;
  /** Instant (monotonic) at which the time limit ends; 0 for none. */
  deadline: number;
}

export interface RuntimeOptions extends EffectsOptions {
  readonly host: Host;
  readonly builtins: readonly Builtin[];
  readonly services?: ChalkServices;
  readonly limits?: Partial<Limits>;
  readonly subject?: Runtime;
  readonly hook?: AssignmentHook;
  readonly store?: Store;
}

/** Makes a runtime with an empty store (or the one given) and the given builtins. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const runtime: Runtime = {
    store: options.store ?? createStore(),
    functions: new Map(),
    entries: new Map(),
    cells: new Map(),
    modules: new Set(),
    components: new Set(),
    parameters: new Map(),
    host: options.host,
    services: options.services ?? neutralServices,
    effects: new Effects(options.host, options),
    limits: {
      ...defaultLimits,
      ...(options.policy === "trial" || options.policy === "lint" ? { maxTime: trialTime } : {}),
      ...options.limits,
    },
    subject: options.subject,
    hook: options.hook,
    frame: undefined,
    depth: 0,
    componentDepth: 0,
    steps: 0,
    deadline: 0,
  };
  for (const builtin of options.builtins)
    defineFunction(runtime, builtin.name + builtin.type, { kind: "builtin", name: builtin.name, builtin });
  return runtime;
}

/** Puts an entry into the function table, in place of an earlier one with the same key. A user's function hides builtins that yield. */
export function defineFunction(runtime: Runtime, key: string, entry: RuntimeFunction): void {
  let keys = runtime.entries.get(entry.name);
  if (keys === undefined) runtime.entries.set(entry.name, (keys = []));
  if (entry.kind === "user")
    for (const other of [...keys]) {
      const existing = runtime.functions.get(other);
      if (existing?.kind === "builtin" && existing.builtin.yields === true) keys.splice(keys.indexOf(other), 1);
    }
  if (!keys.includes(key)) keys.push(key);
  runtime.functions.set(key, entry);
}

/** The runtime that introspection builtins look at. */
export function subjectOf(runtime: Runtime): Runtime {
  return runtime.subject ?? runtime;
}
