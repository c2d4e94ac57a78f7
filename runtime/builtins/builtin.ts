/**
 * The shape of a builtin: one row of the tables in this folder (`builtins.md`). A row says what the checker needs (type, classes), what help shows
 * (category, doc), and how it runs.
 */
import type { BuiltinSignature, Capability } from "../../compiler/context.js";
import { type FunctionType, resolve, type Type } from "../../compiler/types.js";
import { typeText } from "../type-tools.js";
import { CharValue, DictValue, QuantityValue, TupleValue, type Value } from "../values.js";
import type { BuiltinCall } from "./call.js";

/** Categories of `chalk help builtins`, in order of registration. */
export type Category =
  | "type conversion"
  | "string"
  | "character"
  | "list"
  | "dict"
  | "filesystem"
  | "system"
  | "binary_ops"
  | "parsing"
  | "introspection"
  | "network"
  | "posix"
  | "chalk"
  | "json";

/** Computes the result; undefined for functions that return nothing. The arguments have the kinds that the type says. Throws `Failure`. */
export type Implementation = (args: readonly Value[], call: BuiltinCall) => Value | undefined;

export interface Builtin extends BuiltinSignature {
  readonly category: Category;
  /** One or two sentences for help. */
  readonly doc: string;
  readonly run: Implementation;
  /**
   * What happens where the policy does not allow one of the classes: `"run"` if `run` itself respects the policy (files and environment are virtual then),
   * or another computation. Absent: C4M-E023.
   */
  readonly simulate?: "run" | Implementation;
}

/** A row of a table: name, type, documentation, implementation, and what differs from the table's defaults. */
export type Row = readonly [
  name: string,
  type: string,
  doc: string,
  run: Implementation,
  options?: { readonly classes?: readonly Capability[]; readonly simulate?: "run" | Implementation },
];

/** Makes the builtins of one category. */
export function defineBuiltins(category: Category, classes: readonly Capability[], rows: readonly Row[]): Builtin[] {
  return rows.map(([name, type, doc, run, options]) => ({ name, type, classes, category, doc, run, ...options }));
}

/** The zero value of a result type, for stubs: functions of an application that isn't there (`builtins.md` 11). */
function zeroValue(type: Type): Value | undefined {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "list":
      return [];
    case "dict":
      return new DictValue(new Map());
    case "tuple":
      return new TupleValue(resolved.items.map((item) => zeroValue(item) ?? null));
    case "basic":
      break;
    default:
      return null;
  }
  switch (resolved.name) {
    case "void":
      return undefined;
    case "bool":
      return false;
    case "int":
      return 0n;
    case "float":
      return 0;
    case "char":
      return new CharValue(0);
    case "Duration":
    case "Size":
      return new QuantityValue(resolved.name, 0n);
    default:
      return "";
  }
}

/** A function of which only name and signature are known (`--stub 'name(sig)'`); it returns the zero value of its result type. */
export function stubBuiltin(name: string, type: FunctionType): Builtin {
  return {
    name,
    type: typeText(type),
    classes: ["pure"],
    category: "system",
    doc: "Declared as a stub.",
    run: () => zeroValue(type.result),
  };
}
