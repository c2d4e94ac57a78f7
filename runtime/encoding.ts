/**
 * Values and the configuration tree as JSON (`language.md` 9): the *plain* encoding has values only, the *typed* one names each attribute's type and,
 * if asked, its state. `decodeValue` reads plain values back by type, for saved component parameters and values that the host sets.
 */

import { resolve, type Type } from "../compiler/types.js";
import type { Location } from "../grammar/span.js";
import { Failure } from "./failure.js";
import { Float, type Json } from "./json.js";
import { readLiteral } from "./literals.js";
import { checkedChar, makeDict, maxInt } from "./operations.js";
import { type AttributeNode, effectiveOrigin, effectiveValue, type Origin, type SectionNode } from "./store.js";
import { valueText } from "./text-form.js";
import { readType, typeText } from "./type-tools.js";
import {
  CharValue,
  DictValue,
  FunctionValue,
  QuantityValue,
  type TextTypeName,
  TupleValue,
  TypeValue,
  type Value,
} from "./values.js";

/** A value in the plain encoding. */
export function plainJson(value: Value): Json {
  if (value === null || typeof value === "boolean" || typeof value === "string" || typeof value === "bigint") return value;
  if (typeof value === "number") return new Float(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof TupleValue) return value.items.map(plainJson);
  if (value instanceof DictValue)
    return new Map([...value.entries.values()].map(([key, item]) => [valueText(key), plainJson(item)] as const));
  if (value instanceof QuantityValue) return value.amount;
  return valueText(value);
}

/** A JSON document as a c4m value (`builtins.md` 10.1). */
export function valueFromJson(json: Json): Value {
  if (json === null || typeof json === "boolean" || typeof json === "string" || typeof json === "bigint") return json;
  if (typeof json === "number") return Number.isInteger(json) ? BigInt(json) : json;
  if (json instanceof Float) return json.value;
  if (Array.isArray(json)) return (json as readonly Json[]).map(valueFromJson);
  return makeDict([...(json as ReadonlyMap<string, Json>)].map(([key, item]) => [key, valueFromJson(item)] as const));
}

/** The tree below a section in the plain encoding: sections are objects, empty ones included. */
export function plainTree(section: SectionNode): Json {
  const members = new Map<string, Json>();
  for (const [name, node] of section.members)
    members.set(name, node.kind === "section" ? plainTree(node) : plainJson(effectiveValue(node)));
  return members;
}

/** The place that an origin names, if any. */
export function originLocation(origin: Origin): Location | undefined {
  return "location" in origin ? origin.location : undefined;
}

/** An attribute in the typed encoding. */
export function typedAttribute(node: AttributeNode, origins: boolean): Json {
  const members = new Map<string, Json>([
    ["type", node.type],
    ["value", plainJson(effectiveValue(node))],
  ]);
  if (!origins) return members;
  if (node.lock !== undefined) members.set("locked", true);
  if (node.override !== undefined) members.set("overridden", true);
  const origin = effectiveOrigin(node);
  if (origin.kind === "default") members.set("default", true);
  const place = originLocation(origin);
  if (place !== undefined) members.set("at", `${place.file}:${place.line}:${place.col}`);
  return members;
}

/** The tree below a section in the typed encoding; `origins` adds the optional members `locked`, `overridden`, `default` and `at`. */
export function typedTree(section: SectionNode, origins = false): Json {
  const members = new Map<string, Json>();
  for (const [name, node] of section.members)
    members.set(name, node.kind === "section" ? typedTree(node, origins) : typedAttribute(node, origins));
  return members;
}

// ---- reading ---------------------------------------------------------------------------------------------------------------------------

function refuse(json: Json, type: Type): Failure {
  const actual =
    json === null
      ? "null"
      : Array.isArray(json)
        ? "array"
        : json instanceof Map
          ? "object"
          : json instanceof Float
            ? "float"
            : typeof json;
  return new Failure("C4M-M006", `a value of type ${typeText(type)} is expected, not ${actual}`, {
    expected: typeText(type),
    actual,
  });
}

function decodeFunction(text: string, type: Type): Value {
  const match = /^func\s+([^\s(]+)\s*(\(.*)?$/s.exec(text);
  if (match === null) throw refuse(text, type);
  const signature = match[2] === undefined || match[2] === "(...)" ? undefined : readType(match[2]);
  return new FunctionValue(match[1] as string, signature);
}

/** A Size in its text form: binary units under decimal labels. */
function sizeFromText(text: string): bigint | undefined {
  const units: Readonly<Record<string, bigint>> = { TB: 1n << 40n, GB: 1n << 30n, MB: 1n << 20n, KB: 1n << 10n, B: 1n };
  if (text === "0 bytes") return 0n;
  let total = 0n;
  for (const part of text.split(" ")) {
    const match = /^([0-9]+)(TB|GB|MB|KB|B)$/.exec(part);
    if (match === null) return undefined;
    total += BigInt(match[1] as string) * (units[match[2] as string] as bigint);
  }
  return total;
}

/** A dict's key from its text. */
function decodeKey(text: string, type: Type): Value {
  const resolved = resolve(type);
  if (resolved.kind !== "basic") return text;
  switch (resolved.name) {
    case "int":
      if (/^-?[0-9]+$/.test(text)) return BigInt(text);
      break;
    case "bool":
      if (text === "true" || text === "false") return text === "true";
      break;
    case "float":
      if (text !== "" && Number.isFinite(Number(text))) return Number(text);
      break;
    case "Duration": {
      const value = readLiteral("Duration", text);
      if (value !== undefined) return value;
      break;
    }
    case "Size": {
      const amount = sizeFromText(text);
      if (amount !== undefined) return new QuantityValue("Size", amount);
      break;
    }
    default:
      return decodeValue(text, resolved);
  }
  throw refuse(text, type);
}

function decodeBasic(given: Json, type: Extract<Type, { kind: "basic" }>): Value {
  const json = typeof given !== "number" ? given : Number.isInteger(given) ? BigInt(given) : new Float(given);
  switch (type.name) {
    case "bool":
      if (typeof json === "boolean") return json;
      break;
    case "string":
      if (typeof json === "string") return json;
      break;
    case "int":
      if (typeof json === "bigint") return json;
      break;
    case "float":
      if (json instanceof Float) return json.value;
      if (typeof json === "bigint") return Number(json);
      break;
    case "char":
      if (typeof json === "bigint") return checkedChar(json);
      if (typeof json === "string" && [...json].length === 1) return new CharValue(json.codePointAt(0) as number);
      break;
    case "Duration":
    case "Size":
      if (typeof json === "bigint" && json >= 0n && json <= maxInt) return new QuantityValue(type.name, json);
      break;
    case "void":
      break;
    default:
      if (typeof json === "string") {
        const value = readLiteral(type.name as TextTypeName, json);
        if (value !== undefined) return value;
      }
  }
  throw refuse(json, type);
}

/** The same for JSON that anybody may have written; undefined if it does not fit the type. */
export function decodeForeignValue(json: Json, type: Type): Value | undefined {
  try {
    return decodeValue(json, type);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return undefined;
  }
}

/**
 * Reads a value of the given type from its plain encoding; open parts of the type take whatever the JSON is (`language.md` 9.2).
 * Throws `Failure` C4M-M006 if it doesn't fit.
 */
export function decodeValue(json: Json, type: Type): Value {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "variable": {
      for (const alternative of resolved.alternatives ?? []) {
        try {
          return decodeValue(json, alternative);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      }
      if (resolved.alternatives !== undefined) throw refuse(json, type);
      return valueFromJson(json);
    }
    case "error":
      return valueFromJson(json);
    case "basic":
      return decodeBasic(json, resolved);
    case "list":
      if (Array.isArray(json)) return (json as readonly Json[]).map((item) => decodeValue(item, resolved.item));
      break;
    case "tuple":
      if (Array.isArray(json) && json.length === resolved.items.length)
        return new TupleValue((json as readonly Json[]).map((item, i) => decodeValue(item, resolved.items[i] as Type)));
      break;
    case "dict":
      if (json instanceof Map)
        return makeDict(
          [...json].map(([key, item]) => [decodeKey(key, resolved.key), decodeValue(item, resolved.value)] as const),
        );
      break;
    case "typespec":
      if (typeof json === "string") {
        const denoted = readType(json);
        if (denoted !== undefined) return new TypeValue(denoted);
      }
      break;
    case "function":
    case "anyfunction":
      if (typeof json === "string") return decodeFunction(json, resolved);
      break;
  }
  throw refuse(json, type);
}
