/**
 * What validators may ask about the configuration beyond the introspection builtins of the language: whether a value is the user's. Checks of
 * settings that contradict each other need it, because a default must never be held against the user (README, decision 2).
 */
import type { Builtin } from "../builtins/builtin.js";
import { subjectOf } from "../evaluate/runtime.js";
import { effectiveOrigin, lookup } from "../store.js";

const attrIsSet: Builtin = {
  name: "attr_is_set",
  type: "(string) -> bool",
  classes: ["config-read"],
  yields: true,
  category: "introspection",
  doc: "Whether a field has a value that is not just the default of the schema. For the functions of a schema.",
  run: (args, call) => {
    const node = lookup(subjectOf(call.runtime).store, String(args[0]).split("."));
    return node?.kind === "attribute" && effectiveOrigin(node).kind !== "default";
  },
};

/** The builtins with those that only schemas have. */
export function withSchemaBuiltins(builtins: readonly Builtin[]): readonly Builtin[] {
  return builtins.some((builtin) => builtin.name === attrIsSet.name) ? builtins : [...builtins, attrIsSet];
}
