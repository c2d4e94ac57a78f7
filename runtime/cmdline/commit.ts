/**
 * Carrying out a parsed command line (`getopts.md` 4 and 5): callbacks of the flags, fields as overrides, callbacks of the commands, then the
 * attributes that receive command, arguments and flags. All of it or nothing: a callback that refuses takes back what flags before it set.
 */
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import type { ParseOutcome } from "./parse.js";
import { type CallbackReference, type CommandLineSpec, type FlagUse, type FlagValue, flagText, type ParsedLine } from "./spec.js";

/** The part of the configuration runtime that committing needs. */
export interface CommitPort {
  /** Calls a function of the configuration with a flag's value or a command's arguments; the result as text, or what went wrong. */
  call(callback: CallbackReference, argument: FlagValue): { readonly text: string } | { readonly diagnostic: Diagnostic };
  /** Sets an override, ignoring locks and earlier ones; "section" or "type" when that cannot be (`language.md` 6.4). */
  override(field: string, value: FlagValue, flag: string): "ok" | "section" | "type";
  /** An ordinary assignment. */
  assign(attribute: string, value: string | readonly string[] | ReadonlyMap<string, string>): void;
  /** Remembers the present state; the returned function goes back to it. */
  checkpoint(): () => void;
}

export interface CommitOptions {
  /** Flags that were committed earlier (`commitTopFlags`). */
  readonly done?: ReadonlySet<string>;
}

function commitFlags(flags: Iterable<FlagUse>, port: CommitPort): Diagnostic | undefined {
  for (const { flag, value, typed } of flags) {
    if (flag.callback !== undefined) {
      const outcome = port.call(flag.callback, value);
      if ("diagnostic" in outcome) return outcome.diagnostic;
      if (outcome.text !== "") return diagnostic("C4M-G013", undefined, `--${typed}: ${outcome.text}`);
    }
    if (flag.field === undefined) continue;
    const set = port.override(flag.field, value, `--${typed}`);
    if (set === "section")
      return diagnostic("C4M-G014", undefined, `--${typed}: '${flag.field}' is a section, it cannot be set`, {
        path: flag.field,
      });
    if (set === "type")
      return diagnostic("C4M-G015", undefined, `--${typed}: '${flagText(value)}' does not have the type of '${flag.field}'`, {
        path: flag.field,
      });
  }
  return undefined;
}

/** Commits flags of the top level before the command is known. Returns the error that stopped it (then nothing was changed). */
export function commitTopFlags(flags: ReadonlyMap<string, FlagUse>, port: CommitPort): Diagnostic | undefined {
  const back = port.checkpoint();
  const problem = commitFlags(flags.values(), port);
  if (problem !== undefined) back();
  return problem;
}

/** Commits a line. Returns the error that stopped it (then nothing was changed). */
export function commitLine(
  spec: CommandLineSpec,
  line: ParsedLine,
  port: CommitPort,
  options: CommitOptions = {},
): Diagnostic | undefined {
  const back = port.checkpoint();
  const pending = [...line.flags].filter(([name]) => options.done?.has(name) !== true).map(([, use]) => use);
  const problem = commitFlags(pending, port);
  if (problem !== undefined) {
    back();
    return problem;
  }
  for (const command of [...line.path].reverse()) {
    if (command.callback === undefined) continue;
    const outcome = port.call(command.callback, line.args.get(command.path) ?? []);
    if ("diagnostic" in outcome) {
      back();
      return outcome.diagnostic;
    }
  }
  if (spec.commandAttribute !== undefined) port.assign(spec.commandAttribute, line.command);
  if (spec.argumentAttribute !== undefined) port.assign(spec.argumentAttribute, line.args.get(line.command) ?? []);
  if (spec.flagAttribute !== undefined)
    port.assign(spec.flagAttribute, new Map([...line.flags].map(([name, use]) => [name, flagText(use.value)])));
  return undefined;
}

/**
 * Chooses the candidate of an ambiguous line whose first command is `chosen`, the value of the command attribute by now (undefined: there is
 * no such attribute). Returns the line, or the error of `getopts.md` 5.
 */
export function finalize(
  outcome: Extract<ParseOutcome, { kind: "ambiguous" }>,
  chosen: string | undefined,
): ParsedLine | Diagnostic {
  const names = outcome.candidates.map((line) => line.path[1]?.name ?? "");
  if (chosen === undefined)
    return diagnostic("C4M-G010", undefined, "a command is expected", { hint: `one of ${names.join(", ")}` });
  if (chosen === "")
    return diagnostic("C4M-G011", undefined, `several commands fit: ${names.join(", ")}`, {
      hint: "name the command",
      suggestions: names,
    });
  const first = chosen.split(".")[0] as string;
  const line = outcome.candidates.find((candidate) => candidate.path[1]?.name === first);
  if (line !== undefined) return line;
  if (first === "help") return outcome.error;
  return diagnostic("C4M-G012", undefined, `the default command '${first}' does not accept this command line`, {
    hint: `type '${first}' to see why, or name another command`,
  });
}
