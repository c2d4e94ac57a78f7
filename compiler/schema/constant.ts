/**
 * Values of a schema (defaults, choices, bounds) as plain JSON data. The compiler knows no run-time values, and a compiled schema is embedded in
 * the executable, so values travel in this tagged form, which loses nothing: 64-bit integers are decimal strings and types are type texts
 * (`language.md` 3.10). `runtime/validate/constants.ts` converts it to and from run-time values.
 */
export type Constant =
  | { readonly t: "null" }
  | { readonly t: "bool"; readonly v: boolean }
  | { readonly t: "int" | "Duration" | "Size"; readonly v: string }
  | { readonly t: "float" | "char"; readonly v: number }
  | { readonly t: "string" | "IPAddr" | "CIDR" | "Date" | "Time" | "DateTime"; readonly v: string }
  | { readonly t: "list" | "tuple"; readonly v: readonly Constant[] }
  | { readonly t: "dict"; readonly v: readonly (readonly [Constant, Constant])[] }
  | { readonly t: "func"; readonly v: string; readonly signature?: string }
  | { readonly t: "typespec"; readonly v: string };
