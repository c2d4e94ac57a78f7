/** Constants that a person types at a prompt (`language.md` 7.4): a literal, or a list, dict or tuple of constants, as a value with its type. */

import type { Type } from "../../compiler/types.js";
import type { Expression, Literal } from "../../grammar/ast.js";
import { parseConstant } from "../../grammar/parse.js";
import { makeDict } from "../operations.js";
import { typeOfValue } from "../value-types.js";
import { CharValue, QuantityValue, TextValue, TupleValue, type Value } from "../values.js";

function literalValue(literal: Literal): Value {
  switch (literal.type) {
    case "int":
    case "float":
    case "bool":
    case "string":
      return literal.value;
    case "char":
      return new CharValue(literal.value);
    case "Duration":
    case "Size":
      return new QuantityValue(literal.type, literal.value);
    default:
      return new TextValue(literal.type, literal.value);
  }
}

function constantOf(expression: Expression): Value | undefined {
  switch (expression.kind) {
    case "literal":
      return literalValue(expression);
    case "paren":
      return constantOf(expression.inner);
    case "unary": {
      const operand = constantOf(expression.operand);
      if (expression.operator === "!" || (typeof operand !== "bigint" && typeof operand !== "number")) return undefined;
      return expression.operator === "-" ? -operand : operand;
    }
    case "list":
    case "tuple": {
      const items: Value[] = [];
      for (const item of expression.items) {
        const value = constantOf(item);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return expression.kind === "list" ? Object.freeze(items) : new TupleValue(items);
    }
    case "dict": {
      const entries: [Value, Value][] = [];
      for (const { key, value } of expression.entries) {
        const [left, right] = [constantOf(key), constantOf(value)];
        if (left === undefined || right === undefined) return undefined;
        entries.push([left, right]);
      }
      return makeDict(entries);
    }
    default:
      return undefined;
  }
}

/** Reads a constant; undefined if the text is none. */
export function constantFromText(text: string): { readonly value: Value; readonly type: Type } | undefined {
  const parsed = parseConstant(text);
  if (!("expression" in parsed)) return undefined;
  const value = constantOf(parsed.expression);
  return value === undefined ? undefined : { value, type: typeOfValue(value) };
}
