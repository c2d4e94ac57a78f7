/** JSON and the normal form for hashing (`builtins.md` 10.1, 10.2). */
import { plainJson, valueFromJson } from "../encoding.js";
import { Failure } from "../failure.js";
import { JsonSyntaxError, readJson, writeJson } from "../json-text.js";
import { compareBytes, encodeText } from "../text.js";
import { valueText } from "../text-form.js";
import { typeText } from "../type-tools.js";
import { mismatch } from "../value-types.js";
import { DictValue, QuantityValue, TupleValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

function parseDocument(text: string, offset: number): Value {
  try {
    return valueFromJson(readJson(text));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const at = offset + error.offset;
    throw new Failure("C4M-E020", `the text is not JSON: ${error.message} (at byte ${at})`, { actual: `offset ${at}` });
  }
}

/** The value must be of the static type that the program expects; the error names the place in the document. */
function checked(value: Value, call: BuiltinCall): Value {
  const type = call.resultType();
  const found = type === undefined ? undefined : mismatch(value, type);
  if (found === undefined) return value;
  const expected = typeText(found.expected);
  throw new Failure("C4M-E016", `${found.path} in the JSON text is a ${found.actual}, not ${expected}`, {
    path: found.path,
    expected,
    actual: found.actual,
  });
}

function parseLines([text]: readonly Value[], call: BuiltinCall): Value {
  const whole = text as string;
  const stripped = whole.trim();
  if (stripped === "") return checked([], call);
  let offset = encodeText(whole.slice(0, whole.indexOf(stripped))).length;
  const rows: Value[] = [];
  for (const line of stripped.split("\n")) {
    rows.push(parseDocument(line, offset));
    offset += encodeText(line).length + 1;
  }
  return checked(rows, call);
}

/** Collects the bytes of the normal form. */
class NormalForm {
  private readonly parts: Uint8Array[] = [];

  private number(size: 4 | 8, value: bigint): void {
    const view = new DataView(new ArrayBuffer(size));
    if (size === 4) view.setUint32(0, Number(value), true);
    else view.setBigUint64(0, BigInt.asUintN(64, value), true);
    this.parts.push(new Uint8Array(view.buffer));
  }

  private tag(tag: number): void {
    this.parts.push(Uint8Array.of(tag));
  }

  private text(bytes: Uint8Array): void {
    this.tag(1);
    this.number(4, BigInt(bytes.length));
    this.parts.push(bytes);
  }

  private float(value: number): void {
    this.tag(6);
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.parts.push(new Uint8Array(view.buffer));
  }

  private list(items: readonly Value[]): void {
    this.tag(4);
    this.number(4, BigInt(items.length));
    for (const item of items) this.add(item);
  }

  private dict(dict: DictValue): void {
    const entries = [...dict.entries.values()].map(([key, value]) => [encodeText(valueText(key)), value] as const);
    entries.sort((a, b) => compareBytes(a[0], b[0]));
    this.tag(5);
    this.number(4, BigInt(entries.length));
    for (const [key, value] of entries) {
      this.text(key);
      this.add(value);
    }
  }

  add(value: Value): void {
    if (value === null) this.tag(7);
    else if (typeof value === "boolean") this.parts.push(Uint8Array.of(3, value ? 1 : 0));
    else if (typeof value === "number") this.float(value);
    else if (typeof value === "bigint" || value instanceof QuantityValue) {
      this.tag(2);
      this.number(8, typeof value === "bigint" ? value : value.amount);
    } else if (Array.isArray(value)) this.list(value);
    else if (value instanceof TupleValue) this.list(value.items);
    else if (value instanceof DictValue) this.dict(value);
    else this.text(encodeText(valueText(value)));
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Bytes of the normal form of a value, floats by value (unlike in marks, where all floats are alike). */
export function normalForm(value: Value): Uint8Array {
  const form = new NormalForm();
  form.add(value);
  return form.bytes();
}

export const jsonBuiltins: readonly Builtin[] = defineBuiltins(
  "json",
  ["pure"],
  [
    [
      "parse_json",
      "(string) -> `T",
      "Reads a JSON document; it must have the type that is expected of the result.",
      ([text], call) => checked(parseDocument(text as string, 0), call),
    ],
    ["parse_jsonl", "(string) -> `T", "Reads a JSON document from every line, as a list.", parseLines],
    ["to_json", "(`T) -> string", "The value as JSON text.", ([value]) => writeJson(plainJson(value as Value))],
    [
      "binary_sha256",
      "(`T) -> string",
      "SHA-256 of the value's normal form in hex; equal values have equal hashes.",
      ([value], call) => call.host.hashing.hex("sha256", normalForm(value as Value)),
    ],
  ],
);
