/**
 * The data of reports and marks, and its one textual form: upstream's compact style (`runtime-core.md` 6.1, `marks-and-codecs.md` 1.2), which other
 * implementations read and which hashes and log readers depend on. Integers and floats stay apart: a `number` that is an integer prints as an integer;
 * `Float` forces the float form. The reader for it is `json-reader.ts`.
 */

import { readyText } from "./ready-list.js";

export { findObjectEnd, type JsonFailure, type JsonOptions, type JsonSuccess, parseJson } from "./json-reader.js";

/** A float even if its value is whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type Json = null | boolean | number | bigint | string | Float | readonly Json[] | JsonObject;
/** Insertion-ordered; a Map because keys such as "1" must keep their place. */
export type JsonObject = ReadonlyMap<string, Json>;

/** Is this value an object (and not a list, float or scalar)? */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** The text under a name; empty if there is none, or something else. */
export function textAt(object: JsonObject, name: string): string {
  const value = object.get(name);
  return typeof value === "string" ? value : "";
}

/** Is this value a list? */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Order number of keys that no keyspec orders (`runtime-core.md` 6.2). */
export const DEFAULT_KEY_ORDER = 1n << 62n;

const INT64_LIMIT = 2 ** 63;
const NEEDS_ESCAPE = /["\\\u0000-\u001f]/;
const ESCAPED = /["\\\u0000-\u001f]/g;
const SHORT_ESCAPES = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\b", "\\b"],
  ["\f", "\\f"],
]);

/** 0x0B prints its digits in lower case, 0x0E–0x1F in upper case: upstream's habit (`marks-and-codecs.md` 1.2). */
function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const digits = character.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${character === "\v" ? digits : digits.toUpperCase()}`;
}

/** Texts up to this length are looked at here: most are short, and calling the regular expression costs more than a few characters. */
const shortText = 40;

function needsEscape(text: string): boolean {
  if (text.length > shortText) return NEEDS_ESCAPE.test(text);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92) return true;
  }
  return false;
}

/** A JSON string literal. Lone surrogates are left to the UTF-8 encoder, which makes them U+FFFD. */
export function quoteJson(text: string): string {
  return needsEscape(text) ? `"${text.replace(ESCAPED, escapeCharacter)}"` : `"${text}"`;
}

/**
 * A finite float in the form that always reads back as a float: shortest round-trip digits, plain between 1e-4 and 1e16, else with a signed
 * exponent of at least two digits (`1.5`, `1.0`, `1e+25`, `1e-05`).
 */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${Math.abs(exponent).toString().padStart(2, "0")}`;
  }
  if (exponent >= 0) {
    const plain = String(value);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  // JavaScript prints plain digits down to 1e-6, so this range needs no work of its own.
  return String(value);
}

/** Does this number print (and hash) as an integer? */
export function isWholeNumber(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < INT64_LIMIT;
}

function formatNumber(value: number): string {
  if (!isWholeNumber(value)) return Number.isFinite(value) ? formatFloat(value) : "null";
  return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : BigInt(value).toString();
}

function formatScalar(value: null | boolean | number | bigint | string | Float): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "number") return formatNumber(value);
  if (value instanceof Float) return Number.isFinite(value.value) ? formatFloat(value.value) : "null";
  return String(value);
}

/** NaN or an infinity, which JSON cannot express. */
export function isNonFinite(value: Json): boolean {
  return (typeof value === "number" && !Number.isFinite(value)) || (value instanceof Float && !Number.isFinite(value.value));
}

/**
 * The compact style of marks, reports and `dump` (`runtime-core.md` 6.1): one line, `{ "K" : v, "K2" : v2 }`, `{  }`, `[a, b]`, `[]`.
 * Non-finite floats cannot be expressed: an object's member with such a value is left out, a list's item becomes `null` (whoever has a log to write
 * to calls `dropNonFinite` before).
 */
export function compact(json: Json): string {
  if (isJsonList(json)) return readyText(json) ?? compactList(json);
  if (isJsonObject(json)) {
    const members: string[] = [];
    for (const [key, value] of json) if (!isNonFinite(value)) members.push(`${quoteJson(key)} : ${compact(value)}`);
    return members.length === 0 ? "{  }" : `{ ${members.join(", ")} }`;
  }
  return formatScalar(json);
}

const compactList = (list: readonly Json[]): string => (list.length === 0 ? "[]" : `[${list.map(compact).join(", ")}]`);

/** The style of the `pretty_json` filter: two-space indentation, `"key": value`, one element per line, no final newline. */
export function pretty(json: Json, indent = ""): string {
  if (isJsonList(json)) {
    const inner = `${indent}  `;
    let text = "";
    for (let i = 0; i < json.length; i++) text += (i === 0 ? "[\n" : ",\n") + inner + pretty(json[i] as Json, inner);
    return text === "" ? "[]" : `${text}\n${indent}]`;
  }
  if (isJsonObject(json)) {
    const inner = `${indent}  `;
    let text = "";
    for (const [key, value] of json)
      if (!isNonFinite(value)) text += `${text === "" ? "{\n" : ",\n"}${inner}${quoteJson(key)}: ${pretty(value, inner)}`;
    return text === "" ? "{}" : `${text}\n${indent}}`;
  }
  return formatScalar(json);
}

/** Orders two strings by their UTF-8 bytes (UTF-16 order differs above U+FFFF). */
export function compareBytewise(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const surrogateA = a >= 0xd800 && a <= 0xdfff;
    const surrogateB = b >= 0xd800 && b <= 0xdfff;
    if (surrogateA !== surrogateB) return surrogateA ? 1 : -1;
    return a - b;
  }
  return left.length - right.length;
}

const surrogate = /[\ud800-\udfff]/;

/** So few names are sorted here: calling the engine's sort takes longer than that. */
const fewNames = 8;

/** Sorts names by their UTF-8 bytes, in place. JavaScript's own order is that, unless characters above U+FFFF are involved, and much faster. */
export function sortNames(names: string[]): string[] {
  if (names.length > fewNames) return surrogate.test(names.join()) ? names.sort(compareBytewise) : names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let place = i;
    for (; place > 0 && precedes(name, names[place - 1] as string); place--) names[place] = names[place - 1] as string;
    names[place] = name;
  }
  return names;
}

/** Names mostly differ in their first character. */
function precedes(left: string, right: string): boolean {
  const [a, b] = [left.charCodeAt(0), right.charCodeAt(0)];
  return a < 0xd800 && b < 0xd800 && a !== b ? a < b : compareBytewise(left, right) < 0;
}

/**
 * A copy of the object with its top-level keys in the order of reports and marks: by order number, then by name (a leading `@` ignored) bytewise,
 * then by the whole key (`runtime-core.md` 6.2). `orderOf` is asked with the name without `@`; undefined means the default order 2^62.
 */
export function sortKeys<V>(object: ReadonlyMap<string, V>, orderOf: (key: string) => bigint | undefined): Map<string, V> {
  const rows = [...object].map(([key, value]) => {
    const name = key.startsWith("@") ? key.slice(1) : key;
    return { key, value, name, order: orderOf(name) ?? DEFAULT_KEY_ORDER };
  });
  rows.sort((a, b) => {
    if (a.order !== b.order) return a.order < b.order ? -1 : 1;
    return compareBytewise(a.name, b.name) || compareBytewise(a.key, b.key);
  });
  return new Map(rows.map((row) => [row.key, row.value]));
}

/**
 * Removes what JSON cannot express: every object member whose value is, or is a list that holds, a non-finite float is dropped and its path
 * (`KEY`, `KEY.inner`) handed to `dropped` (`marks-and-codecs.md` 1.2).
 */
export function dropNonFinite(object: JsonObject, dropped: (path: string) => void, prefix = ""): JsonObject {
  const result = new Map<string, Json>();
  for (const [key, value] of object) {
    const path = prefix + key;
    if (isJsonObject(value)) result.set(key, dropNonFinite(value, dropped, `${path}.`));
    else if (isNonFinite(value) || (isJsonList(value) && listHoldsNonFinite(value))) dropped(path);
    else result.set(key, value);
  }
  return result;
}

function listHoldsNonFinite(list: readonly Json[]): boolean {
  // Lists with their text ready hold only what JSON can express.
  if (readyText(list) !== undefined) return false;
  return list.some(
    (item) =>
      isNonFinite(item) ||
      (isJsonList(item) && listHoldsNonFinite(item)) ||
      (isJsonObject(item) && listHoldsNonFinite([...item.values()])),
  );
}
