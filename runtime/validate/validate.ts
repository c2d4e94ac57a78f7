/**
 * Validation of an evaluated configuration against a schema (`schema-language.md` 9, `language.md` 6.6). Numbered passes over one tree, each
 * in a module of its own, all collecting their verdicts in one report:
 *
 * 1. structure: names, fields and sections in the right places
 * 2. defaults: for every section that exists
 * 3. values: presence, exclusions, types, constraints; section validators
 * 4. queued field validators, then `final_check` if nothing is wrong so far
 * 5. locks, if nothing is wrong at all
 *
 * Code that did not run gets warnings (`compiler/schema/unexecuted.ts`).
 */
import type { Schema } from "../../compiler/schema/schema.js";
import { checkUnexecuted, type Declared, type Existence } from "../../compiler/schema/unexecuted.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { effectiveOrigin, lookup, type Store } from "../store.js";
import { checkValues } from "./check-values.js";
import { applyDefaults, type DefaultListener } from "./defaults.js";
import { armLocks, changedProtected, type ProtectedValue } from "./locks.js";
import { checkStructure } from "./structure.js";
import { type FunctionCaller, Validators } from "./validators.js";
import { isUserOrigin, type PassOver, Report } from "./walk.js";

/** How much is done after a file has been evaluated. */
export type CheckLevel = "all" | "defaults" | "nothing";

export interface ValidateOptions {
  /** Names of the files evaluated so far, in order; the last one is where errors of the whole point to. */
  readonly files: readonly string[];
  /** Calls functions of the schema's runtime; without it, validators are not called. */
  readonly call?: FunctionCaller | undefined;
  /** Names of validators that never look at the path they get (`path-free.ts`). */
  readonly pathFree?: ReadonlySet<string> | undefined;
  /** What the file just evaluated declares, executed or not. */
  readonly declared?: readonly Declared[] | undefined;
  /** Told about every default that is filled in. */
  readonly created?: DefaultListener | undefined;
  /** What was found valid before and has not changed since, and whether `final_check` may be left out, too. */
  readonly trusted?: { readonly passOver: PassOver; readonly finalCheck: boolean } | undefined;
  /** Values of built-in layers that this file should not change, for C4M-S017. */
  readonly builtIn?: { readonly values: ReadonlyMap<string, ProtectedValue>; readonly strict: boolean } | undefined;
}

/**
 * Validates the tree after a file has been evaluated; fills in defaults and arms locks.
 * @returns all verdicts, sorted by order of files, then position
 */
export function validateStore(store: Store, schema: Schema, level: CheckLevel, options: ValidateOptions): readonly Diagnostic[] {
  if (level === "nothing") return [];
  const report = new Report(schema, store, options.files[options.files.length - 1] ?? "", options.trusted?.passOver);
  if (level === "defaults") {
    applyDefaults(schema, report.root(), options.created);
    return [];
  }
  checkStructure(report);
  applyDefaults(schema, report.root(), options.created);
  const validators = new Validators(report, options.call ?? (() => ({ value: "" })), options.pathFree);
  checkValues(report, validators);
  validators.runQueued();
  if (options.builtIn !== undefined)
    report.diagnostics.push(...changedProtected(store, options.builtIn.values, options.builtIn.strict));
  if (!hasErrors(report.diagnostics) && options.trusted?.finalCheck !== true) validators.runFinalCheck();
  if (!hasErrors(report.diagnostics)) armLocks(schema, store, options.trusted?.passOver);
  const unexecuted = checkUnexecuted(schema, options.declared ?? [], (path) => existence(store, path));
  return sortDiagnostics([...report.diagnostics, ...unexecuted], options.files);
}

/** Verdicts that do not depend on the tree being complete. */
const partialCodes: ReadonlySet<string> = new Set(["C4M-S001", "C4M-S002", "C4M-S009", "C4M-S010", "C4M-S011", "C4M-S016"]);

/**
 * What can be said after an evaluation error: the tree is incomplete, so nothing is filled in and nothing counts as missing, but unknown names and wrong
 * types are known and are reported along (11, item 2).
 */
export function validateIncomplete(store: Store, schema: Schema, options: ValidateOptions): readonly Diagnostic[] {
  const report = new Report(schema, store, options.files[options.files.length - 1] ?? "", options.trusted?.passOver);
  checkStructure(report);
  checkValues(report, { section: () => true, queue: () => {} });
  const known = report.diagnostics.filter((problem) => partialCodes.has(problem.code));
  const unexecuted = checkUnexecuted(schema, options.declared ?? [], (path) => existence(store, path));
  const useful = unexecuted.filter((problem) => partialCodes.has(problem.code));
  return sortDiagnostics([...known, ...useful], options.files);
}

/** What has come of a path. */
function existence(store: Store, path: readonly string[]): Existence {
  const node = lookup(store, path);
  if (node === undefined) return "absent";
  if (node.kind === "section") return "section";
  return isUserOrigin(effectiveOrigin(node)) ? "assigned" : "default";
}

/** Most verdicts on one file (`language.md` 8.2). */
const mostPerFile = 50;

/**
 * Sorts by order of files, then position; places of unknown files come last. Of several verdicts with the same line, code and path one is kept, and of
 * one file no more than 50, errors first.
 */
export function sortDiagnostics(diagnostics: readonly Diagnostic[], files: readonly string[]): readonly Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const fileOf = (d: Diagnostic) => (d.location === undefined ? files.length : (order.get(d.location.file) ?? files.length));
  const place = (d: Diagnostic) => `${d.location?.file}:${d.location?.line}`;
  const unique = new Map(diagnostics.map((d) => [`${place(d)} ${d.code} ${d.path}`, d]));
  const counts = new Map<number, number>();
  const kept = [...unique.values()]
    .sort((a, b) => Number(b.severity === "error") - Number(a.severity === "error"))
    .filter((d) => {
      const count = counts.get(fileOf(d)) ?? 0;
      counts.set(fileOf(d), count + 1);
      return count < mostPerFile;
    });
  return kept.sort(
    (a, b) =>
      fileOf(a) - fileOf(b) ||
      (a.location?.line ?? 0) - (b.location?.line ?? 0) ||
      (a.location?.col ?? 0) - (b.location?.col ?? 0),
  );
}
