/**
 * Calls and overloads (`language.md` 3.4). A call fits an entry of the function table if its arguments unify with a fresh copy of the entry's
 * parameters. One fit is chosen at once; several leave the call pending until more is known about its arguments, at the latest until the
 * whole file has been seen.
 */
import type { Expression, Name } from "../../grammar/ast.js";
import type { Note } from "../../grammar/diagnostic.js";
import { foreignFunctionHint } from "../../grammar/foreign-names.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";
import type { FunctionEntry } from "../context.js";
import { typeFromNode, typeText } from "../type-text.js";
import { errorType, type FunctionType, freshVariable, resolve, type Type, type TypeVariable } from "../types.js";
import { freeVariables, instantiate, isVoid, someType, unifiable, unify, voidType } from "../unify.js";
import { blameOf } from "./blame.js";
import { type Body, inferValue } from "./infer.js";
import type { CallNode, CallRecord, FunctionDraft } from "./session.js";
import { checkKnownCall } from "./warnings.js";

/** A function that a call may mean. */
export interface Candidate {
  readonly type: FunctionType;
  /** Of the function table; absent while the function's own component of the call graph is being checked. */
  readonly entry: FunctionEntry | undefined;
  readonly draft: FunctionDraft | undefined;
}

/** A call whose overload is not decided yet. */
export interface PendingCall {
  readonly body: Body;
  readonly node: CallNode;
  readonly record: CallRecord;
  /** The result is used as a value. */
  readonly used: boolean;
}

/** All functions of a name that are visible at a position of a body's file. Checks those that have not been checked yet. */
export function candidatesFor(name: string, at: number, body: Body): Candidate[] {
  const { session, module } = body;
  const drafts = session.drafts.get(name) ?? [];
  for (const draft of drafts) if (draft.state === "declared") body.inference.checkFunction(draft);
  const isVisible = (draft: FunctionDraft) => {
    const from = draft.module === module ? undefined : module.reach.get(draft.module);
    return from === undefined || from < at;
  };
  const open = drafts.filter((draft) => draft.state === "checking" && isVisible(draft));
  const candidates: Candidate[] = open.map((draft) => ({ type: draft.type, entry: undefined, draft }));
  const isKnown = (entry: FunctionEntry) => !session.newEntries.has(entry) || session.entryDrafts.get(entry)!.some(isVisible);
  const entries = (session.context.functions.get(name) ?? []).filter(isKnown);
  const hidesBuiltins = open.length > 0 || entries.some((entry) => entry.origin === "user");
  for (const entry of entries) {
    if (entry.yields && entry.origin === "builtin" && hidesBuiltins) continue;
    if (open.some((draft) => entry.origin === "user" && unifiable(draft.type, entry.type, session.trail))) continue;
    candidates.push({ type: entry.type, entry, draft: undefined });
  }
  return candidates;
}

/** A cheap test that rules out most overloads before any type is copied. */
function mayFit(type: FunctionType, args: readonly Type[]): boolean {
  const { parameters, variadic } = type;
  if (variadic ? args.length < parameters.length - 1 : args.length !== parameters.length) return false;
  return args.every((arg, i) => {
    const wanted = resolve(parameters[Math.min(i, parameters.length - 1)]!);
    const given = resolve(arg);
    if (wanted.kind === "variable" || given.kind === "variable" || given.kind === "error" || wanted.kind === "error") return true;
    if (wanted.kind === "basic") return given.kind === "basic" && given.name === wanted.name;
    return given.kind === wanted.kind || (given.kind.endsWith("function") && wanted.kind.endsWith("function"));
  });
}

/** The candidate's type as one call sees it. A function of the component being checked has one type for all calls. */
export function copyOf(candidate: Candidate): FunctionType {
  return candidate.entry === undefined ? candidate.type : instantiate(candidate.type, sharedVariables(candidate.entry));
}

/** The free variables that an entry shares with attributes, which may have been bound to types with other variables since. */
function sharedVariables(entry: FunctionEntry): ReadonlySet<TypeVariable> | undefined {
  if (entry.fixed === undefined || entry.fixed.size === 0) return undefined;
  const shared = new Set<TypeVariable>();
  for (const variable of entry.fixed) freeVariables(variable, shared);
  return shared;
}

function callType(args: readonly Type[]): FunctionType {
  return { kind: "function", parameters: args, variadic: false, result: voidType };
}

/** Only the parameters decide, so that functions that differ in their result alone stay ambiguous (`language.md` 6.2). */
function parametersOf(type: FunctionType): FunctionType {
  return { ...type, result: voidType };
}

function fits(candidate: Candidate, args: readonly Type[], body: Body): boolean {
  return mayFit(candidate.type, args) && unifiable(parametersOf(copyOf(candidate)), callType(args), body.session.trail);
}

/** The arguments of a call, receiver first. */
function argumentsOf(node: CallNode): readonly Expression[] {
  return node.kind === "method" ? [node.receiver, ...node.args] : node.args;
}

function isTypeLiteral(expression: Expression): boolean {
  let inner = expression;
  while (inner.kind === "paren") inner = inner.inner;
  return inner.kind === "type";
}

/** Type of an argument. A type literal tells a call which type it denotes; elsewhere its type is plain `typespec`. */
function inferArgument(expression: Expression, body: Body): Type {
  let inner = expression;
  while (inner.kind === "paren") inner = inner.inner;
  if (inner.kind === "type") return { kind: "typespec", inner: typeFromNode(inner.type) };
  return inferValue(expression, body);
}

/** Type of a call's result; `used` tells whether it is used as a value. `receiver` is the type of a method call's receiver, if known. */
export function inferCall(node: CallNode, body: Body, used: boolean, receiver?: Type): Type {
  const args = argumentsOf(node);
  const argTypes = args.map((argument, i) =>
    i === 0 && receiver !== undefined && !isTypeLiteral(argument) ? receiver : inferArgument(argument, body),
  );
  const { callee } = node;
  const record: CallRecord = { name: callee.text, args, argTypes, type: errorType, entry: undefined, draft: undefined };
  body.module.calls.set(node, record);
  const candidates = candidatesFor(callee.text, callee.span.start, body);
  if (candidates.length === 0) {
    reportUnknown(callee, body);
    return errorType;
  }
  const fitting = candidates.length === 1 ? candidates : candidates.filter((candidate) => fits(candidate, argTypes, body));
  if (fitting.length === 1 || fitting.length === 0) return choose(fitting[0], candidates, record, node, body);
  if (argTypes.some(hasError)) return errorType;
  record.type = freshVariable();
  body.inference.pending.push({ body, node, record, used });
  return record.type;
}

/** Something about the type is the consequence of a mistake already reported. */
export function hasError(type: Type): boolean {
  return someType(type, (part) => part.kind === "error");
}

/** Takes the candidate, or reports C4M-T019 if there is none or it does not fit. */
function choose(
  candidate: Candidate | undefined,
  all: readonly Candidate[],
  record: CallRecord,
  node: CallNode,
  body: Body,
): Type {
  const type = candidate && copyOf(candidate);
  if (
    candidate === undefined ||
    type === undefined ||
    !unify(parametersOf(type), callType(record.argTypes), body.session.trail)
  ) {
    reportNoFit(node.callee, record, all, body);
    return errorType;
  }
  record.entry = candidate.entry;
  record.draft = candidate.draft;
  record.type = type.result;
  if (candidate.entry !== undefined) for (const fixed of candidate.entry.fixed ?? []) body.draft?.environment.push(fixed);
  if (candidate.entry?.origin === "builtin") checkKnownCall(node, record, body);
  return type.result;
}

/**
 * Tries to decide a pending call. Returns true if it is settled, well or badly. With `final`, what is still ambiguous is C4M-T020.
 */
export function settleCall(call: PendingCall, final: boolean): boolean {
  const { body, node, record, used } = call;
  const all = candidatesFor(record.name, node.callee.span.start, body);
  const fitting = all.filter((candidate) => fits(candidate, record.argTypes, body));
  if (fitting.length > 1) {
    if (!final) return false;
    if (!record.argTypes.some(hasError) && !body.session.clashing.has(record.name))
      reportAmbiguous(node.callee, record, fitting, body);
    return true;
  }
  const expected = record.type;
  const result = choose(fitting[0], all, record, node, body);
  if (isVoid(result)) {
    if (used) reportVoid(node, body);
    unify(expected, errorType, body.session.trail);
  } else if (!unify(expected, result, body.session.trail)) reportNoFit(node.callee, record, fitting, body, expected);
  return true;
}

/** C4M-T018. */
export function reportVoid(node: Expression, body: Body): void {
  let inner = node;
  while (inner.kind === "paren") inner = inner.inner;
  const name = inner.kind === "call" || inner.kind === "method" ? inner.callee.text : "";
  body.module.report("C4M-T018", inner.span, `'${name}' returns nothing, so it has no value to use`, { name });
}

/** The signatures as notes, each with its place if it has one. */
function signatureNotes(name: string, candidates: readonly Candidate[]): Note[] {
  return candidates.map(({ type, entry, draft }) => ({
    message: `${name}${typeText(type)}`,
    location: draft === undefined ? entry?.location : draft.module.locate(draft.declaration.name.span),
  }));
}

function reportUnknown(callee: Name, body: Body): void {
  const { session, module } = body;
  const suggestions = module.isFull ? [] : suggest(callee.text, [...session.context.functions.keys(), ...session.drafts.keys()]);
  const isValue = session.context.cells.has(callee.text) || session.context.root.members.has(callee.text);
  const later = (session.drafts.get(callee.text)?.length ?? 0) > 0;
  let hint = foreignFunctionHint(callee.text) ?? didYouMean(suggestions);
  if (later) hint = "the function comes from a component that is used further down";
  else if (isValue) hint = `'${callee.text}' is a value, and values cannot be called`;
  module.report("C4M-N019", callee.span, `there is no function '${callee.text}'`, { name: callee.text, suggestions, hint });
}

/** C4M-T019, unless an argument is a mistake already reported. */
function reportNoFit(callee: Name, record: CallRecord, candidates: readonly Candidate[], body: Body, expected?: Type): void {
  if (record.argTypes.some(hasError)) return;
  const given = `(${record.argTypes.map(typeText).join(", ")})`;
  const wanted = expected === undefined ? "" : ` with a result of type ${typeText(expected)}`;
  const counts = new Set(candidates.map(({ type }) => type.parameters.length));
  const count = counts.size === 1 && !candidates[0]!.type.variadic ? [...counts][0]! : undefined;
  const hint =
    count !== undefined && count !== record.argTypes.length
      ? `it takes ${count} ${count === 1 ? "argument" : "arguments"}, here are ${record.argTypes.length}`
      : undefined;
  body.module.report("C4M-T019", callee.span, `'${callee.text}' cannot be called with ${given}${wanted}`, {
    name: callee.text,
    actual: given,
    expected: candidates.map(({ type }) => typeText(type)).join("; "),
    notes: signatureNotes(callee.text, candidates),
    hint,
    blame: candidates.length === 1 ? blameOfArguments(record, candidates[0]!.type, body) : [],
  });
}

/** The arguments that do not have the type of their parameter. */
function blameOfArguments(record: CallRecord, { parameters }: FunctionType, body: Body): readonly string[] {
  return record.args.flatMap((argument, i) => {
    const [wanted, given] = [parameters[i], record.argTypes[i]];
    const fits = wanted === undefined || given === undefined || unifiable(wanted, given, body.session.trail);
    return fits ? [] : blameOf(argument, wanted, body);
  });
}

function reportAmbiguous(callee: Name, record: CallRecord, candidates: readonly Candidate[], body: Body): void {
  const given = `(${record.argTypes.map(typeText).join(", ")})`;
  body.module.report("C4M-T020", callee.span, `several functions '${callee.text}' fit ${given}`, {
    name: callee.text,
    actual: given,
    notes: signatureNotes(callee.text, candidates),
    hint: "give the parameter or variable a type, so that one of them is left",
  });
}
