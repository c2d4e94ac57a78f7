/**
 * Diagnostics as people read them (`diagnostics.md` 1): `FILE:LINE:COL: SEVERITY[CODE]: MESSAGE`, the line of source, carets under the span,
 * then notes with excerpts of their own, the hint, the rule of the schema. Whatever the file contains, the terminal only ever gets printable
 * text: control characters of sources and messages are replaced.
 */
import picocolors from "picocolors";
import type { Diagnostic, Note, Severity } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { type Secrets, type Sources, secretsOf } from "./secrets.js";
import { layOut } from "./width.js";

export interface TextOptions {
  /** Emit ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal; longer source lines are cut around the carets. 0 or absent: never cut. */
  readonly width?: number;
}

const indent = "  ";
const colors = picocolors.createColors(true);
type Style = "bold" | "red" | "yellow" | "cyan" | "green";
const severityStyle: Record<Severity, Style> = { error: "red", warning: "yellow", note: "cyan" };

type Paint = (text: string, ...styles: Style[]) => string;
const plain: Paint = (text) => text;
const painted: Paint = (text, ...styles) => styles.reduce((inner, style) => colors[style](inner), text);

/** Control characters (escape sequences above all) must not reach the terminal; line breaks may. */
function printable(text: string): string {
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, (c) => (c === "\t" ? " " : c === "\r" ? "" : "\ufffd"));
}

/** The 1-based line of a text, without its line break, and where it begins. */
function lineOf(text: string, line: number): { readonly start: number; readonly line: string } | undefined {
  let start = 0;
  for (let i = 1; i < line; i++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  const found = text.slice(start, end < 0 ? undefined : end);
  return { start, line: found.endsWith("\r") ? found.slice(0, -1) : found };
}

/** What excerpts are made from. */
interface Texts {
  readonly sources: Sources;
  readonly secrets: Secrets;
}

/** Source line and caret line of a place; nothing if the source or the line is not at hand. */
function excerpt(place: Location, { sources, secrets }: Texts, width: number, paint: Paint, style: Style): string[] {
  const text = sources(place.file);
  const found = text === undefined ? undefined : lineOf(text, place.line);
  if (text === undefined || found === undefined || found.line.trim() === "") return [];
  const line = secrets.line(place.file, text, found.start, found.line);
  const cells = layOut(line.text);
  const total = cells.length === 0 ? 0 : cells.at(-1)!.column + cells.at(-1)!.width;
  const columnOf = (col: number) => (col - 1 < cells.length ? cells[Math.max(0, col - 1)]!.column : total);
  const from = columnOf(line.column(place.col));
  const to = Math.max(from + 1, place.endLine > place.line ? total : columnOf(line.column(place.endCol, true)));

  // A window of columns [left, right) that begins shortly before the carets, if the line is too long.
  const room = width > 0 ? Math.max(20, width - indent.length) : Number.POSITIVE_INFINITY;
  const left = total <= room || from < room - 10 ? 0 : from - 10;
  const right = Math.min(total, left + room);
  const cutLeft = left > 0;
  const cutRight = right < total;
  let shown = cutLeft ? "…" : "";
  let column = cutLeft ? left + 1 : 0;
  const end = cutRight ? right - 1 : right;
  for (const cell of cells) {
    if (cell.column < column && cell.width > 0) continue;
    if (cell.column + cell.width > end) break;
    if (cell.column < column && cell.column + cell.width < column) continue;
    shown += " ".repeat(Math.max(0, cell.column - column)) + cell.text;
    column = cell.column + cell.width;
  }
  if (cutRight) shown += `${" ".repeat(Math.max(0, end - column))}…`;
  const carets = "^".repeat(Math.max(1, Math.min(to, right === total ? to : right) - from));
  return [indent + shown.trimEnd(), indent + " ".repeat(from - left) + paint(carets, "bold", style)];
}

const placeText = (place: Location) => `${printable(place.file)}:${place.line}:${place.col}: `;

function renderNote(note: Note, texts: Texts, width: number, paint: Paint): string[] {
  const place = note.location;
  const head = `${place === undefined ? "" : placeText(place)}${paint("note:", "bold", "cyan")} ${printable(note.message)}`;
  return place === undefined ? [head] : [head, ...excerpt(place, texts, width, paint, "cyan")];
}

function renderOne(given: Diagnostic, texts: Texts, width: number, paint: Paint): string[] {
  const diagnostic = texts.secrets.clean(given);
  const style = severityStyle[diagnostic.severity];
  const place = diagnostic.location;
  const label = paint(`${diagnostic.severity}[${diagnostic.code}]:`, "bold", style);
  const lines = [`${place === undefined ? "" : placeText(place)}${label} ${paint(printable(diagnostic.message), "bold")}`];
  if (place !== undefined) lines.push(...excerpt(place, texts, width, paint, style));
  for (const note of diagnostic.notes ?? []) lines.push(...renderNote(note, texts, width, paint));
  if (diagnostic.hint !== undefined) lines.push(`${paint("hint:", "bold", "green")} ${printable(diagnostic.hint)}`);
  if (diagnostic.schema !== undefined)
    lines.push(`${paint("schema:", "bold", "cyan")} ${printable(diagnostic.schema.file)}:${diagnostic.schema.line}`);
  return lines;
}

/**
 * Diagnostics as text, in the given order, an empty line between two of them. The result ends in a line break, or is empty if there is
 * nothing to say. It holds no secrets of the files, and no escape sequences unless `color` is on.
 */
export function renderText(diagnostics: readonly Diagnostic[], sources: Sources, options: TextOptions = {}): string {
  const paint = options.color === true ? painted : plain;
  const texts = { sources, secrets: secretsOf(sources) };
  const blocks = diagnostics.map((d) => `${renderOne(d, texts, options.width ?? 0, paint).join("\n")}\n`);
  return blocks.join("\n");
}

/** More errors than this don't help anybody in a log; `config lint` shows all. */
const maximumInLog = 20;
const logWidth = 200;

/** Errors for the log of a command that cannot go on: the first of them, long lines cut. */
export function renderForLog(diagnostics: readonly Diagnostic[], sources: Sources): string {
  const shown = renderText(diagnostics.slice(0, maximumInLog), sources, { width: logWidth });
  const left = diagnostics.length - maximumInLog;
  return left > 0 ? `${shown}\n… and ${left} more; \`chalk config lint\` shows all of them\n` : shown;
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** `2 errors, 1 warning`; notes only if there are any; `no problems` if there are none at all. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Severity) => diagnostics.filter((d) => d.severity === severity).length;
  const parts = (["error", "warning", "note"] as const)
    .map((severity) => [count(severity), severity] as const)
    .filter(([n]) => n > 0)
    .map(([n, word]) => plural(n, word));
  return parts.length === 0 ? "no problems" : parts.join(", ");
}
