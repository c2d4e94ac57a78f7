/**
 * A compiled schema (`schema-language.md` 2): which sections and fields a configuration may have. It is what remains of schema documents once they
 * have been evaluated and found sound. Plain serialisable data: the shipped schema is built once and embedded (`saveSchema`, `restoreSchema`).
 *
 * Entries of a section stand in the order in which the value pass visits them: fields in order of appearance, then required sections, then
 * allowed ones (9, pass 2).
 */
import stringify from "json-stringify-deterministic";
import type { Location } from "../../grammar/span.js";
import type { Constant } from "./constant.js";

/** Raised whenever the data changes its meaning. */
export const schemaFormat = 1;

export interface Schema {
  readonly format: number;
  /** Schema files in the order of their evaluation. */
  readonly files: readonly string[];
  readonly root: SectionType;
  /** Singletons and object types, in order of declaration. */
  readonly types: readonly SectionType[];
  /** Does the schema define `func final_check()` returning string? (8.3) */
  readonly finalCheck: boolean;
}

export interface Documentation {
  readonly shortdoc?: string;
  readonly doc?: string;
  readonly hidden: boolean;
}

export interface SectionType extends Documentation {
  readonly kind: "root" | "singleton" | "object";
  /** "" for the root. */
  readonly name: string;
  readonly userDefOk: boolean;
  readonly validator?: ValidatorReference;
  readonly entries: readonly Entry[];
  /** Pairs of names that may not both have a value (6). Each pair stands once, in order of declaration of its names. */
  readonly exclusions: readonly Exclusion[];
  readonly location?: Location;
}

export type Entry = FieldRule | SectionRule;

export interface FieldRule extends Documentation {
  readonly kind: "field";
  readonly name: string;
  /** A type text, or the name of the sibling field that holds the type (3). */
  readonly type: { readonly text: string } | { readonly pointer: string };
  /** A default, or whether the field must be present. */
  readonly presence: { readonly default: Constant; readonly location?: Location } | { readonly require: boolean };
  readonly choice?: readonly Constant[];
  readonly range?: readonly [low: Constant, high: Constant];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly validator?: ValidatorReference;
  readonly writeLock: boolean;
  /** -1: none. */
  readonly stackLimit: number;
  readonly location?: Location;
}

/** An `allow` or `require` line. */
export interface SectionRule {
  readonly kind: "section";
  /** Name of the section type, and of the section. */
  readonly name: string;
  readonly required: boolean;
  readonly writeLock: boolean;
  readonly location?: Location;
}

/** A function of the schema, by name and signature text. */
export interface ValidatorReference {
  readonly name: string;
  readonly signature?: string;
  /** Where the function is defined. */
  readonly location?: Location;
}

export interface Exclusion {
  readonly first: string;
  readonly second: string;
  readonly location?: Location;
}

// Look-up tables, made once per schema and kept outside of it because it is plain data.
const typeMaps = new WeakMap<Schema, ReadonlyMap<string, SectionType>>();
const entryMaps = new WeakMap<SectionType, ReadonlyMap<string, Entry>>();
const exclusionMaps = new WeakMap<SectionType, ReadonlyMap<string, readonly string[]>>();

/** The singleton or object type of a name, or undefined. */
export function sectionType(schema: Schema, name: string): SectionType | undefined {
  let map = typeMaps.get(schema);
  if (map === undefined) {
    map = new Map(schema.types.map((type) => [type.name, type]));
    typeMaps.set(schema, map);
  }
  return map.get(name);
}

/** The entries of a section type by name. */
export function entriesByName(type: SectionType): ReadonlyMap<string, Entry> {
  let map = entryMaps.get(type);
  if (map === undefined) {
    map = new Map(type.entries.map((entry) => [entry.name, entry]));
    entryMaps.set(type, map);
  }
  return map;
}

/** Names that a name of this section excludes (6: exclusions are symmetric). */
export function excludedBy(type: SectionType, name: string): readonly string[] {
  if (type.exclusions.length === 0) return [];
  let map = exclusionMaps.get(type);
  if (map === undefined) {
    const made = new Map<string, string[]>();
    for (const { first, second } of type.exclusions) {
      made.set(first, [...(made.get(first) ?? []), second]);
      made.set(second, [...(made.get(second) ?? []), first]);
    }
    map = made;
    exclusionMaps.set(type, map);
  }
  return map.get(name) ?? [];
}

/** The type text of a field as people read it (12). */
export function fieldTypeText(field: FieldRule): string {
  if ("pointer" in field.type) return `type set by field ${field.type.pointer}`;
  return field.type.text === "typespec" ? "a type specification" : field.type.text;
}

/** The schema as deterministic JSON text. */
export function saveSchema(schema: Schema): string {
  return stringify(schema);
}

/** Reads what `saveSchema` wrote; undefined if it is of another format or not a schema. */
export function restoreSchema(text: string): Schema | undefined {
  try {
    const data = JSON.parse(text) as Schema;
    return data.format === schemaFormat && data.root.kind === "root" ? data : undefined;
  } catch {
    return undefined;
  }
}
