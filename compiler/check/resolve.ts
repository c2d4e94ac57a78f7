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
import { makeVariable, type OpenFunction, type Place, placeInside, type Retry, Scope } from "./places.js";
import { resolveExpression, resolveStatement, resolveValue } from "./resolve-expressions.js";
import type {
  BlockDraft,
  FunctionDraft,
  LoopDraft,
  ModuleDraft,
  SectionDraft,
  SectionNode,
  Session,
  StatementDraft,
  Target,
  Variable,
} from "./session.js";

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
  module.body = {
    statements: new Resolver(onUse).statements(module.tree.items, place),
    slots: [0, module.frame.slotNames.length],
  };
  return place.retries;
}

/** Of the blocks of most files, which have no variables. */
const noSlots: readonly [number, number] = [0, 0];

class Resolver {
  private readonly onUse: OnUse;

  constructor(onUse: OnUse) {
    this.onUse = onUse;
  }

  statements(items: readonly ast.Statement[], place: Place): StatementDraft[] {
    const drafts: StatementDraft[] = [];
    let ended: string | undefined;
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!;
      if (ended !== undefined) {
        place.module.report("C4M-W008", item.span, `this is never reached: it follows '${ended}'`, { name: "unreachable" });
        ended = undefined;
      }
      const draft = this.statement(item, place);
      drafts.push(draft);
      if (draft === undefined && (item.kind === "return" || item.kind === "break" || item.kind === "continue")) ended = item.kind;
    }
    return drafts;
  }

  private statement(item: ast.Statement, place: Place): StatementDraft {
    switch (item.kind) {
      case "assign":
        resolveValue(item.value, place);
        return defineAttribute(place, item.path);
      case "set":
        resolveExpression(item.value, place);
        return defineVariable(place, item.name);
      case "unpack":
        resolveExpression(item.value, place);
        return item.names.map((name) => defineUnpacked(place, name));
      case "section":
        return this.section(item, place);
      case "expression":
        resolveStatement(item.expression, place);
        return undefined;
      case "if":
        return this.branches(item, place);
      case "for":
        return this.loop(item, place);
      case "var":
        return this.declareVariables(item, place);
      case "function":
        this.declareFunction(item, place);
        return undefined;
      case "return":
        this.returnStatement(item, place);
        return undefined;
      case "enum":
        defineEnum(place, item);
        return undefined;
      case "export":
        exportNames(place, item);
        return undefined;
      case "parameter":
        resolveParameter(item, place);
        return undefined;
      case "use":
        this.onUse(item);
        return undefined;
      case "bad":
        this.damaged(item, place);
        return undefined;
      default:
        return undefined;
    }
  }

  /** A block of its own scope, `inner` being a place in it. The slots from `first` on are its own. */
  private block(block: ast.Block, inner: Place, first = inner.frame.slotNames.length): BlockDraft {
    const statements = this.statements(block.items, inner);
    const end = inner.frame.slotNames.length;
    return { statements, slots: end === 0 ? noSlots : [first, end] };
  }

  private section(item: ast.SectionStatement, place: Place): SectionDraft {
    let opened: { readonly section: SectionNode; readonly path: readonly string[] };
    if (place.func === undefined) opened = openSection(place, item);
    else {
      opened = { section: detachedSection(), path: place.path };
      const hint = `assign with a dotted path instead: ${item.name.text}.… = …`;
      place.module.report("C4M-N012", item.header, "a function cannot open a section", { name: item.name.text, hint });
    }
    const { section, path } = opened;
    return { path, body: item.body === undefined ? undefined : this.block(item.body, placeInside(place, section, path)) };
  }

  private branches(item: ast.IfStatement, place: Place): BlockDraft[] {
    const blocks: BlockDraft[] = [];
    for (const { condition, body } of item.branches) {
      resolveExpression(condition, place);
      blocks.push(this.block(body, placeInside(place)));
    }
    if (item.otherwise !== undefined) blocks.push(this.block(item.otherwise, placeInside(place)));
    return blocks;
  }

  private loop(item: ast.ForStatement, place: Place): LoopDraft {
    resolveExpression(item.from, place);
    resolveExpression(item.to, place);
    if (item.index.text === "result") {
      place.module.report("C4M-N010", item.index.span, "'result' cannot be the index of a loop", { name: "result" });
    }
    const inner = placeInside(place);
    const first = place.frame.slotNames.length;
    const index = makeVariable(inner, item.index, basic("int"), true);
    return { index, body: this.block(item.body, inner, first) };
  }

  private declareVariables(item: ast.VariableDeclaration, place: Place): readonly Target[] {
    const targets: Target[] = [];
    for (const group of item.groups) {
      for (const name of group.names) {
        if (name.text === "result") {
          place.module.report("C4M-N010", name.span, "'result' is declared by the function itself", { name: name.text });
          targets.push({ kind: "failed" });
        } else targets.push(defineVariable(place, name));
      }
    }
    return targets;
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
    const body = this.block(item.body, place, formals.length);
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
      body,
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
