/**
 * The scanner: text to tokens and comments, in one pass (`language.md` 1). It is our own and not a Chevrotain lexer because tokens depend on
 * context that regular expressions handle badly: newlines that count or not, damaged tokens that must stay operands, bare addresses and times,
 * folded strings. Its errors never stop it, whatever the bytes.
 */
import type { TokenType } from "chevrotain";
import type { Comment } from "./ast.js";
import { asciiClass, Digit, IdentifierPart, IdentifierStart, identifierEnd, startsIdentifier } from "./characters.js";
import type { Problems } from "./problems.js";
import { type Scanned, scanCharacter, scanNumber, scanOther, scanString } from "./scan-literals.js";
import * as T from "./tokens.js";

export interface ScanResult {
  /** The last one is of type `EndOfFile`. */
  readonly tokens: T.Token[];
  readonly comments: Comment[];
  /** An unclosed comment or literal took the rest of the file: errors at the end of the file are its fault. */
  readonly truncated: boolean;
  /** Braces inside unclosed strings: as many stray and missing braces are not the user's second mistake. */
  readonly swallowed: { opening: number; closing: number };
}

/** Tokens after which a newline does not count (1.3, rule 2). */
const swallowing = T.tokenTable([
  ...[T.Additive, T.Multiplicative, T.Modulo, T.Relational, T.Equality, T.Not, T.And, T.Or],
  ...[T.Assign, T.Colon, T.SetVariable, T.Comma, T.Dot, T.Semicolon, T.LeftBrace, T.LeftBracket, T.LeftParen, T.Arrow],
]);

/** Tokens behind which an operand must follow. */
const wantsOperand = T.tokenTable([
  ...[T.Additive, T.Multiplicative, T.Modulo, T.Relational, T.Equality, T.Not, T.And, T.Or],
  ...[T.Assign, T.Colon, T.SetVariable, T.LeftParen, T.Return, T.If, T.Elif, T.From, T.To],
]);

/** Punctuation: longest spelling first for each first character. */
const punctuation: readonly (readonly [string, TokenType])[] = [
  ["<=", T.Relational],
  [">=", T.Relational],
  ["==", T.Equality],
  ["!=", T.Equality],
  [":=", T.SetVariable],
  ["->", T.Arrow],
  ["&&", T.And],
  ["||", T.Or],
  ["+", T.Additive],
  ["-", T.Additive],
  ["*", T.Multiplicative],
  ["/", T.Multiplicative],
  ["%", T.Modulo],
  ["<", T.Relational],
  [">", T.Relational],
  ["!", T.Not],
  ["=", T.Assign],
  [":", T.Colon],
  ["~", T.Tilde],
  [".", T.Dot],
  [",", T.Comma],
  [";", T.Semicolon],
  ["(", T.LeftParen],
  [")", T.RightParen],
  ["[", T.LeftBracket],
  ["]", T.RightBracket],
  ["{", T.LeftBrace],
  ["}", T.RightBrace],
  ["`", T.Backtick],
];

interface Punctuation {
  readonly spelling: string;
  /** Its second character, or 0. */
  readonly second: number;
  readonly type: TokenType;
}

const punctuationAt: (readonly Punctuation[])[] = Array.from({ length: 128 }, (_, unit) =>
  punctuation
    .filter(([spelling]) => spelling.charCodeAt(0) === unit)
    .map(([spelling, type]) => ({ spelling, second: spelling.length === 2 ? spelling.charCodeAt(1) : 0, type })),
);

class Scanner {
  readonly text: string;
  readonly problems: Problems;
  readonly tokens: T.Token[] = [];
  readonly comments: Comment[] = [];
  readonly swallowed = { opening: 0, closing: 0 };
  truncated = false;
  at = 0;
  /** A newline was seen since the last token. */
  lineBreak = true;
  /** Nothing but blanks so far on this line. */
  lineStart = true;
  /** The next newline ends the statement in spite of brackets. */
  closesBrackets = false;
  /** Offset of a skipped character since the last token, or -1. */
  skipped = -1;

  constructor(text: string, problems: Problems) {
    this.text = text;
    this.problems = problems;
  }

  run(): void {
    const { text } = this;
    const length = text.length;
    while (this.at < length) {
      const unit = text.charCodeAt(this.at);
      if (unit === 32 || unit === 9 || unit === 13 || unit === 0) this.at++;
      else if (unit === 10) {
        this.at++;
        this.lineBreak = true;
        this.lineStart = true;
      } else if (unit < 128) this.ascii(unit);
      else this.other(text.codePointAt(this.at) as number);
    }
    this.emit(T.EndOfFile, "", length, length);
  }

  ascii(unit: number): void {
    const { text, at } = this;
    const kind = asciiClass[unit] as number;
    const next = text.charCodeAt(at + 1);
    if ((kind & IdentifierStart) !== 0) this.word();
    else if ((kind & Digit) !== 0) this.literal(scanNumber(text, at, this.problems));
    else if (unit === 34) this.literal(scanString(text, at, this.problems));
    else if (unit === 39) this.literal(scanCharacter(text, at, this.problems));
    else if (unit === 35 || (unit === 47 && next === 47)) this.lineComment();
    else if (unit === 47 && next === 42) this.blockComment();
    else if (unit === 60 && next === 60) this.literal(scanOther(text, at, this.problems));
    else this.punctuation(unit, next);
  }

  punctuation(unit: number, next: number): void {
    const start = this.at;
    const choices = punctuationAt[unit] as readonly Punctuation[];
    for (let i = 0; i < choices.length; i++) {
      const choice = choices[i] as Punctuation;
      if (choice.second !== 0 && choice.second !== next) continue;
      this.at = start + choice.spelling.length;
      this.emit(choice.type, choice.spelling, start, this.at);
      return;
    }
    if (unit !== 38 && unit !== 124) {
      this.badCharacter(unit);
      return;
    }
    const sign = String.fromCharCode(unit);
    this.problems.reportToken("C4M-L013", { start, end: start + 1 }, `a single ${sign} is no operator`, {
      hint: `Write ${sign}${sign}; there are no bit operators.`,
    });
    this.at = start + 1;
    this.emit(unit === 38 ? T.And : T.Or, sign, start, this.at);
  }

  other(codePoint: number): void {
    if (startsIdentifier(codePoint)) this.word();
    else this.badCharacter(codePoint);
  }

  word(): void {
    const { text, at } = this;
    let end = at + 1;
    let unit = text.charCodeAt(end);
    while (unit < 128 && ((asciiClass[unit] as number) & IdentifierPart) !== 0) unit = text.charCodeAt(++end);
    if (unit >= 128 || text.charCodeAt(at) >= 128) end = identifierEnd(text, at);
    const image = text.slice(at, end);
    this.at = end;
    this.emit(T.keywords.get(image) ?? T.Identifier, image, at, end);
  }

  literal(scanned: Scanned): void {
    const start = this.at;
    this.at = scanned.end;
    this.emit(scanned.type, this.text.slice(start, scanned.end), start, scanned.end, scanned.payload);
    if (scanned.unclosed === "file") this.truncated = true;
    else if (scanned.unclosed === "line") this.accountFor(start + 1, scanned.end);
  }

  /** An unclosed string hides the rest of its line: remember which brackets that text would have closed or opened. */
  accountFor(start: number, end: number): void {
    let depth = 0;
    let closes = false;
    for (let at = start; at < end; at++) {
      const char = this.text[at] as string;
      if ("([{".includes(char)) depth++;
      else if (")]}".includes(char)) {
        if (depth === 0) closes = true;
        else depth--;
      }
      if (char === "{") this.swallowed.opening++;
      else if (char === "}") this.swallowed.closing++;
    }
    this.closesBrackets = closes;
  }

  lineComment(): void {
    const start = this.at;
    const feed = this.text.indexOf("\n", start);
    let end = feed < 0 ? this.text.length : feed;
    this.at = end;
    if (this.text.charCodeAt(end - 1) === 13) end--;
    this.comments.push({ text: this.text.slice(start, end), span: { start, end }, ownLine: this.lineStart });
  }

  blockComment(): void {
    const start = this.at;
    const close = this.text.indexOf("*/", start + 2);
    const end = close < 0 ? this.text.length : close + 2;
    if (close < 0) {
      this.problems.reportToken("C4M-L004", { start, end: start + 2 }, "this /* is never closed by */");
      this.truncated = true;
    }
    this.at = end;
    this.comments.push({ text: this.text.slice(start, end), span: { start, end }, ownLine: this.lineStart });
    this.lineStart = false;
  }

  badCharacter(codePoint: number): void {
    const start = this.at;
    this.at += codePoint > 0xffff ? 2 : 1;
    if (this.skipped < 0) this.skipped = start;
    const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
    const visible = codePoint > 32 && !(codePoint >= 127 && codePoint <= 160);
    const shown = visible ? `${String.fromCodePoint(codePoint)} (${name})` : name;
    this.problems.reportToken("C4M-L001", { start, end: this.at }, `the character ${shown} has no meaning here`);
  }

  emit(type: TokenType, image: string, start: number, end: number, payload?: T.Payload): void {
    if (this.skipped >= 0) this.fillGap(type);
    this.tokens.push(new T.Token(type.tokenTypeIdx as number, image, start, end, this.newLineBefore(), payload));
    this.lineBreak = false;
    this.lineStart = false;
    this.closesBrackets = false;
  }

  newLineBefore(): number {
    if (!this.lineBreak) return T.NewLine.none;
    if (this.closesBrackets) return T.NewLine.closing;
    const previous = this.tokens[this.tokens.length - 1];
    return previous !== undefined && (swallowing[previous.tokenTypeIdx] as number) > 0
      ? T.NewLine.swallowed
      : T.NewLine.significant;
  }

  /** Where skipped characters were all that stood in place of an operand, a damaged token takes their place. */
  fillGap(next: TokenType): void {
    const at = this.skipped;
    this.skipped = -1;
    const previous = this.tokens[this.tokens.length - 1];
    if (previous === undefined || (wantsOperand[previous.tokenTypeIdx] as number) === 0) return;
    const ends = this.lineBreak || [T.RightParen, T.RightBracket, T.RightBrace, T.Comma, T.Semicolon, T.EndOfFile].includes(next);
    if (ends)
      this.tokens.push(
        new T.Token(T.Damaged.tokenTypeIdx as number, this.text.charAt(at), at, at + 1, T.NewLine.none, undefined),
      );
  }
}

/** Characters that are wrong wherever they stand, strings and comments included. */
function reportForbidden(text: string, problems: Problems): void {
  if (text.includes("\r"))
    for (const match of text.matchAll(/\r(?!\n)/g))
      problems.reportToken("C4M-L011", { start: match.index, end: match.index + 1 }, "carriage return without line feed");
  for (let at = text.indexOf("\0"); at >= 0; at = text.indexOf("\0", at + 1))
    problems.reportToken("C4M-L012", { start: at, end: at + 1 }, "NUL character");
}

/** Scans a whole file (`language.md` 1); problems go to `problems`. Strings are already folded (1.6). */
export function scan(text: string, problems: Problems): ScanResult {
  reportForbidden(text, problems);
  const scanner = new Scanner(text, problems);
  scanner.run();
  const { comments, truncated, swallowed } = scanner;
  return { tokens: foldStrings(scanner.tokens, text), comments, truncated, swallowed };
}

/**
 * `STRING + STRING` becomes one token (1.6). A piece that is followed by `.`, `[` or `(` belongs to that postfix and is not folded with what
 * precedes it; a newline before the `+` ends the expression.
 */
function foldStrings(tokens: T.Token[], text: string): T.Token[] {
  let written = 0;
  for (let read = 0; read < tokens.length; ) {
    const first = tokens[read] as T.Token;
    let last = read;
    if (first.tokenTypeIdx === stringIndex) while (isFoldable(tokens, last + 1)) last += 2;
    if (last === read) tokens[written++] = first;
    else {
      const pieces: string[] = [];
      for (let piece = read; piece <= last; piece += 2) pieces.push((tokens[piece] as T.Token).payload as string);
      const end = (tokens[last] as T.Token).end;
      const image = text.slice(first.startOffset, end);
      tokens[written++] = new T.FoldedToken(first, image, end, pieces.join(""), pieces.length);
    }
    read = last + 1;
  }
  tokens.length = written;
  return tokens;
}

const stringIndex = T.StringLiteral.tokenTypeIdx as number;

/** Whether `+ STRING` at `at` continues a folded string. */
function isFoldable(tokens: readonly T.Token[], at: number): boolean {
  const plus = tokens[at];
  const piece = tokens[at + 1];
  const after = tokens[at + 2];
  if (plus?.image !== "+" || plus.newLine !== T.NewLine.none || piece?.tokenType !== T.StringLiteral) return false;
  if (after === undefined || after.newLine === T.NewLine.significant) return true;
  return after.tokenType !== T.Dot && after.tokenType !== T.LeftBracket && after.tokenType !== T.LeftParen;
}
