/**
 * Types by their texts, as tables and compiled files name them. Reading a text needs the type parser, so whoever can decide by the text alone does.
 */
import { typeFromText as parseType } from "../compiler/read-type.js";
import { typeText } from "../compiler/type-text.js";
import type { Type } from "../compiler/types.js";
import { unifiable } from "../compiler/unify.js";

export { typeText, unifiable };

const cache = new Map<string, Type>();

/** Reads a type text that the compiler or a builtin's table wrote; the result must not be bound. Throws if it is none (an internal error). */
export function typeFromText(text: string): Type {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const type = parseType(text);
  if (type === undefined) throw new Error(`not a type: ${text}`);
  if (cache.size < 2000) cache.set(text, type);
  return type;
}

/** Reads a type text from outside; undefined if it is none. */
export function readType(text: string): Type | undefined {
  return parseType(text);
}

/** Can values of the two types, given as texts, be the same attribute's? Neither text need be known to be valid. */
export function textsUnify(a: string, b: string): boolean {
  if (a === b) return true;
  const left = parseType(a);
  const right = parseType(b);
  return left !== undefined && right !== undefined && unifiable(left, right);
}
