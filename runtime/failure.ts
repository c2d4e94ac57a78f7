/**
 * How evaluation stops. Operations and builtins know what went wrong but not where: they throw a `Failure`; the evaluator catches it at the
 * expression or statement in progress, adds span and call chain and hands it on as a diagnostic (`language.md` 8.1). Nothing of this escapes
 * the evaluator: its callers get diagnostics.
 */
import type { Code } from "../grammar/catalogue.js";
import type { DiagnosticDetails } from "../grammar/diagnostic.js";

/** A run-time error without a place. */
export class Failure extends Error {
  readonly code: Code;
  readonly details: DiagnosticDetails;
  constructor(code: Code, message: string, details: DiagnosticDetails = {}) {
    super(message);
    this.name = "Failure";
    this.code = code;
    this.details = details;
  }
}
