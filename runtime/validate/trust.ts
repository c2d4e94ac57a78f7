/**
 * Trusting what shipped. The built-in layers were validated when the project was built, and they are large: some twenty thousand attributes, of which a
 * user's file changes a few. So at start-up only those top-level sections are looked at that something has touched since, and those whose validators
 * look at a touched one. What a file can touch is read off its compiled form: the paths that it and the functions it calls assign. Builtins that
 * write to computed paths end the trust altogether.
 *
 * Locks of sections that were passed over are armed when a later file is about to touch them: before that nobody can tell the difference.
 */
import type { FunctionIr, ModuleIr } from "../../compiler/ir.js";
import { type Schema, type SectionType, sectionType } from "../../compiler/schema/schema.js";
import type { StoredModule } from "../../compiler/serialize.js";
import type { Runtime, RuntimeFunction } from "../evaluate/runtime.js";
import type { Validator } from "../stack/stack.js";
import { type BuiltInValues, validateConfig, validateIncompleteConfig } from "./config.js";
import { armLocks } from "./locks.js";
import type { LoadedSchema } from "./saved-schema.js";

export interface TrustOptions {
  /** Values of built-in layers that a file should not change (C4M-S017); asked for each file, by name. */
  readonly builtIn?: (file: string) => BuiltInValues | undefined;
  /** Dotted paths that something else than a file has set since, such as command-line flags; asked at each validation. */
  readonly alsoTouched?: () => Iterable<string>;
}

/** Everything may have been touched. */
const everything = "*";

/** The validator of a stack whose store starts with the shipped configuration. */
export class TrustingValidator {
  readonly #schema: () => LoadedSchema;
  readonly #options: TrustOptions;
  readonly #touched = new Set<string>();
  /** Sections whose locks are due. */
  #unlocked: ReadonlySet<string> = new Set();

  /** `schema` is called when it is first needed. */
  constructor(schema: () => LoadedSchema, options: TrustOptions = {}) {
    this.#schema = schema;
    this.#options = options;
  }

  /** To be called before a file is evaluated: arms the locks that an earlier valid file left open, where this file could notice. */
  before(runtime: Runtime, compiled: StoredModule): void {
    if (this.#unlocked.size === 0) return;
    const names = touchedBy(runtime, compiled);
    const due = new Set([...this.#unlocked].filter((name) => names.has(name) || names.has(everything)));
    if (due.size === 0) return;
    const { schema } = this.#schema();
    const others = schema.root.entries.map((entry) => entry.name).filter((name) => !due.has(name));
    armLocks(schema, runtime.store, new Set(others));
    this.#unlocked = new Set([...this.#unlocked].filter((name) => !due.has(name)));
  }

  /** To be called after a file was evaluated (`StackOptions.validator`). */
  readonly validate: Validator = (runtime, request) => {
    for (const name of touchedBy(runtime, request.compiled)) this.#touched.add(name);
    const { level, files, compiled } = request;
    if (level !== "all" && level !== "post") {
      return level === "not even defaults"
        ? []
        : validateConfig(runtime, this.#schema(), "defaults", { files, trusted: this.#trusted() });
    }
    const modules = [compiled.module, ...compiled.components.values()];
    const options = { files, modules, builtIn: this.#options.builtIn?.(compiled.module.table.file), trusted: this.#trusted() };
    if (!request.isComplete) return validateIncompleteConfig(runtime, this.#schema(), options);
    const verdicts = validateConfig(runtime, this.#schema(), "all", options);
    if (!verdicts.some((verdict) => verdict.severity === "error")) this.#unlocked = options.trusted.sections;
    return verdicts;
  };

  /** The sections to pass over, and whether `final_check` may be left out. */
  #trusted(): { readonly sections: ReadonlySet<string>; readonly finalCheck: boolean } {
    for (const path of this.#options.alsoTouched?.() ?? []) this.#touched.add(path.split(".")[0] as string);
    const touched = this.#touched;
    if (touched.has(everything)) return { sections: new Set(), finalCheck: false };
    const loaded = this.#schema();
    const { bySection, finalCheck } = dependenciesOf(loaded);
    const isTrusted = (name: string) =>
      !touched.has(name) && ![...(bySection.get(name) ?? [])].some((other) => touched.has(other));
    const names = loaded.schema.root.entries.filter((entry) => entry.kind === "section").map((entry) => entry.name);
    return { sections: new Set(names.filter(isTrusted)), finalCheck: ![...finalCheck].some((name) => touched.has(name)) };
  }
}

// ---- what a file touches ------------------------------------------------------------------------------------------------------------------

/** Visits every node of the intermediate representation below a value. */
function visitNodes(value: unknown, visit: (node: { readonly [name: string]: unknown }) => void): void {
  if (Array.isArray(value)) for (const item of value) visitNodes(item, visit);
  else if (typeof value === "object" && value !== null) {
    const node = value as { readonly [name: string]: unknown };
    if (typeof node.k === "string") visit(node);
    for (const part of Object.values(node)) visitNodes(part, visit);
  }
}

/** Top-level names that a file, its components and the functions that they call can write to; `*` for all. */
function touchedBy(runtime: Runtime, { module, components }: StoredModule): ReadonlySet<string> {
  const names = new Set<string>();
  const called = new Set<RuntimeFunction>();
  const visit = (node: { readonly [name: string]: unknown }) => {
    if (node.k === "assign" || node.k === "section") names.add((node.path as readonly string[])[0] as string);
    if (node.k === "call") callee(runtime.functions.get(node.entry as string));
  };
  const callee = (target: RuntimeFunction | undefined) => {
    if (target === undefined || called.has(target)) return;
    called.add(target);
    if (target.kind === "user") visitNodes(target.ir.body, visit);
    else if (target.builtin.classes.includes("config-write")) names.add(everything);
  };
  for (const file of [module, ...components.values()]) {
    for (const { kind, path } of file.parameters) if (kind === "attribute") names.add(path[0] as string);
    visitNodes(file.parameters, visit);
    visitNodes(file.body, visit);
    // A function may be called from elsewhere, by reference.
    for (const item of file.functions) visitNodes(item.body, visit);
  }
  return names;
}

// ---- what validators look at --------------------------------------------------------------------------------------------------------------

interface Dependencies {
  /** Top-level section -> top-level names that validators in it look at. */
  readonly bySection: ReadonlyMap<string, ReadonlySet<string>>;
  readonly finalCheck: ReadonlySet<string>;
}

const dependencies = new WeakMap<LoadedSchema, Dependencies>();

/** Which top-level names the validators of each section name in their texts, in themselves or in the functions they call. */
function dependenciesOf(loaded: LoadedSchema): Dependencies {
  let found = dependencies.get(loaded);
  if (found === undefined) {
    found = findDependencies(loaded);
    dependencies.set(loaded, found);
  }
  return found;
}

function findDependencies({ schema, modules }: LoadedSchema): Dependencies {
  const topLevel = new Set(schema.root.entries.map((entry) => entry.name));
  const functions = new Map<string, { readonly module: ModuleIr; readonly ir: FunctionIr }[]>();
  for (const module of modules.flatMap((file) => [file.module, ...file.components.values()])) {
    for (const ir of module.functions) functions.set(ir.name, [...(functions.get(ir.name) ?? []), { module, ir }]);
  }
  const lookedAt = (start: readonly string[]): ReadonlySet<string> => {
    const names = new Set<string>();
    const reached = new Set(start);
    for (const name of reached) {
      for (const { module, ir } of functions.get(name) ?? []) {
        visitNodes(ir.body, (node) => {
          if (node.k === "call") reached.add(node.name as string);
          const constant = node.k === "const" ? module.constants[node.c as number] : undefined;
          const first = constant?.t === "string" ? (constant.v.split(".")[0] as string) : "";
          if (topLevel.has(first)) names.add(first);
        });
      }
    }
    return names;
  };
  const bySection = new Map<string, ReadonlySet<string>>();
  for (const entry of schema.root.entries) {
    const type = entry.kind === "section" ? sectionType(schema, entry.name) : undefined;
    if (type !== undefined) bySection.set(entry.name, lookedAt([...validatorsBelow(typesBelow(schema, type))]));
  }
  return { bySection, finalCheck: lookedAt(["final_check"]) };
}

/** A section type with all types that may occur inside it. */
function typesBelow(schema: Schema, type: SectionType): ReadonlySet<SectionType> {
  const reached = new Set([type]);
  for (const each of reached) {
    for (const entry of each.entries) {
      const child = entry.kind === "section" ? sectionType(schema, entry.name) : undefined;
      if (child !== undefined) reached.add(child);
    }
  }
  return reached;
}

/** Names of the validators of some section types and their fields. */
function validatorsBelow(types: ReadonlySet<SectionType>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of types) {
    if (type.validator !== undefined) names.add(type.validator.name);
    for (const entry of type.entries)
      if (entry.kind === "field" && entry.validator !== undefined) names.add(entry.validator.name);
  }
  return names;
}
