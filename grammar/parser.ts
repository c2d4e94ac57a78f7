/**
 * Grammar rules of statements (`language.md` 2.2): the choice of the statement, assignments, sections, control flow, and recovery from syntax
 * errors (8.2).
 */
import type { ParserMethod, TokenType } from "chevrotain";
import type { Branch, Expression, FileNode, Name, Statement } from "./ast.js";
import { syntaxFailure } from "./parser-base.js";
import type { Partial } from "./parser-blocks.js";
import { DeclarationParser } from "./parser-declarations.js";
import * as T from "./tokens.js";

/** Words of other languages that parse as sections here (C4M-W003). */
const foreignKeywords = new Set(
  "while foreach switch case def function fn class import include let const elseif elsif unless loop".split(" "),
);

/** Behind these, `use` and `parameter` are ordinary identifiers (1.4). */
const makesOrdinary = T.tokenTable([T.Assign, T.Colon, T.SetVariable, T.Dot, T.Comma, T.LeftParen, T.LeftBrace]);

const indexOf = (type: TokenType): number => type.tokenTypeIdx as number;
const [assign, colon, setVariable, comma, dot] = [T.Assign, T.Colon, T.SetVariable, T.Comma, T.Dot].map(indexOf) as [
  number,
  number,
  number,
  number,
  number,
];
const [identifier, stringLiteral, damaged, leftBrace] = [T.Identifier, T.StringLiteral, T.Damaged, T.LeftBrace].map(indexOf) as [
  number,
  number,
  number,
  number,
];

/** Words that begin a statement of their own, unless something follows that makes them ordinary names. */
const softKeywords: ReadonlySet<string> = new Set(["use", "parameter"]);

/** The signs of an attribute assignment. */
const assigns = T.tokenTable([T.Assign, T.Colon]);

const branches = T.tokenTable([T.Elif, T.Else]);

/** What can be the tag of a section. */
const tags = T.tokenTable([T.Identifier, T.StringLiteral, T.Damaged]);

/** Statements that begin with an identifier (the table at the end of 2.2). */
type Form = "assign" | "set" | "unpack" | "section" | "use" | "parameter" | "expression" | "dottedSection" | "notAssignable";

export class Parser extends DeclarationParser {
  constructor(validate = false) {
    super(validate);
    if (validate) this.performSelfAnalysis();
  }

  /** Parses the tokens that `begin` was given. */
  parseFile(): FileNode {
    this.partial = undefined;
    this.blockLevel = 0;
    this.loopLevel = 0;
    this.unclosed = undefined;
    this.lastStrayBrace = undefined;
    this.lowest = undefined;
    this.previousFailed = false;
    this.branchBraces.clear();
    this.foreignColumns.clear();
    return this.file();
  }

  readonly file = this.RULE("file", (): FileNode => {
    const items: Statement[] = [];
    this.MANY({
      GATE: () => this.statementFollows(),
      DEF: () => items.push(this.SUBRULE(this.statement)),
    });
    const end = this.RECORDING_PHASE ? 0 : this.startOf(this.next);
    return { kind: "file", items, comments: this.scanned.comments, span: { start: 0, end } };
  });

  protected readonly statement = this.RULE("statement", (): Statement => {
    if (this.RECORDING_PHASE) return this.recordChoice(this.choices.map(({ rule }) => rule));
    const { depth, blockLevel, loopLevel, innermostBrace, next: first } = this;
    const type = this.peekType();
    const start = this.startOf(first);
    this.statementStart = start;
    this.partial = undefined;
    this.assigned = undefined;
    try {
      const read = (this.ruleOf[type] ?? this.expressionStatement)();
      // A branch without `if` has been reported; those that follow it are part of the same mistake.
      this.previousFailed = (branches[type] as number) > 0;
      return read;
    } catch (error) {
      if (error !== syntaxFailure) throw error;
      this.depth = depth;
      this.blockLevel = blockLevel;
      this.loopLevel = loopLevel;
      this.innermostBrace = innermostBrace;
      this.skipStatement(this.tokens.at(first));
      this.previousFailed = true;
      const partial: Partial = this.partial ?? this.partialAssignment() ?? { kind: "bad", defines: undefined };
      this.partial = undefined;
      this.assigned = undefined;
      return { ...partial, span: this.spanFrom(start) } as Statement;
    }
  });

  /** For Chevrotain's analysis: alternatives that one token does not tell apart, because the choice is made by looking further (`classify`). */
  private recordChoice(rules: readonly ParserMethod<[], Statement>[]): Statement {
    return this.OR1({ DEF: rules.map((rule) => ({ ALT: () => this.SUBRULE(rule) })), IGNORE_AMBIGUITIES: true });
  }

  private partialAssignment(): Partial | undefined {
    const { assigned: path, assignedBy, assignedLock: lock } = this;
    if (path === undefined) return undefined;
    const end = this.endOf(assignedBy);
    const value: Expression = { kind: "bad", span: { start: end, end } };
    return { kind: "assign", path, operator: this.types[assignedBy] === assign ? "=" : ":", lock, value };
  }

  // ---- statements that begin with a name ---------------------------------------------------------------------------------------------------

  /** Chooses by looking ahead; for Chevrotain's analysis it is a choice like any other. */
  protected readonly identifierStatement = this.RULE("identifierStatement", (): Statement => {
    if (this.RECORDING_PHASE) return this.recordChoice(this.identifierRules);
    const second = this.next + 1;
    if ((assigns[this.types[second] as number] as number) > 0 && this.continuesAt(second)) {
      // The most frequent of all statements; no need to look further.
      const name = this.takeName();
      return this.assignedValue([name], false, name.span.start);
    }
    const tag = this.plainHeader();
    if (tag >= 0) return this.plainSection(tag === 1);
    switch (this.classify()) {
      case "assign":
        return this.SUBRULE(this.assignment);
      case "section":
        return this.SUBRULE(this.section);
      case "set":
        return this.SUBRULE(this.variableAssignment);
      case "unpack":
        return this.SUBRULE(this.unpackAssignment);
      case "use":
        return this.SUBRULE(this.useStatement);
      case "parameter":
        return this.SUBRULE(this.parameterDeclaration);
      case "expression":
        return this.SUBRULE1(this.expressionStatement);
      case "dottedSection": {
        const path = this.SUBRULE(this.path);
        this.defines("section", path);
        return this.fail("C4M-P012", "`=` or `:` is expected after an attribute path", this.missingSpan(), {
          hint: "A section header takes one name; nest the sections instead.",
        });
      }
      default: {
        const path = this.SUBRULE1(this.path);
        this.partial = { kind: "assign", path, operator: "=", lock: false, value: this.badValue() };
        return this.fail("C4M-P013", "only plain names can be variables", this.spanFrom((path[0] as Name).span.start), {
          hint: "Attributes are assigned with `=` or `:`, one at a time.",
        });
      }
    }
  });

  /** Is this surely the header of a section, on one line with its brace? 0: without a tag, 1: with one, -1: it needs a closer look. */
  private plainHeader(): number {
    const { next, types } = this;
    const second = types[next + 1] as number;
    const hasTag = second === identifier || second === stringLiteral;
    const brace = hasTag ? next + 2 : next + 1;
    if (types[brace] !== leftBrace || this.newLineAt(next + 1) !== T.NewLine.none || this.newLineAt(brace) !== T.NewLine.none)
      return -1;
    // `use x {`
    if (hasTag && softKeywords.has(this.tokens.image(next))) return -1;
    return hasTag ? 1 : 0;
  }

  private plainSection(hasTag: boolean): Statement {
    const start = this.startOf(this.next);
    const name = this.takeName();
    const tag = hasTag ? this.sectionTag() : undefined;
    const header = this.spanFrom(start);
    this.checkSectionHeader(name, tag);
    const body = this.block();
    return { kind: "section", name, tag, body, header, span: this.spanFrom(start) };
  }

  private classify(): Form {
    const { next, types } = this;
    const second = types[next + 1] as number;
    if ((makesOrdinary[second] as number) === 0) {
      const word = this.tokens.image(next);
      if (softKeywords.has(word)) return word as Form;
    }
    let length = 1;
    for (; types[next + length] === dot && this.continuesAt(next + length); length += 2)
      if (types[next + length + 1] !== identifier) return "expression";
    const behind = next + length;
    const type = types[behind] as number;
    if (type === leftBrace) return length === 1 ? "section" : "dottedSection";
    if (!this.continuesAt(behind))
      return length === 1 && this.lacksBrace(this.spanOf(this.peek()), this.tokens.at(behind)) ? "section" : "expression";
    if (type === assign || type === colon) return "assign";
    if (type === setVariable) return length === 1 ? "set" : "notAssignable";
    if (type === comma) return length === 1 ? "unpack" : "notAssignable";
    const tag = type === identifier || type === stringLiteral || (type === damaged && this.tokens.image(behind).startsWith('"'));
    return tag && length === 1 ? "section" : "expression";
  }

  protected readonly assignment = this.RULE("assignment", (): Statement => {
    const path = this.SUBRULE(this.path);
    return this.assignedValue(path, false, this.RECORDING_PHASE ? 0 : (path[0] as Name).span.start);
  });

  protected readonly lockAssignment = this.RULE("lockAssignment", (): Statement => {
    const tilde = this.CONSUME(T.Tilde);
    if (!this.RECORDING_PHASE && !this.follows(T.Identifier)) this.fail("C4M-P036", "an attribute is expected after `~`");
    const path = this.SUBRULE(this.path);
    this.ACTION(() => {
      if (this.follows(T.Assign) || this.follows(T.Colon)) return;
      this.partial = { kind: "assign", path, operator: "=", lock: true, value: this.badValue() };
      this.fail("C4M-P012", "`=` or `:` is expected after an attribute path", this.missingSpan(), {
        hint: this.at(T.SetVariable) ? "Variables cannot be locked." : undefined,
      });
    });
    return this.assignedValue(path, true, tilde.startOffset);
  });

  /** `= value` behind the path. */
  private assignedValue(path: Name[], lock: boolean, start: number): Statement {
    if (this.RECORDING_PHASE) this.oneOf(T.Assign, T.Colon);
    const sign = this.next++;
    const operator = this.types[sign] === assign ? "=" : ":";
    this.partial = undefined;
    this.assigned = path;
    this.assignedBy = sign;
    this.assignedLock = lock;
    const value = this.value();
    this.endStatement();
    return { kind: "assign", path, operator, lock, value, span: this.spanFrom(start) };
  }

  /** The right-hand side. Where a bracket of it is missing, nobody knows its type. */
  private value(): Expression {
    const value = this.RECORDING_PHASE ? this.SUBRULE(this.expression) : this.expression();
    return this.wasCutOff() ? this.badValue() : value;
  }

  protected readonly variableAssignment = this.RULE("variableAssignment", (): Statement => {
    const name = this.nameOf(this.CONSUME(T.Identifier));
    this.CONSUME(T.SetVariable);
    this.partial = { kind: "set", name, value: this.badValue() };
    const value = this.value();
    this.endStatement();
    return { kind: "set", name, value, span: this.spanFrom(name.span.start) };
  });

  protected readonly unpackAssignment = this.RULE("unpackAssignment", (): Statement => {
    const names = [this.nameOf(this.CONSUME(T.Identifier))];
    this.MANY({
      GATE: () => this.at(T.Comma),
      DEF: () => {
        this.CONSUME(T.Comma);
        this.ACTION(() => {
          this.partial = { kind: "unpack", names, value: this.badValue() };
          const simple =
            this.follows(T.Identifier) && this.ahead(2).tokenType !== T.Dot && this.ahead(2).tokenType !== T.LeftBracket;
          const operand = this.startsStatement(this.peek());
          if (!simple && operand) this.fail("C4M-P013", "only plain names can be unpacked into");
        });
        names.push(this.expectName(1));
      },
    });
    this.ACTION(() => {
      this.partial = { kind: "unpack", names, value: this.badValue() };
      if (this.follows(T.Assign) || this.follows(T.Colon))
        this.fail("C4M-P014", "`:=` is expected, because only variables can be unpacked into");
    });
    this.expect(0, T.SetVariable, "C4M-P002", "`:=` is expected after the names");
    const value = this.value();
    this.endStatement();
    return { kind: "unpack", names, value, span: this.spanFrom((names[0] as Name).span.start) };
  });

  protected readonly section = this.RULE("section", (): Statement => {
    const name = this.nameOf(this.CONSUME(T.Identifier));
    this.defines("section", [name]);
    const tag = this.OPTION({
      GATE: () => (tags[this.peek().tokenTypeIdx] as number) > 0 && this.continues(this.peek()),
      DEF: () => this.sectionTag(),
    });
    const header = this.spanFrom(name.span.start);
    if (this.RECORDING_PHASE) this.OPTION1(() => this.SUBRULE(this.block));
    else if (tag && !tag.quoted && this.isTarget() && this.hasSurplusBrace()) {
      // `box x = 1 }`: the word behind the name was no tag, the brace before it is missing.
      this.stepBack();
      const body = this.assumedBlock("`{` is expected after a section header");
      return { kind: "section", name, tag: undefined, body, header: name.span, span: this.spanFrom(name.span.start) };
    } else if (this.atEnd() && this.lacksBrace(name.span, this.peek())) {
      if (tag) this.defines("section", [name, tag]);
      const body = this.assumedBlock("`{` is expected after a section header");
      return { kind: "section", name, tag, body, header, span: this.spanFrom(name.span.start) };
    } else if (tag && this.endsInForeignWord()) {
      const body = this.foreignBlock();
      return { kind: "section", name, tag, body, header, span: this.spanFrom(name.span.start) };
    } else this.checkSectionHeader(name, tag);
    const body = !this.RECORDING_PHASE && this.at(T.LeftBrace) ? this.SUBRULE1(this.block) : undefined;
    return { kind: "section", name, tag, body, header, span: this.spanFrom(name.span.start) };
  });

  /** `sink x then`, `sink x:` */
  private endsInForeignWord(): boolean {
    const behind = this.ahead(2);
    return this.atForeignWord() && (behind.newLine !== T.NewLine.none || behind.tokenType === T.LeftBrace);
  }

  /** Is the token before this one the target of an assignment? */
  private isTarget(): boolean {
    return this.at(T.Assign) || (this.at(T.Colon) && !this.endsInForeignWord()) || this.at(T.SetVariable) || this.at(T.Dot);
  }

  private sectionTag(): Name & { quoted: boolean } {
    if (this.types[this.next] === identifier) {
      const { text, span } = this.takeName();
      return { text, span, quoted: false };
    }
    const token = this.oneOf(T.Damaged, T.StringLiteral, T.Identifier);
    const quoted = token.tokenType !== T.Identifier;
    const text = token.tokenType === T.StringLiteral ? (token.payload as string) : quoted ? "" : token.image;
    return { text, span: this.spanOf(token), quoted };
  }

  private checkSectionHeader(name: Name, tag: Name | undefined): void {
    if (tag) this.defines("section", [name, tag]);
    if (!this.at(T.LeftBrace) && !this.atEnd()) {
      this.expectStrayBrace();
      this.fail("C4M-P003", "`{` is expected after a section header");
    }
    if (foreignKeywords.has(name.text))
      this.problem("C4M-W003", name.span, `this opens a section named ${name.text}; there is no such statement`);
  }

  protected readonly expressionStatement = this.RULE("expressionStatement", (): Statement => {
    const expression = this.SUBRULE(this.expression);
    this.ACTION(() => {
      if (this.follows(T.Assign) || this.follows(T.Colon) || this.follows(T.SetVariable)) {
        if (expression.kind === "tuple") this.unpackParenthesized(expression.items);
        this.fail("C4M-P013", "this cannot be assigned to", expression.span);
      }
    });
    this.endStatement();
    if (this.wasCutOff()) return { kind: "bad", defines: undefined, span: expression.span };
    return { kind: "expression", expression, span: expression.span };
  });

  /** `(a, b) := t` was meant as an unpacking: its names count as defined. */
  private unpackParenthesized(items: readonly Expression[]): void {
    const names = items.flatMap((item) => (item.kind === "name" ? [{ text: item.name, span: item.span }] : []));
    if (this.at(T.SetVariable) && names.length === items.length) this.partial = { kind: "unpack", names, value: this.badValue() };
  }

  protected readonly ifStatement = this.RULE("ifStatement", (): Statement => {
    const start = this.CONSUME(T.If);
    const branches: Branch[] = [this.SUBRULE(this.branch)];
    this.MANY({
      GATE: () => this.at(T.Elif),
      DEF: () => {
        this.CONSUME(T.Elif);
        branches.push(this.SUBRULE1(this.branch));
      },
    });
    const otherwise = this.OPTION({
      GATE: () => this.at(T.Else),
      DEF: () => {
        this.CONSUME(T.Else);
        return this.headedBlock();
      },
    });
    return { kind: "if", branches, otherwise, span: this.spanFrom(start.startOffset) };
  });

  protected readonly branch = this.RULE("branch", (): Branch => {
    this.header++;
    const condition = this.SUBRULE(this.expression);
    if (!this.RECORDING_PHASE) this.branchBraces.add(this.peek().startOffset);
    const body = this.headedBlock();
    return { condition, body };
  });

  /** `elif` or `else` without `if`: reported, then read like a branch, so that its contents are known. */
  protected readonly danglingBranch = this.RULE("danglingBranch", (): Statement => {
    if (!this.RECORDING_PHASE && this.endsForeignBlock(this.peek())) throw syntaxFailure;
    const start = this.oneOf(T.Elif, T.Else);
    // Behind a statement that failed it may well belong to an `if` that could not be read.
    this.ACTION(() => this.previousFailed || this.problem("C4M-P035", this.spanOf(start), `\`${start.image}\` without \`if\``));
    if (!this.RECORDING_PHASE && start.tokenType === T.Else && !this.at(T.LeftBrace)) throw syntaxFailure;
    let condition: Expression = { kind: "bad", span: this.spanOf(start) };
    this.OPTION({
      GATE: () => start.tokenType === T.Elif && this.operandFollows(),
      DEF: () => {
        this.header++;
        condition = this.SUBRULE(this.expression);
      },
    });
    const body = this.headedBlock();
    return { kind: "if", branches: [{ condition, body }], otherwise: undefined, span: this.spanFrom(start.startOffset) };
  });

  protected readonly forStatement = this.RULE("forStatement", (): Statement => {
    const start = this.CONSUME(T.For);
    this.header++;
    const index = this.expectName(0, "C4M-P028", "the name of the loop's index is expected after `for`");
    this.expect(1, T.From, "C4M-P028", "`from` is expected after the loop's index");
    const from = this.SUBRULE(this.expression);
    this.expect(2, T.To, "C4M-P028", "`to` is expected after the first bound");
    const to = this.SUBRULE1(this.expression);
    this.loopLevel++;
    const body = this.headedBlock();
    this.loopLevel--;
    return { kind: "for", index, from, to, body, span: this.spanFrom(start.startOffset) };
  });

  protected readonly returnStatement = this.RULE("returnStatement", (): Statement => {
    const start = this.CONSUME(T.Return);
    const value = this.OPTION({ GATE: () => !this.atEnd() && this.operandFollows(), DEF: () => this.SUBRULE(this.expression) });
    this.endStatement();
    return { kind: "return", value, span: this.spanFrom(start.startOffset) };
  });

  protected readonly loopControl = this.RULE("loopControl", (): Statement => {
    const word = this.oneOf(T.Break, T.Continue);
    const kind = word.tokenType === T.Break ? "break" : "continue";
    if (!this.RECORDING_PHASE && this.loopLevel === 0)
      this.problem(kind === "break" ? "C4M-P018" : "C4M-P019", this.spanOf(word), `\`${kind}\` outside a loop`);
    this.endStatement();
    return { kind, span: this.spanOf(word) };
  });

  /** What can begin a statement, and the rule that reads it. Everything else is an expression. */
  private readonly choices = [
    { types: [T.Identifier], rule: this.identifierStatement },
    { types: [T.If], rule: this.ifStatement },
    { types: [T.For], rule: this.forStatement },
    { types: [T.Return], rule: this.returnStatement },
    { types: [T.Break, T.Continue], rule: this.loopControl },
    { types: [T.Tilde], rule: this.lockAssignment },
    { types: [T.Var], rule: this.variableDeclaration },
    { types: [T.Func], rule: this.functionDeclaration },
    { types: [T.Enum, T.Export], rule: this.enumOrExport },
    { types: [T.Elif, T.Else], rule: this.danglingBranch },
    { types: [], rule: this.expressionStatement },
  ];

  private readonly identifierRules = [
    ...[this.assignment, this.variableAssignment, this.unpackAssignment, this.section],
    ...[this.useStatement, this.parameterDeclaration],
  ];

  private readonly ruleOf = T.byType(this.choices);
}
