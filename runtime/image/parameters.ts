/**
 * Saved component parameters while loading (`runtime-core.md` 7.4 step 3): rows handed in on stdin, and rows that an updated component no longer wants.
 */
import { isJsonList, parseJson } from "../json.js";
import { parameterOfRow, type SavedParameter } from "./state.js";

/** Identity of a parameter: a variable and an attribute of the same name are two. */
export function parameterKey({ url, symbol, isAttribute }: Pick<SavedParameter, "url" | "symbol" | "isAttribute">): string {
  return JSON.stringify([url, symbol, isAttribute]);
}

/** Reads the rows that `dump params` prints, for `load --params`; anything else is an error. */
export function readParameterRows(text: string | Uint8Array): readonly SavedParameter[] | { readonly error: string } {
  const parsed = parseJson(text);
  if ("error" in parsed) return { error: `invalid JSON at ${parsed.at}: ${parsed.error}` };
  const rest = typeof text === "string" ? text.slice(parsed.end) : new TextDecoder().decode(text.subarray(parsed.end));
  if (!isJsonList(parsed.value) || rest.trim() !== "")
    return { error: "not a JSON array of parameters as dump params prints it" };
  const parameters: SavedParameter[] = [];
  for (const [index, row] of parsed.value.entries()) {
    const parameter = parameterOfRow(row);
    if (parameter === undefined) return { error: `row ${index + 1} is not [is_attribute, component, name, type, value]` };
    parameters.push(parameter);
  }
  return parameters;
}

/** Rows of one list, replaced by those of the other where both name a parameter; new ones follow. */
export function mergeParameters(saved: readonly SavedParameter[], newer: readonly SavedParameter[]): readonly SavedParameter[] {
  const merged = new Map(saved.map((parameter) => [parameterKey(parameter), parameter]));
  for (const parameter of newer) merged.set(parameterKey(parameter), parameter);
  return [...merged.values()];
}

/**
 * Sorts out saved rows that their component no longer declares, or declares with a type that the value doesn't fit. They are dropped with a warning and
 * the default takes their place; rows of components that are not known are kept.
 * @param verdict what the component says about a row.
 */
export function reconcileParameters(
  saved: readonly SavedParameter[],
  verdict: (parameter: SavedParameter) => "fits" | "unknown component" | "not declared" | "other type",
): { readonly kept: readonly SavedParameter[]; readonly warnings: readonly string[] } {
  const kept: SavedParameter[] = [];
  const warnings: string[] = [];
  for (const parameter of saved) {
    const result = verdict(parameter);
    if (result === "fits" || result === "unknown component") kept.push(parameter);
    else {
      const why = result === "other type" ? `is not of type ${parameter.type} any more` : "is not declared any more";
      warnings.push(`the saved value of parameter ${parameter.symbol} of ${parameter.url} is dropped: the parameter ${why}`);
    }
  }
  return { kept, warnings };
}
