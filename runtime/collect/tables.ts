/**
 * The shape of a collector: a table of keys, each with the function that computes it, called only for keys that somebody asked for
 * (`collection.md` 1.2). Values with nothing to say (empty text, list, dictionary, undefined) are absent, never empty (1.5); a key whose computation
 * fails costs that key only and is recorded as a failed key (1.6).
 */
import { isJsonList, isJsonObject, type Json } from "../json.js";
import { reasonOf } from "../reason.js";
import type { CollectContext } from "./types.js";

/** Computes one key. */
export type KeyFunction<Input> = (input: Input) => Json | undefined;

export interface KeyRow<Input> {
  readonly compute: KeyFunction<Input>;
  /** Stored also when it is an empty list or dictionary. */
  readonly keepEmpty?: boolean;
}

export type KeyTable<Input> = Readonly<Record<string, KeyFunction<Input> | KeyRow<Input>>>;

/** Has this value nothing to say? */
export function isEmpty(value: Json): boolean {
  if (value === "") return true;
  if (isJsonList(value)) return value.length === 0;
  return isJsonObject(value) && value.size === 0;
}

export const collectionErrorCode = "KEY_COLLECTION_ERROR";

const sourceTrouble = "A source of this key could not be read or understood; the rest of the report is complete.";

/** Records that (a part of) a key could not be collected: traced, and listed among the failed keys of the report. Codes: `collection.md` 16. */
export function recordFailure(
  context: CollectContext,
  key: string,
  problem: string,
  code = collectionErrorCode,
  description = sourceTrouble,
): void {
  context.log("trace", `${key}: ${problem}`);
  context.fail?.(key, { code, error: problem, description });
}

/** Runs the rows of the subscribed keys, in the order of the table. */
export function collectTable<Input>(table: KeyTable<Input>, input: Input, context: CollectContext): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const [key, entry] of Object.entries(table)) {
    if (!context.subscribed(key)) continue;
    const row: KeyRow<Input> = typeof entry === "function" ? { compute: entry } : entry;
    try {
      const value = row.compute(input);
      if (value !== undefined && (row.keepEmpty || !isEmpty(value))) found.set(key, value);
    } catch (error) {
      recordFailure(context, key, reasonOf(error));
    }
  }
  return found;
}
