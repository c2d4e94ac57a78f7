/**
 * A frame is one activation: of a file's top level, of a component's, or of a function. It holds the variables and, in `at`, the span of whatever is
 * being done, so that an error anywhere below can name its place and the chain of calls without any bookkeeping on the way (`language.md` 8.1).
 */
import type { IrSpan } from "../../compiler/ir.js";
import { type Diagnostic, diagnostic, type Note } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { Failure } from "../failure.js";
import { reasonOf } from "../reason.js";
import type { SectionNode } from "../store.js";
import type { Value } from "../values.js";
import { type LoadedModule, locationOf } from "./module.js";
import type { Runtime } from "./runtime.js";

export interface Frame {
  readonly runtime: Runtime;
  readonly module: LoadedModule;
  readonly slots: (Value | undefined)[];
  readonly slotNames: readonly string[];
  /** Slot of `result` in functions, -1 elsewhere. */
  readonly result: number;
  /** What the frame is for, as notes name it: `f()`, `component x`, or "" for a file. */
  readonly label: string;
  /** The frame that was in progress when this one started. */
  readonly caller: Frame | undefined;
  /** Span of the expression or statement in progress. */
  at: IrSpan;
  /** The section whose block is being run, and how many names its path has. */
  section: { readonly node: SectionNode; readonly depth: number } | undefined;
}

const nowhere: IrSpan = [0, 0];

export function createFrame(
  runtime: Runtime,
  module: LoadedModule,
  slots: (Value | undefined)[],
  slotNames: readonly string[],
  result: number,
  label: string,
): Frame {
  return { runtime, module, slots, slotNames, result, label, caller: runtime.frame, at: nowhere, section: undefined };
}

/** Place of whatever the frame is doing. */
export function frameLocation(frame: Frame): Location {
  return locationOf(frame.module, frame.at);
}

/** Longest call chain in notes: the innermost calls, then the outermost. */
const maxChain = 10;

function callChain(frame: Frame): Note[] {
  const notes: Note[] = [];
  for (let inner = frame; inner.caller !== undefined; inner = inner.caller) {
    const message = inner.label === "" ? "run from here" : `${inner.label} is called here`;
    notes.push({ message, location: frameLocation(inner.caller) });
  }
  if (notes.length <= maxChain) return notes;
  const left = notes.length - maxChain;
  return [...notes.slice(0, maxChain - 2), { message: `… ${left} more calls …` }, ...notes.slice(-2)];
}

/** Turns whatever was thrown during evaluation into a diagnostic at the frame in progress. */
export function failureDiagnostic(error: unknown, frame: Frame | undefined): Diagnostic {
  const failure = asFailure(error);
  if (frame === undefined) return diagnostic(failure.code, undefined, failure.message, failure.details);
  const notes = [...(failure.details.notes ?? []), ...callChain(frame)];
  const details = notes.length > 0 ? { ...failure.details, notes } : failure.details;
  return diagnostic(failure.code, frameLocation(frame), failure.message, details);
}

/** True if the engine's own stack is exhausted. */
export function isStackOverflow(error: unknown): boolean {
  return (
    (error instanceof RangeError && /call stack/i.test(error.message)) ||
    (error instanceof Error && error.name === "InternalError")
  );
}

/** True if the engine refuses to make a string or array as large as was asked for. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && /(string|array) length|out of memory|too (large|long|big)/i.test(error.message);
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (isStackOverflow(error)) return new Failure("C4M-E010", "calls or values are nested too deeply");
  if (isTooLarge(error)) return new Failure("C4M-E022", "a value is too large");
  return new Failure("C4M-E009", `internal failure: ${reasonOf(error)}`);
}
