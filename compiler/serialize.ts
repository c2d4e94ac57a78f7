/**
 * Compiled configuration as text and back. The text is JSON with sorted keys, so equal input gives equal bytes. Two things are stored: modules
 * (what is run) and the context after them (what later files are checked against), so that a start-up parses nothing that was compiled
 * before.
 */
import stringify from "json-stringify-deterministic";
import type { Location } from "../grammar/span.js";
import type { BuiltinSignature, CheckContext, DeclaredNode, FunctionEntry } from "./context.js";
import { irFormat, type ModuleIr } from "./ir.js";
import { createContext } from "./make-context.js";
import { typeFromText, typeText } from "./type-text.js";
import { type FunctionType, freshVariable, type Type } from "./types.js";

/** A module with the components that it needs, by key. */
export interface StoredModule {
  readonly module: ModuleIr;
  readonly components: ReadonlyMap<string, ModuleIr>;
}

/** The deterministic JSON text of a module and its components. */
export function serializeModule({ module, components }: StoredModule): string {
  const data = { format: irFormat, module, components: Object.fromEntries(components) };
  return stringify(data) as string;
}

/** Reads the text of `serializeModule`; undefined if it is of another format or damaged, which means: compile from source. */
export function deserializeModule(text: string): StoredModule | undefined {
  let data: { format?: unknown; module?: ModuleIr; components?: { [key: string]: ModuleIr } };
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (data === null || typeof data !== "object" || data.format !== irFormat || data.module?.format !== irFormat) return undefined;
  return { module: data.module, components: new Map(Object.entries(data.components ?? {})) };
}

// ---- contexts --------------------------------------------------------------------------------------------------------------------------

/** File, line, column, end line, end column; the file as an index into `files`. */
type StoredLocation = readonly [number, number, number, number, number] | null;

/** A section is `[location, members]`, an attribute `[location, type text]`; members keep their order. */
type StoredNode = readonly [StoredLocation, string | StoredMembers];
type StoredMembers = readonly (readonly [string, StoredNode])[];

/** What the checker knows, as JSON data. */
export interface ContextSnapshot {
  readonly format: number;
  readonly files: readonly string[];
  readonly root: StoredNode;
  /** User functions. */
  readonly functions: readonly {
    readonly name: string;
    readonly key: string;
    readonly type: string;
    readonly locked: boolean;
    readonly at: StoredLocation;
  }[];
  readonly cells: readonly {
    readonly name: string;
    readonly type: string;
    readonly constant: boolean;
    readonly at: StoredLocation;
  }[];
  readonly components: { readonly [key: string]: ModuleIr };
}

/** The context as JSON data, without the builtins, which every program brings along itself. */
export function saveContext(context: CheckContext): ContextSnapshot {
  const files = new Map<string, number>();
  const at = (location: Location | undefined): StoredLocation => {
    if (location === undefined) return null;
    let index = files.get(location.file);
    if (index === undefined) {
      index = files.size;
      files.set(location.file, index);
    }
    return [index, location.line, location.col, location.endLine, location.endCol];
  };
  const node = (declared: DeclaredNode): StoredNode => [
    at(declared.location),
    declared.kind === "attribute"
      ? typeText(declared.type)
      : [...declared.members].map(([name, member]) => [name, node(member)] as const),
  ];
  const userFunctions = [...context.functions.values()].flat().filter((entry) => entry.origin === "user");
  return {
    format: irFormat,
    root: node(context.root),
    functions: userFunctions.map((entry) => ({
      name: entry.name,
      key: entry.key,
      type: typeText(entry.type),
      locked: entry.locked ?? false,
      at: at(entry.location),
    })),
    cells: [...context.cells.values()].map((cell) => ({
      name: cell.name,
      type: typeText(cell.type),
      constant: cell.constant,
      at: at(cell.location),
    })),
    components: Object.fromEntries(context.components),
    files: [...files.keys()],
  };
}

/** An attribute whose type is parsed when it is first asked for: a later file touches few of those that exist. */
class StoredAttribute {
  readonly kind = "attribute";
  location: Location | undefined;
  private readonly text: string;
  private parsed: Type | undefined;

  constructor(text: string, location: Location | undefined) {
    this.text = text;
    this.location = location;
  }

  get type(): Type {
    this.parsed ??= typeFromText(this.text) ?? freshVariable();
    return this.parsed;
  }

  set type(type: Type) {
    this.parsed = type;
  }
}

type Restore = (members: Map<string, DeclaredNode>, stored: StoredMembers) => void;

/** A section whose members are read when they are first asked for. */
class StoredSection {
  readonly kind = "section";
  location: Location | undefined;
  private stored: StoredMembers | undefined;
  private readonly restore: Restore;
  private readonly known = new Map<string, DeclaredNode>();

  constructor(stored: StoredMembers, location: Location | undefined, restore: Restore) {
    this.stored = stored;
    this.location = location;
    this.restore = restore;
  }

  get members(): Map<string, DeclaredNode> {
    const { stored } = this;
    this.stored = undefined;
    if (stored !== undefined) this.restore(this.known, stored);
    return this.known;
  }
}

/** A context from its snapshot and the builtins of the running program. Returns undefined if the snapshot is of another format. */
export function restoreContext(snapshot: ContextSnapshot, builtins: readonly BuiltinSignature[]): CheckContext | undefined {
  if (snapshot.format !== irFormat) return undefined;
  const context = createContext(builtins);
  const location = (stored: StoredLocation): Location | undefined => {
    if (stored === null) return undefined;
    const [file, line, col, endLine, endCol] = stored;
    return { file: snapshot.files[file] ?? "", line, col, endLine, endCol };
  };
  const restore = (members: Map<string, DeclaredNode>, stored: StoredMembers): void => {
    for (const [name, [at, content]] of stored) {
      members.set(
        name,
        typeof content === "string"
          ? new StoredAttribute(content, location(at))
          : new StoredSection(content, location(at), restore),
      );
    }
  };
  const [, members] = snapshot.root;
  if (typeof members !== "string") restore(context.root.members, members);
  for (const stored of snapshot.functions) addFunction(context, stored, location(stored.at));
  for (const { name, type, constant, at } of snapshot.cells) {
    context.cells.set(name, { name, type: typeFromText(type) ?? freshVariable(), constant, location: location(at) });
  }
  for (const [key, component] of Object.entries(snapshot.components)) context.components.set(key, component);
  return context;
}

function addFunction(context: CheckContext, stored: ContextSnapshot["functions"][number], location: Location | undefined): void {
  const { name, key, locked } = stored;
  const type = typeFromText(stored.type);
  if (type?.kind !== "function") return;
  const entry: FunctionEntry = {
    name,
    key,
    type: type as FunctionType,
    origin: "user",
    file: location?.file,
    location,
    yields: false,
    locked,
  };
  const sameName = context.functions.get(name);
  if (sameName === undefined) context.functions.set(name, [entry]);
  else sameName.push(entry);
}
