/**
 * A reader for TOML 1.0, in which BuildKit's daemons are configured (`docker.md` 14.6, 17.2). Tables become maps in the order of the text, integers are
 * exact, dates and times stay the text that they are.
 */
import { Float, isJsonList, type Json } from "../json.js";

/** The text is no TOML; the message names the line. */
export class TomlError extends Error {}

type Table = Map<string, Json>;
/** How a table came into being: a header may define what another header only passed through, everything else is defined once. */
type Origin = "header" | "passed" | "dotted" | "inline";

const bareKey = /[A-Za-z0-9_-]+/y;
const dateTime =
  /(?:\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})?)?|\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?![\w.+-])/y;
const number = /[+-]?(?:inf|nan|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+|[0-9_]+(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?)(?![\w.])/y;
const wellFormed = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?$/;
const prefixed = /^0[xob][0-9A-Fa-f](?:_?[0-9A-Fa-f])*$/;
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const escapes: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
const deepest = 100;

class Reader {
  private readonly text: string;
  private at = 0;
  private readonly root: Table = new Map();
  private readonly origins = new WeakMap<Table, Origin>();
  /** Lists that `[[…]]` made: only they grow. */
  private readonly grown = new WeakSet<readonly Json[]>();

  constructor(text: string) {
    this.text = text.replace(/^\uFEFF/, "").replace(/\r\n/g, "\n");
  }

  private fail(what: string): never {
    throw new TomlError(`line ${this.text.slice(0, this.at).split("\n").length}: ${what}`);
  }

  private get next(): string {
    return this.text[this.at] ?? "";
  }

  private take(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipBlanks(): void {
    while (this.next === " " || this.next === "\t") this.at++;
  }

  /** Blanks, line ends and comments. */
  private skipLines(): void {
    for (;;) {
      this.skipBlanks();
      if (this.next === "#") this.comment();
      if (!this.take("\n")) return;
    }
  }

  private comment(): void {
    const end = this.text.indexOf("\n", this.at);
    const content = this.text.slice(this.at, end < 0 ? undefined : end);
    if (control.test(content)) this.fail("a control character in a comment");
    this.at += content.length;
  }

  private endLine(): void {
    this.skipBlanks();
    if (this.next === "#") this.comment();
    if (this.at < this.text.length && !this.take("\n")) this.fail("the line goes on where it should end");
  }

  read(): Table {
    let table = this.root;
    for (;;) {
      this.skipLines();
      if (this.at >= this.text.length) return this.root;
      if (this.next === "[") {
        table = this.take("[[") ? this.listHeader() : this.header();
        this.endLine();
      } else {
        this.pair(table);
        this.endLine();
      }
    }
  }

  private header(): Table {
    this.at++;
    const path = this.path();
    if (!this.take("]")) this.fail("']' expected");
    const [parent, name] = this.walk(this.root, path, "passed");
    const found = parent.get(name);
    if (found === undefined) return this.create(parent, name, "header");
    if (!(found instanceof Map) || this.origins.get(found) !== "passed") return this.fail(`'${name}' is defined twice`);
    this.origins.set(found, "header");
    return found;
  }

  private listHeader(): Table {
    const path = this.path();
    if (!this.take("]]")) this.fail("']]' expected");
    const [parent, name] = this.walk(this.root, path, "passed");
    const found = parent.get(name);
    if (found !== undefined && (!isJsonList(found) || !this.grown.has(found))) this.fail(`'${name}' is defined twice`);
    const table: Table = new Map();
    this.origins.set(table, "header");
    const list: Json[] = [...((found as readonly Json[] | undefined) ?? []), table];
    this.grown.add(list);
    parent.set(name, list);
    return table;
  }

  private create(parent: Table, name: string, origin: Origin): Table {
    const table: Table = new Map();
    this.origins.set(table, origin);
    parent.set(name, table);
    return table;
  }

  /** Goes along a path to the table that its last name belongs to. */
  private walk(from: Table, path: readonly string[], origin: "passed" | "dotted"): [Table, string] {
    let table = from;
    for (const name of path.slice(0, -1)) {
      const found = table.get(name);
      if (found === undefined) table = this.create(table, name, origin);
      else {
        const last = isJsonList(found) && this.grown.has(found) && origin === "passed" ? found.at(-1) : found;
        if (!(last instanceof Map)) return this.fail(`'${name}' is no table`);
        const known = this.origins.get(last as Table);
        if (known === "inline" || (origin === "dotted" && known !== "dotted")) return this.fail(`'${name}' is defined already`);
        table = last as Table;
      }
    }
    return [table, path.at(-1) as string];
  }

  private path(): string[] {
    const names: string[] = [];
    do {
      this.skipBlanks();
      names.push(this.name());
      this.skipBlanks();
    } while (this.take("."));
    return names;
  }

  private name(): string {
    if (this.next === '"' || this.next === "'") return this.next === '"' ? this.basic() : this.literal();
    return this.match(bareKey) ?? this.fail("a name expected");
  }

  private pair(table: Table, depth = 0): void {
    const path = this.path();
    if (!this.take("=")) this.fail("'=' expected");
    this.skipBlanks();
    const [target, name] = this.walk(table, path, "dotted");
    if (target.has(name)) this.fail(`'${name}' is defined twice`);
    target.set(name, this.value(depth));
  }

  private value(depth: number): Json {
    if (depth > deepest) this.fail("nested too deeply");
    if (this.next === '"') return this.text.startsWith('"""', this.at) ? this.longBasic() : this.basic();
    if (this.next === "'") return this.text.startsWith("'''", this.at) ? this.longLiteral() : this.literal();
    if (this.next === "[") return this.list(depth);
    if (this.next === "{") return this.inline(depth);
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    return this.match(dateTime) ?? this.number();
  }

  private number(): Json {
    const text = this.match(number) ?? this.fail("a value expected");
    if (/^[+-]?(?:inf|nan)$/.test(text)) {
      const value = text.endsWith("nan") ? Number.NaN : Number.POSITIVE_INFINITY;
      return new Float(text.startsWith("-") ? -value : value);
    }
    if (prefixed.test(text)) return BigInt(text.replaceAll("_", ""));
    if (!wellFormed.test(text)) this.fail(`'${text}' is no number`);
    const plain = text.replaceAll("_", "");
    return /[.eE]/.test(plain) ? new Float(Number(plain)) : BigInt(plain.replace(/^\+/, ""));
  }

  private list(depth: number): Json[] {
    this.at++;
    const items: Json[] = [];
    for (;;) {
      this.skipLines();
      if (this.take("]")) return items;
      items.push(this.value(depth + 1));
      this.skipLines();
      if (!this.take(",") && this.next !== "]") this.fail("',' or ']' expected");
    }
  }

  private inline(depth: number): Table {
    this.at++;
    const table: Table = new Map();
    this.skipBlanks();
    if (!this.take("}")) {
      do {
        this.skipBlanks();
        this.pair(table, depth + 1);
        this.skipBlanks();
      } while (this.take(","));
      if (!this.take("}")) this.fail("',' or '}' expected");
    }
    this.close(table);
    return table;
  }

  /** Nothing is added to an inline table, nor to what is in it, later. */
  private close(table: Table): void {
    this.origins.set(table, "inline");
    for (const value of table.values()) if (value instanceof Map) this.close(value as Table);
  }

  private literal(): string {
    const end = this.text.indexOf("'", this.at + 1);
    const content = this.text.slice(this.at + 1, end < 0 ? undefined : end);
    if (end < 0 || control.test(content)) this.fail("the text doesn't end in its line");
    this.at = end + 1;
    return content;
  }

  private basic(): string {
    this.at++;
    let content = "";
    for (;;) {
      const character = this.next;
      if (character === "" || control.test(character)) this.fail("the text doesn't end in its line");
      this.at++;
      if (character === '"') return content;
      content += character === "\\" ? this.escape() : character;
    }
  }

  private longLiteral(): string {
    this.at += 3;
    this.take("\n");
    const end = this.text.indexOf("'''", this.at);
    if (end < 0) this.fail("the text doesn't end");
    // Up to two more quotes belong to the text.
    const quotes = /^'{3,5}/.exec(this.text.slice(end, end + 5))?.[0].length ?? 3;
    const content = this.text.slice(this.at, end + quotes - 3);
    this.at = end + quotes;
    return content;
  }

  private longBasic(): string {
    this.at += 3;
    this.take("\n");
    let content = "";
    for (;;) {
      if (this.at >= this.text.length) this.fail("the text doesn't end");
      const quotes = /^"{3,5}/.exec(this.text.slice(this.at, this.at + 5))?.[0].length;
      if (quotes !== undefined) {
        this.at += quotes;
        return content + '"'.repeat(quotes - 3);
      }
      const character = this.next;
      this.at++;
      if (character !== "\\") content += character;
      else if (this.match(/[ \t]*\n[ \t\n]*/y) === undefined) content += this.escape();
    }
  }

  private escape(): string {
    const character = this.next;
    this.at++;
    const simple = escapes[character];
    if (simple !== undefined) return simple;
    const digits =
      character === "u" ? this.match(/[0-9A-Fa-f]{4}/y) : character === "U" ? this.match(/[0-9A-Fa-f]{8}/y) : undefined;
    const code = Number.parseInt(digits ?? "", 16);
    if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) return this.fail(`'\\${character}' is no escape`);
    return String.fromCodePoint(code);
  }
}

/** Reads TOML. Throws a `TomlError`. */
export function parseToml(text: string): Map<string, Json> {
  return new Reader(text).read();
}
