/**
 * Constraints of fields: choice, range and item bounds (`schema-language.md` 4). One function each; the value pass uses them on configurations,
 * the schema compiler on defaults.
 */

import type { FieldRule } from "../../compiler/schema/schema.js";
import type { Code } from "../../grammar/catalogue.js";
import { suggest } from "../../grammar/suggest.js";
import { compareValues, equalValues } from "../operations.js";
import { nestedText } from "../text-form.js";
import { kindOf } from "../value-types.js";
import { DictValue, type Value } from "../values.js";
import { decodeConstant } from "./constants.js";

/** What is wrong with a value. */
export interface Violation {
  readonly code: Extract<Code, "C4M-S006" | "C4M-S007" | "C4M-S008">;
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
  readonly suggestions?: readonly string[];
}

/** Number of items of a list or dict, or undefined. */
function itemCount(value: Value): number | undefined {
  return Array.isArray(value) ? value.length : value instanceof DictValue ? value.entries.size : undefined;
}

/** A value in messages: its literal form, cut to a readable length. */
export function excerpt(value: Value): string {
  const text = nestedText(value).replace(/\s+/g, " ");
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function outsideRange(field: FieldRule, value: Value): Violation | undefined {
  if (field.range === undefined) return undefined;
  const [low, high] = [decodeConstant(field.range[0]), decodeConstant(field.range[1])];
  if (kindOf(value) !== kindOf(low)) return undefined;
  if (compareValues(low, value) <= 0 && compareValues(value, high) <= 0) return undefined;
  const expected = `${excerpt(low)} … ${excerpt(high)}`;
  return {
    code: "C4M-S006",
    message: `must be from ${excerpt(low)} to ${excerpt(high)}, but is ${excerpt(value)}`,
    expected,
    actual: excerpt(value),
  };
}

function notAChoice(field: FieldRule, value: Value): Violation | undefined {
  if (field.choice === undefined) return undefined;
  const choices = field.choice.map(decodeConstant);
  if (choices.some((choice) => equalValues(choice, value))) return undefined;
  const names = choices.map((choice) => (typeof choice === "string" ? choice : excerpt(choice)));
  const expected = choices.map(excerpt).join(", ");
  const suggestions = typeof value === "string" ? suggest(value, names) : [];
  return {
    code: "C4M-S007",
    message: `must be one of ${expected}, but is ${excerpt(value)}`,
    expected,
    actual: excerpt(value),
    suggestions,
  };
}

function outsideBounds(field: FieldRule, value: Value): Violation | undefined {
  if (field.minItems === undefined && field.maxItems === undefined) return undefined;
  const count = itemCount(value);
  if (count === undefined) return undefined;
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = field;
  if (count >= minItems && count <= maxItems) return undefined;
  const expected =
    maxItems === Number.POSITIVE_INFINITY
      ? `at least ${minItems}`
      : minItems === 0
        ? `at most ${maxItems}`
        : minItems === maxItems
          ? `exactly ${minItems}`
          : `${minItems} to ${maxItems}`;
  return { code: "C4M-S008", message: `must have ${expected} items, but has ${count}`, expected, actual: String(count) };
}

/** The first constraint that a value of the right type violates, or undefined. */
export function violation(field: FieldRule, value: Value): Violation | undefined {
  return outsideRange(field, value) ?? notAChoice(field, value) ?? outsideBounds(field, value);
}
