/**
 * What `exec` needs from the rest of the program, as narrow interfaces: the report engine (`runtime/report/engine.ts` fits `ReportPort` as it is), the
 * identification of programs through codecs, and the facts that travel from the process that starts a program to the one that reports on it.
 */
import type { Artifact, ResourceKind, Session } from "../collect/types.js";
import type { Json } from "../json.js";
import type { PostexecFacts } from "./postexec.js";

/** One operation of the report engine, as far as `exec` uses it. */
export interface OperationPort {
  readonly artifacts: Artifact[];
  /** Paths of recognised artifacts without a mark. */
  readonly unmarked: string[];
  collectArtifact(phase: "post_chalk_keys", artifact: Artifact): void;
  report(): Promise<void>;
}

export interface ReportPort {
  begin(operation: "exec" | "heartbeat", options?: { readonly artifacts?: readonly Artifact[] }): OperationPort;
}

/** What a codec says about the program's file. */
export interface ProgramFile {
  readonly codec: string;
  readonly kinds: Iterable<ResourceKind>;
  readonly mark: ReadonlyMap<string, Json> | undefined;
  /** Hex SHA-256 of the content without mark, if the codec can tell. */
  readonly unmarkedHash: string | undefined;
}

/** Finds the codec that claims a file; undefined if none does. May throw, then the program is reported without it. */
export type IdentifyProgram = (path: string) => ProgramFile | undefined;

export type ExecLog = (level: "error" | "warn" | "info" | "trace", message: string) => void;

/** The program that is reported on. */
export interface Program {
  readonly pid: number;
  /** Start time in clock ticks since boot: tells the process from a later one with the same PID. Undefined where there is no /proc. */
  readonly start: string | undefined;
  /** The file that was (or will be) executed. */
  readonly path: string;
}

/** Facts for the reporter, which is another process. Neither the program nor a process list gets to see them (`handover.ts`). */
export interface ReporterState {
  readonly format: 2;
  /** When the program is to be looked at first: `exec.initial_sleep_time` after its start. Monotonic clock, ms. */
  readonly wakeAt: number;
  readonly program: Program;
  /** Files that are watched; its descriptor is number 3 in the reporter. */
  readonly postexec?: PostexecFacts;
  /** This reporter makes the report on these files only, beside another one that makes all others. */
  readonly onlyPostexec?: true;
  /** Our command line, from which the reporter derives the same settings. */
  readonly argv: readonly string[];
  readonly session: SessionFacts;
  /** Whatever else the caller wants its reporter to know. */
  readonly extra: Readonly<Record<string, string>>;
}

/** The facts of a session that a copy of us cannot find out itself. */
export type SessionFacts = Pick<Session, "execId" | "startTime" | "startMonotonic" | "argv" | "commandFlags" | "commandArgs">;
