/**
 * Executes statements of the IR. Control flow is a small completion code instead of exceptions: a block hands on `break`, `continue` and `return` to
 * the loop or function that they belong to (`language.md` 5.5-5.7, 6.3).
 */
import type { BlockIr, StatementIr, VariableIr } from "../../compiler/ir.js";
import { Failure } from "../failure.js";
import { kindOf } from "../value-types.js";
import { TupleValue, type Value } from "../values.js";
import { assignValue, enterSection } from "./assign.js";
import { countStep, evaluateCall } from "./calls.js";
import { runComponent } from "./components.js";
import { condition, evaluate, table } from "./expressions.js";
import type { Frame } from "./frame.js";
import { locationOf, originAt } from "./module.js";

/** How a statement ended. */
export type Completion = 0 | 1 | 2 | 3;
const normal = 0;
const broken = 1;
const continued = 2;
const returned = 3;

type Node<K extends StatementIr["k"]> = Extract<StatementIr, { k: K }>;
type Handlers = { readonly [K in StatementIr["k"]]: (frame: Frame, node: Node<K>) => Completion };

/** Kinds of values by the head of a type text; open types and unions accept anything. */
const containerHeads: readonly (readonly [head: string, kind: string])[] = [
  ["list[", "list"],
  ["dict[", "dict"],
  ["tuple[", "tuple"],
  ["typespec", "typespec"],
  ["(", "func"],
];

/** The kind that every value of a type has, by the type's text; undefined if the type is open or a union. */
function kindOfText(type: string): string | undefined {
  for (const [head, kind] of containerHeads) if (type.startsWith(head)) return type.includes(" or ") ? undefined : kind;
  return /^[A-Za-z]+$/.test(type) ? type : undefined;
}

const kinds = new Map<string, string | undefined>();

/** C4M-E016 if data of open type arrives where a static type says otherwise. Containers were checked inside where the data came in. */
function checkKind(type: string, value: Value): void {
  if (type === kindOf(value)) return;
  let expected = kinds.get(type);
  if (expected === undefined && !kinds.has(type)) kinds.set(type, (expected = kindOfText(type)));
  if (expected === undefined || kindOf(value) === expected) return;
  throw new Failure("C4M-E016", `a ${type} is expected here, not a ${kindOf(value)}`, { expected: type, actual: kindOf(value) });
}

function assign(frame: Frame, node: Node<"assign">): Completion {
  const value = evaluate(frame, node.value);
  frame.at = node.at;
  const type = frame.module.ir.types[node.type] as string;
  checkKind(type, value);
  const { runtime } = frame;
  const lock = runtime.componentDepth > 0 ? "component" : node.lock ? "explicit" : undefined;
  // The checker has made paths absolute: inside a section's block those of its own attributes are one name longer than its path.
  const { section } = frame;
  const parent = section !== undefined && section.depth + 1 === node.path.length ? section.node : undefined;
  assignValue(runtime, node.path, value, type, originAt(frame.module, node.at), lock, parent);
  return normal;
}

export function setVariable(frame: Frame, to: VariableIr, value: Value | undefined): void {
  if ("slot" in to) frame.slots[to.slot] = value;
  else frame.runtime.cells.set(to.cell, value);
}

function set(frame: Frame, node: Node<"set">): Completion {
  setVariable(frame, node.to, evaluate(frame, node.value));
  return normal;
}

function unpack(frame: Frame, node: Node<"unpack">): Completion {
  const value = evaluate(frame, node.value);
  frame.at = node.at;
  if (!(value instanceof TupleValue) || value.items.length !== node.to.length)
    throw new Failure("C4M-E016", `a tuple of ${node.to.length} items is expected here`, { actual: kindOf(value) });
  for (const [i, to] of node.to.entries()) setVariable(frame, to, value.items[i] as Value);
  return normal;
}

function section(frame: Frame, node: Node<"section">): Completion {
  frame.at = node.at;
  const outer = frame.section;
  const opened = enterSection(frame.runtime, node.path, locationOf(frame.module, node.at));
  reset(frame, node.body);
  frame.section = { node: opened, depth: node.path.length };
  const completion = runStatements(frame, node.body.items);
  frame.section = outer;
  return completion;
}

/** The block of the first branch whose condition holds, else that of `else`. */
function chosenBlock(frame: Frame, node: Node<"if">): BlockIr | undefined {
  for (const branch of node.branches) {
    frame.at = node.at;
    if (condition(frame, branch.condition)) return branch.body;
  }
  return node.otherwise;
}

function branches(frame: Frame, node: Node<"if">): Completion {
  const block = chosenBlock(frame, node);
  if (block === undefined) return normal;
  reset(frame, block);
  return runStatements(frame, block.items);
}

function bound(frame: Frame, node: Node<"for">, which: "from" | "to"): bigint {
  const value = evaluate(frame, node[which]);
  if (typeof value === "bigint") return value;
  frame.at = node.at;
  throw new Failure("C4M-E016", `a loop bound must be an int, not a ${kindOf(value)}`, {
    expected: "int",
    actual: kindOf(value),
  });
}

/** Half-open in both directions: the lower bound is always included, the higher never. */
function loop(frame: Frame, node: Node<"for">): Completion {
  const from = bound(frame, node, "from");
  const to = bound(frame, node, "to");
  const up = from < to;
  reset(frame, node.body);
  for (let i = up ? from : from - 1n; up ? i < to : i >= to; i += up ? 1n : -1n) {
    frame.at = node.at;
    countStep(frame.runtime);
    frame.slots[node.index] = i;
    const completion = runStatements(frame, node.body.items);
    if (completion === broken) break;
    if (completion === returned) return returned;
  }
  return normal;
}

function leave(frame: Frame, node: Node<"return">): Completion {
  if (node.value !== undefined) frame.slots[frame.result] = table[node.value.k](frame, node.value);
  return returned;
}

const handlers: Handlers = {
  assign,
  set,
  unpack,
  section,
  if: branches,
  for: loop,
  break: () => broken,
  continue: () => continued,
  return: leave,
  do: (frame, node) => {
    if (node.value.k === "call") evaluateCall(frame, node.value);
    else evaluate(frame, node.value);
    return normal;
  },
  use: (frame, node) => {
    frame.at = node.at;
    runComponent(frame, node.component);
    return normal;
  },
};

const statementTable = handlers as unknown as {
  readonly [K in StatementIr["k"]]: (frame: Frame, node: StatementIr) => Completion;
};

function reset(frame: Frame, block: BlockIr): void {
  for (let slot = block.reset[0]; slot < block.reset[1]; slot++) frame.slots[slot] = undefined;
}

/**
 * Runs statements until one of them ends otherwise than normally. Throws `Failure`. Indexed loops here and in other functions through which calls nest
 * keep their stack frames small.
 */
export function runStatements(frame: Frame, items: readonly StatementIr[]): Completion {
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as StatementIr;
    frame.at = item.at;
    countStep(frame.runtime);
    const completion = statementTable[item.k](frame, item);
    if (completion !== normal) return completion;
  }
  return normal;
}
