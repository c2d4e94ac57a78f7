/**
 * What the engine reads of the shipped configuration at every report, worked out when the project is built: keyspecs, plugins and templates in the form that it
 * uses. As sections they are a megabyte of text and thousands of nodes, of which most users change none. What somebody may have changed
 * (`Settings.isShipped`) is read from the configuration as ever.
 */
import type { Settings } from "../settings/settings.js";
import { restoreValue, storeValue } from "../shipped/snapshot.js";
import type { Value } from "../values.js";
import { createKeyspecs, type KeyKind, type Keyspec } from "./keyspecs.js";
import { type PluginFields, pluginFields } from "./plugins.js";
import { createTemplates, type Template, type TemplateKind } from "./templates.js";

type Stored = ReturnType<typeof storeValue>;

const flagNames = ["system", "confAsSystem", "codec", "applySubstitutions", "onlyObjectStore"] as const;
const valueNames = ["value", "callback", "canonicalize"] as const;

/** Kind, flags as bits, order, then the values that the section has, by their index in `valueNames`. */
type StoredKeyspec = readonly [kind: number, flags: number, order: Stored, ...values: (readonly [number, Stored])[]];

/** Lists are written as they are, sets as lists. */
interface StoredPlugin {
  readonly enabled: boolean;
  readonly codec: boolean;
  readonly priority: Stored;
  readonly ignore: readonly string[];
  readonly overrides: readonly string[];
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

interface StoredTemplate {
  readonly sequence: readonly string[];
  readonly orders: readonly (readonly [string, Stored])[];
  readonly stores: readonly (readonly [string, string])[];
  readonly defaultStore: Template["defaultStore"] | null;
}

/** The prepared parts, each read when it is first asked for. Undefined: there is nothing of that name in the shipped configuration. */
export interface PreparedReporting {
  keyspec(name: string): Keyspec | undefined;
  plugin(name: string): PluginFields | undefined;
  template(kind: TemplateKind, name: string): Template | undefined;
}

const templateKinds: readonly TemplateKind[] = ["mark_template", "report_template"];
const templateChunk = (kind: TemplateKind, name: string) => `${kind} ${name}`;

function saveKeyspec(spec: Keyspec): StoredKeyspec {
  const flags = flagNames.reduce((bits, name, index) => (spec[name] ? bits | (1 << index) : bits), 0);
  const values = valueNames.flatMap((name, index): (readonly [number, Stored])[] => {
    const value = spec[name];
    return value === undefined ? [] : [[index, storeValue(value)]];
  });
  return [spec.kind, flags, storeValue(spec.order), ...values];
}

function savePlugin(plugin: PluginFields): StoredPlugin {
  return {
    enabled: plugin.enabled,
    codec: plugin.codec,
    priority: storeValue(plugin.priority),
    ignore: [...plugin.ignore],
    overrides: [...plugin.overrides],
    keys: Object.fromEntries(Object.entries(plugin.keys).map(([phase, keys]) => [phase, [...keys]])),
  };
}

function saveTemplate(template: Template): StoredTemplate {
  return {
    sequence: template.sequence,
    orders: [...template.orders].map(([key, order]) => [key, storeValue(order)]),
    stores: [...template.stores],
    defaultStore: template.defaultStore ?? null,
  };
}

/** The texts of all parts by name, from the complete shipped configuration. */
export function saveReporting(settings: Settings): Readonly<Record<string, string>> {
  const keyspecs = createKeyspecs(settings);
  const templates = createTemplates(
    settings,
    keyspecs,
    () => [],
    () => {},
  );
  const table = <T>(section: string, make: (name: string) => T) =>
    JSON.stringify(Object.fromEntries(settings.sections(section).map((name) => [name, make(name)])));
  const texts: Record<string, string> = {
    keyspecs: table("keyspec", (name) => saveKeyspec(keyspecs.get(name) as Keyspec)),
    plugins: table("plugin", (name) => savePlugin(pluginFields(settings, name))),
  };
  for (const kind of templateKinds)
    for (const name of settings.sections(kind))
      texts[templateChunk(kind, name)] = JSON.stringify(saveTemplate(templates.get(kind, name) as Template));
  return texts;
}

class PreparedKeyspec implements Keyspec {
  readonly name: string;
  readonly #stored: StoredKeyspec;
  constructor(name: string, stored: StoredKeyspec) {
    this.name = name;
    this.#stored = stored;
  }
  #flag(name: (typeof flagNames)[number]): boolean {
    return (this.#stored[1] & (1 << flagNames.indexOf(name))) !== 0;
  }
  #value(name: (typeof valueNames)[number]): Value | undefined {
    const [, , , ...values] = this.#stored;
    const found = values.find(([index]) => valueNames[index] === name);
    return found && restoreValue(found[1]);
  }
  get kind(): KeyKind {
    return this.#stored[0] as KeyKind;
  }
  get order(): bigint {
    return restoreValue(this.#stored[2]) as bigint;
  }
  get system(): boolean {
    return this.#flag("system");
  }
  get confAsSystem(): boolean {
    return this.#flag("confAsSystem");
  }
  get codec(): boolean {
    return this.#flag("codec");
  }
  get applySubstitutions(): boolean {
    return this.#flag("applySubstitutions");
  }
  get onlyObjectStore(): boolean {
    return this.#flag("onlyObjectStore");
  }
  get value(): Value | undefined {
    return this.#value("value");
  }
  get callback(): Value | undefined {
    return this.#value("callback");
  }
  get canonicalize(): Value | undefined {
    return this.#value("canonicalize");
  }
}

/** Opens what `saveReporting` wrote; `text` gives a part, undefined if there is none of that name. */
export function openReporting(text: (name: string) => string | undefined): PreparedReporting {
  const tables = new Map<string, Readonly<Record<string, unknown>>>();
  function entry<T>(table: string, name: string): T | undefined {
    let found = tables.get(table);
    if (found === undefined) tables.set(table, (found = JSON.parse(text(table) ?? "{}") as Readonly<Record<string, unknown>>));
    return Object.hasOwn(found, name) ? (found[name] as T) : undefined;
  }
  return {
    keyspec(name) {
      const stored = entry<StoredKeyspec>("keyspecs", name);
      return stored && new PreparedKeyspec(name, stored);
    },
    plugin(name) {
      const stored = entry<StoredPlugin>("plugins", name);
      if (stored === undefined) return undefined;
      const keys = Object.fromEntries(Object.entries(stored.keys).map(([phase, names]) => [phase, new Set(names)]));
      return {
        enabled: stored.enabled,
        codec: stored.codec,
        priority: restoreValue(stored.priority) as bigint,
        ignore: new Set(stored.ignore),
        overrides: new Set(stored.overrides),
        keys: keys as unknown as PluginFields["keys"],
      };
    },
    template(kind, name) {
      const stored = text(templateChunk(kind, name));
      if (stored === undefined) return undefined;
      const { sequence, orders, stores, defaultStore } = JSON.parse(stored) as StoredTemplate;
      return {
        name,
        sequence,
        keys: new Set(sequence),
        orders: new Map(orders.map(([key, order]) => [key, restoreValue(order) as bigint])),
        stores: new Map(stores),
        defaultStore: defaultStore ?? undefined,
      };
    },
  };
}
