/**
 * Matching words against a command-line specification (`getopts.md` 3 and 5). Pure: nothing is committed here. Flags may stand anywhere, also before
 * the command they belong to: a flag is looked up in the current command, then in its ancestors, then among its descendants, and bound
 * again by name once the final command is known.
 */

import type { Code } from "../../grammar/catalogue.js";
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import { suggest } from "../../grammar/suggest.js";
import {
  type CommandLineSpec,
  type CommandSpec,
  type FlagSpec,
  type FlagUse,
  type FlagValue,
  type ParsedLine,
  type SpellingMeaning,
  spellingKey,
  unlimited,
} from "./spec.js";

export type ParseOutcome =
  | { readonly kind: "parsed"; readonly line: ParsedLine; readonly assumed: boolean }
  /** No command was named and several fit; `topFlags` are the flags of the top level, the same in every candidate. */
  | {
      readonly kind: "ambiguous";
      readonly candidates: readonly ParsedLine[];
      readonly topFlags: ReadonlyMap<string, FlagUse>;
      readonly error: Diagnostic;
    }
  | { readonly kind: "error"; readonly diagnostic: Diagnostic; readonly command: CommandSpec };

export interface ParseOptions {
  /** Is there a file of that name? A word that is one is not taken for a misspelt command. */
  readonly pathExists?: (path: string) => boolean;
}

/** A word that does not fit; carries what the outcome needs. */
class Mismatch extends Error {
  readonly diagnostic: Diagnostic;
  readonly command: CommandSpec;
  readonly namedCommand: boolean;
  constructor(problem: Diagnostic, command: CommandSpec, namedCommand: boolean) {
    super(problem.message);
    this.diagnostic = problem;
    this.command = command;
    this.namedCommand = namedCommand;
  }
}

/** A flag found by one of its spellings. */
interface FoundFlag {
  readonly flag: FlagSpec;
  readonly meaning: SpellingMeaning;
}

function ownFlag(command: CommandSpec, key: string): FoundFlag | undefined {
  for (const flag of command.flags) {
    if (Object.hasOwn(flag.spellings, key)) return { flag, meaning: flag.spellings[key] as SpellingMeaning };
  }
  return undefined;
}

function descendantFlag(command: CommandSpec, key: string): FoundFlag | undefined {
  for (const child of command.commands) {
    const found = ownFlag(child, key) ?? descendantFlag(child, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The declaration of a reporting name that counts for the last command of a path: the nearest, from the command upwards. */
function declarationFor(path: readonly CommandSpec[], name: string): FlagSpec | undefined {
  for (let i = path.length - 1; i >= 0; i--) {
    const flag = (path[i] as CommandSpec).flags.find((candidate) => candidate.name === name);
    if (flag !== undefined) return flag;
  }
  return undefined;
}

function declaredBelow(command: CommandSpec, name: string): boolean {
  return command.commands.some((child) => child.flags.some((flag) => flag.name === name) || declaredBelow(child, name));
}

/** Dotted names of all commands that declare a flag of that name. */
function commandsWith(command: CommandSpec, name: string): string[] {
  const here = command.flags.some((flag) => flag.name === name) ? [command.path === "" ? "the top level" : command.path] : [];
  return [...here, ...command.commands.flatMap((child) => commandsWith(child, name))];
}

function commandsWithSpelling(command: CommandSpec, key: string): string[] {
  const here = ownFlag(command, key) !== undefined && command.path !== "" ? [command.path] : [];
  return [...here, ...command.commands.flatMap((child) => commandsWithSpelling(child, key))];
}

function findSubCommand(command: CommandSpec, word: string): CommandSpec | undefined {
  return command.commands.find((child) => child.name === word || child.aliases.includes(word));
}

/** Commands that messages may name: not the automatic ones, nor those that are kept for old scripts or internal use. */
const shownNames = (command: CommandSpec): string[] =>
  namedSubCommands(command).flatMap((child) =>
    child.name === "__" || child.name === "login" || child.name === "logout" ? [] : [child.name],
  );

const namedSubCommands = (command: CommandSpec): CommandSpec[] => command.commands.filter((child) => !child.automatic);

/** One attempt to read a whole line. */
class LineReader {
  private readonly spec: CommandLineSpec;
  private readonly words: readonly string[];
  private position = 0;
  private path: CommandSpec[];
  private positional: string[] = [];
  private flagsActive: boolean;
  private readonly args = new Map<string, readonly string[]>();
  private readonly flags = new Map<string, FlagUse>();

  constructor(spec: CommandLineSpec, words: readonly string[]) {
    this.spec = spec;
    this.words = words;
    this.path = [spec.root];
    this.flagsActive = !spec.root.ignoreAllFlags;
  }

  private get command(): CommandSpec {
    return this.path[this.path.length - 1] as CommandSpec;
  }

  private fail(code: Code, message: string, hint?: string, suggestions?: readonly string[]): never {
    const prefix = this.command.path === "" ? "" : `When parsing command '${this.command.path}': `;
    const problem = diagnostic(code, undefined, prefix + message, { hint, suggestions });
    throw new Mismatch(problem, this.command, this.path.length > 1);
  }

  read(): ParsedLine {
    while (this.position < this.words.length) {
      const word = this.words[this.position++] as string;
      if (this.flagsActive && word.length > 1 && word.startsWith("-")) {
        if (word === "--") this.flagsActive = false;
        else this.readFlag(word);
        continue;
      }
      // After `--`, and where all flags are ignored, every word is an argument.
      const child = this.flagsActive ? findSubCommand(this.command, word) : undefined;
      if (child !== undefined) this.enter(child);
      else {
        this.positional.push(word);
        if (this.command.flagsFirst) this.flagsActive = false;
      }
    }
    return this.finish();
  }

  private enter(child: CommandSpec): void {
    if (child.automatic) this.checkCount(0);
    else this.checkCount(this.command.minimum, child);
    this.args.set(this.command.path, this.positional);
    this.positional = [];
    this.path.push(child);
    this.flagsActive = !child.ignoreAllFlags;
    for (const [name, use] of this.flags) {
      if (declarationFor(this.path, name) === undefined && !declaredBelow(child, name)) this.notForCommand(name, use);
    }
  }

  private notForCommand(name: string, use: FlagUse): never {
    const owners = commandsWith(this.spec.root, name);
    return this.fail(
      "C4M-G007",
      `--${use.typed}: not valid for this command`,
      owners.length > 0 ? `it belongs to ${owners.join(", ")}` : undefined,
    );
  }

  private checkCount(minimum: number, before?: CommandSpec): void {
    const count = this.positional.length;
    const place = before === undefined ? "" : ` before '${before.name}'`;
    const plural = (n: number): string => `${n} argument${n === 1 ? "" : "s"}`;
    if (count < minimum) {
      this.fail("C4M-G008", `too few arguments${place}: at least ${plural(minimum)} expected, got ${count}`);
    }
    if (count > this.command.maximum) {
      const first = this.positional[0] as string;
      const near = suggest(
        first,
        namedSubCommands(this.command).flatMap((c) => [c.name, ...c.aliases]),
      );
      this.fail(
        "C4M-G009",
        `too many arguments${place}: at most ${plural(this.command.maximum)} expected, got ${count}`,
        near.length > 0 ? `did you mean '${near[0]}'?` : undefined,
        near,
      );
    }
  }

  private finish(): ParsedLine {
    const { command } = this;
    if (command.subCommandMandatory && namedSubCommands(command).length > 0) {
      const names = shownNames(command);
      const typed = this.positional[0];
      const near = typed === undefined ? [] : suggest(typed, names);
      this.fail(
        "C4M-G010",
        typed === undefined ? "a command is expected" : `no such command: '${typed}'`,
        near.length > 0 ? `did you mean '${near[0]}'?` : `one of ${names.join(", ")}`,
        near,
      );
    }
    this.checkCount(command.minimum);
    this.args.set(command.path, this.positional);
    for (const [name, use] of this.flags) this.bindAgain(name, use);
    for (const use of this.flags.values()) this.checkChoiceCount(use);
    return { command: command.path, path: this.path, args: this.args, flags: this.flags };
  }

  /** Now that the command is known, its own declaration of the flag counts (`getopts.md` 3.2, 3.5). */
  private bindAgain(name: string, use: FlagUse): void {
    const declared = declarationFor(this.path, name);
    if (declared === undefined) this.notForCommand(name, use);
    if (declared === use.flag) return;
    use.flag = declared;
    if (declared.choices.length > 0) {
      for (const value of typeof use.value === "string" ? [use.value] : Array.isArray(use.value) ? use.value : [])
        this.checkChoice(declared, value, use.typed);
    }
  }

  private checkChoiceCount({ flag, value, typed }: FlagUse): void {
    if (flag.kind !== "multi-choice") return;
    const count = (value as readonly string[]).length;
    if (count < flag.min || count > flag.max) {
      this.fail(
        "C4M-G005",
        `--${typed}: ${count} choices given, ${flag.max === unlimited ? `at least ${flag.min}` : `${flag.min} to ${flag.max}`} expected`,
      );
    }
  }

  // ---- one flag ------------------------------------------------------------------------------------------------------------------------

  private find(spelling: string): FoundFlag | undefined {
    const key = spellingKey(spelling);
    for (let i = this.path.length - 1; i >= 0; i--) {
      const found = ownFlag(this.path[i] as CommandSpec, key);
      if (found !== undefined) return found;
    }
    return descendantFlag(this.command, key);
  }

  private unknown(name: string): never {
    const known = new Set<string>();
    const gather = (command: CommandSpec): void => {
      for (const flag of command.flags) for (const spelling of Object.keys(flag.spellings)) known.add(spelling);
    };
    for (const command of this.path) gather(command);
    for (const child of this.command.commands) gather(child);
    const elsewhere = commandsWithSpelling(this.spec.root, spellingKey(name));
    const near = suggest(
      name,
      [...known].filter((spelling) => spelling.length > 1),
    );
    const hint =
      elsewhere.length > 0
        ? `it belongs to command ${elsewhere.join(", ")}`
        : near.length > 0
          ? `did you mean ${near.map((n) => `--${n}`).join(" or ")}?`
          : undefined;
    return this.fail("C4M-G001", `--${name}: no such flag`, hint, near);
  }

  private readFlag(word: string): void {
    const { command } = this;
    const single = !word.startsWith("--");
    const body = word.slice(single ? 1 : 2);
    const separator = command.colonOk ? body.search(/[=:]/) : body.indexOf("=");
    const name = (separator < 0 ? body : body.slice(0, separator)).trim();
    const inWord = separator < 0 ? undefined : body.slice(separator + 1).trim();
    const found = name === "" ? undefined : this.find(name);
    if (found !== undefined) {
      let value = inWord;
      // `--name=` takes the next word, whatever it looks like; at the end of the line there is no value.
      if (value === "") value = this.position < this.words.length ? (this.words[this.position++] as string) : undefined;
      this.handle(found, name, value, inWord === "" && value === undefined);
      return;
    }
    if (!single) {
      if (command.ignoreBadFlags) this.positional.push(word);
      else this.unknown(name === "" ? body : name);
      return;
    }
    this.readBundle(word, body, separator >= 0);
  }

  /** `-fVALUE`, `-abc`: a single dash before something that is no spelling as a whole (`getopts.md` 3.3, 4). */
  private readBundle(word: string, body: string, hasValue: boolean): void {
    const { command } = this;
    const letters = [...body];
    const planned: { found: FoundFlag; letter: string; value: string | undefined }[] = [];
    let bad: string | undefined;
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i] as string;
      const found = this.find(letter);
      if (found === undefined) {
        bad = letter;
        break;
      }
      const takesValue = found.meaning.kind === "flag" && found.flag.kind !== "yn" && found.flag.kind !== "help";
      if (takesValue && i + 1 < letters.length && command.dashArgSpaceOptional) {
        planned.push({ found, letter, value: letters.slice(i + 1).join("") });
        break;
      }
      planned.push({ found, letter, value: undefined });
    }
    if (bad !== undefined) {
      if (command.ignoreBadFlags) {
        this.positional.push(word);
        return;
      }
      if (hasValue || planned.length === 0) this.unknown(body.split(/[=:]/)[0] as string);
      this.fail("C4M-G001", `--${body}: not all characters are flags: '${bad}' is none`);
    }
    for (const { found, letter, value } of planned) this.handle(found, letter, value, false);
  }

  /** Gives a flag its value (`getopts.md` 3.4). `exhausted`: `--name=` at the end of the line. */
  private handle({ flag, meaning }: FoundFlag, typed: string, inWord: string | undefined, exhausted: boolean): void {
    const { command } = this;
    let value = inWord;
    if (value === undefined && command.spaceOk && this.position < this.words.length) {
      const next = this.words[this.position] as string;
      if (next.startsWith("=") || (command.colonOk && next.startsWith(":"))) {
        this.position++;
        value = next.slice(1);
        if (value === "") {
          if (this.position >= this.words.length) this.fail("C4M-G002", `--${typed}: requires an argument`);
          value = this.words[this.position++] as string;
        }
      }
    }
    if (meaning.kind === "value" || meaning.kind === "choice") {
      if (value !== undefined || exhausted) this.fail("C4M-G003", `--${typed}: takes no argument`);
      if (meaning.kind === "value") this.record(flag, typed, meaning.value);
      else this.record(flag, typed, flag.kind === "multi-choice" ? [meaning.choice] : meaning.choice);
      return;
    }
    if (value === undefined) value = this.separateValue(flag, typed);
    if (meaning.kind === "word") {
      const chosen = meaning.words[value];
      if (chosen === undefined) this.badChoice(Object.keys(meaning.words), value, typed);
      this.record(flag, typed, chosen as boolean);
      return;
    }
    this.record(flag, typed, this.convert(flag, value, typed));
  }

  private separateValue(flag: FlagSpec, typed: string): string {
    if (flag.optionalArgument) return "";
    const next = this.words[this.position];
    if (!this.command.spaceOk || next === undefined || (next.length > 1 && next.startsWith("-"))) {
      this.fail("C4M-G002", `--${typed}: requires an argument`);
    }
    this.position++;
    return next;
  }

  private convert(flag: FlagSpec, value: string, typed: string): FlagValue {
    if (flag.kind === "choice") return this.checkChoice(flag, value, typed);
    if (flag.kind === "multi-choice") return [...new Set(value.split(",").map((item) => this.checkChoice(flag, item, typed)))];
    if (flag.kind !== "multi-arg") return value;
    if (!flag.commaDelimited) return [value];
    let text = value;
    while (text.endsWith(",") && this.position < this.words.length && !(this.words[this.position] as string).startsWith("-")) {
      text += this.words[this.position++] as string;
    }
    if (text.endsWith(",")) text = text.slice(0, -1);
    return text.split(",");
  }

  private checkChoice(flag: FlagSpec, value: string, typed: string): string {
    if (!flag.choices.includes(value)) this.badChoice(flag.choices, value, typed);
    return value;
  }

  private badChoice(choices: readonly string[], value: string, typed: string): never {
    const near = suggest(value, choices);
    return this.fail(
      "C4M-G004",
      `--${typed}: '${value}' is not a valid choice`,
      `${near.length > 0 ? `did you mean '${near[0]}'? ` : ""}valid: ${choices.join(", ")}`,
      near,
    );
  }

  private record(flag: FlagSpec, typed: string, value: FlagValue): void {
    const earlier = this.flags.get(flag.name);
    if (earlier === undefined) {
      this.flags.set(flag.name, { flag, value, typed });
      return;
    }
    if (flag.kind !== "multi-arg" && flag.kind !== "multi-choice")
      this.fail("C4M-G006", `--${typed}: redundant flag, '${flag.name}' was given before`);
    const both = [...(earlier.value as readonly string[]), ...(value as readonly string[])];
    earlier.value = flag.kind === "multi-choice" ? [...new Set(both)] : both;
  }
}

function attempt(spec: CommandLineSpec, words: readonly string[]): ParsedLine | Mismatch {
  try {
    return new LineReader(spec, words).read();
  } catch (problem) {
    if (problem instanceof Mismatch) return problem;
    throw problem;
  }
}

const error = (mismatch: Mismatch): ParseOutcome => ({
  kind: "error",
  diagnostic: mismatch.diagnostic,
  command: mismatch.command,
});

/** Flags of the candidates that the top level itself declares. */
function topLevelFlags(spec: CommandLineSpec, line: ParsedLine): ReadonlyMap<string, FlagUse> {
  return new Map([...line.flags].filter(([name]) => spec.root.flags.some((flag) => flag.name === name)));
}

/** May an automatic or flag-blind `help` be guessed (`getopts.md` 5, last decisions)? */
function helpMayBeGuessed(spec: CommandLineSpec, words: readonly string[]): boolean {
  const bare: CommandLineSpec = {
    ...spec,
    root: { ...spec.root, commands: [], subCommandMandatory: false, minimum: 0, maximum: 0 },
  };
  const onlyTopFlags = attempt(bare, words);
  if (!(onlyTopFlags instanceof Mismatch)) return true;
  const helpFlags = spec.root.flags.filter((flag) => flag.kind === "help").flatMap((flag) => Object.keys(flag.spellings));
  return words.some((word) => /^--?[^-]/.test(word) && helpFlags.includes(spellingKey(word.replace(/^--?/, ""))));
}

/**
 * Reads a command line. Errors are codes C4M-G001 to G010 (`diagnostics.md` 4.1), without location.
 * `argv` excludes the program's name.
 */
export function parseCommandLine(spec: CommandLineSpec, argv: readonly string[], options: ParseOptions = {}): ParseOutcome {
  const commands = namedSubCommands(spec.root);
  const first = attempt(spec, argv);
  if (!(first instanceof Mismatch)) {
    return { kind: "parsed", line: first, assumed: false };
  }
  if (commands.length === 0) return error(first);
  const words = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  if (first.namedCommand || words.some((word) => findSubCommand(spec.root, word) !== undefined)) return error(first);

  let remembered = first;
  if (spec.defaultCommand !== undefined) {
    const assumed = attempt(spec, [spec.defaultCommand, ...argv]);
    if (!(assumed instanceof Mismatch)) return { kind: "parsed", line: assumed, assumed: true };
    remembered = assumed;
  } else {
    const word = argv.find((item) => !item.startsWith("-") && item !== "");
    if (word !== undefined && word.length >= 3 && options.pathExists?.(word) !== true) {
      const near = suggest(
        word,
        commands.flatMap((c) => [c.name, ...c.aliases]).filter((name) => name.length >= 3),
      );
      if (near.length > 0) {
        const problem = diagnostic("C4M-G010", undefined, `no such command: '${word}'`, {
          hint: `did you mean '${near[0]}'?`,
          suggestions: near,
        });
        return { kind: "error", diagnostic: problem, command: spec.root };
      }
    }
  }
  const candidates: ParsedLine[] = [];
  const withHelp = helpMayBeGuessed(spec, argv);
  for (const command of spec.root.commands) {
    if (command.name === "help" && (command.automatic || command.ignoreAllFlags) && !withHelp) continue;
    const line = attempt(spec, [command.name, ...argv]);
    if (!(line instanceof Mismatch)) candidates.push(line);
  }
  if (candidates.length === 0) return error(remembered);
  if (candidates.length === 1) return { kind: "parsed", line: candidates[0] as ParsedLine, assumed: true };
  return {
    kind: "ambiguous",
    candidates,
    topFlags: topLevelFlags(spec, candidates[0] as ParsedLine),
    error: remembered.diagnostic,
  };
}
