/**
 * Expressions as canonical text. Everything goes on one line, except for lists, dicts, tuples and calls that were written over several lines: they
 * are broken, one item per line, if they held comments, if their first item stood on a line of its own, or if they would not fit. Literals
 * are kept as they were written.
 */
import type { Comment, Expression } from "./ast.js";
import { type CommentQueue, commentText, trailing } from "./print-comments.js";
import { typeText } from "./print-types.js";
import type { SourceFile } from "./source.js";
import type { Span } from "./span.js";

/** Lines longer than this are broken where they can be. */
export const lineWidth = 100;

/** Something between brackets: the parts that the formatter needs of a list, dict, tuple or call. */
interface Bracketed {
  readonly open: string;
  readonly close: string;
  /** Offset of the opening bracket. */
  readonly start: number;
  /** Offset behind the closing bracket. */
  readonly end: number;
  readonly items: readonly { readonly span: Span; readonly parts: readonly Expression[] }[];
  /** Broken, the last item gets a comma too. */
  readonly lastComma: boolean;
}

/** One step of a chain such as `a.b(c)[d]`. */
type Postfix = Expression & { kind: "member" | "index" | "call" | "method" };

export class ExpressionPrinter {
  protected readonly source: SourceFile;
  protected readonly comments: CommentQueue;
  readonly #flat = new WeakMap<Expression, string>();

  constructor(source: SourceFile, comments: CommentQueue) {
    this.source = source;
    this.comments = comments;
  }

  /** Text of an expression that begins at `column` of a line indented by `indent`. */
  expression(node: Expression, indent: number, column: number): string {
    if (!this.#isMultiline(node.span)) return this.flat(node);
    switch (node.kind) {
      case "literal":
        if (node.type === "string" && node.pieces > 1) this.comments.take(node.span.start, node.span.end);
        return node.raw;
      case "unary": {
        const sign = unarySign(node);
        return sign + this.expression(node.operand, indent, column + sign.length);
      }
      case "paren":
        return `(${this.expression(node.inner, indent, column + 1)})`;
      case "binary":
        return this.#binary(node, indent, column);
      case "member":
      case "index":
      case "call":
      case "method":
        return this.#postfix(node, indent, column);
      case "list":
        return this.#bracketed(this.#group("[", node.items, "]", node.span.start, node.span.end, true), indent, column);
      case "tuple":
        return this.#bracketed(this.#group("(", node.items, ")", node.span.start, node.span.end, false), indent, column);
      case "dict": {
        const items = node.entries.map(({ key, value }) => ({
          span: { start: key.span.start, end: value.span.end },
          parts: [key, value],
        }));
        return this.#bracketed(
          { open: "{", close: "}", start: node.span.start, end: node.span.end, items, lastComma: true },
          indent,
          column,
        );
      }
      default:
        return this.flat(node);
    }
  }

  /** The text on one line (strings of several lines excepted). */
  flat(node: Expression): string {
    let text = this.#flat.get(node);
    if (text === undefined) {
      text = this.#makeFlat(node);
      this.#flat.set(node, text);
    }
    return text;
  }

  #makeFlat(node: Expression): string {
    const list = (items: readonly Expression[]): string => items.map((item) => this.flat(item)).join(", ");
    switch (node.kind) {
      case "literal":
        if (node.type === "string" && node.pieces > 1) this.comments.take(node.span.start, node.span.end);
        return node.raw;
      case "name":
        return node.name;
      case "bad":
        return this.source.text.slice(node.span.start, node.span.end);
      case "unary":
        return unarySign(node) + this.flat(node.operand);
      case "paren":
        return `(${this.flat(node.inner)})`;
      case "tuple":
        return `(${list(node.items)})`;
      case "list":
        return `[${list(node.items)}]`;
      case "dict":
        return `{${node.entries.map((entry) => `${this.flat(entry.key)}: ${this.flat(entry.value)}`).join(", ")}}`;
      case "type":
        return typeText(node.type, this.source);
      case "funcref":
        return `func ${node.name.text}${node.signature === undefined ? "" : typeText(node.signature, this.source)}`;
      case "binary": {
        const { first, rest } = binaryChain(node);
        return this.flat(first) + rest.map((step) => ` ${step.spelling} ${this.flat(step.right)}`).join("");
      }
      default: {
        const { base, steps } = postfixChain(node);
        const head = base === undefined ? "" : this.flat(base) + joint(base, steps);
        return head + steps.map((step) => postfixHead(step) + (step.kind === "member" ? "" : this.#flatArguments(step))).join("");
      }
    }
  }

  #flatArguments(step: Exclude<Postfix, { kind: "member" }>): string {
    if (step.kind === "index") return `[${this.flat(step.index)}]`;
    return `(${step.args.map((argument) => this.flat(argument)).join(", ")})`;
  }

  /** Operands joined by their operators; a line break behind an operator stays if the whole would not fit one line. */
  #binary(node: Expression & { kind: "binary" }, indent: number, column: number): string {
    const { first, rest } = binaryChain(node);
    const fits = column + this.flat(node).length <= lineWidth;
    let text = this.expression(first, indent, column);
    for (const step of rest) {
      text += ` ${step.spelling}`;
      const breaks = !fits && this.source.text.slice(step.operatorSpan.end, step.right.span.start).includes("\n");
      text += breaks ? `\n${" ".repeat(indent + 2)}` : " ";
      text += this.expression(step.right, breaks ? indent + 2 : indent, columnAfter(text, column));
    }
    return text;
  }

  #postfix(node: Postfix, indent: number, column: number): string {
    const { base, steps } = postfixChain(node);
    let text = base === undefined ? "" : this.expression(base, indent, column) + joint(base, steps);
    for (const step of steps) {
      text += postfixHead(step);
      if (step.kind === "index") text += `[${this.expression(step.index, indent, columnAfter(text, column) + 1)}]`;
      else if (step.kind !== "member") {
        const open = this.comments.find("(", step.callee.span.end);
        text += this.#bracketed(this.#group("(", step.args, ")", open, step.span.end, false), indent, columnAfter(text, column));
      }
    }
    return text;
  }

  #group(open: string, items: readonly Expression[], close: string, start: number, end: number, lastComma: boolean): Bracketed {
    return { open, close, start, end, items: items.map((item) => ({ span: item.span, parts: [item] })), lastComma };
  }

  #bracketed(group: Bracketed, indent: number, column: number): string {
    if (!this.#breaks(group, column)) {
      const items: string[] = [];
      let at = column + 1;
      for (const item of group.items) {
        const text = this.#item(item.parts, indent, at);
        items.push(text);
        at = columnAfter(text, at) + 2;
      }
      return group.open + items.join(", ") + group.close;
    }
    const inner = " ".repeat(indent + 2);
    const lines = [group.open + trailing(this.comments.takeTrailing(group.start + 1, group.items[0]?.span.start ?? group.end))];
    for (const [index, item] of group.items.entries()) {
      const last = index === group.items.length - 1;
      const before = this.comments.take(group.start, item.span.start);
      const text = this.#item(item.parts, indent + 2, indent + 2);
      // Comments inside an item that it has no place for go before it.
      const inside = this.comments.take(item.span.start, item.span.end);
      lines.push(...this.#commentLines([...before, ...inside], inner));
      const next = group.items[index + 1]?.span.start ?? group.end;
      lines.push(
        inner + text + (last && !group.lastComma ? "" : ",") + trailing(this.comments.takeTrailing(item.span.end, next)),
      );
    }
    lines.push(...this.#commentLines(this.comments.take(group.start, group.end), inner));
    return `${lines.join("\n")}\n${" ".repeat(indent)}${group.close}`;
  }

  #item(parts: readonly Expression[], indent: number, column: number): string {
    const [key, value] = parts as [Expression, Expression | undefined];
    const text = this.expression(key, indent, column);
    return value === undefined ? text : `${text}: ${this.expression(value, indent, columnAfter(text, column) + 2)}`;
  }

  #commentLines(comments: readonly Comment[], indent: string): string[] {
    return comments.map((comment) => indent + commentText(comment));
  }

  /** Whether a group that was written over several lines is printed so. */
  #breaks(group: Bracketed, column: number): boolean {
    if (!this.#isMultiline(group)) return false;
    if (this.comments.any(group.start, group.end)) return true;
    const first = group.items[0];
    if (first === undefined) return false;
    if (this.source.text.slice(group.start, first.span.start).includes("\n")) return true;
    const flat = group.items.map((item) => item.parts.map((part) => this.flat(part)).join(": ")).join(", ");
    return column + flat.length + 2 > lineWidth;
  }

  #isMultiline(span: Span): boolean {
    const feed = this.source.text.indexOf("\n", span.start);
    return feed >= 0 && feed < span.end;
  }
}

function unarySign(node: Expression & { kind: "unary" }): string {
  return node.spelling === "not" ? "not " : node.spelling;
}

/** The column behind `text`, if it began at `column`. */
export function columnAfter(text: string, column: number): number {
  const feed = text.lastIndexOf("\n");
  return feed < 0 ? column + text.length : text.length - feed - 1;
}

/** A left-leaning tree as a row, without recursion: chains may be long. */
function binaryChain(node: Expression & { kind: "binary" }): { first: Expression; rest: (Expression & { kind: "binary" })[] } {
  const rest: (Expression & { kind: "binary" })[] = [];
  let first: Expression = node;
  while (first.kind === "binary") {
    rest.push(first);
    first = first.left;
  }
  return { first, rest: rest.reverse() };
}

/** The same for `a.b(c)[d]`; a call of a plain name has no base. */
function postfixChain(node: Postfix): { base: Expression | undefined; steps: Postfix[] } {
  const steps: Postfix[] = [];
  let at: Expression | undefined = node;
  while (at?.kind === "member" || at?.kind === "index" || at?.kind === "call" || at?.kind === "method") {
    steps.push(at);
    at = at.kind === "call" ? undefined : at.kind === "method" ? at.receiver : at.object;
  }
  return { base: at, steps: steps.reverse() };
}

/** A blank between a bare literal that ends in a digit and the dot of a member, which would become part of it. */
function joint(base: Expression, steps: readonly Postfix[]): string {
  const first = steps[0];
  const dotted = first?.kind === "member" || first?.kind === "method";
  return dotted && base.kind === "literal" && /[0-9A-Za-z]$/.test(base.raw) && base.type !== "bool" ? " " : "";
}

/** What a postfix begins with: the member or function. */
function postfixHead(step: Postfix): string {
  if (step.kind === "member") return `.${step.member.text}`;
  if (step.kind === "method") return `.${step.callee.text}`;
  return step.kind === "call" ? step.callee.text : "";
}
