/**
 * Giving a value's type to the name it is assigned to. Attributes and variables keep one type for the whole context (`language.md` 3.3); of two
 * assignments that clash, the one further down in the text is blamed and the other is named in a note.
 */
import type { Name } from "../../grammar/ast.js";
import type { Code } from "../../grammar/catalogue.js";
import type { Location, Span } from "../../grammar/span.js";
import { typeText } from "../type-text.js";
import { resolve, type Type } from "../types.js";
import { unify } from "../unify.js";
import { blameOfTarget } from "./blame.js";
import type { Body } from "./infer.js";
import { type Target, TextAttribute } from "./session.js";

/** The type of a target, noting that the current function depends on it if it outlives the call. */
export function targetType(body: Body, target: Target): Type | undefined {
  switch (target.kind) {
    case "variable":
      if (target.variable.exported) body.draft?.environment.push(target.variable.type);
      return target.variable.type;
    case "cell":
      body.draft?.environment.push(target.cell.type);
      return target.cell.type;
    case "attribute":
      body.draft?.environment.push(target.node.type);
      return target.node.type;
    case "failed":
      return undefined;
  }
}

/** The object by which an assignment's target is known in `typedAt`. */
function identity(target: Target): object {
  if (target.kind === "variable") return target.variable;
  if (target.kind === "cell") return target.cell;
  return target.kind === "attribute" ? target.node : target;
}

/** Unifies the target's type with that of a value; reports C4M-T001 or T002 at the value. */
export function assignType(body: Body, target: Target, type: Type, valueSpan: Span, name: Name): void {
  const { session, module } = body;
  const isFirst = body.draft === undefined && target.kind === "attribute" && target.node instanceof TextAttribute;
  if (isFirst && target.node.isOf(module) && target.node.takeFirst(type)) return;
  const established = targetType(body, target);
  if (established === undefined) return;
  const key = identity(target);
  if (unify(established, type, session.trail)) {
    if (body.draft !== undefined && !session.typedAt.has(key) && resolve(type).kind !== "error") {
      session.typedAt.set(key, { module, span: valueSpan });
    }
    return;
  }
  const before = session.typedAt.get(key);
  const laterFirst = before !== undefined && before.module === module && before.span.start > valueSpan.start;
  const blamed = laterFirst ? before.span : valueSpan;
  const other = before === undefined ? definitionOf(body, target) : before.module.locate(laterFirst ? valueSpan : before.span);
  const [expected, actual] = laterFirst ? [typeText(type), typeText(established)] : [typeText(established), typeText(type)];
  const code: Code = target.kind === "attribute" ? "C4M-T002" : "C4M-T001";
  const what = target.kind === "attribute" ? `attribute '${target.path.join(".")}'` : `variable '${name.text}'`;
  module.report(code, blamed, `${what} has type ${expected}, but this is ${actual}`, {
    name: target.kind === "attribute" ? target.path.join(".") : name.text,
    expected,
    actual,
    hint: conversionHint(expected, actual),
    blame: blameOfTarget(target, laterFirst ? expected : actual),
    ...(target.kind === "attribute" ? { path: target.path.join(".") } : {}),
    ...(other === undefined ? {} : { notes: [{ message: "its type comes from here", location: other }] }),
  });
}

function definitionOf(body: Body, target: Target): Location | undefined {
  if (target.kind === "attribute") return target.node.location;
  if (target.kind === "cell") return target.cell.location;
  return target.kind === "variable" ? body.module.locate(target.variable.span) : undefined;
}

const literalForms: { readonly [type: string]: string } = {
  Duration: "<<2 h>>",
  Size: "<<5 mb>>",
  IPAddr: "<<10.0.0.1>>",
  CIDR: "<<10.0.0.0/8>>",
  Date: "<<2024-01-05>>",
  Time: "<<12:30:00>>",
  DateTime: "<<2024-01-05T12:30:00>>",
};

/** What to write instead, for clashes with an obvious way out. */
export function conversionHint(expected: string, actual: string): string | undefined {
  if (expected === "float" && actual === "int") return "write the number with '.0', or convert with float(…)";
  if (expected === "int" && actual === "float") return "convert with int(…)";
  if (expected === "string") return "convert with $(…)";
  if (expected === `list[${actual}]`) return "put the value in brackets: […]";
  if (actual === "string" && expected in literalForms)
    return `write a literal such as ${literalForms[expected]}, or convert with ${expected}(…)`;
  return undefined;
}
