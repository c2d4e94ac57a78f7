/**
 * Keeping secrets of configurations out of what is said about them: errors quote the line they stand in, and messages quote values. Both go through here
 * before they are shown anywhere.
 */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { redacted } from "../log/redact.js";
import { replacementOf, type SecretSpan, secretSpans, secretText } from "../log/source-secrets.js";

/** Gives the text of a file that a diagnostic names; undefined if it is not at hand. */
export type Sources = (file: string) => string | undefined;

/** A line as it may be shown. */
export interface ShownLine {
  readonly text: string;
  /** Where a column (1-based, in code points) of the line in the file is in the shown one; `atEnd`: as the end of a range. */
  column(col: number, atEnd?: boolean): number;
}

/** What is known about the secrets of the files that a list of diagnostics names; each file is looked at once. */
export interface Secrets {
  /** A line that begins at an offset of a file's text. */
  line(file: string, text: string, from: number, line: string): ShownLine;
  /** The diagnostic without secrets in its texts. */
  clean(diagnostic: Diagnostic): Diagnostic;
}

const length = (text: string): number => (/[\ud800-\udfff]/.test(text) ? [...text].length : text.length);

/** A secret that short occurs by chance in a message; between quotation marks it is one. */
const shortest = 8;
/** Parts of a secret that are this long are secrets: the word after `Bearer`, the lines of a key. */
const shortestPart = 6;

function hide(message: string, secrets: readonly string[]): string {
  let clean = message;
  for (const secret of secrets) {
    if (!clean.includes(secret)) continue;
    for (const mark of ["'", '"', "`"]) clean = clean.split(`${mark}${secret}${mark}`).join(`${mark}${redacted}${mark}`);
    if (secret.length >= shortest) clean = clean.split(secret).join(redacted);
  }
  return clean;
}

function cleanLine(line: string, from: number, spans: readonly SecretSpan[]): ShownLine {
  const end = from + line.length;
  const inside = spans.filter((span) => span.from < end && span.to > from);
  if (inside.length === 0) return { text: line, column: (col) => col };
  const pieces: { readonly at: number; readonly old: number; readonly now: number }[] = [];
  let text = "";
  let done = 0;
  for (const span of inside) {
    const [start, stop] = [Math.max(0, span.from - from), Math.min(line.length, span.to - from)];
    text += line.slice(done, start);
    const replacement = replacementOf(span);
    pieces.push({ at: length(line.slice(0, start)), old: length(line.slice(start, stop)), now: length(replacement) });
    text += replacement;
    done = stop;
  }
  text += line.slice(done);
  return {
    text,
    column(col, atEnd = false) {
      let shift = 0;
      const index = col - 1;
      for (const { at, old, now } of pieces) {
        if (index <= at) break;
        if (index < at + old) return at + shift + (atEnd ? now : 0) + 1;
        shift += now - old;
      }
      return col + shift;
    },
  };
}

/** Looks at the secrets of the files that `sources` gives. */
export function secretsOf(sources: Sources): Secrets {
  const known = new Map<string, { readonly spans: readonly SecretSpan[]; readonly texts: readonly string[] }>();
  const of = (file: string, given?: string) => {
    let found = known.get(file);
    if (found === undefined) {
      const text = given ?? sources(file) ?? "";
      const spans = secretSpans(text, { slips: true });
      const whole = spans.map((span) => secretText(text, span));
      const parts = whole.flatMap((secret) => secret.split(/\s+/).filter((part) => part.length >= shortestPart));
      const texts = [...new Set([...whole, ...parts])].filter((secret) => secret !== "");
      found = { spans, texts: texts.sort((a, b) => b.length - a.length) };
      known.set(file, found);
    }
    return found;
  };
  return {
    line: (file, text, from, line) => cleanLine(line, from, of(file, text).spans),
    clean(diagnostic) {
      const places = [diagnostic.location, ...(diagnostic.notes ?? []).map((note) => note.location)];
      const secrets = [...new Set(places.flatMap((place) => (place === undefined ? [] : of(place.file).texts)))];
      if (secrets.length === 0) return diagnostic;
      const { fix, notes, hint, actual, expected, ...rest } = diagnostic;
      return {
        ...rest,
        message: hide(diagnostic.message, secrets),
        ...(notes === undefined ? {} : { notes: notes.map((note) => ({ ...note, message: hide(note.message, secrets) })) }),
        ...(hint === undefined ? {} : { hint: hide(hint, secrets) }),
        ...(expected === undefined ? {} : { expected: hide(expected, secrets) }),
        ...(actual === undefined ? {} : { actual: hide(actual, secrets) }),
        // What would be put into the file cannot be shown in part.
        ...(fix === undefined || secrets.some((secret) => secret.length > 3 && fix.text.includes(secret)) ? {} : { fix }),
      };
    },
  };
}
