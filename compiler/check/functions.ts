/**
 * Checking functions (`language.md` 3.4): one strongly connected component of the call graph after the other, callees first, each as late as the
 * text allows, so that the types of attributes assigned before a function are known in it. Inside a component every function has one type; when
 * the component is done, what is still open becomes generic, except for what belongs to attributes and shared variables.
 */
import type { FunctionEntry } from "../context.js";
import { typeText } from "../type-text.js";
import type { FunctionType, TypeVariable } from "../types.js";
import { freeVariables, instantiate, unifiable } from "../unify.js";
import { hasError, type PendingCall, settleCall } from "./calls.js";
import { mayEndWithoutResult } from "./flow.js";
import type { Body, Inference } from "./infer.js";
import { inferStatements } from "./infer-statements.js";
import type { FunctionDraft, ModuleDraft, Session } from "./session.js";

/** Checks the types of all files of a session. */
export class SessionInference implements Inference {
  pending: PendingCall[] = [];
  readonly checks: (() => void)[] = [];

  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** A file's functions and top level, in text order. */
  checkModule(module: ModuleDraft): void {
    inferStatements(module.tree.items, module.body, this.bodyOf(module, undefined));
  }

  /** After all files: decides what can be decided now, reports the rest, and looks at what was waiting for types. */
  finish(): void {
    this.settle();
    for (const call of this.pending.splice(0)) settleCall(call, true);
    for (const check of this.checks.splice(0)) check();
  }

  checkFunction(draft: FunctionDraft): void {
    for (const component of this.componentsFrom(draft)) this.checkComponent(component);
  }

  private bodyOf(module: ModuleDraft, draft: FunctionDraft | undefined): Body {
    return { session: this.session, module, draft, inference: this };
  }

  /** Decides pending calls until nothing changes. Goes back and forth: a chain of calls may hang on its last one. */
  private settle(): void {
    for (let before = -1; before !== this.pending.length; ) {
      before = this.pending.length;
      const open = this.pending.splice(0).reverse();
      for (const call of open) if (!settleCall(call, false)) this.pending.push(call);
    }
  }

  private checkComponent(component: readonly FunctionDraft[]): void {
    const outside = this.pending;
    this.pending = [];
    for (const draft of component) draft.state = "checking";
    for (const draft of component) inferStatements(draft.declaration.body.items, draft.body, this.bodyOf(draft.module, draft));
    this.settle();
    const fixed = this.fixedVariables(component);
    for (const draft of component) draft.state = "done";
    for (const draft of component) {
      if (!draft.isVoid && mayEndWithoutResult(draft.declaration)) warnMissingResult(draft);
      if (!draft.refused) this.enter(draft, fixed);
    }
    this.pending = outside.concat(this.pending);
  }

  /** Variables that must not become generic: those of the surroundings, and results of calls that wait for them. */
  private fixedVariables(component: readonly FunctionDraft[]): ReadonlySet<TypeVariable> {
    const fixed = new Set<TypeVariable>();
    for (const draft of component) for (const type of new Set(draft.environment)) freeVariables(type, fixed);
    if (fixed.size === 0) return fixed;
    for (const { record } of this.pending) {
      const waiting = new Set<TypeVariable>();
      for (const type of record.argTypes) freeVariables(type, waiting);
      if ([...waiting].some((variable) => fixed.has(variable))) freeVariables(record.type, fixed);
    }
    return fixed;
  }

  /** Puts a checked function into the table: as a new overload, or in place of one that it replaces (`language.md` 6.2). */
  private enter(draft: FunctionDraft, fixed: ReadonlySet<TypeVariable>): void {
    const { session } = this;
    const entries = session.context.functions.get(draft.name) ?? [];
    const similar = entries.filter(
      (entry) => entry.origin === "user" && unifiable(instantiate(entry.type), instantiate(draft.type), session.trail),
    );
    const draftsOf = (entry: FunctionEntry) => session.entryDrafts.get(entry) ?? [];
    const twin = similar.flatMap(draftsOf).find((other) => other.module === draft.module);
    if (twin !== undefined) {
      draft.entry = twin.entry;
      session.clashing.add(draft.name);
      if (hasError(draft.type) || hasError(twin.type)) return;
      reportDuplicate(draft, twin);
      return;
    }
    const locked = similar.find((entry) => entry.locked);
    if (locked !== undefined) {
      reportLocked(draft, locked);
      return;
    }
    const own = freeVariables(draft.type);
    const shared = new Set([...own].filter((variable) => fixed.has(variable)));
    const [replaced, ...others] = similar;
    if (replaced !== undefined) this.replace(replaced, draft, shared);
    else this.addEntry(draft, entries, shared);
    for (const other of others) this.removeEntry(entries, other);
  }

  private addEntry(draft: FunctionDraft, entries: FunctionEntry[], fixed: ReadonlySet<TypeVariable>): void {
    const { session } = this;
    const text = draft.name + typeText(draft.type);
    const taken = new Set(entries.map((entry) => entry.key));
    let key = text;
    for (let number = 2; taken.has(key); number++) key = `${text}#${number}`;
    const location = draft.module.locate(draft.declaration.name.span);
    const file = draft.module.source.name;
    const entry: FunctionEntry = {
      name: draft.name,
      key,
      type: draft.type,
      origin: "user",
      file,
      location,
      yields: false,
      fixed,
    };
    draft.entry = entry;
    session.newEntries.add(entry);
    session.entryDrafts.set(entry, [draft]);
    if (!session.context.functions.has(draft.name)) session.add(session.context.functions, draft.name, entries);
    entries.push(entry);
    session.onRollback(() => entries.splice(entries.indexOf(entry), 1));
  }

  private replace(entry: FunctionEntry, draft: FunctionDraft, fixed: ReadonlySet<TypeVariable>): void {
    const { type, file, location, fixed: formerlyFixed } = entry;
    const before = { type, file, location, fixed: formerlyFixed };
    this.session.onRollback(() => Object.assign(entry, before));
    const now: { type: FunctionType } & Partial<FunctionEntry> = { type: draft.type, file: draft.module.source.name, fixed };
    Object.assign(entry, now, { location: draft.module.locate(draft.declaration.name.span) });
    draft.entry = entry;
    this.session.entryDrafts.set(entry, [...(this.session.entryDrafts.get(entry) ?? []), draft]);
  }

  private removeEntry(entries: FunctionEntry[], entry: FunctionEntry): void {
    const index = entries.indexOf(entry);
    entries.splice(index, 1);
    this.session.onRollback(() => entries.splice(index, 0, entry));
  }

  /** Tarjan's algorithm from one function over those not yet checked, without recursion: chains of calls may be long. */
  private componentsFrom(start: FunctionDraft): FunctionDraft[][] {
    const components: FunctionDraft[][] = [];
    const order = new Map<FunctionDraft, number>();
    const low = new Map<FunctionDraft, number>();
    const stack: FunctionDraft[] = [];
    const onStack = new Set<FunctionDraft>();
    const visit = (draft: FunctionDraft) => {
      order.set(draft, order.size);
      low.set(draft, order.get(draft)!);
      stack.push(draft);
      onStack.add(draft);
      return { draft, callees: this.callees(draft), next: 0 };
    };
    const path = [visit(start)];
    for (let top = path[0]; top !== undefined; top = path[path.length - 1]) {
      const callee = top.callees[top.next++];
      if (callee !== undefined) {
        if (!order.has(callee)) path.push(visit(callee));
        else if (onStack.has(callee)) low.set(top.draft, Math.min(low.get(top.draft)!, order.get(callee)!));
        continue;
      }
      path.pop();
      const caller = path[path.length - 1]?.draft;
      if (caller !== undefined) low.set(caller, Math.min(low.get(caller)!, low.get(top.draft)!));
      if (low.get(top.draft) !== order.get(top.draft)) continue;
      const component = stack.splice(stack.lastIndexOf(top.draft));
      for (const member of component) onStack.delete(member);
      components.push(component.sort((a, b) => a.declaration.span.start - b.declaration.span.start));
    }
    return components;
  }

  private callees(draft: FunctionDraft): FunctionDraft[] {
    return [...draft.callees]
      .flatMap((name) => this.session.drafts.get(name) ?? [])
      .filter((callee) => callee.state === "declared");
  }
}

function warnMissingResult(draft: FunctionDraft): void {
  const { name } = draft.declaration;
  draft.module.report("C4M-W007", name.span, `'${draft.name}' can end without a result`, {
    name: draft.name,
    hint: "return a value, or assign 'result', on every path",
  });
}

function reportLocked(draft: FunctionDraft, entry: FunctionEntry): void {
  draft.module.report("C4M-N016", draft.declaration.name.span, `the function '${draft.name}' cannot be replaced`, {
    name: draft.name,
    ...(entry.location === undefined ? {} : { notes: [{ message: "it is defined here", location: entry.location }] }),
  });
}

function reportDuplicate(draft: FunctionDraft, other: FunctionDraft): void {
  const [first, second] = draft.declaration.span.start < other.declaration.span.start ? [draft, other] : [other, draft];
  second.module.report(
    "C4M-N014",
    second.declaration.name.span,
    `there is a function '${draft.name}' with this signature in this file already`,
    {
      name: draft.name,
      actual: typeText(second.type),
      notes: [
        {
          message: `${first.name}${typeText(first.type)} is defined here`,
          location: first.module.locate(first.declaration.name.span),
        },
      ],
    },
  );
}
