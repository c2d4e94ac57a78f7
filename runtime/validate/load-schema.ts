/**
 * Loading schema files (`schema-language.md` 1, 9.2): they are compiled and evaluated one after another in one runtime of their own, whose tree becomes
 * the rules and whose functions stay callable as validators. What that leaves can be saved when the project is built and restored at start-up without
 * reading a line of source: the rules, the compiled functions, and the values of exported variables.
 */
import { compileSource, createContext } from "../../compiler/compile.js";
import type { CheckContext, DeclaredNode } from "../../compiler/context.js";
import { freshVariable } from "../../compiler/types.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { evaluate } from "../evaluate/evaluate.js";
import { createRuntime } from "../evaluate/runtime.js";
import { buildSchema } from "./build-schema.js";
import { withSchemaBuiltins } from "./introspection.js";
import { type CompiledSchemaFile, type LoadedSchema, moduleSet, type SchemaOptions } from "./saved-schema.js";

export { type LoadedSchema, restoreLoadedSchema, type SchemaOptions, saveLoadedSchema } from "./saved-schema.js";

export interface SchemaSource {
  readonly file: string;
  readonly text: string;
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
  const modules: CompiledSchemaFile[] = [];
  for (const { file, text } of sources) {
    const compiled = compileSource(
      sourceFromText(file, text),
      context,
      options.loader === undefined ? {} : { loader: options.loader },
    );
    diagnostics.push(...compiled.diagnostics);
    if (compiled.module === undefined) return { loaded: undefined, diagnostics };
    const unit: CompiledSchemaFile = { module: compiled.module, components: compiled.components };
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
