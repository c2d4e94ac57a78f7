/**
 * Locks that the schema asks for (`schema-language.md` 7). They are armed after a file has been found valid, so within one file a field may be
 * written any number of times. `write_lock` protects values of the user only; `stack_limit` any value, once enough files have run.
 */
import type { Schema } from "../../compiler/schema/schema.js";
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { equalValues } from "../operations.js";
import { type AttributeNode, effectiveOrigin, effectiveValue, type LockReason, lookup, type Store } from "../store.js";
import type { Value } from "../values.js";
import { excerpt } from "./constraints.js";
import { isUserOrigin, type PassOver, type Visit, visitsBelow } from "./walk.js";

/** Arms the locks of every section that exists, but for what is passed over. */
export function armLocks(schema: Schema, store: Store, passOver?: PassOver): void {
  armSection(schema, store, { node: store.root, type: schema.root, path: [], passOver }, false);
}

function armSection(schema: Schema, store: Store, section: Visit, lockAll: boolean): void {
  for (const entry of section.type.entries) {
    if (entry.kind === "section") {
      for (const child of visitsBelow(schema, section, entry)) armSection(schema, store, child, entry.writeLock);
      continue;
    }
    const node = section.node.members.get(entry.name);
    if (node?.kind !== "attribute" || node.lock !== undefined) continue;
    if ((entry.writeLock || lockAll) && isUserOrigin(effectiveOrigin(node))) lock(node, "write_lock");
    else if (entry.stackLimit >= 0 && store.filesRun >= entry.stackLimit) lock(node, "stack_limit");
  }
}

function lock(node: AttributeNode, reason: LockReason): void {
  node.lock = { reason, location: locationOf(node) };
}

function locationOf(node: AttributeNode): Location | undefined {
  const origin = effectiveOrigin(node);
  return "location" in origin ? origin.location : undefined;
}

/** A value that a built-in layer gave to a field with `write_lock`. */
export interface ProtectedValue {
  readonly value: Value;
  readonly location: Location | undefined;
}

/**
 * What the built-in layers set in `write_lock` fields, by path (a JSON list of names); to be taken before the embedded configuration runs (C4M-S017).
 * Values in what is passed over are left out.
 */
export function protectedValues(schema: Schema, store: Store, passOver?: PassOver): ReadonlyMap<string, ProtectedValue> {
  const found = new Map<string, ProtectedValue>();
  const visit = (section: Visit, lockAll: boolean) => {
    for (const entry of section.type.entries) {
      if (entry.kind === "section") {
        for (const child of visitsBelow(schema, section, entry)) visit(child, entry.writeLock);
        continue;
      }
      if (!entry.writeLock && !lockAll) continue;
      const node = section.node.members.get(entry.name);
      if (node?.kind === "attribute" && isUserOrigin(node.origin))
        found.set(JSON.stringify([...section.path, entry.name]), { value: node.value, location: locationOf(node) });
    }
  };
  visit({ node: store.root, type: schema.root, path: [], passOver }, false);
  return found;
}

/** C4M-S017: fields of `before` (from `protectedValues`) that have another value now. `strict` makes them errors. */
export function changedProtected(
  store: Store,
  before: ReadonlyMap<string, ProtectedValue>,
  strict: boolean,
): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const [key, { value, location }] of before) {
    const names = JSON.parse(key) as string[];
    const node = lookup(store, names);
    if (node?.kind !== "attribute" || equalValues(node.value, value)) continue;
    const path = names.join(".");
    problems.push(
      diagnostic(
        "C4M-S017",
        locationOf(node),
        `'${path}' is changed to ${excerpt(effectiveValue(node))}, but chalk itself sets it and the schema locks it`,
        {
          severity: strict ? "error" : "warning",
          path,
          kind: "lock",
          expected: excerpt(value),
          actual: excerpt(effectiveValue(node)),
          notes: location === undefined ? [] : [{ message: "set here by the built-in configuration", location }],
          hint: "leave this field alone, or declare an object of your own",
        },
      ),
    );
  }
  return problems;
}
