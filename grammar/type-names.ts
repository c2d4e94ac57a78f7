/** Names that denote types (`language.md` 1.4, 2.4). They are identifiers to the scanner and not reserved. */
import type { BasicTypeName } from "./ast.js";

const basic: readonly BasicTypeName[] = [
  ...(["void", "bool", "int", "float", "char", "string"] as const),
  ...(["Duration", "Size", "IPAddr", "CIDR", "Date", "Time", "DateTime"] as const),
];

export const basicTypeNames: ReadonlySet<string> = new Set(basic);

/** Types that take parameters in brackets. */
export const constructorNames: ReadonlySet<string> = new Set(["list", "dict", "tuple", "typespec"]);

/** Whether the identifier denotes a type where an operand may stand. */
export function isTypeName(name: string): boolean {
  return basicTypeNames.has(name) || constructorNames.has(name);
}
