/**
 * Brackets that do not match (`language.md` 8.2): one too many, or one in place of another. When a file has errors and its brackets do not nest, the tokens
 * are gone through once more with what its author shows by indentation, and what must be a slip is reported and put right, so that the rest of the file
 * is read as it was meant. What is merely missing is left to the parser, which knows where statements end.
 */
import type { TokenType } from "chevrotain";
import type { Code } from "./catalogue.js";
import { foreignEnds } from "./foreign.js";
import * as T from "./tokens.js";

/** Where a token stands; any unit that grows along a line. */
export interface TokenPlace {
  readonly line: number;
  readonly col: number;
}

/** A slip, and the token at which it is reported. */
export interface Slip {
  readonly token: T.Token;
  readonly code: Code;
  readonly message: string;
}

interface Opener {
  readonly type: TokenType;
  readonly index: number;
  readonly line: number;
  /** Column at which its line begins. */
  readonly indent: number;
}

const closerOf = new Map<TokenType, TokenType>([
  [T.LeftParen, T.RightParen],
  [T.LeftBracket, T.RightBracket],
  [T.LeftBrace, T.RightBrace],
]);
const openerOf = new Map([...closerOf].map(([opener, closer]) => [closer, opener]));

const spelling = new Map<TokenType, string>([
  ...[[T.LeftParen, "("] as const, [T.LeftBracket, "["] as const, [T.LeftBrace, "{"] as const],
  ...[[T.RightParen, ")"] as const, [T.RightBracket, "]"] as const, [T.RightBrace, "}"] as const],
]);

/** Behind these a `{` begins a dict, and a `[` a list. */
const beforeOperand = T.tokenTable([
  ...[T.Additive, T.Multiplicative, T.Modulo, T.Relational, T.Equality, T.Not, T.And, T.Or],
  ...[T.Assign, T.Colon, T.SetVariable, T.LeftParen, T.LeftBracket, T.Comma, T.Return],
]);

/** What begins a line that ends with the `{` of a block, besides names of sections. */
const headers = T.tokenTable([T.If, T.For, T.Func, T.RightBrace]);

/** The tokens with slips put right, and the slips; undefined if there are none that can be told for sure. */
export function repairBrackets(
  tokens: readonly T.Token[],
  placeOf: (token: T.Token) => TokenPlace,
): { readonly tokens: T.Token[]; readonly slips: readonly Slip[] } | undefined {
  const repair = new Repair(tokens, placeOf);
  return repair.run() && repair.slips.length > 0 ? { tokens: repair.result(), slips: repair.slips } : undefined;
}

class Repair {
  readonly slips: Slip[] = [];
  private readonly tokens: readonly T.Token[];
  private readonly placeOf: (token: T.Token) => TokenPlace;
  /** Tokens to be left out, or to be of another type. */
  private readonly changes = new Map<number, TokenType | undefined>();
  /** How many more openers than closers there are, by type of the opener. */
  private readonly surplus = new Map<TokenType, number>();
  private readonly stack: Opener[] = [];
  private indent = 0;

  constructor(tokens: readonly T.Token[], placeOf: (token: T.Token) => TokenPlace) {
    this.tokens = tokens;
    this.placeOf = placeOf;
  }

  /** Goes through the file; false if it cannot make sense of it. */
  run(): boolean {
    for (const { tokenType: type } of this.tokens) {
      if (closerOf.has(type)) this.count(type, 1);
      const opener = openerOf.get(type);
      if (opener !== undefined) this.count(opener, -1);
    }
    for (const [index, token] of this.tokens.entries()) {
      if (token.newLine !== T.NewLine.none || index === 0) this.indent = this.placeOf(token).col;
      const type = token.tokenType;
      if (closerOf.has(type)) this.opens(index, token);
      else if (openerOf.has(type) && !this.closes(index, token)) return false;
      else if (type === T.Identifier && foreignEnds.has(token.image)) this.foreignEnd(index, token);
    }
    return true;
  }

  result(): T.Token[] {
    const kept: T.Token[] = [];
    let newLine = 0;
    for (const [index, token] of this.tokens.entries()) {
      const isChanged = this.changes.has(index);
      const type = this.changes.get(index);
      if (isChanged && type === undefined) {
        newLine = Math.max(newLine, token.newLine);
        continue;
      }
      // Behind an opener a newline does not count, behind what it should have been it does.
      const isBehindCloser = openerOf.has(this.changes.get(index - 1) ?? T.EndOfFile) && token.newLine === T.NewLine.swallowed;
      const line = isBehindCloser ? T.NewLine.significant : Math.max(newLine, token.newLine);
      newLine = 0;
      if (type === undefined && line === token.newLine) kept.push(token);
      else {
        const { startOffset, end, payload } = token;
        const image = type === undefined ? token.image : (spelling.get(type) as string);
        kept.push(new T.Token(type?.tokenTypeIdx ?? token.tokenTypeIdx, image, startOffset, end, line, payload));
      }
    }
    return kept;
  }

  private count(type: TokenType, by: number): void {
    this.surplus.set(type, (this.surplus.get(type) ?? 0) + by);
  }

  private tooMany(type: TokenType): number {
    return this.surplus.get(type) ?? 0;
  }

  private top(): Opener | undefined {
    return this.stack[this.stack.length - 1];
  }

  /** Leaves the token out. */
  private remove(index: number, token: T.Token, code: Code, message: string): void {
    this.changes.set(index, undefined);
    this.slips.push({ token, code, message });
  }

  /** Reads the token as another bracket. */
  private replace(index: number, token: T.Token, type: TokenType, code: Code): void {
    this.changes.set(index, type);
    this.slips.push({ token, code, message: `\`${spelling.get(type)}\` is expected, but \`${token.image}\` stands here` });
  }

  /** `{` or `[` where a `}` is due: it opens one more, and one is not closed. */
  private isTurned(index: number, token: T.Token, top: Opener): boolean {
    if (top.indent !== this.indent || !this.isAloneOnLine(index, token)) return false;
    const { tokenType: type } = token;
    return this.tooMany(type) > (type === top.type ? 1 : 0) && this.tooMany(top.type) > 0;
  }

  private isAloneOnLine(index: number, token: T.Token): boolean {
    const next = this.tokens[index + 1];
    return (
      token.newLine !== T.NewLine.none &&
      (next === undefined || next.newLine !== T.NewLine.none || next.tokenType === T.EndOfFile)
    );
  }

  private opens(index: number, token: T.Token): void {
    const type = token.tokenType;
    const top = this.top();
    const before = this.tokens[index - 1];
    if (type === T.LeftBrace && before?.tokenType === T.LeftBrace && token.newLine === T.NewLine.none && this.tooMany(type) > 0) {
      // No block and no dict begins with another.
      this.remove(index, token, "C4M-P004", "this { is one too many");
      this.count(type, -1);
      return;
    }
    if (top !== undefined && this.isTurned(index, token, top)) {
      const closer = closerOf.get(top.type) as TokenType;
      this.replace(index, token, closer, top.type === T.LeftBrace ? "C4M-P011" : this.codeFor(top));
      this.count(top.type, -1);
      this.count(type, -1);
      this.stack.pop();
      return;
    }
    this.stack.push({ type, index, line: this.placeOf(token).line, indent: this.indent });
  }

  /** `end` on a line of its own, where a `}` is due. */
  private foreignEnd(index: number, token: T.Token): void {
    const top = this.top();
    if (top?.type !== T.LeftBrace || Math.abs(top.indent - this.indent) > 1 || !this.isAloneOnLine(index, token)) return;
    if (this.tooMany(T.LeftBrace) <= 0) return;
    this.replace(index, token, T.RightBrace, "C4M-P011");
    this.count(T.LeftBrace, -1);
    this.stack.pop();
  }

  /** A closing bracket; false if it cannot be explained. */
  private closes(index: number, token: T.Token): boolean {
    const type = openerOf.get(token.tokenType) as TokenType;
    const top = this.top();
    if (this.standsForBlock(index, token, type)) {
      this.replace(index, token, T.LeftBrace, "C4M-P003");
      this.count(type, 1);
      this.count(T.LeftBrace, 1);
      this.stack.push({ type: T.LeftBrace, index, line: this.placeOf(token).line, indent: this.indent });
      return true;
    }
    // What closes nothing is for the parser to say.
    if (top === undefined) return true;
    if (top.type === type) {
      if (type === T.LeftBrace && this.tooMany(type) < 0 && this.isOutOfLine(token, top)) {
        this.remove(index, token, "C4M-P010", "this } closes nothing");
        this.count(type, 1);
      } else this.stack.pop();
      return true;
    }
    if (this.tooMany(type) < 0) {
      if (this.tooMany(top.type) > 0) return this.isTwisted(index, token, top, type);
      if (type !== T.LeftBrace || top.type !== T.LeftBrace)
        this.remove(index, token, "C4M-P010", `this ${token.image} closes nothing`);
      this.count(type, 1);
      return true;
    }
    if (this.tooMany(top.type) <= 0) return false;
    // It is missing before this one.
    this.count(top.type, -1);
    this.stack.pop();
    return this.closes(index, token);
  }

  /** `exec )` or `if x }` at the end of a line whose block follows, indented: the bracket stands where a `{` should. */
  private standsForBlock(index: number, token: T.Token, type: TokenType): boolean {
    if (this.tooMany(T.LeftBrace) >= (type === T.LeftBrace ? -1 : 0) || this.tooMany(type) >= 0) return false;
    const next = this.tokens[index + 1];
    if (next === undefined || next.newLine === T.NewLine.none || token.newLine !== T.NewLine.none) return false;
    if (this.placeOf(next).col <= this.indent || next.tokenType === T.EndOfFile) return false;
    let start = index;
    while (start > 0 && (this.tokens[start] as T.Token).newLine === T.NewLine.none) start--;
    const first = this.tokens[start] as T.Token;
    if (first.tokenType !== T.Identifier) return (headers[first.tokenTypeIdx] as number) > 0;
    const tag = this.tokens[start + 1] as T.Token;
    return index === start + 1 || (index === start + 2 && (tag.tokenType === T.Identifier || tag.tokenType === T.StringLiteral));
  }

  /** One bracket is of the wrong kind: this one, or the one that it closes. */
  private isTwisted(index: number, token: T.Token, top: Opener, type: TokenType): boolean {
    const opener = this.tokens[top.index] as T.Token;
    const next = this.tokens[top.index + 1] as T.Token;
    const endsLine = next.newLine !== T.NewLine.none;
    if (type === T.LeftBrace && token.newLine !== T.NewLine.none && endsLine && top.indent === this.indent)
      this.replace(top.index, opener, type, "C4M-P003");
    else this.replace(index, token, closerOf.get(top.type) as TokenType, this.codeFor(top));
    this.count(top.type, -1);
    this.count(type, 1);
    this.stack.pop();
    return true;
  }

  private codeFor({ type, index }: Opener): Code {
    if (type === T.LeftParen) return "C4M-P005";
    const before = this.tokens[index - 1];
    const isOperand = before === undefined || (beforeOperand[before.tokenTypeIdx] as number) > 0;
    if (type === T.LeftBracket) return isOperand ? "C4M-P008" : "C4M-P006";
    return isOperand ? "C4M-P008" : "C4M-P010";
  }

  /** Whether a `}` stands where nobody would put it who wanted to close the innermost block. */
  private isOutOfLine(token: T.Token, top: Opener): boolean {
    if (token.newLine !== T.NewLine.none) return this.indent > top.indent;
    return this.placeOf(token).line !== top.line && this.indent > top.indent;
  }
}
