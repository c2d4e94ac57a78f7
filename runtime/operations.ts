/**
 * The operators of c4m on run-time values (`language.md` 3.5, 3.7): arithmetic with exact 64-bit checks, structural equality, order, and the keys under
 * which dicts find their entries. All throw `Failure` (C4M-E004 out of range, E005 division by zero, E011 negative Duration, E016 wrong type of value).
 */
import type { OperatorIr } from "../compiler/ir.js";
import { typesEqual } from "../compiler/unify.js";
import { compareAddresses, compareNetworks, parseAddress, parseNetwork } from "../grammar/addresses.js";
import { Failure } from "./failure.js";
import { compareText, concat } from "./text.js";
import { kindOf } from "./value-types.js";
import { CharValue, DictValue, FunctionValue, QuantityValue, TextValue, TupleValue, TypeValue, type Value } from "./values.js";
import { checkWeight } from "./weight.js";

export const maxInt = 2n ** 63n - 1n;
export const minInt = -(2n ** 63n);

/** The value if it fits 64 bits, else C4M-E004. */
export function checkInt(value: bigint): bigint {
  if (value > maxInt || value < minInt) throw new Failure("C4M-E004", `integer ${value} is out of range (${minInt} … ${maxInt})`);
  return value;
}

function checkFloat(value: number): number {
  if (!Number.isFinite(value)) throw new Failure("C4M-E004", "floating-point result is out of range");
  return value;
}

/** Most UTF-16 units of a string, and most items of a list: far more than configurations need, far less than memory holds. */
export const maxStringLength = 2 ** 26;
export const maxListLength = 2 ** 22;

/** Stops values that grow without end (C4M-E022). */
export function checkLength(length: number, limit: number = maxStringLength): void {
  if (length > limit) throw new Failure("C4M-E022", `a value of length ${length} is too large (the limit is ${limit})`);
}

function join(a: string, b: string): string {
  checkLength(a.length + b.length);
  return concat(a, b);
}

/** A char from a number that must be a Unicode scalar value (C4M-E004). */
export function checkedChar(code: number | bigint): CharValue {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new Failure("C4M-E004", `${code} is not the number of a character (0 … 0x10FFFF without surrogates)`);
  return new CharValue(Number(code));
}

function notDefined(op: string, a: Value, b?: Value): Failure {
  const types = b === undefined || kindOf(a) === kindOf(b) ? kindOf(a) : `${kindOf(a)} and ${kindOf(b)}`;
  return new Failure("C4M-E016", `operator '${op}' is not defined for ${types}`, { actual: types });
}

function divisionByZero(op: string): Failure {
  return new Failure("C4M-E005", op === "%" ? "modulo by zero" : "division by zero");
}

function divideFloats(a: number, b: number): number {
  if (b === 0) throw divisionByZero("/");
  return checkFloat(a / b);
}

type Arithmetic = "+" | "-" | "*" | "/" | "%";

function integerArithmetic(op: Arithmetic, a: bigint, b: bigint): Value {
  switch (op) {
    case "+":
      return checkInt(a + b);
    case "-":
      return checkInt(a - b);
    case "*":
      return checkInt(a * b);
    case "/":
      return divideFloats(Number(a), Number(b));
    case "%":
      if (b === 0n) throw divisionByZero(op);
      return a % b;
  }
}

function floatArithmetic(op: Arithmetic, a: number, b: number): Value {
  switch (op) {
    case "+":
      return checkFloat(a + b);
    case "-":
      return checkFloat(a - b);
    case "*":
      return checkFloat(a * b);
    case "/":
      return divideFloats(a, b);
    case "%":
      throw notDefined(op, a, b);
  }
}

function charArithmetic(op: Arithmetic, a: number, b: number): Value {
  switch (op) {
    case "+":
      return checkedChar(a + b);
    case "-":
      return checkedChar(a - b);
    case "*":
      return checkedChar(a * b);
    case "/":
      return divideFloats(a, b);
    case "%":
      if (b === 0) throw divisionByZero(op);
      return checkedChar(a % b);
  }
}

function durationArithmetic(op: Arithmetic, a: QuantityValue, b: QuantityValue): Value {
  if (a.type !== "Duration" || b.type !== "Duration" || (op !== "+" && op !== "-")) throw notDefined(op, a, b);
  const amount = op === "+" ? a.amount + b.amount : a.amount - b.amount;
  if (amount < 0n) throw new Failure("C4M-E011", "the result would be a negative Duration");
  if (amount > maxInt) throw new Failure("C4M-E004", "Duration is out of range");
  return new QuantityValue("Duration", amount);
}

/** `+ - * / %` */
function arithmetic(op: Arithmetic, a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return integerArithmetic(op, a, b);
  if (typeof a === "string" && typeof b === "string" && op === "+") return join(a, b);
  if (typeof a === "number" && typeof b === "number") return floatArithmetic(op, a, b);
  if (a instanceof CharValue && b instanceof CharValue) return charArithmetic(op, a.code, b.code);
  if (a instanceof QuantityValue && b instanceof QuantityValue) return durationArithmetic(op, a, b);
  throw notDefined(op, a, b);
}

/** Order of two values of one ordered type: negative, 0, positive. */
export function compareValues(a: Value, b: Value, op = "<"): number {
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (a instanceof CharValue && b instanceof CharValue) return a.code - b.code;
  if (a instanceof QuantityValue && b instanceof QuantityValue && a.type === b.type)
    return a.amount < b.amount ? -1 : a.amount > b.amount ? 1 : 0;
  if (a instanceof TextValue && b instanceof TextValue && a.type === b.type) {
    if (a.type === "IPAddr") return compareAddresses(a.text, b.text);
    if (a.type === "CIDR") return compareNetworks(a.text, b.text);
    return compareText(a.text, b.text);
  }
  throw notDefined(op, a, b);
}

/** Structural equality (`language.md` 3.7). Values of different types are unequal. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(a, b);
  if (a instanceof DictValue) {
    if (!(b instanceof DictValue) || a.entries.size !== b.entries.size) return false;
    for (const [key, [, value]] of a.entries) {
      const other = b.entries.get(key);
      if (other === undefined || !equalValues(value, other[1])) return false;
    }
    return true;
  }
  if (a instanceof TupleValue) return b instanceof TupleValue && equalItems(a.items, b.items);
  if (a instanceof CharValue) return b instanceof CharValue && a.code === b.code;
  if (a instanceof QuantityValue) return b instanceof QuantityValue && a.type === b.type && a.amount === b.amount;
  if (a instanceof TextValue) {
    if (!(b instanceof TextValue) || a.type !== b.type) return false;
    return a.text === b.text || textKey(a) === textKey(b);
  }
  if (a instanceof FunctionValue) {
    if (!(b instanceof FunctionValue) || a.name !== b.name) return false;
    if (a.signature === undefined || b.signature === undefined) return a.signature === b.signature;
    return typesEqual(a.signature, b.signature);
  }
  return a instanceof TypeValue && b instanceof TypeValue && typesEqual(a.type, b.type);
}

function equalItems(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((item, i) => equalValues(item, b[i] as Value));
}

/** Any binary operator except `and`/`or`. */
export function binary(op: OperatorIr, a: Value, b: Value): Value {
  switch (op) {
    case "==":
    case "!=":
      checkWeight(a);
      return equalValues(a, b) === (op === "==");
    case "<":
      return compareValues(a, b, op) < 0;
    case "<=":
      return compareValues(a, b, op) <= 0;
    case ">":
      return compareValues(a, b, op) > 0;
    case ">=":
      return compareValues(a, b, op) >= 0;
    default:
      return arithmetic(op, a, b);
  }
}

/** Unary minus. */
export function negate(a: Value): Value {
  if (typeof a === "bigint") return checkInt(-a);
  if (typeof a === "number") return -a;
  if (a instanceof CharValue) return checkedChar(-a.code);
  throw notDefined("-", a);
}

/** Unary plus: the operand, which must be a number. */
export function affirm(a: Value): Value {
  if (typeof a === "bigint" || typeof a === "number" || a instanceof CharValue) return a;
  throw notDefined("+", a);
}

/** Text that is the same for equal addresses and networks, however they were written; for dates and times the text itself. */
function textKey(value: TextValue): string {
  if (value.type === "IPAddr") {
    const address = parseAddress(value.text);
    return address === undefined ? value.text : `${address.version}:${address.value}`;
  }
  if (value.type === "CIDR") {
    const network = parseNetwork(value.text);
    return network === undefined ? value.text : `${network.version}:${network.value}/${network.prefix}`;
  }
  return value.text;
}

/** The JavaScript key under which a dict holds an entry; equal values have equal keys. */
export function dictKey(key: Value): string {
  if (typeof key === "string") return `"${key}`;
  if (typeof key === "bigint") return `i${key}`;
  if (typeof key === "boolean") return key ? "true" : "false";
  if (typeof key === "number") return `f${key === 0 ? 0 : key}`;
  if (key === null) return "null";
  if (key instanceof CharValue) return `c${key.code}`;
  if (key instanceof QuantityValue) return `${key.type}${key.amount}`;
  if (key instanceof TextValue) return `${key.type}${textKey(key)}`;
  throw new Failure("C4M-E016", `a ${kindOf(key)} cannot be a dict key`, { actual: kindOf(key) });
}

/** A dict from pairs: a repeated key keeps its first position and takes its last value. */
export function makeDict(pairs: Iterable<readonly [Value, Value]>): DictValue {
  const entries = new Map<string, readonly [Value, Value]>();
  for (const pair of pairs) entries.set(dictKey(pair[0]), pair);
  return new DictValue(entries);
}

/** A dict with string keys. */
export function stringDict(pairs: Iterable<readonly [string, Value]>): DictValue {
  return makeDict(pairs);
}
