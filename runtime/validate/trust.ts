/**
 * Trusting what shipped. The built-in layers were validated when the project was built, and they are large: some twenty thousand attributes, of which a
 * user's file changes a few. So at start-up only those sections and instances are looked at that something has touched since, and those whose
 * validators look at a touched one. What a file can touch is read off its compiled form: the paths that it and the functions it calls assign.
 * Builtins that write to computed paths end the trust altogether.
 *
 * Locks of what was passed over are armed when a later file is about to touch it: before that nobody can tell the difference.
 */
import { sectionType } from "../../compiler/schema/schema.js";
import type { StoredModule } from "../../compiler/serialize.js";
import type { Runtime, RuntimeFunction } from "../evaluate/runtime.js";
import type { Validator } from "../stack/stack.js";
import { type BuiltInValues, validateConfig, validateIncompleteConfig } from "./config.js";
import { dependenciesOf } from "./dependencies.js";
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
