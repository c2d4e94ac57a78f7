/**
 * The defaults pass (`schema-language.md` 5.1, 6): every section that exists gets the defaults of its absent fields, unless an excluded
 * counterpart has a value. A default is not the user's value: a later default replaces it, and a value of the user for a counterpart withdraws it.
 */
import { entriesByName, excludedBy, type FieldRule, type Schema } from "../../compiler/schema/schema.js";
import { equalValues } from "../operations.js";
import type { AttributeNode } from "../store.js";
import { decodeConstant } from "./constants.js";
import { isPresent, isPresentByUser, type Visit, visitsBelow } from "./walk.js";

/** Told about every attribute that the pass creates or gives another type: for a checker that is to know it. */
export type DefaultListener = (path: readonly string[], type: string) => void;

/** Fills in and withdraws defaults below a section, depth-first. */
export function applyDefaults(schema: Schema, section: Visit, created: DefaultListener = () => {}): void {
  for (const entry of section.type.entries) {
    if (entry.kind === "field") applyDefault(schema, section, entry, created);
  }
  for (const entry of section.type.entries) {
    if (entry.kind !== "section") continue;
    for (const child of visitsBelow(schema, section, entry)) applyDefaults(schema, child, created);
  }
}

function applyDefault(schema: Schema, section: Visit, field: FieldRule, created: DefaultListener): void {
  const members = section.node.members;
  const present = members.get(field.name);
  if (present !== undefined && !isDefault(present)) return;
  const rivals = counterparts(section, field.name);
  if (present !== undefined && rivals.some((rival) => isPresentByUser(schema, section, rival))) {
    members.delete(field.name);
    return;
  }
  if (!("default" in field.presence) || !("text" in field.type)) return;
  const value = decodeConstant(field.presence.default);
  const origin = { kind: "default", location: field.presence.location } as const;
  if (present !== undefined) {
    if (present.type === field.type.text && equalValues(present.value, value)) return;
    present.value = value;
    present.type = field.type.text;
    present.origin = origin;
  } else {
    if (rivals.some((rival) => isPresent(schema, section, rival))) return;
    members.set(field.name, {
      kind: "attribute",
      value,
      type: field.type.text,
      origin,
      lock: undefined,
      override: undefined,
      history: [],
    });
  }
  created([...section.path, field.name], field.type.text);
}

function isDefault(node: { readonly kind: string }): node is AttributeNode {
  const attribute = node as AttributeNode;
  return node.kind === "attribute" && attribute.override === undefined && attribute.origin.kind === "default";
}

/** The entries that a field excludes. */
function counterparts(section: Visit, name: string) {
  const names = excludedBy(section.type, name);
  if (names.length === 0) return [];
  const entries = entriesByName(section.type);
  return names.map((other) => entries.get(other)).filter((entry) => entry !== undefined);
}
