/**
 * Types as text, and types from syntax (`language.md` 3.10 and 2.4); `read-type.ts` reads the text back. The text of every type can be parsed again; what is printed for two variables differs
 * exactly if the variables do, whatever they were called in the source.
 */
import type { TypeNode } from "../grammar/ast.js";
import { variableNamed } from "./read-type.js";
import { basic, errorType, freshVariable, resolve, type Type, type TypeVariable, unknownFunction } from "./types.js";
import { partsOf } from "./unify.js";

/** Names of anonymous variables, in order; two-letter names follow. */
const variableNames = "tuvwxyznmabcdef";

/** A type whose text would have more parts than this is printed as an open type: shared parts make texts of any length possible. */
const mostParts = 2000;

function* anonymousNames(): Generator<string> {
  for (const first of variableNames) yield first;
  for (const first of variableNames) for (const second of variableNames) yield first + second;
  for (let number = 1; ; number++) yield `t${number}`;
}

/** Thrown inside `typeText` when a type is too large to be written. */
const tooLarge = Symbol("type too large");

class TypePrinter {
  private readonly names = new Map<TypeVariable, string>();
  private readonly taken = new Set<string>();
  private readonly fresh = anonymousNames();
  private readonly uses = new Map<TypeVariable, number>();
  private parts = 0;

  constructor(type: Type) {
    this.count(type);
  }

  /** First pass: names that are written, and how often each variable occurs. */
  private count(type: Type): void {
    const current = resolve(type);
    if (++this.parts > mostParts) throw tooLarge;
    if (current.kind === "variable") {
      this.uses.set(current, (this.uses.get(current) ?? 0) + 1);
      if (current.name !== undefined && !this.names.has(current) && !this.taken.has(current.name)) {
        this.names.set(current, current.name);
        this.taken.add(current.name);
      }
    }
    for (const part of partsOf(current)) this.count(part);
  }

  private nameOf(variable: TypeVariable): string {
    let name = this.names.get(variable);
    while (name === undefined) {
      const next = this.fresh.next().value as string;
      if (!this.taken.has(next)) name = next;
    }
    this.names.set(variable, name);
    this.taken.add(name);
    return name;
  }

  print(type: Type): string {
    const current = resolve(type);
    switch (current.kind) {
      case "basic":
        return current.name;
      case "list":
        return `list[${this.print(current.item)}]`;
      case "dict":
        return `dict[${this.print(current.key)}, ${this.print(current.value)}]`;
      case "tuple":
        return `tuple[${current.items.map((item) => this.print(item)).join(", ")}]`;
      case "typespec":
        return this.printTypespec(resolve(current.inner));
      case "function":
        return this.printFunction(current.parameters, current.variadic, current.result);
      case "anyfunction":
        return "(...)";
      case "variable":
        if (current.alternatives !== undefined) return this.printUnion(current.alternatives);
        return `\`${this.nameOf(current)}`;
      case "error":
        return `\`${this.nameOf(freshVariable())}`;
    }
  }

  /** Functions stand last, because `->` takes everything to its right. */
  private printUnion(alternatives: readonly Type[]): string {
    const isFunction = (type: Type) => resolve(type).kind === "function";
    const inOrder = [...alternatives.filter((type) => !isFunction(type)), ...alternatives.filter(isFunction)];
    return inOrder.map((type) => this.print(type)).join(" or ");
  }

  /** The inner variable is shown if it has a name or is the same as another of this type; a concrete inner type has no notation. */
  private printTypespec(inner: Type): string {
    if (inner.kind !== "variable" || inner.alternatives !== undefined) return "typespec";
    if (inner.name === undefined && this.uses.get(inner) === 1) return "typespec";
    return `typespec[\`${this.nameOf(inner)}]`;
  }

  private printFunction(parameters: readonly Type[], variadic: boolean, result: Type): string {
    const texts = parameters.map((parameter) => this.print(parameter));
    if (variadic) texts.push(`*${texts.pop()}`);
    return `(${texts.join(", ")}) -> ${this.print(result)}`;
  }
}

/** The text of a type (`language.md` 3.10). */
export function typeText(type: Type): string {
  const current = resolve(type);
  if (current.kind === "basic") return current.name;
  if (current.kind === "list") {
    const item = resolve(current.item);
    if (item.kind === "basic") return `list[${item.name}]`;
  }
  try {
    return new TypePrinter(current).print(current);
  } catch (problem) {
    if (problem !== tooLarge) throw problem;
    return "`t";
  }
}

/**
 * The type that a piece of syntax denotes. `variables` holds the type variables of the surrounding declaration by name and is added to;
 * variables of one name are one variable (`language.md` 2.4). Damaged syntax gives the error type.
 */
export function typeFromNode(node: TypeNode, variables: Map<string, TypeVariable> = new Map()): Type {
  const convert = (part: TypeNode): Type => typeFromNode(part, variables);
  switch (node.kind) {
    case "basic":
      return basic(node.name);
    case "variable":
      return variableNamed(node.name, variables);
    case "list":
      return { kind: "list", item: convert(node.item) };
    case "dict":
      return { kind: "dict", key: convert(node.key), value: convert(node.value) };
    case "tuple":
      return { kind: "tuple", items: node.items.map(convert) };
    case "typespec":
      return { kind: "typespec", inner: node.variable === undefined ? freshVariable() : variableNamed(node.variable, variables) };
    case "union": {
      return freshVariable(undefined, node.alternatives.map(convert));
    }
    case "signature": {
      const result = node.result === undefined ? basic("void") : convert(node.result);
      return { kind: "function", parameters: node.parameters.map(convert), variadic: node.variadic, result };
    }
    case "anyfunc":
      return unknownFunction();
    case "bad":
      return errorType;
  }
}

export { readType, typeFromText } from "./read-type.js";
