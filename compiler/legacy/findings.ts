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

/** Applies the fixes of findings to a source text, last first; statements that vanish take their line with them. */
export function applyFindings(text: string, findings: readonly LegacyFinding[]): string {
  const fixes = findings
    .flatMap((finding) => (finding.fix === undefined ? [] : [finding.fix]))
    .sort((a, b) => b.span.start - a.span.start);
  let result = text;
  let limit = Number.POSITIVE_INFINITY;
  for (const { span, text: replacement } of fixes) {
    if (span.end > limit) continue;
    let { start, end } = span;
    if (replacement === "") {
      const lineStart = result.lastIndexOf("\n", start - 1) + 1;
      const lineEnd = result.indexOf("\n", end);
      if (
        result.slice(lineStart, start).trim() === "" &&
        (lineEnd < 0 ? result.slice(end) : result.slice(end, lineEnd)).replace(/^[ \t;]*(#.*|\/\/.*)?/, "").trim() === ""
      ) {
        start = lineStart;
        end = lineEnd < 0 ? result.length : lineEnd + 1;
      }
    }
    result = result.slice(0, start) + replacement + result.slice(end);
    limit = start;
  }
  return result;
}
