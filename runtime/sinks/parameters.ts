/**
 * The parameters of one sink configuration, read from settings or, for the program's internal sinks, from a plain table, and converted to what sinks
 * work with. Types were checked when the configuration was validated; what is missing or odd here falls back, so that no sink can break the program.
 */
import type { Settings } from "../settings/settings.js";
import { DictValue, QuantityValue, type Value } from "../values.js";

export interface Parameters {
  has(name: string): boolean;
  string(name: string, fallback: string): string;
  bool(name: string, fallback: boolean): boolean;
  int(name: string, fallback: number): number;
  /** int: ms; Size: its bytes read as ms (old configurations); Duration. */
  milliseconds(name: string, fallback: number): number;
  /** int or Size. */
  bytes(name: string, fallback: number): number;
  strings(name: string, fallback: readonly string[]): readonly string[];
  map(name: string): ReadonlyMap<string, string>;
  value(name: string): Value | undefined;
  /** Names of sub-sections, such as those of `normalize`. */
  sections(name: string): readonly string[];
  /** All parameters that are set, for trace output. */
  names(): readonly string[];
}

function fromValues(value: (name: string) => Value | undefined, rest: Pick<Parameters, "sections" | "names">): Parameters {
  return {
    ...rest,
    value,
    has: (name) => value(name) !== undefined,
    string(name, fallback) {
      const found = value(name);
      return typeof found === "string" ? found : fallback;
    },
    bool(name, fallback) {
      const found = value(name);
      return typeof found === "boolean" ? found : fallback;
    },
    int(name, fallback) {
      const found = value(name);
      return typeof found === "bigint" ? Number(found) : fallback;
    },
    milliseconds(name, fallback) {
      const found = value(name);
      if (typeof found === "bigint") return Number(found);
      if (!(found instanceof QuantityValue)) return fallback;
      return found.type === "Duration" ? Number(found.amount) / 1000 : Number(found.amount);
    },
    bytes(name, fallback) {
      const found = value(name);
      if (typeof found === "bigint") return Number(found);
      return found instanceof QuantityValue && found.type === "Size" ? Number(found.amount) : fallback;
    },
    strings(name, fallback) {
      const found = value(name);
      return Array.isArray(found) ? found.filter((item): item is string => typeof item === "string") : fallback;
    },
    map(name) {
      const found = value(name);
      const result = new Map<string, string>();
      if (found instanceof DictValue)
        for (const [key, item] of found.entries.values())
          if (typeof key === "string" && typeof item === "string") result.set(key, item);
      return result;
    },
  };
}

/**
 * The parameters of section `sink_config.NAME` (or any other section of that shape). Only what is set is asked for: the defaults of parameters are the
 * sinks' own, and looking for one in the schema would have all of it read.
 */
export function parametersOf(settings: Settings, section: string): Parameters {
  const isSet = (name: string) => name.includes(".") || settings.fields(section).includes(name);
  return fromValues((name) => (isSet(name) ? settings.value(`${section}.${name}`) : undefined), {
    sections: (name) => settings.sections(`${section}.${name}`),
    names: () => settings.fields(section),
  });
}

/** Parameters of an internal sink. */
export function fixedParameters(table: Readonly<Record<string, Value>>): Parameters {
  return fromValues((name) => (Object.hasOwn(table, name) ? table[name] : undefined), {
    sections: () => [],
    names: () => Object.keys(table),
  });
}
