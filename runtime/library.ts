/**
 * c4m as a library, for Node, Bun and browsers: `import { evaluateText } from "chalk-ts"`. Nothing that is reachable from here touches the system: programs
 * run on a host in memory, with files, environment and clock as the caller gives them, so that a playground, an editor or a test can run configurations
 * of strangers. `npm run build:library` bundles this file into `dist/library.js` (`docs/library.md` shows its use).
 *
 * Two levels. The functions named `…Text` take text and give plain data; they suffice for most. The stages below them (parse, compile, evaluate, validate,
 * print, render) are those of the program itself, for tools that keep trees, contexts or runtimes.
 */
import { type CompileOptions, compileSource, createContext } from "../compiler/compile.js";
import type { CheckContext, CompileResult } from "../compiler/context.js";
import type { FileNode } from "../grammar/ast.js";
import { type Diagnostic, hasErrors } from "../grammar/diagnostic.js";
import { parse as parseSource } from "../grammar/parse.js";
import { print as printTree } from "../grammar/print.js";
import { type SourceFile, sourceFromText } from "../grammar/source.js";
import type { Builtin } from "./builtins/builtin.js";
import { builtins as allBuiltins } from "./builtins/index.js";
import type { PolicyName } from "./effects/policy.js";
import { plainTree, typedTree } from "./encoding.js";
import type { Limits } from "./evaluate/runtime.js";
import type { Host } from "./host/host.js";
import { createMemoryHost } from "./host/memory-host.js";
import { pureHashing } from "./host/pure-hashing.js";
import { pretty } from "./json.js";
import { type PlainValue, plainValue } from "./plain-value.js";
import { renderText, type TextOptions } from "./render/index.js";
import { ConfigStack } from "./stack/stack.js";
import { schemaValidator } from "./validate/config.js";
import { loadSchema } from "./validate/load-schema.js";

export { type Article, type Example, findArticle } from "../compiler/articles.js";
export { createContext, declareAttribute, declareSection } from "../compiler/compile.js";
export type { CheckContext, CompileResult, ComponentLoader } from "../compiler/context.js";
export type { ModuleIr } from "../compiler/ir.js";
export type { FileNode } from "../grammar/ast.js";
export { type Code, catalogue } from "../grammar/catalogue.js";
export { type Diagnostic, hasErrors, type Note, type Phase, type Severity } from "../grammar/diagnostic.js";
export { decodeSource, type SourceFile, sourceFromText } from "../grammar/source.js";
export type { Location } from "../grammar/span.js";
export { type Builtin, stubBuiltin } from "./builtins/builtin.js";
export { builtins } from "./builtins/index.js";
export { type ArticleOptions, articleRecord, renderArticle } from "./commands/config/explain-article.js";
export type { PolicyName } from "./effects/policy.js";
export { plainTree, typedTree } from "./encoding.js";
export { callFunction, evaluate } from "./evaluate/evaluate.js";
export { createRuntime, defaultLimits, type Limits, type Runtime } from "./evaluate/runtime.js";
export type { Host } from "./host/host.js";
export { createMemoryHost, type MemoryHost, type MemoryHostOptions } from "./host/memory-host.js";
export type { PlainValue } from "./plain-value.js";
export {
  diagnosticRecord,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  type Sources,
  summary,
  type TextOptions,
} from "./render/index.js";
export { ConfigStack, type FileResult, type StackOptions } from "./stack/stack.js";
export { schemaValidator, validateConfig as validate } from "./validate/config.js";
export { loadSchema } from "./validate/load-schema.js";

/** A file that exists as text only. */
export interface SourceText {
  /** As diagnostics show it. */
  readonly name: string;
  readonly text: string;
}

/** One text, or several files that run one after another in one context. */
export type Sourced = string | SourceText | readonly SourceText[];

const named = (sources: Sourced, usual: string): readonly SourceText[] => {
  if (typeof sources === "string") return [{ name: usual, text: sources }];
  return "text" in sources ? [sources] : sources;
};

export interface EvaluateOptions {
  /** Schema files; the configuration is validated against them after each of its files, and receives their defaults. */
  readonly schema?: Sourced;
  /** Files of the world in memory, by path from `/`: components that a `use` loads, documents that the configuration reads. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Environment variables; none by default. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The time that `now()` sees, in milliseconds since the epoch. */
  readonly now?: number;
  readonly limits?: Partial<Limits>;
  /** What may happen for real on the host (`run`, `trial`, `lint`); default `run`, which on a host in memory is harmless. */
  readonly policy?: PolicyName;
  /** Functions that the configuration can call; default all of chalk's. */
  readonly builtins?: readonly Builtin[];
  /** Another host than one in memory; then `files`, `environment` and `now` have no effect. */
  readonly host?: Host;
}

export interface EvaluateResult {
  /** True if there was no error. */
  readonly ok: boolean;
  /** The tree of attributes as plain data, as far as evaluation came: sections are objects. Integers beyond 2^53 are bigints. */
  readonly attributes: { readonly [name: string]: PlainValue };
  /** The same as JSON text in which all digits of integers are kept. */
  readonly json: string;
  /** The tree with types: `{"type": …, "value": …}` for each attribute. */
  readonly typed: { readonly [name: string]: PlainValue };
  /** Everything that was found, file by file. */
  readonly diagnostics: readonly Diagnostic[];
  /** What `echo` printed. */
  readonly output: string;
}

function hostFor(options: EvaluateOptions): Host {
  if (options.host !== undefined) return options.host;
  const files = Object.entries(options.files ?? {}).map(([path, content]) => [path.startsWith("/") ? path : `/${path}`, content]);
  return createMemoryHost({
    files: Object.fromEntries(files),
    hashing: pureHashing,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

/**
 * Runs a configuration: parses, checks and evaluates each file, and validates it if there is a schema. Stops after the first file with an error.
 * Faults of the configuration are diagnostics; nothing is thrown for them.
 */
export async function evaluateText(sources: Sourced, options: EvaluateOptions = {}): Promise<EvaluateResult> {
  const host = hostFor(options);
  const builtins = options.builtins ?? allBuiltins;
  const diagnostics: Diagnostic[] = [];
  let output = "";
  let ok = true;
  const common = {
    host,
    builtins,
    output: (text: string) => void (output += text),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  };
  const schemaFiles = options.schema === undefined ? [] : named(options.schema, "schema.c42spec");
  const schema = loadSchema(
    schemaFiles.map(({ name, text }) => ({ file: name, text })),
    common,
  );
  if (schemaFiles.length > 0) {
    diagnostics.push(...schema.diagnostics);
    ok = schema.loaded !== undefined;
  }
  const validator = schemaFiles.length > 0 && schema.loaded !== undefined ? { validator: schemaValidator(schema.loaded) } : {};
  const stack = new ConfigStack({ ...common, ...validator });
  if (ok) {
    for (const { name, text } of named(sources, "config.c4m")) {
      const result = await stack.run(sourceFromText(name, text));
      diagnostics.push(...result.diagnostics);
      ok = result.ok;
      if (!ok) break;
    }
  }
  const { root } = stack.runtime.store;
  const tree = plainTree(root);
  return {
    ok,
    attributes: plainValue(tree) as EvaluateResult["attributes"],
    json: pretty(tree),
    typed: plainValue(typedTree(root)) as EvaluateResult["typed"],
    diagnostics,
    output,
  };
}

/** Parses and checks files without running them; returns all problems. Components are found among `options.files`. */
export async function checkText(sources: Sourced, options: EvaluateOptions = {}): Promise<readonly Diagnostic[]> {
  const stack = new ConfigStack({ host: hostFor(options), builtins: options.builtins ?? allBuiltins });
  const diagnostics: Diagnostic[] = [];
  for (const { name, text } of named(sources, "config.c4m"))
    diagnostics.push(...(await stack.compile(sourceFromText(name, text))).diagnostics);
  return diagnostics;
}

/** Formats a configuration. A text with syntax errors is returned as it is, with the diagnostics. */
export function formatText(
  text: string,
  name = "config.c4m",
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const { ast, source, diagnostics } = parse(text, name);
  return { text: hasErrors(diagnostics) ? text : printTree(ast, source), diagnostics };
}

/** Diagnostics as people read them, with excerpts of the given sources. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], sources: Sourced = [], options: TextOptions = {}): string {
  const texts = new Map(named(sources, "config.c4m").map(({ name, text }) => [name, text]));
  return renderText(diagnostics, (file) => texts.get(file), options);
}

/** Parses a text into a tree. The tree covers the whole text, also where there are errors. */
export function parse(
  text: string,
  name = "config.c4m",
): { readonly ast: FileNode; readonly source: SourceFile; readonly diagnostics: readonly Diagnostic[] } {
  const source = sourceFromText(name, text);
  return { ...parseSource(source), source };
}

/** Prints the tree of a file without syntax errors in canonical form. */
export function print(ast: FileNode, source: SourceFile): string {
  return printTree(ast, source);
}

/** Parses and checks one file in a context, which then knows what the file declares. Default: a new context with all builtins. */
export function compile(
  text: string,
  context: CheckContext = createContext(allBuiltins),
  options: CompileOptions & { readonly name?: string } = {},
): CompileResult {
  return compileSource(sourceFromText(options.name ?? "config.c4m", text), context, options);
}
