/** Every builtin with arbitrary arguments of its types: it may refuse them with a code, but never fails inside (`builtins.md` 0.4). */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { basic, type FunctionType, resolve, type Type, type TypeVariable } from "../../../compiler/types.js";
import { builtins } from "../../../runtime/builtins/index.js";
import { callFunction } from "../../../runtime/evaluate/evaluate.js";
import { createRuntime } from "../../../runtime/evaluate/runtime.js";
import { createMemoryHost } from "../../../runtime/host/memory-host.js";
import { makeDict } from "../../../runtime/operations.js";
import { decodeBytes } from "../../../runtime/text.js";
import { nestedText } from "../../../runtime/text-form.js";
import { typeFromText } from "../../../runtime/type-tools.js";
import { mismatch } from "../../../runtime/value-types.js";
import {
  CharValue,
  FunctionValue,
  QuantityValue,
  TextValue,
  TupleValue,
  TypeValue,
  type Value,
} from "../../../runtime/values.js";
import { hashing } from "../language-helpers.js";
import "../../helpers/reproducible.js";

const word = fc.constantFrom(
  "",
  "a",
  "/",
  "~",
  "..",
  "a/b",
  "{x}",
  "{",
  "é",
  ",",
  "1",
  "[1]",
  "s",
  "s.x",
  "=",
  "ff",
  "report",
  "list[int]",
);
const text = fc.oneof(word, fc.string({ maxLength: 6 }), fc.uint8Array({ maxLength: 5 }).map(decodeBytes));
const int = fc.oneof(fc.bigInt({ min: -3n, max: 9n }), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 600n));
const char = fc.constantFrom(0, 65, 0xe9, 0x1f600).map((code) => new CharValue(code));

const basics: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  bool: fc.boolean(),
  int,
  float: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(0)),
  char,
  string: text,
  Duration: fc.bigInt({ min: 0n, max: 10n ** 15n }).map((n) => new QuantityValue("Duration", n)),
  Size: fc.bigInt({ min: 0n, max: 10n ** 15n }).map((n) => new QuantityValue("Size", n)),
  IPAddr: fc.constantFrom("10.0.0.1", "::1").map((t) => new TextValue("IPAddr", t)),
  CIDR: fc.constant(new TextValue("CIDR", "10.0.0.0/8")),
  Date: fc.constant(new TextValue("Date", "2020-01-05")),
};

/** Values of a type; a variable stands for one of a few types throughout a call. */
function valuesOf(type: Type, choices: ReadonlyMap<TypeVariable, Type>): fc.Arbitrary<Value> {
  const resolved = resolve(type);
  switch (resolved.kind) {
    case "basic":
      return basics[resolved.name] ?? fc.constant("");
    case "list":
      return fc.array(valuesOf(resolved.item, choices), { maxLength: 3 });
    case "dict":
      return fc
        .array(fc.tuple(valuesOf(resolved.key, choices), valuesOf(resolved.value, choices)), { maxLength: 3 })
        .map(makeDict);
    case "tuple":
      return fc.tuple(...resolved.items.map((item) => valuesOf(item, choices))).map((items) => new TupleValue(items));
    case "typespec":
      return fc.constantFrom("int", "list[`x]", "void", "string").map((t) => new TypeValue(typeFromText(t)));
    case "variable": {
      const chosen = choices.get(resolved);
      return chosen === undefined ? functions : valuesOf(chosen, choices);
    }
    default:
      return functions;
  }
}

const functions = fc.constantFrom("len", "version", "nope").map((name) => new FunctionValue(name, undefined));
const openTypes = ["int", "string", "char", "float", "Size", "IPAddr"].map((name) => basic(name as "int"));

function variablesOf(type: Type, into = new Set<TypeVariable>()): Set<TypeVariable> {
  const resolved = resolve(type);
  if (resolved.kind === "variable" && resolved.alternatives === undefined) into.add(resolved);
  if (resolved.kind === "list") variablesOf(resolved.item, into);
  if (resolved.kind === "dict") for (const part of [resolved.key, resolved.value]) variablesOf(part, into);
  if (resolved.kind === "function") for (const part of resolved.parameters) variablesOf(part, into);
  return into;
}

for (const policy of ["run", "trial", "lint"] as const)
  test(`builtins never fail inside (${policy})`, () => {
    for (const builtin of builtins) {
      const type = typeFromText(builtin.type) as FunctionType;
      const call = fc
        .array(fc.constantFrom(...openTypes), { minLength: 3, maxLength: 3 })
        .map((types) => new Map([...variablesOf(type)].map((variable, i) => [variable, types[i] as Type] as const)))
        .chain((choices) => fc.tuple(...type.parameters.map((parameter) => valuesOf(parameter, choices))));
      const check = (args: readonly Value[]) => {
        const files = { "/w/a": "text", "/w/s/x": "" };
        const host = createMemoryHost({ hashing, files, cwd: "/w", home: "/home" });
        const runtime = createRuntime({ host, builtins: [builtin], policy, output: () => {} });
        const result = callFunction(runtime, builtin.name, args);
        const shown = `${builtin.name}(${args.map(nestedText).join(", ")})`;
        if (!result.ok) {
          const { code, message } = result.diagnostic;
          assert.not.match(message, /failed: |internal/, `${shown}: ${code} ${message}`);
          return;
        }
        if (result.value !== undefined)
          assert.is(mismatch(result.value, type.result), undefined, `${shown} = ${nestedText(result.value)}`);
      };
      fc.assert(fc.property(call, check), { numRuns: 40 });
    }
  });

test.run();
