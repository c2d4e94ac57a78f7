/**
 * An evaluated store as text, and back, so that a start need not evaluate what was evaluated when the project was built. The shipped configuration has
 * more than ten thousand attributes and most runs look at a few dozen; therefore every section directly below the root is a text of its own and
 * is read when somebody asks for it, one level at a time.
 *
 * Attribute: `[value, type, origin, lock?, history?]`; section: `{"@": [opened…], "members": …}` written as `[opened, [name, node, …]]`, told apart
 * from an attribute by its second element being an array. Types, files and places are indexes into tables.
 */
import type { Location } from "../../grammar/span.js";
import { makeDict } from "../operations.js";
import type { AttributeNode, Lock, LockReason, Origin, SectionNode, Store, StoreNode } from "../store.js";
import { typeFromText, typeText } from "../type-tools.js";
import {
  CharValue,
  DictValue,
  FunctionValue,
  QuantityValue,
  type TextTypeName,
  TextValue,
  TupleValue,
  TypeValue,
  type Value,
} from "../values.js";

// ---- values ----------------------------------------------------------------------------------------------------------------------------

/** Plain JSON where that is unambiguous, `{tag: data}` elsewhere. */
type StoredValue = null | boolean | string | number | StoredValue[] | { readonly [tag: string]: unknown };

/** The stored form of a value. Integers within 2^53 are numbers, floats are tagged. */
export function storeValue(value: Value): StoredValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "bigint")
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : { i: String(value) };
  if (typeof value === "number") return { f: value };
  if (value instanceof CharValue) return { c: value.code };
  if (value instanceof QuantityValue) return { q: [value.type, String(value.amount)] };
  if (value instanceof TextValue) return { x: [value.type, value.text] };
  if (value instanceof TupleValue) return { u: value.items.map(storeValue) };
  if (value instanceof DictValue)
    return { d: [...value.entries.values()].map(([key, item]) => [storeValue(key), storeValue(item)]) };
  if (value instanceof FunctionValue)
    return { n: [value.name, value.signature === undefined ? null : typeText(value.signature)] };
  if (value instanceof TypeValue) return { y: typeText(value.type) };
  return value.map(storeValue);
}

/** The value of a stored form. */
export function restoreValue(stored: StoredValue): Value {
  if (stored === null || typeof stored === "boolean" || typeof stored === "string") return stored;
  if (typeof stored === "number") return BigInt(stored);
  if (Array.isArray(stored)) return Object.freeze(stored.map(restoreValue));
  if ("i" in stored) return BigInt(stored.i as string);
  if ("f" in stored) return stored.f as number;
  if ("c" in stored) return new CharValue(stored.c as number);
  if ("q" in stored) {
    const [type, amount] = stored.q as ["Duration" | "Size", string];
    return new QuantityValue(type, BigInt(amount));
  }
  if ("x" in stored) {
    const [type, text] = stored.x as [TextTypeName, string];
    return new TextValue(type, text);
  }
  if ("u" in stored) return new TupleValue((stored.u as StoredValue[]).map(restoreValue));
  if ("d" in stored)
    return makeDict(
      (stored.d as [StoredValue, StoredValue][]).map(([key, item]) => [restoreValue(key), restoreValue(item)] as const),
    );
  if ("n" in stored) {
    const [name, signature] = stored.n as [string, string | null];
    return new FunctionValue(name, signature === null ? undefined : typeFromText(signature));
  }
  return new TypeValue(typeFromText(stored.y as string));
}

// ---- tables ----------------------------------------------------------------------------------------------------------------------------

/** `[file, line, col, endLine, endCol]`, or null. */
type StoredPlace = readonly [number, number, number, number, number] | null;
/** `[kind, place or text]` */
type StoredOrigin = readonly [number, StoredPlace | string];
type StoredAttribute = readonly [
  StoredValue,
  string | number,
  StoredOrigin,
  (readonly [number, StoredPlace])?,
  (readonly StoredOrigin[])?,
];
type StoredSection = readonly [readonly StoredPlace[], readonly (string | StoredNode)[]];
type StoredNode = StoredAttribute | StoredSection;

const originKinds = ["assigned", "default", "override", "flag", "parameter", "host"] as const;
const lockReasons: readonly LockReason[] = ["explicit", "component", "write_lock", "stack_limit"];

/** A snapshot: the head is read at once, each chunk when its section is asked for. JSON-compatible. */
export interface StoreSnapshot {
  readonly types: readonly string[];
  readonly files: readonly string[];
  readonly filesRun: number;
  /** Attributes of the root, and for each section of the root the index of its chunk, in order of creation. */
  readonly root: readonly (readonly [string, StoredAttribute | number])[];
  readonly chunks: readonly string[];
}

class Writer {
  readonly types = new Map<string, number>();
  readonly files = new Map<string, number>();

  private index(table: Map<string, number>, text: string): number {
    let known = table.get(text);
    if (known === undefined) table.set(text, (known = table.size));
    return known;
  }

  place(location: Location | undefined): StoredPlace {
    return location === undefined
      ? null
      : [this.index(this.files, location.file), location.line, location.col, location.endLine, location.endCol];
  }

  origin(origin: Origin): StoredOrigin {
    const kind = originKinds.indexOf(origin.kind);
    if (origin.kind === "flag") return [kind, origin.flag];
    if (origin.kind === "host") return [kind, origin.by];
    return [kind, this.place(origin.location)];
  }

  attribute(node: AttributeNode): StoredAttribute {
    if (node.override !== undefined) throw new Error("a snapshot cannot hold overrides");
    const head = [storeValue(node.value), this.index(this.types, node.type), this.origin(node.origin)] as const;
    const lock =
      node.lock === undefined ? undefined : ([lockReasons.indexOf(node.lock.reason), this.place(node.lock.location)] as const);
    if (node.history.length > 0)
      return [...head, lock ?? ([-1, null] as const), node.history.map((origin) => this.origin(origin))];
    return lock === undefined ? head : [...head, lock];
  }

  section(node: SectionNode): StoredSection {
    const members: (string | StoredNode)[] = [];
    for (const [name, member] of node.members)
      members.push(name, member.kind === "section" ? this.section(member) : this.attribute(member));
    return [node.opened.map((location) => this.place(location)), members];
  }
}

/** Takes a snapshot of a store. Overrides cannot be part of one: it is taken before any command line was read. */
export function saveStore(store: Store): StoreSnapshot {
  const writer = new Writer();
  const chunks: string[] = [];
  const root: [string, StoredAttribute | number][] = [];
  for (const [name, node] of store.root.members) {
    if (node.kind === "attribute") root.push([name, writer.attribute(node)]);
    else root.push([name, chunks.push(JSON.stringify(writer.section(node))) - 1]);
  }
  return { types: [...writer.types.keys()], files: [...writer.files.keys()], filesRun: store.filesRun, root, chunks };
}

// ---- reading back ----------------------------------------------------------------------------------------------------------------------

class Reader {
  readonly types: readonly string[];
  readonly files: readonly string[];

  constructor(snapshot: Pick<StoreSnapshot, "types" | "files">) {
    this.types = snapshot.types;
    this.files = snapshot.files;
  }

  place(stored: StoredPlace): Location | undefined {
    if (stored === null) return undefined;
    const [file, line, col, endLine, endCol] = stored;
    return { file: this.files[file] as string, line, col, endLine, endCol };
  }

  origin([kind, data]: StoredOrigin): Origin {
    const name = originKinds[kind] as Origin["kind"];
    if (name === "flag") return { kind: name, flag: data as string };
    if (name === "host") return { kind: name, by: data as string };
    return { kind: name, location: this.place(data as StoredPlace) };
  }

  attribute([value, type, origin, lock, history]: StoredAttribute): AttributeNode {
    const held: Lock | undefined =
      lock === undefined || lock[0] < 0
        ? undefined
        : { reason: lockReasons[lock[0]] as LockReason, location: this.place(lock[1]) };
    return {
      kind: "attribute",
      value: restoreValue(value),
      type: this.types[type as number] as string,
      origin: this.origin(origin),
      lock: held,
      override: undefined,
      history: history === undefined ? [] : history.map((earlier) => this.origin(earlier)),
    };
  }

  node(stored: StoredNode): StoreNode {
    return isSection(stored) ? new StoredSectionNode(this, () => stored) : this.attribute(stored);
  }
}

function isSection(stored: StoredNode): stored is StoredSection {
  return stored.length === 2;
}

/** A section of a snapshot; its members come into being when they are first asked for. */
class StoredSectionNode implements SectionNode {
  readonly kind = "section";
  private readonly reader: Reader;
  private source: (() => StoredSection) | undefined;
  private read: Map<string, StoreNode> | undefined;
  private places: Location[] | undefined;

  constructor(reader: Reader, source: () => StoredSection) {
    this.reader = reader;
    this.source = source;
  }

  private load(): void {
    const [opened, members] = (this.source as () => StoredSection)();
    const map = new Map<string, StoreNode>();
    for (let i = 0; i < members.length; i += 2) map.set(members[i] as string, this.reader.node(members[i + 1] as StoredNode));
    this.read = map;
    this.places = opened
      .map((place) => this.reader.place(place))
      .filter((location): location is Location => location !== undefined);
    this.source = undefined;
  }

  get members(): Map<string, StoreNode> {
    if (this.read === undefined) this.load();
    return this.read as Map<string, StoreNode>;
  }

  get opened(): Location[] {
    if (this.places === undefined) this.load();
    return this.places as Location[];
  }
}

/** True if nobody has looked into the section since it was restored: it is still what the snapshot says. */
export function isUntouched(section: SectionNode): boolean {
  return section instanceof StoredSectionNode && (section as unknown as { read: unknown }).read === undefined;
}

/**
 * Restores a store. `chunk` gives the text of a section's chunk when it is needed (default: from the snapshot itself).
 */
export function restoreStore(snapshot: Omit<StoreSnapshot, "chunks">, chunk: (index: number) => string): Store {
  const reader = new Reader(snapshot);
  const members = new Map<string, StoreNode>();
  for (const [name, node] of snapshot.root) {
    members.set(
      name,
      typeof node === "number"
        ? new StoredSectionNode(reader, () => JSON.parse(chunk(node)) as StoredSection)
        : reader.attribute(node),
    );
  }
  return { root: { kind: "section", members, opened: [] }, filesRun: snapshot.filesRun, weight: 0 };
}
