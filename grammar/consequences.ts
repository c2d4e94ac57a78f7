/**
 * Which syntax errors are consequences of others (`language.md` 8.2: one mistake gives one error). A brace that is missing or too many because of a mistake
 * that was reported on its own line is no second mistake, and neither is what only a block that ends elsewhere makes wrong.
 */
import type { Diagnostic } from "./diagnostic.js";

/** Errors about a place in the nesting of blocks. */
const blockCodes = new Set(["C4M-P018", "C4M-P019", "C4M-P020", "C4M-P021", "C4M-P022", "C4M-P037"]);
/** Errors that only tell where a statement cannot begin. */
const beginningCodes = new Set(["C4M-P010", "C4M-P011"]);

/**
 * The errors among `found`, sorted by position, that are mistakes of their own. `lineText` gives a line of the file; `isBalanced` tells whether there
 * are as many `{` as `}`.
 */
export function withoutConsequences(
  found: readonly Diagnostic[],
  lineText: (line: number) => string,
  isBalanced: () => boolean,
): Diagnostic[] {
  const errors = found.filter((d) => d.severity === "error" && (d.phase === "parse" || d.phase === "lex"));
  if (errors.length < 2) return [...found];
  const balanced = isBalanced();
  const lineOf = (d: Diagnostic) => d.location?.line ?? 0;
  // Whoever is dropped is the consequence of an error that stays.
  const kept: Diagnostic[] = [];
  for (const error of errors) {
    const before = kept.filter((other) => lineOf(other) === lineOf(error) && other.code !== "C4M-P035");
    const isSameStatement = before.some((other) => !/[;{}]/.test(textBetween(other, error, lineText)));
    const isConsequence =
      isSameStatement ||
      (before.length > 0 && beginningCodes.has(error.code)) ||
      (!balanced && blockCodes.has(error.code) && kept.length > 0);
    if (!isConsequence) kept.push(error);
  }
  const ofBraces = balanced ? [] : consequencesOfBraces(kept, lineText, lineOf);
  const ofLines = kept.filter((error, index) => error.code === "C4M-P004" && endsInMistake(error, kept[index + 1], lineText));
  const own = new Set(kept.filter((error) => !ofBraces.includes(error) && !ofLines.includes(error)));
  return found.filter((d) => own.has(d) || !errors.includes(d));
}

/** Blocks that are not closed, and braces that close nothing, because of a brace on a line that has an error of another kind. */
function consequencesOfBraces(
  errors: readonly Diagnostic[],
  lineText: (line: number) => string,
  lineOf: (d: Diagnostic) => number,
): Diagnostic[] {
  const isBrace = (d: Diagnostic) => d.code === "C4M-P004" || d.code === "C4M-P010";
  const others = new Set(errors.filter((d) => !isBrace(d)).map(lineOf));
  let [opened, closed] = [0, 0];
  for (const line of others) {
    const text = lineText(line);
    const surplus = text.split("{").length - text.split("}").length;
    if (surplus > 0) opened += surplus;
    else closed -= surplus;
  }
  const last = (code: string, count: number) => (count === 0 ? [] : errors.filter((d) => d.code === code).slice(-count));
  return [...last("C4M-P004", opened), ...last("C4M-P010", closed)];
}

/** A block of one line whose end is missing, because of a mistake further along the line: `box { a = "x; b = "//y" }`, where the end is in a comment. */
function endsInMistake(block: Diagnostic, next: Diagnostic | undefined, lineText: (line: number) => string): boolean {
  const line = block.location?.line ?? 0;
  return next?.location?.line === line && lineText(line).trimEnd().endsWith("}");
}

/** What stands between two errors of one line, without a brace that is the first of them. */
function textBetween(first: Diagnostic, second: Diagnostic, lineText: (line: number) => string): string {
  const { line, col } = first.location ?? { line: 0, col: 1 };
  const text = [...lineText(line)].slice(col - 1, (second.location?.col ?? 1) - 1).join("");
  return text.replace(/^[{}]/, "");
}
