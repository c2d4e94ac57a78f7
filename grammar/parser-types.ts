/** Grammar rules of types in source text (`language.md` 2.4). */
import type { ParserMethod, TokenType } from "chevrotain";
import type { BasicTypeName, Expression, SignatureNode, TypeNode } from "./ast.js";
import { foreignTypeHint } from "./foreign-names.js";
import { overlap } from "./overlap.js";
import { ParserBase } from "./parser-base.js";
import { didYouMean, suggest } from "./suggest.js";
import * as T from "./tokens.js";
import { basicTypeNames, constructorNames, isTypeName } from "./type-names.js";

export abstract class TypeParser extends ParserBase {
  /** A type, unions included. */
  protected readonly type = this.RULE("type", (): TypeNode => {
    const first = this.SUBRULE(this.typeAtom);
    if (!this.RECORDING_PHASE && !this.unionContinues()) return first;
    return this.SUBRULE(this.alternatives, { ARGS: [first] });
  });

  /** The alternatives of a union behind its first. */
  protected readonly alternatives = this.RULE("alternatives", (first: TypeNode): TypeNode => {
    const alternatives = [first];
    this.MANY({
      GATE: () => this.unionContinues(),
      DEF: () => {
        this.CONSUME(T.Or);
        alternatives.push(this.SUBRULE(this.typeAtom));
      },
    });
    if (alternatives.length === 1) return first;
    return this.ACTION(() => this.checkedUnion({ kind: "union", alternatives, span: this.spanFrom(first.span.start) }));
  });

  private checkedUnion(union: TypeNode & { kind: "union" }): TypeNode {
    const clash = overlap(union.alternatives);
    if (clash === undefined) return union;
    this.problem("C4M-P026", clash.span, "this alternative of the union cannot be told from an earlier one");
    return { kind: "bad", span: union.span };
  }

  private unionContinues(): boolean {
    if (!this.follows(T.Or)) return false;
    return !this.inExpression || this.typeStartsAt(2);
  }

  /** Whether the token `distance` ahead can only begin a type, where an operand may stand. */
  protected typeStartsAt(distance: number): boolean {
    const token = this.ahead(distance);
    if (token.tokenType === T.Backtick) return true;
    const next = this.ahead(distance + 1);
    if (token.tokenType === T.Func) return next.tokenType !== T.Identifier;
    if (token.tokenType !== T.Identifier || !isTypeName(token.image)) return false;
    return next.tokenType !== T.LeftParen || !this.continues(next);
  }

  /** A type as an operand; what can begin it is told apart by the callers. */
  protected readonly namedTypeOperand = this.RULE("namedTypeOperand", () => this.typeOperand(this.namedType));
  protected readonly variableOperand = this.RULE("variableOperand", () => this.typeOperand(this.typeVariable));
  protected readonly functionTypeOperand = this.RULE("functionTypeOperand", () => this.typeOperand(this.functionType));

  private typeOperand(firstRule: ParserMethod<[], TypeNode>): Expression {
    const outer = this.inExpression;
    this.inExpression = true;
    const first = this.SUBRULE(firstRule);
    const type = this.SUBRULE(this.alternatives, { ARGS: [first] });
    this.inExpression = outer;
    return this.ACTION(() => (type.kind === "bad" ? { kind: "bad", span: type.span } : { kind: "type", type, span: type.span }));
  }

  /** A type between brackets or after a colon: `or` always continues a union. A failure resets the flag (`skipStatement`). */
  protected readonly plainType = this.RULE("plainType", (): TypeNode => {
    const outer = this.inExpression;
    this.inExpression = false;
    const type = this.SUBRULE(this.type);
    this.inExpression = outer;
    return type;
  });

  /** The signature of a function reference: behind its result type, `or` follows the rule of expressions. */
  protected readonly referenceSignature = this.RULE("referenceSignature", (): SignatureNode => {
    const outer = this.inExpression;
    this.inExpression = true;
    const signature = this.SUBRULE(this.signature);
    this.inExpression = outer;
    return signature;
  });

  protected readonly typeAtom = this.RULE("typeAtom", (): TypeNode => {
    if (this.RECORDING_PHASE) return this.OR(this.atoms.map(({ rule }) => ({ ALT: () => this.SUBRULE(rule) })));
    this.checkTypeStart();
    return this.SUBRULE(this.atomOf[this.peek().tokenTypeIdx] ?? this.damagedType);
  });

  protected readonly damagedType = this.RULE("damagedType", (): TypeNode => {
    const token = this.CONSUME(T.Damaged);
    return { kind: "bad", span: this.spanOf(token) };
  });

  /** Inside the brackets of a type: false if they end here, an error if something else than a type stands here. */
  private typeFollows(closer: TokenType): boolean {
    if (this.at(closer) || this.closesImplicitly()) return false;
    if (this.peek().image !== "*") this.checkTypeStart();
    return true;
  }

  private checkTypeStart(): void {
    const token = this.peek();
    const type = token.tokenType;
    const possible =
      type === T.Identifier || type === T.Backtick || type === T.Func || type === T.LeftParen || type === T.Damaged;
    if (!possible || !this.continues(token)) this.fail("C4M-P023", "a type is expected");
  }

  protected readonly typeVariable = this.RULE("typeVariable", (): TypeNode => {
    const tick = this.CONSUME(T.Backtick);
    const name = this.expectName(0, "C4M-P009", "the name of a type variable is expected after the backtick");
    return { kind: "variable", name: name.text, span: { start: tick.startOffset, end: name.span.end } };
  });

  /** A basic type, or `list`, `dict`, `tuple`, `typespec` with their parameters. */
  protected readonly namedType = this.RULE("namedType", (): TypeNode => {
    const name = this.CONSUME(T.Identifier);
    let node: TypeNode = { kind: "bad", span: this.spanOf(name) };
    if (!this.RECORDING_PHASE) {
      if (basicTypeNames.has(name.image)) return { kind: "basic", name: name.image as BasicTypeName, span: node.span };
      const known = constructorNames.has(name.image);
      if (!known) this.notType(name);
      if (!this.follows(T.LeftBracket)) {
        if (!known) return node;
        if (name.image === "typespec") return { kind: "typespec", variable: undefined, span: node.span };
        this.problem("C4M-P024", node.span, `${name.image} needs type parameters in brackets`);
        return node;
      }
    }
    if (this.RECORDING_PHASE) this.OPTION1(() => this.SUBRULE(this.typeParameters, { ARGS: [name] }));
    else node = this.SUBRULE1(this.typeParameters, { ARGS: [name] });
    return node;
  });

  private notType(name: T.Token): void {
    const hint = foreignTypeHint(name.image) ?? didYouMean(suggest(name.image, [...basicTypeNames, ...constructorNames]));
    this.problem("C4M-P023", this.spanOf(name), `${name.image} is not a type`, { hint });
  }

  /** `[T, …]` behind the name of a type constructor. */
  protected readonly typeParameters = this.RULE("typeParameters", (name: T.Token): TypeNode => {
    this.CONSUME(T.LeftBracket);
    this.open();
    const parameters: TypeNode[] = [];
    // Loops in place of OPTION and MANY here and in signatures: types nest, and each level of closures costs stack.
    if (this.RECORDING_PHASE) this.MANY1(() => this.recordParameter(this.plainType));
    else if (this.typeFollows(T.RightBracket)) {
      do parameters.push(this.SUBRULE(this.plainType));
      while (this.comma());
    }
    const closed = this.close(0, T.RightBracket, "C4M-P006", "`]` is expected");
    if (!closed) return { kind: "bad", span: this.spanFrom(name.startOffset) };
    return this.ACTION(() => this.constructed(name, parameters));
  });

  /** Consumes a comma if one follows. */
  private comma(): boolean {
    if (!this.at(T.Comma)) return false;
    this.take();
    return true;
  }

  private recordParameter(rule: ParserMethod<[], unknown>): void {
    this.SUBRULE(rule);
    this.OPTION1(() => this.CONSUME(T.Comma));
  }

  private constructed(name: T.Token, parameters: TypeNode[]): TypeNode {
    const span = this.spanFrom(name.startOffset);
    const [first, second] = parameters;
    const count = parameters.length;
    const wrong = (needed: string): TypeNode => {
      this.problem("C4M-P024", span, `${name.image} takes ${needed}, not ${count}`);
      return { kind: "bad", span };
    };
    switch (name.image) {
      case "list":
        return first && count === 1 ? { kind: "list", item: first, span } : wrong("one type parameter");
      case "dict":
        return first && second && count === 2 ? { kind: "dict", key: first, value: second, span } : wrong("two type parameters");
      case "tuple":
        return count >= 2 ? { kind: "tuple", items: parameters, span } : wrong("two or more type parameters");
      case "typespec":
        if (first?.kind === "variable" && count === 1) return { kind: "typespec", variable: first.name, span };
        if (first?.kind !== "bad" || count > 1)
          this.problem("C4M-P027", span, "typespec takes one type variable, for example typespec[`x]");
        return { kind: "bad", span };
      default:
        return { kind: "bad", span };
    }
  }

  /** `func` with or without a signature. */
  protected readonly functionType = this.RULE("functionType", (): TypeNode => {
    const start = this.CONSUME(T.Func);
    let node: TypeNode = { kind: "anyfunc", span: this.spanOf(start) };
    this.OPTION({
      GATE: () => this.follows(T.LeftParen),
      DEF: () => {
        const signature = this.SUBRULE(this.signature);
        node = { ...signature, span: this.spanFrom(start.startOffset) };
      },
    });
    return node;
  });

  /** `(int, *string) -> bool` */
  protected readonly signature = this.RULE("signature", (): SignatureNode => {
    const paren = this.CONSUME(T.LeftParen);
    this.open();
    const parameters: TypeNode[] = [];
    let variadic = false;
    if (this.RECORDING_PHASE) this.MANY1(() => this.recordParameter(this.parameterType));
    else if (this.typeFollows(T.RightParen)) {
      do {
        if (variadic) this.problem("C4M-P025", this.spanOf(this.previous()), "only the last parameter may be starred");
        variadic = this.SUBRULE(this.parameterType, { ARGS: [parameters] });
      } while (this.comma());
    }
    this.close(0, T.RightParen, "C4M-P005", "`)` is expected");
    let result: TypeNode | undefined;
    if (this.RECORDING_PHASE) this.OPTION2(() => this.recordResult());
    else if (this.follows(T.Arrow)) {
      this.take();
      this.enter();
      result = this.SUBRULE(this.type);
      this.leave();
    }
    return { kind: "signature", parameters, variadic, result, span: this.spanFrom(paren.startOffset) };
  });

  private recordResult(): void {
    this.CONSUME(T.Arrow);
    this.SUBRULE(this.type);
  }

  /** One parameter of a signature; true if it is starred. */
  protected readonly parameterType = this.RULE("parameterType", (parameters: TypeNode[] = []): boolean => {
    let starred = false;
    this.OPTION({
      GATE: () => this.peek().image === "*",
      DEF: () => {
        this.CONSUME(T.Multiplicative);
        starred = true;
      },
    });
    const type = this.SUBRULE(this.plainType);
    this.ACTION(() => parameters.push(type));
    return starred;
  });

  /** What can begin a type, and the rule that reads it. */
  private readonly atoms = [
    { types: [T.Identifier], rule: this.namedType },
    { types: [T.Backtick], rule: this.typeVariable },
    { types: [T.Func], rule: this.functionType },
    { types: [T.LeftParen], rule: this.signature },
    { types: [T.Damaged], rule: this.damagedType },
  ];

  private readonly atomOf = T.byType<ParserMethod<[], TypeNode>>(this.atoms);
}
