/** Values as c4m source that reads back as the same value; values that no literal can write (null) appear as their text. */
import { durationText } from "../grammar/domains.js";
import { nestedText, quotedText } from "./text-form.js";
import { DictValue, QuantityValue, TextValue, TupleValue, type Value } from "./values.js";

/** The literal of a value. */
export function valueSource(value: Value): string {
  if (typeof value === "string") return quotedText(value);
  if (typeof value === "bigint" && value === -(1n << 63n)) return "low()";
  if (Array.isArray(value)) return `[${value.map(valueSource).join(", ")}]`;
  if (value instanceof TupleValue) return `(${value.items.map(valueSource).join(", ")})`;
  if (value instanceof DictValue)
    return `{${[...value.entries.values()].map(([key, item]) => `${valueSource(key)}: ${valueSource(item)}`).join(", ")}}`;
  if (value instanceof QuantityValue)
    return value.type === "Duration" ? `<<${durationText(value.amount)}>>` : `<<${value.amount} bytes>>`;
  if (value instanceof TextValue) return `<<${value.text}>>`;
  return nestedText(value);
}
