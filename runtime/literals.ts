/**
 * The texts of `<<…>>` literals as run-time values: what the conversion builtins (`Duration("1 h")`) and the readers of saved values accept.
 * The domains themselves are defined once, in `grammar/literals.ts` (`language.md` 4).
 */
import { matchLiteral } from "../grammar/literals.js";
import { QuantityValue, TextValue, type TextTypeName, type Value } from "./values.js";

/** Reads a text as a value of one literal domain; undefined if it isn't one. */
export function readLiteral(type: "Duration" | "Size" | TextTypeName, text: string): Value | undefined {
  const found = matchLiteral(type, text);
  if (found === undefined) return undefined;
  return typeof found === "bigint" ? new QuantityValue(type as "Duration" | "Size", found) : new TextValue(type as TextTypeName, found);
}
