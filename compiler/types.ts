/**
 * The types of c4m (`language.md` 3.1) as data. A type is a small tree whose leaves are basic types and type variables. Variables are the only
 * mutable part: unification (`unify.ts`) binds them. A union such as `int or string` is a variable that may only be bound to one of its
 * alternatives (3.2: unions are not sum types; the first concrete use fixes them).
 */
import type { BasicTypeName } from "../grammar/ast.js";

export interface TypeVariable {
  readonly kind: "variable";
  /** As written after the backtick; anonymous variables have none. */
  readonly name: string | undefined;
  /** What it has been unified with. */
  binding: Type | undefined;
  /** If present, the only types it may be bound to. */
  alternatives: readonly Type[] | undefined;
}

export interface FunctionType {
  readonly kind: "function";
  readonly parameters: readonly Type[];
  /** The last parameter stands for zero or more arguments. */
  readonly variadic: boolean;
  readonly result: Type;
}

export type Type =
  | { readonly kind: "basic"; readonly name: BasicTypeName }
  | { readonly kind: "list"; readonly item: Type }
  | { readonly kind: "dict"; readonly key: Type; readonly value: Type }
  | { readonly kind: "tuple"; readonly items: readonly Type[] }
  /** `typespec`; `inner` is the type that the value denotes, a variable if nothing is known about it. */
  | { readonly kind: "typespec"; readonly inner: Type }
  | FunctionType
  /** A function whose signature is unknown, written `func` or `(...)`. */
  | { readonly kind: "anyfunction" }
  | TypeVariable
  /** The type of an expression that failed; unifies with everything, so that one mistake gives one error. */
  | { readonly kind: "error" };

export function basic(name: BasicTypeName): Type {
  return basicTypes[name];
}

const basicTypes = Object.fromEntries(
  (
    ["void", "bool", "int", "float", "char", "string", "Duration", "Size", "IPAddr", "CIDR", "Date", "Time", "DateTime"] as const
  ).map((name) => [name, { kind: "basic", name } as const]),
) as { readonly [name in BasicTypeName]: Type };

const basicLists = new Map<Type, Type>(Object.values(basicTypes).map((item) => [item, { kind: "list", item }]));

/** A list type. Those of basic types are shared, because most lists are of them. */
export function listOf(item: Type): Type {
  return basicLists.get(item) ?? { kind: "list", item };
}

export const errorType: Type = { kind: "error" };
export const anyFunction: Type = { kind: "anyfunction" };

/** A fresh, unbound variable. */
export function freshVariable(name?: string, alternatives?: readonly Type[]): TypeVariable {
  return { kind: "variable", name, binding: undefined, alternatives };
}

/** The type of a function whose signature is not known yet: it takes on the first one that it is unified with (`language.md` 3.2). */
export function unknownFunction(): TypeVariable {
  return freshVariable(undefined, [anyFunction]);
}

/** Follows the bindings of a variable to what it stands for now. */
export function resolve(type: Type): Type {
  let current = type;
  while (current.kind === "variable" && current.binding !== undefined) current = current.binding;
  return current;
}
