/** What to write instead of a value of the wrong type (`schema-language.md` 11, item 3), for the mistakes that people make. */
import { readLiteral } from "../literals.js";
import type { Value } from "../values.js";

const literalTypes = ["Duration", "Size", "IPAddr", "CIDR", "Date", "Time", "DateTime"] as const;

/** One sentence, or undefined if there is nothing useful to say. `expected` and `actual` are type texts. */
export function typeHint(expected: string, actual: string, value: Value): string | undefined {
  if (expected === "float" && typeof value === "bigint") return `write ${value}.0`;
  if (expected === "int" && typeof value === "number" && Number.isInteger(value)) return `write ${value}`;
  if (expected === "list[string]" && typeof value === "string") return `write [${JSON.stringify(value)}]`;
  if (expected.startsWith("list[") && expected === `list[${actual}]`) return "put the value into brackets: [ … ]";
  if (expected === "string" && (typeof value === "bigint" || typeof value === "number" || typeof value === "boolean"))
    return `write "${value}"`;
  if (expected === "bool" && typeof value === "string" && /^(true|false|yes|no|on|off)$/i.test(value))
    return `write ${/^(true|yes|on)$/i.test(value) ? "true" : "false"} without quotes`;
  const literal = literalTypes.find((type) => type === expected);
  if (literal !== undefined && typeof value === "string") {
    if (readLiteral(literal, value) !== undefined) return `write << ${value.trim()} >>`;
    return `a ${literal} is written << … >>`;
  }
  if (expected === "int" && typeof value === "string" && /^-?\d+$/.test(value)) return `write ${value} without quotes`;
  return undefined;
}
