/**
 * Finding the functions that validate (`schema-language.md` 8.3, 8.4). A reference is resolved when the schema is compiled: the function must exist, be
 * the only one that fits, take the path (and the field's value) and return a string (C4M-S118).
 */

import type { FieldRule, ValidatorReference } from "../../compiler/schema/schema.js";
import { typeFromText, typeText } from "../../compiler/type-text.js";
import { basic, type FunctionType, freshVariable, type Type } from "../../compiler/types.js";
import { instantiate, unifiable } from "../../compiler/unify.js";
import { FunctionValue } from "../values.js";
import type { FunctionTable } from "./build-schema.js";
import type { DocumentReader, Property } from "./document.js";

/** `(string, T) -> string` for a field of type T, `(string) -> string` for a section. */
function wantedSignature(fieldType: FieldRule["type"] | undefined): FunctionType {
  const value: Type[] =
    fieldType === undefined ? [] : ["text" in fieldType ? (typeFromText(fieldType.text) ?? freshVariable()) : freshVariable()];
  return { kind: "function", parameters: [basic("string"), ...value], variadic: false, result: basic("string") };
}

/** Does a function's type unify with a signature? Neither is changed. */
export function signatureFits(type: FunctionType, wanted: Type): boolean {
  return unifiable(instantiate(type), instantiate(wanted));
}

/**
 * Resolves the `validator` property of a section (`fieldType` undefined) or field. Reports C4M-S118 and returns undefined if it cannot be called.
 */
export function resolveValidator(
  reader: DocumentReader,
  functions: FunctionTable,
  property: Property,
  fieldType: FieldRule["type"] | undefined,
  path: readonly string[],
): ValidatorReference | undefined {
  if (!(property.value instanceof FunctionValue)) return undefined;
  const { name, signature } = property.value;
  const wanted = wantedSignature(fieldType);
  const expected = typeText(wanted);
  const report = (message: string, actual?: string) => {
    reader.fault("C4M-S118", path, property.location, message, { expected, ...(actual === undefined ? {} : { actual }) });
    return undefined;
  };
  const overloads = functions.get(name) ?? [];
  if (overloads.length === 0) return report(`there is no function '${name}'`);
  if (signature !== undefined && !unifiable(instantiate(wanted), instantiate(signature)))
    return report(
      `a validator here is called as ${expected}, but '${name}' is referred to as ${typeText(signature)}`,
      typeText(signature),
    );
  const candidates = overloads.filter(
    (entry) => signatureFits(entry.type, wanted) && (signature === undefined || signatureFits(entry.type, signature)),
  );
  if (candidates.length === 0) {
    const types = overloads.map((entry) => typeText(entry.type)).join(", ");
    return report(`a validator here is called as ${expected}, but '${name}' is ${types}`, types);
  }
  if (candidates.length > 1) return report(`several functions '${name}' fit here; write the signature that is meant`);
  const location = candidates[0]?.location ?? property.location;
  return { name, signature: typeText(signature ?? wanted), ...(location ? { location } : {}) };
}

/** Is there a `final_check()` that returns a string? One with parameters is ignored (8.3). */
export function hasFinalCheck(functions: FunctionTable): boolean {
  const wanted: FunctionType = { kind: "function", parameters: [], variadic: false, result: basic("string") };
  return (functions.get("final_check") ?? []).some(
    (entry) => entry.type.parameters.length === 0 && signatureFits(entry.type, wanted),
  );
}
