/**
 * `parameter` statements (`language.md` 7.4): what they declare, the rules of their properties, and the type that follows from default and
 * validator.
 */
import type * as ast from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";
import { typeFromNode, typeText } from "../type-text.js";
import { basic, errorType, type FunctionType, freshVariable, type Type } from "../types.js";
import { instantiate, isVoid, unifiable, unify } from "../unify.js";
import { assignType } from "./assignments.js";
import { candidatesFor, copyOf } from "./calls.js";
import { defineAttribute, defineVariable } from "./define.js";
import type { Body } from "./infer.js";
import { inferExpression } from "./infer.js";
import type { Place } from "./places.js";
import type { ModuleDraft, ParameterDraft } from "./session.js";

const propertyNames = ["shortdoc", "doc", "default", "validator", "sensitive"];

/** Declares the parameter and sorts its properties (C4M-N020, N021). */
export function resolveParameter(item: ast.ParameterDeclaration, place: Place): void {
  const { module } = place;
  const properties = new Map<string, ast.Expression>();
  for (const { name, value } of item.properties) {
    if (!propertyNames.includes(name.text)) {
      const suggestions = suggest(name.text, propertyNames);
      const hint = didYouMean(suggestions) ?? `the properties are ${propertyNames.join(", ")}`;
      module.report("C4M-N020", name.span, `parameters have no property '${name.text}'`, { name: name.text, suggestions, hint });
    } else if (properties.has(name.text)) {
      module.report("C4M-N021", name.span, `the property '${name.text}' is given twice`, { name: name.text });
    } else properties.set(name.text, value);
  }
  checkLiterals(module, properties);
  const target =
    item.target.kind === "attribute"
      ? defineAttribute({ ...place, section: place.session.context.root, path: [] }, item.target.path)
      : defineVariable(place, item.target.name);
  module.parameters.set(item, { declaration: item, target, properties, type: errorType, callback: undefined });
}

/** The properties that must be literals of one type (C4M-N022, N027). */
function checkLiterals(module: ModuleDraft, properties: ReadonlyMap<string, ast.Expression>): void {
  for (const name of ["shortdoc", "doc"]) {
    const value = properties.get(name);
    if (value !== undefined && value.kind !== "bad" && !(value.kind === "literal" && value.type === "string")) {
      module.report("C4M-N022", value.span, `'${name}' must be a string literal`, { name });
    }
  }
  const sensitive = properties.get("sensitive");
  if (sensitive !== undefined && sensitive.kind !== "bad" && !(sensitive.kind === "literal" && sensitive.type === "bool")) {
    module.report("C4M-N027", sensitive.span, "'sensitive' must be true or false", { name: "sensitive" });
  }
}

/** Finds the parameter's type and unifies it with that of the attribute or variable. */
export function inferParameter(item: ast.ParameterDeclaration, body: Body): void {
  const draft = body.module.parameters.get(item)!;
  const value = draft.properties.get("default");
  const validator = draft.properties.get("validator");
  const type = value === undefined ? freshVariable() : defaultType(value, draft, body);
  if (validator !== undefined) checkValidator(validator, type, body);
  draft.type = type;
  const name = item.target.kind === "attribute" ? item.target.path[item.target.path.length - 1]! : item.target.name;
  assignType(body, draft.target, type, value?.span ?? validator?.span ?? name.span, name);
}

function defaultType(value: ast.Expression, draft: ParameterDraft, body: Body): Type {
  if (value.kind === "funcref") return callbackType(value, draft, body);
  const culprit = firstNonConstant(value);
  if (culprit === undefined) return inferExpression(value, body);
  if (culprit.kind !== "bad") {
    const hint = "write a literal, or 'func name()' for a function that computes the value";
    body.module.report("C4M-N023", value.span, "the default of a parameter must be a constant", { name: "default", hint });
  }
  return errorType;
}

/** The first part of an expression that makes it no constant literal (`language.md` 7.4). */
function firstNonConstant(expression: ast.Expression): ast.Expression | undefined {
  switch (expression.kind) {
    case "literal":
      return undefined;
    case "paren":
      return firstNonConstant(expression.inner);
    case "unary":
      return expression.operator !== "!" && expression.operand.kind === "literal" ? undefined : expression;
    case "list":
    case "tuple":
      return firstOf(expression.items);
    case "dict":
      return firstOf(expression.entries.flatMap(({ key, value }) => [key, value]));
    default:
      return expression;
  }
}

function firstOf(parts: readonly ast.Expression[]): ast.Expression | undefined {
  for (const part of parts) {
    const culprit = firstNonConstant(part);
    if (culprit !== undefined) return culprit;
  }
  return undefined;
}

/** The default is the result of a function without parameters (C4M-N024, N019). */
function callbackType(reference: ast.FunctionReference, draft: ParameterDraft, body: Body): Type {
  const { name, signature } = reference;
  const wanted: FunctionType = {
    kind: "function",
    parameters: [],
    variadic: false,
    result: signature?.result === undefined ? freshVariable() : typeFromNode(signature.result),
  };
  const refuse = (code: "C4M-N019" | "C4M-N024", span: Span, message: string) => {
    body.module.report(code, span, message, { name: name.text });
    return errorType;
  };
  if (signature !== undefined && signature.parameters.length > 0) {
    return refuse("C4M-N024", reference.span, "a function that supplies a default takes no parameters");
  }
  const all = candidatesFor(name.text, name.span.start, body);
  const fitting = all.filter(({ type }) => unifiable(instantiate(type), wanted, body.session.trail) && !isVoid(type.result));
  const chosen = fitting[0];
  if (chosen !== undefined) {
    const type = copyOf(chosen);
    unify(type, wanted, body.session.trail);
    draft.callback = chosen.entry ?? chosen.draft?.entry;
    return type.result;
  }
  if (all.length > 0 && all.every(({ type }) => type.parameters.length > 0)) {
    return refuse("C4M-N024", name.span, `'${name.text}' takes parameters, a function that supplies a default must not`);
  }
  return refuse("C4M-N019", name.span, `there is no function '${name.text}' that takes no parameters and returns the value`);
}

/** A validator takes the value and returns a string (C4M-N025, T023). */
function checkValidator(validator: ast.Expression, type: Type, body: Body): void {
  if (validator.kind === "bad") return;
  if (validator.kind !== "funcref") {
    const hint = "write 'func name(T) -> string'";
    body.module.report("C4M-N025", validator.span, "a validator must be a function reference", { name: "validator", hint });
    return;
  }
  if (validator.signature === undefined) return;
  const signature = typeFromNode(validator.signature) as FunctionType;
  if (signature.parameters.length !== 1 || signature.variadic || !unify(signature.result, basic("string"), body.session.trail)) {
    body.module.report("C4M-N025", validator.span, "a validator takes one parameter and returns string", {
      name: "validator",
      actual: typeText(signature),
    });
    return;
  }
  const expected = typeText(type);
  if (!unify(type, signature.parameters[0]!, body.session.trail)) {
    const actual = typeText(signature.parameters[0]!);
    const message = `the validator takes ${actual}, but the default is ${expected}`;
    body.module.report("C4M-T023", validator.span, message, { name: "validator", expected, actual });
  }
}
