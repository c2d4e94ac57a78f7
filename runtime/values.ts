/**
 * Values of c4m at run time (`language.md` 3.8). All are immutable and carry their type, so that operators in generic functions can dispatch and
 * data from outside (JSON) can be checked where it meets a static type.
 *
 * | c4m | here |
 * |---|---|
 * | bool, float, string | `boolean`, `number`, `string` |
 * | int | `bigint`, always within signed 64 bits |
 * | list | a frozen array |
 * | null (host data only) | `null` |
 * | everything else | one of the small classes below |
 *
 * Strings are sequences of bytes (`builtins.md` 0.2). A JavaScript string holds their UTF-8 decoding; a byte that is not part of valid UTF-8 is
 * one lone low surrogate U+DC80…U+DCFF ("surrogate escape"). Lone surrogates cannot come from c4m source (C4M-L010), so this loses nothing;
 * `text.ts` converts both ways and re-joins escaped halves after concatenation.
 */
import type { Type } from "../compiler/types.js";

export type Value =
  | boolean
  | bigint
  | number
  | string
  | null
  | readonly Value[]
  | CharValue
  | QuantityValue
  | TextValue
  | TupleValue
  | DictValue
  | FunctionValue
  | TypeValue;

/** One code point (or, from `to_bytes`, one byte). */
export class CharValue {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

/** A Duration in microseconds or a Size in bytes, 0 … 2^63−1. */
export class QuantityValue {
  readonly type: "Duration" | "Size";
  readonly amount: bigint;
  constructor(type: "Duration" | "Size", amount: bigint) {
    this.type = type;
    this.amount = amount;
  }
}

export type TextTypeName = "IPAddr" | "CIDR" | "Date" | "Time" | "DateTime";

/** An address, network, date or time, as canonical text. */
export class TextValue {
  readonly type: TextTypeName;
  readonly text: string;
  constructor(type: TextTypeName, text: string) {
    this.type = type;
    this.text = text;
  }
}

export class TupleValue {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** An insertion-ordered map. Keys are c4m values; `dictKey` (operations.ts) gives the JavaScript key under which an entry is found. */
export class DictValue {
  readonly entries: ReadonlyMap<string, readonly [key: Value, value: Value]>;
  constructor(entries: ReadonlyMap<string, readonly [key: Value, value: Value]>) {
    this.entries = entries;
  }
}

/** A reference to a function by name; `signature` undefined if none was written. */
export class FunctionValue {
  readonly name: string;
  readonly signature: Type | undefined;
  constructor(name: string, signature: Type | undefined) {
    this.name = name;
    this.signature = signature;
  }
}

export class TypeValue {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}
