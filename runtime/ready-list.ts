/**
 * Long lists that are usually only printed. A network snapshot has tens of thousands of rows; building an array and its strings for each of them
 * costs more than reading them from the kernel, and the memory stays with a process that lives as long as the program it watches. Such a list keeps
 * its compact text and makes its elements only when somebody looks inside. To all code it is an ordinary array; `compact` asks `readyText` first.
 */
import type { Json } from "./json.js";

const texts = new WeakMap<object, string>();

/**
 * A list of `length` elements whose compact form (`runtime-core.md` 6.1) is known; `make` builds the elements when they are needed.
 */
export function readyList(text: string, length: number, make: () => readonly Json[]): readonly Json[] {
  let items: readonly Json[] | undefined;
  const target: readonly Json[] = [];
  const list = new Proxy(target, {
    get(_target, property) {
      if (property === "length") return length;
      items ??= make();
      return Reflect.get(items, property, items) as unknown;
    },
    has(_target, property) {
      items ??= make();
      return Reflect.has(items, property);
    },
  });
  texts.set(list, text);
  return list;
}

/** The compact text of a list made by `readyList`, undefined for every other value. */
export function readyText(value: object): string | undefined {
  return texts.get(value);
}
