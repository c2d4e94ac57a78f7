/**
 * The formatter: tree to canonical text. Two blanks per level, one statement per line, `attr: value` and `attr = value` as written, literals
 * as written, at most one blank line between statements, all comments kept. Printing is idempotent, and parsing the result gives the same tree.
 *
 * Comments on lines of their own stay before the statement (or list item) that follows; comments behind a statement stay behind it; comments in
 * the middle of an expression move before the statement.
 */
import type { Block, Comment, FileNode, Name, ParameterProperty, Statement } from "./ast.js";
import { CommentQueue, commentText, trailing } from "./print-comments.js";
import { columnAfter, ExpressionPrinter, lineWidth } from "./print-expressions.js";
import { typeText } from "./print-types.js";
import type { SourceFile } from "./source.js";
import type { Span } from "./span.js";

/** Something that stands on lines of its own in a block. */
interface Item {
  readonly span: Span;
  readonly print: (indent: number) => string;
  readonly statement: Statement | undefined;
}

class Printer extends ExpressionPrinter {
  /** The items of a block or file between two offsets, each line indented, without a final newline. */
  items(items: readonly Item[], indent: number, start: number, end: number): string {
    const pad = " ".repeat(indent);
    const lines: string[] = [];
    let previousEnd = start;
    let previous: Item | undefined;
    const put = (text: string, span: Span): void => {
      if (lines.length > 0 && this.hasBlankLine(previousEnd, span.start)) lines.push("");
      lines.push(pad + text);
      previousEnd = span.end;
    };
    for (const [index, item] of items.entries()) {
      for (const comment of this.comments.take(start, item.span.start)) put(commentText(comment), comment.span);
      const text = item.print(indent);
      for (const comment of this.comments.take(item.span.start, item.span.end))
        put(commentText(comment), { ...item.span, end: item.span.start });
      if (previous?.statement && text.startsWith("{") && couldTakeBody(previous.statement)) lines.push(`${pad};`);
      put(text, item.span);
      const behind = this.comments.takeTrailing(item.span.end, items[index + 1]?.span.start ?? end);
      lines[lines.length - 1] += trailing(behind);
      previousEnd = behind.at(-1)?.span.end ?? previousEnd;
      previous = item;
    }
    for (const comment of this.comments.take(start, end)) put(commentText(comment), comment.span);
    return lines.join("\n");
  }

  private hasBlankLine(start: number, end: number): boolean {
    return /\n[ \t\r]*\n/.test(this.source.text.slice(start, end));
  }

  statements(statements: readonly Statement[]): Item[] {
    return statements.map((statement) => ({
      span: statement.span,
      statement,
      print: (indent) => this.statement(statement, indent),
    }));
  }

  block(block: Block, indent: number, column: number): string {
    return this.body(this.statements(block.items), block.span, indent, column);
  }

  /** `{ … }`: on one line if it was so and holds one simple statement; else one statement per line. */
  body(items: readonly Item[], span: Span, indent: number, column: number): string {
    const [only, second] = items;
    const commented = this.comments.any(span.start, span.end);
    if (only === undefined && !commented) return "{}";
    if (only && second === undefined && !commented && !this.source.text.slice(span.start, span.end).includes("\n")) {
      const text = only.print(indent);
      if (
        only.statement?.kind !== "section" &&
        !text.includes("\n") &&
        !hasBlock(only.statement) &&
        column + text.length + 4 <= lineWidth
      )
        return `{ ${text} }`;
    }
    const header = trailing(this.comments.takeTrailing(span.start + 1, only?.span.start ?? span.end));
    const inside = this.items(items, indent + 2, span.start + 1, span.end - 1);
    return `{${header}\n${inside === "" ? "" : `${inside}\n`}${" ".repeat(indent)}}`;
  }

  statement(node: Statement, indent: number): string {
    switch (node.kind) {
      case "assign": {
        const head = `${node.lock ? "~" : ""}${dotted(node.path)}${node.operator === ":" ? ":" : " ="} `;
        return head + this.expression(node.value, indent, indent + head.length);
      }
      case "set": {
        const head = `${node.name.text} := `;
        return head + this.expression(node.value, indent, indent + head.length);
      }
      case "unpack": {
        const head = `${node.names.map(({ text }) => text).join(", ")} := `;
        return head + this.expression(node.value, indent, indent + head.length);
      }
      case "expression":
        return this.expression(node.expression, indent, indent);
      case "section": {
        const head = this.slice(node.name.span) + (node.tag === undefined ? "" : ` ${this.slice(node.tag.span)}`);
        if (node.tag) this.comments.take(node.tag.span.start, node.tag.span.end);
        return node.body === undefined ? head : `${head} ${this.block(node.body, indent, indent + head.length + 1)}`;
      }
      case "if":
        return this.ifStatement(node, indent);
      case "for": {
        const index = `for ${node.index.text} from `;
        const from = `${index}${this.expression(node.from, indent, indent + index.length)} to `;
        const head = `${from}${this.expression(node.to, indent, columnAfter(from, indent))} `;
        return head + this.block(node.body, indent, columnAfter(head, indent));
      }
      case "function": {
        const formals = node.formals.map(({ name, type }) => (type ? `${name.text}: ${typeText(type, this.source)}` : name.text));
        const flat = `func ${node.name.text}(${formals.join(", ")}) `;
        const broken = this.slice(node.header).includes("\n") && indent + flat.length > lineWidth;
        const head = broken ? `func ${node.name.text}(\n    ${formals.join(",\n    ")}) ` : flat;
        return head + this.block(node.body, indent, columnAfter(head, indent));
      }
      case "parameter":
        return this.parameter(node, indent);
      case "use":
        if (node.from) this.comments.take(node.from.span.start, node.from.span.end);
        return `use ${node.module.text}${node.from ? ` from ${this.slice(node.from.span)}` : ""}`;
      case "return":
        return node.value === undefined ? "return" : `return ${this.expression(node.value, indent, indent + 7)}`;
      case "var":
        return this.words(
          "var",
          node.groups.map(({ names, type }) => `${names.map(({ text }) => text).join(", ")}: ${typeText(type, this.source)}`),
          node.span,
          indent,
        );
      case "enum":
      case "export":
        return this.words(
          node.kind,
          node.names.map(({ text }) => text),
          node.span,
          indent,
        );
      case "bad":
        this.comments.take(node.span.start, node.span.end);
        return this.slice(node.span);
      default:
        return node.kind;
    }
  }

  private slice(span: Span): string {
    return this.source.text.slice(span.start, span.end);
  }

  /** A keyword and a list; one entry per line if it was written over several lines and does not fit one. */
  private words(keyword: string, entries: readonly string[], span: Span, indent: number): string {
    const flat = `${keyword} ${entries.join(", ")}`;
    if (indent + flat.length <= lineWidth || !this.slice(span).includes("\n")) return flat;
    return `${keyword} ${entries.join(`,\n${" ".repeat(indent + 2)}`)}`;
  }

  private ifStatement(node: Statement & { kind: "if" }, indent: number): string {
    const pad = " ".repeat(indent);
    let text = "";
    let end = node.span.start;
    const join = (keyword: string, head: string, block: Block): void => {
      // Comments between the branches, and those that the header has no place for.
      const between = end === node.span.start ? [] : this.comments.take(end, block.span.start);
      if (text !== "") text += between.length > 0 ? `\n${this.lines(between, pad)}\n${pad}` : " ";
      text += `${keyword}${head} `;
      text += this.block(block, indent, columnAfter(text, indent));
      end = block.span.end;
    };
    for (const [index, branch] of node.branches.entries()) {
      const keyword = index === 0 ? "if " : "elif ";
      const column = index === 0 ? indent + 3 : indent + 7;
      join(keyword, this.expression(branch.condition, indent, column), branch.body);
    }
    if (node.otherwise) join("else", "", node.otherwise);
    return text;
  }

  private lines(comments: readonly Comment[], pad: string): string {
    return comments.map((comment) => pad + commentText(comment)).join("\n");
  }

  private parameter(node: Statement & { kind: "parameter" }, indent: number): string {
    const target = node.target.kind === "attribute" ? dotted(node.target.path) : `var ${node.target.name.text}`;
    const head = `parameter ${target}`;
    if (!node.hasBody) return head;
    const items = node.properties.map((property) => ({
      span: property.span,
      statement: undefined,
      print: (inner: number) => this.property(property, inner),
    }));
    const from = this.comments.find("{", targetEnd(node));
    return `${head} ${this.body(items, { start: from, end: node.span.end }, indent, indent + head.length + 1)}`;
  }

  private property(property: ParameterProperty, indent: number): string {
    const sign = /^[ \t]*(:=|=)/.exec(this.source.text.slice(property.name.span.end, property.name.span.end + 200))?.[1];
    const head = `${property.name.text}${sign === undefined ? ":" : ` ${sign}`} `;
    return head + this.expression(property.value, indent, indent + head.length);
  }
}

function dotted(path: readonly Name[]): string {
  return path.map(({ text }) => text).join(".");
}

function targetEnd(node: Statement & { kind: "parameter" }): number {
  return node.target.kind === "attribute" ? (node.target.path.at(-1)?.span.end ?? node.span.start) : node.target.name.span.end;
}

/** A `{` on the line after such a statement would become its body. */
function couldTakeBody(statement: Statement): boolean {
  if (statement.kind === "section") return statement.body === undefined;
  if (statement.kind === "parameter") return !statement.hasBody;
  return statement.kind === "expression" && statement.expression.kind === "name";
}

function hasBlock(statement: Statement | undefined): boolean {
  return statement !== undefined && ["if", "for", "section", "function", "parameter"].includes(statement.kind);
}

/**
 * Formats a file. The tree should come from a file without syntax errors; what did not parse is printed as it was written.
 */
export function print(ast: FileNode, source: SourceFile): string {
  const printer = new Printer(source, new CommentQueue(source, ast.comments));
  const text = printer.items(printer.statements(ast.items), 0, 0, source.text.length);
  return text === "" ? "" : `${text}\n`;
}
