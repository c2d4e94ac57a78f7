/**
 * A stack of files: configurations run one after the other in one context (`language.md` 6.1). Files come as source, which is parsed and checked here, or
 * compiled. Parser and checker are loaded only when a source arrives, so that a start from compiled configuration needs neither.
 */
import type { CheckContext, CompileResult } from "../../compiler/context.js";
import type { StoredModule } from "../../compiler/serialize.js";
import type { FileNode } from "../../grammar/ast.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import type { SourceFile } from "../../grammar/source.js";
import type { Builtin } from "../builtins/builtin.js";
import { builtins as allBuiltins } from "../builtins/index.js";
import { evaluate } from "../evaluate/evaluate.js";
import { loadModules, type ModuleSet } from "../evaluate/module.js";
import { createRuntime, type Runtime, type RuntimeOptions } from "../evaluate/runtime.js";
import { effectiveValue, lookup, type SectionNode } from "../store.js";
import { QuantityValue } from "../values.js";
import { Components, defaultComponentTimeout } from "./components.js";

/** What happens after a file was evaluated (`language.md` 6.6, `schema-language.md` 9): full validation, defaults only, or nothing. */
export type CheckLevel = "all" | "post" | "none" | "pre" | "not even defaults";

export interface ValidationRequest {
  readonly level: CheckLevel;
  /** Names of the files evaluated so far, the one just run last. */
  readonly files: readonly string[];
  /** The file just run. */
  readonly compiled: StoredModule;
  /** False if evaluation was stopped by an error; then only what is known statically can be judged. */
  readonly isComplete: boolean;
  /** What the checker knows; undefined if only compiled files ran. */
  readonly context: CheckContext | undefined;
}

/** Validates what the files so far have left behind; fills in defaults, arms locks. */
export type Validator = (runtime: Runtime, request: ValidationRequest) => readonly Diagnostic[];

export interface StackOptions extends Omit<RuntimeOptions, "builtins"> {
  readonly builtins?: readonly Builtin[];
  readonly validator?: Validator;
  /** Called when a compiled file is about to be evaluated, unless it runs unvalidated. */
  readonly beforeEvaluation?: (runtime: Runtime, compiled: StoredModule) => void;
  /** Reads the limits of evaluation from section `policy` before each file, so that a file sets them for those after it (`ours.md` 2.1). */
  readonly readsPolicy?: boolean;
  /** Milliseconds for fetching a component. */
  readonly componentTimeout?: number;
  /** Gives the checker's context when the first source arrives: a restored one if compiled files ran before. */
  readonly context?: () => CheckContext | Promise<CheckContext>;
  /** Sections of the store about which that context knows everything; default: none. */
  readonly contextKnows?: (section: SectionNode) => boolean;
  /** Loads a parser to use in place of the plain one, for instance one that reads old spellings as current ones. */
  readonly parser?: () => Promise<SourceParser>;
}

export type SourceParser = (source: SourceFile) => { readonly ast: FileNode; readonly diagnostics: readonly Diagnostic[] };

export interface FileResult {
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
  /** False if the file, a component of it, or its evaluation or validation has an error. The stack should end then. */
  readonly ok: boolean;
  /** True once evaluation has started; then earlier effects stay. */
  readonly evaluated: boolean;
  /** The compiled file, to be stored; undefined if it has errors. */
  readonly compiled: StoredModule | undefined;
  /** The file made ready to run, e.g. to list its parameters. */
  readonly modules: ModuleSet | undefined;
  /** What a file that did not compile declares (`CompileResult.declared`). */
  readonly declared?: CompileResult["declared"];
}

export interface CompiledFile {
  readonly diagnostics: readonly Diagnostic[];
  readonly compiled: StoredModule | undefined;
  /** What a file with errors declares (`CompileResult.declared`). */
  readonly declared?: CompileResult["declared"];
}

export class ConfigStack {
  readonly runtime: Runtime;
  readonly components: Components;
  private readonly builtins: readonly Builtin[];
  private readonly validator: Validator | undefined;
  private readonly beforeEvaluation: StackOptions["beforeEvaluation"];
  private readonly readsPolicy: boolean;
  private readonly openContext: StackOptions["context"];
  private readonly contextKnows: StackOptions["contextKnows"];
  private readonly openParser: StackOptions["parser"];
  private checkContext: CheckContext | undefined;
  private readonly evaluated: string[] = [];
  /** Files by name, as they were compiled: running one again only evaluates it again. */
  private readonly files = new Map<string, { readonly text: string; readonly compiled: StoredModule }>();

  constructor(options: StackOptions) {
    this.builtins = options.builtins ?? allBuiltins;
    this.runtime = createRuntime({ ...options, builtins: this.builtins });
    this.components = new Components(options.host, options.componentTimeout ?? defaultComponentTimeout);
    this.validator = options.validator;
    this.beforeEvaluation = options.beforeEvaluation;
    this.readsPolicy = options.readsPolicy === true;
    this.openContext = options.context;
    this.contextKnows = options.contextKnows;
    this.openParser = options.parser;
  }

  /** What the checker knows after the files so far; made when it is first needed. */
  async context(): Promise<CheckContext> {
    if (this.checkContext === undefined) {
      const { createContext } = await import("../../compiler/make-context.js");
      this.checkContext = (await this.openContext?.()) ?? createContext(this.builtins);
    }
    return this.checkContext;
  }

  /**
   * Parses and checks a file and its components against what has run so far (6.1, steps 1-3), without evaluating anything. Returns all problems; never
   * throws for faults of the file.
   */
  async compile(source: SourceFile, given: readonly Diagnostic[] = []): Promise<CompiledFile> {
    const known = this.files.get(source.name);
    if (known?.text === source.text) return { diagnostics: given, compiled: known.compiled };
    this.readPolicy();
    const context = await this.context();
    const { compileSource } = await import("../../compiler/compile.js");
    if (this.runtime.store.root.members.size > 0) {
      const { declareStore } = await import("./declare.js");
      declareStore(context, this.runtime.store.root, this.contextKnows);
    }
    const parse = await this.openParser?.();
    this.runtime.host.control.makeRoom(source.text.length);
    const { module, components, diagnostics, declared } = compileSource(source, context, {
      loader: this.components,
      diagnostics: given,
      ...(parse === undefined ? {} : { parse }),
    });
    if (module === undefined) return { diagnostics, compiled: undefined, declared };
    const compiled = { module, components };
    this.files.set(source.name, { text: source.text, compiled });
    return { diagnostics, compiled };
  }

  /** Runs a source file: all steps of 6.1. `given` are the diagnostics of decoding it. */
  async run(source: SourceFile, level: CheckLevel = "all", given: readonly Diagnostic[] = []): Promise<FileResult> {
    const { diagnostics, compiled, declared } = await this.compile(source, given);
    if (compiled === undefined)
      return { file: source.name, diagnostics, ok: false, evaluated: false, compiled, modules: undefined, declared };
    const result = this.runCompiled(compiled, level);
    return { ...result, diagnostics: [...diagnostics, ...result.diagnostics], ok: result.ok && !hasErrors(diagnostics) };
  }

  /** Values of a wrong type are left to the schema. */
  private readPolicy(): void {
    if (!this.readsPolicy) return;
    const { limits, store } = this.runtime;
    const value = (name: string) => {
      const node = lookup(store, ["policy", name]);
      return node?.kind === "attribute" ? effectiveValue(node) : undefined;
    };
    const steps = value("max_steps");
    const depth = value("max_call_depth");
    const timeout = value("component_timeout");
    if (typeof steps === "bigint" && steps > 0n) limits.maxSteps = Number(steps);
    if (typeof depth === "bigint" && depth > 0n) limits.maxCallDepth = Number(depth);
    if (timeout instanceof QuantityValue) this.components.timeout = Number(timeout.amount) / 1000;
  }

  /** Forgets a component, so that its next use fetches, checks and defines it anew. */
  reload(key: string): void {
    this.components.forget(key);
    this.checkContext?.components.delete(key);
    this.runtime.components.delete(key);
  }

  /** Makes a compiled file ready to run. */
  load(compiled: StoredModule): ModuleSet {
    return loadModules(compiled.module, compiled.components, (module, location, from) =>
      this.components.key(module, location, from),
    );
  }

  /** Runs a compiled file: steps 4-7 of 6.1. Needs neither parser nor checker. */
  runCompiled(compiled: StoredModule, level: CheckLevel = "all", modules: ModuleSet = this.load(compiled)): FileResult {
    const file = compiled.module.table.file;
    this.readPolicy();
    if (level !== "not even defaults") this.beforeEvaluation?.(this.runtime, compiled);
    const found = evaluate(modules, this.runtime);
    this.evaluated.push(file);
    // A note can end evaluation, too: `abort` in a trial.
    const isComplete = found.length === 0;
    const request = { level, files: [...this.evaluated], compiled, isComplete, context: this.checkContext };
    const verdict = level === "not even defaults" ? [] : (this.validator?.(this.runtime, request) ?? []);
    const diagnostics = [...found, ...verdict];
    return { file, diagnostics, ok: !hasErrors(diagnostics), evaluated: true, compiled, modules };
  }
}
