/**
 * Values of a configuration as they may be shown to people (`runtime-core.md` 4.9): secrets and header values are replaced, and every value comes with
 * who set it.
 */

import { originLocation } from "../encoding.js";
import { createRedactor, isSecretName, redacted } from "../log/index.js";
import { makeDict } from "../operations.js";
import { valueSource } from "../source-form.js";
import { type AttributeNode, effectiveValue, type Origin } from "../store.js";
import { DictValue, TupleValue, type Value } from "../values.js";

/** A value without what nobody should see: secrets by the name of their field, values of headers, texts that contain one of `secrets`. */
export function shownValue(path: string, value: Value, redact: (text: string) => string): Value {
  const parts = path.split(".");
  const name = parts[parts.length - 1] as string;
  const configures = parts[0] === "sink_config" || parts[0] === "auth_config" || parts[0] === "object_store_config";
  if (configures && isSecretName(name) && typeof value === "string" && value !== "") return redacted;
  if (name === "headers" && value instanceof DictValue)
    return makeDict([...value.entries.values()].map(([key]) => [key, redacted] as const));
  return withoutSecrets(value, redact);
}

function withoutSecrets(value: Value, redact: (text: string) => string): Value {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, redact));
  if (value instanceof TupleValue) return new TupleValue(value.items.map((item) => withoutSecrets(item, redact)));
  if (value instanceof DictValue)
    return makeDict([...value.entries.values()].map(([key, item]) => [key, withoutSecrets(item, redact)] as const));
  return value;
}

/** The value in force as c4m text, made safe to show. */
export function shownText(path: string, node: AttributeNode, secrets: readonly string[]): string {
  return valueSource(shownValue(path, effectiveValue(node), createRedactor(secrets)));
}

/** Files of ours have relative names without a directory of the user's in front. */
const shippedFile = /^(schema\/|keyspecs\/)?[a-z_0-9]+\.(c4m|c42spec)$/;

/** Who set a value, for people: `/etc/chalk.c4m:3:1`, `the default (schema/…)`, `the flag --debug`. */
export function originText(origin: Origin): string {
  if (origin.kind === "flag") return `the flag --${origin.flag.replace(/^-+/, "")}`;
  if (origin.kind === "host") return `chalk itself (${origin.by})`;
  const place = originLocation(origin);
  const at = place === undefined ? "" : `${place.file}:${place.line}:${place.col}`;
  if (origin.kind === "default") return "the default of the schema";
  const what = place !== undefined && shippedFile.test(place.file) ? `what ships with chalk (${at})` : at || "a configuration";
  if (origin.kind === "override") return `add_override in ${what}`;
  return origin.kind === "parameter" ? `a component's parameter${at === "" ? "" : ` (${at})`}` : what;
}

/** One origin as data. */
export function originRecord(origin: Origin): {
  readonly kind: string;
  readonly at?: string;
  readonly flag?: string;
  readonly by?: string;
} {
  const place = originLocation(origin);
  return {
    kind: origin.kind,
    ...(place === undefined ? {} : { at: `${place.file}:${place.line}:${place.col}` }),
    ...(origin.kind === "flag" ? { flag: origin.flag } : {}),
    ...(origin.kind === "host" ? { by: origin.by } : {}),
  };
}

/** The origins of an attribute: that of the value in force, then the earlier ones, latest first. */
export function originsOf(node: AttributeNode): readonly Origin[] {
  const all = node.override === undefined ? [...node.history, node.origin] : [...node.history, node.origin, node.override.origin];
  return all.reverse().filter((origin, i, list) => i === 0 || originText(origin) !== originText(list[i - 1] as Origin));
}
