/**
 * The texts of `<<…>>` literals as run-time values: what the conversion builtins (`Duration("1 h")`) and the readers of saved values accept.
 * The domains themselves are defined once, in `grammar/domains.ts` (`language.md` 4).
 */
import type { OtherValue } from "../grammar/ast.js";
import { type DomainName, parseDomain } from "../grammar/domains.js";
import { QuantityValue, TextValue, type Value } from "./values.js";

/** Reads a text as a value of one literal domain; undefined if it isn't one. */
export function readLiteral(type: DomainName, text: string): Value | undefined {
  const found = parseDomain(type, text);
  if (found === undefined) return undefined;
  return isQuantity(found) ? new QuantityValue(found.type, found.value) : new TextValue(found.type, found.value);
}

type Quantity = Extract<OtherValue, { value: bigint }>;

function isQuantity(value: OtherValue): value is Quantity {
  return value.type === "Duration" || value.type === "Size";
}
