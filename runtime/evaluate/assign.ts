/**
 * Writing attributes: the assignment protocol of `language.md` 6.3 (override, lock, hook, store, lock), sections that come into being on the way,
 * and overrides (6.4). Everything that writes the store while files run goes through here.
 */

import type { Location } from "../../grammar/span.js";
import { Failure } from "../failure.js";
import { equalValues } from "../operations.js";
import {
  type AttributeNode,
  createSection,
  effectiveOrigin,
  effectiveValue,
  type LockReason,
  lookup,
  type Origin,
  type SectionNode,
} from "../store.js";
import { nestedText } from "../text-form.js";
import { textsUnify } from "../type-tools.js";
import type { Value } from "../values.js";
import { checkWeight, replaceInTree } from "../weight.js";
import { sameOrigin } from "./module.js";
import type { Runtime } from "./runtime.js";

export interface Assignment {
  readonly path: readonly string[];
  readonly value: Value;
  /** Type text of the static type. */
  readonly type: string;
  readonly origin: Origin;
  /** Lock after success; the reason. */
  readonly lock?: LockReason | undefined;
}

function dotted(path: readonly string[]): string {
  return path.join(".");
}

/** The section at a path, created with everything above it if need be. Throws C4M-E016 if an attribute is in the way. */
export function openSection(runtime: Runtime, path: readonly string[], length: number, origin: Origin): SectionNode {
  let section = runtime.store.root;
  for (let i = 0; i < length; i++) {
    const name = path[i] as string;
    const next = section.members.get(name);
    if (next === undefined) {
      const made = createSection();
      if ("location" in origin && origin.location !== undefined) made.opened.push(origin.location);
      section.members.set(name, made);
      section = made;
    } else if (next.kind === "section") section = next;
    else throw clash(path.slice(0, i + 1), "section", "attribute");
  }
  return section;
}

function clash(path: readonly string[], expected: string, actual: string): Failure {
  return new Failure(
    "C4M-E016",
    `'${dotted(path)}' is ${actual === "attribute" ? "an" : "a"} ${actual}, not ${expected === "attribute" ? "an" : "a"} ${expected}`,
    {
      path: dotted(path),
      expected,
      actual,
    },
  );
}

/** Executes a section header: from now on the section exists. */
export function enterSection(runtime: Runtime, path: readonly string[], location: Location): SectionNode {
  const section = openSection(runtime, path, path.length, { kind: "assigned", location });
  if (!section.opened.includes(location)) section.opened.push(location);
  return section;
}

const lockTexts: Readonly<Record<LockReason, string>> = {
  explicit: "it was assigned with ~",
  component: "a component set it",
  write_lock: "the schema locks it once it is set",
  stack_limit: "the schema allows it in earlier files only",
};

function lockedFailure(path: readonly string[], node: AttributeNode, value: Value): Failure {
  const lock = node.lock as NonNullable<AttributeNode["lock"]>;
  const notes =
    lock.location === undefined ? [] : [{ message: "this is the value that the lock protects", location: lock.location }];
  return new Failure("C4M-E003", `'${dotted(path)}' is locked (${lockTexts[lock.reason]})`, {
    path: dotted(path),
    kind: "lock",
    expected: nestedText(effectiveValue(node)),
    actual: nestedText(value),
    notes,
  });
}

/** Replaces the origin of a value and remembers the earlier ones, each once. */
function moveOrigin(node: AttributeNode, origin: Origin): void {
  if (sameOrigin(node.origin, origin)) return;
  const { history } = node;
  if (!history.some((known) => sameOrigin(known, node.origin))) node.history = [...history, node.origin];
  node.origin = origin;
}

function lockNode(node: AttributeNode, reason: LockReason): void {
  if (node.lock !== undefined) return;
  const origin = effectiveOrigin(node);
  node.lock = { reason, location: "location" in origin ? origin.location : undefined };
}

/** The section in which the last name of a path stands, if it exists. */
function parentSection(runtime: Runtime, path: readonly string[]): SectionNode | undefined {
  let section = runtime.store.root;
  for (let i = 0; i < path.length - 1; i++) {
    const next = section.members.get(path[i] as string);
    if (next?.kind !== "section") return undefined;
    section = next;
  }
  return section;
}

/** The attribute at a path below its section, to be written: undefined if there is none yet. Throws C4M-E016 if the path is not one of an attribute. */
function existing(parent: SectionNode | undefined, path: readonly string[]): AttributeNode | undefined {
  const node = parent?.members.get(path[path.length - 1] as string);
  if (node?.kind === "section") throw clash(path, "attribute", "section");
  return node;
}

const noHistory: readonly Origin[] = [];

/** Puts a new attribute into the tree, together with the sections above it. */
function addAttribute(
  runtime: Runtime,
  parent: SectionNode | undefined,
  path: readonly string[],
  value: Value,
  type: string,
  origin: Origin,
): AttributeNode {
  const section = parent ?? openSection(runtime, path, path.length - 1, origin);
  const history = noHistory;
  const node: AttributeNode = { kind: "attribute", value, type, origin, lock: undefined, override: undefined, history };
  section.members.set(path[path.length - 1] as string, node);
  return node;
}

/**
 * Assigns an attribute by the protocol of 6.3. Throws `Failure`: C4M-E003 (locked), E015 (the hook refuses), E016 (the path runs through an attribute
 * or names a section), E022 (the value is too large to be printed).
 */
export function assignAttribute(runtime: Runtime, { path, value, type, origin, lock }: Assignment): void {
  assignValue(runtime, path, value, type, origin, lock);
}

/** The same without an object for the assignment: statements come here by the thousand. `known`: the section in which the attribute stands. */
export function assignValue(
  runtime: Runtime,
  path: readonly string[],
  value: Value,
  type: string,
  origin: Origin,
  lock: LockReason | undefined,
  known?: SectionNode,
): void {
  checkWeight(value);
  const parent = known ?? parentSection(runtime, path);
  let node = existing(parent, path);
  const settled = node !== undefined && (node.override !== undefined || isUnchangedLocked(path, node, value));
  if (!settled) {
    const refusal = runtime.hook?.(path, value);
    if (refusal !== undefined)
      throw new Failure("C4M-E015", `'${dotted(path)}' cannot be set: ${refusal}`, { path: dotted(path) });
    replaceInTree(runtime.store, node?.value, value);
    if (node === undefined) node = addAttribute(runtime, parent, path, value, type, origin);
    else {
      node.value = value;
      node.type = type;
      moveOrigin(node, origin);
    }
  }
  if (lock !== undefined) lockNode(node as AttributeNode, lock);
}

/** True if the attribute is locked and already has the value; throws if it is locked and has another. */
function isUnchangedLocked(path: readonly string[], node: AttributeNode, value: Value): boolean {
  if (node.lock === undefined) return false;
  if (equalValues(effectiveValue(node), value)) return true;
  throw lockedFailure(path, node, value);
}

/**
 * `add_override` (`builtins.md` 9.1): sets value and override mark. False, without any effect, if the path runs through an attribute or names a
 * section, if the attribute is locked or overridden already, or if the types clash.
 */
export function addOverride(
  runtime: Runtime,
  path: readonly string[],
  value: Value,
  type: string,
  location: Location | undefined,
): boolean {
  if (path.length === 0 || path.includes("")) return false;
  for (let length = 1; length < path.length; length++)
    if (lookup(runtime.store, path.slice(0, length))?.kind === "attribute") return false;
  const node = lookup(runtime.store, path);
  if (node?.kind === "section") return false;
  if (node !== undefined && (node.lock !== undefined || node.override !== undefined)) return false;
  const declared = node?.type ?? declaredType(runtime, path);
  if (declared === "section" || (declared !== undefined && !textsUnify(declared, type))) return false;
  setOverride(runtime, path, value, type, { kind: "override", location });
  return true;
}

/**
 * Sets an override without asking: ignores locks and earlier overrides (command-line flags, 6.4). The caller has checked path and type; throws
 * C4M-E016 if the path cannot be an attribute's.
 */
export function setOverride(runtime: Runtime, path: readonly string[], value: Value, type: string, origin: Origin): void {
  const parent = parentSection(runtime, path);
  let node = existing(parent, path);
  replaceInTree(runtime.store, node?.value, value);
  if (node === undefined) node = addAttribute(runtime, parent, path, value, type, origin);
  else {
    node.value = value;
    node.type = type;
    moveOrigin(node, origin);
  }
  node.override = { value, origin };
}

/** What the text of the files run so far declares at a path that need not exist: the type text of an attribute, `"section"`, or undefined. */
export function declaredType(runtime: Runtime, path: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const module of runtime.modules) {
    for (const declaration of module.ir.declarations) {
      if (!startsWith(declaration.path, path)) continue;
      if (declaration.kind === "section" || declaration.path.length > path.length) return "section";
      found = module.ir.types[declaration.type];
    }
  }
  return found;
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return path.length >= prefix.length && prefix.every((name, i) => name === path[i]);
}
