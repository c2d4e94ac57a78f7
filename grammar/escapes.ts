/** Escape sequences of strings and character literals (`language.md` 1.6). */
import type { Problems } from "./problems.js";

/** Escapes of one character and what they stand for; `\"` `\'` `\$` and others stand for the character itself. */
const simple: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["\\", "\\"],
  ['"', '"'],
  ["'", "'"],
  ["$", "$"],
  ["\n", "\n"],
]);

const digitsOf: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** Whether the character can be part of a hexadecimal number. */
function isHexDigit(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 70) || (unit >= 97 && unit <= 102);
}

/**
 * Decodes the text between the quotes of a literal, from `start` to `end` in `text`. Reports C4M-L007, L008, L010 and warning W006; a bad escape
 * is dropped.
 */
export function decodeEscapes(text: string, start: number, end: number, problems: Problems): string {
  const parts: string[] = [];
  let copied = start;
  let at = text.indexOf("\\", start);
  while (at >= 0 && at < end) {
    parts.push(text.slice(copied, at));
    const letter = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
    const length = digitsOf.get(letter);
    let next = at + 1 + letter.length;
    if (length !== undefined) {
      const limit = Math.min(next + length, end);
      while (next < limit && isHexDigit(text.charCodeAt(next))) next++;
      if (next < at + 2 + length) {
        const code = next === end ? "C4M-L008" : "C4M-L007";
        const message =
          code === "C4M-L008"
            ? "the string ends inside this escape"
            : `\\${letter} must be followed by ${length} hexadecimal digits`;
        problems.report(code, { start: at, end: next }, message);
      } else {
        const value = Number.parseInt(text.slice(at + 2, next), 16);
        if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
          problems.report("C4M-L010", { start: at, end: next }, `${text.slice(at, next)} is not a Unicode code point`);
        else parts.push(String.fromCodePoint(value));
      }
    } else if (letter === "\r" && text[next] === "\n") {
      next++;
      parts.push("\r\n");
    } else {
      const value = simple.get(letter);
      if (value === undefined)
        problems.report("C4M-W006", { start: at, end: next }, `unknown escape \\${letter}; it stands for ${letter} itself`, {
          hint: `Write \\\\${letter} for a backslash, or leave the backslash out.`,
        });
      parts.push(value ?? letter);
    }
    copied = next;
    at = text.indexOf("\\", next);
  }
  parts.push(text.slice(copied, end));
  return parts.join("");
}
