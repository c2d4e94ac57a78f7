/**
 * The schema as documentation (`schema-language.md` 12): what `config explain`, `config schema`, the help pages and the generated reference say about
 * sections and fields. Plain texts; laying them out is the caller's business.
 */
import type { Constant } from "../../compiler/schema/constant.js";
import { placeOf } from "../../compiler/schema/places.js";
import {
  excludedBy,
  type FieldRule,
  fieldTypeText,
  type Schema,
  type SectionType,
  sectionType,
} from "../../compiler/schema/schema.js";
import { nestedText } from "../text-form.js";
import { QuantityValue } from "../values.js";
import { decodeConstant } from "./constants.js";

export interface FieldDescription {
  /** Dotted path; instance names stand as `<name>`. */
  readonly path: string;
  readonly name: string;
  /** Type text; "a type specification" for typespec, "type set by field X" for pointers. */
  readonly type: string;
  /** Literal form of the default, "None" if there is none. */
  readonly default: string;
  readonly required: boolean;
  /** One sentence each: choice, range, bounds, exclusions, locks. */
  readonly constraints: readonly string[];
  readonly validator?: string;
  readonly shortdoc: string;
  readonly doc: string;
  readonly hidden: boolean;
}

export interface SectionDescription {
  /** Dotted path, `<name>` for the instance; "" for the root. */
  readonly path: string;
  readonly name: string;
  readonly kind: SectionType["kind"];
  readonly userDefOk: boolean;
  readonly required: boolean;
  readonly shortdoc: string;
  readonly doc: string;
  readonly hidden: boolean;
  readonly fields: readonly FieldDescription[];
}

const noDocumentation = "There is no documentation for this.";

/** Describes the field at a dotted path (instance names are free: `sink_config.x.filters`), or undefined if the schema has none there. */
export function describeField(schema: Schema, path: string): FieldDescription | undefined {
  const place = placeOf(schema, path.split("."));
  if (place.kind !== "field") return undefined;
  return fieldDescription(place.section, place.field, path);
}

/** Describes the section or object type at a dotted path ("" for the root), or undefined. */
export function describeSection(schema: Schema, path: string): SectionDescription | undefined {
  const place = placeOf(schema, path === "" ? [] : path.split("."));
  if (place.kind !== "section" && place.kind !== "instances") return undefined;
  return sectionDescription(place.type, path, false);
}

/** Every section of the schema with its fields, depth-first in the order of the schema. A type that contains itself is not entered again. */
export function listSections(schema: Schema): readonly SectionDescription[] {
  const found: SectionDescription[] = [];
  const visit = (type: SectionType, path: string, required: boolean, above: ReadonlySet<SectionType>) => {
    found.push(sectionDescription(type, path, required));
    for (const entry of type.entries) {
      if (entry.kind === "field") continue;
      const child = sectionType(schema, entry.name);
      if (child === undefined || above.has(child)) continue;
      const name = child.kind === "object" ? `${entry.name}.<name>` : entry.name;
      visit(child, path === "" ? name : `${path}.${name}`, entry.required, new Set([...above, child]));
    }
  };
  visit(schema.root, "", false, new Set([schema.root]));
  return found;
}

/** Every field of the schema, in the order of `listSections`. */
export function listFields(schema: Schema): readonly FieldDescription[] {
  return listSections(schema).flatMap((section) => section.fields);
}

function sectionDescription(type: SectionType, path: string, required: boolean): SectionDescription {
  const fields = type.entries.filter((entry) => entry.kind === "field");
  return {
    path,
    name: type.name,
    kind: type.kind,
    userDefOk: type.userDefOk,
    required,
    shortdoc: type.shortdoc ?? "",
    doc: type.doc ?? noDocumentation,
    hidden: type.hidden,
    fields: fields.map((field) => fieldDescription(type, field, path === "" ? field.name : `${path}.${field.name}`)),
  };
}

function fieldDescription(section: SectionType, field: FieldRule, path: string): FieldDescription {
  const presence = field.presence;
  return {
    path,
    name: field.name,
    type: fieldTypeText(field),
    default: "default" in presence ? literalText(presence.default) : "None",
    required: "require" in presence && presence.require,
    constraints: constraintTexts(section, field),
    ...(field.validator === undefined ? {} : { validator: field.validator.name }),
    shortdoc: field.shortdoc ?? "",
    doc: field.doc ?? field.shortdoc ?? noDocumentation,
    hidden: field.hidden,
  };
}

function constraintTexts(section: SectionType, field: FieldRule): readonly string[] {
  const texts: string[] = [];
  if (field.choice !== undefined) texts.push(`one of ${field.choice.map(literalText).join(", ")}`);
  if (field.range !== undefined) texts.push(`from ${literalText(field.range[0])} to ${literalText(field.range[1])}`);
  if (field.minItems !== undefined) texts.push(`at least ${field.minItems} items`);
  if (field.maxItems !== undefined) texts.push(`at most ${field.maxItems} items`);
  const rivals = excludedBy(section, field.name);
  if (rivals.length > 0) texts.push(`not together with ${rivals.join(", ")}`);
  if (field.writeLock) texts.push("the first file that sets it has the last word");
  if (field.stackLimit >= 0)
    texts.push(`locked after ${Math.max(1, field.stackLimit)} validated file${field.stackLimit > 1 ? "s" : ""}`);
  return texts;
}

const sizeUnits = [
  ["tb", 10n ** 12n],
  ["gb", 10n ** 9n],
  ["mb", 10n ** 6n],
  ["kb", 10n ** 3n],
] as const;

/** A value as it is written in a configuration. Sizes get the largest unit that divides them. */
function literalText(constant: Constant): string {
  const value = decodeConstant(constant);
  if (!(value instanceof QuantityValue)) return nestedText(value);
  if (value.type === "Duration") return `<< ${nestedText(value)} >>`;
  const unit = value.amount === 0n ? undefined : sizeUnits.find(([, bytes]) => value.amount % bytes === 0n);
  return unit === undefined ? `<< ${value.amount} bytes >>` : `<< ${value.amount / unit[1]} ${unit[0]} >>`;
}
