/** Faults inside one field of a schema document: default, constraints, type pointer (`schema-language.md` 3, 4; C4M-S107 to S113). */
import type { FieldRule } from "../../compiler/schema/schema.js";
import { resolve } from "../../compiler/types.js";
import { compareValues } from "../operations.js";
import { effectiveValue, type SectionNode } from "../store.js";
import { kindOf } from "../value-types.js";
import { TypeValue, type Value } from "../values.js";
import { decodeConstant } from "./constants.js";
import { excerpt, violation } from "./constraints.js";
import type { DocumentReader, Property } from "./document.js";
import { pointerForbids } from "./meta-schema.js";
import { valueFits } from "./value-fits.js";

const choiceTypes: readonly string[] = ["string", "int"];
const rangeTypes: readonly string[] = ["int", "float", "char", "Duration", "Size"];

type Properties = ReadonlyMap<string, Property>;

/**
 * Checks one field rule and reports its faults.
 * @param properties the sound properties of the field
 * @param path of the field in the document
 * @param siblings the `field` sections of the same section type, for type pointers
 */
export function checkField(
  reader: DocumentReader,
  field: FieldRule,
  properties: Properties,
  path: readonly string[],
  siblings: ReadonlyMap<string, SectionNode>,
): void {
  if ("pointer" in field.type) {
    checkPointer(reader, field.type.pointer, properties, path, siblings);
    return;
  }
  const type = field.type.text;
  const before = reader.diagnostics.length;
  if (!checkKinds(reader, properties, path, field.location)) return;
  checkChoice(reader, type, properties, path);
  checkRange(reader, type, properties, path);
  checkBounds(reader, type, properties, path);
  const sound = reader.diagnostics.length === before;
  const value = properties.get("default");
  if (value === undefined || !("default" in field.presence)) return;
  const here = [...path, "default"];
  if (!valueFits(type, value.type, value.value))
    reader.fault(
      "C4M-S107",
      here,
      value.location,
      `the default ${excerpt(value.value)} is ${value.type}, but '${field.name}' is ${type}`,
      {
        expected: type,
        actual: value.type,
      },
    );
  else if (sound) {
    const found = violation(field, decodeConstant(field.presence.default));
    if (found !== undefined)
      reader.fault("C4M-S108", here, value.location, `the default ${found.message}`, {
        expected: found.expected,
        actual: found.actual,
      });
  }
}

/** C4M-S113: a pointer has neither default nor constraints, and names a typespec field of the same section. */
function checkPointer(
  reader: DocumentReader,
  target: string,
  properties: Properties,
  path: readonly string[],
  siblings: ReadonlyMap<string, SectionNode>,
): void {
  for (const name of pointerForbids) {
    const property = properties.get(name);
    if (property !== undefined)
      reader.fault(
        "C4M-S113",
        [...path, name],
        property.location,
        `the type of this field is set by field '${target}', so it can have no '${name}'`,
      );
  }
  const here = [...path, "type"];
  const location = properties.get("type")?.location;
  const referent = siblings.get(target);
  if (referent === undefined) {
    reader.fault("C4M-S113", here, location, `the type is set by field '${target}', which this section does not declare`, {
      hint: "a type is written without quotes; a string names the field that holds the type",
    });
    return;
  }
  const type = referent.members.get("type");
  if (type?.kind !== "attribute") return;
  const value = effectiveValue(type);
  if (!(value instanceof TypeValue && resolve(value.type).kind === "typespec"))
    reader.fault("C4M-S113", here, location, `the type is set by field '${target}', which is not a typespec`, {
      notes: [{ message: `'${target}' is declared here`, location: referent.opened[0] }],
    });
}

/** C4M-S109: item bounds apply to containers only, so they exclude choice and range. */
function checkKinds(
  reader: DocumentReader,
  properties: Properties,
  path: readonly string[],
  location: FieldRule["location"],
): boolean {
  const bounds = properties.get("min_items") ?? properties.get("max_items");
  const other = properties.has("choice") ? "choice" : properties.has("range") ? "range" : undefined;
  if (bounds === undefined || other === undefined) return true;
  reader.fault("C4M-S109", path, location, `item bounds and '${other}' exclude each other: no value can have both`);
  return false;
}

/** C4M-S110 */
function checkChoice(reader: DocumentReader, type: string, properties: Properties, path: readonly string[]): void {
  const property = properties.get("choice");
  if (property === undefined) return;
  const choices = property.value as readonly Value[];
  const report = (message: string) => reader.fault("C4M-S110", [...path, "choice"], property.location, message);
  if (!choiceTypes.includes(type)) report(`only string and int fields can have a choice, not ${type}`);
  else if (choices.length < 2) report(`a choice needs at least two values, not ${choices.length}`);
  else if (choices.some((choice) => kindOf(choice) !== type))
    report(`the choices must be ${type}, but the list is ${property.type}`);
}

/** C4M-S111 */
function checkRange(reader: DocumentReader, type: string, properties: Properties, path: readonly string[]): void {
  const property = properties.get("range");
  if (property === undefined) return;
  const [low, high] = (property.value as { readonly items: readonly Value[] }).items as [Value, Value];
  const report = (message: string) => reader.fault("C4M-S111", [...path, "range"], property.location, message);
  if (!rangeTypes.includes(type)) report(`only ${rangeTypes.join(", ")} fields can have a range, not ${type}`);
  else if (kindOf(low) !== type || kindOf(high) !== type)
    report(`the bounds of the range must be ${type}, but are ${property.type}`);
  else if (compareValues(low, high) >= 0) report(`the low bound ${excerpt(low)} is not below the high bound ${excerpt(high)}`);
}

/** C4M-S112 */
function checkBounds(reader: DocumentReader, type: string, properties: Properties, path: readonly string[]): void {
  const [min, max] = [properties.get("min_items"), properties.get("max_items")];
  const first = min ?? max;
  if (first === undefined) return;
  const report = (name: string, property: Property, message: string) =>
    reader.fault("C4M-S112", [...path, name], property.location, message);
  if (!/^(list|dict)\[/.test(type)) {
    report(first === min ? "min_items" : "max_items", first, `only list and dict fields have items to count, not ${type}`);
    return;
  }
  const negative = (
    [
      ["min_items", min],
      ["max_items", max],
    ] as const
  ).filter(([, property]) => property !== undefined && (property.value as bigint) < 0n);
  for (const [name, property] of negative) report(name, property as Property, `'${name}' cannot be negative`);
  if (negative.length === 0 && min !== undefined && max !== undefined && (min.value as bigint) > (max.value as bigint)) {
    const [name, property] =
      reader.compare(min.location, max.location) > 0 ? (["min_items", min] as const) : (["max_items", max] as const);
    report(name, property, `'min_items' (${min.value}) is more than 'max_items' (${max.value})`);
  }
}
