/**
 * The scanner: text to tokens and comments, in one pass (`language.md` 1). It is our own and not a Chevrotain lexer because tokens depend on
 * context that regular expressions handle badly: newlines that count or not, damaged tokens that must stay operands, bare addresses and times,
 * folded strings. Its errors never stop it, whatever the bytes.
 */
import type { TokenType } from "chevrotain";
import type { Comment } from "./ast.js";
import { asciiClass, Digit, IdentifierPart, IdentifierStart, identifierEnd, startsIdentifier } from "./characters.js";
import { foreignCharacterHint } from "./foreign.js";
import type { LostQuotes } from "./lost-quotes.js";
import type { Problems } from "./problems.js";
import { type Scanned, scanCharacter, scanNumber, scanOther, scanString } from "./scan-literals.js";
import { TokenList } from "./token-list.js";
import * as T from "./tokens.js";

export interface ScanResult {
  /** The last one is of type `EndOfFile`. */
  readonly tokens: TokenList;
  readonly comments: Comment[];
  /** An unclosed comment or literal took the rest of the file: errors at the end of the file are its fault. */
  readonly truncated: boolean;
  /** Braces inside unclosed strings: as many stray and missing braces are not the user's second mistake. */
  readonly swallowed: { opening: number; closing: number };
  /** How many `{` are not closed, counted without regard to anything else. */
  readonly unclosed: number;
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
  readonly index: number;
}

/** Index of the token type that a character is which begins no other token, 0 for all other characters. */
const single = new Uint8Array(128);
for (const [spelling, type] of punctuation)
  if ("+*%~.,;()[]{}`".includes(spelling)) single[spelling.charCodeAt(0)] = type.tokenTypeIdx as number;

/** The lengths that reserved words have which begin with the character, one bit each. */
const keywordLengths = new Uint16Array(128);
for (const word of T.keywords.keys()) keywordLengths[word.charCodeAt(0)]! |= 1 << word.length;

/** Tokens before which an operand cannot follow any more. */
const endsOperand = T.tokenTable([T.RightParen, T.RightBracket, T.RightBrace, T.Comma, T.Semicolon, T.EndOfFile]);

/** What makes a string before it part of a postfix expression. */
const startsPostfix = T.tokenTable([T.Dot, T.LeftBracket, T.LeftParen]);

const indexOf = (type: TokenType): number => type.tokenTypeIdx as number;
const [identifierIndex, intIndex, stringIndex, additiveIndex] = [T.Identifier, T.IntLiteral, T.StringLiteral, T.Additive].map(
  indexOf,
) as [number, number, number, number];
const damagedIndex = indexOf(T.Damaged);

const punctuationAt: (readonly Punctuation[])[] = Array.from({ length: 128 }, (_, unit) =>
  punctuation
    .filter(([spelling]) => spelling.charCodeAt(0) === unit)
    .map(([spelling, type]) => ({ spelling, second: spelling.length === 2 ? spelling.charCodeAt(1) : 0, index: indexOf(type) })),
);

class Scanner {
  readonly text: string;
  readonly problems: Problems;
  readonly tokens: TokenList;
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
  /** The last three tokens are `STRING + STRING`. */
  foldable = false;
  unclosed = 0;

  constructor(text: string, problems: Problems) {
    this.text = text;
    this.problems = problems;
    this.tokens = new TokenList(text);
  }

  /** Scans the whole text; `lost` is a `"""` in it that is known to have no partner. */
  run(lost: LostQuotes | undefined): void {
    const { length } = this.text;
    if (lost !== undefined) {
      this.scanTo(lost.kind === "opener" ? lost.at : lost.from);
      this.incompleteText(lost);
    }
    this.scanTo(length);
    this.emit(indexOf(T.EndOfFile), length, length);
  }

  scanTo(length: number): void {
    const { text } = this;
    while (this.at < length) {
      const at = this.at;
      const unit = text.charCodeAt(at);
      if (unit === 32) this.at = at + 1;
      else if (unit === 10) {
        this.at = at + 1;
        this.lineBreak = true;
        this.lineStart = true;
      } else if (unit >= 128) this.other(text.codePointAt(at) as number);
      else if (((asciiClass[unit] as number) & IdentifierStart) !== 0) this.word();
      else if ((single[unit] as number) > 0) this.sign(unit);
      else if (unit === 9 || unit === 13 || unit === 0) this.at = at + 1;
      else this.ascii(unit);
    }
  }

  /** A token of one character. */
  sign(unit: number): void {
    const start = this.at;
    this.at = start + 1;
    if (unit === 123) this.unclosed++;
    else if (unit === 125 && this.unclosed > 0) this.unclosed--;
    this.emit(single[unit] as number, start, start + 1);
  }

  ascii(unit: number): void {
    const { text, at } = this;
    if (((asciiClass[unit] as number) & Digit) !== 0) {
      if (!this.plainNumber()) this.literal(scanNumber(text, at, this.problems));
      return;
    }
    if (unit === 34) {
      if (!this.plainString()) this.literal(scanString(text, at, this.problems));
      return;
    }
    const next = text.charCodeAt(at + 1);
    if (unit === 39) this.literal(scanCharacter(text, at, this.problems));
    else if (unit === 35 || (unit === 47 && next === 47)) this.lineComment();
    else if (unit === 47 && next === 42) this.blockComment();
    else if (unit === 60 && next === 60) this.literal(scanOther(text, at, this.problems));
    else this.punctuation(unit, next);
  }

  /** Digits that are surely an int; false if they may be something else. */
  plainNumber(): boolean {
    const { text, at } = this;
    let end = at;
    let unit = text.charCodeAt(end);
    while (unit >= 48 && unit <= 57) unit = text.charCodeAt(++end);
    // `.` `E` `e` `:` `-`: a float, an address, a time, what looks like a date. More than 15 digits are not exact.
    if (unit === 46 || unit === 69 || unit === 101 || unit === 58 || unit === 45 || end - at > 15) return false;
    this.at = end;
    this.emit(intIndex, at, end);
    return true;
  }

  /** A string without escapes on one line; false if it is another one. */
  plainString(): boolean {
    const { text, at } = this;
    let end = at + 1;
    let unit = text.charCodeAt(end);
    while (unit !== 34) {
      // Behind the end of the text there is no number at all.
      if (unit === 92 || unit === 10 || !(unit >= 0)) return false;
      unit = text.charCodeAt(++end);
    }
    // `""` may begin a string of several lines.
    if (end === at + 1) return false;
    this.at = end + 1;
    this.string(at, end + 1);
    return true;
  }

  /** Emits a string, which may continue a folded one. */
  string(start: number, end: number, payload?: T.Payload): void {
    this.emit(stringIndex, start, end, payload);
    const { tokens } = this;
    const plus = tokens.length - 2;
    this.foldable =
      plus > 0 &&
      tokens.types[plus] === additiveIndex &&
      this.text.charCodeAt(tokens.starts[plus] as number) === 43 &&
      tokens.newLine(plus) === T.NewLine.none &&
      tokens.types[plus - 1] === stringIndex;
  }

  punctuation(unit: number, next: number): void {
    const start = this.at;
    const choices = punctuationAt[unit] as readonly Punctuation[];
    for (let i = 0; i < choices.length; i++) {
      const choice = choices[i] as Punctuation;
      if (choice.second !== 0 && choice.second !== next) continue;
      this.at = start + choice.spelling.length;
      this.emit(choice.index, start, this.at);
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
    this.emit(indexOf(unit === 38 ? T.And : T.Or), start, this.at);
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
    this.at = end;
    const first = text.charCodeAt(at);
    const mayBeKeyword = first < 128 && end - at < 16 && ((keywordLengths[first] as number) & (1 << (end - at))) !== 0;
    const keyword = mayBeKeyword ? T.keywords.get(text.slice(at, end)) : undefined;
    this.emit(keyword === undefined ? identifierIndex : indexOf(keyword), at, end);
  }

  literal(scanned: Scanned): void {
    const start = this.at;
    this.at = scanned.end;
    if (scanned.type === T.StringLiteral) this.string(start, scanned.end, scanned.payload);
    else this.emit(indexOf(scanned.type), start, scanned.end, scanned.payload);
    if (scanned.unclosed === "file") this.truncated = true;
    else if (scanned.unclosed === "line") this.accountFor(start + 1, scanned.end);
  }

  /** A text with one `"""` only. */
  incompleteText(lost: LostQuotes): void {
    const start = this.at;
    if (lost.kind === "opener") {
      this.problems.reportToken("C4M-L003", { start, end: start + 3 }, 'this """ string is never closed');
      this.truncated = true;
    } else this.problems.reportToken("C4M-P001", { start, end: start }, 'a `"""` is missing here: it is closed further down');
    this.at = lost.kind === "opener" ? this.text.length : lost.end;
    this.emit(damagedIndex, start, this.at);
  }

  /** Where the row of brackets begins with which this piece of a line ends; its end if the last one opens nothing. */
  bracketTail(start: number, lineEnd: number): number {
    let at = lineEnd;
    let last = "";
    for (; at > start; at--) {
      const char = this.text[at - 1] as string;
      if (char === " " || char === "\t" || char === ",") continue;
      if (last === "" ? !"([{".includes(char) : !")]}".includes(char)) break;
      last = char;
    }
    return last === "" ? lineEnd : at;
  }

  /** An unclosed string hides the rest of its line: remember which brackets that text would have closed or opened. */
  accountFor(start: number, lineEnd: number): void {
    // Brackets at the end of the line, if the last of them opens something, hardly belong to the text.
    const end = this.bracketTail(start, lineEnd);
    for (this.at = end; this.at < lineEnd; ) {
      const unit = this.text.charCodeAt(this.at);
      if (unit > 32) this.sign(unit);
      else this.at++;
    }
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
    this.problems.reportToken("C4M-L001", { start, end: this.at }, `the character ${shown} has no meaning here`, {
      hint: foreignCharacterHint(String.fromCodePoint(codePoint)),
    });
  }

  emit(type: number, start: number, end: number, payload?: T.Payload): void {
    if (this.skipped >= 0) this.fillGap(type);
    const newLine = this.lineBreak ? this.newLineBefore() : T.NewLine.none;
    if (this.foldable) this.fold(type, newLine);
    this.tokens.push(type, start, end, newLine, payload);
    this.lineBreak = false;
    this.lineStart = false;
    this.closesBrackets = false;
  }

  /** Type of the last token, 0 if there is none. */
  previousType(): number {
    const { length, types } = this.tokens;
    return length === 0 ? 0 : (types[length - 1] as number);
  }

  /** How the newline before a token counts. */
  newLineBefore(): number {
    if (this.closesBrackets) return T.NewLine.closing;
    return (swallowing[this.previousType()] as number) > 0 ? T.NewLine.swallowed : T.NewLine.significant;
  }

  /** Where skipped characters were all that stood in place of an operand, a damaged token takes their place. */
  fillGap(next: number): void {
    const at = this.skipped;
    this.skipped = -1;
    if ((wantsOperand[this.previousType()] as number) === 0) return;
    if (this.lineBreak || (endsOperand[next] as number) > 0)
      this.tokens.push(damagedIndex, at, at + 1, T.NewLine.none, undefined);
  }

  /**
   * `STRING + STRING` becomes one token (1.6), now that the token behind it is known. A piece that is followed by `.`, `[` or `(` belongs to that postfix and
   * is not folded with what precedes it, unless a newline ends the expression before.
   */
  fold(next: number, newLine: number): void {
    this.foldable = false;
    if (newLine !== T.NewLine.significant && (startsPostfix[next] as number) > 0) return;
    this.tokens.foldLast();
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

/** Scans a whole file (`language.md` 1); problems go to `problems`. Strings are already folded (1.6). `lost` is a `"""` known to have no partner. */
export function scan(text: string, problems: Problems, lost?: LostQuotes): ScanResult {
  reportForbidden(text, problems);
  const scanner = new Scanner(text, problems);
  scanner.run(lost);
  const { tokens, comments, truncated, swallowed, unclosed } = scanner;
  return { tokens, comments, truncated, swallowed, unclosed };
}
