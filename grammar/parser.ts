/**
 * Grammar rules of statements (`language.md` 2.2), and recovery from syntax errors (8.2).
 *
 * A statement that fails is skipped to its end. If its target was read before, the statement still counts as defining it: each rule leaves in
 * `partial` what the tree gets then (an assignment of a `bad` value, or a `bad` statement with the name it defines).
 */
import type { BadStatement, Block, Branch, Expression, FileNode, Formal, Name, Statement, VariableGroup } from "./ast.js";
import { syntaxFailure } from "./parser-base.js";
import { ExpressionParser } from "./parser-expressions.js";
import * as T from "./tokens.js";

/** Words of other languages that parse as sections here (C4M-W003). */
const foreignKeywords = new Set(
  "while foreach switch case def function fn class import include let const elseif elsif unless loop".split(" "),
);

/** Tokens that can begin a statement; of the others, closing brackets are C4M-P010 and the rest C4M-P011. */
const statementStart = T.tokenTable([
  ...[T.Identifier, T.IntLiteral, T.FloatLiteral, T.StringLiteral, T.CharLiteral, T.OtherLiteral, T.BoolLiteral, T.Damaged],
  ...[T.LeftParen, T.LeftBracket, T.LeftBrace, T.Backtick, T.Additive, T.Not, T.Tilde],
  ...[T.Func, T.Enum, T.Export, T.If, T.Elif, T.Else, T.For, T.Var, T.Return, T.Break, T.Continue],
]);

/** Behind these, `use` and `parameter` are ordinary identifiers (1.4). */
const makesOrdinary = T.tokenTable([T.Assign, T.Colon, T.SetVariable, T.Dot, T.Comma, T.LeftParen, T.LeftBrace]);

/** Statements that begin with an identifier (the table at the end of 2.2). */
type Form = "assign" | "set" | "unpack" | "section" | "use" | "parameter" | "expression" | "dottedSection" | "notAssignable";

/** `Omit` over each member of a union. */
type WithoutSpan<S> = S extends Statement ? Omit<S, "span"> : never;
type Partial = WithoutSpan<Statement>;

export class Parser extends ExpressionParser {
  private partial: Partial | undefined;
  private blockLevel = 0;
  private loopLevel = 0;
  /** Offset of the `{` of the block being read. */
  private innermostBrace = -1;
  private statementAlternatives: { ALT: () => Statement }[] | undefined;
  /** Unclosed opening braces of the file, found when first needed. */
  private unclosedBraces: Set<number> | undefined;

  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Parses the tokens that `begin` was given. */
  parseFile(): FileNode {
    this.partial = undefined;
    this.blockLevel = 0;
    this.loopLevel = 0;
    this.unclosedBraces = undefined;
    return this.file();
  }

  readonly file = this.RULE("file", (): FileNode => {
    const items: Statement[] = [];
    this.MANY({
      GATE: () => this.statementFollows(),
      DEF: () => items.push(this.SUBRULE(this.statement)),
    });
    const end = this.ahead(1).startOffset;
    return { kind: "file", items, comments: this.scanned.comments, span: { start: 0, end } };
  });

  /** Skips separators and reports what cannot begin a statement; false at the end of the block or file. */
  private statementFollows(): boolean {
    for (;;) {
      const token = this.peek();
      const type = token.tokenType;
      if ((statementStart[token.tokenTypeIdx] as number) > 0) return !(this.blockLevel > 0 && this.endsUnclosedBlock(token));
      if (type === T.EndOfFile || (type === T.RightBrace && this.blockLevel > 0)) return false;
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

  private strayBrace(token: T.Token): void {
    if (this.scanned.swallowed.opening > 0) this.scanned.swallowed.opening--;
    else this.problem("C4M-P010", this.spanOf(token), "this } closes nothing");
  }

  protected readonly statement = this.RULE("statement", (): Statement => {
    const first = this.ahead(1);
    const { depth, blockLevel, loopLevel, innermostBrace } = this;
    this.statementStart = first.startOffset;
    this.partial = undefined;
    this.statementAlternatives ??= [
      { ALT: () => this.identifierStatement() },
      { ALT: () => this.SUBRULE(this.ifStatement) },
      { ALT: () => this.SUBRULE(this.forStatement) },
      { ALT: () => this.SUBRULE(this.returnStatement) },
      { ALT: () => this.SUBRULE(this.loopControl) },
      { ALT: () => this.SUBRULE(this.lockAssignment) },
      { ALT: () => this.SUBRULE(this.variableDeclaration) },
      { ALT: () => this.SUBRULE(this.functionDeclaration) },
      { ALT: () => this.SUBRULE(this.enumOrExport) },
      { ALT: () => this.SUBRULE(this.danglingBranch) },
      { ALT: () => this.SUBRULE(this.expressionStatement) },
    ];
    try {
      return this.OR(this.statementAlternatives);
    } catch (error) {
      if (error !== syntaxFailure) throw error;
      this.depth = depth;
      this.blockLevel = blockLevel;
      this.loopLevel = loopLevel;
      this.innermostBrace = innermostBrace;
      this.skipStatement(first);
      const partial: Partial = this.partial ?? { kind: "bad", defines: undefined };
      this.partial = undefined;
      return { ...partial, span: this.spanFrom(first.startOffset) } as Statement;
    }
  });

  /** The rest of a failed statement that was about to define a name. */
  private defines(kind: NonNullable<BadStatement["defines"]>["kind"], path: readonly Name[]): void {
    this.partial = { kind: "bad", defines: { kind, path } };
  }

  private badValue(): Expression {
    const end = this.lastEnd();
    return { kind: "bad", span: { start: end, end } };
  }

  /** A simple statement must end here; the end itself is not consumed. */
  private endStatement(): void {
    if (this.RECORDING_PHASE || this.atEnd()) return;
    const token = this.peek();
    if (token.tokenType === T.RightParen || token.tokenType === T.RightBracket)
      this.fail("C4M-P010", "the statement should end here", this.spanOf(token));
    this.fail("C4M-P002", "the statement should end here", this.spanOf(token));
  }

  // ---- statements that begin with a name ---------------------------------------------------------------------------------------------------

  /** Chooses by looking ahead; for Chevrotain's analysis it is a choice like any other. */
  private identifierStatement(): Statement {
    if (this.RECORDING_PHASE)
      return this.OR1<Statement>([
        { ALT: () => this.SUBRULE(this.assignment) },
        { ALT: () => this.SUBRULE(this.variableAssignment) },
        { ALT: () => this.SUBRULE(this.unpackAssignment) },
        { ALT: () => this.SUBRULE(this.section) },
        { ALT: () => this.SUBRULE(this.useStatement) },
        { ALT: () => this.SUBRULE(this.parameterDeclaration) },
      ]);
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
  }

  private classify(): Form {
    const first = this.ahead(1);
    const second = this.ahead(2);
    if ((first.image === "use" || first.image === "parameter") && (makesOrdinary[second.tokenTypeIdx] as number) === 0)
      return first.image;
    let length = 1;
    for (let dot = second; dot.tokenType === T.Dot && this.continues(dot); dot = this.ahead(length + 1)) {
      if (this.ahead(length + 2).tokenType !== T.Identifier) return "expression";
      length += 2;
    }
    const next = length === 1 ? second : this.ahead(length + 1);
    const type = next.tokenType;
    if (type === T.LeftBrace) return length === 1 ? "section" : "dottedSection";
    if (!this.continues(next)) return "expression";
    if (type === T.Assign || type === T.Colon) return "assign";
    if (type === T.SetVariable) return length === 1 ? "set" : "notAssignable";
    if (type === T.Comma) return length === 1 ? "unpack" : "notAssignable";
    const tag = type === T.Identifier || type === T.StringLiteral || (type === T.Damaged && next.image.startsWith('"'));
    return tag && length === 1 ? "section" : "expression";
  }

  protected readonly path = this.RULE("path", (): Name[] => {
    const names = [this.nameOf(this.CONSUME(T.Identifier) as T.Token)];
    this.MANY({
      GATE: () => this.follows(T.Dot),
      DEF: () => {
        this.CONSUME(T.Dot);
        names.push(this.expectName(1, "C4M-P009", "a name is expected after the dot"));
      },
    });
    return names;
  });

  protected readonly assignment = this.RULE("assignment", (): Statement => {
    const path = this.SUBRULE(this.path);
    return this.SUBRULE(this.assignedValue, { ARGS: [path, false, this.RECORDING_PHASE ? 0 : (path[0] as Name).span.start] });
  });

  protected readonly lockAssignment = this.RULE("lockAssignment", (): Statement => {
    const tilde = this.CONSUME(T.Tilde) as T.Token;
    if (!this.RECORDING_PHASE && !this.follows(T.Identifier)) this.fail("C4M-P036", "an attribute is expected after `~`");
    const path = this.SUBRULE(this.path);
    this.ACTION(() => {
      if (this.follows(T.Assign) || this.follows(T.Colon)) return;
      this.partial = { kind: "assign", path, operator: "=", lock: true, value: this.badValue() };
      this.fail("C4M-P012", "`=` or `:` is expected after an attribute path", this.missingSpan(), {
        hint: this.at(T.SetVariable) ? "Variables cannot be locked." : undefined,
      });
    });
    return this.SUBRULE(this.assignedValue, { ARGS: [path, true, tilde.startOffset] });
  });

  /** `= value` behind the path. */
  protected readonly assignedValue = this.RULE("assignedValue", (path: Name[], lock: boolean, start: number): Statement => {
    const sign = this.OR([{ ALT: () => this.CONSUME(T.Assign) }, { ALT: () => this.CONSUME(T.Colon) }]);
    const operator = sign.image === "=" ? "=" : ":";
    this.partial = { kind: "assign", path, operator, lock, value: this.badValue() };
    const value = this.SUBRULE(this.expression);
    this.endStatement();
    return { kind: "assign", path, operator, lock, value, span: this.spanFrom(start) };
  });

  protected readonly variableAssignment = this.RULE("variableAssignment", (): Statement => {
    const name = this.nameOf(this.CONSUME(T.Identifier) as T.Token);
    this.CONSUME(T.SetVariable);
    this.partial = { kind: "set", name, value: this.badValue() };
    const value = this.SUBRULE(this.expression);
    this.endStatement();
    return { kind: "set", name, value, span: this.spanFrom(name.span.start) };
  });

  protected readonly unpackAssignment = this.RULE("unpackAssignment", (): Statement => {
    const names = [this.nameOf(this.CONSUME(T.Identifier) as T.Token)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.ACTION(() => {
        this.partial = { kind: "unpack", names, value: this.badValue() };
        const simple =
          this.follows(T.Identifier) && this.ahead(2).tokenType !== T.Dot && this.ahead(2).tokenType !== T.LeftBracket;
        const operand = (statementStart[this.peek().tokenTypeIdx] as number) > 0;
        if (!simple && operand) this.fail("C4M-P013", "only plain names can be unpacked into");
      });
      names.push(this.expectName(1));
    });
    this.ACTION(() => {
      this.partial = { kind: "unpack", names, value: this.badValue() };
      if (this.follows(T.Assign) || this.follows(T.Colon))
        this.fail("C4M-P014", "`:=` is expected, because only variables can be unpacked into");
    });
    this.expect(0, T.SetVariable, "C4M-P002", "`:=` is expected after the names");
    const value = this.SUBRULE(this.expression);
    this.endStatement();
    return { kind: "unpack", names, value, span: this.spanFrom((names[0] as Name).span.start) };
  });

  protected readonly section = this.RULE("section", (): Statement => {
    const name = this.nameOf(this.CONSUME(T.Identifier) as T.Token);
    this.defines("section", [name]);
    const tag = this.OPTION(() => {
      const token = this.OR([
        { ALT: () => this.CONSUME1(T.Identifier) },
        { ALT: () => this.CONSUME(T.StringLiteral) },
        { ALT: () => this.CONSUME(T.Damaged) },
      ]) as T.Token;
      const quoted = token.tokenType !== T.Identifier;
      const text = token.tokenType === T.StringLiteral ? (token.payload as string) : quoted ? "" : token.image;
      return { text, span: this.spanOf(token), quoted };
    });
    const header = this.spanFrom(name.span.start);
    this.ACTION(() => this.checkSectionHeader(name, tag));
    const body = this.OPTION1(() => this.SUBRULE(this.block));
    return { kind: "section", name, tag, body, header, span: this.spanFrom(name.span.start) };
  });

  private checkSectionHeader(name: Name, tag: Name | undefined): void {
    if (tag) this.defines("section", [name, tag]);
    if (!this.at(T.LeftBrace) && !this.atEnd()) this.fail("C4M-P003", "`{` is expected after a section header");
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
    return { kind: "expression", expression, span: expression.span };
  });

  /** `(a, b) := t` was meant as an unpacking: its names count as defined. */
  private unpackParenthesized(items: readonly Expression[]): void {
    const names = items.flatMap((item) => (item.kind === "name" ? [{ text: item.name, span: item.span }] : []));
    if (this.at(T.SetVariable) && names.length === items.length) this.partial = { kind: "unpack", names, value: this.badValue() };
  }

  protected readonly useStatement = this.RULE("useStatement", (): Statement => {
    const start = this.CONSUME(T.Identifier) as T.Token;
    const module = this.expectName(1, "C4M-P029", "the name of a module is expected after `use`");
    const from = this.OPTION({
      GATE: () => this.follows(T.From),
      DEF: () => {
        this.CONSUME(T.From);
        if (!this.RECORDING_PHASE && !this.follows(T.StringLiteral) && !this.follows(T.Damaged))
          this.fail("C4M-P030", "a string is expected after `from`");
        const token = this.OR([{ ALT: () => this.CONSUME(T.StringLiteral) }, { ALT: () => this.CONSUME(T.Damaged) }]) as T.Token;
        return { text: typeof token.payload === "string" ? token.payload : "", span: this.spanOf(token) };
      },
    });
    this.endStatement();
    return { kind: "use", module, from, span: this.spanFrom(start.startOffset) };
  });

  // ---- parameters ----------------------------------------------------------------------------------------------------------------------------

  protected readonly parameterDeclaration = this.RULE("parameterDeclaration", (): Statement => {
    const start = this.CONSUME(T.Identifier) as T.Token;
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem("C4M-P037", this.spanOf(start), "`parameter` is allowed at top level only");
    if (!this.RECORDING_PHASE && !this.follows(T.Identifier) && !this.follows(T.Var))
      this.fail("C4M-P031", "an attribute, or `var` and a name, is expected after `parameter`");
    const target = this.OR<(Statement & { kind: "parameter" })["target"]>([
      {
        ALT: () => {
          this.CONSUME(T.Var);
          const name = this.expectName(1, "C4M-P031", "the name of a variable is expected");
          return { kind: "variable", name };
        },
      },
      { ALT: () => ({ kind: "attribute", path: this.SUBRULE(this.path) }) },
    ]);
    this.ACTION(() => this.defines(target.kind, target.kind === "attribute" ? target.path : [target.name]));
    const properties: (Statement & { kind: "parameter" })["properties"][number][] = [];
    let hasBody = false;
    this.OPTION(() => {
      const brace = this.CONSUME(T.LeftBrace) as T.Token;
      hasBody = true;
      const outer = this.innermostBrace;
      this.enter(brace);
      this.innermostBrace = brace.startOffset;
      this.blockLevel++;
      this.MANY({
        GATE: () => this.propertyFollows(),
        DEF: () => {
          const property = this.SUBRULE(this.parameterProperty);
          if (property) properties.push(property);
        },
      });
      this.closeBlock(brace);
      this.innermostBrace = outer;
    });
    if (!hasBody) this.endStatement();
    return { kind: "parameter", target, properties, hasBody, span: this.spanFrom(start.startOffset) };
  });

  /** Skips separators and what is no property. */
  private propertyFollows(): boolean {
    for (;;) {
      const token = this.peek();
      const type = token.tokenType;
      if (type === T.Semicolon) this.SKIP_TOKEN();
      else if (type === T.RightBrace || type === T.EndOfFile || this.endsUnclosedBlock(token)) return false;
      else if (type === T.Identifier) return true;
      else {
        this.statementStart = token.startOffset;
        this.problem("C4M-P009", this.spanOf(token), "the name of a property is expected");
        this.skipStatement(token);
      }
    }
  }

  protected readonly parameterProperty = this.RULE("parameterProperty", () => {
    const first = this.ahead(1);
    const { depth } = this;
    this.statementStart = first.startOffset;
    try {
      const name = this.nameOf(this.CONSUME(T.Identifier) as T.Token);
      const sign = !this.RECORDING_PHASE && (this.follows(T.Assign) || this.follows(T.Colon) || this.follows(T.SetVariable));
      if (!this.RECORDING_PHASE && !sign) this.fail("C4M-P012", "`:` or `=` is expected after the name of a property");
      this.OR([
        { ALT: () => this.CONSUME(T.Assign) },
        { ALT: () => this.CONSUME(T.Colon) },
        { ALT: () => this.CONSUME(T.SetVariable) },
      ]);
      const value = this.SUBRULE(this.expression);
      this.endStatement();
      return { name, value, span: this.spanFrom(name.span.start) };
    } catch (error) {
      if (error !== syntaxFailure) throw error;
      this.depth = depth;
      this.skipStatement(first);
      return undefined;
    }
  });

  // ---- declarations --------------------------------------------------------------------------------------------------------------------------

  protected readonly variableDeclaration = this.RULE("variableDeclaration", (): Statement => {
    const start = this.CONSUME(T.Var) as T.Token;
    const groups: VariableGroup[] = [];
    this.SUBRULE(this.variableGroup, { ARGS: [groups] });
    this.MANY(() => {
      this.CONSUME(T.Comma);
      this.SUBRULE1(this.variableGroup, { ARGS: [groups] });
    });
    this.endStatement();
    return { kind: "var", groups, span: this.spanFrom(start.startOffset) };
  });

  protected readonly variableGroup = this.RULE("variableGroup", (groups: VariableGroup[] = []): void => {
    const names = [this.expectName(0)];
    this.MANY(() => {
      this.CONSUME(T.Comma);
      names.push(this.expectName(1));
    });
    this.ACTION(() => {
      const end = this.lastEnd();
      const open = { names, type: { kind: "bad", span: { start: end, end } } } as const;
      this.partial = { kind: "var", groups: [...groups, open] };
    });
    this.expect(0, T.Colon, "C4M-P023", "`:` and a type are expected after the names");
    const type = this.SUBRULE(this.plainType);
    groups.push({ names, type });
  });

  protected readonly enumOrExport = this.RULE("enumOrExport", (): Statement => {
    const start = this.OR([{ ALT: () => this.CONSUME(T.Enum) }, { ALT: () => this.CONSUME(T.Export) }]) as T.Token;
    const kind = start.tokenType === T.Enum ? "enum" : "export";
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem(kind === "enum" ? "C4M-P020" : "C4M-P022", this.spanOf(start), `\`${kind}\` is allowed at top level only`);
    const names: Name[] = [];
    this.partial = { kind, names };
    names.push(this.expectName(0));
    this.MANY(() => {
      this.CONSUME(T.Comma);
      names.push(this.expectName(1));
    });
    this.endStatement();
    return { kind, names, span: this.spanFrom(start.startOffset) };
  });

  protected readonly functionDeclaration = this.RULE("functionDeclaration", (): Statement => {
    const start = this.CONSUME(T.Func) as T.Token;
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem("C4M-P021", this.spanOf(start), "functions are declared at top level only");
    this.header++;
    const name = this.expectName(0, "C4M-P032", "the name of the function is expected");
    this.defines("function", [name]);
    const paren = this.expect(1, T.LeftParen, "C4M-P032", "`(` and the parameters are expected after the name of a function");
    const formals: Formal[] = [];
    this.open(paren);
    this.OPTION({
      GATE: () => !this.at(T.RightParen) && !this.closesImplicitly(),
      DEF: () => {
        formals.push(this.SUBRULE(this.formal));
        this.MANY(() => {
          this.CONSUME(T.Comma);
          formals.push(this.SUBRULE1(this.formal));
        });
      },
    });
    this.close(2, paren, T.RightParen, "C4M-P032", "`,` or `)` is expected after a parameter");
    const header = this.spanFrom(start.startOffset);
    const { loopLevel } = this;
    this.loopLevel = 0;
    const body = this.SUBRULE(this.headedBlock);
    this.loopLevel = loopLevel;
    return { kind: "function", name, formals, body, header, span: this.spanFrom(start.startOffset) };
  });

  protected readonly formal = this.RULE("formal", (): Formal => {
    const name = this.expectName(0, "C4M-P032", "the name of a parameter is expected");
    const type = this.OPTION(() => {
      this.CONSUME(T.Colon);
      return this.SUBRULE(this.plainType);
    });
    return { name, type };
  });

  // ---- control -------------------------------------------------------------------------------------------------------------------------------

  protected readonly ifStatement = this.RULE("ifStatement", (): Statement => {
    const start = this.CONSUME(T.If) as T.Token;
    const branches: Branch[] = [this.SUBRULE(this.branch)];
    this.MANY(() => {
      this.CONSUME(T.Elif);
      branches.push(this.SUBRULE1(this.branch));
    });
    const otherwise = this.OPTION(() => {
      this.CONSUME(T.Else);
      return this.SUBRULE(this.headedBlock);
    });
    return { kind: "if", branches, otherwise, span: this.spanFrom(start.startOffset) };
  });

  protected readonly branch = this.RULE("branch", (): Branch => {
    this.header++;
    const condition = this.SUBRULE(this.expression);
    const body = this.SUBRULE(this.headedBlock);
    return { condition, body };
  });

  /** `elif` or `else` without `if`: reported, then read like a branch, so that its contents are known. */
  protected readonly danglingBranch = this.RULE("danglingBranch", (): Statement => {
    const start = this.OR([{ ALT: () => this.CONSUME(T.Elif) }, { ALT: () => this.CONSUME(T.Else) }]) as T.Token;
    this.ACTION(() => this.problem("C4M-P035", this.spanOf(start), `\`${start.image}\` without \`if\``));
    let condition: Expression = { kind: "bad", span: this.spanOf(start) };
    this.OPTION({
      GATE: () => start.tokenType === T.Elif,
      DEF: () => {
        this.header++;
        condition = this.SUBRULE(this.expression);
      },
    });
    const body = this.SUBRULE(this.headedBlock);
    return { kind: "if", branches: [{ condition, body }], otherwise: undefined, span: this.spanFrom(start.startOffset) };
  });

  protected readonly forStatement = this.RULE("forStatement", (): Statement => {
    const start = this.CONSUME(T.For) as T.Token;
    this.header++;
    const index = this.expectName(0, "C4M-P028", "the name of the loop's index is expected after `for`");
    this.expect(1, T.From, "C4M-P028", "`from` is expected after the loop's index");
    const from = this.SUBRULE(this.expression);
    this.expect(2, T.To, "C4M-P028", "`to` is expected after the first bound");
    const to = this.SUBRULE1(this.expression);
    this.loopLevel++;
    const body = this.SUBRULE(this.headedBlock);
    this.loopLevel--;
    return { kind: "for", index, from, to, body, span: this.spanFrom(start.startOffset) };
  });

  protected readonly returnStatement = this.RULE("returnStatement", (): Statement => {
    const start = this.CONSUME(T.Return) as T.Token;
    const value = this.OPTION({ GATE: () => !this.atEnd(), DEF: () => this.SUBRULE(this.expression) });
    this.endStatement();
    return { kind: "return", value, span: this.spanFrom(start.startOffset) };
  });

  protected readonly loopControl = this.RULE("loopControl", (): Statement => {
    const word = this.OR([{ ALT: () => this.CONSUME(T.Break) }, { ALT: () => this.CONSUME(T.Continue) }]) as T.Token;
    const kind = word.tokenType === T.Break ? "break" : "continue";
    if (!this.RECORDING_PHASE && this.loopLevel === 0)
      this.problem(kind === "break" ? "C4M-P018" : "C4M-P019", this.spanOf(word), `\`${kind}\` outside a loop`);
    this.endStatement();
    return { kind, span: this.spanOf(word) };
  });

  // ---- blocks --------------------------------------------------------------------------------------------------------------------------------

  /** The block behind a header; C4M-P003 if it does not begin. */
  protected readonly headedBlock = this.RULE("headedBlock", (): Block => {
    if (!this.RECORDING_PHASE && !this.at(T.LeftBrace)) this.fail("C4M-P003", "`{` is expected");
    this.header = 0;
    return this.SUBRULE(this.block);
  });

  protected readonly block = this.RULE("block", (): Block => {
    const brace = this.CONSUME(T.LeftBrace) as T.Token;
    const outer = this.innermostBrace;
    this.enter(brace);
    this.innermostBrace = brace.startOffset;
    this.blockLevel++;
    const items: Statement[] = [];
    this.MANY({
      GATE: () => this.statementFollows(),
      DEF: () => items.push(this.SUBRULE(this.statement)),
    });
    this.closeBlock(brace);
    this.innermostBrace = outer;
    return { kind: "block", items, span: this.spanFrom(brace.startOffset) };
  });

  /** The `}`; if there is none the block ends here and C4M-P004 is reported at its opening brace. */
  private closeBlock(brace: T.Token): void {
    this.leave();
    this.blockLevel--;
    this.OPTION9({
      GATE: () => this.at(T.RightBrace),
      DEF: () => {
        this.CONSUME9(T.RightBrace);
        return true;
      },
    }) ?? this.ACTION(() => this.blockNotClosed(brace));
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
      notes: [
        { message: this.at(T.EndOfFile) ? "the file ends here" : "a declaration of the top level begins here", location: end },
      ],
    });
  }

  /** A `func`, `enum` or `export` that starts a line inside a block whose `}` is missing: it is assumed to stand before (8.2). */
  private endsUnclosedBlock(token: T.Token): boolean {
    const type = token.tokenType;
    if ((type !== T.Func && type !== T.Enum && type !== T.Export) || token.newLine === T.NewLine.none) return false;
    this.unclosedBraces ??= unclosedBraces(this.scanned.tokens);
    return this.unclosedBraces.has(this.innermostBrace);
  }
}

/** Offsets of the opening braces that no `}` closes. */
function unclosedBraces(tokens: readonly T.Token[]): Set<number> {
  const open: number[] = [];
  for (const token of tokens) {
    if (token.tokenType === T.LeftBrace) open.push(token.startOffset);
    else if (token.tokenType === T.RightBrace) open.pop();
  }
  return new Set(open);
}
