/**
 * JSON text in and out, exact: integers of 64 bits stay integers (`bigint`), floats stay floats (`Float`), objects keep the order of their keys
 * (`builtins.md` 10.1). For the JSON builtins and saved parameters. Marks have stricter rules (`json-reader.ts`: no integers beyond 64 bits) and upstream's
 * compact style (`compact` in `json.ts`).
 */
import { Float, type Json } from "./json.js";
import { maxInt, minInt } from "./operations.js";
import { byteLength, wellFormed } from "./text.js";

/** What is wrong with a JSON text, and at which byte. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = "JsonSyntaxError";
    this.offset = offset;
  }
}

/** Nesting beyond this is refused instead of exhausting the stack. */
const maxDepth = 1000;

const simpleEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const numberForm = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

class Reader {
  readonly text: string;
  at = 0;
  depth = 0;
  constructor(text: string) {
    this.text = text;
  }

  fail(message: string, at = this.at): never {
    throw new JsonSyntaxError(message, byteLength(this.text.slice(0, at)));
  }

  skipBlanks(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 32 && unit !== 10 && unit !== 13 && unit !== 9) return;
      this.at++;
    }
  }

  /** The character at hand, as people read it in a message. */
  here(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(code));
  }

  value(): Json {
    this.skipBlanks();
    const first = this.text[this.at];
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    if (first === '"') return this.string();
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  number(): Json {
    numberForm.lastIndex = this.at;
    const match = numberForm.exec(this.text);
    if (match === null) this.fail(`a JSON value is expected instead of ${this.here()}`);
    const start = this.at;
    this.at += match[0].length;
    if (match[1] === undefined && match[2] === undefined) {
      const integer = BigInt(match[0]);
      if (integer <= maxInt && integer >= minInt) return integer;
    }
    const float = Number(match[0]);
    if (!Number.isFinite(float)) this.fail("number is out of range", start);
    return new Float(float);
  }

  string(): string {
    let text = "";
    let from = ++this.at;
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (Number.isNaN(unit)) this.fail("string is not closed");
      if (unit < 32) this.fail("control character inside a string");
      if (unit === 34) {
        text += this.text.slice(from, this.at++);
        return text;
      }
      if (unit !== 92) {
        this.at++;
        continue;
      }
      text += this.text.slice(from, this.at) + this.escape();
      from = this.at;
    }
  }

  escape(): string {
    const letter = this.text[this.at + 1];
    if (letter !== "u") {
      const plain = letter === undefined ? undefined : simpleEscapes[letter];
      if (plain === undefined) this.fail("unknown escape in a string");
      this.at += 2;
      return plain;
    }
    const first = this.hexEscape();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    if (first < 0xdc00 && this.text.startsWith("\\u", this.at)) {
      const before = this.at;
      const second = this.hexEscape();
      if (second >= 0xdc00 && second <= 0xdfff) return String.fromCharCode(first, second);
      this.at = before;
    }
    return "\uFFFD";
  }

  hexEscape(): number {
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("\\u needs four hex digits");
    this.at += 6;
    return Number.parseInt(digits, 16);
  }

  enter(): void {
    if (++this.depth > maxDepth) this.fail(`nested deeper than ${maxDepth} levels`);
    this.at++;
    this.skipBlanks();
  }

  /** After an item: true if another follows, false at the closing bracket. */
  more(close: string): boolean {
    this.skipBlanks();
    const next = this.text[this.at];
    if (next !== "," && next !== close) this.fail(`',' or '${close}' is expected instead of ${this.here()}`);
    this.at++;
    if (next === close) this.depth--;
    return next === ",";
  }

  array(): Json {
    const items: Json[] = [];
    this.enter();
    if (this.text[this.at] === "]") {
      this.at++;
      this.depth--;
      return items;
    }
    do items.push(this.value());
    while (this.more("]"));
    return items;
  }

  object(): Json {
    const members = new Map<string, Json>();
    this.enter();
    if (this.text[this.at] === "}") {
      this.at++;
      this.depth--;
      return members;
    }
    do {
      this.skipBlanks();
      if (this.text[this.at] !== '"') this.fail(`a key in double quotes is expected instead of ${this.here()}`);
      const key = this.string();
      this.skipBlanks();
      if (this.text[this.at] !== ":") this.fail(`':' is expected instead of ${this.here()}`);
      this.at++;
      members.set(key, this.value());
    } while (this.more("}"));
    return members;
  }
}

/** Reads one JSON document. Throws `JsonSyntaxError` with a byte offset. */
export function readJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value();
  reader.skipBlanks();
  if (reader.at < text.length) reader.fail(`the document should end here, found ${reader.here()}`);
  return value;
}

/** A float as JSON: shortest form that reads back as the same float, never looking like an integer. */
export function jsonFloat(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}

function jsonNumber(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : jsonFloat(value);
}

/** Writes JSON: compact, or indented by `indent` blanks. Bytes that are not UTF-8 become U+FFFD. */
export function writeJson(json: Json, indent = 0, level = 0): string {
  if (json === null || typeof json === "boolean" || typeof json === "bigint") return String(json);
  if (typeof json === "string") return JSON.stringify(wellFormed(json));
  if (typeof json === "number") return jsonNumber(json);
  if (json instanceof Float) return jsonFloat(json.value);
  const isList = Array.isArray(json);
  const parts = isList
    ? (json as readonly Json[]).map((item) => writeJson(item, indent, level + 1))
    : [...(json as ReadonlyMap<string, Json>)].map(
        ([key, item]) => `${JSON.stringify(wellFormed(key))}:${indent > 0 ? " " : ""}${writeJson(item, indent, level + 1)}`,
      );
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (indent === 0 || parts.length === 0) return `${open}${parts.join(",")}${close}`;
  const pad = `\n${" ".repeat(indent * (level + 1))}`;
  return `${open}${pad}${parts.join(`,${pad}`)}\n${" ".repeat(indent * level)}${close}`;
}
