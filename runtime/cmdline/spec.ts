/**
 * A command line as data: what a `getopts` section of a c4m configuration describes (`getopts.md` 1), freed of the configuration's form. `build.ts` makes
 * it from the evaluated section, `parse.ts` matches words against it, `commit.ts` carries a match out, `help.ts` prints it. It is plain
 * JSON-compatible data (`Infinity` excepted, see `unlimited`), so that the command line of chalk itself is prepared when the project is built.
 */
import type { Location } from "../../grammar/span.js";

/** Stands for "no upper limit" in argument counts. */
export const unlimited = Number.MAX_SAFE_INTEGER;

export type FlagKind = "yn" | "help" | "choice" | "multi-choice" | "arg" | "multi-arg";

/** A function of the configuration: its name, and the text of its signature if one was written. */
export interface CallbackReference {
  readonly name: string;
  readonly signature: string | undefined;
}

/** What typing one spelling of a flag means. */
export type SpellingMeaning =
  /** The flag itself; its value follows or not according to its kind. */
  | { readonly kind: "flag" }
  /** A yes/no spelling. */
  | { readonly kind: "value"; readonly value: boolean }
  /** A choice that is a flag of its own. */
  | { readonly kind: "choice"; readonly choice: string }
  /** The bare name of a yes/no flag with yes prefixes: takes one of these words as its value. */
  | { readonly kind: "word"; readonly words: Readonly<Record<string, boolean>> };

export interface FlagSpec {
  /** Reporting name: the section's name with `-` for `_`. */
  readonly name: string;
  readonly kind: FlagKind;
  /** Every spelling without dashes, `_` and `-` made alike (`spellingKey`), and what it means. */
  readonly spellings: Readonly<Record<string, SpellingMeaning>>;
  /** Spellings for help pages, as declared: first those for true or for the flag itself, then those for false. */
  readonly shownYes: readonly string[];
  readonly shownNo: readonly string[];
  readonly choices: readonly string[];
  readonly choiceFlags: boolean;
  readonly min: number;
  readonly max: number;
  readonly optionalArgument: boolean;
  readonly commaDelimited: boolean;
  readonly callback: CallbackReference | undefined;
  readonly field: string | undefined;
  readonly doc: string;
  readonly location: Location | undefined;
}

export interface CommandSpec {
  /** Name as declared; "" for the top level. */
  readonly name: string;
  /** Names from the top, joined with dots; "" for the top level. */
  readonly path: string;
  readonly aliases: readonly string[];
  readonly minimum: number;
  readonly maximum: number;
  readonly doc: string;
  readonly shortdoc: string;
  readonly argumentName: string;
  readonly callback: CallbackReference | undefined;
  /** A sub-command must be named. */
  readonly subCommandMandatory: boolean;
  readonly ignoreAllFlags: boolean;
  readonly ignoreBadFlags: boolean;
  readonly dashArgSpaceOptional: boolean;
  readonly colonOk: boolean;
  readonly spaceOk: boolean;
  readonly flagsFirst: boolean;
  /** The automatic `help` command. */
  readonly automatic: boolean;
  readonly flags: readonly FlagSpec[];
  readonly commands: readonly CommandSpec[];
  readonly topics: Readonly<Record<string, string>>;
  readonly location: Location | undefined;
}

export interface CommandLineSpec {
  readonly root: CommandSpec;
  readonly commandAttribute: string | undefined;
  readonly argumentAttribute: string | undefined;
  readonly flagAttribute: string | undefined;
  /** Assumed when no command is named; undefined: guess. */
  readonly defaultCommand: string | undefined;
  readonly showDocOnError: boolean;
}

/** The form under which a flag spelling is looked up: `_` and `-` are the same (`getopts.md` 1.3). */
export function spellingKey(text: string): string {
  return text.replaceAll("_", "-");
}

/** The value of one flag that was given. */
export type FlagValue = boolean | string | readonly string[];

/** One flag of a parsed command line. */
export interface FlagUse {
  flag: FlagSpec;
  value: FlagValue;
  /** The name as typed, without dashes. */
  readonly typed: string;
}

/** A command line that fits the specification. */
export interface ParsedLine {
  /** Dotted command; "" if none. */
  readonly command: string;
  /** From the top level to the final command. */
  readonly path: readonly CommandSpec[];
  /** Positional arguments of every command on the path, by its dotted name. */
  readonly args: ReadonlyMap<string, readonly string[]>;
  /** By reporting name, in order of first appearance. */
  readonly flags: ReadonlyMap<string, FlagUse>;
}

/** Text of a flag's value: lists joined with commas (`getopts.md` 2). */
export function flagText(value: FlagValue): string {
  return typeof value === "string" ? value : typeof value === "boolean" ? String(value) : value.join(",");
}

/** Flags as `_OP_CMD_FLAGS` shows them: `--NAME=VALUE`, or `--NAME` if the text is empty. */
export function reportedFlags(line: ParsedLine): string[] {
  return [...line.flags].map(([name, use]) => {
    const text = flagText(use.value);
    return text === "" ? `--${name}` : `--${name}=${text}`;
  });
}
