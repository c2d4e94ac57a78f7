/** JSON documents of ours as ordinary JavaScript data, for users of the library: maps become objects, floats and small integers numbers. */
import { Float, type Json } from "./json.js";

/** Plain data. Integers that a number cannot hold exactly are bigints. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

/** Converts a document; a member called `__proto__` becomes an ordinary one. */
export function plainValue(json: Json): PlainValue {
  if (json instanceof Float) return json.value;
  if (typeof json === "bigint") return BigInt.asIntN(54, json) === json ? Number(json) : json;
  if (Array.isArray(json)) return (json as readonly Json[]).map(plainValue);
  if (!(json instanceof Map)) return json as null | boolean | number | string;
  const members: { [name: string]: PlainValue } = {};
  for (const [name, value] of json as ReadonlyMap<string, Json>)
    Object.defineProperty(members, name, { value: plainValue(value), enumerable: true, writable: true, configurable: true });
  return members;
}
