/**
 * Which validators never look at the path they are called with. Their verdict on equal values is the same wherever the values stand, so one call serves all
 * of them: the shipped templates alone have thousands of keys whose `object_store` is empty.
 */
import type { FunctionIr } from "../../compiler/ir.js";
import type { LoadedSchema } from "./saved-schema.js";
import { visitNodes } from "./visit-ir.js";

const known = new WeakMap<LoadedSchema, ReadonlySet<string>>();

/** Names of functions of the schema that ignore their first parameter, in all their overloads. */
export function pathFreeFunctions(loaded: LoadedSchema): ReadonlySet<string> {
  let names = known.get(loaded);
  if (names === undefined) {
    const functions = loaded.modules
      .flatMap((file) => [file.module, ...file.components.values()])
      .flatMap((module) => module.functions);
    const looking = new Set(functions.filter(looksAtFirst).map((ir) => ir.name));
    names = new Set(functions.map((ir) => ir.name).filter((name) => !looking.has(name)));
    known.set(loaded, names);
  }
  return names;
}

/** Does the body read its first parameter, or use `format()`, which could? */
function looksAtFirst(ir: FunctionIr): boolean {
  let looks = false;
  visitNodes(ir.body, (node) => {
    if (node.k === "var" && (node.of as { readonly slot?: number }).slot === 0) looks = true;
    if (node.k === "call" && node.scope !== undefined) looks = true;
  });
  return looks;
}
