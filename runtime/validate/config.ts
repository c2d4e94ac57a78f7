/**
 * Validation as the stack of configuration files uses it: the passes of `validate.ts` over the store of a runtime, with validators called in the
 * schema's runtime while their introspection builtins look at this one (`builtins.md` 9).
 */
import type { ModuleIr } from "../../compiler/ir.js";
import { moduleDeclarations } from "../../compiler/schema/unexecuted.js";
import { typeFromText } from "../../compiler/type-text.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { callFunction } from "../evaluate/evaluate.js";
import type { Runtime } from "../evaluate/runtime.js";
import type { Validator } from "../stack/stack.js";
import { FunctionValue } from "../values.js";
import type { ProtectedValue } from "./locks.js";
import { pathFreeFunctions } from "./path-free.js";
import type { LoadedSchema } from "./saved-schema.js";
import { type CheckLevel, type ValidateOptions, validateIncomplete, validateStore } from "./validate.js";
import type { FunctionCaller } from "./validators.js";

export interface ValidateConfigOptions {
  /** Names of the files evaluated so far, in order; the last one is the one just evaluated. */
  readonly files: readonly string[];
  /** That file as it was compiled, with its components: what it declares without executing it gets warnings. */
  readonly modules?: readonly ModuleIr[] | undefined;
  /** Values of built-in layers (`protectedValues`) that this file should not change, for C4M-S017. */
  readonly builtIn?: BuiltInValues | undefined;
  /** What was found valid before and has not changed since (`trust.ts`). */
  readonly trusted?: ValidateOptions["trusted"];
}

/** What built-in layers set, and whether changing it is an error (`chalk load --strict`). */
export interface BuiltInValues {
  readonly values: ReadonlyMap<string, ProtectedValue>;
  readonly strict: boolean;
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
  return validateStore(runtime.store, loaded.schema, level, {
    ...validateOptions(options),
    call: validatorCaller(loaded.runtime, runtime),
    pathFree: pathFreeFunctions(loaded),
  });
}

/** What the schema has to say after an evaluation error: unknown names and wrong types, nothing that a complete tree would need. */
export function validateIncompleteConfig(
  runtime: Runtime,
  loaded: LoadedSchema,
  options: ValidateConfigOptions,
): readonly Diagnostic[] {
  return validateIncomplete(runtime.store, loaded.schema, validateOptions(options));
}

function validateOptions(options: ValidateConfigOptions): ValidateOptions {
  return {
    files: options.files,
    declared: options.modules?.flatMap(moduleDeclarations),
    builtIn: options.builtIn,
    trusted: options.trusted,
  };
}

/** The validator of a stack of configuration files (`ConfigStack`). `builtIn` is asked for each file, by name. */
export function schemaValidator(
  loaded: LoadedSchema,
  builtIn: (file: string) => BuiltInValues | undefined = () => undefined,
): Validator {
  return (runtime, request) => {
    if (request.level === "not even defaults") return [];
    const { module, components } = request.compiled;
    const options = { files: request.files, modules: [module, ...components.values()], builtIn: builtIn(module.table.file) };
    const isFull = request.level === "all" || request.level === "post";
    if (!request.isComplete) return isFull ? validateIncompleteConfig(runtime, loaded, options) : [];
    return validateConfig(runtime, loaded, isFull ? "all" : "defaults", options);
  };
}

/** Calls functions of the schema's runtime that look at the configuration of another one. */
function validatorCaller(schemaRuntime: Runtime, subject: Runtime): FunctionCaller {
  return (name, signature, args) => {
    schemaRuntime.subject = subject;
    const result = callFunction(schemaRuntime, new FunctionValue(name, typeFromText(signature)), args);
    schemaRuntime.subject = undefined;
    return result.ok ? { value: result.value ?? null } : { failure: result.diagnostic };
  };
}
