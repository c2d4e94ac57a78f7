/**
 * Places in source text.
 *
 * While a file is being worked on, a place is a `Span`: two UTF-16 offsets into the decoded text (cheap to make, exact). What people and
 * tools see is a `Location`: file, line and column, 1-based, columns counted in Unicode code points, the end exclusive
 * (`language.md` 1.1, `diagnostics.md` 1). `LineTable` turns the one into the other; it is plain data, so that compiled configuration can
 * carry it and still name places without its source text.
 */

/** A half-open range of UTF-16 offsets into the decoded text of one file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place as people read it: 1-based, columns in code points, end exclusive. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly col: number;
  readonly endLine: number;
  readonly endCol: number;
}

/** What is needed to turn offsets of one file into lines and columns. */
export interface LineTable {
  readonly file: string;
  /** Offset of the first character of each line; `lineStarts[0]` is 0. */
  readonly lineStarts: readonly number[];
  /** Offsets of the high surrogates of all astral characters, ascending; usually empty. */
  readonly astral: readonly number[];
}

const highSurrogate = /[\ud800-\udbff]/;

/** Builds the line table of a decoded text. A line ends at LF (CRLF included); a lone CR ends none. */
export function lineTable(file: string, text: string): LineTable {
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const astral: number[] = [];
  if (highSurrogate.test(text)) for (const match of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) astral.push(match.index);
  return { file, lineStarts, astral };
}

/** Index of the last entry of an ascending list that is ≤ `value`, or -1. */
function lastAtMost(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Line and column (1-based, code points) of one offset. */
export function position(table: LineTable, offset: number): { line: number; col: number } {
  const index = Math.max(0, lastAtMost(table.lineStarts, offset));
  const lineStart = table.lineStarts[index] as number;
  const astralBefore =
    table.astral.length === 0 ? 0 : lastAtMost(table.astral, offset - 1) - lastAtMost(table.astral, lineStart - 1);
  return { line: index + 1, col: offset - lineStart - astralBefore + 1 };
}

/** The location of a span. Most end on the line on which they start, which spares a search. */
export function locate(table: LineTable, span: Span): Location {
  const from = position(table, span.start);
  const next = table.lineStarts[from.line];
  const isShort = table.astral.length === 0 && span.end >= span.start && (next === undefined || span.end < next);
  const to = isShort
    ? { line: from.line, col: from.col + span.end - span.start }
    : position(table, Math.max(span.start, span.end));
  return { file: table.file, line: from.line, col: from.col, endLine: to.line, endCol: to.col };
}
