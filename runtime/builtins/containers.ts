/** Lists and dicts (`builtins.md` 4). All values are immutable: functions that change something return a new container. */
import { dictEntry } from "../evaluate/expressions.js";
import { Failure } from "../failure.js";
import { checkLength, dictKey, equalValues, maxListLength } from "../operations.js";
import { DictValue, TupleValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins } from "./builtin.js";
import { listSliceBuiltins } from "./strings.js";

type List = readonly Value[];

/** Index of a list item, negative from the end; undefined if there is none. */
function itemIndex(list: List, index: bigint): number | undefined {
  const absolute = index < 0n ? index + BigInt(list.length) : index;
  return absolute < 0n || absolute >= BigInt(list.length) ? undefined : Number(absolute);
}

function setItem([list, index, item]: List): Value {
  const at = itemIndex(list as List, index as bigint);
  if (at === undefined) {
    const length = (list as List).length;
    throw new Failure("C4M-E006", `index ${index} is out of range of a list of ${length}`, {
      actual: String(index),
      expected: `0 … ${length - 1}`,
    });
  }
  const copy = [...(list as List)];
  copy[at] = item as Value;
  return copy;
}

function addLists(a: List, b: List): Value {
  checkLength(a.length + b.length, maxListLength);
  return a.concat(b);
}

function setEntry([dict, key, value]: List): Value {
  return new DictValue(new Map((dict as DictValue).entries).set(dictKey(key as Value), [key as Value, value as Value]));
}

function deleteEntry([dict, key]: List): Value {
  const entries = new Map((dict as DictValue).entries);
  entries.delete(dictKey(key as Value));
  return new DictValue(entries);
}

function removeItem([list, index]: List): Value {
  const at = itemIndex(list as List, index as bigint);
  return at === undefined ? (list as List) : (list as List).filter((_, i) => i !== at);
}

export const listBuiltins: readonly Builtin[] = [
  ...defineBuiltins(
    "list",
    ["pure"],
    [
      ["len", "(list[`T]) -> int", "How many items the list has.", ([list]) => BigInt((list as List).length)],
      [
        "contains",
        "(list[`T], `T) -> bool",
        "Is the value an item of the list?",
        ([list, value]) => (list as List).some((item) => equalValues(item, value as Value)),
      ],
      [
        "set",
        "(list[`T], int, `T) -> list[`T]",
        "The list with one item replaced; negative positions count from the end.",
        setItem,
      ],
      [
        "delete",
        "(list[`T], `T) -> list[`T]",
        "The list without any item equal to the value.",
        ([list, value]) => (list as List).filter((item) => !equalValues(item, value as Value)),
      ],
      [
        "remove",
        "(list[`T], int) -> list[`T]",
        "The list without the item at a position; negative positions count from the end.",
        removeItem,
      ],
      [
        "array_add",
        "(list[`T], list[`T]) -> list[`T]",
        "Both lists, one after the other.",
        ([a, b]) => addLists(a as List, b as List),
      ],
    ],
  ),
  ...listSliceBuiltins,
];

export const dictBuiltins: readonly Builtin[] = defineBuiltins(
  "dict",
  ["pure"],
  [
    ["len", "(dict[`K, `V]) -> int", "How many entries the dict has.", ([dict]) => BigInt((dict as DictValue).entries.size)],
    [
      "contains",
      "(dict[`K, `V], `K) -> bool",
      "Does the dict have the key?",
      ([dict, key]) => (dict as DictValue).entries.has(dictKey(key as Value)),
    ],
    [
      "get",
      "(dict[`K, `V], `K) -> `V",
      "The value of a key, which must be there.",
      ([dict, key]) => dictEntry(dict as DictValue, key as Value),
    ],
    [
      "keys",
      "(dict[`K, `V]) -> list[`K]",
      "The keys in their order.",
      ([dict]) => [...(dict as DictValue).entries.values()].map((entry) => entry[0]),
    ],
    [
      "values",
      "(dict[`K, `V]) -> list[`V]",
      "The values in the order of their keys.",
      ([dict]) => [...(dict as DictValue).entries.values()].map((entry) => entry[1]),
    ],
    [
      "items",
      "(dict[`K, `V]) -> list[tuple[`K, `V]]",
      "Pairs of key and value in order.",
      ([dict]) => [...(dict as DictValue).entries.values()].map((entry) => new TupleValue(entry)),
    ],
    ["set", "(dict[`K, `V], `K, `V) -> dict[`K, `V]", "The dict with a key set; a new key comes last.", setEntry],
    ["delete", "(dict[`K, `V], `K) -> dict[`K, `V]", "The dict without a key.", deleteEntry],
  ],
);

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const pattern = (value: Value | undefined): bigint => BigInt.asUintN(64, value as bigint);
const shift = (value: Value | undefined): bigint => (value as bigint) & 63n;

/** Bit operations on 64-bit patterns (`builtins.md` 7); nothing overflows, shifts are logical. */
export const bitBuiltins: readonly Builtin[] = defineBuiltins(
  "binary_ops",
  ["pure"],
  [
    ["bitor", "(int, int) -> int", "Bits that are set in either number.", ([a, b]) => (a as bigint) | (b as bigint)],
    ["bitand", "(int, int) -> int", "Bits that are set in both numbers.", ([a, b]) => (a as bigint) & (b as bigint)],
    ["xor", "(int, int) -> int", "Bits that are set in one of the numbers only.", ([a, b]) => (a as bigint) ^ (b as bigint)],
    ["bitnot", "(int) -> int", "All bits inverted.", ([a]) => ~(a as bigint)],
    ["shl", "(int, int) -> int", "Shifted to the left.", ([a, b]) => wrap(pattern(a) << shift(b))],
    ["shr", "(int, int) -> int", "Shifted to the right, zeros coming in.", ([a, b]) => wrap(pattern(a) >> shift(b))],
  ],
);
