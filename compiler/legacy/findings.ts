/** What the reading of old spellings finds, and how its fixes are applied to a text. */
import type { Location, Span } from "../../grammar/span.js";

/** One use of an old spelling. */
export interface LegacyFinding {
  readonly location: Location;
  /** What was written, for instance `exec.heartbeat_rate`. */
  readonly old: string;
  readonly message: string;
  /** Replacement of `span` in the source text, if the new spelling can stand there. */
  readonly fix: { readonly span: Span; readonly location: Location; readonly text: string } | undefined;
}

/** Where to cut for a statement that vanishes: its whole lines if nothing else stands there, else with the semicolon beside it. */
function cutFor(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const lineEnd = newline < 0 ? text.length : newline;
  const before = text.slice(lineStart, start);
  const after = text.slice(end, lineEnd);
  const comment = /^[ \t\r;]*((#|\/\/).*)?$/;
  if (before.trim() === "" && comment.test(after)) {
    const next = newline < 0 ? text.length : newline + 1;
    // Of the blank lines around it, one stays.
    const blank = /^[ \t\r]*\n/.exec(text.slice(next))?.[0] ?? "";
    const isIsolated = blank !== "" && (lineStart === 0 || /\n[ \t\r]*\n$/.test(text.slice(0, lineStart)));
    return { start: lineStart, end: isIsolated ? next + blank.length : next };
  }
  const behind = /^[ \t]*;[ \t]*/.exec(after)?.[0];
  if (behind !== undefined) return { start, end: end + behind.length };
  const ahead = /[ \t]*;[ \t]*$/.exec(before)?.[0] ?? "";
  return { start: start - ahead.length, end };
}

/** Applies the fixes of findings to a source text, last first. Of overlapping fixes the later one counts. */
export function applyFindings(text: string, findings: readonly LegacyFinding[]): string {
  const fixes = findings
    .flatMap((finding) => (finding.fix === undefined ? [] : [finding.fix]))
    .sort((a, b) => b.span.start - a.span.start);
  let result = text;
  let limit = Number.POSITIVE_INFINITY;
  for (const { span, text: replacement } of fixes) {
    if (span.end > limit) continue;
    const { start, end } = replacement === "" ? cutFor(result, span.start, span.end) : span;
    result = result.slice(0, start) + replacement + result.slice(end);
    limit = start;
  }
  return result;
}
