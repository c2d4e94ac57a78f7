/**
 * The strict JSON reader for marks and other data from outside (`marks-and-codecs.md` 1.6). It reads *one* value and says where that value ends, so that
 * a mark can be cut out of a stream. Integers stay exact over the whole 64-bit range, floats stay floats (`Float`), objects keep their order, and
 * nesting is bounded, so that hostile input ends in an error and never in an overflow.
 *
 * The text is scanned as a JavaScript string: `indexOf` finds the end of a string literal and the engine's own `JSON.parse` undoes its escapes, which
 * keeps the self mark (whose compiled configuration is one very long string) cheap to read at every start.
 */
import { Float, type Json } from "./json.js";

export interface JsonOptions {
  /** Deepest nesting of lists and objects, default 1,000. */
  readonly limit?: number;
  /** Where to start: a byte offset in bytes, a UTF-16 offset in text. */
  readonly start?: number;
  /** Told about each key that occurs twice in one object; the last value wins, at the first one's position. */
  readonly duplicate?: (key: string) => void;
}

export interface JsonSuccess {
  readonly value: Json;
  /** Offset just after the value, in bytes for bytes, in UTF-16 units for text. */
  readonly end: number;
}

export interface JsonFailure {
  /** What is wrong, without position: `expected ',' or '}'`. */
  readonly error: string;
  /** Where, counted like `end`. */
  readonly at: number;
}

const DEFAULT_LIMIT = 1000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
/** A quote behind an even number of backslashes. Begun at the opening quote, which is no backslash. */
const STRING_END = /[^\\](?:\\\\)*"/g;
const MIN_INT = -(1n << 63n);
const MAX_INT = (1n << 63n) - 1n;
const SIMPLE_ESCAPES = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
const WORDS: readonly (readonly [string, null | boolean])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

class SyntaxFailure extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class Reader {
  private readonly text: string;
  private readonly limit: number;
  private readonly duplicate: ((key: string) => void) | undefined;
  position: number;

  constructor(text: string, options: JsonOptions) {
    this.text = text;
    this.limit = options.limit ?? DEFAULT_LIMIT;
    this.duplicate = options.duplicate;
    this.position = options.start ?? 0;
  }

  private fail(message: string, at = this.position): never {
    throw new SyntaxFailure(message, at);
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.position += 1;
    }
  }

  value(depth: number): Json {
    this.skipSpace();
    const character = this.text[this.position];
    if (character === '"') return this.string();
    if (character === "{" || character === "[") {
      if (depth >= this.limit) this.fail(`nested deeper than ${this.limit}`);
      return character === "{" ? this.object(depth + 1) : this.list(depth + 1);
    }
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.position)) {
        this.position += word.length;
        return value;
      }
    }
    return this.number();
  }

  private number(): Json {
    NUMBER.lastIndex = this.position;
    const match = NUMBER.exec(this.text);
    if (match === null) this.fail(this.position >= this.text.length ? "unexpected end of input" : "expected a value");
    const start = this.position;
    this.position += match[0].length;
    const next = this.text.charCodeAt(this.position);
    // "01", "1.", "1e" and "1x" end in something that can begin neither a separator nor a closing bracket.
    if ((next >= 0x30 && next <= 0x39) || next === 0x2e || next === 0x2b || next === 0x2d || isLetter(next))
      this.fail("malformed number", start);
    if (match[1] !== undefined || match[2] !== undefined) {
      const value = Number(match[0]);
      if (!Number.isFinite(value)) this.fail("number out of range", start);
      return new Float(value);
    }
    if (match[0].length <= 15) return Number(match[0]) || 0;
    if (match[0].length > 20) this.fail("integer does not fit in 64 bits", start);
    const exact = BigInt(match[0]);
    if (exact < MIN_INT || exact > MAX_INT) this.fail("integer does not fit in 64 bits", start);
    const rounded = Number(exact);
    return Number.isSafeInteger(rounded) ? rounded : exact;
  }

  private string(): string {
    const { text } = this;
    const start = this.position;
    let close = text.indexOf('"', start + 1);
    if (close > 0 && text.charCodeAt(close - 1) === 0x5c) {
      STRING_END.lastIndex = start;
      close = STRING_END.test(text) ? STRING_END.lastIndex - 1 : -1;
    }
    if (close < 0) this.fail("unterminated string", start);
    const body = text.slice(start + 1, close);
    this.position = close + 1;
    const nul = body.indexOf("\0");
    if (nul >= 0) this.fail("NUL byte in a string", start + 1 + nul);
    if (!body.includes("\\")) return body;
    try {
      return JSON.parse(`"${body}"`) as string;
    } catch {
      // A raw control character, which marks may hold, or a bad escape.
      return this.unescape(body, start + 1);
    }
  }

  private unescape(body: string, offset: number): string {
    let result = "";
    let done = 0;
    for (let at = body.indexOf("\\"); at >= 0; at = body.indexOf("\\", done)) {
      result += body.slice(done, at);
      const kind = body[at + 1] ?? "";
      const simple = SIMPLE_ESCAPES.get(kind);
      if (simple !== undefined) {
        result += simple;
        done = at + 2;
        continue;
      }
      const digits = body.slice(at + 2, at + 6);
      if (kind !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("invalid escape", offset + at);
      result += String.fromCharCode(Number.parseInt(digits, 16));
      done = at + 6;
    }
    return result + body.slice(done);
  }

  private list(depth: number): Json {
    this.position += 1;
    const items: Json[] = [];
    this.skipSpace();
    if (this.text[this.position] === "]") {
      this.position += 1;
      return items;
    }
    for (;;) {
      items.push(this.value(depth));
      this.skipSpace();
      const next = this.text[this.position];
      if (next !== "," && next !== "]") this.fail("expected ',' or ']'");
      this.position += 1;
      if (next === "]") return items;
    }
  }

  private object(depth: number): Json {
    this.position += 1;
    const members = new Map<string, Json>();
    this.skipSpace();
    if (this.text[this.position] === "}") {
      this.position += 1;
      return members;
    }
    for (;;) {
      this.skipSpace();
      if (this.text[this.position] !== '"') this.fail("expected a key in double quotes");
      const key = this.string();
      this.skipSpace();
      if (this.text[this.position] !== ":") this.fail("expected ':'");
      this.position += 1;
      const value = this.value(depth);
      if (this.duplicate !== undefined && members.has(key)) this.duplicate(key);
      members.set(key, value);
      this.skipSpace();
      const next = this.text[this.position];
      if (next !== "," && next !== "}") this.fail("expected ',' or '}'");
      this.position += 1;
      if (next === "}") return members;
    }
  }
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function readText(text: string, options: JsonOptions): JsonSuccess | JsonFailure {
  const reader = new Reader(text, options);
  try {
    return { value: reader.value(0), end: reader.position };
  } catch (error) {
    if (error instanceof SyntaxFailure) return { error: error.message, at: error.at };
    throw error;
  }
}

/** Length in UTF-8 of a piece of well-formed text. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    // Each half of a surrogate pair counts one extra byte, which makes four for both.
    length += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return length;
}

/** Offset of the first byte that is not valid UTF-8, for the error message. */
function firstBadByte(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // A prefix decodes (as part of a stream) exactly as long as it holds no bad byte, so the place can be bisected.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}

/**
 * Reads one JSON value; what follows it is not looked at, except that bytes must be valid UTF-8 up to their end (cut a stream with `findObjectEnd` first).
 * @returns the value and the offset just after it, or what is wrong and where. Numbers with `.`, `e` or `E` are `Float`, others `number`, or `bigint`
 *   beyond 2^53; an integer outside 64 bits, invalid UTF-8, NUL in a string, trailing commas and unquoted keys are errors.
 */
export function parseJson(input: string | Uint8Array, options: JsonOptions = {}): JsonSuccess | JsonFailure {
  if (typeof input === "string") return readText(input, options);
  const start = options.start ?? 0;
  const bytes = start === 0 ? input : input.subarray(start);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { error: "invalid UTF-8", at: start + firstBadByte(bytes) };
  }
  const result = readText(text, { ...options, start: 0 });
  const ascii = text.length === bytes.length;
  const toBytes = (offset: number) => start + (ascii ? offset : utf8Length(text.slice(0, offset)));
  return "error" in result ? { error: result.error, at: toBytes(result.at) } : { value: result.value, end: toBytes(result.end) };
}

/**
 * Where a JSON object that starts at `start` would end (offset after its closing brace), by counting brackets outside strings; undefined if it does
 * not end within the bytes. Cheap, and right for every valid object: it cuts marks out of binary data and long texts.
 */
export function findObjectEnd(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) {
      do {
        at = bytes.indexOf(0x22, at + 1);
        if (at < 0) return undefined;
      } while (isEscaped(bytes, at));
    } else if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth <= 0) return at + 1;
    }
  }
  return undefined;
}

function isEscaped(bytes: Uint8Array, at: number): boolean {
  let backslashes = 0;
  while (bytes[at - 1 - backslashes] === 0x5c) backslashes += 1;
  return backslashes % 2 === 1;
}
