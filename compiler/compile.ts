/**
 * From tree to intermediate representation. The phases run over the file and all its components together:
 *
 *  1. names: what every name means, in text order; then each component that the file uses, and what it defines (`check/resolve.ts`);
 *  2. types: functions, callees first, and top levels in text order (`check/functions.ts`, `check/infer*.ts`);
 *  3. overloads that could not be decided before;
 *  4. lowering (`lower.ts`), if there was no error.
 *
 * A compile that reports an error leaves the context as it was.
 */
import type { FileNode, UseStatement } from "../grammar/ast.js";
import { type Diagnostic, hasErrors, type Note } from "../grammar/diagnostic.js";
import { parse as parseSource } from "../grammar/parse.js";
import { type SourceFile, sourceFromText } from "../grammar/source.js";
import { SessionInference } from "./check/functions.js";
import { resolveModule } from "./check/resolve.js";
import { ModuleDraft, Session } from "./check/session.js";
import type { CheckContext, CompileResult, ComponentLoader } from "./context.js";
import type { ModuleIr } from "./ir.js";
import { lowerModule } from "./lower.js";
import { typeText } from "./type-text.js";

export { builtinKey, createContext, declareAttribute, declareSection, lockFunction } from "./make-context.js";

export interface CompileOptions {
  /** Gets components; without one every `use` is C4M-M001. */
  readonly loader?: ComponentLoader;
  /** Parses components; for hosts that keep parsed files. */
  readonly parse?: (source: SourceFile) => { readonly ast: FileNode; readonly diagnostics: readonly Diagnostic[] };
  /** Leaves the context as it was even if there is no error: for editors, which compile the same file again and again. */
  readonly trial?: boolean;
  /** What the parser had to say about this file; reported together with what is found here. */
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * Compiles one file of a stack. Returns the module and those of its components, or no module if there were errors in any of them; the
 * diagnostics are those of the file and its components, each in source order. On success the context knows what the file declares.
 */
export function compile(tree: FileNode, source: SourceFile, context: CheckContext, options: CompileOptions = {}): CompileResult {
  const session = new Session(context);
  const main = new ModuleDraft(undefined, tree, source, options.diagnostics ?? [], undefined);
  new ComponentResolution(session, options).resolve(main, []);
  inferTypes(session, main);
  const diagnostics = session.modules.flatMap((module) => module.diagnostics());
  if (hasErrors(diagnostics) || session.modules.some((module) => module.damaged)) {
    const declared = main.declared.map(({ node, path, span }) => ({
      kind: node.kind,
      path,
      type: node.kind === "attribute" ? typeText(node.type) : "",
      location: main.locate(span),
    }));
    session.rollback();
    return { module: undefined, components: new Map(), diagnostics, declared };
  }
  const lowered = session.modules.map((module) => ({ module, ir: lowerModule(module) }));
  const known = new Map(context.components);
  for (const { module, ir } of lowered) if (module.key !== undefined) known.set(module.key, ir);
  const ir = lowered[0]!.ir;
  const components = componentsOf(ir, known, options.loader);
  if (options.trial) session.rollback();
  else for (const [key, component] of components) context.components.set(key, component);
  return { module: ir, components, diagnostics };
}

/** The second and third phase over all files. */
function inferTypes(session: Session, main: ModuleDraft): void {
  const inference = new SessionInference(session);
  try {
    for (const module of session.modules) inference.checkModule(module);
    inference.finish();
  } catch (problem) {
    // Types can be nested deeper than any expression is, one level by each statement.
    if (!(problem instanceof RangeError)) throw problem;
    main.report("C4M-P038", { start: 0, end: 0 }, "the types of this file are nested too deeply", { phase: "check" });
  }
}

/** Parses and compiles a file. */
export function compileSource(source: SourceFile, context: CheckContext, options: CompileOptions = {}): CompileResult {
  const { ast, diagnostics } = (options.parse ?? parseSource)(source);
  return compile(ast, source, context, { ...options, diagnostics: [...(options.diagnostics ?? []), ...diagnostics] });
}

/** All components that a module needs, directly or through others. */
function componentsOf(
  module: ModuleIr,
  known: ReadonlyMap<string, ModuleIr>,
  loader: ComponentLoader | undefined,
): Map<string, ModuleIr> {
  const found = new Map<string, ModuleIr>();
  const visit = (user: ModuleIr): void => {
    for (const use of user.uses) {
      const key = loader?.key(use.module, use.location, user.table.file);
      const component = key === undefined ? undefined : known.get(key);
      if (key === undefined || component === undefined || found.has(key)) continue;
      found.set(key, component);
      visit(component);
    }
  };
  visit(module);
  return found;
}

/** The first phase over a file and the components that it uses (`language.md` 7.2). */
class ComponentResolution {
  private readonly loaded = new Map<string, ModuleDraft>();

  private readonly session: Session;
  private readonly options: CompileOptions;

  constructor(session: Session, options: CompileOptions) {
    this.session = session;
    this.options = options;
  }

  /** `chain`: the files that led here, each with the `use` that is being followed. */
  resolve(module: ModuleDraft, chain: readonly { module: ModuleDraft; use: UseStatement }[]): void {
    this.session.modules.push(module);
    const statements: UseStatement[] = [];
    let open = resolveModule(this.session, module, (use) => statements.push(use));
    for (const use of statements) {
      const component = this.follow(use, module, [...chain, { module, use }]);
      for (const reached of component === undefined ? [] : [component, ...component.reach.keys()]) {
        if (!module.reach.has(reached)) module.reach.set(reached, use.span.start);
      }
      open = open.filter((retry) => retry.position < use.span.start || !retry.attempt());
    }
    for (const retry of open) retry.fail();
  }

  /** Loads and resolves the component of a `use`; undefined if there is nothing more to do about it. */
  private follow(
    use: UseStatement,
    user: ModuleDraft,
    chain: readonly { module: ModuleDraft; use: UseStatement }[],
  ): ModuleDraft | undefined {
    const location = use.from?.text;
    const { loader } = this.options;
    if (loader === undefined) {
      user.report("C4M-M001", use.span, `component '${use.module.text}' cannot be loaded here`, { name: use.module.text });
      return undefined;
    }
    const key = loader.key(use.module.text, location, user.source.name);
    noteUse(user, use, key, location);
    const known = this.loaded.get(key);
    if (known !== undefined && chain.some((link) => link.module === known)) {
      reportCycle(use, user, known, chain);
      return undefined;
    }
    if (known !== undefined || this.session.context.components.has(key)) return known;
    const found = loader.load(key);
    if ("code" in found) {
      user.report(found.code, use.span, found.message, { name: key });
      return undefined;
    }
    const started = chain.find((link) => link.module.source.name === found.file);
    if (started !== undefined) {
      reportCycle(use, user, started.module, chain);
      return undefined;
    }
    const source = sourceFromText(found.file, found.text);
    const { ast, diagnostics } = (this.options.parse ?? parseSource)(source);
    const component = new ModuleDraft(key, ast, source, diagnostics, user.locate(use.span));
    this.loaded.set(key, component);
    this.resolve(component, chain);
    return component;
  }
}

/** Adds the component to the list of those used, once. */
function noteUse(user: ModuleDraft, use: UseStatement, key: string, location: string | undefined): void {
  let index = user.uses.findIndex((known) => known.key === key);
  if (index < 0) index = user.uses.push({ key, module: use.module.text, location, span: use.span }) - 1;
  user.useOf.set(use, index);
}

/** C4M-M004 at the `use` that closes the cycle, with the chain as notes. */
function reportCycle(
  use: UseStatement,
  user: ModuleDraft,
  start: ModuleDraft,
  chain: readonly { module: ModuleDraft; use: UseStatement }[],
): void {
  const links = chain.slice(chain.findIndex((link) => link.module === start));
  const notes: Note[] = links.map((link) => ({
    message: `'${link.module.source.name}' uses '${link.use.module.text}' here`,
    location: link.module.locate(link.use.span),
  }));
  user.report("C4M-M004", use.span, `component '${use.module.text}' uses itself`, { name: use.module.text, notes });
}
