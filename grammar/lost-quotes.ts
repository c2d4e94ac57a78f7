/**
 * A `"""` that is missing (`language.md` 8.2). All text behind it is then read inside out: prose as statements and statements as prose, up to the last
 * `"""` of the file, where the error would be reported. Where they stand on their lines tells which of them open a text and which close one, and
 * so which has lost its partner. Asked only about files that have errors.
 */

/** The `"""` without partner. */
export type LostQuotes =
  /** It opens a text that is never closed. */
  | { readonly kind: "opener"; readonly at: number }
  /** It closes a text that began, without quotes, at `from`; `end` is behind it. */
  | { readonly kind: "closer"; readonly from: number; readonly end: number };

/** `doc: """`, `x = f("""`: on its line, something stands before the quotes that asks for a value. */
const beforeOpening = /^\s*~?[\p{L}\p{N}_.$]+\s*(?::=|=|:)\s*$|(?:[([+]|\breturn)\s*$/u;
/** The quotes end the statement or are followed by an operator. */
const behindClosing = /^\s*(?:[)\]},;+.#]|\/\/|\r?$)/;
/** A line that wants a value and has none. */
const wantsValue = /^\s*~?[\p{L}\p{N}_.$]+\s*(?::=|=|:)\s*$/u;
/** A line that has words where a value should be. */
const hasWords = /^\s*~?[\p{L}\p{N}_.$]+\s*(?::=|=|:)\s*(?=\p{L}+\s+\p{L}+\s)/u;

/** The `"""` that has lost its partner; undefined if they are in pairs as far as one can see. */
export function lostQuotes(text: string): LostQuotes | undefined {
  let opener: number | undefined;
  let closedAt = 0;
  for (const { index } of text.matchAll(/(?<!\\)"""/g)) {
    const lineStart = text.lastIndexOf("\n", index - 1) + 1;
    const feed = text.indexOf("\n", index);
    const before = text.slice(lineStart, index);
    const behind = text.slice(index + 3, feed < 0 ? text.length : feed);
    if (opener !== undefined) {
      if (beforeOpening.test(before)) return { kind: "opener", at: opener };
      opener = undefined;
      closedAt = index + 3;
    } else if (before.trim() !== "" || !behindClosing.test(behind) || endsInOperator(text.slice(closedAt, lineStart))) {
      opener = index;
    } else {
      const from = beginningOf(text, closedAt, index);
      return from === undefined ? undefined : { kind: "closer", from, end: index + 3 };
    }
  }
  return opener === undefined ? undefined : { kind: "opener", at: opener };
}

/** The line above wants a value, which may stand on the next. */
function endsInOperator(text: string): boolean {
  const last = text.trimEnd().at(-1);
  return last !== undefined && "=:(,[+".includes(last);
}

/** Where the text began that is closed at `end`: at the nearest line above whose value is missing, or is made of words. */
function beginningOf(text: string, first: number, end: number): number | undefined {
  for (let lineEnd = end; lineEnd > first; ) {
    const lineStart = Math.max(first, text.lastIndexOf("\n", lineEnd - 1) + 1);
    const line = text.slice(lineStart, lineEnd);
    if (wantsValue.test(line)) return lineStart + line.trimEnd().length;
    const words = hasWords.exec(line);
    if (words !== null) return lineStart + words[0].length;
    lineEnd = lineStart - 1;
  }
  return undefined;
}
