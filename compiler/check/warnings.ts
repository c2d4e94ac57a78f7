/**
 * Warnings about code that is legal and probably not what was meant: the reach of `not` (C4M-W002), repeated dict keys (W009), and
 * builtins whose result surprises (W013, W014).
 */
import type { DictExpression, Expression, UnaryExpression } from "../../grammar/ast.js";
import { resolve, type Type } from "../types.js";
import { someType } from "../unify.js";
import type { Body } from "./infer.js";
import type { CallNode, CallRecord, ModuleDraft } from "./session.js";

/**
 * C4M-W002: `not` takes everything to its right (`language.md` 2.3). That matters if the operand contains `and` or `or` outside parentheses, or
 * compares bools. The fix writes the parentheses that make the present meaning visible.
 */
export function checkReachOfNot(node: UnaryExpression, operandType: () => Type | undefined, module: ModuleDraft): void {
  const { operand } = node;
  const compares = operand.kind === "binary" && (operand.operator === "==" || operand.operator === "!=");
  if (!containsLogic(operand) && !(compares && isBool(operandType()))) return;
  const text = module.source.text.slice(operand.span.start, operand.span.end);
  const spelling = module.source.text.slice(node.operatorSpan.start, node.operatorSpan.end);
  const gap = module.source.text.slice(node.operatorSpan.end, operand.span.start);
  module.report("C4M-W002", node.operatorSpan, `'${spelling}' applies to everything to its right: ${oneLine(text)}`, {
    name: "not",
    hint: `write ${spelling}${spelling === "!" ? "" : " "}(…) around what it is to apply to`,
    fix: { location: module.locate({ start: node.operatorSpan.end, end: operand.span.end }), text: `${gap}(${text})` },
  });
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
}

function isBool(type: Type | undefined): boolean {
  if (type === undefined) return false;
  const current = resolve(type);
  return current.kind === "basic" && current.name === "bool";
}

function containsLogic(expression: Expression): boolean {
  const open: Expression[] = [expression];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    if (current.kind === "unary") open.push(current.operand);
    else if (current.kind === "binary") {
      if (current.operator === "&&" || current.operator === "||") return true;
      open.push(current.left, current.right);
    }
  }
  return false;
}

/** C4M-W009: a constant key that stands in the literal already; the last value wins. */
export function checkRepeatedKeys(node: DictExpression, module: ModuleDraft): void {
  if (node.entries.length < 2) return;
  const seen = new Map<string, Expression>();
  for (const { key } of node.entries) {
    if (key.kind !== "literal") continue;
    const identity = `${key.type} ${key.value}`;
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, key);
      continue;
    }
    module.report("C4M-W009", key.span, `the key ${key.raw} is repeated; the last value is taken`, {
      name: identity,
      notes: [{ message: "it stands here first", location: module.locate(first.span) }],
    });
  }
}

/** Warnings about calls of certain builtins. */
export function checkKnownCall(node: CallNode, record: CallRecord, body: Body): void {
  if (record.name === "slice") checkSlice(node, record, body.module);
  if (record.name !== "binary_sha256") return;
  body.inference.checks.push(() => {
    const isFloat = (part: Type) => part.kind === "basic" && part.name === "float";
    if (!someType(record.argTypes[0]!, isFloat)) return;
    const message = "the hash of a value that contains float differs from the one con4m 0.2 computes";
    body.module.report("C4M-W014", node.callee.span, message, { name: record.name });
  });
}

/** C4M-W013: constant operands that cut a code point in half (`builtins.md` 0.2: positions are bytes). */
function checkSlice(node: CallNode, record: CallRecord, module: ModuleDraft): void {
  const [text, ...positions] = record.args;
  if (text?.kind !== "literal" || text.type !== "string") return;
  const starts = byteStarts(text.value);
  const length = starts[starts.length - 1]!;
  const boundaries = new Set(starts);
  const numbers = positions.map(constantInt);
  if (numbers.some((number) => number === undefined)) return;
  const clamp = (number: number) => Math.min(length, Math.max(0, number < 0 ? number + length : number));
  const cuts = numbers.map((number) => clamp(number!));
  if (cuts.every((cut) => boundaries.has(cut)) || (cuts.length === 2 && cuts[0]! >= cuts[1]!)) return;
  module.report("C4M-W013", node.callee.span, "this slice cuts a character in half: positions count bytes", {
    name: record.name,
  });
}

/** Byte offset of each code point in the UTF-8 form, and the total length. A lone surrogate stands for one raw byte. */
function byteStarts(text: string): number[] {
  const starts = [0];
  let offset = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80 || (point >= 0xdc80 && point <= 0xdcff)) offset += 1;
    else if (point < 0x800) offset += 2;
    else offset += point < 0x10000 ? 3 : 4;
    starts.push(offset);
  }
  return starts;
}

function constantInt(expression: Expression): number | undefined {
  if (expression.kind === "paren") return constantInt(expression.inner);
  if (expression.kind === "unary" && expression.operator === "-") {
    const value = constantInt(expression.operand);
    return value === undefined ? undefined : -value;
  }
  return expression.kind === "literal" && expression.type === "int" ? Number(expression.value) : undefined;
}
