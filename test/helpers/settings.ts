/**
 * Settings made from nested plain objects, for tests of everything that reads configuration only through the view.
 *
 * | written | means |
 * |---|---|
 * | boolean, string, bigint, integer number | bool, string, int, int |
 * | array | list |
 * | function | a callback; `call` runs it with plain arguments |
 * | `new Float(1.5)` | float |
 * | an instance of a class of `runtime/values.ts` | itself |
 * | any other object | a section |
 *
 * A dict is written `dict({ a: "b" })`.
 */
import { Float } from "../../runtime/json.js";
import type { Settings } from "../../runtime/settings/settings.js";
import { DictValue, FunctionValue, QuantityValue, type Value } from "../../runtime/values.js";

export type Callback = (...args: Value[]) => Plain | undefined;
export type Plain = boolean | string | number | bigint | Float | Callback | readonly Plain[] | Value | Section;
export interface Section {
  [name: string]: Plain;
}

/** A dict[string, string]. */
export function dict(entries: Record<string, string>): DictValue {
  return new DictValue(new Map(Object.entries(entries).map(([key, value]) => [key, [key, value] as const])));
}

/** A Size in bytes and a Duration in milliseconds. */
export const size = (bytes: number) => new QuantityValue("Size", BigInt(bytes));
export const duration = (milliseconds: number) => new QuantityValue("Duration", BigInt(Math.round(milliseconds * 1000)));

const isSection = (value: Plain | undefined): value is Section =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The view over a plain object. It reads the object anew at each question, so that tests can change it meanwhile. */
export function fakeSettings(root: Section): Settings {
  const callbacks = new Map<string, Callback>();

  function find(path: string): Plain | undefined {
    let current: Plain | undefined = root;
    for (const name of path.split(".")) {
      if (!isSection(current) || !Object.hasOwn(current, name)) return undefined;
      current = current[name];
    }
    return current;
  }
  function toValue(plain: Plain | undefined, path: string): Value | undefined {
    if (plain === undefined || isSection(plain)) return undefined;
    if (plain instanceof Float) return plain.value;
    if (typeof plain === "number") return Number.isInteger(plain) ? BigInt(plain) : plain;
    if (typeof plain === "function") {
      callbacks.set(path, plain);
      return new FunctionValue(path, undefined);
    }
    if (Array.isArray(plain)) return plain.map((item: Plain) => toValue(item, path) as Value);
    return plain as Value;
  }
  const value = (path: string) => toValue(find(path), path);
  function as<T>(path: string, fallback: T, read: (value: Value) => T | undefined): T {
    const found = value(path);
    return found === undefined ? fallback : (read(found) ?? fallback);
  }
  const members = (path: string) => {
    const found = path === "" ? root : find(path);
    return isSection(found) ? Object.entries(found) : [];
  };

  return {
    value,
    bool: (path, fallback = false) => as(path, fallback, (v) => (typeof v === "boolean" ? v : undefined)),
    int: (path, fallback = 0) => as(path, fallback, (v) => (typeof v === "bigint" ? Number(v) : undefined)),
    bigint: (path, fallback = 0n) => as(path, fallback, (v) => (typeof v === "bigint" ? v : undefined)),
    string: (path, fallback = "") => as(path, fallback, (v) => (typeof v === "string" ? v : undefined)),
    strings: (path, fallback = []) => as(path, fallback, (v) => (Array.isArray(v) ? (v as string[]) : undefined)),
    duration: (path, fallback = 0) =>
      as(path, fallback, (v) =>
        v instanceof QuantityValue ? Number(v.amount) / 1000 : typeof v === "bigint" ? Number(v) : undefined,
      ),
    size: (path, fallback = 0) =>
      as(path, fallback, (v) => (v instanceof QuantityValue ? Number(v.amount) : typeof v === "bigint" ? Number(v) : undefined)),
    stringMap(path) {
      const found = value(path);
      if (!(found instanceof DictValue)) return new Map();
      return new Map([...found.entries.values()] as [string, string][]);
    },
    sections: (path) => members(path).flatMap(([name, member]) => (isSection(member) ? [name] : [])),
    fields: (path) => members(path).flatMap(([name, member]) => (isSection(member) ? [] : [name])),
    isSet: (path) => find(path) !== undefined,
    exists: (path) => find(path) !== undefined,
    isShipped: () => false,
    call(reference, args) {
      const callback = reference instanceof FunctionValue ? callbacks.get(reference.name) : undefined;
      return callback === undefined ? undefined : toValue(callback(...args), "");
    },
  };
}
