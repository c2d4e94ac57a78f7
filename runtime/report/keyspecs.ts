/**
 * What the engine needs to know of a metadata key: the fields of its `keyspec` section, read from the settings once.
 */
import { DEFAULT_KEY_ORDER } from "../json.js";
import type { Settings } from "../settings/settings.js";

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
  readonly order: bigint;
}

export interface Keyspecs {
  /** Undefined if no keyspec has that name. */
  get(name: string): Keyspec | undefined;
  /** `normalized_order`, or the default. */
  order(name: string): bigint;
}

/** Keyspecs of a configuration that doesn't change any more. */
export function createKeyspecs(settings: Settings): Keyspecs {
  const known = new Map<string, Keyspec | undefined>();

  function read(name: string): Keyspec | undefined {
    const section = `keyspec.${name}`;
    if (!settings.exists(section)) return undefined;
    const flag = (field: string) => settings.bool(`${section}.${field}`, false);
    return {
      name,
      kind: settings.int(`${section}.kind`, 0) as KeyKind,
      system: flag("system"),
      confAsSystem: flag("conf_as_system"),
      codec: flag("codec"),
      applySubstitutions: flag("apply_substitutions"),
      onlyObjectStore: flag("only_object_store"),
      order: settings.bigint(`${section}.normalized_order`, DEFAULT_KEY_ORDER),
    };
  }

  function get(name: string): Keyspec | undefined {
    if (!known.has(name)) known.set(name, read(name));
    return known.get(name);
  }
  return { get, order: (name) => get(name)?.order ?? DEFAULT_KEY_ORDER };
}
