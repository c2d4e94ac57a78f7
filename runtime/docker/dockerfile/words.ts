/** Words, quotes and variables in the arguments of Dockerfile instructions (`docker.md` 4.3), by the rules of docker's own small shell lexer. */

/** A substitution of a form that is not understood. */
export class UnsupportedSubstitution extends Error {}

/** Value of a variable; undefined if it isn't set. */
export type Lookup = (name: string) => string | undefined;

/** Splits at blanks outside quotes; quotes and escape characters stay. */
export function splitWords(text: string, escapeWith: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  let inside = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (quote === "" && /\s/.test(character)) {
      if (inside) words.push(word);
      word = "";
      inside = false;
      continue;
    }
    inside = true;
    word += character;
    if (character === escapeWith && quote !== "'" && at + 1 < text.length) word += text[++at];
    else if (quote === character) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
  }
  if (inside) words.push(word);
  return words;
}

class Expansion {
  private at = 0;
  private readonly text: string;
  private readonly lookup: Lookup;
  private readonly escapeWith: string;
  readonly unset = new Set<string>();

  constructor(text: string, lookup: Lookup, escapeWith: string) {
    this.text = text;
    this.lookup = lookup;
    this.escapeWith = escapeWith;
  }

  /** Up to the end, or to `stop`, which is left out. */
  run(stop: string | undefined): string {
    let result = "";
    while (this.at < this.text.length) {
      const character = this.text[this.at++] as string;
      if (character === stop) return result;
      if (character === "'") result += this.singleQuoted();
      else if (character === '"') result += this.doubleQuoted();
      else if (character === "$") result += this.variable();
      else if (character === this.escapeWith) result += this.text[this.at++] ?? "";
      else result += character;
    }
    if (stop !== undefined) throw new UnsupportedSubstitution(`'${this.text}': a ${stop} is missing`);
    return result;
  }

  private singleQuoted(): string {
    const end = this.text.indexOf("'", this.at);
    if (end < 0) throw new UnsupportedSubstitution(`'${this.text}': a quote is never closed`);
    const content = this.text.slice(this.at, end);
    this.at = end + 1;
    return content;
  }

  private doubleQuoted(): string {
    let result = "";
    while (this.at < this.text.length) {
      const character = this.text[this.at++] as string;
      if (character === '"') return result;
      if (character === "$") result += this.variable();
      else if (character === this.escapeWith) {
        const next = this.text[this.at++] ?? "";
        result += next === '"' || next === "$" || next === this.escapeWith ? next : character + next;
      } else result += character;
    }
    throw new UnsupportedSubstitution(`'${this.text}': a quote is never closed`);
  }

  private name(): string {
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|\d)/.exec(this.text.slice(this.at, this.at + 256))?.[0] ?? "";
    let end = this.at + name.length;
    if (name.length === 256) while (/[A-Za-z0-9_]/.test(this.text[end] ?? "")) end++;
    const whole = this.text.slice(this.at, end);
    this.at = end;
    return whole;
  }

  private value(name: string): string | undefined {
    const value = this.lookup(name);
    if (value === undefined) this.unset.add(name);
    return value;
  }

  private variable(): string {
    if (this.text[this.at] !== "{") {
      const name = this.name();
      return name === "" ? "$" : (this.value(name) ?? "");
    }
    this.at++;
    const name = this.name();
    const next = this.text[this.at++];
    if (name === "") throw new UnsupportedSubstitution(`'${this.text}': a name is missing`);
    if (next === "}") return this.value(name) ?? "";
    const colon = next === ":";
    const operator = colon ? this.text[this.at++] : next;
    if (operator !== "-" && operator !== "+")
      throw new UnsupportedSubstitution(`'${this.text}': this form of substitution is not supported`);
    const value = this.lookup(name);
    const isSet = value !== undefined && !(colon && value === "");
    const isUsed = isSet === (operator === "+");
    const before = [...this.unset];
    const word = this.run("}");
    if (isUsed) return word;
    this.unset.clear();
    for (const other of before) this.unset.add(other);
    return operator === "+" ? "" : (value as string);
  }
}

/**
 * Substitutes variables and removes quotes.
 * @returns the text and the names that were needed and not set. Throws `UnsupportedSubstitution`.
 */
export function expandWord(
  text: string,
  lookup: Lookup,
  escapeWith: string,
): { readonly text: string; readonly unset: ReadonlySet<string> } {
  const expansion = new Expansion(text, lookup, escapeWith);
  return { text: expansion.run(undefined), unset: expansion.unset };
}
