/**
 * Unification (`language.md` 3.2): makes two types equal by binding type variables, or finds that it cannot be done. Every binding is noted on a
 * trail, so that a failed attempt, the trial of an overload candidate or a whole compile that ended in errors can be taken back.
 *
 * Types are graphs that share parts (`y := (x, x)` twenty times over), so everything that walks two types or copies one remembers what it has
 * seen: the cost follows the size of the graph in memory, not that of the tree it stands for.
 */
import { basic, type FunctionType, freshVariable, resolve, type Type, type TypeVariable } from "./types.js";

/** What has been bound since when. */
export class Trail {
  private readonly bound: TypeVariable[] = [];

  /** A point to which `undo` can return. */
  mark(): number {
    return this.bound.length;
  }

  bind(variable: TypeVariable, type: Type): void {
    variable.binding = type;
    this.bound.push(variable);
  }

  /** Takes back every binding made since the mark. */
  undo(mark: number): void {
    for (let variable = this.unwind(mark); variable !== undefined; variable = this.unwind(mark)) variable.binding = undefined;
  }

  private unwind(mark: number): TypeVariable | undefined {
    return this.bound.length > mark ? this.bound.pop() : undefined;
  }
}

/** After this many pairs a unification starts to remember which ones are done; before that it would cost more than it saves. */
const memoryStart = 200;

/** One run of unification: the trail to write on, and the pairs already unified. */
class Unification {
  private steps = 0;
  private done: Map<Type, Set<Type>> | undefined;

  private readonly trail: Trail;

  constructor(trail: Trail) {
    this.trail = trail;
  }

  /** `voidFits`: inside `typespec`, where `void` unifies with `void` and with free variables. */
  unify(left: Type, right: Type, voidFits = false): boolean {
    const a = resolve(left);
    const b = resolve(right);
    if (a.kind === "error" || b.kind === "error") return this.absorbError(a, b);
    if (isVoid(a) || isVoid(b)) return this.unifyVoid(a, b, voidFits);
    if (a === b) return true;
    if (a.kind === "variable") return b.kind === "variable" ? this.unifyVariables(a, b) : this.bindVariable(a, b);
    if (b.kind === "variable") return this.bindVariable(b, a);
    if (a.kind === "basic" || b.kind === "basic") return a.kind === "basic" && b.kind === "basic" && a.name === b.name;
    if (this.seen(a, b)) return true;
    return this.unifyStructures(a, b);
  }

  private absorbError(a: Type, b: Type): boolean {
    const other = a.kind === "error" ? b : a;
    if (other.kind === "variable" && other.alternatives === undefined) this.trail.bind(other, { kind: "error" });
    return true;
  }

  private unifyVoid(a: Type, b: Type, voidFits: boolean): boolean {
    if (!voidFits) return false;
    if (isVoid(a) && isVoid(b)) return true;
    const [free, other] = a.kind === "variable" ? [a, b] : [b, a];
    if (free.kind !== "variable" || free.alternatives !== undefined) return false;
    this.trail.bind(free, other);
    return true;
  }

  private unifyStructures(a: Type, b: Type): boolean {
    if (a.kind === "list") return b.kind === "list" && this.unify(a.item, b.item);
    if (a.kind === "dict") return b.kind === "dict" && this.unify(a.key, b.key) && this.unify(a.value, b.value);
    if (a.kind === "tuple") {
      return b.kind === "tuple" && a.items.length === b.items.length && a.items.every((item, i) => this.unify(item, b.items[i]!));
    }
    if (a.kind === "typespec") return b.kind === "typespec" && this.unify(a.inner, b.inner, true);
    if (a.kind === "anyfunction") return b.kind === "function" || b.kind === "anyfunction";
    if (a.kind === "function") return b.kind === "anyfunction" || (b.kind === "function" && this.unifyFunctions(a, b));
    return false;
  }

  private unifyFunctions(a: FunctionType, b: FunctionType): boolean {
    return this.unifyParameters(a, b) && this.unifyResults(a.result, b.result);
  }

  private unifyParameters(a: FunctionType, b: FunctionType): boolean {
    if (a.variadic === b.variadic) {
      return a.parameters.length === b.parameters.length && a.parameters.every((p, i) => this.unify(p, b.parameters[i]!));
    }
    const [open, closed] = a.variadic ? [a, b] : [b, a];
    const fixed = open.parameters.length - 1;
    if (closed.parameters.length < fixed) return false;
    const rest = open.parameters[fixed]!;
    const count = takesAnything(open) ? fixed : closed.parameters.length;
    return closed.parameters.slice(0, count).every((p, i) => this.unify(i < fixed ? open.parameters[i]! : rest, p));
  }

  /** `void` as a return type goes with `void` and with a variable, which it leaves free. */
  private unifyResults(left: Type, right: Type): boolean {
    const a = resolve(left);
    const b = resolve(right);
    if (!isVoid(a) && !isVoid(b)) return this.unify(a, b);
    const fits = (type: Type) => isVoid(type) || type.kind === "variable" || type.kind === "error";
    return fits(a) && fits(b);
  }

  private bindVariable(variable: TypeVariable, type: Type): boolean {
    if (variable.alternatives === undefined) {
      if (occurs(variable, type)) return false;
      this.trail.bind(variable, type);
      return true;
    }
    const mark = this.trail.mark();
    for (const alternative of variable.alternatives) {
      if (new Unification(this.trail).unify(alternative, type) && !occurs(variable, type)) {
        this.trail.bind(variable, type);
        return true;
      }
      this.trail.undo(mark);
    }
    return false;
  }

  private unifyVariables(a: TypeVariable, b: TypeVariable): boolean {
    if (a.alternatives !== undefined && b.alternatives !== undefined) return this.intersect(a, b, a.alternatives, b.alternatives);
    // The second is bound to the first, so that many variables unified with one form a star and not a chain. Names are kept for messages.
    const keepsSecond =
      b.alternatives !== undefined || (a.alternatives === undefined && a.name === undefined && b.name !== undefined);
    const [kept, bound] = keepsSecond ? [b, a] : [a, b];
    if (kept.alternatives?.some((alternative) => occurs(bound, alternative))) return false;
    this.trail.bind(bound, kept);
    return true;
  }

  private intersect(a: TypeVariable, b: TypeVariable, left: readonly Type[], right: readonly Type[]): boolean {
    const pairs: (readonly [Type, Type, Type])[] = [];
    const mark = this.trail.mark();
    for (const x of left) {
      for (const y of right) {
        if (new Unification(this.trail).unify(x, y)) pairs.push([x, y, asBoundNow(x)]);
        this.trail.undo(mark);
      }
    }
    if (pairs.length === 0) return false;
    for (const [x, y] of pairs.length === 1 ? pairs : []) this.unify(x, y);
    const common = pairs.map(([, , both]) => both);
    // A function without signature still takes on the first signature that it meets.
    const isDecided = common.length === 1 && common[0]!.kind !== "anyfunction";
    const result = isDecided ? common[0]! : freshVariable(a.name ?? b.name, common);
    this.trail.bind(a, result);
    this.trail.bind(b, result);
    return true;
  }

  /** True if this pair has been unified before in this run (then it still is, or is being). */
  private seen(a: Type, b: Type): boolean {
    if (++this.steps < memoryStart) return false;
    this.done ??= new Map();
    const partners = this.done.get(a);
    if (partners?.has(b)) return true;
    if (partners === undefined) this.done.set(a, new Set([b]));
    else partners.add(b);
    return false;
  }
}

/** `*T` with a variable that stands nowhere else takes arguments of different types (`builtins.md` 0.1; only `echo` is so). */
function takesAnything(type: FunctionType): boolean {
  const rest = resolve(type.parameters[type.parameters.length - 1]!);
  if (rest.kind !== "variable" || rest.alternatives !== undefined) return false;
  return !type.parameters.slice(0, -1).some((parameter) => occurs(rest, parameter)) && !occurs(rest, type.result);
}

export function isVoid(type: Type): boolean {
  return type.kind === "basic" && type.name === "void";
}

/**
 * Unifies two types (`language.md` 3.2). Returns false if they clash; then nothing is bound. After success either type stands for the result.
 */
export function unify(left: Type, right: Type, trail: Trail): boolean {
  const a = resolve(left);
  const b = resolve(right);
  if (a.kind === "basic" && b.kind === "basic") return a.name === b.name && a.name !== "void";
  if (a.kind === "variable" && a.alternatives === undefined && b.kind === "basic" && b.name !== "void") {
    trail.bind(a, b);
    return true;
  }
  const mark = trail.mark();
  if (new Unification(trail).unify(left, right)) return true;
  trail.undo(mark);
  return false;
}

/** True if the two could be unified; binds nothing. */
export function unifiable(left: Type, right: Type, trail: Trail = new Trail()): boolean {
  const mark = trail.mark();
  const fits = new Unification(trail).unify(left, right);
  trail.undo(mark);
  return fits;
}

/** The parts of a type, for walkers that treat all kinds alike. */
export function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "list":
      return [type.item];
    case "dict":
      return [type.key, type.value];
    case "tuple":
      return type.items;
    case "typespec":
      return [type.inner];
    case "function":
      return [...type.parameters, type.result];
    case "variable":
      return type.alternatives ?? [];
    default:
      return [];
  }
}

/** Calls `visit` for the type and everything inside it, each shared part once; stops when `visit` returns true and then returns true itself. */
export function someType(type: Type, visit: (part: Type) => boolean): boolean {
  const seen = new Set<Type>();
  const walk = (part: Type): boolean => {
    const current = resolve(part);
    if (current.kind === "basic") return visit(current);
    if (seen.has(current)) return false;
    seen.add(current);
    return visit(current) || partsOf(current).some(walk);
  };
  return walk(type);
}

function occurs(variable: TypeVariable, type: Type): boolean {
  return someType(type, (part) => part === variable);
}

/** Adds every free variable of the type to the set. */
export function freeVariables(type: Type, into: Set<TypeVariable> = new Set()): Set<TypeVariable> {
  someType(type, (part) => {
    if (part.kind === "variable") into.add(part);
    return false;
  });
  return into;
}

/**
 * A copy of a type with fresh variables (`language.md` 3.3: every call works on a fresh copy of the function's type). Variables in `keep`
 * belong to attributes or variables of the program, which are never generic, and stay the same.
 */
export function instantiate<T extends Type>(type: T, keep?: { has(variable: TypeVariable): boolean }): T {
  const copies = new Map<Type, Type>();
  const copyAll = (types: readonly Type[]): readonly Type[] => {
    const copied = types.map(copy);
    return copied.some((part, i) => part !== types[i]) ? copied : types;
  };
  const copy = (part: Type): Type => {
    const current = resolve(part);
    if (current.kind === "basic" || current.kind === "error" || current.kind === "anyfunction") return current;
    const known = copies.get(current);
    if (known !== undefined) return known;
    const fresh = copyNode(current);
    copies.set(current, fresh);
    return fresh;
  };
  const copyNode = (current: Type): Type => {
    if (current.kind === "variable") {
      if (keep?.has(current)) return current;
      const fresh = freshVariable();
      copies.set(current, fresh);
      if (current.alternatives !== undefined) fresh.alternatives = copyAll(current.alternatives);
      return fresh;
    }
    const parts = partsOf(current);
    const copied = copyAll(parts);
    return copied === parts ? current : rebuild(current, copied);
  };
  return copy(type) as T;
}

/** The type with all bindings of the moment followed, so that it survives their being taken back. */
function asBoundNow(type: Type): Type {
  return instantiate(type, everyVariable);
}

const everyVariable = { has: () => true };

/** A type of the same kind with other parts, in the order of `partsOf`. */
function rebuild(type: Type, parts: readonly Type[]): Type {
  switch (type.kind) {
    case "list":
      return { kind: "list", item: parts[0]! };
    case "dict":
      return { kind: "dict", key: parts[0]!, value: parts[1]! };
    case "tuple":
      return { kind: "tuple", items: parts };
    case "typespec":
      return { kind: "typespec", inner: parts[0]! };
    case "function":
      return { ...type, parameters: parts.slice(0, -1), result: parts[parts.length - 1]! };
    default:
      return type;
  }
}

/** Structural equality up to renaming of variables (`language.md` 3.7, typespec and func); binds nothing. */
export function typesEqual(left: Type, right: Type): boolean {
  const forth = new Map<Type, Type>();
  const back = new Map<Type, Type>();
  const pair = (a: Type, b: Type): boolean => {
    const known = forth.get(a);
    if (known !== undefined || back.has(b)) return known === b && back.get(b) === a;
    forth.set(a, b);
    back.set(b, a);
    return true;
  };
  const equal = (x: Type, y: Type): boolean => {
    const a = resolve(x);
    const b = resolve(y);
    if (a.kind !== b.kind) return false;
    if (a.kind === "basic") return a.name === (b as typeof a).name;
    if (a.kind === "variable" && !pair(a, b)) return false;
    if (a.kind === "function" && a.variadic !== (b as FunctionType).variadic) return false;
    const parts = partsOf(a);
    const others = partsOf(b);
    return parts.length === others.length && parts.every((part, i) => equal(part, others[i]!));
  };
  return equal(left, right);
}

export const voidType: Type = basic("void");
