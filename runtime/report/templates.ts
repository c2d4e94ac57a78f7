/**
 * Mark and report templates (`runtime-core.md` 9.1): which keys they select and in what order a report shows them. A template is read when it is first
 * used and kept, so that a heartbeat costs no walk through the configuration.
 */
import { sortNames } from "../json.js";
import type { Settings } from "../settings/settings.js";
import type { Keyspecs } from "./keyspecs.js";

export type TemplateKind = "mark_template" | "report_template";

export interface Template {
  readonly name: string;
  /** Keys with `use: true`. */
  readonly keys: ReadonlySet<string>;
  /** The same in the order of a report: template's `order`, else the keyspec's; then by name. */
  readonly sequence: readonly string[];
  /** Orders that the template itself gives. */
  readonly orders: ReadonlyMap<string, bigint>;
  /** Names of object stores by key. */
  readonly stores: ReadonlyMap<string, string>;
  /** `default_object_store`, if it is enabled, named and has a threshold above 0 (bytes). */
  readonly defaultStore: { readonly name: string; readonly threshold: number } | undefined;
}

export interface Templates {
  /** The template of that name; undefined if there is none. The empty name is the default of its kind (`mark_default`, `null`). */
  get(kind: TemplateKind, name: string): Template | undefined;
  /** The template with some keys switched on besides. */
  withKeys(template: Template, extra: readonly string[]): Template;
}

/** What `copy_report_template_keys(from, to)` registered, in order. */
export type TemplateCopies = readonly (readonly [from: string, to: string])[];

const emptyName: Record<TemplateKind, string> = { mark_template: "mark_default", report_template: "null" };
/** Names that users expect (`ours.md` 2.3). */
const aliases: Readonly<Record<string, string>> = { reproducible: "reproducable" };

interface KeySetting {
  readonly use: boolean;
  readonly order: bigint | undefined;
  readonly store: string;
}

/** Templates of a configuration that doesn't change any more; `complain` hears of copies from templates that don't exist, `prepared` knows those that ship. */
export function createTemplates(
  settings: Settings,
  keyspecs: Keyspecs,
  copies: () => TemplateCopies,
  complain: (text: string) => void,
  prepared?: (kind: TemplateKind, name: string) => Template | undefined,
): Templates {
  const known = new Map<string, Template | undefined>();
  const extended = new WeakMap<Template, Template>();

  function ownKeys(section: string): Map<string, KeySetting> {
    const keys = new Map<string, KeySetting>();
    for (const key of settings.sections(`${section}.key`)) {
      const path = `${section}.key.${key}`;
      const fields = settings.fields(path);
      const order = fields.includes("order") ? settings.value(`${path}.order`) : undefined;
      keys.set(key, {
        use: !fields.includes("use") || settings.bool(`${path}.use`, true),
        order: typeof order === "bigint" ? order : undefined,
        store: fields.includes("object_store") ? settings.string(`${path}.object_store`, "") : "",
      });
    }
    return keys;
  }

  /** Own keys and those copied from elsewhere; `path` guards against cycles. */
  function keysOf(kind: TemplateKind, name: string, path: readonly string[]): Map<string, KeySetting> {
    const keys = ownKeys(`${kind}.${name}`);
    if (kind !== "report_template") return keys;
    for (const [from, to] of copies()) {
      if (to !== name || path.includes(from)) continue;
      if (!settings.exists(`${kind}.${from}`)) {
        complain(`copy_report_template_keys: there is no report template '${from}'`);
        continue;
      }
      for (const [key, setting] of keysOf(kind, from, [...path, name]))
        if (!keys.has(key)) keys.set(key, { use: setting.use, order: undefined, store: "" });
    }
    return keys;
  }

  /**
   * By order, then by name. Almost all keys have the same order, so they are gathered by it first and names are sorted natively: this runs at every start
   * that reports, when no code is warm yet.
   */
  function sorted(keys: Iterable<string>, orders: ReadonlyMap<string, bigint>): string[] {
    const byOrder = new Map<bigint, string[]>();
    for (const key of keys) {
      const order = orders.get(key) ?? keyspecs.order(key);
      const group = byOrder.get(order);
      if (group === undefined) byOrder.set(order, [key]);
      else group.push(key);
    }
    const groups = [...byOrder].sort(([a], [b]) => (a < b ? -1 : 1));
    return groups.flatMap(([, names]) => sortNames(names));
  }

  function readDefaultStore(section: string): Template["defaultStore"] {
    const path = `${section}.default_object_store`;
    // Off by default; asking for the default of a section that nobody opened would have the whole schema read.
    if (!settings.exists(path) || !settings.bool(`${path}.enabled`, false)) return undefined;
    const name = settings.string(`${path}.object_store`, "");
    const threshold = settings.size(`${path}.threshold`, 0);
    return name === "" || threshold <= 0 ? undefined : { name, threshold };
  }

  /** The template as it was prepared, if nothing can have changed it. */
  function shipped(kind: TemplateKind, name: string): Template | undefined {
    if (prepared === undefined || !settings.isShipped(`${kind}.${name}`)) return undefined;
    if (kind === "report_template" && copies().some(([, to]) => to === name)) return undefined;
    const found = prepared(kind, name);
    // Its order depends on the keys' own.
    const isAsShipped = settings.isShipped("keyspec") || found?.sequence.every((key) => settings.isShipped(`keyspec.${key}`));
    return isAsShipped ? found : undefined;
  }

  function read(kind: TemplateKind, name: string): Template | undefined {
    const ready = shipped(kind, name);
    if (ready !== undefined) return ready;
    const section = `${kind}.${name}`;
    if (!settings.exists(section)) return name === "null" ? empty(name) : undefined;
    const used = [...keysOf(kind, name, [])].filter(([, setting]) => setting.use);
    const orders = new Map(used.flatMap(([key, { order }]) => (order === undefined ? [] : [[key, order] as const])));
    const keys = new Set(used.map(([key]) => key));
    return {
      name,
      keys,
      sequence: sorted(keys, orders),
      orders,
      stores: new Map(used.flatMap(([key, { store }]) => (store === "" ? [] : [[key, store] as const]))),
      defaultStore: kind === "report_template" ? readDefaultStore(section) : undefined,
    };
  }

  return {
    get(kind, requested) {
      const asked = requested === "" ? emptyName[kind] : requested;
      const alias = Object.hasOwn(aliases, asked) ? aliases[asked] : undefined;
      const name = alias !== undefined && !settings.exists(`${kind}.${asked}`) ? alias : asked;
      const id = `${kind}.${name}`;
      if (!known.has(id)) known.set(id, read(kind, name));
      return known.get(id);
    },
    withKeys(template, extra) {
      const keys = new Set([...template.keys, ...extra]);
      if (keys.size === template.keys.size) return template;
      const found = extended.get(template);
      if (found !== undefined && found.keys.size === keys.size && extra.every((key) => found.keys.has(key))) return found;
      const made: Template = { ...template, keys, sequence: sorted(keys, template.orders) };
      extended.set(template, made);
      return made;
    },
  };
}

/** A template that selects nothing. */
export function empty(name: string): Template {
  return { name, keys: new Set(), sequence: [], orders: new Map(), stores: new Map(), defaultStore: undefined };
}
