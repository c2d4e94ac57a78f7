/**
 * The tokens of a file as columns: type, place and newline flag of each stand in typed arrays, ten bytes a token. Files have hundreds of thousands of tokens,
 * and objects for them would be the largest part of the memory that a file takes, most of it for punctuation of which the parser wants nothing but the type.
 *
 * The hot rules of the parser read the columns. Everything else (errors, recovery, rare statements) asks for the token as an object, which is made then.
 */
import * as T from "./tokens.js";

/** Bits of a flag: how a newline before the token counts (`NewLine`), and whether its value is kept because it can't be read off the text. */
export const newLineBits = 3;
const kept = 4;

const [stringIndex, intIndex] = [T.StringLiteral, T.IntLiteral].map((type) => type.tokenTypeIdx) as [number, number];

/** Ints of at most two digits, of which most files have many: their texts and values. */
const smallTexts = Array.from({ length: 100 }, (_, value) => String(value));
const smallInts = smallTexts.map(BigInt);

export class TokenList {
  readonly text: string;
  length = 0;
  /** Columns; they have room for more than `length` tokens. */
  types: Uint8Array;
  starts: Int32Array;
  ends: Int32Array;
  flags: Uint8Array;
  /** Values of literals, except of those that are what stands in the text. */
  private readonly values = new Map<number, T.Payload>();
  /** Of how many pieces folded strings are. */
  private readonly pieces = new Map<number, number>();
  /** Names that were read off the text, by a hash of their characters. */
  private readonly names: (string | undefined)[] = [];
  /** Tokens that were asked for as objects: the same one every time. */
  private readonly made = new Map<number, T.Token>();

  /** `text`: that of the file, which tells how many tokens there may be. */
  constructor(text: string) {
    this.text = text;
    const room = Math.ceil(text.length / 3) + 16;
    this.types = new Uint8Array(room);
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.flags = new Uint8Array(room);
  }

  /** A list of tokens that are no longer quite what stands in the text. */
  static of(text: string, tokens: readonly T.Token[]): TokenList {
    const list = new TokenList(text);
    for (const token of tokens) {
      const { tokenTypeIdx, startOffset, end, newLine, payload } = token;
      list.push(tokenTypeIdx, startOffset, end, newLine, payload);
      if (token instanceof T.FoldedToken) list.pieces.set(list.length - 1, token.pieces);
      list.made.set(list.length - 1, token);
    }
    return list;
  }

  /** `value`: that of a literal, unless `payload` can read it off the text. */
  push(type: number, start: number, end: number, newLine: number, value: T.Payload | undefined): void {
    const index = this.length;
    if (index === this.types.length) this.grow();
    this.types[index] = type;
    this.starts[index] = start;
    this.ends[index] = end;
    if (value === undefined) this.flags[index] = newLine;
    else {
      this.flags[index] = newLine | kept;
      this.values.set(index, value);
    }
    this.length = index + 1;
  }

  private grow(): void {
    const room = 2 * this.types.length;
    const { types, starts, ends, flags } = this;
    this.types = new Uint8Array(room);
    this.starts = new Int32Array(room);
    this.ends = new Int32Array(room);
    this.flags = new Uint8Array(room);
    this.types.set(types);
    this.starts.set(starts);
    this.ends.set(ends);
    this.flags.set(flags);
  }

  /** Makes the last three tokens, which are `STRING + STRING`, one. */
  foldLast(): void {
    const first = this.length - 3;
    const text = `${this.payload(first)}${this.payload(first + 2)}`;
    this.pieces.set(first, this.piecesOf(first) + 1);
    this.ends[first] = this.ends[first + 2] as number;
    this.flags[first] = (this.flags[first] as number) | kept;
    this.values.set(first, text);
    this.length = first + 1;
  }

  /** How a newline before the token counts. */
  newLine(index: number): number {
    return (this.flags[index] as number) & newLineBits;
  }

  /** The token as it stands in the text. */
  image(index: number): string {
    return this.text.slice(this.starts[index] as number, this.ends[index] as number);
  }

  /** The text of a name. Names repeat, and one text for all is smaller, and found faster by whoever compares them. */
  name(index: number): string {
    const { text, names } = this;
    const [start, end] = [this.starts[index] as number, this.ends[index] as number];
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (hash * 31 + text.charCodeAt(at)) & 1023;
    const known = names[hash];
    if (known !== undefined && known.length === end - start && text.startsWith(known, start)) return known;
    const name = text.slice(start, end);
    names[hash] = name;
    return name;
  }

  /** An int as it stands in the text. */
  digits(index: number): string {
    const value = this.smallInt(index);
    return value < 0 ? this.image(index) : (smallTexts[value] as string);
  }

  /** The value of an int of at most two digits, without needless zeros; -1 for all others. */
  private smallInt(index: number): number {
    const start = this.starts[index] as number;
    const length = (this.ends[index] as number) - start;
    const first = this.text.charCodeAt(start) - 48;
    if (length === 1) return first;
    return length === 2 && first > 0 ? 10 * first + this.text.charCodeAt(start + 1) - 48 : -1;
  }

  /** The decoded value of a literal. */
  payload(index: number): T.Payload | undefined {
    if (((this.flags[index] as number) & kept) !== 0) return this.values.get(index);
    const type = this.types[index];
    if (type === stringIndex) return this.text.slice((this.starts[index] as number) + 1, (this.ends[index] as number) - 1);
    return type === intIndex ? this.int(index) : undefined;
  }

  /** The value of an int. Those that stand in the text have few digits. */
  private int(index: number): bigint {
    const small = this.smallInt(index);
    if (small >= 0) return smallInts[small] as bigint;
    const { text } = this;
    const end = this.ends[index] as number;
    let value = 0;
    for (let at = this.starts[index] as number; at < end; at++) value = value * 10 + text.charCodeAt(at) - 48;
    return BigInt(value);
  }

  /** Of how many string tokens this one was folded. */
  piecesOf(index: number): number {
    return this.pieces.size === 0 ? 1 : (this.pieces.get(index) ?? 1);
  }

  /** The token as an object; `T.outside` if there is none. */
  at(index: number): T.Token {
    if (index < 0 || index >= this.length) return T.outside;
    let token = this.made.get(index);
    if (token === undefined) this.made.set(index, (token = this.make(index)));
    return token;
  }

  private make(index: number): T.Token {
    const [type, start, end] = [this.types[index], this.starts[index], this.ends[index]] as [number, number, number];
    const pieces = this.piecesOf(index);
    const [image, newLine, payload] = [this.image(index), this.newLine(index), this.payload(index)];
    return pieces > 1
      ? new T.FoldedToken(type, image, start, end, newLine, payload, pieces)
      : new T.Token(type, image, start, end, newLine, payload);
  }

  /** All tokens as objects. */
  all(): readonly T.Token[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }
}
