/**
 * Running components and applying parameters (`language.md` 7.3, 7.4). While a component runs, and in all that it calls or uses, every attribute
 * assignment locks; parameter values don't.
 */
import type { ParameterIr } from "../../compiler/ir.js";
import { Failure } from "../failure.js";
import { equalValues } from "../operations.js";
import { effectiveValue, lookup, type Origin } from "../store.js";
import { typeText, unifiable } from "../type-tools.js";
import type { Value } from "../values.js";
import { assignAttribute } from "./assign.js";
import { evaluate } from "./expressions.js";
import { createFrame, type Frame } from "./frame.js";
import { type LoadedModule, locationOf, moduleType } from "./module.js";
import type { Runtime } from "./runtime.js";
import { runStatements } from "./statements.js";

/** A parameter's name as hosts use it: the dotted path of an attribute, the name of a variable. */
export function parameterName(parameter: ParameterIr): string {
  return parameter.path.join(".");
}

/**
 * Gives every parameter of a module its value before the top level runs: the configured one, else the default, else the default callback's
 * result. Throws C4M-M005 if there is none, M006 if a configured value has the wrong type; the frame then is at the `parameter` statement.
 */
export function applyParameters(frame: Frame): void {
  const { parameters } = frame.module.ir;
  // A name that is declared twice: the later statement wins.
  const last = new Map(parameters.map((p) => [`${p.kind} ${parameterName(p)}`, p] as const));
  const inForce = parameters.filter((p) => last.get(`${p.kind} ${parameterName(p)}`) === p);
  for (const parameter of inForce)
    if (parameter.kind === "variable") frame.slots[parameter.slot] = parameterValue(frame, parameter);
  for (const parameter of inForce) if (parameter.kind === "attribute") applyAttribute(frame, parameter);
}

function parameterValue(frame: Frame, parameter: ParameterIr): Value {
  const { module, runtime } = frame;
  frame.at = parameter.span;
  const name = parameterName(parameter);
  const configured = runtime.parameters.get(module.key)?.get(name);
  if (configured !== undefined) {
    if (unifiable(configured.type, moduleType(module, parameter.type))) return configured.value;
    const expected = module.ir.types[parameter.type] as string;
    const actual = typeText(configured.type);
    throw new Failure("C4M-M006", `parameter '${name}' is of type ${expected}, its configured value of type ${actual}`, {
      expected,
      actual,
    });
  }
  if (parameter.default === undefined)
    throw new Failure("C4M-M005", `parameter '${name}' has neither a configured value nor a default`, { path: name });
  return evaluate(frame, parameter.default);
}

/** An override or a lock with another value prevails silently. */
function applyAttribute(frame: Frame, parameter: ParameterIr): void {
  const { module, runtime } = frame;
  const value = parameterValue(frame, parameter);
  frame.at = parameter.span;
  const node = lookup(runtime.store, parameter.path);
  if (node?.kind === "attribute" && node.lock !== undefined && !equalValues(effectiveValue(node), value)) return;
  const origin: Origin = { kind: "parameter", location: locationOf(module, parameter.span) };
  assignAttribute(runtime, { path: parameter.path, value, type: module.ir.types[parameter.type] as string, origin });
}

/** A frame for a module's top level. */
export function moduleFrame(runtime: Runtime, module: LoadedModule, label: string): Frame {
  const slots = new Array<Value | undefined>(module.ir.slots).fill(undefined);
  return createFrame(runtime, module, slots, module.ir.slotNames, -1, label);
}

/** Executes a `use`: parameters, then the component's top level, each time with unset variables. */
export function runComponent(caller: Frame, index: number): void {
  const { runtime, module } = caller;
  const component = module.components[index] as LoadedModule;
  const frame = moduleFrame(runtime, component, `component ${module.ir.uses[index]?.module}`);
  runtime.frame = frame;
  applyParameters(frame);
  runtime.componentDepth++;
  runStatements(frame, component.ir.body);
  runtime.componentDepth--;
  runtime.frame = caller;
}
