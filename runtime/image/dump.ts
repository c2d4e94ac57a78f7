/**
 * The texts of `chalk dump` (`runtime-core.md` 4.8). What they print can be loaded again: `dump params` by `load --params`, `dump all` by
 * `load --replace --all`.
 */
import { compact, type Json } from "../json.js";
import { KEY, rowOfParameter, type SelfState } from "./state.js";

/** `dump`: the embedded text; `defaultText` if nothing is loaded. Ends in exactly one newline. */
export function dumpConfiguration(state: SelfState, defaultText: string): string {
  return `${(state.config ?? defaultText).replace(/\n+$/, "")}\n`;
}

/** `dump params`: the rows, one line without its newline. */
export function dumpParameters(state: SelfState): string {
  return compact(state.parameters.map(rowOfParameter));
}

/** `dump all`: cache, text, memoised values and parameters in one object, one line without its newline. Neither keys nor compiled form. */
export function dumpAll(state: SelfState, defaultText: string): string {
  return compact(
    new Map<string, Json>([
      [KEY.cache, state.cache],
      [KEY.config, state.config ?? defaultText],
      [KEY.memoize, state.memoize],
      [KEY.parameters, state.parameters.map(rowOfParameter)],
    ]),
  );
}
