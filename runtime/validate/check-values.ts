/**
 * Pass 2, values (`schema-language.md` 9): required fields and sections, exclusions, types, constraints; at the end of each sound section its
 * validator; field validators are queued for after the pass. All errors are collected.
 */
import {
  type Entry,
  entriesByName,
  excludedBy,
  type FieldRule,
  fieldTypeText,
  type SectionRule,
  sectionType,
} from "../../compiler/schema/schema.js";
import { fieldNotes, schemaPlace, wrongType } from "../../compiler/schema/verdicts.js";
import { type Diagnostic, diagnostic, type Note } from "../../grammar/diagnostic.js";
import { didYouMean } from "../../grammar/suggest.js";
import { type AttributeNode, effectiveOrigin, effectiveValue } from "../store.js";
import { TypeValue } from "../values.js";
import { typeTextOf } from "./constants.js";
import { excerpt, violation } from "./constraints.js";
import { typeHint } from "./type-hints.js";
import { valueFits } from "./value-fits.js";
import { isPresent, isPresentByUser, originText, type Report, type Visit, visitsBelow } from "./walk.js";

/** Calls validators; `validators.ts` is the one that does it. */
export interface ValidatorRunner {
  /** The validator of a section whose contents are sound. Returns whether it was content. */
  section(visit: Visit): boolean;
  /** A field whose validator is to be called after the pass. */
  queue(visit: Visit, field: FieldRule, node: AttributeNode): void;
}

/** Runs pass 2 over the whole tree. */
export function checkValues(report: Report, runner: ValidatorRunner): void {
  new ValuePass(report, runner).section(report.root());
}

class ValuePass {
  readonly #report: Report;
  readonly #runner: ValidatorRunner;

  constructor(report: Report, runner: ValidatorRunner) {
    this.#report = report;
    this.#runner = runner;
  }

  /** Checks a section and what is below it; returns whether all of it is sound. */
  section(visit: Visit): boolean {
    let sound = this.#report.isSound(visit.node);
    for (const entry of visit.type.entries) {
      const good = entry.kind === "field" ? this.#field(visit, entry) : this.#children(visit, entry);
      if (!good) sound = false;
    }
    if (sound && visit.type.validator !== undefined) sound = this.#runner.section(visit);
    if (!sound) this.#report.markUnsound(visit.node);
    return sound;
  }

  /** A section entry: required ones must exist, existing ones are descended into. */
  #children(parent: Visit, entry: SectionRule): boolean {
    if (parent.passOver?.(entry.name)) return true;
    const report = this.#report;
    const node = parent.node.members.get(entry.name);
    if (node?.kind === "attribute") return false;
    const excluded = this.#excluded(parent, entry);
    if (!isPresent(report.schema, parent, entry)) {
      if (!entry.required || this.#liftedBy(parent, entry)) return excluded;
      if (node !== undefined && !report.isSound(node)) return false;
      report.add(missingSection(report, parent, entry), parent.node);
      return false;
    }
    let sound = excluded;
    for (const child of visitsBelow(report.schema, parent, entry)) {
      if (!this.section(child)) sound = false;
    }
    return sound;
  }

  #field(section: Visit, field: FieldRule): boolean {
    const report = this.#report;
    const node = section.node.members.get(field.name);
    if (node === undefined) {
      if (!("require" in field.presence) || !field.presence.require || this.#liftedBy(section, field)) return true;
      report.add(missingField(report, section, field), section.node);
      return false;
    }
    if (node.kind === "section") return false;
    const excluded = this.#excluded(section, field);
    const problem = this.#typeProblem(section, field, node) ?? this.#constraintProblem(section, field, node);
    if (problem !== undefined) report.add(problem, node);
    const sound = excluded && problem === undefined;
    if (sound && field.validator !== undefined) this.#runner.queue(section, field, node);
    return sound;
  }

  /** A present counterpart lifts `require` (6). */
  #liftedBy(section: Visit, entry: Entry): boolean {
    const entries = entriesByName(section.type);
    return excludedBy(section.type, entry.name).some((name) => {
      const other = entries.get(name);
      return other !== undefined && isPresent(this.#report.schema, section, other);
    });
  }

  /** C4M-S005 for the pairs of which this entry is the one declared first. Returns whether there was none with this entry in it. */
  #excluded(section: Visit, entry: Entry): boolean {
    const rivals = excludedBy(section.type, entry.name);
    if (rivals.length === 0) return true;
    const { schema } = this.#report;
    if (!isPresentByUser(schema, section, entry)) return true;
    const entries = entriesByName(section.type);
    const order = [...entries.keys()];
    let sound = true;
    for (const name of rivals) {
      const other = entries.get(name);
      if (other === undefined || !isPresentByUser(schema, section, other)) continue;
      sound = false;
      if (order.indexOf(entry.name) < order.indexOf(name))
        this.#report.add(exclusion(this.#report, section, entry, other), section.node);
    }
    return sound;
  }

  #typeProblem(section: Visit, field: FieldRule, node: AttributeNode): Diagnostic | undefined {
    const value = effectiveValue(node);
    if ("pointer" in field.type) return this.#pointerProblem(section, field, field.type.pointer, node);
    if (valueFits(field.type.text, node.type, value)) return undefined;
    const subject = { path: [...section.path, field.name], location: this.#report.valuePlace(node, section.node) };
    const problem = wrongType(field, node.type, excerpt(value), typeHint(field.type.text, node.type, value), subject);
    return withOrigin(problem, node);
  }

  /** A field whose type is the value of a sibling (3): C4M-S015, S016. */
  #pointerProblem(section: Visit, field: FieldRule, target: string, node: AttributeNode): Diagnostic | undefined {
    const report = this.#report;
    const location = report.valuePlace(node, section.node);
    const path = [...section.path, field.name].join(".");
    const referent = section.node.members.get(target);
    const type = referent?.kind === "attribute" ? effectiveValue(referent) : undefined;
    if (!(type instanceof TypeValue)) {
      const what = referent === undefined ? "is absent" : referent.kind === "section" ? "is a section" : "is not a type";
      return diagnostic("C4M-S015", location, `'${path}' has the type that '${target}' names, but '${target}' ${what}`, {
        path,
        kind: "type",
        notes: fieldNotes(field),
        schema: schemaPlace(field.location),
      });
    }
    const expected = typeTextOf(type);
    if (valueFits(expected, node.type, effectiveValue(node))) return undefined;
    const notes: Note[] = [];
    if (referent?.kind === "attribute")
      notes.push({ message: `'${target}' is ${expected}`, location: report.valuePlace(referent, section.node) });
    return diagnostic("C4M-S016", location, `'${path}' must be ${expected}, as '${target}' says, but is ${node.type}`, {
      path,
      kind: "type",
      expected,
      actual: node.type,
      notes,
      schema: schemaPlace(field.location),
    });
  }

  #constraintProblem(section: Visit, field: FieldRule, node: AttributeNode): Diagnostic | undefined {
    const found = violation(field, effectiveValue(node));
    if (found === undefined) return undefined;
    const path = [...section.path, field.name].join(".");
    const { code, message, expected, actual, suggestions = [] } = found;
    const problem = diagnostic(code, this.#report.valuePlace(node, section.node), `'${path}' ${message}`, {
      path,
      kind: code === "C4M-S006" ? "range" : code === "C4M-S007" ? "choice" : "bounds",
      expected,
      actual,
      ...(suggestions.length > 0 ? { suggestions, hint: didYouMean(suggestions) } : {}),
      notes: fieldNotes(field),
      schema: schemaPlace(field.location),
    });
    return withOrigin(problem, node);
  }
}

/** Adds where the value came from if no assignment shows it. */
function withOrigin(problem: Diagnostic, node: AttributeNode): Diagnostic {
  const origin = effectiveOrigin(node);
  if (origin.kind === "assigned") return problem;
  const note: Note = {
    message: `the value is ${originText(origin)}`,
    location: "location" in origin ? origin.location : undefined,
  };
  return { ...problem, notes: [...(problem.notes ?? []), note] };
}

function missingField(report: Report, section: Visit, field: FieldRule): Diagnostic {
  const path = [...section.path, field.name].join(".");
  const type = fieldTypeText(field);
  return diagnostic("C4M-S003", report.sectionPlace(section.node), `required field '${path}' is missing (${type})`, {
    path,
    kind: "missing",
    expected: type,
    hint: `add ${field.name}: VALUE`,
    notes: fieldNotes(field),
    schema: schemaPlace(field.location),
  });
}

function missingSection(report: Report, parent: Visit, entry: SectionRule): Diagnostic {
  const path = [...parent.path, entry.name].join(".");
  const isObject = sectionType(report.schema, entry.name)?.kind === "object";
  return diagnostic(
    "C4M-S004",
    report.sectionPlace(parent.node),
    isObject ? `at least one section '${path}' with a name is required, there is none` : `required section '${path}' is missing`,
    {
      path,
      kind: "missing",
      expected: "1",
      actual: "0",
      hint: isObject ? `add ${entry.name} NAME { … }` : `add ${entry.name} { … }`,
      schema: schemaPlace(entry.location),
    },
  );
}

function exclusion(report: Report, section: Visit, first: Entry, second: Entry): Diagnostic {
  const place = (entry: Entry) => {
    const node = section.node.members.get(entry.name);
    return node?.kind === "attribute" ? report.valuePlace(node, section.node) : node && report.sectionPlace(node);
  };
  const path = [...section.path, first.name].join(".");
  const other = [...section.path, second.name].join(".");
  return diagnostic("C4M-S005", place(first), `'${path}' and '${other}' exclude each other, but both are set`, {
    path,
    kind: "exclusion",
    notes: [{ message: `'${other}' is set here`, location: place(second) }],
    schema: schemaPlace(first.location),
  });
}
