/**
 * Calling validators (`schema-language.md` 8). They are functions of the schema's runtime; while they run, introspection builtins look at the
 * configuration (`Runtime.subject`). A message is C4M-S013 (C4M-S014 for `final_check`), a run-time error inside C4M-S012; both leave the others running.
 */
import type { FieldRule, ValidatorReference } from "../../compiler/schema/schema.js";
import { fieldNotes, schemaPlace } from "../../compiler/schema/verdicts.js";
import { type Diagnostic, diagnostic, type Note } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { type AttributeNode, effectiveValue, type StoreNode } from "../store.js";
import { kindOf } from "../value-types.js";
import type { Value } from "../values.js";
import type { ValidatorRunner } from "./check-values.js";
import type { Report, Visit } from "./walk.js";

/** Calls a function of the schema by name and signature text. */
export type FunctionCaller = (
  name: string,
  signature: string,
  args: readonly Value[],
) => { readonly value: Value } | { readonly failure: Diagnostic };

/** Encloses the path at which a message is to be shown. */
const placeMark = "\x1f";

interface QueuedCall {
  readonly visit: Visit;
  readonly field: FieldRule;
  readonly node: AttributeNode;
}

export class Validators implements ValidatorRunner {
  readonly #report: Report;
  readonly #call: FunctionCaller;
  readonly #queue: QueuedCall[] = [];
  readonly #pathFree: ReadonlySet<string>;
  /** Verdicts about other places that have been told. */
  readonly #told = new Set<string>();

  /** `pathFree`: names of validators whose verdict depends on the value only. */
  constructor(report: Report, call: FunctionCaller, pathFree: ReadonlySet<string> = new Set()) {
    this.#pathFree = pathFree;
    this.#report = report;
    this.#call = call;
  }

  section(visit: Visit): boolean {
    const validator = visit.type.validator;
    if (validator === undefined) return true;
    const path = visit.path.join(".");
    return this.#judge(validator, [path], path, this.#report.sectionPlace(visit.node), visit.node, visit.type.location);
  }

  queue(visit: Visit, field: FieldRule, node: AttributeNode): void {
    this.#queue.push({ visit, field, node });
  }

  /** Calls the queued field validators in the order of pass 2. */
  runQueued(): void {
    const accepted = new Set<string>();
    for (const { visit, field, node } of this.#queue) {
      const { validator } = field;
      if (validator === undefined) continue;
      const value = effectiveValue(node);
      const key =
        this.#pathFree.has(validator.name) && typeof value !== "object"
          ? `${validator.name} ${validator.signature} ${typeof value} ${value}`
          : undefined;
      if (key !== undefined && accepted.has(key)) continue;
      const path = [...visit.path, field.name].join(".");
      const place = this.#report.valuePlace(node, visit.node);
      const isContent = this.#judge(validator, [path, value], path, place, node, field.location, fieldNotes(field));
      if (isContent && key !== undefined) accepted.add(key);
    }
    this.#queue.length = 0;
  }

  /** `final_check()`, if the schema has one. Call it only when everything else is sound. */
  runFinalCheck(): void {
    if (!this.#report.schema.finalCheck) return;
    const outcome = this.#call("final_check", "() -> string", []);
    const details = { path: "", kind: "validator" } as const;
    if ("failure" in outcome) this.#report.add(this.#failed("final_check", "", this.#report.whole, outcome.failure));
    else if (outcome.value !== "")
      this.#report.add(diagnostic("C4M-S014", this.#report.whole, messageOf(outcome.value), details));
  }

  /** Calls one validator and reports its verdict; returns whether it was content. */
  #judge(
    validator: ValidatorReference,
    args: readonly Value[],
    path: string,
    place: Location,
    node: StoreNode,
    declared: Location | undefined,
    notes: readonly Note[] = [],
  ): boolean {
    const outcome = this.#call(validator.name, validator.signature ?? "", args);
    if ("failure" in outcome) {
      this.#report.add(this.#failed(validator.name, path, place, outcome.failure, declared), node);
      return false;
    }
    if (outcome.value === "") return true;
    const { at, message } = this.#located(messageOf(outcome.value));
    if (at !== undefined) return this.#tellOf(at, message, path, node, declared, validator);
    const byWhom: Note = { message: `says the validator '${validator.name}'`, location: validator.location };
    this.#report.add(
      diagnostic("C4M-S013", place, path === "" ? message : `'${path}': ${message}`, {
        path,
        kind: "validator",
        notes: [byWhom, ...notes],
        schema: schemaPlace(declared),
      }),
      node,
    );
    return false;
  }

  /** A verdict about another place than the one that is judged (`at_place` of our schema). It is told once, whoever comes to it. */
  #tellOf(
    at: Location,
    message: string,
    path: string,
    node: StoreNode,
    declared: Location | undefined,
    validator: ValidatorReference,
  ): boolean {
    const key = `${at.file}:${at.line}:${at.col} ${message}`;
    const notes: Note[] = [{ message: `says the validator '${validator.name}' of '${path}'`, location: validator.location }];
    const details = { path, kind: "validator", notes, schema: schemaPlace(declared) } as const;
    if (!this.#told.has(key)) this.#report.add(diagnostic("C4M-S013", at, message, details), node);
    else this.#report.markUnsound(node);
    this.#told.add(key);
    return false;
  }

  /** The place that a message names, if the configuration has it, and its text. */
  #located(text: string): { readonly at?: Location; readonly message: string } {
    if (!text.startsWith(placeMark)) return { message: text };
    const end = text.indexOf(placeMark, 1);
    const message = text.slice(end + 1);
    let section = this.#report.store.root;
    let node: StoreNode = section;
    for (const name of text.slice(1, end).split(".")) {
      const next: StoreNode | undefined = node.kind === "section" ? node.members.get(name) : undefined;
      if (next === undefined) return { message };
      if (node.kind === "section") section = node;
      node = next;
    }
    const at = node.kind === "section" ? this.#report.sectionPlace(node) : this.#report.valuePlace(node, section);
    return { at, message };
  }

  /** C4M-S012, with the place inside the validator as note. */
  #failed(name: string, path: string, place: Location, failure: Diagnostic, declared?: Location): Diagnostic {
    const inner: Note = { message: `${failure.code}: ${failure.message}`, location: failure.location };
    return diagnostic(
      "C4M-S012",
      place,
      `the validator '${name}' failed${path === "" ? "" : ` on '${path}'`}: ${failure.message}`,
      {
        path,
        kind: "validator",
        notes: [inner, ...(failure.notes ?? [])],
        schema: schemaPlace(declared),
      },
    );
  }
}

/** A validator's verdict as text; data of open type may turn out to be something else. */
function messageOf(value: Value): string {
  return typeof value === "string" ? value : `the validator returned ${kindOf(value)} instead of a string`;
}
