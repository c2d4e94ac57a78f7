/**
 * Alternatives of a union must be pairwise non-unifiable (C4M-P026, `language.md` 2.4). This is unification on type syntax: variables are bound
 * in a map, a union fits whatever one of its alternatives fits.
 */
import type { TypeNode } from "./ast.js";

type Bindings = ReadonlyMap<string, TypeNode>;

/** Steps after which alternatives count as distinct: nested unions have combinations without end. */
const stepLimit = 100_000;

class Unifier {
  steps = 0;

  /** Bindings under which the two are one type; undefined if there are none. */
  unify(left: TypeNode, right: TypeNode, bindings: Bindings): Bindings | undefined {
    if (++this.steps > stepLimit) return undefined;
    const a = follow(left, bindings);
    const b = follow(right, bindings);
    if (a.kind === "bad" || b.kind === "bad") return undefined;
    if (a.kind === "variable") return this.bind(a, b, bindings);
    if (b.kind === "variable") return this.bind(b, a, bindings);
    if (a.kind === "union") return this.any(a.alternatives, b, bindings);
    if (b.kind === "union") return this.any(b.alternatives, a, bindings);
    if (a.kind === "anyfunc" || b.kind === "anyfunc") return isFunction(a) && isFunction(b) ? bindings : undefined;
    if (a.kind === "basic") return b.kind === "basic" && a.name === b.name ? bindings : undefined;
    if (a.kind === "list") return b.kind === "list" ? this.unify(a.item, b.item, bindings) : undefined;
    if (a.kind === "dict") return b.kind === "dict" ? this.all([a.key, a.value], [b.key, b.value], bindings) : undefined;
    if (a.kind === "tuple") return b.kind === "tuple" ? this.all(a.items, b.items, bindings) : undefined;
    if (a.kind === "typespec") return b.kind === "typespec" ? bindings : undefined;
    return b.kind === "signature" ? this.signatures(a, b, bindings) : undefined;
  }

  private bind(variable: TypeNode & { kind: "variable" }, type: TypeNode, bindings: Bindings): Bindings | undefined {
    if (type.kind === "variable" && type.name === variable.name) return bindings;
    if (type.kind === "basic" && type.name === "void") return undefined;
    return this.mentions(type, variable.name, bindings) ? undefined : new Map([...bindings, [variable.name, type]]);
  }

  private any(alternatives: readonly TypeNode[], type: TypeNode, bindings: Bindings): Bindings | undefined {
    for (const alternative of alternatives) {
      const result = this.unify(alternative, type, bindings);
      if (result) return result;
    }
    return undefined;
  }

  private all(left: readonly TypeNode[], right: readonly TypeNode[], bindings: Bindings): Bindings | undefined {
    if (left.length !== right.length) return undefined;
    let result: Bindings | undefined = bindings;
    for (let i = 0; i < left.length && result; i++) result = this.unify(left[i] as TypeNode, right[i] as TypeNode, result);
    return result;
  }

  private signatures(
    a: TypeNode & { kind: "signature" },
    b: TypeNode & { kind: "signature" },
    bindings: Bindings,
  ): Bindings | undefined {
    const parameters =
      a.variadic === b.variadic
        ? this.all(a.parameters, b.parameters, bindings)
        : a.variadic
          ? this.variadic(a.parameters, b.parameters, bindings)
          : this.variadic(b.parameters, a.parameters, bindings);
    if (!parameters) return undefined;
    const left = a.result && follow(a.result, parameters);
    const right = b.result && follow(b.result, parameters);
    if (isVoid(left) || isVoid(right)) {
      const other = isVoid(left) ? right : left;
      return isVoid(other) || other?.kind === "variable" ? parameters : undefined;
    }
    return this.unify(left as TypeNode, right as TypeNode, parameters);
  }

  /** Fixed parameters pairwise, the rest with the starred one. */
  private variadic(starred: readonly TypeNode[], fixed: readonly TypeNode[], bindings: Bindings): Bindings | undefined {
    const count = starred.length - 1;
    if (fixed.length < count) return undefined;
    const last = starred[count] as TypeNode;
    return this.all(
      fixed.map((_, i) => (i < count ? (starred[i] as TypeNode) : last)),
      fixed,
      bindings,
    );
  }

  /** Whether the type contains the variable. */
  private mentions(type: TypeNode, name: string, bindings: Bindings): boolean {
    if (++this.steps > stepLimit) return true;
    const resolved = follow(type, bindings);
    const within = (types: readonly TypeNode[]): boolean => types.some((part) => this.mentions(part, name, bindings));
    switch (resolved.kind) {
      case "variable":
        return resolved.name === name;
      case "list":
        return this.mentions(resolved.item, name, bindings);
      case "dict":
        return within([resolved.key, resolved.value]);
      case "tuple":
        return within(resolved.items);
      case "union":
        return within(resolved.alternatives);
      case "signature":
        return within(resolved.parameters) || (resolved.result !== undefined && this.mentions(resolved.result, name, bindings));
      default:
        return false;
    }
  }
}

function isVoid(type: TypeNode | undefined): boolean {
  return type === undefined || (type.kind === "basic" && type.name === "void");
}

function isFunction(type: TypeNode): boolean {
  return type.kind === "anyfunc" || type.kind === "signature";
}

function follow(type: TypeNode, bindings: Bindings): TypeNode {
  let current = type;
  while (current.kind === "variable") {
    const bound = bindings.get(current.name);
    if (bound === undefined) break;
    current = bound;
  }
  return current;
}

/** The first alternative that unifies with an earlier one; undefined if all are distinct. */
export function overlap(alternatives: readonly TypeNode[]): TypeNode | undefined {
  const unifier = new Unifier();
  for (let later = 1; later < alternatives.length; later++)
    for (let earlier = 0; earlier < later && unifier.steps <= stepLimit; earlier++)
      if (unifier.unify(alternatives[earlier] as TypeNode, alternatives[later] as TypeNode, new Map()))
        return alternatives[later];
  return undefined;
}
