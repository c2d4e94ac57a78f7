/**
 * The problems that scanner and parser find in one file. Keeps what `language.md` 8.2 promises: one report per line and code, at most 50 errors,
 * sorted by position, and no second error about a statement that the scanner could not read.
 */
import type { Code } from "./catalogue.js";
import { withoutConsequences } from "./consequences.js";
import { type Diagnostic, type DiagnosticDetails, diagnostic } from "./diagnostic.js";
import type { SourceFile } from "./source.js";
import { type Location, locate, type Span } from "./span.js";

/** Most errors that are reported for one file. */
export const maximumErrors = 50;

export class Problems {
  readonly #source: SourceFile;
  readonly #found: { readonly start: number; readonly diagnostic: Diagnostic }[] = [];
  readonly #seen = new Set<string>();
  /** Lines with a string that is not closed. */
  readonly #unclosed = new Set<number>();
  /** Offsets of unreadable tokens, sorted when first asked for. */
  readonly #damage: number[] = [];
  #damageSorted = true;

  constructor(source: SourceFile) {
    this.#source = source;
  }

  locate(span: Span): Location {
    return locate(this.#source.table, span);
  }

  /** Adds a problem unless its line already has one of that code. */
  report(code: Code, span: Span, message: string, details?: DiagnosticDetails): void {
    const location = this.locate(span);
    const key = `${location.line} ${code}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#found.push({ start: span.start, diagnostic: diagnostic(code, location, message, details) });
  }

  /** Adds an error about a token: it also silences syntax errors in the same statement (`damagedWithin`). */
  reportToken(code: Code, span: Span, message: string, details?: DiagnosticDetails): void {
    if (code === "C4M-L002") this.#unclosed.add(this.locate(span).line);
    this.#damage.push(span.start);
    this.#damageSorted = false;
    this.report(code, span, message, details);
  }

  /** Whether the line of this place has a string that is not closed. Its other quote may be the one that is missing, and stand anywhere before. */
  hasUnclosedString(span: Span): boolean {
    return this.#unclosed.size > 0 && this.#unclosed.has(this.locate(span).line);
  }

  /** Whether an unreadable token starts in this range of the text. */
  damagedWithin(start: number, end: number): boolean {
    if (this.#damage.length === 0) return false;
    if (!this.#damageSorted) this.#damage.sort((a, b) => a - b);
    this.#damageSorted = true;
    let low = 0;
    let high = this.#damage.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#damage[middle] as number) < start) low = middle + 1;
      else high = middle;
    }
    const next = this.#damage[low];
    return next !== undefined && next <= end;
  }

  /** Whether an error has been reported whose place begins in this range of the text. */
  hasErrorWithin(start: number, end: number): boolean {
    return this.#found.some((entry) => entry.start >= start && entry.start < end && entry.diagnostic.severity === "error");
  }

  /** Everything found, by position, without consequences; errors are never crowded out by warnings. `balanced` tells whether there are
   * as many `{` as `}`. */
  list(balanced: () => boolean = () => true): Diagnostic[] {
    const sorted = [...this.#found].sort((a, b) => a.start - b.start);
    const first = sorted.slice(0, 4 * maximumErrors);
    const own = new Set(
      withoutConsequences(
        first.map((entry) => entry.diagnostic),
        (line) => this.#lineText(line),
        balanced,
      ),
    );
    const kept = [...first.filter((entry) => own.has(entry.diagnostic)), ...sorted.slice(first.length)];
    const errors = kept.filter((entry) => entry.diagnostic.severity === "error").slice(0, maximumErrors);
    const others = kept.filter((entry) => entry.diagnostic.severity !== "error").slice(0, maximumErrors);
    return [...errors, ...others].sort((a, b) => a.start - b.start).map((entry) => entry.diagnostic);
  }

  #lineText(line: number): string {
    const { text, table } = this.#source;
    return text.slice(table.lineStarts[line - 1] ?? 0, table.lineStarts[line] ?? text.length);
  }
}
