/**
 * The compiled form of the embedded configuration, as it stands in the mark (`$CHALK_IR`, `runtime-core.md` 7.1), and what `load` found out about it. A
 * configuration that looks at nothing outside itself has the same outcome at every start: it was valid when it was loaded, so it is valid now, and the
 * defaults that the schema filled in then are those that it would fill in now. Such a one is *settled*: a start applies the recorded defaults and
 * needs neither schema nor validation. All others are validated at every start.
 */
import { capabilitiesUsed } from "../../compiler/capabilities.js";
import type { Capability } from "../../compiler/context.js";
import type { ModuleIr } from "../../compiler/ir.js";
import { deserializeModule, type StoredModule, serializeModule } from "../../compiler/serialize.js";
import { builtins } from "../builtins/index.js";
import { isUntouched, restoreValue, storeValue } from "../shipped/snapshot.js";
import { effectiveOrigin, lookup, type SectionNode, type Store } from "../store.js";
import { visitNodes } from "../validate/visit-ir.js";
import { plainMarker } from "./quick.js";

/** Path, stored value, type text. */
type RecordedDefault = readonly [path: readonly string[], value: ReturnType<typeof storeValue>, type: string];

export interface EmbeddedIr {
  readonly compiled: StoredModule;
  /** Present if the outcome cannot differ from start to start. */
  readonly defaults: readonly RecordedDefault[] | undefined;
  /** True if it cannot change what `version` prints (`quick.ts`). */
  readonly isPlain: boolean;
}

/** Classes whose use leaves the outcome the same wherever and whenever the configuration runs. */
const repeatable: ReadonlySet<Capability> = new Set<Capability>(["pure", "config-write", "reporting"]);

const classesOf = (name: string): readonly Capability[] =>
  builtins.filter((builtin) => builtin.name === name).flatMap((builtin) => builtin.classes);

/**
 * True if nothing in the files looks at the host, the clock or the network, and nothing reads what the command line or an earlier file may have made of the
 * host: attributes, and variables that the files don't set themselves.
 */
export function isRepeatable({ module, components }: StoredModule): boolean {
  return [module, ...components.values()].every(
    (part) => capabilitiesUsed(part, classesOf).every((use) => repeatable.has(use.capability)) && readsOnlyItself(part),
  );
}

const cellOf = (variable: unknown): string | undefined => (variable as { readonly cell?: string }).cell;

function readsOnlyItself(part: ModuleIr): boolean {
  const own = new Set<string | undefined>();
  let only = true;
  const code = [part.body, part.functions, part.parameters];
  visitNodes(code, (node) => {
    if (node.k === "set") own.add(cellOf(node["to"]));
    else if (node.k === "unpack") for (const variable of node["to"] as readonly unknown[]) own.add(cellOf(variable));
  });
  visitNodes(code, (node) => {
    const cell = node.k === "var" ? cellOf(node["of"]) : undefined;
    if (node.k === "attr" || (cell !== undefined && !own.has(cell))) only = false;
  });
  return only;
}

/** What a plain file may consist of, besides calls of pure builtins. Reading an attribute is not among it. */
const plainNodes: ReadonlySet<string> = new Set([
  "section",
  "assign",
  "const",
  "neg",
  "plus",
  "not",
  "and",
  "or",
  "op",
  "list",
  "tuple",
  "dict",
  "call",
  "use",
]);

/** Where the one sink of topic `version` is configured. */
const console = ["sink_config", "console_out"] as const;

/**
 * True if a file and its components cannot change what `version` prints, whatever the circumstances: they only assign values made of constants, and
 * assign neither top-level settings (log, colours, search path) nor the sink of the console.
 */
export function isPlain({ module, components }: StoredModule): boolean {
  return [module, ...components.values()].every(isPlainModule);
}

function isPlainModule(module: ModuleIr): boolean {
  if (module.functions.length > 0 || module.parameters.length > 0) return false;
  if (capabilitiesUsed(module, classesOf).some((use) => use.capability !== "pure")) return false;
  let plain = true;
  visitNodes(module.body, (node) => {
    plain &&= plainNodes.has(node.k);
    if (node.k !== "assign" && node.k !== "section") return;
    const path = node["path"] as readonly string[];
    plain &&= (node.k === "section" || path.length > 1) && !console.every((name, i) => path[i] === name);
  });
  return plain;
}

/** Defaults that are in a store but not in the snapshot that is its beginning. */
export function newDefaults(store: Store, beginning: Store): RecordedDefault[] {
  const found: RecordedDefault[] = [];
  const walk = (section: SectionNode, before: SectionNode | undefined, path: readonly string[]): void => {
    if (isUntouched(section)) return;
    for (const [name, node] of section.members) {
      const known = before?.members.get(name);
      if (node.kind === "section") walk(node, known?.kind === "section" ? known : undefined, [...path, name]);
      else if (known === undefined && effectiveOrigin(node).kind === "default")
        found.push([[...path, name], storeValue(node.value), node.type]);
    }
  };
  walk(store.root, beginning.root, []);
  return found;
}

/** Fills in recorded defaults where nothing has a value. */
export function applyRecordedDefaults(store: Store, defaults: readonly RecordedDefault[]): void {
  for (const [path, value, type] of defaults) {
    const parent = lookup(store, path.slice(0, -1));
    const name = path[path.length - 1] as string;
    if (parent?.kind !== "section" || parent.members.has(name)) continue;
    parent.members.set(name, {
      kind: "attribute",
      value: restoreValue(value),
      type,
      origin: { kind: "default", location: undefined },
      lock: undefined,
      override: undefined,
      history: [],
    });
  }
}

/** The text that goes into the mark. */
export function writeEmbeddedIr({ compiled, defaults, isPlain }: EmbeddedIr): string {
  return `${isPlain ? plainMarker : ""}${JSON.stringify(defaults ?? null)}\n${serializeModule(compiled)}`;
}

/** Reads the text; undefined if it is damaged or of another format. */
export function readEmbeddedIr(text: string): EmbeddedIr | undefined {
  const newline = text.indexOf("\n");
  if (newline < 0) return undefined;
  const compiled = deserializeModule(text.slice(newline + 1));
  if (compiled === undefined) return undefined;
  try {
    const isPlain = text.startsWith(plainMarker);
    return {
      compiled,
      isPlain,
      defaults: (JSON.parse(text.slice(0, newline)) as readonly RecordedDefault[] | null) ?? undefined,
    };
  } catch {
    return undefined;
  }
}
