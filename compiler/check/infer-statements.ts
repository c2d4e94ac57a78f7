/**
 * Types of statements: assignments unify the target's type with the value's, headers want bools and ints, `return` unifies with the function's
 * result (`language.md` 3.3, 5.6, 5.7).
 */
import type * as ast from "../../grammar/ast.js";
import type { Code } from "../../grammar/catalogue.js";
import { typeText } from "../type-text.js";
import { basic, errorType, freshVariable, resolve, type Type, type TypeVariable } from "../types.js";
import { unify } from "../unify.js";
import { annotatedType } from "./annotations.js";
import { assignType, conversionHint, targetType } from "./assignments.js";
import { blameOf, blameOfTarget } from "./blame.js";
import { inferCall } from "./calls.js";
import { type Body, inferExpression, inferValue } from "./infer.js";
import { inferParameter } from "./parameters.js";
import type { BlockDraft, LoopDraft, SectionDraft, StatementDraft, Target } from "./session.js";

/** Checks statements in text order; `block` is what resolving has found out about them. */
export function inferStatements(items: readonly ast.Statement[], block: BlockDraft, body: Body): void {
  const { statements } = block;
  for (let i = 0; i < items.length; i++) inferStatement(items[i]!, statements[i], body);
}

function inferStatement(item: ast.Statement, draft: StatementDraft, body: Body): void {
  switch (item.kind) {
    case "assign":
      assignType(body, draft as Target, inferValue(item.value, body), item.value.span, item.path[item.path.length - 1]!);
      return;
    case "set":
      assignType(body, draft as Target, inferValue(item.value, body), item.value.span, item.name);
      return;
    case "unpack":
      inferUnpack(item, draft as readonly Target[], body);
      return;
    case "section":
      if (item.body !== undefined) inferStatements(item.body.items, (draft as SectionDraft).body!, body);
      return;
    case "if":
      inferBranches(item, draft as readonly BlockDraft[], body);
      return;
    case "for":
      expectType(item.from, "int", "C4M-T007", "the bounds of a loop must be int", body);
      expectType(item.to, "int", "C4M-T007", "the bounds of a loop must be int", body);
      inferStatements(item.body.items, (draft as LoopDraft).body, body);
      return;
    case "var":
      inferDeclaration(item, draft as readonly Target[], body);
      return;
    case "return":
      inferReturn(item, body);
      return;
    case "expression":
      inferExpressionStatement(item, body);
      return;
    case "parameter":
      inferParameter(item, body);
      return;
    case "function": {
      const declared = body.module.functions.get(item)!;
      if (declared.state === "declared") body.inference.checkFunction(declared);
      return;
    }
    default:
      return;
  }
}

function inferBranches(item: ast.IfStatement, blocks: readonly BlockDraft[], body: Body): void {
  item.branches.forEach((branch, i) => {
    expectType(branch.condition, "bool", "C4M-T005", "a condition must be bool", body);
    inferStatements(branch.body.items, blocks[i]!, body);
  });
  if (item.otherwise !== undefined) inferStatements(item.otherwise.items, blocks[item.branches.length]!, body);
}

function expectType(expression: ast.Expression, wanted: "bool" | "int", code: Code, message: string, body: Body): void {
  const type = inferValue(expression, body);
  if (unify(type, basic(wanted), body.session.trail)) return;
  const actual = typeText(type);
  const hint = wanted === "bool" ? "convert with bool(…), or compare" : conversionHint(wanted, actual);
  const blame = blameOf(expression, basic(wanted), body);
  body.module.report(code, expression.span, `${message}, not ${actual}`, { expected: wanted, actual, hint, blame });
}

function inferUnpack(item: ast.UnpackAssignment, targets: readonly Target[], body: Body): void {
  const type = inferValue(item.value, body);
  const parts = unpackedTypes(item, type, body);
  item.names.forEach((name, i) => {
    assignType(body, targets[i]!, parts[i] ?? errorType, item.value.span, name);
  });
}

function unpackedTypes(item: ast.UnpackAssignment, type: Type, body: Body): readonly Type[] {
  const current = resolve(type);
  const count = item.names.length;
  if (current.kind === "error") return [];
  if (current.kind === "tuple" && current.items.length !== count) {
    const message = `${count} names for a tuple of ${current.items.length} items`;
    body.module.report("C4M-T015", item.value.span, message, {
      name: "unpack",
      expected: String(count),
      actual: String(current.items.length),
    });
    return [];
  }
  if (current.kind === "tuple") return current.items;
  const items = Array.from({ length: count }, () => freshVariable());
  if (unify(current, { kind: "tuple", items }, body.session.trail)) return items;
  const actual = typeText(current);
  body.module.report("C4M-T014", item.value.span, `only a tuple can be unpacked, this is ${actual}`, { name: "unpack", actual });
  return [];
}

function inferDeclaration(item: ast.VariableDeclaration, targets: readonly Target[], body: Body): void {
  let index = 0;
  for (const group of item.groups) {
    const typeNames = new Map<string, TypeVariable>();
    for (const name of group.names) {
      const target = targets[index++]!;
      const declared = annotatedType(group.type, typeNames, body.module);
      const established = targetType(body, target);
      if (established === undefined) continue;
      const expected = typeText(established);
      if (!unify(established, declared, body.session.trail)) {
        const actual = typeText(declared);
        body.module.report(
          "C4M-T021",
          group.type.span,
          `'${name.text}' has type ${expected} and cannot be declared as ${actual}`,
          {
            name: name.text,
            expected,
            actual,
          },
        );
      } else if (target.kind !== "failed") {
        const key = target.kind === "variable" ? target.variable : target.kind === "cell" ? target.cell : target.node;
        if (!body.session.typedAt.has(key)) body.session.typedAt.set(key, { module: body.module, span: group.type.span });
      }
    }
  }
}

function inferReturn(item: ast.ReturnStatement, body: Body): void {
  if (item.value === undefined) return;
  const type = inferValue(item.value, body);
  if (body.draft === undefined) return;
  const { result } = body.draft;
  const first = body.session.typedAt.get(result);
  if (unify(result.type, type, body.session.trail)) {
    if (first === undefined) body.session.typedAt.set(result, { module: body.module, span: item.value.span });
    return;
  }
  const [expected, actual] = [typeText(result.type), typeText(type)];
  body.module.report("C4M-T016", item.value.span, `'${body.draft.name}' returns ${expected} elsewhere, here it is ${actual}`, {
    name: body.draft.name,
    expected,
    actual,
    hint: conversionHint(expected, actual),
    blame: blameOfTarget({ kind: "variable", variable: result }, actual),
    ...(first === undefined
      ? {}
      : { notes: [{ message: `${expected} is returned here`, location: body.module.locate(first.span) }] }),
  });
}

/** A statement that is only an expression should be a call (C4M-W012). */
function inferExpressionStatement(item: ast.ExpressionStatement, body: Body): void {
  let inner = item.expression;
  while (inner.kind === "paren") inner = inner.inner;
  if (inner.kind === "call" || inner.kind === "method") {
    inferCall(inner, body, false, inner.kind === "method" ? inferValue(inner.receiver, body) : undefined);
    return;
  }
  const type = inferExpression(inner, body);
  if (inner.kind === "bad" || resolve(type).kind === "error") return;
  const hint = inner.kind === "name" ? `write '${inner.name} = …' to assign, '${inner.name}(…)' to call` : undefined;
  body.module.report("C4M-W012", item.span, "this has no effect: the value is not used", { name: "expression", hint });
}
