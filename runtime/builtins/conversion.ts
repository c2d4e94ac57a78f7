/** Type conversion (`builtins.md` 1). There are no other conversions: no `int(string)`. */

import { readType as readTypeText } from "../../compiler/read-type.js";
import type { DomainName } from "../../grammar/domains.js";
import { Failure } from "../failure.js";
import { readLiteral } from "../literals.js";
import { checkedChar, checkInt, checkLength, maxInt, maxListLength, minInt } from "../operations.js";
import { codePoints, concat, encodeText } from "../text.js";
import { quotedText, valueText } from "../text-form.js";
import { CharValue, type DictValue, type QuantityValue, TypeValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins, type Implementation, type Row } from "./builtin.js";

const isTrue: Implementation = ([value]) => value !== 0n && value !== 0 && value !== "";

function truncate([value]: readonly Value[]): Value {
  const whole = BigInt(Math.trunc(value as number));
  if (whole > maxInt || whole < minInt)
    throw new Failure("C4M-E004", `${value} is out of the range of int`, {
      actual: String(value),
      expected: `${minInt} … ${maxInt}`,
    });
  return checkInt(whole);
}

function microseconds(divisor: bigint): Implementation {
  return ([value]) => (value as QuantityValue).amount / divisor;
}

function toType([value]: readonly Value[]): Value {
  const text = value as string;
  const read = readTypeText(text);
  if ("type" in read) return new TypeValue(read.type);
  const { message, offset } = read.problem;
  throw new Failure("C4M-E019", `${quotedText(text)} is not a type: ${message} (at character ${offset + 1})`, { actual: text });
}

function literalRow(name: DomainName, example: string): Row {
  return [
    name,
    `(string) -> ${name}`,
    `Reads a ${name} from text such as "${example}", in the forms that a literal may have.`,
    ([text]) => {
      const value = readLiteral(name, text as string);
      if (value !== undefined) return value;
      throw new Failure("C4M-E009", `${quotedText(text as string)} is not a valid ${name}`, {
        expected: name,
        actual: text as string,
      });
    },
  ];
}

/** Numbers of characters as a list. */
function charList(codes: ArrayLike<number>): readonly Value[] {
  checkLength(codes.length, maxListLength);
  return Array.from(codes, (code) => new CharValue(code));
}

export const conversionBuiltins: readonly Builtin[] = defineBuiltins(
  "type conversion",
  ["pure"],
  [
    ["bool", "(int) -> bool", "True unless the number is 0.", isTrue],
    ["bool", "(float) -> bool", "True unless the number is 0.0.", isTrue],
    ["bool", "(string) -> bool", "True unless the string is empty; the text is not looked at.", isTrue],
    ["bool", "(list[`T]) -> bool", "True unless the list is empty.", ([list]) => (list as readonly Value[]).length > 0],
    ["bool", "(dict[`K, `V]) -> bool", "True unless the dict is empty.", ([dict]) => (dict as DictValue).entries.size > 0],
    ["float", "(int) -> float", "The nearest floating-point number.", ([value]) => Number(value as bigint)],
    ["int", "(float) -> int", "Cuts the fraction off.", truncate],
    ["int", "(char) -> int", "The number of the code point.", ([value]) => BigInt((value as CharValue).code)],
    ["char", "(int) -> char", "The code point with that number.", ([value]) => checkedChar(value as bigint)],
    ["$", "(`T) -> string", "The text form of any value, as echo prints it.", ([value]) => valueText(value as Value)],
    literalRow("Duration", "1 hour 30 min"),
    literalRow("IPAddr", "10.0.0.1"),
    literalRow("CIDR", "10.0.0.0/8"),
    literalRow("Size", "5 MB"),
    literalRow("Date", "2024-01-31"),
    literalRow("Time", "12:30:00"),
    literalRow("DateTime", "2024-01-31T12:30:00Z"),
    ["to_usec", "(Duration) -> int", "The duration in microseconds.", microseconds(1n)],
    ["to_msec", "(Duration) -> int", "The duration in whole milliseconds.", microseconds(1_000n)],
    ["to_sec", "(Duration) -> int", "The duration in whole seconds.", microseconds(1_000_000n)],
    ["to_type", "(string) -> typespec", "Reads a type such as list[string].", toType],
    ["to_chars", "(string) -> list[char]", "The code points of a string.", ([text]) => charList(codePoints(text as string))],
    [
      "to_bytes",
      "(string) -> list[char]",
      "The bytes of a string, each as a char from 0 to 255.",
      ([text]) => charList(encodeText(text as string)),
    ],
    [
      "to_string",
      "(list[char]) -> string",
      "The string of the given code points.",
      ([list]) => (list as readonly CharValue[]).map((item) => String.fromCodePoint(item.code)).reduce(concat, ""),
    ],
  ],
);
