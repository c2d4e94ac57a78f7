/**
 * The settings view over a store and its schema. Reading is by dotted path: the value in force, else the schema's default for the field, so that a
 * stanza that no file opened behaves as if it had been opened empty (`schema-language.md` 5.1). A default is withheld where an excluded counterpart
 * has a value, and for instances of object types that do not exist: those have no fields.
 */
import { entriesByName, excludedBy, type Schema, sectionType } from "../../compiler/schema/schema.js";
import { isUntouched } from "../shipped/snapshot.js";
import { effectiveOrigin, effectiveValue, lookup, type SectionNode, type Store, type StoreNode } from "../store.js";
import { decodeConstant } from "../validate/constants.js";
import { kindOf } from "../value-types.js";
import { DictValue, QuantityValue, type Value } from "../values.js";
import type { Settings } from "./settings.js";

/** Calls a function by reference or name; undefined if there is none or it fails. */
export type SettingsCaller = (reference: Value, args: readonly Value[], what: string | undefined) => Value | undefined;

/** Makes the settings view. It reads the store anew at each question, so later changes show. Without `call`, `Settings.call` finds no functions. */
export function createSettings(
  store: Store,
  schema: Schema | undefined | (() => Schema | undefined),
  call: SettingsCaller = () => undefined,
): Settings {
  return new StoreSettings(store, typeof schema === "function" ? schema : () => schema, call);
}

class StoreSettings implements Settings {
  readonly #store: Store;
  readonly #schemaSource: Schema | undefined | (() => Schema | undefined);
  readonly #call: SettingsCaller;

  constructor(store: Store, schema: Schema | undefined | (() => Schema | undefined), call: SettingsCaller) {
    this.#store = store;
    this.#schemaSource = schema;
    this.#call = call;
  }

  /** Read only when a field is asked for that has no attribute. */
  get #schema(): Schema | undefined {
    return typeof this.#schemaSource === "function" ? this.#schemaSource() : this.#schemaSource;
  }

  value(path: string): Value | undefined {
    const names = split(path);
    const node = lookup(this.#store, names);
    if (node?.kind === "attribute") return effectiveValue(node);
    return node === undefined ? this.#default(names) : undefined;
  }

  bool(path: string, fallback = false): boolean {
    return this.#convert(path, "bool", fallback, (value) => (typeof value === "boolean" ? value : undefined));
  }

  int(path: string, fallback = 0): number {
    return this.#convert(path, "int", fallback, (value) => (typeof value === "bigint" ? Number(value) : undefined));
  }

  bigint(path: string, fallback = 0n): bigint {
    return this.#convert(path, "int", fallback, (value) => (typeof value === "bigint" ? value : undefined));
  }

  string(path: string, fallback = ""): string {
    return this.#convert(path, "string", fallback, (value) => (typeof value === "string" ? value : undefined));
  }

  strings(path: string, fallback: readonly string[] = []): readonly string[] {
    return this.#convert(path, "list[string]", fallback, (value) =>
      Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined,
    );
  }

  duration(path: string, fallback = 0): number {
    return this.#convert(path, "Duration", fallback, (value) => {
      if (typeof value === "bigint") return Number(value);
      if (!(value instanceof QuantityValue)) return undefined;
      // A Size counts as milliseconds: the spelling of old sink configurations (ours.md 2.3).
      return value.type === "Duration" ? Number(value.amount) / 1000 : Number(value.amount);
    });
  }

  size(path: string, fallback = 0): number {
    return this.#convert(path, "Size", fallback, (value) => {
      if (typeof value === "bigint") return Number(value);
      return value instanceof QuantityValue && value.type === "Size" ? Number(value.amount) : undefined;
    });
  }

  stringMap(path: string): ReadonlyMap<string, string> {
    return this.#convert(path, "dict[string, string]", new Map<string, string>(), (value) => {
      if (!(value instanceof DictValue)) return undefined;
      const entries = [...value.entries.values()];
      const isText = (pair: readonly [Value, Value]): pair is readonly [string, string] =>
        typeof pair[0] === "string" && typeof pair[1] === "string";
      return entries.every(isText) ? new Map(entries) : undefined;
    });
  }

  sections(path: string): readonly string[] {
    return this.#names(path, "section");
  }

  fields(path: string): readonly string[] {
    return this.#names(path, "attribute");
  }

  isSet(path: string): boolean {
    const node = lookup(this.#store, split(path));
    if (node === undefined) return false;
    return node.kind === "section" || effectiveOrigin(node).kind !== "default";
  }

  exists(path: string): boolean {
    return lookup(this.#store, split(path)) !== undefined;
  }

  isShipped(path: string): boolean {
    let node: StoreNode | undefined = this.#store.root;
    for (const name of split(path)) {
      if (node?.kind !== "section") return false;
      if (isUntouched(node)) return true;
      node = node.members.get(name);
    }
    return node?.kind === "section" && isUntouched(node);
  }

  call(reference: Value, args: readonly Value[], what?: string): Value | undefined {
    return this.#call(reference, args, what);
  }

  #names(path: string, kind: StoreNode["kind"]): readonly string[] {
    const node = lookup(this.#store, split(path));
    if (node?.kind !== "section") return [];
    return [...node.members].filter(([, member]) => member.kind === kind).map(([name]) => name);
  }

  /**
   * Reads and converts. A value that the schema lets through with another type (undeclared fields of a `user_def_ok` section) gives the fallback;
   * if the schema declares the field, asking for another type is a mistake of the program.
   */
  #convert<T>(path: string, wanted: string, fallback: T, read: (value: Value) => T | undefined): T {
    const value = this.value(path);
    if (value === undefined) return fallback;
    const converted = read(value);
    if (converted !== undefined) return converted;
    if (this.#declares(split(path)))
      throw new Error(`internal error: setting ${path} is ${kindOf(value)} and was read as ${wanted}`);
    return fallback;
  }

  #declares(names: readonly string[]): boolean {
    const schema = this.#schema;
    return schema !== undefined && findField(schema, this.#store.root, names) !== undefined;
  }

  #default(names: readonly string[]): Value | undefined {
    const schema = this.#schema;
    if (schema === undefined) return undefined;
    const found = findField(schema, this.#store.root, names);
    if (found === undefined || !("default" in found.field.presence)) return undefined;
    const { section, type, field } = found;
    const isExcluded = section !== undefined && excludedBy(type, field.name).some((other) => section.members.has(other));
    return isExcluded
      ? undefined
      : decodeConstant((found.field.presence as { default: Parameters<typeof decodeConstant>[0] }).default);
  }
}

function split(path: string): readonly string[] {
  return path === "" ? [] : path.split(".");
}

/**
 * The rule of the field at a path and the section node it is in (undefined if a singleton on the way was never opened). Undefined if the schema has no
 * such field, or the path goes through an instance that does not exist.
 */
function findField(schema: Schema, root: SectionNode, names: readonly string[]) {
  let type = schema.root;
  let section: SectionNode | undefined = root;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const entry = entriesByName(type).get(name);
    if (entry === undefined) return undefined;
    if (entry.kind === "field") return index === names.length - 1 ? { field: entry, type, section } : undefined;
    const child = sectionType(schema, name);
    if (child === undefined) return undefined;
    section = below(section, name);
    if (child.kind === "object") {
      section = below(section, names[++index] ?? "");
      if (section === undefined) return undefined;
    }
    type = child;
  }
  return undefined;
}

function below(section: SectionNode | undefined, name: string): SectionNode | undefined {
  const node: StoreNode | undefined = section?.members.get(name);
  return node?.kind === "section" ? node : undefined;
}
