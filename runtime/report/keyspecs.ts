/**
 * What the engine needs to know of a metadata key: the fields of its `keyspec` section. There are more than 500 of them and a run needs few, so each
 * is read when it is asked for, and only fields that the section has.
 */
import { DEFAULT_KEY_ORDER } from "../json.js";
import type { Settings } from "../settings/settings.js";
import type { Value } from "../values.js";

/** ChalkTimeHost, ChalkTimeArtifact, RunTimeArtifact, RunTimeHost (`runtime-core.md` 5.3). */
export type KeyKind = 0 | 1 | 2 | 3;

export interface Keyspec {
  readonly name: string;
  readonly kind: KeyKind;
  /** Only system plugins may write it … */
  readonly system: boolean;
  /** … and the configuration, if this is set. */
  readonly confAsSystem: boolean;
  /** Only codecs may write it. */
  readonly codec: boolean;
  readonly applySubstitutions: boolean;
  readonly onlyObjectStore: boolean;
  /** `normalized_order`, or the default. */
  readonly order: bigint;
  /** What the configuration gives it if nothing else does. */
  readonly value: Value | undefined;
  readonly callback: Value | undefined;
  readonly canonicalize: Value | undefined;
}

export interface Keyspecs {
  /** Undefined if no keyspec has that name. */
  get(name: string): Keyspec | undefined;
  /** `normalized_order`, or the default. */
  order(name: string): bigint;
}

class KeyspecSection implements Keyspec {
  readonly name: string;
  readonly #settings: Settings;
  readonly #fields: ReadonlySet<string>;

  constructor(settings: Settings, name: string, fields: readonly string[]) {
    this.#settings = settings;
    this.name = name;
    this.#fields = new Set(fields);
  }

  #value(field: string): Value | undefined {
    return this.#fields.has(field) ? this.#settings.value(`keyspec.${this.name}.${field}`) : undefined;
  }

  get kind(): KeyKind {
    return Number(this.#value("kind") ?? 0n) as KeyKind;
  }
  get system(): boolean {
    return this.#value("system") === true;
  }
  get confAsSystem(): boolean {
    return this.#value("conf_as_system") === true;
  }
  get codec(): boolean {
    return this.#value("codec") === true;
  }
  get applySubstitutions(): boolean {
    return this.#value("apply_substitutions") === true;
  }
  get onlyObjectStore(): boolean {
    return this.#value("only_object_store") === true;
  }
  get order(): bigint {
    const order = this.#value("normalized_order");
    return typeof order === "bigint" ? order : DEFAULT_KEY_ORDER;
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

/** Keyspecs of a configuration that doesn't change any more; `prepared` knows those of the shipped configuration. */
export function createKeyspecs(settings: Settings, prepared?: (name: string) => Keyspec | undefined): Keyspecs {
  const known = new Map<string, Keyspec | undefined>();
  const keyspecs: Keyspecs = {
    get(name) {
      const found = known.get(name);
      if (found !== undefined || known.has(name)) return found;
      if (prepared !== undefined && settings.isShipped(`keyspec.${name}`)) {
        const shipped = prepared(name);
        known.set(name, shipped);
        return shipped;
      }
      const fields = settings.fields(`keyspec.${name}`);
      const made =
        fields.length > 0 || settings.exists(`keyspec.${name}`) ? new KeyspecSection(settings, name, fields) : undefined;
      known.set(name, made);
      return made;
    },
    order(name) {
      if (prepared !== undefined && settings.isShipped(`keyspec.${name}`)) return keyspecs.get(name)?.order ?? DEFAULT_KEY_ORDER;
      return settings.bigint(`keyspec.${name}.normalized_order`, DEFAULT_KEY_ORDER);
    },
  };
  return keyspecs;
}
