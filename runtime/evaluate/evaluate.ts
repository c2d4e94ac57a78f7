/**
 * The way into evaluation: registers a compiled file and its components, runs it from top to bottom, and turns whatever stops it into a diagnostic
 * (`language.md` 6.1). There is no rollback: what was assigned before an error stays.
 */
import type { ParameterIr } from "../../compiler/ir.js";
import type { Type } from "../../compiler/types.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { Failure } from "../failure.js";
import { nestedText } from "../text-form.js";
import { typeText, unifiable } from "../type-tools.js";
import type { FunctionValue, Value } from "../values.js";
import { callReference } from "./calls.js";
import { applyParameters, moduleFrame, parameterName } from "./components.js";
import { evaluate as evaluateExpression } from "./expressions.js";
import { failureDiagnostic } from "./frame.js";
import { type LoadedModule, type ModuleSet, moduleType } from "./module.js";
import { defineFunction, type Runtime } from "./runtime.js";
import { runStatements } from "./statements.js";

/** Puts a module's functions and enum constants into the runtime. */
function register(runtime: Runtime, module: LoadedModule): void {
  runtime.modules.add(module);
  for (const ir of module.ir.functions) defineFunction(runtime, ir.entry, { kind: "user", name: ir.name, ir, module });
  for (const cell of module.ir.cells) {
    if (cell.constant !== undefined) runtime.cells.set(cell.name, module.constants[cell.constant]);
    else if (!runtime.cells.has(cell.name)) runtime.cells.set(cell.name, undefined);
  }
}

/** Makes the functions and constants of a file and its components known; a component's function replaces one of the file. */
export function registerModules(runtime: Runtime, modules: ModuleSet): void {
  register(runtime, modules.main);
  for (const component of modules.components.values()) {
    if (runtime.components.has(component.key)) continue;
    runtime.components.add(component.key);
    register(runtime, component);
  }
}

/** A fresh budget of steps and time. */
function startBudget(runtime: Runtime): void {
  runtime.steps = 0;
  runtime.deadline = runtime.limits.maxTime > 0 ? runtime.host.clock.monotonic() + runtime.limits.maxTime : 0;
}

/**
 * Runs something that may throw a `Failure`, with the runtime's state restored afterwards. The failure becomes a diagnostic at the place in progress.
 */
function guarded<T>(runtime: Runtime, work: () => T): { readonly value?: T; readonly failure?: Diagnostic } {
  const { frame, depth, componentDepth } = runtime;
  if (frame === undefined) startBudget(runtime);
  try {
    return { value: work() };
  } catch (error) {
    return { failure: failureDiagnostic(error, runtime.frame) };
  } finally {
    runtime.frame = frame;
    runtime.depth = depth;
    runtime.componentDepth = componentDepth;
  }
}

/**
 * Evaluates one compiled file (`language.md` 6.1, steps 4-6): parameters, then the top level, then the count of files goes up, also after a failure.
 * Returns the diagnostics of the run: at most one error, and what the capability policy recorded as E024 note. Throws nothing.
 */
export function evaluate(modules: ModuleSet, runtime: Runtime): readonly Diagnostic[] {
  registerModules(runtime, modules);
  const { failure } = guarded(runtime, () => {
    const frame = moduleFrame(runtime, modules.main, "");
    runtime.frame = frame;
    applyParameters(frame);
    runStatements(frame, modules.main.ir.body);
  });
  runtime.store.filesRun++;
  return failure === undefined ? [] : [failure];
}

/** What a callback gave: a value (undefined for a void function), or the diagnostic that stopped it. */
export type CallResult =
  | { readonly ok: true; readonly value: Value | undefined }
  | { readonly ok: false; readonly diagnostic: Diagnostic };

/**
 * Calls a function that the configuration defines, from outside or inside evaluation: validators, callbacks of keys and tools. The function is found by
 * name and, if the reference has one, signature. Steps count against a budget of their own for each call from outside. Throws nothing.
 */
export function callFunction(runtime: Runtime, reference: FunctionValue | string, args: readonly Value[]): CallResult {
  const { value, failure } = guarded(runtime, () => callReference(runtime, reference, args));
  return failure === undefined ? { ok: true, value } : { ok: false, diagnostic: failure };
}

// ---- parameters, as hosts see them -----------------------------------------------------------------------------------------------------

export interface ParameterInfo {
  /** Component key; a stacked file's name. */
  readonly component: string;
  readonly name: string;
  readonly isAttribute: boolean;
  readonly type: Type;
  readonly shortdoc: string | undefined;
  readonly doc: string | undefined;
  readonly sensitive: boolean;
  readonly hasDefault: boolean;
  /** True if the default is a callback's result. */
  readonly isComputed: boolean;
  readonly hasValidator: boolean;
}

/** All parameters of a file and of the components that it uses, variables before attributes within each (`language.md` 7.4). */
export function listParameters(modules: ModuleSet): ParameterInfo[] {
  return [modules.main, ...modules.components.values()].flatMap((module) =>
    [...ordered(module)].map((parameter) => ({
      component: module.key,
      name: parameterName(parameter),
      isAttribute: parameter.kind === "attribute",
      type: moduleType(module, parameter.type),
      shortdoc: parameter.shortdoc,
      doc: parameter.doc,
      sensitive: parameter.sensitive === true,
      hasDefault: parameter.default !== undefined,
      isComputed: parameter.defaultIsCall === true,
      hasValidator: parameter.validator !== undefined,
    })),
  );
}

function ordered(module: LoadedModule): ParameterIr[] {
  const last = new Map(module.ir.parameters.map((p) => [`${p.kind} ${parameterName(p)}`, p] as const));
  const inForce = [...last.values()];
  return [...inForce.filter((p) => p.kind === "variable"), ...inForce.filter((p) => p.kind === "attribute")];
}

function findParameter(modules: ModuleSet, component: string, name: string): { module: LoadedModule; parameter: ParameterIr } {
  const module = [modules.main, ...modules.components.values()].find((m) => m.key === component);
  const parameter = module === undefined ? undefined : ordered(module).find((p) => parameterName(p) === name);
  if (module === undefined || parameter === undefined)
    throw new Failure("C4M-M007", `component ${component} has no parameter '${name}'`, { path: name });
  return { module, parameter };
}

/**
 * Configures a parameter: checks that it exists (C4M-M007), that the type fits (M006), and that its validator accepts the value (M008). The module set must
 * be registered in the runtime. Returns what is wrong, or nothing.
 */
export function configureParameter(
  runtime: Runtime,
  modules: ModuleSet,
  component: string,
  name: string,
  value: Value,
  type: Type,
): Diagnostic | undefined {
  return guarded(runtime, () => {
    const { module, parameter } = findParameter(modules, component, name);
    runtime.frame = moduleFrame(runtime, module, "");
    runtime.frame.at = parameter.span;
    const expected = moduleType(module, parameter.type);
    if (!unifiable(expected, type)) {
      const details = { expected: typeText(expected), actual: typeText(type), path: name };
      throw new Failure("C4M-M006", `parameter '${name}' is of type ${details.expected}, not ${details.actual}`, details);
    }
    if (parameter.validator !== undefined) {
      const message = callReference(runtime, module.constants[parameter.validator] as FunctionValue, [value]);
      if (message !== "") throw new Failure("C4M-M008", `${nestedText(value)} is refused: ${String(message)}`, { path: name });
    }
    let values = runtime.parameters.get(component);
    if (values === undefined) runtime.parameters.set(component, (values = new Map()));
    values.set(name, { value, type });
  }).failure;
}

/** The default of a parameter, computed if need be; undefined if it has none. */
export function parameterDefault(
  runtime: Runtime,
  modules: ModuleSet,
  component: string,
  name: string,
): { readonly value?: Value | undefined; readonly failure?: Diagnostic } {
  return guarded(runtime, () => {
    const { module, parameter } = findParameter(modules, component, name);
    runtime.frame = moduleFrame(runtime, module, "");
    runtime.frame.at = parameter.span;
    return parameter.default === undefined ? undefined : evaluateExpression(runtime.frame, parameter.default);
  });
}
