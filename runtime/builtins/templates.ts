/**
 * `set_template_keys`: switching many keys of a template on or off in one call (`configs/README.md`, Templates). c4m has no computed paths on the left of an
 * assignment, and one line per key is no way to write the shipped templates, so this builtin of ours makes ordinary assignments for a list of names.
 */
import { assignAttribute } from "../evaluate/assign.js";
import { Failure } from "../failure.js";
import type { Origin } from "../store.js";
import type { Value } from "../values.js";
import { type Builtin, defineBuiltins } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

function setTemplateKeys(args: readonly Value[], call: BuiltinCall): undefined {
  const [kind, template, keys, use, lock] = args as readonly [string, string, readonly string[], boolean, boolean];
  if (kind !== "mark_template" && kind !== "report_template")
    throw new Failure(
      "C4M-E009",
      `set_template_keys: '${kind}' is no kind of template; it is "mark_template" or "report_template"`,
    );
  if (template === "" || keys.includes(""))
    throw new Failure("C4M-E009", "set_template_keys: the names of template and keys must not be empty");
  const { runtime } = call;
  const origin: Origin = { kind: "assigned", location: call.location };
  const held = runtime.componentDepth > 0 ? "component" : lock ? "explicit" : undefined;
  for (const key of keys)
    assignAttribute(runtime, { path: [kind, template, "key", key, "use"], value: use, type: "bool", origin, lock: held });
  return undefined;
}

export const templateBuiltins: readonly Builtin[] = defineBuiltins(
  "chalk",
  ["config-write"],
  [
    [
      "set_template_keys",
      "(string, string, list[string], bool, bool)",
      "Switches a list of keys of a mark or report template on or off, as an assignment to each key's `use` would; the last argument locks them.",
      setTemplateKeys,
    ],
  ],
).map((builtin) => ({ ...builtin, yields: true }));
