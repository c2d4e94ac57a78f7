/**
 * What the passes over a configuration share (`schema-language.md` 9): the position in the tree, the instances of a section entry, the places to
 * which errors point, and the collection of errors. All passes visit the same sections in the same order: entries in the order of the schema,
 * sections depth-first, instances in order of creation.
 */
import { type Entry, type Schema, type SectionRule, type SectionType, sectionType } from "../../compiler/schema/schema.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { type AttributeNode, effectiveOrigin, type Origin, type SectionNode, type Store, type StoreNode } from "../store.js";

/** Is a top-level section, or an instance in it, known to be valid and not to be looked at? */
export type PassOver = (section: string, instance?: string) => boolean;

/** A section of the configuration with the type that the schema gives it. */
export interface Visit {
  readonly node: SectionNode;
  readonly type: SectionType;
  readonly path: readonly string[];
  /** Of the root: what in it is passed over. */
  readonly passOver?: PassOver | undefined;
}

/** The verdicts on one configuration, and which parts of it are sound. */
export class Report {
  readonly schema: Schema;
  readonly store: Store;
  /** Line 1 of the last file loaded: where errors of the whole point to. */
  readonly whole: Location;
  readonly diagnostics: Diagnostic[] = [];
  /** Sections and attributes with an error in themselves or below. */
  readonly #unsound = new Set<StoreNode>();

  readonly #passOver: PassOver | undefined;

  constructor(schema: Schema, store: Store, lastFile: string, passOver?: PassOver) {
    this.#passOver = passOver;
    this.schema = schema;
    this.store = store;
    this.whole = { file: lastFile, line: 1, col: 1, endLine: 1, endCol: 1 };
  }

  root(): Visit {
    return { node: this.store.root, type: this.schema.root, path: [], passOver: this.#passOver };
  }

  /** Adds an error; the nodes count as unsound from now on. */
  add(problem: Diagnostic, ...nodes: readonly StoreNode[]): void {
    this.diagnostics.push(problem);
    for (const node of nodes) this.#unsound.add(node);
  }

  markUnsound(node: StoreNode): void {
    this.#unsound.add(node);
  }

  isSound(node: StoreNode): boolean {
    return !this.#unsound.has(node);
  }

  /** Where errors about a section, or about something missing in it, point to: the header that first opened it. */
  sectionPlace(node: SectionNode): Location {
    return node === this.store.root ? this.whole : (node.opened[0] ?? this.whole);
  }

  /** Where errors about a value point to: its assignment, or the enclosing section for a value that no file gave. */
  valuePlace(node: AttributeNode, section: SectionNode): Location {
    const origin = effectiveOrigin(node);
    if (origin.kind !== "default" && "location" in origin && origin.location !== undefined) return origin.location;
    return this.sectionPlace(section);
  }
}

/** The sections that exist for a section entry: the singleton itself, or the instances of the object type. */
export function visitsBelow(schema: Schema, parent: Visit, entry: SectionRule): readonly Visit[] {
  if (parent.passOver?.(entry.name)) return [];
  const node = parent.node.members.get(entry.name);
  const type = sectionType(schema, entry.name);
  if (node?.kind !== "section" || type === undefined) return [];
  const path = [...parent.path, entry.name];
  if (type.kind !== "object") return [{ node, type, path }];
  const visits: Visit[] = [];
  for (const [name, instance] of node.members)
    if (instance.kind === "section" && !parent.passOver?.(entry.name, name))
      visits.push({ node: instance, type, path: [...path, name] });
  return visits;
}

/** Is this a value of the user, not a default of the schema? (README, decision 2) */
export function isUserOrigin(origin: Origin): boolean {
  return origin.kind !== "default";
}

/** Does an entry have a value of any origin: is the field set, does the section exist? */
export function isPresent(schema: Schema, section: Visit, entry: Entry): boolean {
  const node = section.node.members.get(entry.name);
  if (node === undefined) return false;
  if (entry.kind === "field" || node.kind === "attribute") return true;
  if (sectionType(schema, entry.name)?.kind !== "object") return true;
  for (const member of node.members.values()) if (member.kind === "section") return true;
  return false;
}

/** Does an entry have a value of the user? A section that exists was opened by the user. */
export function isPresentByUser(schema: Schema, section: Visit, entry: Entry): boolean {
  const node = section.node.members.get(entry.name);
  if (node?.kind === "attribute") return isUserOrigin(effectiveOrigin(node));
  return isPresent(schema, section, entry);
}

/** Where a value came from, for notes. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "assigned":
      return "assigned here";
    case "default":
      return "the default of the schema";
    case "override":
      return "set by add_override here";
    case "flag":
      return `set by the command-line flag ${origin.flag}`;
    case "parameter":
      return "a component parameter";
    case "host":
      return `set by ${origin.by}`;
  }
}
