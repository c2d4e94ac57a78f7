/** Run-time values to and from the data form in which a schema keeps them (`compiler/schema/constant.ts`). */
import type { Constant } from "../../compiler/schema/constant.js";
import { typeFromText, typeText } from "../../compiler/type-text.js";
import { freshVariable, type Type } from "../../compiler/types.js";
import { makeDict } from "../operations.js";
import { CharValue, DictValue, FunctionValue, QuantityValue, TextValue, TupleValue, TypeValue, type Value } from "../values.js";

/** The data form of a value. */
export function encodeConstant(value: Value): Constant {
  if (value === null) return { t: "null" };
  if (typeof value === "boolean") return { t: "bool", v: value };
  if (typeof value === "bigint") return { t: "int", v: String(value) };
  if (typeof value === "number") return { t: "float", v: value };
  if (typeof value === "string") return { t: "string", v: value };
  if (value instanceof CharValue) return { t: "char", v: value.code };
  if (value instanceof QuantityValue) return { t: value.type, v: String(value.amount) };
  if (value instanceof TextValue) return { t: value.type, v: value.text };
  if (value instanceof TupleValue) return { t: "tuple", v: value.items.map(encodeConstant) };
  if (value instanceof DictValue)
    return { t: "dict", v: [...value.entries.values()].map(([key, item]) => [encodeConstant(key), encodeConstant(item)]) };
  if (value instanceof FunctionValue)
    return { t: "func", v: value.name, ...(value.signature === undefined ? {} : { signature: typeText(value.signature) }) };
  if (value instanceof TypeValue) return { t: "typespec", v: typeText(value.type) };
  return { t: "list", v: value.map(encodeConstant) };
}

const decoded = new WeakMap<Constant, Value>();

/** The value of a constant; values are immutable, so one is made for each constant and shared. */
export function decodeConstant(constant: Constant): Value {
  let value = decoded.get(constant);
  if (value === undefined) {
    value = decode(constant);
    decoded.set(constant, value);
  }
  return value;
}

function decode(constant: Constant): Value {
  switch (constant.t) {
    case "null":
      return null;
    case "bool":
    case "float":
    case "string":
      return constant.v;
    case "int":
      return BigInt(constant.v);
    case "char":
      return new CharValue(constant.v);
    case "Duration":
    case "Size":
      return new QuantityValue(constant.t, BigInt(constant.v));
    case "IPAddr":
    case "CIDR":
    case "Date":
    case "Time":
    case "DateTime":
      return new TextValue(constant.t, constant.v);
    case "list":
      return Object.freeze(constant.v.map(decodeConstant));
    case "tuple":
      return new TupleValue(constant.v.map(decodeConstant));
    case "dict":
      return makeDict(constant.v.map(([key, item]) => [decodeConstant(key), decodeConstant(item)] as const));
    case "func":
      return new FunctionValue(constant.v, constant.signature === undefined ? undefined : typeOf(constant.signature));
    case "typespec":
      return new TypeValue(typeOf(constant.v));
  }
}

/** The type that a text names; texts here come from `typeText` and always parse. */
function typeOf(text: string): Type {
  return typeFromText(text) ?? freshVariable();
}

/** Text of the type that a typespec value denotes. */
export function typeTextOf(value: TypeValue): string {
  return typeText(value.type);
}
