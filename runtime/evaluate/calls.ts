/**
 * Calls: from the IR, and from the host through function references (`language.md` 3.1, 6.5). A call names an entry of the function table; what the
 * entry is at that moment runs, a user's body in a new frame or a builtin under the capability policy.
 */
import type { ExpressionIr } from "../../compiler/ir.js";
import { errorType, type FunctionType } from "../../compiler/types.js";
import { callBuiltin } from "../builtins/call.js";
import { Failure } from "../failure.js";
import { typeFromText, typeText, unifiable } from "../type-tools.js";
import { isOpen, kindOf, mismatch, typeOfValue } from "../value-types.js";
import type { FunctionValue, Value } from "../values.js";
import { checkWeight } from "../weight.js";
import { evaluateAll } from "./expressions.js";
import { createFrame, type Frame } from "./frame.js";
import { moduleType } from "./module.js";
import type { Runtime, RuntimeFunction } from "./runtime.js";
import { runStatements } from "./statements.js";

type CallNode = Extract<ExpressionIr, { k: "call" }>;

/** Counts a step against the budget of the file (C4M-E022). */
export function countStep(runtime: Runtime): void {
  if (++runtime.steps > runtime.limits.maxSteps)
    throw new Failure("C4M-E022", `more than ${runtime.limits.maxSteps} steps were needed (policy.max_steps)`);
  if ((runtime.steps & 1023) === 0 && runtime.deadline > 0 && runtime.host.clock.monotonic() > runtime.deadline)
    throw new Failure("C4M-E022", `evaluation took longer than ${runtime.limits.maxTime} ms`);
}

/** Evaluates a call; undefined if the function returns nothing. */
export function evaluateCall(frame: Frame, node: CallNode): Value | undefined {
  const args = evaluateAll(frame, node.args);
  frame.at = node.whole;
  const callee = frame.runtime.functions.get(node.entry) ?? builtinNamed(frame.runtime, node);
  if (callee.kind === "builtin") return callBuiltin(callee.builtin, args, { runtime: frame.runtime, frame, node });
  const value = invoke(frame.runtime, callee, args);
  if (value !== undefined && isGeneric(callee)) checkResult(frame, node, value);
  return value;
}

/** True if the type of the function's result is open, as a whole or in part. */
function isGeneric(callee: RuntimeFunction & { kind: "user" }): boolean {
  const type = callee.module.ir.types[callee.ir.type] as string;
  return type.indexOf("`", type.lastIndexOf("->")) >= 0;
}

/** An entry that is not in the table under its key: the program was compiled against a table with other texts for the same builtin. */
function builtinNamed(runtime: Runtime, node: CallNode): RuntimeFunction {
  const keys = runtime.entries.get(node.name) ?? [];
  const only = keys.length === 1 ? runtime.functions.get(keys[0] as string) : undefined;
  if (only === undefined) throw new Failure("C4M-E009", `function ${node.name} is not available here`);
  return only;
}

/** A generic function's result may have any run-time type; here it meets the static one (C4M-E016). */
function checkResult(frame: Frame, node: CallNode, value: Value): void {
  const text = frame.module.ir.types[node.type] as string;
  if (text.startsWith("`") || text === kindOf(value)) return;
  const type = moduleType(frame.module, node.type);
  if (isOpen(type)) return;
  checkWeight(value);
  const found = mismatch(value, type, `${node.name}()`);
  if (found === undefined) return;
  const expected = typeText(found.expected);
  throw new Failure("C4M-E016", `${found.path} is a ${found.actual}, not ${expected}`, {
    expected,
    actual: found.actual,
    path: found.path,
  });
}

/** Enters a user's function: a new frame, one level deeper. */
function enter(runtime: Runtime, callee: RuntimeFunction & { kind: "user" }, args: readonly Value[]): Frame {
  const { ir, module } = callee;
  countStep(runtime);
  if (runtime.depth >= runtime.limits.maxCallDepth)
    throw new Failure("C4M-E010", `more than ${runtime.limits.maxCallDepth} calls are nested (policy.max_call_depth)`);
  const slots: (Value | undefined)[] = args.slice();
  while (slots.length < ir.slots) slots.push(undefined);
  const frame = createFrame(runtime, module, slots, ir.slotNames, ir.formals.length, `${ir.name}()`);
  runtime.frame = frame;
  runtime.depth++;
  return frame;
}

/** Leaves it again; its result. */
function leave(frame: Frame, callee: RuntimeFunction & { kind: "user" }): Value | undefined {
  const { runtime } = frame;
  runtime.frame = frame.caller;
  runtime.depth--;
  if (callee.ir.isVoid) return undefined;
  const result = frame.slots[frame.result];
  if (result === undefined) throw new Failure("C4M-E008", `${callee.ir.name}() ended without a result`);
  return result;
}

/** Runs a user's function in a new frame. Undefined if it is void. Throws C4M-E008 if it ends without result, E010 if calls nest too deeply. */
export function invoke(runtime: Runtime, callee: RuntimeFunction & { kind: "user" }, args: readonly Value[]): Value | undefined {
  const frame = enter(runtime, callee, args);
  runStatements(frame, callee.ir.body);
  return leave(frame, callee);
}

/** The declared or inferred type of a function. */
export function functionType(callee: RuntimeFunction): FunctionType {
  return typeFromText(
    callee.kind === "builtin" ? callee.builtin.type : (callee.module.ir.types[callee.ir.type] as string),
  ) as FunctionType;
}

/** Functions that a reference may mean: those of its name whose type unifies with its signature, if it has one. */
export function candidates(runtime: Runtime, reference: FunctionValue | string): readonly RuntimeFunction[] {
  const name = typeof reference === "string" ? reference : reference.name;
  const all = (runtime.entries.get(name) ?? []).map((key) => runtime.functions.get(key) as RuntimeFunction);
  const signature = typeof reference === "string" ? undefined : reference.signature;
  return signature === undefined ? all : all.filter((callee) => unifiable(functionType(callee), signature));
}

/**
 * Calls the function that a reference or a name means, from inside evaluation. Several candidates are told apart by the arguments. Throws `Failure`:
 * C4M-E014 if there is none, E009 if several fit. `runCallback` (evaluate.ts) is for callers outside.
 */
export function callReference(runtime: Runtime, reference: FunctionValue | string, args: readonly Value[]): Value | undefined {
  const name = typeof reference === "string" ? reference : reference.name;
  let fitting = candidates(runtime, reference);
  if (fitting.length !== 1) fitting = fitting.filter((callee) => acceptsArguments(functionType(callee), args));
  else if (!acceptsArguments(functionType(fitting[0] as RuntimeFunction), args)) {
    const types = args.map((arg) => typeText(typeOfValue(arg))).join(", ");
    throw new Failure("C4M-E016", `${name}() cannot be called with (${types})`, { actual: `(${types})` });
  }
  const callee = fitting[0];
  if (callee === undefined) throw new Failure("C4M-E014", `there is no function ${name} that could be called here`);
  if (fitting.length > 1) throw new Failure("C4M-E009", `several functions ${name} could be called here`);
  return callee.kind === "builtin" ? callBuiltin(callee.builtin, args, { runtime }) : invoke(runtime, callee, args);
}

function acceptsArguments(type: FunctionType, args: readonly Value[]): boolean {
  const parameters = args.map(typeOfValue);
  return unifiable({ ...type, result: errorType }, { kind: "function", parameters, variadic: false, result: errorType });
}
