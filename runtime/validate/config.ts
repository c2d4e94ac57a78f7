/**
 * Validation as the stack of configuration files uses it: the passes of `validate.ts` over the store of a runtime, with validators called in the
 * schema's runtime while their introspection builtins look at this one (`builtins.md` 9), and the checker of later files told about defaults.
 */
import type { CheckContext, DeclaredNode } from "../../compiler/context.js";
import type { ModuleIr } from "../../compiler/ir.js";
import { declareAttribute } from "../../compiler/make-context.js";
import { moduleDeclarations } from "../../compiler/schema/unexecuted.js";
import { typeFromText } from "../../compiler/type-text.js";
import type { FunctionType } from "../../compiler/types.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { callFunction } from "../evaluate/evaluate.js";
import type { Runtime } from "../evaluate/runtime.js";
import { FunctionValue } from "../values.js";
import type { LoadedSchema } from "./load-schema.js";
import type { ProtectedValue } from "./locks.js";
import { type CheckLevel, validateIncomplete, validateStore } from "./validate.js";
import type { FunctionCaller } from "./validators.js";

export interface ValidateConfigOptions {
  /** Names of the files evaluated so far, in order. */
  readonly files: readonly string[];
  /** The compiled file that was evaluated last, with its components: what it declares without executing it gets warnings. */
  readonly modules?: readonly ModuleIr[] | undefined;
  /** The checker's context of the configuration; learns about defaults. */
  readonly context?: CheckContext | undefined;
  /** Values of built-in layers (`protectedValues`) that this file should not change, for C4M-S017. */
  readonly builtIn?: { readonly values: ReadonlyMap<string, ProtectedValue>; readonly strict: boolean } | undefined;
}

/**
 * Validates a configuration after one of its files has been evaluated: fills in defaults, checks, calls validators, arms locks, as far as the level
 * says (`schema-language.md` 9).
 * @returns all verdicts, sorted by order of files, then position
 */
export function validateConfig(
  runtime: Runtime,
  loaded: LoadedSchema,
  level: CheckLevel,
  options: ValidateConfigOptions,
): readonly Diagnostic[] {
  const { context } = options;
  return validateStore(runtime.store, loaded.schema, level, {
    files: options.files,
    call: validatorCaller(loaded.runtime, runtime),
    declared: options.modules?.flatMap(moduleDeclarations),
    created: context === undefined ? undefined : (path, type) => declareDefault(context, path, type),
    builtIn: options.builtIn,
  });
}

/** What the schema has to say after an evaluation error: unknown names and wrong types, nothing that a complete tree would need. */
export function validateIncompleteConfig(
  runtime: Runtime,
  loaded: LoadedSchema,
  options: ValidateConfigOptions,
): readonly Diagnostic[] {
  const declared = options.modules?.flatMap(moduleDeclarations);
  return validateIncomplete(runtime.store, loaded.schema, { files: options.files, declared });
}

/** Calls functions of the schema's runtime that look at the configuration of another one. */
function validatorCaller(schemaRuntime: Runtime, subject: Runtime): FunctionCaller {
  return (name, signature, args) => {
    const type = typeFromText(signature) as FunctionType | undefined;
    schemaRuntime.subject = subject;
    const result = callFunction(schemaRuntime, new FunctionValue(name, type), args);
    schemaRuntime.subject = undefined;
    return result.ok ? { value: result.value ?? null } : { failure: result.diagnostic };
  };
}

/** A default gives the attribute its static type; a type that only unexecuted code declared is replaced (`schema-language.md` 5.1). */
function declareDefault(context: CheckContext, path: readonly string[], type: string): void {
  if (declareAttribute(context, path, type)) return;
  let node: DeclaredNode | undefined = context.root;
  for (const name of path) node = node?.kind === "section" ? node.members.get(name) : undefined;
  const known = typeFromText(type);
  if (node?.kind === "attribute" && known !== undefined) node.type = known;
}
