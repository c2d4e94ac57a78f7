/**
 * Binary operators: which types each of them takes, and what comes out (`language.md` 3.5). Both operands have one type; there are no
 * conversions.
 */
import type { BinaryExpression, BinaryOperator } from "../../grammar/ast.js";
import { typeText } from "../type-text.js";
import { basic, errorType, resolve, type Type } from "../types.js";
import { unify } from "../unify.js";
import { conversionHint } from "./assignments.js";
import type { Body } from "./infer.js";

const ordered = ["int", "float", "char", "string", "Duration", "Size", "IPAddr", "CIDR", "Date", "Time", "DateTime"];

/** Types of the operands; absent means any. */
const operandTypes: { readonly [operator in BinaryOperator]?: ReadonlySet<string> } = {
  "+": new Set(["int", "float", "char", "Duration", "string"]),
  "-": new Set(["int", "float", "char", "Duration"]),
  "*": new Set(["int", "float", "char"]),
  "/": new Set(["int", "float", "char"]),
  "%": new Set(["int", "char"]),
  "<": new Set(ordered),
  "<=": new Set(ordered),
  ">": new Set(ordered),
  ">=": new Set(ordered),
};

const logical: ReadonlySet<BinaryOperator> = new Set(["&&", "||"]);
const arithmetic: ReadonlySet<BinaryOperator> = new Set(["+", "-", "*", "%"]);

/** Type of a binary expression whose operands have these types. */
export function inferBinary(node: BinaryExpression, left: Type, right: Type, body: Body): Type {
  const { operator } = node;
  if (logical.has(operator)) return inferLogical(node, left, right, body);
  const result = operator === "/" ? basic("float") : arithmetic.has(operator) ? left : basic("bool");
  if (!unify(left, right, body.session.trail)) {
    const [a, b] = [typeText(left), typeText(right)];
    body.module.report("C4M-T003", node.operatorSpan, `the operands of '${node.spelling}' differ: ${a} and ${b}`, {
      name: node.spelling,
      expected: a,
      actual: b,
      hint: a === "float" && b === "int" ? conversionHint(a, b) : conversionHint(b, a),
    });
    return arithmetic.has(operator) ? errorType : result;
  }
  const wanted = operandTypes[operator];
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
  else if (!fits()) return arithmetic.has(operator) ? errorType : result;
  // An operand with a mistake says nothing about the result.
  return arithmetic.has(operator) && resolve(right).kind === "error" ? right : result;
}

function listHint(operator: BinaryOperator, type: Type): string | undefined {
  return operator === "+" && type.kind === "list" ? "join lists with array_add(…)" : undefined;
}

function inferLogical(node: BinaryExpression, left: Type, right: Type, body: Body): Type {
  for (const operand of [left, right]) {
    if (unify(operand, basic("bool"), body.session.trail)) continue;
    const actual = typeText(operand);
    body.module.report("C4M-T006", node.operatorSpan, `'${node.spelling}' takes bools, not ${actual}`, {
      name: node.spelling,
      expected: "bool",
      actual,
      hint: "convert with bool(…)",
    });
    break;
  }
  return basic("bool");
}
