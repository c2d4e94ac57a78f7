/**
 * Binary operators: which types each of them takes, and what comes out (`language.md` 3.5). Both operands have one type; there are no
 * conversions.
 */
import type { BinaryExpression, BinaryOperator } from "../../grammar/ast.js";
import { typeText } from "../type-text.js";
import { basic, errorType, resolve, type Type } from "../types.js";
import { unify } from "../unify.js";
import { conversionHint } from "./assignments.js";
import { blameOf } from "./blame.js";
import type { Body } from "./infer.js";

const ordered = ["int", "float", "char", "string", "Duration", "Size", "IPAddr", "CIDR", "Date", "Time", "DateTime"];

/** What comes out of an operator: a value of the operands' type, or one of a type of its own. */
interface OperatorRule {
  readonly result: Type | "operand";
  /** Types of the operands; absent means any. */
  readonly operands?: ReadonlySet<string>;
}

const arithmetic = (...names: string[]): OperatorRule => ({ result: "operand", operands: new Set(names) });
const comparison: OperatorRule = { result: basic("bool"), operands: new Set(ordered) };

/** Operators other than `&&` and `||`. */
const rules: { readonly [operator in BinaryOperator]?: OperatorRule } = {
  "+": arithmetic("int", "float", "char", "Duration", "string"),
  "-": arithmetic("int", "float", "char", "Duration"),
  "*": arithmetic("int", "float", "char"),
  "%": arithmetic("int", "char"),
  "/": { result: basic("float"), operands: new Set(["int", "float", "char"]) },
  "==": { result: basic("bool") },
  "!=": { result: basic("bool") },
  "<": comparison,
  "<=": comparison,
  ">": comparison,
  ">=": comparison,
};

/** Type of a binary expression whose operands have these types. */
export function inferBinary(node: BinaryExpression, left: Type, right: Type, body: Body): Type {
  const { operator } = node;
  const rule = rules[operator];
  if (rule === undefined) return inferLogical(node, left, right, body);
  const { operands: wanted } = rule;
  const result = rule.result === "operand" ? left : rule.result;
  if (left === right && left.kind === "basic" && (wanted === undefined || wanted.has(left.name))) return result;
  return inferDiffering(node, rule, left, right, body);
}

/** The same for operands that need a closer look than two of one basic type. */
function inferDiffering(node: BinaryExpression, rule: OperatorRule, left: Type, right: Type, body: Body): Type {
  const { operator } = node;
  const { operands: wanted } = rule;
  const result = rule.result === "operand" ? left : rule.result;
  if (!unify(left, right, body.session.trail)) {
    const [a, b] = [typeText(left), typeText(right)];
    body.module.report("C4M-T003", node.operatorSpan, `the operands of '${node.spelling}' differ: ${a} and ${b}`, {
      name: node.spelling,
      expected: a,
      actual: b,
      hint: operandHint(a, b),
      blame: [...blameOf(node.left, right, body), ...blameOf(node.right, left, body)],
    });
    return errorType;
  }
  if (wanted === undefined) return result;
  const fits = (): boolean => {
    const type = resolve(left);
    if (type.kind === "error" || type.kind === "variable" || (type.kind === "basic" && wanted.has(type.name))) return true;
    const actual = typeText(type);
    body.module.report("C4M-T004", node.operatorSpan, `'${node.spelling}' is not defined for ${actual}`, {
      name: node.spelling,
      actual,
      hint: listHint(operator, type),
    });
    return false;
  };
  if (resolve(left).kind === "variable") body.inference.checks.push(fits);
  else if (!fits()) return errorType;
  // An operand with a mistake says nothing about the result, and the operator may be part of it.
  return resolve(right).kind === "error" ? right : resolve(left).kind === "error" ? left : result;
}

/** How to make operands of these types alike: the right one is converted to a float, the left one to anything else, and whatever it is to a string. */
function operandHint(left: string, right: string): string | undefined {
  if (left === "float" && right === "int") return conversionHint(left, right);
  return conversionHint(right, left) ?? (left === "string" ? conversionHint(left, right) : undefined);
}

function listHint(operator: BinaryOperator, type: Type): string | undefined {
  return operator === "+" && type.kind === "list" ? "join lists with array_add(…)" : undefined;
}

function inferLogical(node: BinaryExpression, left: Type, right: Type, body: Body): Type {
  for (const [operand, expression] of [[left, node.left] as const, [right, node.right] as const]) {
    if (unify(operand, basic("bool"), body.session.trail)) continue;
    const actual = typeText(operand);
    body.module.report("C4M-T006", node.operatorSpan, `'${node.spelling}' takes bools, not ${actual}`, {
      name: node.spelling,
      expected: "bool",
      actual,
      hint: "convert with bool(…)",
      blame: blameOf(expression, basic("bool"), body),
    });
    return errorType;
  }
  return basic("bool");
}
