/**
 * What one `compile` works on: the drafts of the file and its components, and the changes made to the context so far. Everything that is changed
 * in the context goes through `Session`, so that a compile that ends in errors can be taken back as if it had not been (`language.md` 6.1).
 *
 * The phases hand their findings on beside the tree: what statements define stands in drafts of the same shape as the blocks of the text (`BlockDraft`), what
 * names and calls in expressions mean in tables keyed by syntax nodes. `resolve.ts` and its helpers fill in what names mean, `infer.ts` what types calls have,
 * and `lower.ts` reads both.
 */
import type * as ast from "../../grammar/ast.js";
import type { Code } from "../../grammar/catalogue.js";
import { type Diagnostic, type DiagnosticDetails, diagnostic } from "../../grammar/diagnostic.js";
import type { SourceFile } from "../../grammar/source.js";
import { type LineTable, type Location, locate, position, type Span } from "../../grammar/span.js";
import type { CheckContext, DeclaredCell, DeclaredNode, FunctionEntry } from "../context.js";
import { type IrSpan, irSpan } from "../ir.js";
import { NameTable } from "../name-table.js";
import { type FunctionType, freshVariable, type Type } from "../types.js";
import { Trail } from "../unify.js";
import { type Report, withoutConsequences } from "./consequences.js";

export type SectionNode = Extract<DeclaredNode, { kind: "section" }>;
export type AttributeNode = Extract<DeclaredNode, { kind: "attribute" }>;

/** A variable of a file or function. Once exported it lives in the context's cell of its name. */
export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly slot: number;
  readonly span: Span;
  /** The index of a loop, which cannot be assigned. */
  readonly isIndex: boolean;
  exported: boolean;
}

/** What a name in an expression, or the left side of an assignment, means. */
export type Target =
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "cell"; readonly cell: DeclaredCell }
  | { readonly kind: "attribute"; readonly node: AttributeNode; readonly path: readonly string[] }
  | { readonly kind: "failed" };

export const failedTarget: Target = { kind: "failed" };

/** What resolving has found out about the statements of a block (or of a file), by their position in it. */
export interface BlockDraft {
  readonly statements: readonly StatementDraft[];
  /** The slots of its variables: from, and up to but without. */
  readonly slots: readonly [number, number];
}

/** A section that a statement opens, and what stands in its block. */
export interface SectionDraft {
  readonly path: readonly string[];
  readonly body: BlockDraft | undefined;
}

export interface LoopDraft {
  readonly index: Variable;
  readonly body: BlockDraft;
}

/**
 * By the kind of the statement: for `assign` and `set` what is assigned to; for `unpack` and `var` the same for each name; for `section` and `for` a draft of
 * their own; for `if` the blocks of its branches and of `else`; nothing for others.
 */
export type StatementDraft = Target | readonly Target[] | SectionDraft | LoopDraft | readonly BlockDraft[] | undefined;

/** The slots of a file or function; a slot's number is its index. */
export interface Frame {
  readonly slotNames: string[];
}

/** A function declaration on its way to an entry of the function table. */
export interface FunctionDraft {
  readonly name: string;
  readonly module: ModuleDraft;
  readonly declaration: ast.FunctionDeclaration;
  readonly type: FunctionType;
  readonly formals: readonly Variable[];
  /** The implicit local `result`. */
  readonly result: Variable;
  readonly isVoid: boolean;
  readonly frame: Frame;
  readonly body: BlockDraft;
  /** Names called in the body. */
  readonly callees: ReadonlySet<string>;
  /** Not to be entered into the table, because its name is taken. */
  readonly refused: boolean;
  state: "declared" | "checking" | "done";
  /** Types of attributes and shared variables that the body touches: their variables must not become generic. */
  readonly environment: Type[];
  entry: FunctionEntry | undefined;
}

/** What inference found out about a call. */
export interface CallRecord {
  readonly name: string;
  readonly args: readonly ast.Expression[];
  readonly argTypes: readonly Type[];
  type: Type;
  entry: FunctionEntry | undefined;
  /** Instead of `entry`, if the callee was still being checked. */
  draft: FunctionDraft | undefined;
}

export type CallNode = ast.CallExpression | ast.MethodCallExpression;

/** Where a file's text first declares an attribute or section. */
export interface Declaration {
  readonly node: DeclaredNode;
  readonly path: readonly string[];
  readonly span: Span;
}

/**
 * An attribute that comes from text. Files have thousands of them, so what few need is made when it is asked for: the location, which is for
 * messages, and a type variable, which an attribute needs that is read before its first assignment has been checked.
 */
export class TextAttribute {
  readonly kind = "attribute";
  /** Itself: what it was declared by, and the target of that assignment, have the same members. */
  readonly node: this;
  readonly path: readonly string[];
  readonly span: Span;
  /** The span as the IR has it, in the declaration and in the assignment. */
  private lowered: IrSpan | undefined;
  private known: Type | undefined;
  private place: Location | undefined;
  private readonly table: LineTable;

  constructor(table: LineTable, path: readonly string[], span: Span) {
    this.node = this;
    this.path = path;
    this.span = span;
    this.lowered = undefined;
    this.known = undefined;
    this.place = undefined;
    this.table = table;
  }

  get irSpan(): IrSpan {
    this.lowered ??= irSpan(this.span);
    return this.lowered;
  }

  get type(): Type {
    this.known ??= freshVariable();
    return this.known;
  }

  set type(type: Type) {
    this.known = type;
  }

  /** True if this file's text declares the attribute first. */
  isOf(module: ModuleDraft): boolean {
    return this.table === module.source.table;
  }

  /** Takes a type if there is none yet and nobody has asked for it. */
  takeFirst(type: Type): boolean {
    if (this.known !== undefined) return false;
    this.known = type;
    return true;
  }

  get location(): Location | undefined {
    this.place ??= locate(this.table, this.span);
    return this.place;
  }

  set location(place: Location | undefined) {
    this.place = place;
  }
}

/** A section that comes from text; its location, too, is made when somebody asks. */
export class TextSection {
  readonly kind = "section";
  readonly members: Map<string, DeclaredNode> = new NameTable();
  /** The compile that has made it. */
  readonly session: object;
  private place: Location | undefined;
  private readonly table: LineTable;
  private readonly span: Span;

  constructor(session: object, table: LineTable, span: Span) {
    this.session = session;
    this.table = table;
    this.span = span;
  }

  /** True if this file's text declares the section first. */
  isOf(module: ModuleDraft): boolean {
    return this.table === module.source.table;
  }

  get location(): Location | undefined {
    this.place ??= locate(this.table, this.span);
    return this.place;
  }
}

/** A parameter statement after its properties have been read. */
export interface ParameterDraft {
  readonly declaration: ast.ParameterDeclaration;
  readonly target: Target;
  readonly properties: ReadonlyMap<string, ast.Expression>;
  type: Type;
  /** The function that supplies the default. */
  callback: FunctionEntry | undefined;
}

/** A `use` whose component could be found. */
export interface ComponentUse {
  readonly key: string;
  readonly module: string;
  readonly location: string | undefined;
  readonly span: Span;
}

/** Details of a report; `name` tells apart reports of one code on one line (`language.md` 8.2). */
export type ReportDetails = DiagnosticDetails & {
  name?: string;
  /** Which names would have to have which other types (`blame.ts`). */
  blame?: readonly string[];
};

const mostDiagnostics = 50;

/** One file being compiled. */
export class ModuleDraft {
  readonly frame: Frame = { slotNames: [] };
  readonly targets = new Map<ast.Expression, Target>();
  /** The statements of the file, once they have been resolved. */
  body: BlockDraft = { statements: [], slots: [0, 0] };
  readonly functions = new Map<ast.FunctionDeclaration, FunctionDraft>();
  readonly parameters = new Map<ast.ParameterDeclaration, ParameterDraft>();
  readonly calls = new Map<CallNode, CallRecord>();
  /** Index expressions that take an item of a tuple. */
  readonly tupleIndexes = new Set<ast.IndexExpression>();
  /** For calls of `format`: what is visible there. */
  readonly formatScopes = new Map<CallNode, { section: readonly string[]; variables: (readonly [string, Target])[] }>();
  /** What the text declares, each name once, in order. */
  readonly declared: Declaration[] = [];
  /** Nodes among them that are not attributes of this file. */
  readonly mentioned = new Set<DeclaredNode>();
  readonly uses: ComponentUse[] = [];
  readonly useOf = new Map<ast.UseStatement, number>();
  /** Cells that the file brings into the context, with the value of enum constants. */
  readonly cells = new Map<string, { type: Type; constant: number | undefined }>();
  /** Components reached from here, each with the position of the first `use` that leads to it. */
  readonly reach = new Map<ModuleDraft, number>();

  /** Something did not parse, so the file cannot be lowered. */
  damaged = false;

  private readonly reports: Report[] = [];
  private readonly reported = new Set<string>();

  readonly key: string | undefined;
  readonly tree: ast.FileNode;
  readonly source: SourceFile;
  private readonly parseDiagnostics: readonly Diagnostic[];
  /** The `use` that brought this component in. */
  readonly usedAt: Location | undefined;

  constructor(
    key: string | undefined,
    tree: ast.FileNode,
    source: SourceFile,
    parseDiagnostics: readonly Diagnostic[],
    usedAt: Location | undefined,
  ) {
    this.key = key;
    this.tree = tree;
    this.source = source;
    this.parseDiagnostics = parseDiagnostics;
    this.usedAt = usedAt;
  }

  locate(span: Span): Location {
    return locate(this.source.table, span);
  }

  /** Reports a problem, once per line, code and name; that a name is taken by an attribute is said once in a file. */
  report(code: Code, span: Span, message: string, details: ReportDetails = {}): void {
    const { name = "", blame = [], ...rest } = details;
    const once = `${code === "C4M-N003" ? "" : position(this.source.table, span.start).line} ${code} ${name}`;
    if (this.reported.has(once)) return;
    this.reported.add(once);
    const { start, end } = span;
    this.reports.push({ diagnostic: diagnostic(code, this.locate(span), message, rest), start, end, blame });
  }

  /** So much has been reported that further reports need no suggestions: few of them will be shown. */
  get isFull(): boolean {
    return this.reports.length > 2 * mostDiagnostics;
  }

  /** Everything found in this file, in source order, at most 50; warnings give way to errors. */
  diagnostics(): Diagnostic[] {
    const byPlace = (a: Diagnostic, b: Diagnostic) =>
      (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.col ?? 0) - (b.location?.col ?? 0);
    let all = [
      ...this.parseDiagnostics,
      ...withoutConsequences(this.reports, this.parseDiagnostics, this.tree, this.source),
    ].sort(byPlace);
    if (all.length > mostDiagnostics) {
      const errors = all.filter((d) => d.severity === "error").slice(0, mostDiagnostics);
      const others = all.filter((d) => d.severity !== "error").slice(0, mostDiagnostics - errors.length);
      all = [...errors, ...others].sort(byPlace);
    }
    const note = this.usedAt && { message: "the component is used here", location: this.usedAt };
    return note === undefined ? all : all.map((d) => ({ ...d, notes: [...(d.notes ?? []), note] }));
  }
}

/** The state of one compile over the file and all its components. */
export class Session {
  readonly trail = new Trail();
  /** All functions declared so far in the files of this session, by name. */
  readonly drafts = new Map<string, FunctionDraft[]>();
  /** Entries that functions of this session have made or replaced, with these functions. */
  readonly entryDrafts = new Map<FunctionEntry, FunctionDraft[]>();
  /** Those among them that no earlier file has made. */
  readonly newEntries = new Set<FunctionEntry>();
  /**
   * Where an attribute or variable got its type inside a function or a declaration, for the choice of whom to blame: functions are checked before
   * the text above them is done. Elsewhere the first assignment is the definition.
   */
  readonly typedAt = new Map<object, { module: ModuleDraft; span: Span }>();
  readonly modules: ModuleDraft[] = [];
  /** Names whose functions clash with each other: calls of them are not judged. */
  readonly clashing = new Set<string>();
  /** Key types already reported: an empty dict has them from another one. */
  readonly refusedKeys = new Set<Type>();
  /** Marks the sections that this session has made, without keeping the session alive. */
  private readonly identity = {};
  private readonly journal: (() => void)[] = [];
  private readonly changedMaps: Map<string, unknown>[] = [];
  private readonly addedKeys: string[] = [];

  readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** Adds an entry to a map of the context. */
  add<V>(map: Map<string, V>, key: string, value: V): void {
    map.set(key, value);
    this.changedMaps.push(map);
    this.addedKeys.push(key);
  }

  /** A section that is new in this session. */
  newSection(table: LineTable, span: Span): SectionNode {
    return new TextSection(this.identity, table, span);
  }

  /** Adds a node to a section. A section of this session vanishes with all its members, so what is added to it need not be remembered. */
  addMember(section: SectionNode, name: string, node: DeclaredNode): void {
    if (section.session === this.identity) section.members.set(name, node);
    else this.add(section.members, name, node);
  }

  /** Notes how to take back a change of the context that has just been made. */
  onRollback(undo: () => void): void {
    this.journal.push(undo);
  }

  /** Leaves the context as it was before the session. */
  rollback(): void {
    for (const undo of this.journal.reverse()) undo();
    this.changedMaps.forEach((map, i) => {
      map.delete(this.addedKeys[i]!);
    });
    this.trail.undo(0);
  }
}
