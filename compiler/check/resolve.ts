/**
 * The first phase over a file: walks it in text order, decides what every name means, and declares what the text defines (`language.md` 5).
 * Textual order alone decides what is visible; branches do not. A right-hand side is resolved before its own target is defined.
 */
import type * as ast from "../../grammar/ast.js";
import { basic, errorType, freshVariable, type Type, type TypeVariable } from "../types.js";
import { voidType } from "../unify.js";
import { annotatedType } from "./annotations.js";
import {
  checkFunctionName,
  defineAttribute,
  defineEnum,
  defineUnpacked,
  defineVariable,
  detachedSection,
  exportNames,
  openSection,
} from "./define.js";
import { resolveParameter } from "./parameters.js";
import { makeVariable, type OpenFunction, type Place, type Retry, Scope } from "./places.js";
import { resolveExpression } from "./resolve-expressions.js";
import type { FunctionDraft, ModuleDraft, Session, Target, Variable } from "./session.js";

/** Told about each `use` statement, in text order. */
export type OnUse = (statement: ast.UseStatement) => void;

/** Resolves a file; returns the lookups that failed, in text order. */
export function resolveModule(session: Session, module: ModuleDraft, onUse: OnUse): Retry[] {
  const place: Place = {
    session,
    module,
    section: session.context.root,
    path: [],
    scope: new Scope(undefined),
    frame: module.frame,
    func: undefined,
    hidden: undefined,
    retries: [],
  };
  new Resolver(onUse).statements(module.tree.items, place);
  return place.retries;
}

class Resolver {
  private readonly onUse: OnUse;

  constructor(onUse: OnUse) {
    this.onUse = onUse;
  }

  statements(items: readonly ast.Statement[], place: Place): void {
    let ended: string | undefined;
    for (const item of items) {
      if (ended !== undefined) {
        place.module.report("C4M-W008", item.span, `this is never reached: it follows '${ended}'`, { name: "unreachable" });
        ended = undefined;
      }
      this.statement(item, place);
      if (item.kind === "return" || item.kind === "break" || item.kind === "continue") ended = item.kind;
    }
  }

  private statement(item: ast.Statement, place: Place): void {
    switch (item.kind) {
      case "assign":
        resolveExpression(item.value, place);
        place.module.assigned.set(item, defineAttribute(place, item.path));
        return;
      case "set":
        resolveExpression(item.value, place);
        place.module.assigned.set(item, defineVariable(place, item.name));
        return;
      case "unpack":
        resolveExpression(item.value, place);
        place.module.assignedAll.set(
          item,
          item.names.map((name) => defineUnpacked(place, name)),
        );
        return;
      case "section":
        this.section(item, place);
        return;
      case "expression":
        resolveExpression(item.expression, place);
        return;
      case "if":
        for (const { condition, body } of item.branches) {
          resolveExpression(condition, place);
          this.block(body, place);
        }
        if (item.otherwise !== undefined) this.block(item.otherwise, place);
        return;
      case "for":
        this.loop(item, place);
        return;
      case "var":
        this.declareVariables(item, place);
        return;
      case "function":
        this.declareFunction(item, place);
        return;
      case "return":
        this.returnStatement(item, place);
        return;
      case "enum":
        defineEnum(place, item);
        return;
      case "export":
        exportNames(place, item);
        return;
      case "parameter":
        resolveParameter(item, place);
        return;
      case "use":
        this.onUse(item);
        return;
      case "bad":
        this.damaged(item, place);
        return;
      default:
        return;
    }
  }

  /** A block of its own scope; `prepare` adds what its header defines. */
  private block(block: ast.Block, place: Place, prepare?: (inner: Place) => void): void {
    const inner: Place = { ...place, scope: new Scope(place.scope) };
    const first = place.frame.slotNames.length;
    prepare?.(inner);
    this.statements(block.items, inner);
    place.module.blocks.set(block, [first, place.frame.slotNames.length]);
  }

  private section(item: ast.SectionStatement, place: Place): void {
    let opened = { section: detachedSection(), path: place.path };
    if (place.func === undefined) opened = openSection(place, item) as typeof opened;
    else {
      const hint = `assign with a dotted path instead: ${item.name.text}.… = …`;
      place.module.report("C4M-N012", item.header, "a function cannot open a section", { name: item.name.text, hint });
    }
    place.module.sections.set(item, opened.path);
    if (item.body !== undefined) this.block(item.body, { ...place, ...opened });
  }

  private loop(item: ast.ForStatement, place: Place): void {
    resolveExpression(item.from, place);
    resolveExpression(item.to, place);
    if (item.index.text === "result") {
      place.module.report("C4M-N010", item.index.span, "'result' cannot be the index of a loop", { name: "result" });
    }
    this.block(item.body, place, (inner) => {
      place.module.indexes.set(item, makeVariable(inner, item.index, basic("int"), true));
    });
  }

  private declareVariables(item: ast.VariableDeclaration, place: Place): void {
    const targets: Target[] = [];
    for (const group of item.groups) {
      for (const name of group.names) {
        if (name.text === "result") {
          place.module.report("C4M-N010", name.span, "'result' is declared by the function itself", { name: name.text });
          targets.push({ kind: "failed" });
        } else targets.push(defineVariable(place, name));
      }
    }
    place.module.assignedAll.set(item, targets);
  }

  private returnStatement(item: ast.ReturnStatement, place: Place): void {
    if (item.value !== undefined) resolveExpression(item.value, place);
    if (place.func === undefined) {
      place.module.report("C4M-N011", item.span, "'return' outside a function", { name: "return" });
    } else if (item.value !== undefined) place.func.givesResult = true;
  }

  /** What did not parse still defines its target, with a type that goes with everything. */
  private damaged(item: ast.BadStatement, place: Place): void {
    const { defines } = item;
    place.module.damaged = true;
    if (defines === undefined || defines.path.length === 0) return;
    if (defines.kind === "variable") {
      const target = defineVariable(place, defines.path[0]!, () => errorType);
      if (target.kind === "variable") leaveOpen(place, target.variable.type);
    } else if (defines.kind === "attribute") {
      const target = defineAttribute(place, defines.path);
      if (target.kind === "attribute") leaveOpen(place, target.node.type);
    } else {
      const [name, tag] = defines.path;
      const header = { start: name!.span.start, end: (tag ?? name!).span.end };
      const section = {
        kind: "section",
        name: name!,
        tag: tag && { ...tag, quoted: false },
        body: undefined,
        header,
        span: item.span,
      } as const;
      if (place.func === undefined) openSection(place, section);
    }
  }

  private declareFunction(item: ast.FunctionDeclaration, outer: Place): void {
    const { session, module } = outer;
    const callable = checkFunctionName(outer, item.name);
    // The name is known from here on, also in the function's own body.
    const sameName = session.drafts.get(item.name.text) ?? [];
    if (callable) session.drafts.set(item.name.text, sameName);
    const frame = { slotNames: [] };
    const scope = new Scope(undefined);
    const headerPlace: Place = { ...outer, section: session.context.root, path: [], scope, frame, hidden: outer.scope };
    const formals = declareFormals(item, headerPlace);
    const resultType = freshVariable();
    const result = makeVariable(headerPlace, { text: "result", span: item.name.span }, resultType);
    const func: OpenFunction = { result, callees: new Set(), givesResult: false };
    const place: Place = { ...headerPlace, func };
    this.statements(item.body.items, place);
    module.blocks.set(item.body, [formals.length, frame.slotNames.length]);
    const draft: FunctionDraft = {
      name: item.name.text,
      module,
      declaration: item,
      type: {
        kind: "function",
        parameters: formals.map((formal) => formal.type),
        variadic: false,
        result: func.givesResult ? resultType : voidType,
      },
      formals,
      result,
      isVoid: !func.givesResult,
      frame,
      callees: func.callees,
      refused: !callable,
      state: "declared",
      environment: [],
      entry: undefined,
    };
    module.functions.set(item, draft);
    if (callable) sameName.push(draft);
  }
}

/** Gives a type that is still open the error type, so that nothing is reported about it. */
function leaveOpen(place: Place, type: Type): void {
  if (type.kind === "variable" && type.binding === undefined) place.session.trail.bind(type, errorType);
}

/** The formal parameters, which share one name space of type variables (`language.md` 2.4). */
function declareFormals(item: ast.FunctionDeclaration, place: Place): Variable[] {
  const typeNames = new Map<string, TypeVariable>();
  const seen = new Set<string>();
  return item.formals.map(({ name, type }) => {
    if (name.text === "result" || seen.has(name.text)) {
      const message =
        name.text === "result" ? "a parameter cannot be named 'result'" : `there are two parameters named '${name.text}'`;
      place.module.report("C4M-N013", name.span, message, { name: name.text });
    }
    seen.add(name.text);
    return makeVariable(place, name, type === undefined ? freshVariable() : annotatedType(type, typeNames, place.module));
  });
}
