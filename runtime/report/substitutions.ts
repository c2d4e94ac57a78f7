/**
 * `{chalk_id}`, `{now}`, `{path}`, `{hash}` and `{random}` in string values of keys such as `CHALK_PTR` (`runtime-core.md` 5.6, `collection.md` 4.5).
 */
import type { Json } from "../json.js";
import type { Keyspecs } from "./keyspecs.js";
import { substitutionSources } from "./plan.js";

/** Replaces tokens in one pass; a token whose source was not collected stays. */
export function substitute(text: string, lookUp: (key: string) => Json | undefined): string {
  return text.replace(/\{(\w+)\}/g, (token, name: string) => {
    const source = Object.hasOwn(substitutionSources, name) ? substitutionSources[name] : undefined;
    const value = source === undefined ? undefined : lookUp(source);
    return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : token;
  });
}

/** Replaces them in all values of keys that ask for it. */
export function substituteAll(data: Map<string, Json>, keyspecs: Keyspecs, lookUp: (key: string) => Json | undefined): void {
  for (const [key, value] of data)
    if (typeof value === "string" && value.includes("{") && keyspecs.get(key)?.applySubstitutions === true)
      data.set(key, substitute(value, lookUp));
}
