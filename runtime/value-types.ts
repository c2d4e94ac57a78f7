/**
 * The run-time side of types: which type a value has, whether a value is of a static type. Statically known types
 * are trusted except where data of open type (JSON, host data) enters; there `mismatch` finds the first place that doesn't fit (`language.md` 3.8).
 */
import { anyFunction, basic, freshVariable, resolve, type Type } from "../compiler/types.js";
import { typesEqual } from "../compiler/unify.js";
import { CharValue, DictValue, FunctionValue, QuantityValue, TextValue, TupleValue, TypeValue, type Value } from "./values.js";

/** Name of a value's outermost type, for messages: `list`, `int`, `null`. */
export function kindOf(value: Value): string {
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "float";
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (value instanceof CharValue) return "char";
  if (value instanceof QuantityValue || value instanceof TextValue) return value.type;
  if (value instanceof TupleValue) return "tuple";
  if (value instanceof DictValue) return "dict";
  if (value instanceof FunctionValue) return "func";
  return "typespec";
}

/** The type of a value. Items of mixed types, empty containers and null have an open type. */
export function typeOfValue(value: Value): Type {
  if (value === null) return freshVariable();
  if (Array.isArray(value)) return { kind: "list", item: commonType(value) };
  if (value instanceof TupleValue) return { kind: "tuple", items: value.items.map(typeOfValue) };
  if (value instanceof DictValue) {
    const entries = [...value.entries.values()];
    return { kind: "dict", key: commonType(entries.map((e) => e[0])), value: commonType(entries.map((e) => e[1])) };
  }
  if (value instanceof FunctionValue) return value.signature ?? anyFunction;
  if (value instanceof TypeValue) return { kind: "typespec", inner: value.type };
  return basic(kindOf(value) as Parameters<typeof basic>[0]);
}

/** The type that all items share, open if they differ. Of an empty container in between nothing is learned, so the most definite one counts. */
function commonType(values: readonly Value[]): Type {
  let common: Type | undefined;
  for (const value of values) {
    const type = typeOfValue(value);
    if (common === undefined || fits(type, common)) common = type;
    else if (!fits(common, type)) return freshVariable();
  }
  return common ?? freshVariable();
}

/** True if every value of type `special` is of type `general`, where open variables of `general` stand for anything. */
function fits(special: Type, general: Type): boolean {
  const a = resolve(special);
  const b = resolve(general);
  if (b.kind === "variable") return true;
  if (a.kind !== b.kind) return false;
  if (a.kind === "list" && b.kind === "list") return fits(a.item, b.item);
  if (a.kind === "dict" && b.kind === "dict") return fits(a.key, b.key) && fits(a.value, b.value);
  if (a.kind === "tuple" && b.kind === "tuple")
    return a.items.length === b.items.length && a.items.every((item, i) => fits(item, b.items[i] as Type));
  return typesEqual(a, b);
}

/** The first place at which a value is not of the type: its path (`$`, `$[2]["a"]`) and the kind of value found there. */
export interface Mismatch {
  readonly path: string;
  readonly expected: Type;
  readonly actual: string;
}

/** Compares a value with a static type; open parts of the type accept anything. Undefined if it fits. */
export function mismatch(value: Value, type: Type, path = "$"): Mismatch | undefined {
  const expected = resolve(type);
  switch (expected.kind) {
    case "variable": {
      if (expected.alternatives === undefined) return undefined;
      const fitting = expected.alternatives.some((alternative) => mismatch(value, alternative, path) === undefined);
      return fitting ? undefined : { path, expected, actual: kindOf(value) };
    }
    case "error":
      return undefined;
    case "basic":
      return kindOf(value) === expected.name ? undefined : { path, expected, actual: kindOf(value) };
    case "list":
      if (!Array.isArray(value)) break;
      if (isOpen(expected.item)) return undefined;
      for (const [index, item] of value.entries()) {
        const found = mismatch(item, expected.item, `${path}[${index}]`);
        if (found !== undefined) return found;
      }
      return undefined;
    case "dict":
      if (!(value instanceof DictValue)) break;
      if (isOpen(expected.key) && isOpen(expected.value)) return undefined;
      for (const [key, item] of value.entries.values()) {
        const place = `${path}[${typeof key === "string" ? JSON.stringify(key) : String(kindOf(key))}]`;
        const found = mismatch(key, expected.key, place) ?? mismatch(item, expected.value, place);
        if (found !== undefined) return found;
      }
      return undefined;
    case "tuple":
      if (!(value instanceof TupleValue) || value.items.length !== expected.items.length) break;
      for (const [index, item] of value.items.entries()) {
        const found = mismatch(item, expected.items[index] as Type, `${path}[${index}]`);
        if (found !== undefined) return found;
      }
      return undefined;
    case "typespec":
      if (value instanceof TypeValue) return undefined;
      break;
    case "function":
    case "anyfunction":
      if (value instanceof FunctionValue) return undefined;
      break;
  }
  return { path, expected, actual: kindOf(value) };
}

/** True if a value of this type needs no check at all: every value is of it. */
export function isOpen(type: Type): boolean {
  const resolved = resolve(type);
  return resolved.kind === "error" || (resolved.kind === "variable" && resolved.alternatives === undefined);
}
