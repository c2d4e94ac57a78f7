/**
 * `--enable-report` and `--disable-report` (`runtime-core.md` 1.3): they take effect when all configurations have been loaded, so that they can name any
 * custom report, the user's own included, and win over what configurations say.
 */
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import { suggest } from "../../grammar/suggest.js";
import { setOverride } from "../evaluate/assign.js";
import { type Chalk, flagValue } from "./chalk.js";

const switches = [
  ["enable-report", true],
  ["disable-report", false],
] as const;

function problem(message: string, hint?: string): Diagnostic {
  return diagnostic("C4M-G013", undefined, message, hint === undefined ? {} : { hint });
}

/** Turns reports on and off. Returns what is wrong with the names: unknown, given twice, or given to both flags. */
export function switchReports(chalk: Chalk): Diagnostic | undefined {
  const known = chalk.settings.sections("custom_report");
  const decided = new Map<string, { readonly flag: string; readonly value: boolean }>();
  for (const [flag, value] of switches) {
    const names = flagValue(chalk, flag);
    for (const name of Array.isArray(names) ? (names as readonly string[]) : []) {
      const earlier = decided.get(name);
      if (earlier?.flag === flag) return problem(`--${flag}: the report '${name}' is named twice`);
      if (earlier !== undefined) return problem(`--${flag}: the report '${name}' is named by --${earlier.flag}, too`);
      if (!known.includes(name)) {
        const near = suggest(name, [...known]);
        const hint = near.length > 0 ? `did you mean '${near[0]}'?` : `there are ${[...known].sort().join(", ")}`;
        return problem(`--${flag}: there is no custom report '${name}'`, hint);
      }
      decided.set(name, { flag, value });
    }
  }
  for (const [name, { flag, value }] of decided)
    setOverride(chalk.stack.runtime, ["custom_report", name, "enabled"], value, "bool", { kind: "flag", flag: `--${flag}` });
  return undefined;
}
