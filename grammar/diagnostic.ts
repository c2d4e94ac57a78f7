/**
 * Diagnostics are data. Every stage returns the problems it found as a list of these records and throws none of them; only the edge of
 * the program (`runtime/render/`) turns them into text, JSON, SARIF or GitHub annotations. Members and rules: `diagnostics.md` 1.
 */

import { type Code, catalogue } from "./catalogue.js";
import type { Location } from "./span.js";

export type Severity = "error" | "warning" | "note";
/** Phases in the order in which they run; `tool` is for CHK codes that belong to no phase of the language. */
export type Phase = "lex" | "parse" | "check" | "load" | "eval" | "spec" | "cmdline" | "tool";

/** Another place that a problem involves: the first assignment, the function's definition, the call chain. */
export interface Note {
  readonly message: string;
  readonly location?: Location | undefined;
}

/** A replacement that is safe to apply. */
export interface Fix {
  readonly location: Location;
  readonly text: string;
}

export interface Diagnostic {
  readonly code: Code | `CHK-${string}`;
  readonly severity: Severity;
  readonly phase: Phase;
  readonly message: string;
  /** Absent only for problems of a command line. */
  readonly location?: Location | undefined;
  readonly notes?: readonly Note[] | undefined;
  /** One sentence: what to write instead. */
  readonly hint?: string | undefined;
  readonly fix?: Fix | undefined;
  /** Dotted path of the attribute or section at fault; "" is the whole. */
  readonly path?: string | undefined;
  /** Name of the kind of problem in the conformance corpora (families S and G, and E003/T002 found for a schema's field). */
  readonly kind?: string | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly suggestions?: readonly string[] | undefined;
  /** The schema's declaration that the problem is about (family S). */
  readonly schema?: { readonly file: string; readonly line: number } | undefined;
}

/** Everything about a diagnostic that its code does not already fix. */
export type DiagnosticDetails = Omit<Diagnostic, "code" | "severity" | "phase" | "message" | "location"> & {
  severity?: Severity;
  phase?: Phase;
};

/** Makes a diagnostic; severity and phase come from the catalogue unless the details override them. */
export function diagnostic(
  code: Code,
  location: Location | undefined,
  message: string,
  details: DiagnosticDetails = {},
): Diagnostic {
  const entry = catalogue[code];
  return { code, severity: entry.severity, phase: entry.phase, message, location, ...details };
}

/** True if any of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === "error");
}
