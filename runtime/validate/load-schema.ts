/**
 * Loading schema files (`schema-language.md` 1, 9.2): they are compiled and evaluated one after another in one runtime of their own, whose tree becomes
 * the rules and whose functions stay callable as validators. What that leaves can be saved when the project is built and restored at start-up without
 * reading a line of source: the rules, the compiled functions, and the values of exported variables.
 */
import stringify from "json-stringify-deterministic";
import { compileSource, createContext } from "../../compiler/compile.js";
import type { CheckContext, ComponentLoader, DeclaredNode } from "../../compiler/context.js";
import { irFormat, type ModuleIr } from "../../compiler/ir.js";
import type { Constant } from "../../compiler/schema/constant.js";
import { type Schema, schemaFormat } from "../../compiler/schema/schema.js";
import { freshVariable } from "../../compiler/types.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { evaluate, registerModules } from "../evaluate/evaluate.js";
import { loadModules, type ModuleSet } from "../evaluate/module.js";
import { createRuntime, type Runtime, type RuntimeOptions } from "../evaluate/runtime.js";
import { buildSchema } from "./build-schema.js";
import { decodeConstant, encodeConstant } from "./constants.js";
import { withSchemaBuiltins } from "./introspection.js";

/** A schema with the runtime in which its validators run. */
export interface LoadedSchema {
  readonly schema: Schema;
  readonly runtime: Runtime;
  /** The compiled files, in order, for saving. */
  readonly modules: readonly CompiledFile[];
}

interface CompiledFile {
  readonly module: ModuleIr;
  readonly components: ReadonlyMap<string, ModuleIr>;
}

export interface SchemaSource {
  readonly file: string;
  readonly text: string;
}

/** How the schema's runtime is made, and how its files get at components. */
export interface SchemaOptions extends Omit<RuntimeOptions, "store" | "subject" | "hook"> {
  readonly loader?: ComponentLoader;
}

export interface LoadSchemaResult {
  /** Present if there was no error. */
  readonly loaded: LoadedSchema | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles and evaluates schema files and makes one schema of what they leave behind. A file that cannot be compiled or evaluated ends the loading
 * with its diagnostics; faults of the document (C4M-S101 to S119) are reported all at once.
 */
export function loadSchema(sources: readonly SchemaSource[], options: SchemaOptions): LoadSchemaResult {
  const builtins = withSchemaBuiltins(options.builtins);
  const context = createContext(builtins);
  const runtime = createRuntime({ ...options, builtins });
  const diagnostics: Diagnostic[] = [];
  const modules: CompiledFile[] = [];
  for (const { file, text } of sources) {
    const compiled = compileSource(
      sourceFromText(file, text),
      context,
      options.loader === undefined ? {} : { loader: options.loader },
    );
    diagnostics.push(...compiled.diagnostics);
    if (compiled.module === undefined) return { loaded: undefined, diagnostics };
    const unit: CompiledFile = { module: compiled.module, components: compiled.components };
    modules.push(unit);
    diagnostics.push(...evaluate(moduleSet(unit, options.loader), runtime));
    if (hasErrors(diagnostics)) return { loaded: undefined, diagnostics };
    openProperties(context);
  }
  const files = sources.map((source) => source.file);
  const built = buildSchema(runtime.store, context.functions, files);
  diagnostics.push(...built.diagnostics);
  return { loaded: built.schema === undefined ? undefined : { schema: built.schema, runtime, modules }, diagnostics };
}

function moduleSet(file: CompiledFile, loader: ComponentLoader | undefined): ModuleSet {
  return loadModules(file.module, file.components, (module, location, from) => loader?.key(module, location, from) ?? module);
}

/** Properties whose type a later schema file may change (9.2). */
const replaceable: ReadonlySet<string> = new Set(["type", "default", "choice", "range"]);

/**
 * Lets later schema files replace the type of a field and what depends on it: to the checker, every schema file may give them another type. Within one
 * file the ordinary rule holds.
 */
function openProperties(context: CheckContext): void {
  const sectionsOf = (node: DeclaredNode | undefined) =>
    node?.kind === "section" ? [...node.members.values()].filter((member) => member.kind === "section") : [];
  const roots = [
    context.root.members.get("root"),
    ...sectionsOf(context.root.members.get("singleton")),
    ...sectionsOf(context.root.members.get("object")),
  ];
  for (const type of roots) {
    if (type?.kind !== "section") continue;
    for (const field of sectionsOf(type.members.get("field"))) {
      for (const [name, property] of field.members)
        if (property.kind === "attribute" && replaceable.has(name)) property.type = freshVariable();
    }
    const exclusions = type.members.get("exclusions");
    if (exclusions?.kind !== "section") continue;
    for (const pair of exclusions.members.values()) if (pair.kind === "attribute") pair.type = freshVariable();
  }
}

// ---- saving and restoring -----------------------------------------------------------------------------------------------------------------

interface SavedSchema {
  readonly format: readonly [schema: number, ir: number];
  readonly schema: Schema;
  readonly modules: readonly { readonly module: ModuleIr; readonly components: readonly (readonly [string, ModuleIr])[] }[];
  readonly cells: readonly (readonly [string, Constant])[];
}

/** The whole loaded schema as deterministic JSON text, validators included. */
export function saveLoadedSchema(loaded: LoadedSchema): string {
  const cells: [string, Constant][] = [];
  for (const [name, value] of loaded.runtime.cells) if (value !== undefined) cells.push([name, encodeConstant(value)]);
  const saved: SavedSchema = {
    format: [schemaFormat, irFormat],
    schema: loaded.schema,
    modules: loaded.modules.map(({ module, components }) => ({ module, components: [...components] })),
    cells,
  };
  return stringify(saved);
}

/** Restores what `saveLoadedSchema` wrote, running nothing; undefined if it is of another format. */
export function restoreLoadedSchema(text: string, options: SchemaOptions): LoadedSchema | undefined {
  const saved = JSON.parse(text) as SavedSchema;
  if (saved.format[0] !== schemaFormat || saved.format[1] !== irFormat) return undefined;
  const runtime = createRuntime({ ...options, builtins: withSchemaBuiltins(options.builtins) });
  const modules = saved.modules.map(({ module, components }) => ({ module, components: new Map(components) }));
  for (const file of modules) registerModules(runtime, moduleSet(file, options.loader));
  for (const [name, constant] of saved.cells) runtime.cells.set(name, decodeConstant(constant));
  return { schema: saved.schema, runtime, modules };
}
