/** Walks the intermediate representation: every expression of a module, with the nearest span around it. */
import type { BlockIr, ExpressionIr, IrSpan, ModuleIr, StatementIr } from "./ir.js";

/** Called for every expression, outer ones first; `near` is the span of the innermost statement or node that has one. */
export type ExpressionVisitor = (expression: ExpressionIr, near: IrSpan) => void;

/** Visits all expressions of a module: top level, functions, defaults of parameters. */
export function visitModule(module: ModuleIr, visit: ExpressionVisitor): void {
  for (const parameter of module.parameters)
    if (parameter.default !== undefined) visitExpression(parameter.default, parameter.span, visit);
  for (const item of module.functions) for (const statement of item.body) visitStatement(statement, visit);
  for (const statement of module.body) visitStatement(statement, visit);
}

function visitBlock(block: BlockIr, visit: ExpressionVisitor): void {
  for (const statement of block.items) visitStatement(statement, visit);
}

function visitStatement(statement: StatementIr, visit: ExpressionVisitor): void {
  const { at } = statement;
  switch (statement.k) {
    case "assign":
    case "set":
    case "unpack":
    case "do":
      visitExpression(statement.value, at, visit);
      return;
    case "section":
      visitBlock(statement.body, visit);
      return;
    case "if":
      for (const { condition, body } of statement.branches) {
        visitExpression(condition, at, visit);
        visitBlock(body, visit);
      }
      if (statement.otherwise !== undefined) visitBlock(statement.otherwise, visit);
      return;
    case "for":
      visitExpression(statement.from, at, visit);
      visitExpression(statement.to, at, visit);
      visitBlock(statement.body, visit);
      return;
    case "return":
      if (statement.value !== undefined) visitExpression(statement.value, at, visit);
      return;
    default:
      return;
  }
}

/** The direct parts of an expression. */
export function partsOfExpression(expression: ExpressionIr): readonly ExpressionIr[] {
  switch (expression.k) {
    case "neg":
    case "plus":
    case "not":
    case "item":
      return [expression.a];
    case "and":
    case "or":
    case "op":
    case "index":
      return [expression.a, expression.b];
    case "list":
    case "tuple":
      return expression.items;
    case "dict":
      return expression.entries.flat();
    case "call":
      return expression.args;
    default:
      return [];
  }
}

/** Visits an expression and everything inside it, without recursion: chains of operators may be of any length. */
export function visitExpression(expression: ExpressionIr, near: IrSpan, visit: ExpressionVisitor): void {
  const open: { expression: ExpressionIr; near: IrSpan }[] = [{ expression, near }];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    visit(current.expression, current.near);
    const inner = "at" in current.expression ? current.expression.at : current.near;
    for (const part of partsOfExpression(current.expression)) open.push({ expression: part, near: inner });
  }
}
