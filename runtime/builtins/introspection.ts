/**
 * Looking at the configuration from within (`builtins.md` 9). In a schema's validators these see the configuration that is being validated
 * (`subjectOf`). Looking a path up never changes the tree.
 */

import { basic, type Type } from "../../compiler/types.js";
import { addOverride, assignAttribute, enterSection } from "../evaluate/assign.js";
import { candidates, functionType } from "../evaluate/calls.js";
import { subjectOf } from "../evaluate/runtime.js";
import { Failure } from "../failure.js";
import type { Json } from "../json.js";
import { writeJson } from "../json-text.js";
import { type AttributeNode, effectiveValue, lookup, type SectionNode, type StoreNode } from "../store.js";
import { typeFromText, typeText, unifiable } from "../type-tools.js";
import { kindOf, mismatch, typeOfValue } from "../value-types.js";
import { FunctionValue, TupleValue, TypeValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

function pathOf(text: string): string[] {
  return text === "" ? [] : text.split(".");
}

function find(call: BuiltinCall, path: string): StoreNode | undefined {
  return lookup(subjectOf(call.runtime).store, pathOf(path));
}

function names(call: BuiltinCall, path: string, kind: StoreNode["kind"]): readonly string[] {
  const node = find(call, path);
  if (node?.kind !== "section") return [];
  return [...node.members].filter(([, member]) => member.kind === kind).map(([name]) => name);
}

/** The longest beginning of a path that exists. */
function nearest(call: BuiltinCall, path: string): string {
  const parts = pathOf(path);
  while (parts.length > 0 && find(call, parts.join(".")) === undefined) parts.pop();
  return parts.join(".");
}

function attributeOr(call: BuiltinCall, path: string, expected: string): AttributeNode {
  const node = find(call, path);
  if (node?.kind === "attribute") return node;
  const actual = node === undefined ? "nothing" : "a section";
  const near = nearest(call, path);
  throw new Failure("C4M-E018", `there is ${actual} at '${path}'${near === "" || near === path ? "" : `; '${near}' exists`}`, {
    path,
    expected,
    actual,
    suggestions: near === "" ? [] : [near],
  });
}

function getAttribute([path, wanted]: readonly Value[], call: BuiltinCall): Value {
  const type = (wanted as TypeValue).type;
  const expected = typeText(type);
  const node = attributeOr(call, path as string, expected);
  const value = effectiveValue(node);
  if (unifiable(typeFromText(node.type), type) && mismatch(value, type) === undefined) return value;
  throw new Failure("C4M-E018", `'${path}' is of type ${node.type}, not ${expected}`, {
    path: path as string,
    expected,
    actual: node.type,
  });
}

function compareAttributeType([path, typePath]: readonly Value[], call: BuiltinCall): Value {
  const node = find(call, path as string);
  const holder = find(call, typePath as string);
  if (node === undefined || holder === undefined) return false;
  const field = attributeOr(call, typePath as string, "typespec");
  const stored = effectiveValue(field);
  if (!(stored instanceof TypeValue))
    throw new Failure("C4M-E018", `'${typePath}' is a ${kindOf(stored)}, not a typespec`, {
      path: typePath as string,
      expected: "typespec",
      actual: kindOf(stored),
    });
  if (node.kind !== "attribute") return false;
  return unifiable(typeFromText(node.type), stored.type) && mismatch(effectiveValue(node), stored.type) === undefined;
}

/** The type of the only function that a reference without signature can mean. */
function typeOfReference(value: Value | undefined, call: BuiltinCall): Type | undefined {
  if (!(value instanceof FunctionValue) || value.signature !== undefined) return undefined;
  const [callee, ...others] = candidates(subjectOf(call.runtime), value);
  return callee === undefined || others.length > 0 ? undefined : functionType(callee);
}

function attributeType([path]: readonly Value[], call: BuiltinCall): Value {
  const node = find(call, path as string);
  if (node?.kind !== "attribute") return new TypeValue(basic("void"));
  return new TypeValue(typeOfReference(effectiveValue(node), call) ?? typeFromText(node.type));
}

/** Deepest path of an override; the text of a configuration cannot nest deeper than blocks and one path together either. */
const deepestPath = 1000;

function override([path, value]: readonly Value[], call: BuiltinCall): Value {
  const names = pathOf(path as string);
  if (names.length > deepestPath)
    throw new Failure("C4M-E022", `a path of ${names.length} names is too long (the limit is ${deepestPath})`);
  const stated = call.argumentTypeText(1);
  const type = stated.startsWith("`") ? typeText(typeOfValue(value as Value)) : stated;
  return addOverride(subjectOf(call.runtime), names, value as Value, type, call.location);
}

function splitAttribute([path]: readonly Value[]): Value {
  const dot = (path as string).lastIndexOf(".");
  return new TupleValue(dot < 0 ? ["", path as string] : [(path as string).slice(0, dot), (path as string).slice(dot + 1)]);
}

function compareTypes([a, b]: readonly Value[]): Value {
  return unifiable({ kind: "typespec", inner: (a as TypeValue).type }, { kind: "typespec", inner: (b as TypeValue).type });
}

/** All functions with their documentation, sorted by key. */
function documentationDump(_: readonly Value[], call: BuiltinCall): Value {
  const rows: (readonly [string, Json])[] = [];
  for (const entry of call.runtime.functions.values()) {
    if (entry.kind === "user") {
      const type = entry.module.ir.types[entry.ir.type] ?? "";
      rows.push([entry.name + type, new Map<string, Json>([["builtin", false]])]);
    } else {
      const { doc, category, type } = entry.builtin;
      rows.push([
        entry.name + type,
        new Map<string, Json>([
          ["builtin", true],
          ["doc", doc],
          ["tags", [category]],
        ]),
      ]);
    }
  }
  rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return writeJson(new Map(rows));
}

function copyMembers(from: SectionNode, to: readonly string[], call: BuiltinCall): void {
  const location = call.location;
  if (location !== undefined) enterSection(call.runtime, to, location);
  for (const [name, node] of [...from.members]) {
    const path = [...to, name];
    if (node.kind === "section") copyMembers(node, path, call);
    else
      assignAttribute(call.runtime, {
        path,
        value: effectiveValue(node),
        type: node.type,
        origin: { kind: "assigned", location },
      });
  }
}

function copyObject([path, name]: readonly Value[], call: BuiltinCall): Value {
  const source = pathOf(path as string);
  const node = lookup(call.runtime.store, source);
  if (node?.kind !== "section" || source.length === 0 || name === "" || (name as string).includes(".")) return false;
  const target = [...source.slice(0, -1), name as string];
  if (lookup(call.runtime.store, target)?.kind === "attribute") return false;
  if (name !== source[source.length - 1]) copyMembers(node, target, call);
  return true;
}

const writes = { classes: ["config-write"] } as const;
const pure = { classes: ["pure"] } as const;

export const introspectionBuiltins: readonly Builtin[] = defineBuiltins(
  "introspection",
  ["config-read"],
  [
    [
      "sections",
      "(string) -> list[string]",
      "Names of the sections directly below a path.",
      ([path], call) => names(call, path as string, "section"),
    ],
    [
      "fields",
      "(string) -> list[string]",
      "Names of the attributes directly below a path.",
      ([path], call) => names(call, path as string, "attribute"),
    ],
    [
      "attr_exists",
      "(string) -> bool",
      "Is there an attribute or section at the path?",
      ([path], call) => find(call, path as string) !== undefined,
    ],
    ["attr_type", "(string) -> typespec", "Type of the attribute at a path; void if there is none.", attributeType],
    [
      "attr_get",
      "(string, typespec[`T]) -> `T",
      "Value of the attribute at a path, which must have the given type.",
      getAttribute,
    ],
    [
      "attr_typecmp",
      "(string, string) -> bool",
      "Does the first attribute's type fit the type that the second one holds?",
      compareAttributeType,
    ],
    ["attr_split", "(string) -> tuple[string, string]", "What stands before and behind the last dot.", splitAttribute, pure],
    [
      "add_override",
      "(string, `T) -> bool",
      "Fixes an attribute's value for the rest of the run; false if that is not possible.",
      override,
      writes,
    ],
    [
      "function_exists",
      "(func) -> bool",
      "Is there a function of that name and, if given, signature?",
      ([reference], call) => candidates(subjectOf(call.runtime), reference as FunctionValue).length > 0,
    ],
    ["typeof", "(`T) -> typespec", "The static type of an expression.", (_, call) => new TypeValue(call.argumentType(0)), pure],
    ["typecmp", "(typespec, typespec) -> bool", "Can the two types be unified?", compareTypes, pure],
    ["function_doc_dump", "() -> string", "Names, signatures and documentation of all functions, as JSON.", documentationDump],
    ["copy_object", "(string, string) -> bool", "Copies a section to a sibling of the given name.", copyObject, writes],
  ],
);
