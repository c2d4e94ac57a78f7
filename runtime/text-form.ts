/**
 * Text forms of values (`language.md` 3.9, 4.2, 4.3): what `$`, `echo` and `format` print. "Nested" is the form inside containers, where strings
 * and chars are quoted and addresses and dates bracketed, so that the text reads like a literal.
 */
import { typeText } from "../compiler/type-text.js";
import { durationText, sizeText } from "../grammar/domains.js";
import {
  CharValue,
  DictValue,
  FunctionValue,
  QuantityValue,
  TextValue,
  TupleValue,
  type TypeValue,
  type Value,
} from "./values.js";

/** C's `%.16g`, with `.0` appended if that leaves only digits and sign. */
export function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa, exponentText] = value.toExponential(15).split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? "-" : "+";
    return `${dropZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = dropZeros(value.toFixed(Math.max(0, 15 - exponent)));
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}

function dropZeros(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
};

function escapeText(text: string, quote: string): string {
  return text.replace(/["'\\\x00-\x1f\x7f-\x9f]/g, (c) => {
    if (c === '"' || c === "'") return c === quote ? `\\${c}` : c;
    return escapes[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** A string as a literal of the language: in double quotes, with escapes. */
export function quotedText(text: string): string {
  return `"${escapeText(text, '"')}"`;
}

function functionText(value: FunctionValue): string {
  return `func ${value.name}${value.signature === undefined ? "(...)" : typeText(value.signature)}`;
}

/** The top-level form: strings and chars bare. */
export function valueText(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof CharValue) return String.fromCodePoint(value.code);
  if (value instanceof TextValue) return value.text;
  return nestedText(value);
}

/** The form inside containers. */
export function nestedText(value: Value): string {
  switch (typeof value) {
    case "string":
      return quotedText(value);
    case "bigint":
    case "boolean":
      return String(value);
    case "number":
      return floatText(value);
    default:
      break;
  }
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(nestedText).join(", ")}]`;
  if (value instanceof TupleValue) return `(${value.items.map(nestedText).join(", ")})`;
  if (value instanceof DictValue)
    return `{${[...value.entries.values()].map(([key, item]) => `${nestedText(key)} : ${nestedText(item)}`).join(", ")}}`;
  if (value instanceof CharValue) return `'${escapeText(String.fromCodePoint(value.code), "'")}'`;
  if (value instanceof QuantityValue) return value.type === "Duration" ? durationText(value.amount) : sizeText(value.amount);
  if (value instanceof TextValue) return `<<${value.text}>>`;
  if (value instanceof FunctionValue) return functionText(value);
  return typeText((value as TypeValue).type);
}
