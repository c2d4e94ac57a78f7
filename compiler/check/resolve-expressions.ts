/**
 * Names in expressions (`language.md` 5.3). Walks an expression and notes in the module's `targets` what each name or dotted chain means.
 */
import type { Expression, MemberExpression, Name, NameExpression } from "../../grammar/ast.js";
import { foreignFunctionHint } from "../../grammar/foreign-names.js";
import type { Span } from "../../grammar/span.js";
import { reportNotSection } from "./define.js";
import { type Found, lookUp, type Place, reportMissingMember, reportUndefined } from "./places.js";
import { type CallNode, failedTarget, type SectionNode, type Target } from "./session.js";
import { spineOf } from "./spine.js";

/** Resolves all names of an expression. */
export function resolveExpression(expression: Expression, place: Place): void {
  switch (expression.kind) {
    case "literal":
      return;
    case "binary":
      // The most frequent spine has one node with a literal.
      if (expression.left.kind === "literal") resolveExpression(expression.right, place);
      else resolveSpine(expression, place);
      return;
    case "method":
    case "index":
      resolveSpine(expression, place);
      return;
    case "name":
      resolveName(expression, place);
      return;
    case "member":
      resolveMember(expression, place);
      return;
    case "call":
      noteCall(expression, place);
      for (const argument of expression.args) resolveExpression(argument, place);
      return;
    case "unary":
      resolveExpression(expression.operand, place);
      return;
    case "paren":
      resolveExpression(expression.inner, place);
      return;
    case "list":
    case "tuple":
      for (const item of expression.items) resolveExpression(item, place);
      return;
    case "dict":
      for (const { key, value } of expression.entries) {
        resolveText(key, place, "keys that are texts stand in double quotes");
        resolveExpression(value, place);
      }
      return;
    case "bad":
      place.module.damaged = true;
      return;
    default:
      return;
  }
}

/** A name where its author may have meant a text, with the hint to give if there is no such name. */
function resolveText(expression: Expression, place: Place, hint: string): void {
  if (expression.kind === "name") resolveName(expression, place, hint);
  else if (expression.kind === "member") resolveMember(expression, place, hint);
  else resolveExpression(expression, place);
}

/** The right-hand side of an attribute, which is often a text that has lost its quotes. */
export function resolveValue(expression: Expression, place: Place): void {
  resolveText(expression, place, "texts stand in double quotes");
}

/** An expression on its own. `[server]` begins a section elsewhere. */
export function resolveStatement(expression: Expression, place: Place): void {
  let item = expression;
  while (item.kind === "list" && item.items.length === 1) item = item.items[0]!;
  if (item === expression) resolveExpression(expression, place);
  else resolveText(item, place, "a section is written 'name { … }'");
}

function resolveSpine(expression: Expression, place: Place): void {
  const { innermost, spine } = spineOf(expression);
  resolveExpression(innermost, place);
  for (let i = spine.length - 1; i >= 0; i--) {
    const node = spine[i]!;
    if (node.kind === "binary") resolveExpression(node.right, place);
    else if (node.kind === "index") resolveExpression(node.index, place);
    else {
      noteCall(node, place);
      for (const argument of node.args) resolveExpression(argument, place);
    }
  }
}

/** `a.b.c` as names, or the expression before the first `.` if that is not a name. */
function resolveMember(expression: MemberExpression, place: Place, hint?: string): void {
  const names: Name[] = [];
  let base: Expression = expression;
  while (base.kind === "member") {
    names.push(base.member);
    base = base.object;
  }
  if (base.kind === "name") {
    names.push({ text: base.name, span: base.span });
    resolveChain(expression, names.reverse(), place, hint);
    return;
  }
  resolveExpression(base, place);
  const first = names[names.length - 1]!;
  if (base.kind !== "bad") reportMemberOfValue(place, first.span, first.text);
  place.module.targets.set(expression, failedTarget);
}

function reportMemberOfValue(place: Place, span: Span, member: string): void {
  const hint = foreignFunctionHint(member) ?? `only sections have members; write '.${member}(…)' to call a function`;
  place.module.report("C4M-T026", span, "this is a value, not a section: it has no members", { name: member, hint });
}

function resolveName(expression: NameExpression, place: Place, hint?: string): void {
  resolveChain(expression, [{ text: expression.name, span: expression.span }], place, hint);
}

/** Resolves `a` or `a.b…z` and notes the target, now or after the components have been loaded. `hint` is for a first name that nobody knows. */
function resolveChain(expression: NameExpression | MemberExpression, names: readonly Name[], place: Place, hint?: string): void {
  const { module } = place;
  const { target, fail } = followChain(names, place, hint);
  module.targets.set(expression, target ?? failedTarget);
  if (target !== undefined || fail === undefined) return;
  place.retries.push({
    position: expression.span.start,
    attempt: () => {
      const again = followChain(names, place);
      if (again.target !== undefined) module.targets.set(expression, again.target);
      return again.target !== undefined || again.fail === undefined;
    },
    fail,
  });
}

/** The target of a chain; or how to report that it is (so far) undefined; or neither, if a mistake has been reported. */
function followChain(names: readonly Name[], place: Place, hint?: string): { target?: Target; fail?: () => void } {
  const first = names[0]!;
  let found: Found | undefined = lookUp(place, first.text);
  if (found === undefined) return { fail: () => reportUndefined(place, first.text, first.span, hint) };
  for (const name of names.slice(1)) {
    if (found.kind === "attribute") {
      reportNotSection(place, names[names.indexOf(name) - 1]!, found.path, found.node);
      return {};
    }
    if (found.kind !== "section") {
      reportMemberOfValue(place, name.span, name.text);
      return {};
    }
    const section: SectionNode = found.node;
    const { path }: { path: readonly string[] } = found;
    const member = section.members.get(name.text);
    if (member === undefined) return { fail: () => reportMissingMember(place, section, path, name) };
    found = {
      ...(member.kind === "attribute" ? { kind: "attribute", node: member } : { kind: "section", node: member }),
      path: [...path, name.text],
    } as Found;
  }
  if (found.kind !== "section") return { target: found };
  const last = names[names.length - 1]!;
  const dotted = found.path.join(".");
  place.module.report("C4M-N007", last.span, `'${dotted}' is a section and has no value`, { name: dotted, path: dotted });
  return {};
}

/** Notes the callee for the call graph, and what `format` may name. */
function noteCall(call: CallNode, place: Place): void {
  const name = call.callee.text;
  place.func?.callees.add(name);
  if (name !== "format") return;
  const argument = call.kind === "method" ? call.receiver : call.args[0];
  const literal = argument?.kind === "literal" && argument.type === "string" ? argument.value : undefined;
  const isNamed = (variable: string) => literal === undefined || literal.includes(`{${variable}}`);
  const variables: [string, Target][] = [];
  const visible = place.scope.visible();
  for (const [variable, value] of visible)
    if (isNamed(variable)) variables.push([variable, { kind: "variable", variable: value }]);
  for (const [variable, cell] of place.session.context.cells) {
    if (!visible.has(variable) && isNamed(variable)) variables.push([variable, { kind: "cell", cell }]);
  }
  place.module.formatScopes.set(call, { section: place.path, variables });
}
