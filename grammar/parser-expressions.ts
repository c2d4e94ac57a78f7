/**
 * Grammar rules of expressions (`language.md` 2.3).
 *
 * All binary levels are one rule: operands and operators are read in a row and then grouped by level, left to right (`group`). That is the grammar
 * of the specification with its seven levels folded into one loop; seven nested rules would cost seven calls for every operand.
 */
import type { TokenType } from "chevrotain";
import type { BinaryOperator, CallExpression, Expression, Literal, MethodCallExpression, OtherValue } from "./ast.js";
import { TypeParser } from "./parser-types.js";
import { maximumInt } from "./quantities.js";
import * as T from "./tokens.js";
import { isTypeName } from "./type-names.js";

/** Binary operators, loosest level first; 0 in the table of levels is "no binary operator". */
const binaryOperators = [T.Or, T.And, T.Equality, T.Relational, T.Additive, T.Modulo, T.Multiplicative];
const levels = T.tokenTable(binaryOperators);
/** Operators of the first so many levels have several spellings. */
const wordLevels = 3;

const canonicalOperator: ReadonlyMap<string, BinaryOperator> = new Map([
  ["or", "||"],
  ["and", "&&"],
  ["is", "=="],
  ["|", "||"],
  ["&", "&&"],
] as const);

const literalTypes = [
  ...[T.IntLiteral, T.FloatLiteral, T.StringLiteral, T.CharLiteral, T.OtherLiteral, T.BoolLiteral],
  // Accepted silently wherever an operand may stand: the scanner has reported it.
  T.Damaged,
];

const postfixStart = T.tokenTable([T.Dot, T.LeftBracket, T.LeftParen]);

const [damaged, intLiteral, stringLiteral, comma] = [T.Damaged, T.IntLiteral, T.StringLiteral, T.Comma].map(
  (type) => type.tokenTypeIdx,
) as [number, number, number, number];

/** Spellings of operators of one character: the same text for each. */
const oneCharacter = Array.from({ length: 128 }, (_, unit) => String.fromCharCode(unit));

/** Operands that no sign may precede (C4M-P017). */
const unsignable = new Map<TokenType, string>([
  [T.StringLiteral, "a string"],
  [T.CharLiteral, "a character"],
  [T.BoolLiteral, "a bool"],
  [T.LeftBracket, "a list"],
  [T.LeftBrace, "a dict"],
  [T.Not, "`not`"],
]);

export abstract class ExpressionParser extends TypeParser {
  protected readonly expression = this.RULE("expression", (): Expression => {
    if (this.RECORDING_PHASE) {
      const first = this.SUBRULE(this.operand);
      this.recordOperations();
      return first;
    }
    // Loops and plain calls in place of MANY and SUBRULE here and below: operands nest, and each level of closures costs stack.
    const first = this.operand();
    if (!this.binaryFollows()) return first;
    const operator = this.next++;
    const second = this.operand();
    if (!this.binaryFollows()) return this.binary(first, operator, second);
    const operands = [first, second];
    const operators = [operator];
    while (this.binaryFollows()) {
      operators.push(this.next++);
      operands.push(this.operand());
    }
    return this.group(operands, operators);
  });

  private recordOperations(): void {
    this.MANY1(() => {
      this.OR(binaryOperators.map((type) => ({ ALT: () => this.CONSUME(type) })));
      this.SUBRULE1(this.operand);
    });
  }

  private binaryFollows(): boolean {
    return (levels[this.types[this.next] as number] as number) > 0 && this.continuesAt(this.next);
  }

  private levelOf(operator: number): number {
    return levels[this.types[operator] as number] as number;
  }

  /** Builds the tree of a row of operands: tighter levels first, each level left to right. Operators are indexes of tokens. */
  private group(operands: readonly Expression[], operators: readonly number[]): Expression {
    if (this.options.warnGrouping === true) this.warnGrouping(operators);
    const values: Expression[] = [operands[0] as Expression];
    const pending: number[] = [];
    for (let i = 0; i <= operators.length; i++) {
      const operator = operators[i];
      // Behind the last operand everything is grouped.
      const level = operator === undefined ? 0 : this.levelOf(operator);
      while (pending.length > 0 && this.levelOf(pending[pending.length - 1] as number) >= level) {
        const right = values.pop() as Expression;
        const left = values.pop() as Expression;
        values.push(this.binary(left, pending.pop() as number, right));
      }
      if (operator === undefined) break;
      pending.push(operator);
      values.push(operands[i + 1] as Expression);
    }
    return values[0] as Expression;
  }

  private binary(left: Expression, operator: number, right: Expression): Expression {
    const [start, end] = [this.startOf(operator), this.endOf(operator)];
    const unit = this.tokens.text.charCodeAt(start);
    const spelling = end - start === 1 && unit < 128 ? (oneCharacter[unit] as string) : this.tokens.image(operator);
    return {
      kind: "binary",
      operator: this.levelOf(operator) <= wordLevels ? canonical(spelling) : (spelling as BinaryOperator),
      spelling,
      operatorSpan: { start, end },
      left,
      right,
      span: { start: left.span.start, end: right.span.end },
    };
  }

  /** C4M-W010: `a - b - c` and `a / b / c`, at the second operator. An operator of a looser level ends a chain. */
  private warnGrouping(operators: readonly number[]): void {
    for (const [sign, type] of [
      ["-", T.Additive],
      ["/", T.Multiplicative],
    ] as const) {
      const level = levels[type.tokenTypeIdx as number] as number;
      let count = 0;
      for (const operator of operators) {
        const own = this.levelOf(operator);
        if (own < level) count = 0;
        else if (own === level && this.tokens.image(operator) === sign && ++count === 2)
          this.problem(
            "C4M-W010",
            this.spanOf(this.tokens.at(operator)),
            `con4m 0.2 groups a chain of \`${sign}\` to the right, this language to the left`,
            {
              hint: "Parentheses make the grouping explicit.",
            },
          );
      }
    }
  }

  /** An operand with its sign or `not` and its postfixes. */
  protected readonly operand = this.RULE("operand", (): Expression => {
    if (this.RECORDING_PHASE) {
      const primary = this.OR(this.primaries.map((alternative) => ({ ALT: () => this.SUBRULE(alternative.rule) })));
      this.MANY1(() =>
        this.OR1([this.memberAccess, this.indexing, this.call].map((rule) => ({ ALT: () => this.SUBRULE1(rule) }))),
      );
      return primary;
    }
    const rule = this.primaryOf[this.types[this.next] as number];
    if (rule === undefined || !this.startsOperand()) this.fail("C4M-P001", "an expression is expected");
    let result = rule();
    while ((postfixStart[this.types[this.next] as number] as number) > 0 && this.postfixFollows(result)) {
      const type = this.peek().tokenType;
      if (type === T.Dot) result = this.SUBRULE(this.memberAccess, { ARGS: [result] });
      else if (type === T.LeftBracket) result = this.SUBRULE(this.indexing, { ARGS: [result] });
      else result = this.SUBRULE(this.call, { ARGS: [result] });
    }
    return result;
  });

  /** In brackets a line that must be a statement is no operand: the brackets were not closed. */
  private startsOperand(): boolean {
    return this.openers.length === 0 || this.peekNewLine() === T.NewLine.none || !this.startsStatementLine(1);
  }

  private postfixFollows(base: Expression): boolean {
    if (!this.continuesAt(this.next)) return false;
    // Values are not callable, and what follows a prefix operator has had its postfixes.
    if (base.kind === "unary") return false;
    return !this.at(T.LeftParen) || base.kind === "name" || base.kind === "member";
  }

  protected readonly memberAccess = this.RULE("memberAccess", (object: Expression): Expression => {
    this.CONSUME(T.Dot);
    const member = this.expectName(0, "C4M-P009", "the name of a member is expected");
    const start = this.RECORDING_PHASE ? 0 : object.span.start;
    return { kind: "member", object, member, span: { start, end: member.span.end } };
  });

  protected readonly indexing = this.RULE("indexing", (object: Expression): Expression => {
    this.CONSUME(T.LeftBracket);
    this.open();
    const index = this.SUBRULE(this.expression);
    this.close(0, T.RightBracket, "C4M-P006", "`]` is expected");
    return { kind: "index", object, index, span: this.spanFrom(this.RECORDING_PHASE ? 0 : object.span.start) };
  });

  protected readonly call = this.RULE("call", (callee: Expression): Expression => {
    this.CONSUME(T.LeftParen);
    const args: Expression[] = [];
    this.open();
    if (this.RECORDING_PHASE) this.recordItems();
    else while (this.itemFollows(T.RightParen, args.length > 0)) args.push(this.item());
    this.close(0, T.RightParen, "C4M-P005", "`)` or `,` is expected");
    return this.RECORDING_PHASE ? callee : this.callNode(callee, args);
  });

  private callNode(callee: Expression, args: Expression[]): CallExpression | MethodCallExpression | Expression {
    const span = this.spanFrom(callee.span.start);
    if (callee.kind === "name") return { kind: "call", callee: { text: callee.name, span: callee.span }, args, span };
    if (callee.kind === "member") return { kind: "method", receiver: callee.object, callee: callee.member, args, span };
    return { kind: "bad", span };
  }

  /** For Chevrotain's analysis: expressions between commas. The rules that have items read them in a loop, which costs less stack. */
  private recordItems(): void {
    this.MANY1(() => {
      this.SUBRULE(this.expression);
      this.OPTION1(() => this.CONSUME(T.Comma));
    });
  }

  /** An expression and, if one follows, its comma. */
  private item(): Expression {
    const item = this.expression();
    if (this.types[this.next] === comma) this.next++;
    return item;
  }

  /** Whether an operand can begin with the next token. */
  protected operandFollows(): boolean {
    return this.primaryOf[this.types[this.next] as number] !== undefined;
  }

  /** Whether a further item must follow: the brackets do not end here, and a comma stands behind the last item. */
  private itemFollows(closer: TokenType, hasItems: boolean): boolean {
    if (hasItems && this.types[this.next - 1] !== comma) return false;
    if (this.at(closer) || this.closesImplicitly()) return false;
    if (!this.operandFollows()) this.fail("C4M-P001", "an expression is expected");
    return true;
  }

  /** `not` and `!` take everything to their right. */
  protected readonly negation = this.RULE("negation", (): Expression => {
    const operator = this.CONSUME(T.Not);
    this.enter();
    const operand = this.SUBRULE(this.expression);
    this.leave();
    const operatorSpan = this.spanOf(operator);
    const span = this.spanFrom(operator.startOffset);
    return { kind: "unary", operator: "!", spelling: operator.image, operatorSpan, operand, span };
  });

  protected readonly signed = this.RULE("signed", (): Expression => {
    const operator = this.CONSUME(T.Additive);
    let fault = false;
    let negative = operator.image === "-";
    if (!this.RECORDING_PHASE) {
      const next = this.peek();
      const name = unsignable.get(next.tokenType);
      fault = next.tokenType === T.Additive || name !== undefined;
      negative &&= next.tokenType === T.IntLiteral && next.payload === maximumInt + 1n;
      if (next.tokenType === T.Additive) this.problem("C4M-P016", this.spanOf(next), "two signs in a row");
      else if (name !== undefined) this.problem("C4M-P017", this.spanOf(next), `a sign cannot stand before ${name}`);
      while (this.at(T.Additive)) this.SKIP_TOKEN();
    }
    let operand: Expression;
    if (negative && !this.RECORDING_PHASE) {
      // The one literal that fits only with its sign.
      operand = this.literalNode(this.next++);
    } else operand = this.SUBRULE(this.operand);
    const span = this.spanFrom(operator.startOffset);
    if (fault) return { kind: "bad", span };
    const spelling = operator.image;
    return {
      kind: "unary",
      operator: spelling === "-" ? "-" : "+",
      spelling,
      operatorSpan: this.spanOf(operator),
      operand,
      span,
    };
  });

  /** An identifier is a type where types can stand, and a name before `(`. */
  protected readonly nameOrType = this.RULE("nameOrType", (): Expression => {
    if (!this.RECORDING_PHASE && !(isTypeName(this.tokens.image(this.next)) && this.typeStartsAt(1))) {
      const { text, span } = this.takeName();
      return { kind: "name", name: text, span };
    }
    return this.oneWay<Expression>([
      { GATE: () => this.typeStartsAt(1), ALT: () => this.SUBRULE(this.namedTypeOperand) },
      { ALT: () => this.nameNode(this.CONSUME(T.Identifier)) },
    ]);
  });

  private nameNode(token: T.Token): Expression {
    return { kind: "name", name: token.image, span: this.spanOf(token) };
  }

  /** `func name`, `func name(int) -> int`, or the type `func (int)`. */
  protected readonly function = this.RULE("function", (): Expression => {
    if (!this.RECORDING_PHASE) {
      const next = this.ahead(2);
      const follows = (next.tokenType === T.Identifier || next.tokenType === T.LeftParen) && this.continues(next);
      if (!follows) {
        this.take();
        this.fail("C4M-P034", "the name of a function or a signature is expected");
      }
    }
    return this.oneWay<Expression>([
      { GATE: () => this.ahead(2).tokenType === T.LeftParen, ALT: () => this.SUBRULE(this.functionTypeOperand) },
      { ALT: () => this.SUBRULE(this.functionReference) },
    ]);
  });

  protected readonly functionReference = this.RULE("functionReference", (): Expression => {
    const start = this.CONSUME(T.Func);
    const name = this.nameOf(this.CONSUME(T.Identifier));
    const signature = this.OPTION({ GATE: () => this.follows(T.LeftParen), DEF: () => this.SUBRULE(this.referenceSignature) });
    return { kind: "funcref", name, signature, span: this.spanFrom(start.startOffset) };
  });

  /** `(e)`, or a tuple of two or more. */
  protected readonly parenthesized = this.RULE("parenthesized", (): Expression => {
    if (this.RECORDING_PHASE) return this.recordParenthesized();
    const start = this.startOf(this.next++);
    this.open();
    if (this.at(T.RightParen)) {
      this.next++;
      this.openers.pop();
      this.leave();
      return this.shortTuple(start);
    }
    const first = this.expression();
    if (this.types[this.next] !== comma) {
      this.close(0, T.RightParen, "C4M-P005", "`)` is expected");
      return { kind: "paren", inner: first, span: this.spanFrom(start) };
    }
    const items = [first];
    let short = false;
    while (!short && this.types[this.next] === comma) {
      this.next++;
      short = items.length === 1 && this.at(T.RightParen);
      if (!short) items.push(this.expression());
    }
    this.close(0, T.RightParen, "C4M-P005", "`)` is expected");
    return short ? this.shortTuple(start) : { kind: "tuple", items, span: this.spanFrom(start) };
  });

  private recordParenthesized(): Expression {
    this.CONSUME(T.LeftParen);
    const first = this.SUBRULE(this.expression);
    this.MANY1(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE1(this.expression);
    });
    this.close(0, T.RightParen, "C4M-P005", "`)` is expected");
    return first;
  }

  private shortTuple(start: number): Expression {
    const span = this.spanFrom(start);
    this.problem("C4M-P015", span, "a tuple has two or more items");
    return { kind: "bad", span };
  }

  protected readonly list = this.RULE("list", (): Expression => {
    const start = this.startOf(this.next);
    const items: Expression[] = [];
    if (this.RECORDING_PHASE) this.CONSUME(T.LeftBracket);
    else this.next++;
    this.open();
    if (this.RECORDING_PHASE) this.recordItems();
    else while (this.itemFollows(T.RightBracket, items.length > 0)) items.push(this.item());
    this.close(0, T.RightBracket, "C4M-P008", "`,` or `]` is expected");
    return { kind: "list", items, span: this.spanFrom(start) };
  });

  protected readonly dict = this.RULE("dict", (): Expression => {
    const brace = this.CONSUME(T.LeftBrace);
    const entries: { key: Expression; value: Expression }[] = [];
    this.open();
    if (this.RECORDING_PHASE) this.MANY1(() => this.SUBRULE(this.entry));
    else while (this.itemFollows(T.RightBrace, entries.length > 0)) entries.push(this.SUBRULE(this.entry));
    this.close(0, T.RightBrace, "C4M-P008", "`,` or `}` is expected");
    return { kind: "dict", entries, span: this.spanFrom(brace.startOffset) };
  });

  protected readonly entry = this.RULE("entry", () => {
    const key = this.SUBRULE(this.expression);
    this.expect(0, T.Colon, "C4M-P007", "`:` is expected after a key");
    const value = this.SUBRULE1(this.expression);
    this.OPTION({ GATE: () => this.at(T.Comma), DEF: () => this.CONSUME(T.Comma) });
    return { key, value };
  });

  private bad(token: T.Token): Expression {
    return { kind: "bad", span: this.spanOf(token) };
  }

  /** One token with a value. */
  protected readonly literal = this.RULE("literal", (): Expression => {
    if (this.RECORDING_PHASE) return this.OR(literalTypes.map((type) => ({ ALT: () => this.bad(this.CONSUME(type)) })));
    const index = this.next++;
    const type = this.types[index];
    if (type === damaged) return this.bad(this.tokens.at(index));
    if (type === intLiteral && this.endOf(index) - this.startOf(index) > 18) {
      const token = this.tokens.at(index);
      if ((token.payload as bigint) > maximumInt) {
        this.problems.report("C4M-T030", this.spanOf(token), "this number does not fit an int (64 bits)", {
          hint: "2^63 is allowed only directly behind a minus sign.",
        });
        return this.bad(token);
      }
    }
    return this.literalNode(index);
  });

  /** The tree of a literal token. Written out member by member: spreading a common part costs more than the rest of the parser. */
  private literalNode(index: number): Literal {
    const { tokens } = this;
    const span = { start: this.startOf(index), end: this.endOf(index) };
    const type = this.types[index];
    const raw = type === intLiteral ? tokens.digits(index) : tokens.text.slice(span.start, span.end);
    if (type === stringLiteral) {
      return {
        kind: "literal",
        raw,
        span,
        type: "string",
        value: tokens.payload(index) as string,
        pieces: tokens.piecesOf(index),
      };
    }
    if (type === intLiteral) return { kind: "literal", raw, span, type: "int", value: tokens.payload(index) as bigint };
    switch (tokens.at(index).tokenType) {
      case T.FloatLiteral:
        return { kind: "literal", raw, span, type: "float", value: tokens.payload(index) as number };
      case T.CharLiteral:
        return { kind: "literal", raw, span, type: "char", value: tokens.payload(index) as number };
      case T.BoolLiteral:
        return { kind: "literal", raw, span, type: "bool", value: raw === "true" || raw === "True" };
      default: {
        const { type: domain, value } = tokens.payload(index) as OtherValue;
        return { kind: "literal", raw, span, type: domain, value } as Literal;
      }
    }
  }

  /** What can begin an operand, and the rule that reads it. */
  private readonly primaries = [
    { types: [T.Identifier], rule: this.nameOrType },
    { types: literalTypes, rule: this.literal },
    { types: [T.LeftParen], rule: this.parenthesized },
    { types: [T.LeftBracket], rule: this.list },
    { types: [T.LeftBrace], rule: this.dict },
    { types: [T.Additive], rule: this.signed },
    { types: [T.Not], rule: this.negation },
    { types: [T.Func], rule: this.function },
    { types: [T.Backtick], rule: this.variableOperand },
  ];

  protected readonly primaryOf = T.byType(this.primaries);
}

function canonical(spelling: string): BinaryOperator {
  return canonicalOperator.get(spelling) ?? (spelling as BinaryOperator);
}
