/**
 * The fixed words of a chalk mark (`marks-and-codecs.md` 1.1, 1.3): the magic that begins it, the placeholder that asks for one, and the private keys.
 */
import { isJsonObject, type Json, type JsonObject } from "../json.js";

/** Value of the first member of every mark. */
export const MAGIC = "dadfedabbadabbed";

/** The empty mark: "not marked; put the mark here". */
export const PLACEHOLDER = `{ "MAGIC" : "${MAGIC}" }`;

/** What every mark that we write begins with, spaces included; other tools look for it so. */
export const MARK_START = `{ "MAGIC" : "${MAGIC}"`;

/** Members that do not enter METADATA_HASH (attribute `ignore_when_normalizing`, locked). Top level only. */
export const IGNORED_WHEN_NORMALIZING: ReadonlySet<string> = new Set([
  "MAGIC",
  "METADATA_HASH",
  "METADATA_ID",
  "SIGNING",
  "SIGNATURE",
  "EMBEDDED_CHALK",
]);

/** Is this an object whose first member is the magic (a mark or a placeholder)? */
export function hasMagic(value: Json | undefined): value is JsonObject {
  if (!isJsonObject(value)) return false;
  const first = value.entries().next().value;
  return first !== undefined && first[0] === "MAGIC" && first[1] === MAGIC;
}

/** Is this a mark, with more in it than the magic? */
export function isMark(value: Json | undefined): value is JsonObject {
  return hasMagic(value) && value.size > 1;
}

/** Private to an implementation; only in marks of chalk executables. */
export function isPrivateKey(key: string): boolean {
  return key.startsWith("$");
}

/** Run-time keys (`_…`, `_X_…`), which never get into a mark. */
export function isRuntimeKey(key: string): boolean {
  return key.startsWith("_");
}

/** Is this the mark of a chalk executable, ours or another implementation's (`runtime-core.md` 7.1)? */
export function isChalkExecutable(mark: JsonObject | undefined): boolean {
  return mark?.has("$CHALK_IMPLEMENTATION_NAME") === true && mark.has("CHALK_VERSION");
}
