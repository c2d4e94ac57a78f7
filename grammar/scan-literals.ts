/**
 * Scanning of literals: strings, characters, numbers, bare addresses and times, `<<…>>` (`language.md` 1.5-1.8). Each function starts at the first
 * character of its literal and returns what it read: token type, end, value. What cannot be read becomes a `Damaged` token, so that the parser has
 * an operand and reports nothing further.
 */
import type { TokenType } from "chevrotain";
import { digitsEnd, identifierEnd, isDigit, startsIdentifier } from "./characters.js";
import { parseOther } from "./domains.js";
import { decodeEscapes } from "./escapes.js";
import type { Problems } from "./problems.js";
import { decimal, unitHint } from "./quantities.js";
import { CharLiteral, Damaged, FloatLiteral, IntLiteral, OtherLiteral, type Payload, StringLiteral } from "./tokens.js";

/** One scanned literal. */
export interface Scanned {
  readonly type: TokenType;
  readonly end: number;
  readonly payload: Payload | undefined;
  /** The literal was not closed: it took the rest of its line, or of the file. */
  readonly unclosed?: "line" | "file";
}

/** 2^63, allowed only directly under a minus sign; the parser sees to that. */
const int64Bound = 2n ** 63n;

const Quote = 34;
const Apostrophe = 39;
const Backslash = 92;
const LineFeed = 10;
const CarriageReturn = 13;

function damaged(end: number, unclosed?: "line" | "file"): Scanned {
  return unclosed === undefined
    ? { type: Damaged, end, payload: undefined }
    : { type: Damaged, end, payload: undefined, unclosed };
}

/** Offset of the line end at or after `from`: the LF, or the CR of a CRLF. */
function lineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  if (feed < 0) return text.length;
  return feed > from && text.charCodeAt(feed - 1) === CarriageReturn ? feed - 1 : feed;
}

/** Length of the escape at a backslash: the backslash and one character, where CRLF counts as one. */
function escapeLength(text: string, at: number): number {
  const unit = text.charCodeAt(at + 1);
  return unit === CarriageReturn && text.charCodeAt(at + 2) === LineFeed ? 3 : 2;
}

/** `"…"` or `"""…"""`. */
export function scanString(text: string, from: number, problems: Problems): Scanned {
  const triple = text.charCodeAt(from + 1) === Quote && text.charCodeAt(from + 2) === Quote;
  const start = from + (triple ? 3 : 1);
  let escaped = false;
  let at = start;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === Quote) {
      if (!triple || (text.charCodeAt(at + 1) === Quote && text.charCodeAt(at + 2) === Quote)) {
        const payload = escaped ? decodeEscapes(text, start, at, problems) : text.slice(start, at);
        return { type: StringLiteral, end: at + (triple ? 3 : 1), payload };
      }
    } else if (unit === Backslash) {
      escaped = true;
      at += escapeLength(text, at) - 1;
    } else if (unit === LineFeed && !triple) break;
  }
  if (triple) {
    problems.reportToken("C4M-L003", { start: from, end: start }, 'this """ string is never closed');
    return damaged(text.length, "file");
  }
  // An escaped newline belongs to the string; the token ends with the line on which it stops.
  const end = at >= text.length ? text.length : text.charCodeAt(at - 1) === CarriageReturn ? at - 1 : at;
  const closed = closedOnNextLine(text, at);
  problems.reportToken("C4M-L002", { start: from, end: start }, "this string is not closed on its line", {
    hint: 'Close it with `"`; text of several lines goes between `"""` and `"""`.',
  });
  return closed === undefined ? damaged(end, "line") : damaged(closed);
}

/** A string that was broken over two lines: behind the quote that closes it on the second. Undefined if that line's quotes are in pairs, or open something. */
function closedOnNextLine(text: string, feed: number): number | undefined {
  const line = text.slice(feed + 1, lineEnd(text, feed + 1));
  const quotes = [...line.matchAll(/\\.|"/g)].filter(([found]) => found === '"');
  const first = quotes[0]?.index;
  if (first === undefined || quotes.length % 2 === 0 || /(?:^|[\s=:,([{+])$/.test(line.slice(0, first))) return undefined;
  return feed + 1 + first + 1;
}

/** `'x'`, `'\n'`, `''`. */
export function scanCharacter(text: string, from: number, problems: Problems): Scanned {
  const first = text.charCodeAt(from + 1);
  if (first === Apostrophe) return { type: CharLiteral, end: from + 2, payload: 0 };
  if (first === Backslash) {
    const close = escapedCharacterEnd(text, from + 1);
    if (close !== undefined) {
      const value = decodeEscapes(text, from + 1, close, problems).codePointAt(0);
      return value === undefined ? damaged(close + 1) : { type: CharLiteral, end: close + 1, payload: value };
    }
  } else {
    const codePoint = text.codePointAt(from + 1);
    if (codePoint !== undefined && codePoint !== LineFeed && codePoint !== CarriageReturn) {
      const close = from + (codePoint > 0xffff ? 3 : 2);
      if (text.charCodeAt(close) === Apostrophe) return { type: CharLiteral, end: close + 1, payload: codePoint };
    }
  }
  const stop = lineEnd(text, from + 1);
  const close = text.slice(from + 1, stop).indexOf("'");
  problems.reportToken(
    "C4M-L005",
    { start: from, end: from + 1 },
    "a character literal holds one character between apostrophes",
    {
      hint: "Texts are written in double quotes.",
    },
  );
  return close < 0 ? damaged(stop, "line") : damaged(from + close + 2);
}

/** Offset of the apostrophe behind the one escape at `at`; undefined if something else stands there. */
function escapedCharacterEnd(text: string, at: number): number | undefined {
  const letter = text.charAt(at + 1);
  if (letter === "" || letter === "\n" || letter === "\r") return undefined;
  if ("xuU".includes(letter)) {
    // At most eight digits, right or wrong: what is wrong with them is for `decodeEscapes` to say.
    const close = text.slice(at + 2, at + 11).search(/['\r\n]/);
    return close >= 0 && text[at + 2 + close] === "'" ? at + 2 + close : undefined;
  }
  const close = at + 1 + ((text.codePointAt(at + 1) as number) > 0xffff ? 2 : 1);
  return text.charCodeAt(close) === Apostrophe ? close : undefined;
}

/** `<<…>>`; the caller has seen `<<`. */
export function scanOther(text: string, from: number, problems: Problems): Scanned {
  const close = text.indexOf(">>", from + 2);
  if (close < 0) {
    problems.reportToken("C4M-L006", { start: from, end: from + 2 }, "this << is never closed by >>", {
      hint: /^<<[-~]?["']?[A-Za-z_]+["']?[ \t]*\r?\n/.test(text.slice(from, from + 80))
        ? 'Text of several lines goes between `"""` and `"""`.'
        : undefined,
    });
    return damaged(text.length, "file");
  }
  return otherToken(text, from, close + 2, text.slice(from + 2, close), problems);
}

function otherToken(text: string, from: number, end: number, content: string, problems: Problems): Scanned {
  const value = parseOther(content);
  if (value) return { type: OtherLiteral, end, payload: value };
  const shown = end - from > 60 ? `${text.slice(from, from + 60)}…` : text.slice(from, end);
  problems.report("C4M-T031", { start: from, end }, `${shown} is no DateTime, Date, Time, Duration, Size, IPAddr or CIDR`, {
    hint: unitHint(content.trim()),
  });
  return damaged(end);
}

/** Behind `H` or `HH`: minutes, seconds, and what may follow. */
const bareTime =
  /:\d\d:\d\d(?!\d)(?:\.\d+)?(?:[AaPp][Mm](?![\p{ID_Continue}$]))?(?:[Zz](?![\p{ID_Continue}$])|[+-]\d\d:\d\d(?!\d))?/uy;
/** Behind four digits. */
const dateTail = /-\d\d-\d\d(?!\d)/y;

/** INT, FLOAT, and the bare forms of addresses, networks and times. */
export function scanNumber(text: string, from: number, problems: Problems): Scanned {
  let end = digitsEnd(text, from);
  let unit = text.charCodeAt(end);
  if (unit === 58 /* : */ && end - from <= 2 && isDigit(text.charCodeAt(end + 1))) {
    bareTime.lastIndex = end;
    const tail = bareTime.exec(text);
    if (tail) {
      end += tail[0].length;
      if (text.charCodeAt(end) === 46) return digitsMissing(text, from, end, problems);
      return otherToken(text, from, end, text.slice(from, end), problems);
    }
  }
  if (unit !== 46 /* . */ && unit !== 69 /* E */ && unit !== 101 /* e */) return intToken(text, from, end, problems);
  if (unit === 46) {
    if (!isDigit(text.charCodeAt(end + 1))) return digitsMissing(text, from, end, problems);
    end = digitsEnd(text, end + 1);
    unit = text.charCodeAt(end);
    if (unit === 46) return scanDotted(text, from, end, problems);
  }
  if (unit === 69 || unit === 101) {
    let digits = end + 1;
    const sign = text.charCodeAt(digits);
    if (sign === 43 || sign === 45) digits++;
    if (!isDigit(text.charCodeAt(digits))) return digitsMissing(text, from, end, problems);
    end = digitsEnd(text, digits);
    if (text.charCodeAt(end) === 46 && !isDigit(text.charCodeAt(end + 1))) return digitsMissing(text, from, end, problems);
  }
  const value = Number(text.slice(from, end));
  if (Number.isFinite(value)) return { type: FloatLiteral, end, payload: value };
  problems.report("C4M-T032", { start: from, end }, "this number is too large for a float");
  return damaged(end);
}

/** Three or more dotted groups of digits, and perhaps `/digits`; `end` is at the second dot. */
function scanDotted(text: string, from: number, secondDot: number, problems: Problems): Scanned {
  let end = secondDot;
  while (text.charCodeAt(end) === 46) {
    if (!isDigit(text.charCodeAt(end + 1))) return digitsMissing(text, from, end, problems);
    end = digitsEnd(text, end + 1);
  }
  if (text.charCodeAt(end) === 47 && isDigit(text.charCodeAt(end + 1))) end = digitsEnd(text, end + 1);
  return otherToken(text, from, end, text.slice(from, end), problems);
}

function intToken(text: string, from: number, end: number, problems: Problems): Scanned {
  if (end - from === 4 && text.charCodeAt(end) === 45) {
    dateTail.lastIndex = end;
    const tail = dateTail.exec(text);
    if (tail) {
      const date = text.slice(from, end + tail[0].length);
      problems.report("C4M-W005", { start: from, end: end + tail[0].length }, `${date} is a subtraction, not a date`, {
        hint: `Write <<${date}>> for the date, or put blanks around the minus signs.`,
      });
    }
  }
  const value = decimal(text.slice(from, end));
  if (value !== undefined && value <= int64Bound) return { type: IntLiteral, end, payload: value };
  problems.report("C4M-T030", { start: from, end }, "this number does not fit an int (64 bits)");
  return damaged(end);
}

/**
 * C4M-L009 at the `.` or exponent at `at`. The digits are kept as a damaged token; it swallows the dot, unless a name follows that could be a
 * method, or the whole of a broken exponent.
 */
function digitsMissing(text: string, from: number, at: number, problems: Problems): Scanned {
  const dot = text.charCodeAt(at) === 46;
  const next = text.codePointAt(at + 1);
  const dotHint =
    next === 46
      ? "There are no ranges: a loop is written `for i from 0 to n { … }`."
      : "A float needs digits on both sides; a method of a number needs parentheses: `(5).hex()`.";
  problems.reportToken(
    "C4M-L009",
    { start: from, end: at + 1 },
    dot ? "digits expected after this dot" : "digits expected in the exponent",
    { hint: dot ? dotHint : undefined },
  );
  if (dot) return damaged(next !== undefined && startsIdentifier(next) ? at : at + 1);
  const sign = text.charCodeAt(at + 1) === 43 || text.charCodeAt(at + 1) === 45;
  return damaged(identifierEnd(text, at + (sign ? 2 : 1)));
}
