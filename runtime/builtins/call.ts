/**
 * One call of a builtin: checks that the values have the kinds that the signature promises (they may come from data of open type), applies the capability
 * policy, and turns every internal failure into C4M-E009, so that a builtin never crashes the host (`builtins.md` 0.4, 0.5).
 */
import type { ExpressionIr } from "../../compiler/ir.js";
import type { FunctionType, Type } from "../../compiler/types.js";
import type { Location } from "../../grammar/span.js";
import type { Effects } from "../effects/effects.js";
import { deniedClass } from "../effects/policy.js";
import { type Frame, frameLocation, isStackOverflow, isTooLarge } from "../evaluate/frame.js";
import { moduleType } from "../evaluate/module.js";
import type { Runtime } from "../evaluate/runtime.js";
import { Failure } from "../failure.js";
import type { Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import { typeFromText, typeText } from "../type-tools.js";
import { mismatch, typeOfValue } from "../value-types.js";
import type { Value } from "../values.js";
import { checkWeight } from "../weight.js";
import type { Builtin } from "./builtin.js";

type CallNode = Extract<ExpressionIr, { k: "call" }>;

/** Where a call comes from; without `frame` and `node` the host makes it. */
export interface CallSite {
  readonly runtime: Runtime;
  readonly frame?: Frame;
  readonly node?: CallNode;
}

/** What an implementation may ask about the call in progress. */
export class BuiltinCall {
  readonly runtime: Runtime;
  readonly site: CallSite;
  readonly builtin: Builtin;
  readonly args: readonly Value[];
  constructor(site: CallSite, builtin: Builtin, args: readonly Value[]) {
    this.runtime = site.runtime;
    this.site = site;
    this.builtin = builtin;
    this.args = args;
  }
  get host(): Host {
    return this.runtime.host;
  }
  get effects(): Effects {
    return this.runtime.effects;
  }
  /** Place of the call; undefined if the host calls. */
  get location(): Location | undefined {
    const frame = this.site.frame ?? this.runtime.frame;
    return frame === undefined ? undefined : frameLocation(frame);
  }
  /** Type text of an argument: the static one, or that of the value if the host calls. */
  argumentTypeText(index: number): string {
    const { frame, node } = this.site;
    if (frame === undefined || node === undefined) return typeText(typeOfValue(this.args[index] as Value));
    return frame.module.ir.types[node.argTypes[index] as number] as string;
  }
  argumentType(index: number): Type {
    const { frame, node } = this.site;
    if (frame === undefined || node === undefined) return typeOfValue(this.args[index] as Value);
    return moduleType(frame.module, node.argTypes[index] as number);
  }
  /** Static type of the result; undefined if the host calls. */
  resultType(): Type | undefined {
    const { frame, node } = this.site;
    return frame === undefined || node === undefined ? undefined : moduleType(frame.module, node.type);
  }
  /** Writes down that something was only simulated, or with `wouldFail` why it could not be done for real. */
  noteSimulated(message: string, wouldFail = false): void {
    this.effects.simulated.push({ name: this.builtin.name, message, location: this.location, wouldFail });
  }
}

function parameterTypes(builtin: Builtin, count: number): Type[] {
  const type = typeFromText(builtin.type) as FunctionType;
  const last = type.parameters.length - 1;
  return Array.from({ length: count }, (_, i) => type.parameters[Math.min(i, last)] as Type);
}

/** Kinds of JavaScript values of the basic types that most builtins take; a quick way to accept them. */
const quickKinds: Readonly<Record<string, string>> = { string: "string", int: "bigint", bool: "boolean", float: "number" };

const simpleParameters = new WeakMap<Builtin, readonly (string | undefined)[]>();

/** For signatures of basic parameters only: their quick kinds by position. Such signatures need no type parser. */
function quickParameters(builtin: Builtin): readonly (string | undefined)[] {
  let kinds = simpleParameters.get(builtin);
  if (kinds === undefined) {
    const list = /^\(([a-z, ]*)\)/.exec(builtin.type)?.[1];
    kinds = list === undefined || list === "" ? [] : list.split(", ").map((name) => quickKinds[name]);
    simpleParameters.set(builtin, kinds);
  }
  return kinds;
}

function checkArguments(builtin: Builtin, args: readonly Value[]): void {
  const quick = quickParameters(builtin);
  if (args.every((arg, i) => quick[i] !== undefined && typeof arg === quick[i])) return;
  for (const [i, type] of parameterTypes(builtin, args.length).entries()) {
    const found = mismatch(args[i] as Value, type, `argument ${i + 1}`);
    if (found === undefined) continue;
    const expected = typeText(found.expected);
    throw new Failure("C4M-E016", `${builtin.name}(): ${found.path} must be ${expected}, not ${found.actual}`, {
      expected,
      actual: found.actual,
    });
  }
}

/** Calls a builtin under the policy of the runtime. Undefined if it returns nothing. Throws `Failure`. */
export function callBuiltin(builtin: Builtin, args: readonly Value[], site: CallSite): Value | undefined {
  for (const arg of args) if (typeof arg === "object") checkWeight(arg);
  checkArguments(builtin, args);
  const call = new BuiltinCall(site, builtin, args);
  const { policy } = call.effects;
  const denied = deniedClass(policy, builtin.classes, call.effects.allow);
  const run = denied === undefined || builtin.simulate === "run" ? builtin.run : builtin.simulate;
  if (run === undefined || (denied !== undefined && policy === "fold"))
    throw new Failure("C4M-E023", `${builtin.name}() is not allowed here (class ${denied})`, { actual: denied as string });
  if (denied !== undefined && denied !== "reporting") call.noteSimulated(`${builtin.name}() was simulated`);
  try {
    return run(args, call);
  } catch (error) {
    if (error instanceof Failure || isStackOverflow(error) || isTooLarge(error)) throw error;
    const types = args.map((arg) => typeText(typeOfValue(arg))).join(", ");
    const reason = reasonOf(error);
    throw new Failure("C4M-E009", `${builtin.name}(${types}) failed: ${reason}`, { actual: `(${types})` });
  }
}
