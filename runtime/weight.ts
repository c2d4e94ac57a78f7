/**
 * The weight of a value: how many parts it has when it is written out. Values are immutable and share their parts, so that a few lines of a configuration can
 * make one that fits into memory and yet has more parts than could ever be printed: `b := [a, a]`, `c := [b, b]` and so on. Whatever visits all parts of a
 * value asks for its weight first (C4M-E022).
 */
import { Failure } from "./failure.js";
import { DictValue, TupleValue, type Value } from "./values.js";

/** Most parts of a value: as many as the longest list has items. */
export const maxWeight = 2 ** 22;

/** Most parts of all attributes together: the tree is printed, stored and validated as a whole. */
export const maxTreeWeight = 2 ** 20;

const known = new WeakMap<object, number>();

/** Most values are scalars, which their JavaScript type tells at once. */
const isContainer = (value: Value | undefined): value is readonly Value[] | DictValue | TupleValue =>
  typeof value === "object" && (Array.isArray(value) || value instanceof DictValue || value instanceof TupleValue);

function weightOfItems(items: readonly Value[]): number {
  let weight = 0;
  for (const item of items) weight += weightOf(item);
  return weight;
}

/**
 * The number of parts of a value, shared ones as often as they occur. Takes time once for each container. Items of a list are of one type: if the ends are
 * no containers, none is (data of open type may be mixed, but is as large as the text that it came from).
 */
export function weightOf(value: Value): number {
  if (!isContainer(value)) return 1;
  // Most lists hold scalars: counting those anew costs less than remembering.
  if (Array.isArray(value) && !isContainer(value[0]) && !isContainer(value[value.length - 1])) return 1 + value.length;
  let weight = known.get(value);
  if (weight !== undefined) return weight;
  if (Array.isArray(value)) weight = 1 + weightOfItems(value);
  else if (value instanceof TupleValue) weight = 1 + value.items.reduce<number>((sum, item) => sum + weightOf(item), 0);
  else {
    weight = 1;
    for (const [key, item] of (value as DictValue).entries.values()) weight += weightOf(key) + weightOf(item);
  }
  known.set(value, weight);
  return weight;
}

/** Stops values that are too large to be visited (C4M-E022). */
export function checkWeight(value: Value): void {
  if (!isContainer(value)) return;
  const weight = weightOf(value);
  if (weight > maxWeight) throw new Failure("C4M-E022", `a value of ${weight} parts is too large (the limit is ${maxWeight})`);
}

/** Accounts for a value that takes the place of another in a store; stops trees that are too large to be printed (C4M-E022). */
export function replaceInTree(store: { weight: number }, before: Value | undefined, after: Value): void {
  const total = store.weight + weightOf(after) - (before === undefined ? 0 : weightOf(before));
  if (total > maxTreeWeight)
    throw new Failure("C4M-E022", `attributes of ${total} parts together are too large (the limit is ${maxTreeWeight})`);
  store.weight = Math.max(0, total);
}
