/** Labels and environment variables of an image, from the configuration and from what was collected (`docker.md` 11). */
import { compact, type Json } from "../json.js";
import type { BuildServices } from "./build.js";
import { type AddedLabel, environmentName, makeLabel, quotedValue } from "./labels.js";

export type ValueSources = Pick<BuildServices, "settings" | "marks" | "log">;

/** The labels of an image: those of the configuration, then those from keys, by name within each group. */
export function labelsOf({ settings, marks }: ValueSources, escapeWith: string): AddedLabel[] {
  const make = (name: string, value: string, isCustom: boolean): AddedLabel[] => {
    const label = makeLabel(settings.labelPrefix, name, value, escapeWith, isCustom);
    return label === undefined ? [] : [label];
  };
  const custom = [...settings.customLabels].flatMap(([name, value]) => make(name, value, true));
  if (settings.labelTemplate === "") return custom;
  const byName = (left: readonly [string, Json], right: readonly [string, Json]): number => (left[0] < right[0] ? -1 : 1);
  const chosen = marks.labelKeys().flatMap((group) => [...group].sort(byName));
  return [...custom, ...chosen.flatMap(([name, value]) => make(name, typeof value === "string" ? value : compact(value), false))];
}

/** The environment variables of an image, as instructions. */
export function environmentLines({ settings, marks, log }: ValueSources, escapeWith: string): string[] {
  return [...settings.environmentVariables].flatMap(([given, value]) => {
    const skip = (why: string): string[] => {
      log("warn", `docker: the environment variable ${given} is not added: ${why}`);
      return [];
    };
    const name = environmentName(given);
    if (name === undefined) return skip("a name consists of letters, digits and underscores, and does not begin with a digit");
    let text = value;
    if (value.startsWith("@")) {
      const key = value.slice(1);
      const found = key.startsWith("_") ? undefined : marks.key(key);
      if (found === undefined) return skip(`there is no chalk-time key ${key} with a value`);
      text = typeof found === "string" ? found : compact(found);
    }
    const quoted = quotedValue(text, escapeWith, false);
    return quoted === undefined ? [] : [`ENV ${name}=${quoted}`];
  });
}
