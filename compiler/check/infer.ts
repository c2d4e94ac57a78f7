/**
 * Types of expressions (`language.md` 3.5, 3.6). Every function here returns the type of its expression and reports what does not fit; an
 * expression that failed has the error type, which goes with everything, so one mistake is reported once. What depends on a type that is
 * still open is looked at again at the very end (`Inference.checks`).
 */
import type { DictExpression, Expression, IndexExpression, ListExpression, UnaryExpression } from "../../grammar/ast.js";
import { typeFromNode, typeText } from "../type-text.js";
import { basic, errorType, freshVariable, listOf, resolve, type Type, unknownFunction } from "../types.js";
import { isVoid, unify } from "../unify.js";
import { targetType } from "./assignments.js";
import { inferCall, type PendingCall, reportVoid } from "./calls.js";
import { Join } from "./join.js";
import { inferBinary } from "./operators.js";
import type { FunctionDraft, ModuleDraft, Session } from "./session.js";
import { spineOf } from "./spine.js";
import { checkReachOfNot, checkRepeatedKeys } from "./warnings.js";

/** What inference keeps across files and functions of one session. */
export interface Inference {
  /** Calls whose overload is open. */
  readonly pending: PendingCall[];
  /** Looked at when all types are known. */
  readonly checks: (() => void)[];
  /** Checks a function together with what it calls. */
  checkFunction(draft: FunctionDraft): void;
}

/** The surroundings of an expression: a file's top level, or the body of `draft`. */
export interface Body {
  readonly session: Session;
  readonly module: ModuleDraft;
  readonly draft: FunctionDraft | undefined;
  readonly inference: Inference;
}

/** Type of an expression that must have a value (C4M-T018 if it is a call that returns nothing). */
export function inferValue(expression: Expression, body: Body): Type {
  if (expression.kind === "literal") return basic(expression.type);
  return asValue(inferExpression(expression, body), expression, body);
}

function asValue(type: Type, expression: Expression, body: Body): Type {
  if (!isVoid(resolve(type))) return type;
  reportVoid(expression, body);
  return errorType;
}

/** Type of an expression. */
export function inferExpression(expression: Expression, body: Body): Type {
  switch (expression.kind) {
    case "literal":
      return basic(expression.type);
    case "binary":
      // The most frequent spine has one node with a literal.
      if (expression.left.kind !== "literal") return inferSpine(expression, body);
      return inferBinary(expression, basic(expression.left.type), inferValue(expression.right, body), body);
    case "method":
    case "index":
      return inferSpine(expression, body);
    case "name":
    case "member": {
      const target = body.module.targets.get(expression);
      return (target && targetType(body, target)) ?? errorType;
    }
    case "call":
      return inferCall(expression, body, true);
    case "unary":
      return inferUnary(expression, body);
    case "paren":
      return inferExpression(expression.inner, body);
    case "tuple":
      return { kind: "tuple", items: expression.items.map((item) => inferValue(item, body)) };
    case "list":
      return inferList(expression, body);
    case "dict":
      return inferDict(expression, body);
    case "type":
      return { kind: "typespec", inner: freshVariable() };
    case "funcref":
      return expression.signature === undefined ? unknownFunction() : typeFromNode(expression.signature);
    default:
      return errorType;
  }
}

function inferSpine(expression: Expression, body: Body): Type {
  const { innermost, spine } = spineOf(expression);
  let type = inferExpression(innermost, body);
  let inner = innermost;
  for (let i = spine.length - 1; i >= 0; i--) {
    const node = spine[i]!;
    const left = asValue(type, inner, body);
    if (node.kind === "binary") type = inferBinary(node, left, inferValue(node.right, body), body);
    else if (node.kind === "index") type = inferIndex(node, left, body);
    else type = inferCall(node, body, true, left);
    inner = node;
  }
  return type;
}

function inferUnary(node: UnaryExpression, body: Body): Type {
  const { operand, operator } = node;
  if (operator === "!") return inferNot(node, body);
  const type = inferValue(operand, body);
  const check = (): boolean => {
    const current = resolve(type);
    const fits =
      current.kind === "error" || current.kind === "variable" || (current.kind === "basic" && signed.has(current.name));
    const text = fits ? "" : typeText(current);
    if (!fits)
      body.module.report("C4M-T022", node.operatorSpan, `the sign '${operator}' is not defined for ${text}`, { actual: text });
    return fits;
  };
  if (resolve(type).kind === "variable") body.inference.checks.push(check);
  else if (!check()) return errorType;
  return type;
}

const signed: ReadonlySet<string> = new Set(["int", "float", "char"]);

function inferNot(node: UnaryExpression, body: Body): Type {
  const { operand } = node;
  let compared: Type | undefined;
  let type: Type;
  if (operand.kind === "binary" && (operand.operator === "==" || operand.operator === "!=")) {
    compared = inferValue(operand.left, body);
    type = inferBinary(operand, compared, inferValue(operand.right, body), body);
  } else type = inferValue(operand, body);
  body.inference.checks.push(() => checkReachOfNot(node, () => compared, body.module));
  if (!unify(type, basic("bool"), body.session.trail)) {
    const actual = typeText(type);
    const message = `'${node.spelling}' takes a bool, not ${actual}`;
    body.module.report("C4M-T006", operand.span, message, {
      name: "not",
      expected: "bool",
      actual,
      hint: "convert with bool(…)",
    });
    return errorType;
  }
  return basic("bool");
}

/** The type of the items, if all are literals of one type, as in most lists. */
function literalType(items: readonly Expression[]): Type | undefined {
  const first = items[0];
  if (first?.kind !== "literal") return undefined;
  for (const item of items) if (item.kind !== "literal" || item.type !== first.type) return undefined;
  return basic(first.type);
}

function inferList(node: ListExpression, body: Body): Type {
  const plain = literalType(node.items);
  if (plain !== undefined) return listOf(plain);
  const items = new Join(body, (element, expected, actual) => {
    const hint = "items of a list have one type; use a tuple '(…, …)' for a mixture";
    const message = `this item is ${actual}, the others are ${expected}`;
    body.module.report("C4M-T008", element.span, message, { name: "list", expected, actual, hint });
  });
  for (const element of node.items) items.add(element);
  return listOf(items.type());
}

function inferDict(node: DictExpression, body: Body): Type {
  const refuse = (what: string) => (element: Expression, expected: string, actual: string) =>
    body.module.report("C4M-T009", element.span, `this ${what} is ${actual}, the others are ${expected}`, {
      name: what,
      expected,
      actual,
    });
  // Keys and values in turn, as they stand in the text: a call may be decided by what an earlier one has fixed.
  const key = new Join(body, refuse("key"));
  const value = new Join(body, refuse("value"));
  for (const entry of node.entries) {
    key.add(entry.key);
    value.add(entry.value);
  }
  checkRepeatedKeys(node, body.module);
  const span = node.entries[0]?.key.span ?? node.span;
  const keyType = key.type();
  whenKnown(keyType, body, (type) => {
    if (type.kind === "basic" || type.kind === "error" || body.session.refusedKeys.has(type)) return;
    body.session.refusedKeys.add(type);
    body.module.report("C4M-T013", span, `${typeText(type)} cannot be the key of a dict`, {
      name: "key",
      actual: typeText(type),
    });
  });
  return { kind: "dict", key: keyType, value: value.type() };
}

/** Looks at a type now, or at the end if it is still open; types that stay open are not looked at. */
function whenKnown(type: Type, body: Body, look: (type: Type) => void): void {
  const current = resolve(type);
  const lookAgain = () => {
    const final = resolve(type);
    if (final.kind !== "variable") look(final);
  };
  if (current.kind === "variable") body.inference.checks.push(lookAgain);
  else look(current);
}

/** Key types that `d[k]` accepts. */
const indexable: ReadonlySet<string> = new Set(["int", "char", "string"]);

function inferIndex(node: IndexExpression, object: Type, body: Body): Type {
  const container = resolve(object);
  if (container.kind === "tuple") return inferTupleItem(node, container.items, body);
  const index = inferValue(node.index, body);
  switch (container.kind) {
    case "error":
      return errorType;
    case "list":
      expectIndex(node, index, basic("int"), body);
      return container.item;
    case "dict":
      expectIndex(node, index, container.key, body);
      checkIndexable(node, container.key, body);
      return container.value;
    case "variable":
      return inferOpenIndex(node, container, index, body);
    default:
      if (container.kind === "basic" && container.name === "string") {
        expectIndex(node, index, basic("int"), body);
        return basic("char");
      }
      body.module.report("C4M-T010", node.object.span, `a value of type ${typeText(container)} cannot be indexed`, {
        actual: typeText(container),
      });
      return errorType;
  }
}

function expectIndex(node: IndexExpression, index: Type, wanted: Type, body: Body): void {
  if (unify(wanted, index, body.session.trail)) return;
  const [expected, actual] = [typeText(wanted), typeText(index)];
  body.module.report("C4M-T010", node.index.span, `the index must be ${expected}, not ${actual}`, {
    name: "index",
    expected,
    actual,
  });
}

function checkIndexable(node: IndexExpression, key: Type, body: Body): void {
  whenKnown(key, body, (type) => {
    if (type.kind === "error" || (type.kind === "basic" && indexable.has(type.name))) return;
    const hint = "read it with get(…)";
    body.module.report("C4M-T013", node.index.span, `a dict with keys of type ${typeText(type)} cannot be indexed`, {
      name: "index",
      hint,
    });
  });
}

function inferTupleItem(node: IndexExpression, items: readonly Type[], body: Body): Type {
  const { index } = node;
  body.module.tupleIndexes.add(node);
  if (index.kind !== "literal" || index.type !== "int") {
    const type = index.kind === "bad" ? errorType : inferValue(index, body);
    if (resolve(type).kind !== "error")
      body.module.report("C4M-T011", index.span, "the index of a tuple must be a literal int", { name: "index" });
    return errorType;
  }
  const item = items[Number(index.value)];
  if (item !== undefined) return item;
  body.module.report("C4M-T012", index.span, `the tuple has ${items.length} items, 0 to ${items.length - 1}`, {
    name: index.raw,
  });
  return errorType;
}

/** Indexing something whose type is open: an int means a list or a dict, anything else a dict (`language.md` 3.6). */
function inferOpenIndex(node: IndexExpression, container: Type, index: Type, body: Body): Type {
  const value = freshVariable();
  const key = resolve(index);
  const isInt = key.kind === "basic" && key.name === "int";
  const dict: Type = { kind: "dict", key: index, value };
  const assumed = isInt ? freshVariable(undefined, [{ kind: "list", item: value }, dict]) : dict;
  if (!unify(container, assumed, body.session.trail)) {
    const actual = typeText(container);
    body.module.report("C4M-T010", node.object.span, `a value of type ${actual} cannot be indexed with ${typeText(index)}`, {
      actual,
    });
    return errorType;
  }
  checkIndexable(node, index, body);
  return value;
}
