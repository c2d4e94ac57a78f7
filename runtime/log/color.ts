/**
 * When colour is used (`runtime-core.md` 2.3): a stream gets it only if it is a terminal itself, unless the user forces it; `NO_COLOR` and a dumb
 * terminal switch it off.
 */
import type { Host } from "../host/host.js";

export interface ColorChoice {
  /** The `color` attribute in force. */
  readonly color: boolean | undefined;
  /** It comes from `--color`, `--no-color` or the user's configuration, not from the shipped defaults. */
  readonly explicit: boolean;
}

/** The rule without any setting: a terminal somewhere, no `NO_COLOR`, `TERM` not `dumb`. */
export function defaultColor(host: Pick<Host, "terminal" | "processes">): boolean {
  const { terminal, processes } = host;
  if (!terminal.isTerminal(0) && !terminal.isTerminal(1) && !terminal.isTerminal(2)) return false;
  return processes.variable("NO_COLOR") === undefined && processes.variable("TERM") !== "dumb";
}

/** Whether to colour what is written to stdout (1) or stderr (2). */
export function useColor(host: Pick<Host, "terminal" | "processes">, stream: 1 | 2, choice: ColorChoice): boolean {
  if (choice.explicit && choice.color !== undefined) return choice.color;
  return (choice.color ?? defaultColor(host)) && host.terminal.isTerminal(stream);
}
