/**
 * Trusting what shipped. The built-in layers were validated when the project was built, and they are large: some twenty thousand attributes, of which a
 * user's file changes a few. So at start-up only those sections and instances are looked at that something has touched since, and those whose
 * validators look at a touched one. What a file can touch is read off its compiled form: the paths that it and the functions it calls assign.
 * Builtins that write to computed paths end the trust altogether.
 *
 * Locks of what was passed over are armed when a later file is about to touch it: before that nobody can tell the difference.
 */
import type { FunctionIr, ModuleIr } from "../../compiler/ir.js";
import { type Schema, type SectionType, sectionType } from "../../compiler/schema/schema.js";
import type { StoredModule } from "../../compiler/serialize.js";
import type { Runtime, RuntimeFunction } from "../evaluate/runtime.js";
import type { Validator } from "../stack/stack.js";
import { type BuiltInValues, validateConfig, validateIncompleteConfig } from "./config.js";
import { armLocks, protectedValues } from "./locks.js";
import type { LoadedSchema } from "./saved-schema.js";
import { type IrNode, visitNodes } from "./visit-ir.js";
import type { PassOver } from "./walk.js";

export interface TrustOptions {
  /** Is it a warning or an error if this file changes a `write_lock` field that a built-in layer set (C4M-S017)? Undefined: neither. */
  readonly builtInChanges?: (file: string) => "warning" | "error" | undefined;
  /** Dotted paths that something else than a file has set since, such as command-line flags; asked at each validation. */
  readonly alsoTouched?: () => Iterable<string>;
}

/** Places that may have changed: top-level names, and in them the names one level further down. */
class Touched {
  /** Something unknown was written. */
  everything = false;
  readonly #names = new Map<string, Set<string> | "all">();

  /** Adds a path of at least one name. */
  add(path: readonly string[]): void {
    const [top, below] = path as readonly [string, string | undefined];
    const known = this.#names.get(top);
    if (below === undefined) this.#names.set(top, "all");
    else if (known === undefined) this.#names.set(top, new Set([below]));
    else if (known !== "all") known.add(below);
  }

  addAll(other: Touched): void {
    if (other.everything) this.everything = true;
    for (const [top, below] of other.#names) {
      if (below === "all") this.add([top]);
      else for (const name of below) this.add([top, name]);
    }
  }

  /** Was anything in the section touched; or, if it is named, anything in the instance? */
  has(section: string, instance?: string): boolean {
    const known = this.#names.get(section);
    if (this.everything || known === "all") return true;
    return known !== undefined && (instance === undefined || known.has(instance));
  }
}

/** The validator of a stack whose store starts with the shipped configuration. */
export class TrustingValidator {
  readonly #schema: () => LoadedSchema;
  readonly #options: TrustOptions;
  readonly #touched = new Touched();
  /** What was passed over when a file was found valid, so that its locks are due. */
  #unlocked: PassOver | undefined;
  /** What the file in progress should leave alone. */
  #builtIn: BuiltInValues | undefined;

  /** `schema` is called when it is first needed. */
  constructor(schema: () => LoadedSchema, options: TrustOptions = {}) {
    this.#schema = schema;
    this.#options = options;
  }

  /**
   * To be called before a file is evaluated: arms the locks that an earlier valid file left open, where this file could notice, and notes what it should
   * leave alone.
   */
  before(runtime: Runtime, compiled: StoredModule): void {
    const severity = this.#options.builtInChanges?.(compiled.module.table.file);
    const unlocked = this.#unlocked;
    this.#builtIn = undefined;
    if (severity === undefined && unlocked === undefined) return;
    const next = touchedBy(runtime, compiled);
    const { schema } = this.#schema();
    if (severity !== undefined) {
      const values = protectedValues(schema, runtime.store, (section, instance) => !next.has(section, instance));
      this.#builtIn = { values, strict: severity === "error" };
    }
    if (unlocked === undefined || !schema.root.entries.some(({ name }) => next.has(name))) return;
    armLocks(schema, runtime.store, (section, instance) => {
      if (!next.has(section, instance)) return true;
      // Of an object type, each instance is decided on by itself.
      const isWhole = instance === undefined && sectionType(schema, section)?.kind === "object";
      return !isWhole && !unlocked(section, instance);
    });
    this.#unlocked = (section, instance) => unlocked(section, instance) && !next.has(section, instance);
  }

  /** To be called after a file was evaluated (`StackOptions.validator`). */
  readonly validate: Validator = (runtime, request) => {
    this.#touched.addAll(touchedBy(runtime, request.compiled));
    const { level, files, compiled } = request;
    if (level === "not even defaults") return [];
    const trusted = this.#trusted();
    if (level !== "all" && level !== "post") return validateConfig(runtime, this.#schema(), "defaults", { files, trusted });
    const modules = [compiled.module, ...compiled.components.values()];
    const options = { files, modules, builtIn: this.#builtIn, trusted };
    if (!request.isComplete) return validateIncompleteConfig(runtime, this.#schema(), options);
    const verdicts = validateConfig(runtime, this.#schema(), "all", options);
    if (!verdicts.some((verdict) => verdict.severity === "error")) this.#unlocked = trusted.passOver;
    return verdicts;
  };

  /** What to pass over, and whether `final_check` may be left out. */
  #trusted(): { readonly passOver: PassOver; readonly finalCheck: boolean } {
    const touched = new Touched();
    for (const path of this.#options.alsoTouched?.() ?? []) this.#touched.add(path.split("."));
    touched.addAll(this.#touched);
    const { bySection, finalCheck } = dependenciesOf(this.#schema());
    const isAffected = (section: string) => [...(bySection.get(section) ?? [])].some((other) => touched.has(other));
    const affected = new Set([...bySection.keys()].filter(isAffected));
    return {
      passOver: (section, instance) => !affected.has(section) && !touched.has(section, instance),
      finalCheck: ![...finalCheck].some((name) => touched.has(name)),
    };
  }
}

// ---- what a file touches ------------------------------------------------------------------------------------------------------------------

/** What a file, its components and the functions that they call can write to. */
function touchedBy(runtime: Runtime, { module, components }: StoredModule): Touched {
  const touched = new Touched();
  const called = new Set<RuntimeFunction>();
  const visit = (node: IrNode) => {
    if (node.k === "assign" || node.k === "section") touched.add(node.path as readonly string[]);
    if (node.k === "call") callee(runtime.functions.get(node.entry as string));
  };
  const callee = (target: RuntimeFunction | undefined) => {
    if (target === undefined || called.has(target)) return;
    called.add(target);
    if (target.kind === "user") visitNodes(target.ir.body, visit);
    else if (target.builtin.classes.includes("config-write")) touched.everything = true;
  };
  for (const file of [module, ...components.values()]) {
    for (const { kind, path } of file.parameters) if (kind === "attribute") touched.add(path);
    visitNodes(file.parameters, visit);
    visitNodes(file.body, visit);
    // A function may be called from elsewhere, by reference.
    for (const item of file.functions) visitNodes(item.body, visit);
  }
  return touched;
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
