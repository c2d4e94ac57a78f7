/** Grammar rules of declarations: `var`, `enum`, `export`, `func`, `parameter`, `use` (`language.md` 2.2, 7.4). */

import type { Formal, Name, Statement, VariableGroup } from "./ast.js";
import { maximumDepth, syntaxFailure } from "./parser-base.js";
import { BlockParser } from "./parser-blocks.js";
import * as T from "./tokens.js";

export abstract class DeclarationParser extends BlockParser {
  protected readonly path = this.RULE("path", (): Name[] => {
    const names = [this.nameOf(this.CONSUME(T.Identifier))];
    if (!this.RECORDING_PHASE && !this.follows(T.Dot)) return names;
    this.MANY({
      GATE: () => this.follows(T.Dot),
      DEF: () => {
        this.CONSUME(T.Dot);
        names.push(this.expectName(1, "C4M-P009", "a name is expected after the dot"));
      },
    });
    // Every name but the last is a section.
    const tooDeep = names[maximumDepth];
    if (tooDeep !== undefined) this.problem("C4M-P038", tooDeep.span, `nesting is deeper than ${maximumDepth} levels`);
    return names;
  });

  protected readonly useStatement = this.RULE("useStatement", (): Statement => {
    const start = this.CONSUME(T.Identifier);
    const module = this.expectName(1, "C4M-P029", "the name of a module is expected after `use`");
    const from = this.OPTION({
      GATE: () => this.follows(T.From),
      DEF: () => {
        this.CONSUME(T.From);
        if (!this.RECORDING_PHASE && !this.follows(T.StringLiteral) && !this.follows(T.Damaged))
          this.fail("C4M-P030", "a string is expected after `from`");
        const token = this.oneOf(T.StringLiteral, T.Damaged);
        return { text: typeof token.payload === "string" ? token.payload : "", span: this.spanOf(token) };
      },
    });
    this.endStatement();
    return { kind: "use", module, from, span: this.spanFrom(start.startOffset) };
  });

  protected readonly parameterDeclaration = this.RULE("parameterDeclaration", (): Statement => {
    const start = this.CONSUME(T.Identifier);
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem("C4M-P037", this.spanOf(start), "`parameter` is allowed at top level only");
    if (!this.RECORDING_PHASE && !this.follows(T.Identifier) && !this.follows(T.Var))
      this.fail("C4M-P031", "an attribute, or `var` and a name, is expected after `parameter`");
    const target = this.oneWay<(Statement & { kind: "parameter" })["target"]>([
      {
        GATE: () => this.at(T.Var),
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
    this.OPTION({
      GATE: () => this.at(T.LeftBrace),
      DEF: () => {
        const opening = this.next;
        const brace = this.CONSUME(T.LeftBrace);
        hasBody = true;
        const outer = this.innermostBrace;
        this.enter();
        this.innermostBrace = brace.startOffset;
        this.blockLevel++;
        this.MANY({
          GATE: () => this.propertyFollows(),
          DEF: () => {
            const property = this.SUBRULE(this.parameterProperty);
            if (property) properties.push(property);
          },
        });
        this.closeBlock(opening);
        this.innermostBrace = outer;
      },
    });
    if (!hasBody) {
      if (!this.RECORDING_PHASE && !this.atEnd() && this.hasSurplusBrace()) this.expectStrayBrace();
      this.endStatement();
    }
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
      const name = this.nameOf(this.CONSUME(T.Identifier));
      const sign = !this.RECORDING_PHASE && (this.follows(T.Assign) || this.follows(T.Colon) || this.follows(T.SetVariable));
      if (!this.RECORDING_PHASE && !sign) this.fail("C4M-P012", "`:` or `=` is expected after the name of a property");
      this.oneOf(T.Assign, T.Colon, T.SetVariable);
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

  protected readonly variableDeclaration = this.RULE("variableDeclaration", (): Statement => {
    const start = this.CONSUME(T.Var);
    const groups: VariableGroup[] = [];
    this.SUBRULE(this.variableGroup, { ARGS: [groups] });
    this.MANY({
      GATE: () => this.at(T.Comma),
      DEF: () => {
        this.CONSUME(T.Comma);
        this.SUBRULE1(this.variableGroup, { ARGS: [groups] });
      },
    });
    this.endStatement();
    return { kind: "var", groups, span: this.spanFrom(start.startOffset) };
  });

  protected readonly variableGroup = this.RULE("variableGroup", (groups: VariableGroup[] = []): void => {
    const names = [this.expectName(0)];
    this.furtherNames(names);
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
    const start = this.oneOf(T.Enum, T.Export);
    const kind = start.tokenType === T.Enum ? "enum" : "export";
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem(kind === "enum" ? "C4M-P020" : "C4M-P022", this.spanOf(start), `\`${kind}\` is allowed at top level only`);
    const names: Name[] = [];
    this.partial = { kind, names };
    names.push(this.expectName(0));
    this.furtherNames(names);
    this.endStatement();
    return { kind, names, span: this.spanFrom(start.startOffset) };
  });

  /** The rest of a list of names. */
  private furtherNames(names: Name[]): void {
    this.MANY({
      GATE: () => this.at(T.Comma),
      DEF: () => {
        this.CONSUME(T.Comma);
        names.push(this.expectName(1));
      },
    });
  }

  protected readonly functionDeclaration = this.RULE("functionDeclaration", (): Statement => {
    const start = this.CONSUME(T.Func);
    if (!this.RECORDING_PHASE && this.blockLevel > 0)
      this.problem("C4M-P021", this.spanOf(start), "functions are declared at top level only");
    this.header++;
    const name = this.expectName(0, "C4M-P032", "the name of the function is expected");
    this.defines("function", [name]);
    this.expect(1, T.LeftParen, "C4M-P032", "`(` and the parameters are expected after the name of a function");
    const formals: Formal[] = [];
    this.open();
    this.OPTION({
      GATE: () => this.at(T.Identifier) && !this.closesImplicitly(),
      DEF: () => {
        formals.push(this.SUBRULE(this.formal));
        this.MANY({
          GATE: () => this.at(T.Comma),
          DEF: () => {
            this.CONSUME(T.Comma);
            formals.push(this.SUBRULE1(this.formal));
          },
        });
      },
    });
    this.close(2, T.RightParen, "C4M-P032", "`,` or `)` is expected after a parameter");
    const header = this.spanFrom(start.startOffset);
    const { loopLevel } = this;
    this.loopLevel = 0;
    const body = this.headedBlock();
    this.loopLevel = loopLevel;
    return { kind: "function", name, formals, body, header, span: this.spanFrom(start.startOffset) };
  });

  protected readonly formal = this.RULE("formal", (): Formal => {
    const name = this.expectName(0, "C4M-P032", "the name of a parameter is expected");
    const type = this.OPTION({
      GATE: () => this.at(T.Colon),
      DEF: () => {
        this.CONSUME(T.Colon);
        return this.SUBRULE(this.plainType);
      },
    });
    return { name, type };
  });
}
