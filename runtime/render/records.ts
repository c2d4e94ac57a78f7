/**
 * Diagnostics for machines: the records of `diagnostics.md` 1 as JSON, SARIF 2.1.0 for code scanning services, and workflow commands that
 * GitHub turns into annotations. All are pure functions; optional members are left out when there is nothing to say.
 */
import { catalogue } from "../../grammar/catalogue.js";
import type { Diagnostic, Severity } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { toolCodes } from "../tool-codes.js";

type Plain = { [member: string]: unknown };

const defined = (members: Plain): Plain => Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

const start = (place: Location | undefined): Plain =>
  place === undefined ? {} : { file: place.file, line: place.line, col: place.col };
const range = (place: Location | undefined): Plain =>
  place === undefined ? {} : { ...start(place), endLine: place.endLine, endCol: place.endCol };

/** The record of one diagnostic, members in the order of `diagnostics.md` 1. */
export function diagnosticRecord(diagnostic: Diagnostic): Plain {
  const { notes, fix } = diagnostic;
  return defined({
    code: diagnostic.code,
    severity: diagnostic.severity,
    phase: diagnostic.phase,
    message: diagnostic.message,
    ...range(diagnostic.location),
    notes:
      notes === undefined || notes.length === 0
        ? undefined
        : notes.map((note) => ({ message: note.message, ...start(note.location) })),
    hint: diagnostic.hint,
    fix: fix === undefined ? undefined : { ...range(fix.location), text: fix.text },
    path: diagnostic.path,
    kind: diagnostic.kind,
    expected: diagnostic.expected,
    actual: diagnostic.actual,
    suggestions: diagnostic.suggestions,
    schema: diagnostic.schema === undefined ? undefined : { file: diagnostic.schema.file, line: diagnostic.schema.line },
  });
}

/** A JSON array of records, indented by two, with a line break at the end. */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  return `${JSON.stringify(diagnostics.map(diagnosticRecord), undefined, 2)}\n`;
}

const sarifLevel: Record<Severity, string> = { error: "error", warning: "warning", note: "note" };

/** Files as URIs: relative paths stay relative, absolute ones get the scheme, names such as `[command line]` are escaped. */
function uriOf(file: string): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(file)) return file;
  const escaped = file.split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${escaped}` : escaped;
}

function sarifLocation(place: Location, message?: string): Plain {
  return defined({
    physicalLocation: {
      artifactLocation: { uri: uriOf(place.file) },
      region: { startLine: place.line, startColumn: place.col, endLine: place.endLine, endColumn: place.endCol },
    },
    message: message === undefined ? undefined : { text: message },
  });
}

function sarifFix(diagnostic: Diagnostic): Plain[] | undefined {
  const fix = diagnostic.fix;
  if (fix === undefined) return undefined;
  const { line, col, endLine, endCol, file } = fix.location;
  const deletedRegion = { startLine: line, startColumn: col, endLine, endColumn: endCol };
  return [
    defined({
      description: diagnostic.hint === undefined ? undefined : { text: diagnostic.hint },
      artifactChanges: [
        { artifactLocation: { uri: uriOf(file) }, replacements: [{ deletedRegion, insertedContent: { text: fix.text } }] },
      ],
    }),
  ];
}

/** A SARIF 2.1.0 log with one run; `version` is that of this program. Columns are code points, as in the records. */
export function renderSarif(diagnostics: readonly Diagnostic[], version: string): string {
  const codes = [...new Set(diagnostics.map((d) => d.code))].sort();
  const titles: Readonly<Record<string, { readonly title: string; readonly severity: Severity } | undefined>> = {
    ...catalogue,
    ...toolCodes,
  };
  const rules = codes.map((id) => {
    const entry = titles[id];
    return defined({
      id,
      shortDescription: entry === undefined ? undefined : { text: entry.title },
      defaultConfiguration: entry === undefined ? undefined : { level: sarifLevel[entry.severity] },
      help: { text: `chalk config explain ${id}` },
    });
  });
  const results = diagnostics.map((d) => {
    const places = d.location === undefined ? [] : [sarifLocation(d.location)];
    const related = (d.notes ?? []).flatMap((n) => (n.location === undefined ? [] : [sarifLocation(n.location, n.message)]));
    const text = d.hint === undefined ? d.message : `${d.message}\n${d.hint}`;
    return defined({
      ruleId: d.code,
      ruleIndex: codes.indexOf(d.code),
      level: sarifLevel[d.severity],
      message: { text },
      locations: places,
      relatedLocations: related.length === 0 ? undefined : related,
      fixes: sarifFix(d),
    });
  });
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "chalk", version, rules } },
        columnKind: "unicodeCodePoints",
        results,
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const githubCommand: Record<Severity, string> = { error: "error", warning: "warning", note: "notice" };
/** GitHub's own escapes: the rest of a command line, and property values within it. */
const escapeData = (text: string) => text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
const escapeProperty = (text: string) => escapeData(text).replace(/:/g, "%3A").replace(/,/g, "%2C");

/** One workflow command per diagnostic: `::error file=F,line=L,endLine=E,col=C,endColumn=D,title=CODE::MESSAGE`. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map((d) => {
      const place = d.location;
      const properties =
        place === undefined
          ? []
          : [
              `file=${escapeProperty(place.file)}`,
              `line=${place.line}`,
              `endLine=${place.endLine}`,
              // GitHub only takes columns of annotations that stay on one line.
              ...(place.line === place.endLine ? [`col=${place.col}`, `endColumn=${place.endCol}`] : []),
            ];
      properties.push(`title=${escapeProperty(d.code)}`);
      const text = d.hint === undefined ? d.message : `${d.message}\n${d.hint}`;
      return `::${githubCommand[d.severity]} ${properties.join(",")}::${escapeData(text)}\n`;
    })
    .join("");
}
