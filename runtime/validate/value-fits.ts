/**
 * Does an attribute fit a declared type? Static types decide (`schema-language.md` 3: no coercion). Where a static type is open (data from JSON, a
 * bare `{}`), the value itself is looked at as well, so that data of unknown shape cannot slip in.
 */
import { fits } from "../../compiler/schema/fits.js";
import { typeFromText } from "../../compiler/type-text.js";
import { mismatch } from "../value-types.js";
import type { Value } from "../values.js";

/** True if a value with static type `actual` is accepted by `declared`; both are type texts. */
export function valueFits(declared: string, actual: string, value: Value): boolean {
  if (!fits(declared, actual)) return false;
  if (declared === actual || !actual.includes("`")) return true;
  const type = typeFromText(declared);
  return type !== undefined && mismatch(value, type) === undefined;
}
