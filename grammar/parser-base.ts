/**
 * What all grammar rules share: looking at tokens, newlines, brackets, nesting, and errors.
 *
 * The parser is a Chevrotain `EmbeddedActionsParser`: the rules are its grammar, the embedded actions build the tree. Chevrotain records and checks the grammar
 * in a test (`validate`); to read a file its analysis is not needed, because every choice is made by our own look at the next tokens. That spares each start
 * the analysis, and each token and rule the frames and closures of Chevrotain's engine: most files are parsed once, by code that is not warm yet.
 *
 * Errors are ours, because `language.md` 8.2 fixes their codes and the recovery: a rule that cannot go on reports one problem and throws `syntaxFailure`, which
 * the statement rule catches (`parser.ts`); where the specification assumes a missing bracket the rule reports and goes on.
 *
 * Newlines are flags on tokens. `continues` says whether a newline before a token is insignificant where the parser stands: inside brackets of an
 * expression or in the header of `if`, `for` or `func` (1.3, rules 1 and 3).
 */
import { EmbeddedActionsParser, type IRuleConfig, type ParserMethod, type SubruleMethodOpts, type TokenType } from "chevrotain";
import type { Comment, Name } from "./ast.js";
import type { Code } from "./catalogue.js";
import type { DiagnosticDetails } from "./diagnostic.js";
import { habitHint } from "./foreign.js";
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

/** Tokens before which a statement ends, and an operand with its brackets. */
const endsStatement = T.tokenTable([T.Semicolon, T.RightBrace, T.EndOfFile]);
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

/** What stands before the first token and behind the last one. */
const outside = new T.Token(T.EndOfFile.tokenTypeIdx as number, "", 0, 0, Number.NaN, undefined);

/** Something that is read if, or as long as, its gate is open. */
interface Gated<R> {
  readonly GATE: () => boolean;
  readonly DEF: () => R;
}

/** One of several ways on: the first whose gate is open, or that has none. */
interface Alternative<R> {
  readonly GATE?: () => boolean;
  readonly ALT: () => R;
}

export abstract class ParserBase extends EmbeddedActionsParser {
  protected problems: Problems = new Problems(sourceFromText("", ""));
  protected scanned: ScanResult = {
    tokens: [],
    comments: [] as Comment[],
    truncated: false,
    swallowed: { opening: 0, closing: 0 },
    unclosed: 0,
  };
  protected options: ParseOptions = {};
  /** Brackets of the current expression that are open. */
  protected openers: T.Token[] = [];
  /** Above zero in the header of `if`, `for`, `func`. */
  protected header = 0;
  protected depth = 0;
  /** A type is being read as an operand: `or` continues its union only before something that must be a type (2.4). */
  protected inExpression = false;
  /** Where a missing bracket was assumed: the statement ends before this token. */
  protected nextStatement: T.Token | undefined;
  /** Offset at which the statement being read begins. */
  protected statementStart = 0;
  /** Errors at the end of the file are consequences of an earlier one. */
  protected truncated = false;

  private tokens: readonly T.Token[] = [outside];
  /** Index of the next token. */
  private next = 0;
  /** The grammar is recorded and checked; such a parser reads no files. */
  private readonly validates: boolean;

  /** `validate` has Chevrotain record and check the grammar, which costs time and is done by a test. */
  constructor(validate: boolean) {
    super(T.vocabulary, { maxLookahead: 1, recoveryEnabled: false, nodeLocationTracking: "none" });
    this.validates = validate;
  }

  // ---- rules -----------------------------------------------------------------------------------------------------------------------------

  /** Defines a rule. To read a file its action is all that is needed. */
  protected override RULE<R, A extends unknown[]>(
    name: string,
    action: (...args: A) => R,
    config?: IRuleConfig<R>,
  ): ParserMethod<A, R> {
    return this.validates ? super.RULE(name, action, config) : (action as ParserMethod<A, R>);
  }

  /** Enters a rule: a call. Nesting of 500 levels must fit the stack of any engine, so that few frames count. */
  protected override SUBRULE<A extends unknown[], R>(rule: ParserMethod<A, R>, options?: SubruleMethodOpts<A>): R {
    return options?.ARGS === undefined ? (rule as () => R)() : rule(...options.ARGS);
  }

  protected override SUBRULE1<A extends unknown[], R>(rule: ParserMethod<A, R>, options?: SubruleMethodOpts<A>): R {
    return this.SUBRULE(rule, options);
  }

  protected override SUBRULE2<A extends unknown[], R>(rule: ParserMethod<A, R>, options?: SubruleMethodOpts<A>): R {
    return this.SUBRULE(rule, options);
  }

  // Chevrotain replaces the methods below while it records. Reading a file, every option, repetition and choice is decided by its gate.

  protected override CONSUME(type: TokenType): T.Token {
    const token = this.tokens[this.next] as T.Token;
    if (token.tokenTypeIdx !== type.tokenTypeIdx) throw new Error(`${type.name} was promised at ${token.startOffset}`);
    this.next++;
    return token;
  }

  protected override CONSUME1(type: TokenType): T.Token {
    return this.CONSUME(type);
  }

  protected override consume(_index: number, type: TokenType): T.Token {
    return this.CONSUME(type);
  }

  protected override OPTION<R>({ GATE, DEF }: Gated<R>): R | undefined {
    return GATE() ? DEF() : undefined;
  }

  protected override MANY({ GATE, DEF }: Gated<unknown>): void {
    while (GATE()) DEF();
  }

  /** Goes the first way that is open. */
  protected oneWay<R>(alternatives: Alternative<R>[]): R {
    if (this.RECORDING_PHASE) return this.OR(alternatives);
    for (const { GATE, ALT } of alternatives) if (GATE === undefined || GATE()) return ALT();
    throw new Error("no alternative fits");
  }

  /** Consumes one of several tokens; which of them stands here has been seen to. */
  protected oneOf(...types: readonly TokenType[]): T.Token {
    if (this.RECORDING_PHASE) return this.OR(types.map((type) => ({ ALT: () => this.CONSUME2(type) as T.Token })));
    return this.take();
  }

  /** Prepares for a new file. */
  begin(scanned: ScanResult, problems: Problems, options: ParseOptions): void {
    this.problems = problems;
    this.scanned = scanned;
    this.options = options;
    this.openers = [];
    this.header = 0;
    this.depth = 0;
    this.inExpression = false;
    this.statementStart = 0;
    this.truncated = scanned.truncated;
    this.tokens = scanned.tokens;
    this.next = 0;
  }

  // ---- tokens ----------------------------------------------------------------------------------------------------------------------------

  /** The next token; the last one, of type `EndOfFile`, is never consumed. */
  protected peek(): T.Token {
    return this.tokens[this.next] as T.Token;
  }

  /** The token `distance` ahead (1 is the next). */
  protected ahead(distance: number): T.Token {
    return this.tokens[this.next + distance - 1] ?? outside;
  }

  /** Index of the next token. */
  protected position(): number {
    return this.next;
  }

  /** Consumes the next token, whatever it is. */
  protected take(): T.Token {
    return this.tokens[this.next++] as T.Token;
  }

  protected override SKIP_TOKEN(): T.Token {
    return this.take();
  }

  protected previous(): T.Token {
    return this.tokens[this.next - 1] ?? outside;
  }

  protected at(type: TokenType): boolean {
    return this.peek().tokenTypeIdx === type.tokenTypeIdx;
  }

  /** Offset behind the last consumed token. */
  protected lastEnd(): number {
    return this.previous().end;
  }

  protected spanFrom(start: number): Span {
    return { start, end: (this.tokens[this.next - 1] ?? outside).end };
  }

  /** Whether no newline that counts stands before this token. */
  protected continues(token: T.Token): boolean {
    if (token.newLine < T.NewLine.significant) return true;
    if (token.newLine === T.NewLine.closing) return !this.closesStatement(token);
    return this.header > 0 || this.openers.length > 0;
  }

  /** Behind a broken string that swallowed closing brackets the statement ends; a dict goes on whose `}` was not among them. */
  private closesStatement(token: T.Token): boolean {
    if (token.newLine !== T.NewLine.closing) return false;
    return this.scanned.swallowed.closing > 0 || !this.openers.some((opener) => opener.tokenType === T.LeftBrace);
  }

  /** The next token is of this type and on the same logical line. */
  protected follows(type: TokenType): boolean {
    const token = this.peek();
    return token.tokenTypeIdx === type.tokenTypeIdx && this.continues(token);
  }

  /** Whether a statement may end before the next token (2.1, END). */
  protected atEnd(): boolean {
    const token = this.peek();
    return (endsStatement[token.tokenTypeIdx] as number) > 0 || !this.continues(token) || token === this.nextStatement;
  }

  protected nameOf(token: T.Token): Name {
    return { text: token.image, span: { start: token.startOffset, end: token.end } };
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
      if (token === outside || token.startOffset < this.statementStart) break;
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

  /** One level deeper; C4M-P038 beyond the limit. */
  protected enter(token: T.Token): void {
    if (++this.depth <= maximumDepth || this.RECORDING_PHASE) return;
    this.problem("C4M-P038", this.spanOf(token), `nesting is deeper than ${maximumDepth} levels`);
    // What is left of the file cannot be understood reliably: missing braces at its end are no news.
    this.truncated = true;
    if (closerOf.has(token.tokenType)) this.openers.push(token);
    throw syntaxFailure;
  }

  protected leave(): void {
    this.depth--;
  }

  /** Opens a bracket of an expression or type: newlines inside are insignificant. */
  protected open(token: T.Token): void {
    this.enter(token);
    this.openers.push(token);
  }

  /**
   * Ends a bracket. If the closing one is missing it is assumed before a `}`, the end of the file or a line that must be a statement (8.2), and the
   * problem is the unclosed bracket (the result is false then); anything else is an error at the token that stands there.
   */
  protected close(index: number, opener: T.Token, closer: TokenType, code: Code, message: string): boolean {
    let closed = true;
    if (this.RECORDING_PHASE || (this.at(closer) && !this.closesStatement(this.peek()))) this.consume(index, closer);
    else if (this.closesImplicitly()) {
      this.problem(code, this.spanOf(opener), `this ${opener.image} is never closed`);
      this.nextStatement = this.peek();
      if (closer === T.RightBrace) this.scanned.swallowed.closing++;
      closed = false;
    } else this.fail(code, message);
    this.openers.pop();
    this.leave();
    return closed;
  }

  /** A token before which missing brackets are assumed. */
  protected closesImplicitly(): boolean {
    const token = this.peek();
    if ((endsBlock[token.tokenTypeIdx] as number) > 0) return true;
    return token.newLine !== T.NewLine.none && this.startsStatementLine(1);
  }

  /** Where a missing bracket was assumed: what was read up to here is no value that its author meant. */
  protected wasCutOff(): boolean {
    return !this.RECORDING_PHASE && this.peek() === this.nextStatement;
  }

  /**
   * Whether a line begins at the token `distance` ahead that can only be a statement: `ID =`, `ID :=`, `a.b =`, the header of a section with its brace, or a
   * keyword; with `colon` also `ID :`, which in a dict may be an entry and in a header a parameter.
   */
  protected startsStatementLine(distance: number, colon = this.expectsNoColon()): boolean {
    const token = this.ahead(distance);
    if (token.newLine === T.NewLine.none) return false;
    if (this.closesStatement(token)) return true;
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
    return this.scanned.unclosed === 0 && this.openers.some((opener) => opener.tokenType === T.LeftBrace);
  }

  /** In parentheses and brackets that are no parameters a `:` is out of place. */
  private expectsNoColon(): boolean {
    const innermost = this.openers[this.openers.length - 1];
    return innermost !== undefined && innermost.tokenType !== T.LeftBrace && this.header === 0;
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
      if (token === outside || token.newLine !== T.NewLine.none) return false;
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
    const open: TokenType[] = this.openers.map((opener) => closerOf.get(opener.tokenType) as TokenType);
    const inHeader = this.header > 0;
    this.openers.length = 0;
    this.header = 0;
    this.inExpression = false;
    for (let token = this.peek(); token.tokenType !== T.EndOfFile; token = this.peek()) {
      const type = token.tokenType;
      if (token !== firstToken) {
        if (token === this.nextStatement) return;
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
