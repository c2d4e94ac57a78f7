/**
 * What all statements share: blocks, the end of a statement, what a failed statement leaves in the tree (`language.md` 2.2, 8.2).
 *
 * A statement that fails is skipped to its end. If its target was read before, the statement still counts as defining it: each rule leaves in
 * `partial` what the tree gets then (an assignment of a `bad` value, or a `bad` statement with the name it defines).
 */
import type { ParserMethod } from "chevrotain";
import type { BadStatement, Block, Expression, Name, Statement } from "./ast.js";
import { lastStrayBrace, lowestLevels, noneUnclosed, type Unclosed, unclosedBraces } from "./braces.js";
import { foreignBeginnings, foreignEnds } from "./foreign.js";
import { syntaxFailure } from "./parser-base.js";
import { ExpressionParser } from "./parser-expressions.js";
import type { Span } from "./span.js";
import * as T from "./tokens.js";

/** Tokens that can begin a statement; of the others, closing brackets are C4M-P010 and the rest C4M-P011. */
const statementStart = T.tokenTable([
  ...[T.Identifier, T.IntLiteral, T.FloatLiteral, T.StringLiteral, T.CharLiteral, T.OtherLiteral, T.BoolLiteral, T.Damaged],
  ...[T.LeftParen, T.LeftBracket, T.LeftBrace, T.Backtick, T.Additive, T.Not, T.Tilde],
  ...[T.Func, T.Enum, T.Export, T.If, T.Elif, T.Else, T.For, T.Var, T.Return, T.Break, T.Continue],
]);

const [identifier, leftBrace, rightBrace] = [T.Identifier, T.LeftBrace, T.RightBrace].map((type) => type.tokenTypeIdx) as [
  number,
  number,
  number,
];

/** How many tokens before a mistake the line may begin on which it stands. */
const longestPath = 40;

/** `Omit` over each member of a union. */
type WithoutSpan<S> = S extends Statement ? Omit<S, "span"> : never;
export type Partial = WithoutSpan<Statement>;

export abstract class BlockParser extends ExpressionParser {
  protected partial: Partial | undefined;
  /** The same for an assignment whose value is being read, of which there are many: what it assigns to, its sign (the index of the token), whether it locks. */
  protected assigned: readonly Name[] | undefined;
  protected assignedBy = -1;
  protected assignedLock = false;
  protected blockLevel = 0;
  protected loopLevel = 0;
  /** The statement before this one, in the same block, failed. */
  protected previousFailed = false;
  /** Columns of statements whose block has a foreign word in place of its braces. */
  protected readonly foreignColumns = new Set<number>();
  /** Offsets of the `{` of blocks behind `if` and `elif`. */
  protected readonly branchBraces = new Set<number>();
  /** Offset of the `{` of the block being read. */
  protected innermostBrace = -1;
  /** Unclosed opening braces of the file, found when first needed. */
  protected unclosed: Unclosed | undefined;
  /** For each token, how far the braces from it on close more than they open; found when first needed. */
  protected lowest: Int32Array | undefined;
  /** Offset of the last `}` of the file that closes nothing, −1 if there is none; found when first needed. */
  protected lastStrayBrace: number | undefined;

  protected abstract readonly statement: ParserMethod<[], Statement>;

  /** Whether the token can begin a statement. */
  protected startsStatement(token: T.Token): boolean {
    return (statementStart[token.tokenTypeIdx] as number) > 0;
  }

  /** Skips separators and reports what cannot begin a statement; false at the end of the block or file. */
  protected statementFollows(): boolean {
    for (;;) {
      const next = this.peekType();
      if (this.foreignColumns.size > 0 && next === identifier && this.endsForeignBlock(this.peek())) {
        this.next++;
        continue;
      }
      if ((statementStart[next] as number) > 0)
        return this.scanned.unclosed === 0 || this.blockLevel === 0 || !this.endsUnclosedBlock(this.peek());
      if (next === rightBrace && this.blockLevel > 0) return false;
      const token = this.peek();
      const type = token.tokenType;
      if (type === T.EndOfFile) return false;
      this.statementStart = token.startOffset;
      if (type === T.RightBrace) this.strayBrace(token);
      else if (type !== T.Semicolon) {
        const closer = type === T.RightParen || type === T.RightBracket;
        if (closer) this.problem("C4M-P010", this.spanOf(token), `this ${token.image} closes nothing`);
        else this.problem("C4M-P011", this.spanOf(token), `a statement cannot begin with \`${token.image}\``);
        this.skipStatement(token);
        continue;
      }
      this.SKIP_TOKEN();
    }
  }

  protected strayBrace(token: T.Token): void {
    if (this.scanned.swallowed.opening > 0) this.scanned.swallowed.opening--;
    else this.problem("C4M-P010", this.spanOf(token), "this } closes nothing");
  }

  /** A missing `{` was the mistake: its `}` must not be reported as well. */
  protected expectStrayBrace(): void {
    if (!this.RECORDING_PHASE) this.scanned.swallowed.opening++;
  }

  /** The rest of a failed statement that was about to define a name. */
  protected defines(kind: NonNullable<BadStatement["defines"]>["kind"], path: readonly Name[]): void {
    this.partial = { kind: "bad", defines: { kind, path } };
  }

  protected badValue(): Expression {
    const end = this.lastEnd();
    return { kind: "bad", span: { start: end, end } };
  }

  /** A simple statement must end here; the end itself is not consumed. */
  protected endStatement(): void {
    if (this.RECORDING_PHASE || this.atEnd()) return;
    const token = this.peek();
    if (token.tokenType === T.RightParen || token.tokenType === T.RightBracket)
      this.fail("C4M-P010", "the statement should end here", this.spanOf(token));
    this.continuedByMistake(token);
    this.fail("C4M-P002", "the statement should end here", this.spanOf(token));
  }

  /**
   * `a =` and `b = 2` on the next line: the first line continues on the second (1.3), which then cannot be understood. The mistake is a missing value,
   * so the second line is read again as a statement.
   */
  private continuedByMistake(token: T.Token): void {
    if (token.newLine !== T.NewLine.none) return;
    let back = 0;
    while (this.ahead(-back).newLine === T.NewLine.none && back < longestPath) back++;
    const start = this.ahead(-back);
    if (start.newLine !== T.NewLine.swallowed || start.startOffset <= this.statementStart) return;
    if (!this.startsStatementLine(-back, true)) return;
    const before = this.ahead(-back - 1);
    // A mistake above may be why it is continued.
    if (!this.problems.hasErrorWithin(this.statementStart, start.startOffset))
      this.problem("C4M-P002", this.spanOf(token), `the statement should end here, but ${this.found()}`, {
        hint: `The line above ends with \`${before.image}\` and is continued here: is something missing there?`,
      });
    for (; back >= 0; back--) this.stepBack();
    this.nextStatement = this.next;
    throw syntaxFailure;
  }

  /** The block behind a header; C4M-P003 if it does not begin. */
  protected headedBlock(): Block {
    if (this.peekType() !== leftBrace && !this.RECORDING_PHASE) {
      // The header broke off inside brackets: that was the mistake.
      if (this.next === this.nextStatement) throw syntaxFailure;
      if (this.atForeignWord()) return this.foreignBlock();
      if (this.hasSurplusBrace()) return this.assumedBlock("`{` is expected");
      this.expectStrayBrace();
      this.fail("C4M-P003", "`{` is expected");
    }
    this.header = 0;
    return this.SUBRULE(this.block);
  }

  /** `then`, `do`, `begin` `; then` or `:` where other languages have them, in place of the brace or before it. */
  protected atForeignWord(): boolean {
    const token = this.peek();
    if (token.newLine !== T.NewLine.none) return false;
    if (token.tokenType === T.Semicolon)
      return foreignBeginnings.has(this.ahead(2).image) && this.ahead(2).newLine === T.NewLine.none;
    return token.tokenType === T.Colon || (token.tokenType === T.Identifier && foreignBeginnings.has(token.image));
  }

  /** Reads the block behind such a word. */
  protected foreignBlock(): Block {
    this.problem("C4M-P003", this.spanOf(this.peek()), `\`{\` is expected, but ${this.found()}`);
    if (this.at(T.Semicolon)) this.SKIP_TOKEN();
    this.SKIP_TOKEN();
    if (this.at(T.LeftBrace)) {
      this.header = 0;
      return this.SUBRULE1(this.block);
    }
    if (this.hasSurplusBrace()) return this.assumedBlock("`{` is expected");
    this.foreignColumns.add(this.problems.locate({ start: this.statementStart, end: this.statementStart }).col);
    throw syntaxFailure;
  }

  /** Does this `else`, or this `end` on a line of its own, belong to a block without braces that has been reported? */
  protected endsForeignBlock(token: T.Token): boolean {
    if (token.newLine === T.NewLine.none || !this.foreignColumns.has(this.columnOf(token))) return false;
    if (token.tokenType !== T.Identifier) return true;
    const next = this.ahead(2);
    return foreignEnds.has(token.image) && (next.newLine !== T.NewLine.none || next.tokenType === T.EndOfFile);
  }

  /** Does a `}` follow that no `{` opens? Then a missing `{` may be assumed here: the block ends where its author meant it to. */
  protected hasSurplusBrace(): boolean {
    this.lowest ??= lowestLevels(this.scanned.tokens.all());
    return this.blockLevel + (this.lowest[this.next] ?? 0) < 0;
  }

  /** Does a header end here whose `{` is missing? Its block is indented below it, and a `}` follows that closes nothing else. */
  protected lacksBrace(header: Span, next: T.Token): boolean {
    if (next.tokenType === T.EndOfFile || next.newLine === T.NewLine.none) return false;
    const [above, below] = [this.problems.locate(header), this.problems.locate(this.spanOf(next))];
    if (below.col <= above.col || below.line === above.line) return false;
    this.lastStrayBrace ??= lastStrayBrace(this.scanned.tokens.all());
    return this.lastStrayBrace > next.startOffset;
  }

  /** Reports a missing `{` and reads the block as if it were there. */
  protected assumedBlock(message: string): Block {
    const span = this.missingSpan();
    this.problem("C4M-P003", span, `${message}, but ${this.found()}`);
    this.header = 0;
    this.statementStart = this.peek().startOffset ?? 0;
    this.blockLevel++;
    const items: Statement[] = [];
    while (this.statementFollows()) items.push(this.SUBRULE2(this.statement));
    this.blockLevel--;
    if (this.at(T.RightBrace)) this.SKIP_TOKEN();
    return { kind: "block", items, span: this.spanFrom(span.end) };
  }

  protected readonly block = this.RULE("block", (): Block => {
    if (this.RECORDING_PHASE) return this.recordBlock();
    const brace = this.next++;
    const start = this.startOf(brace);
    const outer = this.innermostBrace;
    this.enter();
    this.innermostBrace = start;
    this.previousFailed = false;
    this.blockLevel++;
    const items: Statement[] = [];
    // A loop in place of MANY: blocks nest, and each level of closures costs stack.
    while (this.statementFollows()) items.push(this.statement());
    this.closeBlock(brace);
    this.innermostBrace = outer;
    return { kind: "block", items, span: this.spanFrom(start) };
  });

  private recordBlock(): Block {
    this.CONSUME(T.LeftBrace);
    this.MANY1(() => this.SUBRULE(this.statement));
    this.closeBlock(0);
    return { kind: "block", items: [], span: { start: 0, end: 0 } };
  }

  /** The `}` of the block that begins with the token `brace`; if there is none the block ends here and C4M-P004 is reported at its opening brace. */
  protected closeBlock(brace: number): void {
    this.leave();
    this.blockLevel--;
    if (this.RECORDING_PHASE) this.OPTION9(() => this.CONSUME9(T.RightBrace));
    else if (
      this.peekType() === rightBrace &&
      (this.scanned.unclosed === 0 || !this.unclosedBraces().openers.has(this.startOf(brace)))
    )
      this.next++;
    else this.blockNotClosed(this.tokens.at(brace));
  }

  private blockNotClosed(brace: T.Token): void {
    if (this.scanned.swallowed.closing > 0) {
      this.scanned.swallowed.closing--;
      return;
    }
    const end = this.problems.locate(this.spanOf(this.peek()));
    this.statementStart = brace.startOffset;
    if (this.truncated) return;
    this.problems.report("C4M-P004", this.spanOf(brace), "this block is never closed", {
      notes: [{ message: this.at(T.EndOfFile) ? "the file ends here" : "it should end before this", location: end }],
    });
  }

  /**
   * Does a block whose `}` is missing end before this token? A `func`, `enum` or `export` that starts a line is assumed to stand behind it (8.2), and so are
   * an `elif` or `else` in the block of a branch, and a line that is not indented where the others are.
   */
  protected endsUnclosedBlock(token: T.Token): boolean {
    if (this.scanned.unclosed === 0) return false;
    const type = token.tokenType;
    const branch = type === T.Elif || type === T.Else;
    if (token.newLine === T.NewLine.none && !branch) return false;
    const { openers, byIndent } = this.unclosedBraces();
    if (openers.size === 0) return false;
    if (branch) return this.branchBraces.has(this.innermostBrace);
    const indent = openers.get(this.innermostBrace);
    if (indent === undefined) return false;
    return type === T.Func || type === T.Enum || type === T.Export || (byIndent && this.columnOf(token) <= indent);
  }

  private columnOf(token: T.Token): number {
    return this.problems.locate(this.spanOf(token)).col;
  }

  private unclosedBraces(): Unclosed {
    this.unclosed ??=
      this.scanned.unclosed === 0 ? noneUnclosed : unclosedBraces(this.scanned.tokens.all(), (token) => this.columnOf(token));
    return this.unclosed;
  }
}
