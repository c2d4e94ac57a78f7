/**
 * Evaluates expressions of the IR: one small function per kind of node, found in a table, because small functions make small stack frames and
 * configurations may recurse (`language.md` 3.5-3.8, 6.5). Before doing something that can fail a node leaves its span in the frame.
 */
import type { ExpressionIr, VariableIr } from "../../compiler/ir.js";
import { Failure } from "../failure.js";
import { affirm, binary, dictKey, makeDict, negate } from "../operations.js";
import { effectiveValue, lookup } from "../store.js";
import { codePointAt, codePointLength } from "../text.js";
import { nestedText } from "../text-form.js";
import { kindOf } from "../value-types.js";
import { CharValue, DictValue, TupleValue, type Value } from "../values.js";
import { evaluateCall } from "./calls.js";
import type { Frame } from "./frame.js";

type Node<K extends ExpressionIr["k"]> = Extract<ExpressionIr, { k: K }>;
type Handlers = { readonly [K in ExpressionIr["k"]]: (frame: Frame, node: Node<K>) => Value };

function wrongType(expected: string, value: Value): Failure {
  return new Failure("C4M-E016", `a ${expected} is expected here, not a ${kindOf(value)}`, { expected, actual: kindOf(value) });
}

/** A bool, which the checker has promised except for open types. */
export function condition(frame: Frame, node: ExpressionIr): boolean {
  const value = evaluate(frame, node);
  if (typeof value !== "boolean") throw wrongType("bool", value);
  return value;
}

/** Value of a variable; undefined while unset. */
export function variableValue(frame: Frame, of: VariableIr): Value | undefined {
  return "slot" in of ? frame.slots[of.slot] : frame.runtime.cells.get(of.cell);
}

function readVariable(frame: Frame, node: Node<"var">): Value {
  const value = variableValue(frame, node.of);
  if (value === undefined) {
    frame.at = node.at;
    throw new Failure("C4M-E002", `variable '${node.name}' has no value yet`);
  }
  return value;
}

function readAttribute(frame: Frame, node: Node<"attr">): Value {
  const found = lookup(frame.runtime.store, node.path);
  if (found !== undefined && found.kind === "attribute") return effectiveValue(found);
  frame.at = node.at;
  const path = node.path.join(".");
  throw new Failure("C4M-E001", `attribute '${path}' has no value yet`, { path });
}

function negation(frame: Frame, node: Node<"neg" | "plus" | "not">): Value {
  const value = evaluate(frame, node.a);
  frame.at = node.at;
  if (node.k === "neg") return negate(value);
  if (node.k === "plus") return affirm(value);
  if (typeof value !== "boolean") throw wrongType("bool", value);
  return !value;
}

/**
 * Chains such as `a + b + c` lean to the left: `(a + b) + c`. The nodes of the chain from the outermost to the one whose left side is something else, so
 * that a chain can be walked without recursion and its length does not matter.
 */
function chainOf<N extends { readonly k: string; readonly a: ExpressionIr }>(node: N, ...kinds: readonly N["k"][]): N[] {
  const chain = [node];
  for (let left = node.a; kinds.includes(left.k); left = (left as unknown as N).a) chain.push(left as unknown as N);
  return chain;
}

function logicChain(frame: Frame, node: Node<"and" | "or">): Value {
  const chain = chainOf(node, "and", "or");
  let value = evaluate(frame, (chain.at(-1) as Node<"and" | "or">).a);
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i] as Node<"and" | "or">;
    frame.at = each.at;
    if (typeof value !== "boolean") throw wrongType("bool", value);
    if (value === (each.k === "or")) continue;
    value = evaluate(frame, each.b);
    frame.at = each.at;
    if (typeof value !== "boolean") throw wrongType("bool", value);
  }
  return value;
}

function logic(frame: Frame, node: Node<"and" | "or">): Value {
  if (node.a.k === "and" || node.a.k === "or") return logicChain(frame, node);
  const a = table[node.a.k](frame, node.a);
  frame.at = node.at;
  if (typeof a !== "boolean") throw wrongType("bool", a);
  if (a === (node.k === "or")) return a;
  const b = table[node.b.k](frame, node.b);
  frame.at = node.at;
  if (typeof b !== "boolean") throw wrongType("bool", b);
  return b;
}

function operatorChain(frame: Frame, node: Node<"op">): Value {
  const chain = chainOf(node, "op");
  let value = evaluate(frame, (chain.at(-1) as Node<"op">).a);
  for (let i = chain.length - 1; i >= 0; i--) {
    const each = chain[i] as Node<"op">;
    const right = evaluate(frame, each.b);
    frame.at = each.at;
    value = binary(each.op, value, right);
  }
  return value;
}

function operator(frame: Frame, node: Node<"op">): Value {
  if (node.a.k === "op") return operatorChain(frame, node);
  const a = table[node.a.k](frame, node.a);
  const b = table[node.b.k](frame, node.b);
  frame.at = node.at;
  return binary(node.op, a, b);
}

function index(frame: Frame, node: Node<"index">): Value {
  const container = evaluate(frame, node.a);
  const key = evaluate(frame, node.b);
  frame.at = node.at;
  if (container instanceof DictValue) return dictEntry(container, key);
  if (typeof key !== "bigint") throw wrongType("int", key);
  if (typeof container === "string") {
    const code = codePointAt(container, clampIndex(key));
    if (code === undefined) throw indexFailure(key, codePointLength(container));
    return new CharValue(code);
  }
  if (!Array.isArray(container)) throw wrongType("list, string or dict", container);
  const item = container[clampIndex(key)] as Value | undefined;
  if (item === undefined) throw indexFailure(key, container.length);
  return item;
}

/** An index as a JavaScript number; whatever no container can have becomes -1. */
function clampIndex(key: bigint): number {
  return key < 0n || key > 0xffff_ffffn ? -1 : Number(key);
}

function indexFailure(key: bigint, length: number): Failure {
  const range = length === 0 ? "it is empty" : `valid are 0 … ${length - 1}`;
  return new Failure("C4M-E006", `index ${key} is out of range, ${range}`, {
    expected: `0 … ${length - 1}`,
    actual: String(key),
  });
}

/** The value of a dict's key; C4M-E007 with the first ten keys if it is missing. */
export function dictEntry(dict: DictValue, key: Value): Value {
  const entry = dict.entries.get(dictKey(key));
  if (entry !== undefined) return entry[1];
  const keys = [...dict.entries.values()].slice(0, 10).map((e) => nestedText(e[0]));
  const rest = dict.entries.size > 10 ? ", …" : "";
  const known = keys.length === 0 ? "the dict is empty" : `its keys are ${keys.join(", ")}${rest}`;
  throw new Failure("C4M-E007", `the dict has no key ${nestedText(key)}; ${known}`, {
    actual: nestedText(key),
    suggestions: keys,
  });
}

function item(frame: Frame, node: Node<"item">): Value {
  const value = evaluate(frame, node.a);
  frame.at = node.at;
  if (!(value instanceof TupleValue)) throw wrongType("tuple", value);
  const found = value.items[node.i];
  if (found === undefined) throw indexFailure(BigInt(node.i), value.items.length);
  return found;
}

/** The values of expressions, from left to right. */
export function evaluateAll(frame: Frame, nodes: readonly ExpressionIr[]): Value[] {
  const values: Value[] = [];
  for (let i = 0; i < nodes.length; i++) values.push(table[(nodes[i] as ExpressionIr).k](frame, nodes[i] as ExpressionIr));
  return values;
}

function dict(frame: Frame, node: Node<"dict">): Value {
  const pairs: (readonly [Value, Value])[] = [];
  for (const [key, value] of node.entries) pairs.push([evaluate(frame, key), evaluate(frame, value)]);
  return makeDict(pairs);
}

const handlers: Handlers = {
  const: (frame, node) => frame.module.constants[node.c] as Value,
  var: readVariable,
  attr: readAttribute,
  neg: negation,
  plus: negation,
  not: negation,
  and: logic,
  or: logic,
  op: operator,
  index,
  item,
  list: (frame, node: Node<"list" | "tuple">) => evaluateAll(frame, node.items),
  tuple: (frame, node: Node<"list" | "tuple">) => new TupleValue(evaluateAll(frame, node.items)),
  dict,
  // The checker sees to it that only functions with a result stand where a value is needed (C4M-T018).
  call: evaluateCall as (frame: Frame, node: Node<"call">) => Value,
};

/** The handlers without the type of their node. Hot handlers use it directly: one stack frame less for each level of nesting. */
export const table = handlers as unknown as { readonly [K in ExpressionIr["k"]]: (frame: Frame, node: ExpressionIr) => Value };

/** The value of an expression. Throws `Failure`; `frame.at` then tells where. */
export function evaluate(frame: Frame, node: ExpressionIr): Value {
  return table[node.k](frame, node);
}
