/** What no command may print: saved values of parameters that their declarations call sensitive (`ours.md` 4). */
import type { FileNode } from "../../grammar/ast.js";
import { sourceFromText } from "../../grammar/source.js";
import type { SavedParameter, SelfState } from "../image/state.js";
import type { Json } from "../json.js";
import { isJsonList, isJsonObject } from "../json.js";
import type { Chalk } from "../start/chalk.js";
import type { Value } from "../values.js";

/** Texts that are secret; empty if no component declares a sensitive parameter. */
export function sensitiveValues(chalk: Pick<Chalk, "stack">): readonly string[] {
  const secrets: string[] = [];
  const add = (value: Value | undefined): void => {
    if (typeof value === "string" && value !== "") secrets.push(value);
    else if (Array.isArray(value)) for (const item of value) add(item);
  };
  for (const module of chalk.stack.runtime.modules) {
    for (const parameter of module.ir.parameters) {
      if (parameter.sensitive === true) add(chalk.stack.runtime.parameters.get(module.key)?.get(parameter.path.join("."))?.value);
    }
  }
  return secrets;
}

/** The texts in a saved value. */
export function textsOf(value: Json): readonly string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (isJsonList(value)) return value.flatMap(textsOf);
  return isJsonObject(value) ? [...value.values()].flatMap(textsOf) : [];
}

/** Does a file declare this parameter as sensitive? */
function declaresSensitive(file: FileNode, { symbol, isAttribute }: SavedParameter): boolean {
  return file.items.some((item) => {
    if (item.kind !== "parameter" || (item.target.kind === "attribute") !== isAttribute) return false;
    const names = item.target.kind === "attribute" ? item.target.path : [item.target.name];
    if (names.map((name) => name.text).join(".") !== symbol) return false;
    return item.properties.some(
      ({ name, value }) => name.text === "sensitive" && value.kind === "literal" && value.type === "bool" && value.value === true,
    );
  });
}

/**
 * The saved parameters that the sources of their components call sensitive. It takes the sources rather than what was evaluated, so that a configuration
 * that is switched off or broken keeps its secrets, too.
 */
export async function sensitiveParameters(state: Pick<SelfState, "cache" | "parameters">): Promise<ReadonlySet<SavedParameter>> {
  if (state.parameters.length === 0) return new Set();
  const { parse } = await import("../../grammar/parse.js");
  const files = new Map([...state.cache].map(([url, text]) => [url, parse(sourceFromText(url, text)).ast] as const));
  return new Set(
    state.parameters.filter((parameter) => {
      const file = files.get(parameter.url);
      return file !== undefined && declaresSensitive(file, parameter);
    }),
  );
}
