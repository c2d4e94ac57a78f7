/** Pieces of syntax tree that stand in for old spellings. Their spans are those of what they replace, so that messages point there. */
import type { AttributeAssignment, Expression, Statement } from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";

/** The literal of a string. */
export function stringLiteral(value: string, span: Span): Expression {
  return { kind: "literal", span, raw: JSON.stringify(value), type: "string", value, pieces: 1 };
}

/** A list of string literals. */
export function stringList(values: readonly string[], span: Span): Expression {
  return { kind: "list", items: values.map((value) => stringLiteral(value, span)), span };
}

/** An assignment like another one, to another path and of another value. */
export function assignment(
  like: AttributeAssignment,
  path: readonly string[],
  span: Span,
  value: Expression,
): AttributeAssignment {
  return { ...like, path: path.map((text) => ({ text, span })), value };
}

/** `if (not (attr_exists("SINK_CONFIG.region"))) { region: "" }`, to stand inside of the sink_config. */
export function regionFallback(sinkConfig: string, span: Span): Statement {
  const call: Expression = {
    kind: "call",
    callee: { text: "attr_exists", span },
    args: [stringLiteral(`${sinkConfig}.region`, span)],
    span,
  };
  const operand: Expression = { kind: "paren", inner: call, span };
  const absent: Expression = { kind: "unary", operator: "!", spelling: "not", operatorSpan: span, operand, span };
  const region: AttributeAssignment = {
    kind: "assign",
    path: [{ text: "region", span }],
    operator: ":",
    lock: false,
    value: stringLiteral("", span),
    span,
  };
  return {
    kind: "if",
    branches: [{ condition: { kind: "paren", inner: absent, span }, body: { kind: "block", items: [region], span } }],
    otherwise: undefined,
    span,
  };
}
