/**
 * A loaded schema: the rules and the runtime in which its validators run. It can be saved when the project is built and restored at start-up without
 * reading a line of source, and without parser or checker: the rules, the compiled functions, and the values of exported variables.
 */
import stringify from "json-stringify-deterministic";
import type { ComponentLoader } from "../../compiler/context.js";
import { irFormat, type ModuleIr } from "../../compiler/ir.js";
import type { Constant } from "../../compiler/schema/constant.js";
import { type Schema, schemaFormat } from "../../compiler/schema/schema.js";
import { registerModules } from "../evaluate/evaluate.js";
import { loadModules, type ModuleSet } from "../evaluate/module.js";
import { createRuntime, type Runtime, type RuntimeOptions } from "../evaluate/runtime.js";
import { decodeConstant, encodeConstant } from "./constants.js";
import { type SavedDependencies, saveDependencies } from "./dependencies.js";
import { withSchemaBuiltins } from "./introspection.js";
import { visitNodes } from "./visit-ir.js";

export interface LoadedSchema {
  readonly schema: Schema;
  readonly runtime: Runtime;
  /** The compiled files, in order, for saving. */
  readonly modules: readonly CompiledSchemaFile[];
  /** What the validators look at, if it was saved. */
  readonly dependencies?: SavedDependencies;
}

export interface CompiledSchemaFile {
  readonly module: ModuleIr;
  readonly components: ReadonlyMap<string, ModuleIr>;
}

/** How the schema's runtime is made, and how its files get at components. */
export interface SchemaOptions extends Omit<RuntimeOptions, "store" | "subject" | "hook"> {
  readonly loader?: ComponentLoader;
}

/** A compiled schema file made ready to run. */
export function moduleSet(file: CompiledSchemaFile, loader: ComponentLoader | undefined): ModuleSet {
  return loadModules(file.module, file.components, (module, location, from) => loader?.key(module, location, from) ?? module);
}

interface SavedSchema {
  readonly format: readonly [schema: number, ir: number];
  readonly schema: Schema;
  readonly modules: readonly { readonly module: ModuleIr; readonly components: readonly (readonly [string, ModuleIr])[] }[];
  readonly cells: readonly (readonly [string, Constant])[];
  readonly dependencies: SavedDependencies;
}

/** The whole loaded schema as deterministic JSON text, validators included. */
export function saveLoadedSchema(loaded: LoadedSchema): string {
  const cells: [string, Constant][] = [];
  for (const [name, value] of loaded.runtime.cells) if (value !== undefined) cells.push([name, encodeConstant(value)]);
  const saved: SavedSchema = {
    format: [schemaFormat, irFormat],
    schema: loaded.schema,
    modules: loaded.modules.map(({ module, components }) => ({
      module: functionsOnly(module),
      components: [...components].map(([key, component]) => [key, functionsOnly(component)] as const),
    })),
    cells,
    dependencies: saveDependencies(loaded),
  };
  return stringify(saved);
}

/** A module without its top level, which has done its work, and without the constants that only the top level needs. */
function functionsOnly(module: ModuleIr): ModuleIr {
  const used = new Set<unknown>();
  visitNodes([module.functions, module.parameters], (node) => {
    if (node.k === "const") used.add(node.c);
  });
  for (const cell of module.cells) used.add(cell.constant);
  for (const parameter of module.parameters) used.add(parameter.validator);
  const constants = module.constants.map((constant, index) => (used.has(index) ? constant : ({ t: "bool", v: false } as const)));
  return { ...module, constants, body: [], declarations: [] };
}

/** What was read last. The rules are never changed, so that several starts in one process (the self-check of `load`) can share them. */
let lastRead: { readonly text: string; readonly saved: SavedSchema } | undefined;

/** Restores what `saveLoadedSchema` wrote, running nothing; undefined if it is of another format. */
export function restoreLoadedSchema(text: string, options: SchemaOptions): LoadedSchema | undefined {
  if (lastRead?.text !== text) lastRead = { text, saved: JSON.parse(text) as SavedSchema };
  const { saved } = lastRead;
  if (saved.format[0] !== schemaFormat || saved.format[1] !== irFormat) return undefined;
  const runtime = createRuntime({ ...options, builtins: withSchemaBuiltins(options.builtins) });
  const modules = saved.modules.map(({ module, components }) => ({ module, components: new Map(components) }));
  for (const file of modules) registerModules(runtime, moduleSet(file, options.loader));
  for (const [name, constant] of saved.cells) runtime.cells.set(name, decodeConstant(constant));
  return { schema: saved.schema, runtime, modules, dependencies: saved.dependencies };
}
