/**
 * Reading flags as docker's own command line does (`docker.md` 2.1, the conventions of pflag). Every word keeps its place, so that a command can be
 * rewritten by leaving words out and putting words in; flags that aren't known stay where they are.
 */

export type FlagKind = "value" | "boolean";

/** Flags by long name; short names are names of one letter. */
export interface FlagTable {
  readonly long: ReadonlyMap<string, FlagKind>;
  readonly short: ReadonlyMap<string, string>;
}

export interface FlagUse {
  /** Long name. */
  readonly name: string;
  readonly value: string;
}

/** A word that is no flag we know: a positional argument, or an unknown flag. */
export interface OtherWord {
  readonly text: string;
  /** Index in the words. */
  readonly index: number;
  readonly isFlag: boolean;
}

export interface ParsedFlags {
  readonly uses: readonly FlagUse[];
  readonly others: readonly OtherWord[];
  /** Words that were read: all, or those before the one that stopped. */
  readonly end: number;
  /** What is left when the flags in `without` are left out. */
  readonly remaining: readonly string[];
  /** Where flags can be added in `remaining`: its end, or before `--`. */
  readonly insertAt: number;
}

/** The words don't fit; docker will say so. */
export class FlagError extends Error {}

const booleans: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
};

/** The value of a boolean text; undefined for other text. */
export function booleanOf(text: string): boolean | undefined {
  return Object.hasOwn(booleans, text) ? booleans[text] : undefined;
}

/** Makes a table of long names; `short` maps letters to them. */
export function flagTable(values: string, flags: string, short: Readonly<Record<string, string>>): FlagTable {
  const names = (text: string): string[] => text.split(/\s+/).filter((name) => name !== "");
  return {
    long: new Map<string, FlagKind>([
      ...names(values).map((name) => [name, "value"] as const),
      ...names(flags).map((name) => [name, "boolean"] as const),
    ]),
    short: new Map(Object.entries(short)),
  };
}

class Reader {
  private readonly words: readonly string[];
  private readonly table: FlagTable;
  private readonly without: ReadonlySet<string>;
  private at: number;
  readonly uses: FlagUse[] = [];
  readonly others: OtherWord[] = [];
  readonly remaining: string[] = [];
  insertAt: number | undefined;

  constructor(words: readonly string[], table: FlagTable, start: number, without: ReadonlySet<string>) {
    this.words = words;
    this.table = table;
    this.without = without;
    this.at = start;
    this.remaining.push(...words.slice(0, start));
  }

  /** Reads until the end, or until the first positional argument. Returns where it stopped. */
  run(stopAtPositional: boolean): number {
    while (this.at < this.words.length) {
      const word = this.words[this.at] as string;
      if (word === "--") {
        if (stopAtPositional) return this.at;
        this.insertAt = this.remaining.length;
        this.remaining.push(word);
        for (let i = this.at + 1; i < this.words.length; i++) this.other(i, false);
        return this.words.length;
      }
      if (word.startsWith("--")) this.long(word);
      else if (word.startsWith("-") && word !== "-") this.short(word);
      else if (stopAtPositional) return this.at;
      else this.other(this.at++, false);
    }
    return this.at;
  }

  private other(index: number, isFlag: boolean): void {
    const text = this.words[index] as string;
    this.others.push({ text, index, isFlag });
    this.remaining.push(text);
  }

  private next(flag: string): string {
    const value = this.words[++this.at];
    if (value === undefined) throw new FlagError(`${flag} needs a value`);
    return value;
  }

  private use(name: string, kind: FlagKind, value: string): void {
    if (kind === "boolean" && booleanOf(value) === undefined) throw new FlagError(`'${value}' is no value for --${name}`);
    this.uses.push({ name, value });
  }

  private long(word: string): void {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const kind = this.table.long.get(name);
    const first = this.at;
    if (kind === undefined) this.other(first, true);
    else {
      this.use(name, kind, equals >= 0 ? word.slice(equals + 1) : kind === "boolean" ? "true" : this.next(word));
      if (!this.without.has(name)) this.remaining.push(...this.words.slice(first, this.at + 1));
    }
    this.at++;
  }

  private short(word: string): void {
    const first = this.at;
    const found: [string, FlagKind, string][] = [];
    let kept = "-";
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      const name = this.table.short.get(letter);
      const kind = name === undefined ? undefined : this.table.long.get(name);
      if (name === undefined || kind === undefined) {
        // A word with one unknown letter is unknown as a whole.
        this.at = first;
        this.other(first, true);
        this.at++;
        return;
      }
      const glued = word[i + 1] === "=" ? word.slice(i + 2) : undefined;
      if (kind === "boolean" && glued === undefined) {
        found.push([name, kind, "true"]);
        kept += letter;
        continue;
      }
      const rest = word.slice(i + 1);
      found.push([name, kind, glued ?? (rest === "" ? this.next(`-${letter}`) : rest)]);
      if (!this.without.has(name)) kept += word.slice(i);
      break;
    }
    for (const [name, kind, value] of found) this.use(name, kind, value);
    const removed = found.some(([name]) => this.without.has(name));
    if (!removed) this.remaining.push(...this.words.slice(first, this.at + 1));
    else if (kept !== "-") this.remaining.push(kept);
    this.at++;
  }
}

/**
 * Reads flags from a word on. Throws `FlagError` where docker would refuse them.
 * @param options.stop end at the first positional argument (the name of a sub-command)
 * @param options.without long names of flags that `remaining` lacks
 */
export function readFlags(
  words: readonly string[],
  table: FlagTable,
  start: number,
  options: { readonly stop?: boolean; readonly without?: ReadonlySet<string> } = {},
): ParsedFlags {
  const reader = new Reader(words, table, start, options.without ?? new Set());
  const end = reader.run(options.stop === true);
  const { uses, others, remaining } = reader;
  return { uses, others, end, remaining, insertAt: reader.insertAt ?? remaining.length };
}

/** The fields of one CSV record, as docker reads values with several parts. */
export function csvFields(text: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (text[at] === '"') {
      at++;
      for (; at < text.length; at++) {
        if (text[at] !== '"') field += text[at];
        else if (text[at + 1] === '"') field += text[at++];
        else break;
      }
      at++;
    }
    const comma = text.indexOf(",", at);
    field += comma < 0 ? text.slice(at) : text.slice(at, comma);
    fields.push(field);
    if (comma < 0) return fields;
    at = comma + 1;
  }
}
