/**
 * What a dotted path means to a schema: a section, the list of instances of an object type, a field, a name that `user_def_ok` covers, or
 * nothing known. Everything that talks about paths without having a configuration at hand starts here: checks of unexecuted code,
 * `config explain`, the documentation, the defaults behind the settings.
 */
import { entriesByName, type FieldRule, type Schema, type SectionType, sectionType } from "./schema.js";

export type Place =
  | { readonly kind: "section"; readonly type: SectionType }
  /** The section that holds the instances of an object type. */
  | { readonly kind: "instances"; readonly type: SectionType }
  | { readonly kind: "field"; readonly section: SectionType; readonly field: FieldRule }
  /** Covered by `user_def_ok`. */
  | { readonly kind: "free" }
  /** The name at `index` is not known to `section`. */
  | { readonly kind: "unknown"; readonly section: SectionType; readonly index: number }
  /** The name at `index` is a field, and the path goes on. */
  | { readonly kind: "below field"; readonly section: SectionType; readonly field: FieldRule; readonly index: number };

/** Finds out what `path` (names from the root) means to the schema. The empty path is the root section. */
export function placeOf(schema: Schema, path: readonly string[]): Place {
  let type = schema.root;
  let index = 0;
  while (index < path.length) {
    const name = path[index] as string;
    const entry = entriesByName(type).get(name);
    if (entry === undefined) return type.userDefOk ? { kind: "free" } : { kind: "unknown", section: type, index };
    if (entry.kind === "field") {
      if (index === path.length - 1) return { kind: "field", section: type, field: entry };
      return { kind: "below field", section: type, field: entry, index };
    }
    const child = sectionType(schema, name);
    if (child === undefined) return { kind: "unknown", section: type, index };
    type = child;
    if (child.kind === "object") {
      if (index === path.length - 1) return { kind: "instances", type };
      index++; // the instance's name
    }
    index++;
  }
  return { kind: "section", type };
}

/** Names of the section types (`""` for the root) that have an entry of this name: where a misplaced name would be allowed. */
export function homesOf(schema: Schema, name: string): readonly SectionType[] {
  return [schema.root, ...schema.types].filter((type) => entriesByName(type).has(name));
}

/** How messages call a section type. */
export function sectionLabel(type: SectionType): string {
  return type.kind === "root" ? "the top level" : `section '${type.name}'`;
}
