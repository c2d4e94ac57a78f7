/**
 * What all grammar rules share besides the tokens (`parser-tokens.ts`): brackets, nesting, errors, and recovery from them.
 *
 * Errors are ours, because `language.md` 8.2 fixes their codes and the recovery: a rule that cannot go on reports one problem and throws `syntaxFailure`, which
 * the statement rule catches (`parser.ts`); where the specification assumes a missing bracket the rule reports and goes on.
 */
import type { TokenType } from "chevrotain";
import type { Name } from "./ast.js";
import type { Code } from "./catalogue.js";
import type { DiagnosticDetails } from "./diagnostic.js";
import { habitHint } from "./foreign.js";
import { TokenReader } from "./parser-tokens.js";
import { Problems } from "./problems.js";
import type { ScanResult } from "./scanner.js";
import { sourceFromText } from "./source.js";
import type { Span } from "./span.js";
import * as T from "./tokens.js";

/** Deepest nesting of brackets, blocks, types and `not` (C4M-P038). */
export const maximumDepth = 500;

/** Thrown by a rule that cannot go on; whoever catches it skips to the end of the statement. One object: a stack trace would cost time. */
export const syntaxFailure = { name: "syntax failure" } as const;

export interface ParseOptions {
  /** Report C4M-W010: chains of `-` or `/` that con4m 0.2 groups to the right. */
  readonly warnGrouping?: boolean | undefined;
}

/** Keywords that begin a statement wherever they stand at the start of a line. `func` is looked at more closely: it may be an operand. */
const statementKeywords = T.tokenTable([
  ...[T.Var, T.Enum, T.Export, T.If, T.Elif, T.Else, T.For, T.Break, T.Continue, T.Return],
]);

/** Tokens before which missing brackets are assumed. */
const endsBlock = T.tokenTable([T.RightBrace, T.EndOfFile]);

/** How far to look for the end of a parameter list before giving up. */
const headerLookahead = 200;

/** How many tokens of the statement, and how many behind it, tell a habit of another language. */
const habitWords = 40;
const habitLookahead = 4;

/** The bracket that closes an opener. */
const closerOf = new Map<TokenType, TokenType>([
  [T.LeftParen, T.RightParen],
  [T.LeftBracket, T.RightBracket],
  [T.LeftBrace, T.RightBrace],
]);

const leftBrace = T.LeftBrace.tokenTypeIdx as number;

export abstract class ParserBase extends TokenReader {
  protected problems: Problems = new Problems(sourceFromText("", ""));
  protected options: ParseOptions = {};
  protected depth = 0;
  /** A type is being read as an operand: `or` continues its union only before something that must be a type (2.4). */
  protected inExpression = false;
  /** Offset at which the statement being read begins. */
  protected statementStart = 0;
  /** Errors at the end of the file are consequences of an earlier one. */
  protected truncated = false;

  /** Prepares for a new file. */
  begin(scanned: ScanResult, problems: Problems, options: ParseOptions): void {
    this.problems = problems;
    this.read(scanned);
    this.options = options;
    this.depth = 0;
    this.inExpression = false;
    this.statementStart = 0;
    this.truncated = scanned.truncated;
  }

  /** Consumes a token of the type; any other token is an error of that code. `index` tells the calls within one rule apart, as `CONSUME1` does. */
  protected expect(index: number, type: TokenType, code: Code, message: string): T.Token {
    if (!this.RECORDING_PHASE && !this.follows(type)) this.fail(code, message);
    return this.consume(index, type);
  }

  /** An identifier of a list of names, or C4M-P009. */
  protected expectName(index: number, code: Code = "C4M-P009", message = "a name is expected"): Name {
    const token = this.expect(index, T.Identifier, code, message);
    return this.nameOf(token);
  }

  // ---- errors ----------------------------------------------------------------------------------------------------------------------------

  /** Where something is missing: at the token that stands there instead, or behind the last token if the line or the file ends. */
  protected missingSpan(): Span {
    const token = this.peek();
    if (token.tokenType !== T.EndOfFile && token.newLine === T.NewLine.none) return { start: token.startOffset, end: token.end };
    const end = this.lastEnd();
    return { start: end, end };
  }

  protected spanOf(token: T.Token): Span {
    return { start: token.startOffset, end: token.end };
  }

  /** What stands at the next token, for messages. */
  protected found(): string {
    const token = this.peek();
    if (token.tokenType === T.EndOfFile) return "the file ends";
    if (token.newLine !== T.NewLine.none) return "the line ends";
    return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image}\` stands here`;
  }

  /** Reports a syntax error, unless it is the consequence of an unreadable token in the same statement or of a truncated file. */
  protected problem(code: Code, span: Span, message: string, details?: DiagnosticDetails): void {
    if (this.truncated && this.at(T.EndOfFile)) return;
    const next = this.peek();
    if (this.problems.damagedWithin(this.statementStart, Math.max(next.startOffset ?? 0, span.start))) return;
    if (this.problems.hasUnclosedString(span)) return;
    const hint = details?.hint ?? this.habitHint(code);
    this.problems.report(code, span, message, hint === undefined ? details : { ...details, hint });
  }

  /** What the words around the next token look like to somebody who knows other languages. */
  private habitHint(code: Code): string | undefined {
    const image = (token: T.Token) => (token.tokenTypeIdx === T.StringLiteral.tokenTypeIdx ? '""' : token.image);
    const before: string[] = [];
    for (let back = 0; back < habitWords; back++) {
      const token = this.ahead(-back);
      if (token === T.outside || token.startOffset < this.statementStart) break;
      before.unshift(image(token));
    }
    const after: string[] = [];
    for (let next = 1; next <= habitLookahead && this.ahead(next).newLine === T.NewLine.none; next++)
      after.push(image(this.ahead(next)));
    return habitHint(code, before.join(" "), after.join(" "));
  }

  /** Reports that something is missing here and gives the statement up. */
  protected fail(code: Code, message: string, span: Span = this.missingSpan(), details?: DiagnosticDetails): never {
    this.problem(code, span, `${message}, but ${this.found()}`, details);
    throw syntaxFailure;
  }

  /** Un-reads the last token. */
  protected stepBack(): void {
    this.next--;
  }

  // ---- nesting -----------------------------------------------------------------------------------------------------------------------------

  /** One level deeper, by the token that was just consumed; C4M-P038 beyond the limit. */
  protected enter(): void {
    if (++this.depth <= maximumDepth || this.RECORDING_PHASE) return;
    const token = this.previous();
    this.problem("C4M-P038", this.spanOf(token), `nesting is deeper than ${maximumDepth} levels`);
    // What is left of the file cannot be understood reliably: missing braces at its end are no news.
    this.truncated = true;
    if (closerOf.has(token.tokenType)) this.openers.push(this.next - 1);
    throw syntaxFailure;
  }

  protected leave(): void {
    this.depth--;
  }

  /** Enters the bracket of an expression or type that was just consumed: newlines inside are insignificant. */
  protected open(): void {
    this.enter();
    this.openers.push(this.next - 1);
  }

  /**
   * Ends a bracket. If the closing one is missing it is assumed before a `}`, the end of the file or a line that must be a statement (8.2), and the
   * problem is the unclosed bracket (the result is false then); anything else is an error at the token that stands there.
   */
  protected close(index: number, closer: TokenType, code: Code, message: string): boolean {
    let closed = true;
    if (this.RECORDING_PHASE) this.consume(index, closer);
    else if (this.at(closer) && !this.closesStatement(this.peekNewLine())) this.next++;
    else if (this.closesImplicitly()) {
      const opener = this.tokens.at(this.openers[this.openers.length - 1] as number);
      this.problem(code, this.spanOf(opener), `this ${opener.image} is never closed`);
      this.nextStatement = this.next;
      if (closer === T.RightBrace) this.scanned.swallowed.closing++;
      closed = false;
    } else this.fail(code, message);
    this.openers.pop();
    this.leave();
    return closed;
  }

  /** A token before which missing brackets are assumed. */
  protected closesImplicitly(): boolean {
    if ((endsBlock[this.types[this.next] as number] as number) > 0) return true;
    return this.peekNewLine() !== T.NewLine.none && this.startsStatementLine(1);
  }

  /** Where a missing bracket was assumed: what was read up to here is no value that its author meant. */
  protected wasCutOff(): boolean {
    return this.next === this.nextStatement && !this.RECORDING_PHASE;
  }

  /**
   * Whether a line begins at the token `distance` ahead that can only be a statement: `ID =`, `ID :=`, `a.b =`, the header of a section with its brace, or a
   * keyword; with `colon` also `ID :`, which in a dict may be an entry and in a header a parameter.
   */
  protected startsStatementLine(distance: number, colon = this.expectsNoColon()): boolean {
    const token = this.ahead(distance);
    if (token.newLine === T.NewLine.none) return false;
    if (this.closesStatement(token.newLine)) return true;
    if (this.isInClosedDict()) return false;
    if ((statementKeywords[token.tokenTypeIdx] as number) > 0) return true;
    if (token.tokenType === T.Func) return this.startsFunction(distance);
    if (token.tokenType !== T.Identifier) return false;
    let next = distance + 1;
    while (this.ahead(next).tokenType === T.Dot && this.ahead(next + 1).tokenType === T.Identifier && next < headerLookahead)
      next += 2;
    const operator = this.ahead(next);
    if (operator.newLine !== T.NewLine.none) return false;
    if (operator.tokenType === T.Assign || (colon && operator.tokenType === T.Colon)) return true;
    if (next > distance + 1) return false;
    const tagged = operator.tokenType === T.Identifier || operator.tokenType === T.StringLiteral;
    const brace = tagged ? this.ahead(next + 1) : operator;
    if (brace.tokenType === T.LeftBrace && brace.newLine === T.NewLine.none) return this.header === 0;
    return operator.tokenType === T.SetVariable;
  }

  /** A dict is being read, and every `{` of the file has its `}`: what looks like a statement is a mistake inside of the dict. */
  private isInClosedDict(): boolean {
    return this.scanned.unclosed === 0 && this.openers.some((opener) => this.types[opener] === leftBrace);
  }

  /** In parentheses and brackets that are no parameters a `:` is out of place. */
  private expectsNoColon(): boolean {
    const innermost = this.openers[this.openers.length - 1];
    return innermost !== undefined && this.types[innermost] !== leftBrace && this.header === 0;
  }

  /** `func name(…) {`: a declaration, not a reference. */
  private startsFunction(distance: number): boolean {
    if (this.ahead(distance + 1).tokenType !== T.Identifier || this.ahead(distance + 2).tokenType !== T.LeftParen) return false;
    let level = 0;
    for (let next = distance + 2; next < distance + headerLookahead; next++) {
      const type = this.ahead(next).tokenType;
      if (type === T.LeftParen) level++;
      else if (type === T.RightParen && --level === 0) return this.ahead(next + 1).tokenType === T.LeftBrace;
      else if (type === T.EndOfFile) return false;
    }
    return false;
  }

  // ---- recovery ----------------------------------------------------------------------------------------------------------------------------

  /** `for i := 0; i < n; i++ {`: the `;` belongs to the header. */
  private lineOpensBlock(): boolean {
    for (let next = 2; next < headerLookahead; next++) {
      const token = this.ahead(next);
      if (token === T.outside || token.newLine !== T.NewLine.none) return false;
      if (token.tokenType === T.LeftBrace) return true;
    }
    return false;
  }

  /**
   * Skips the rest of a failed statement (8.2): up to a newline or `;` outside its brackets, or before the `}` that closes the enclosing block. At
   * least one token is skipped if the statement has not consumed any.
   */
  protected skipStatement(firstToken: T.Token): void {
    // The closers that are due. Lines inside a block that is skipped as a whole do not end the statement.
    let blocks = this.isInClosedDict() ? 1 : 0;
    const open: TokenType[] = this.openers.map((opener) => closerOf.get(this.tokens.at(opener).tokenType) as TokenType);
    const inHeader = this.header > 0;
    this.openers.length = 0;
    this.header = 0;
    this.inExpression = false;
    for (let token = this.peek(); token.tokenType !== T.EndOfFile; token = this.peek()) {
      const type = token.tokenType;
      if (token !== firstToken) {
        if (this.next === this.nextStatement) return;
        if (token.newLine === T.NewLine.closing && open.length > 0) {
          const dict = this.scanned.swallowed.closing > 0 ? -1 : open.lastIndexOf(T.RightBrace);
          if (dict < 0) return;
          open.length = dict + 1;
        } else if (open.length === 0 && token.newLine >= T.NewLine.significant) return;
        const colon = !inHeader && open.length > 0 && !open.includes(T.RightBrace);
        if (blocks === 0 && !this.truncated && token.newLine !== T.NewLine.none && this.startsStatementLine(1, colon)) {
          // A `}` that is missing here is not missed again at the end of the block.
          this.scanned.swallowed.closing += open.filter((closer) => closer === T.RightBrace).length;
          return;
        }
      }
      if (type === T.Semicolon && open.length === 0 && !(inHeader && this.lineOpensBlock())) return;
      const closer = closerOf.get(type);
      if (closer !== undefined) {
        open.push(closer);
        if (type === T.LeftBrace) blocks++;
      } else if (type === T.RightBrace) {
        // `}` closes what was opened inside it; without an open `{` it belongs to the enclosing block.
        const place = open.lastIndexOf(T.RightBrace);
        if (place < 0) return;
        open.length = place;
        blocks = Math.max(0, blocks - 1);
      } else if (type === T.RightParen || type === T.RightBracket) {
        if (open[open.length - 1] === type) open.pop();
      }
      this.SKIP_TOKEN();
    }
  }
}
