/**
 * The configuration store: the tree of sections and attributes that evaluating files leaves behind, with the provenance of every value
 * (`language.md` 5.2, 6.3, 6.4; `schema-language.md` 11). A node exists from the moment the statement that makes it has run; look-ups create
 * nothing. Members keep the order of their creation.
 *
 * Only the evaluator, the schema validator, the command line and the start-up code write to it. Commands never read it: they get a typed view (`settings/`).
 */
import { NameTable } from "../compiler/name-table.js";
import type { Location } from "../grammar/span.js";
import type { Value } from "./values.js";

/** Where a value came from. */
export type Origin =
  | { readonly kind: "assigned"; readonly location: Location | undefined }
  /** Filled in by the schema; not a value of the user. */
  | { readonly kind: "default"; readonly location: Location | undefined }
  /** `add_override()` */
  | { readonly kind: "override"; readonly location: Location | undefined }
  /** A command-line flag: its spelling. */
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "parameter"; readonly location: Location | undefined }
  /** Set by the program itself. */
  | { readonly kind: "host"; readonly by: string };

export type LockReason = "explicit" | "component" | "write_lock" | "stack_limit";

export interface Lock {
  readonly reason: LockReason;
  /** The write that the lock protects. */
  readonly location: Location | undefined;
}

export interface AttributeNode {
  readonly kind: "attribute";
  value: Value;
  /** Type text of the static type (`language.md` 3.10). */
  type: string;
  origin: Origin;
  lock: Lock | undefined;
  /** If present, this is the value in force and assignments are dropped. */
  override: { readonly value: Value; readonly origin: Origin } | undefined;
  /** Earlier origins, oldest first, without repetition of the present one. */
  history: readonly Origin[];
}

export interface SectionNode {
  readonly kind: "section";
  readonly members: Map<string, StoreNode>;
  /** Headers (or first assignments below) that opened it, in order. */
  readonly opened: Location[];
}

export type StoreNode = AttributeNode | SectionNode;

export interface Store {
  readonly root: SectionNode;
  /** How many files have been evaluated (`stack_limit`). */
  filesRun: number;
  /** Parts of all values that were assigned (`weight.ts`). */
  weight: number;
}

export function createSection(): SectionNode {
  return { kind: "section", members: new NameTable(), opened: [] };
}

export function createStore(): Store {
  return { root: createSection(), filesRun: 0, weight: 0 };
}

/** The node at a path, or undefined. Creates nothing. */
export function lookup(store: Store, path: readonly string[]): StoreNode | undefined {
  let node: StoreNode = store.root;
  for (const name of path) {
    if (node.kind !== "section") return undefined;
    const next = node.members.get(name);
    if (next === undefined) return undefined;
    node = next;
  }
  return node;
}

/** The value in force: the override if there is one. */
export function effectiveValue(node: AttributeNode): Value {
  return node.override !== undefined ? node.override.value : node.value;
}

/** The origin of the value in force. */
export function effectiveOrigin(node: AttributeNode): Origin {
  return node.override !== undefined ? node.override.origin : node.origin;
}
