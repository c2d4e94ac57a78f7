/**
 * How grammar rules are entered, and how they look at tokens and newlines.
 *
 * The rules are a grammar of Chevrotain with embedded actions, which build the tree. Chevrotain records and checks the grammar in a test (`engine.ts`,
 * `validate`); to read a file it is not even loaded, because every choice is made by our own look at the next tokens. That spares each start its modules and
 * its analysis, and each token and rule the frames and closures of its engine: most files are parsed once, by code that is not warm yet. Hot rules read the
 * columns of the token list by index; all others take tokens as objects.
 *
 * Newlines are flags on tokens. `continues` says whether a newline before a token is insignificant where the parser stands: inside brackets of an
 * expression or in the header of `if`, `for` or `func` (1.3, rules 1 and 3).
 */
import type { IRuleConfig, ParserMethod, SubruleMethodOpts, TokenType } from "chevrotain";
import type { Name } from "./ast.js";
import { Engine } from "./engine.js";
import type { ScanResult } from "./scanner.js";
import type { Span } from "./span.js";
import { newLineBits, TokenList } from "./token-list.js";
import * as T from "./tokens.js";

/** Tokens before which a statement ends. */
const endsStatement = T.tokenTable([T.Semicolon, T.RightBrace, T.EndOfFile]);

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

const leftBrace = T.LeftBrace.tokenTypeIdx as number;

const noTokens = new TokenList("");

export abstract class TokenReader extends Engine {
  protected scanned: ScanResult = {
    tokens: noTokens,
    comments: [],
    truncated: false,
    swallowed: { opening: 0, closing: 0 },
    unclosed: 0,
  };
  /** Brackets of the current expression that are open, as indexes of tokens. */
  protected openers: number[] = [];
  /** Above zero in the header of `if`, `for`, `func`. */
  protected header = 0;
  /** Where a missing bracket was assumed: the statement ends before this token. -1: nowhere. */
  protected nextStatement = -1;
  protected tokens = noTokens;
  /** Columns of the tokens. */
  protected types = noTokens.types;
  private starts = noTokens.starts;
  private ends = noTokens.ends;
  private flags = noTokens.flags;
  /** Index of the next token. */
  protected next = 0;
  /** The grammar is recorded and checked; such a parser reads no files. */
  private readonly validates: boolean;

  /** `validate` has Chevrotain record and check the grammar, which costs time and is done by a test. */
  constructor(validate: boolean) {
    super(T.vocabulary, { maxLookahead: 1, recoveryEnabled: false, nodeLocationTracking: "none" });
    this.validates = validate;
  }

  /** Takes the tokens of a new file. */
  protected read(scanned: ScanResult): void {
    this.scanned = scanned;
    this.openers = [];
    this.header = 0;
    this.nextStatement = -1;
    this.tokens = scanned.tokens;
    this.types = scanned.tokens.types;
    this.starts = scanned.tokens.starts;
    this.ends = scanned.tokens.ends;
    this.flags = scanned.tokens.flags;
    this.next = 0;
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
    if (this.types[this.next] !== type.tokenTypeIdx) throw new Error(`${type.name} was promised at ${this.startOf(this.next)}`);
    return this.tokens.at(this.next++);
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

  // ---- tokens ----------------------------------------------------------------------------------------------------------------------------

  /** Type of the next token, as its index: what most decisions are made by. */
  protected peekType(): number {
    return this.types[this.next] as number;
  }

  protected startOf(index: number): number {
    return this.starts[index] as number;
  }

  protected endOf(index: number): number {
    return this.ends[index] as number;
  }

  /** The next token; the last one, of type `EndOfFile`, is never consumed. */
  protected peek(): T.Token {
    return this.tokens.at(this.next);
  }

  /** The token `distance` ahead (1 is the next). */
  protected ahead(distance: number): T.Token {
    return this.tokens.at(this.next + distance - 1);
  }

  /** Consumes the next token, whatever it is. */
  protected take(): T.Token {
    return this.tokens.at(this.next++);
  }

  protected override SKIP_TOKEN(): T.Token {
    return this.take();
  }

  protected previous(): T.Token {
    return this.tokens.at(this.next - 1);
  }

  protected at(type: TokenType): boolean {
    return this.types[this.next] === type.tokenTypeIdx;
  }

  /** Offset behind the last consumed token. */
  protected lastEnd(): number {
    return this.next === 0 ? 0 : (this.ends[this.next - 1] as number);
  }

  protected spanFrom(start: number): Span {
    return { start, end: this.lastEnd() };
  }

  /** Whether no newline that counts stands before this token. */
  protected continues(token: T.Token): boolean {
    if (token.newLine < T.NewLine.significant) return true;
    return token.newLine === T.NewLine.closing ? !this.closesStatement(token.newLine) : this.isInBrackets();
  }

  /** How a newline before the next token counts. */
  protected peekNewLine(): number {
    return this.newLineAt(this.next);
  }

  protected newLineAt(index: number): number {
    return (this.flags[index] as number) & newLineBits;
  }

  /** Whether no newline that counts stands before the token at an index. */
  protected continuesAt(index: number): boolean {
    const newLine = (this.flags[index] as number) & newLineBits;
    if (newLine < T.NewLine.significant) return true;
    return newLine === T.NewLine.closing ? !this.closesStatement(newLine) : this.isInBrackets();
  }

  private isInBrackets(): boolean {
    return this.header > 0 || this.openers.length > 0;
  }

  /** Behind a broken string that swallowed closing brackets the statement ends; a dict goes on whose `}` was not among them. */
  protected closesStatement(newLine: number): boolean {
    if (newLine !== T.NewLine.closing) return false;
    return this.scanned.swallowed.closing > 0 || !this.openers.some((opener) => this.types[opener] === leftBrace);
  }

  /** The next token is of this type and on the same logical line. */
  protected follows(type: TokenType): boolean {
    return this.types[this.next] === type.tokenTypeIdx && this.continuesAt(this.next);
  }

  /** Whether a statement may end before the next token (2.1, END). */
  protected atEnd(): boolean {
    const { next } = this;
    return (endsStatement[this.types[next] as number] as number) > 0 || !this.continuesAt(next) || next === this.nextStatement;
  }

  protected nameOf(token: T.Token): Name {
    return { text: token.image, span: { start: token.startOffset, end: token.end } };
  }

  /** Consumes a token that is known to be a name. */
  protected takeName(): Name {
    const index = this.next++;
    return { text: this.tokens.name(index), span: { start: this.starts[index] as number, end: this.ends[index] as number } };
  }
}
