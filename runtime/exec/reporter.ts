/**
 * The reporter: a fresh copy of chalk, `__ reporter`, that was started beside a program and reports on it as if it were the chalk that the program
 * replaced (`runtime-core.md` 8.2). It gets its facts on stdin. Its environment asks the engine to do without its optimising compilers: a report a minute
 * never gets so hot that they would gain time, and they cost several megabytes.
 */
import { processBirth } from "../collect/process-record.js";
import type { Session } from "../collect/types.js";
import type { Host } from "../host/host.js";
import { readHandover, writeHandover } from "./handover.js";
import type { WatchedFiles } from "./postexec.js";
import { type PostexecWork, reportOnProgram } from "./reports.js";
import type { ExecSettings } from "./settings.js";
import type { ExecLog, IdentifyProgram, Program, ReporterState, ReportPort } from "./types.js";

/** Words after the launch vector that make a copy of us a reporter. */
export const reporterWords = ["__", "reporter"] as const;

/** Variables of the engine that only the reporter has. */
const engineVariables: Readonly<Record<string, string>> = { BUN_JSC_useDFGJIT: "0" };

/** Our own process as the program that it is about to become. */
export function ownProgram(host: Host, path: string): Program {
  const { pid } = host.processes;
  return { pid, start: processBirth(host, pid)?.start, path };
}

/** The number that a reporter's descriptor of watched files has. */
const watchDescriptor = 3;

/** The state as the new process has it: a descriptor changes its number on the way. */
function stateInReporter(state: ReporterState): ReporterState {
  const watch = state.postexec?.watch;
  if (state.postexec === undefined || watch === undefined) return state;
  return { ...state, postexec: { ...state.postexec, watch: { ...watch, fd: watchDescriptor } } };
}

/** Starts the reporter. Throws a `HostError` if that is impossible. Returns its PID, 0 if unknown. */
export function startReporter(host: Host, state: ReporterState): number {
  const { launch } = host.processes;
  const environment = { ...host.processes.environment(), ...engineVariables };
  const input = writeHandover(stateInReporter(state));
  return host.control.spawnDetached(launch[0]!, [...launch, ...reporterWords], environment, input, state.postexec?.watch?.fd);
}

/** The work on watched files that the state asks for. */
export function postexecOf(
  host: Host,
  state: ReporterState,
  report: (files: WatchedFiles) => Promise<void>,
): PostexecWork | undefined {
  const { postexec } = state;
  return (
    postexec && {
      facts: postexec,
      alone: state.onlyPostexec === true,
      report,
      fork: () => void startReporter(host, { ...state, onlyPostexec: true }),
    }
  );
}

/** What the caller makes from the state: the same configuration and engine that the first process had. */
export interface ReporterSetup {
  readonly port: ReportPort;
  readonly settings: ExecSettings;
  readonly session: Session;
  readonly postexec?: PostexecWork;
  readonly identify: IdentifyProgram;
  readonly log: ExecLog;
}

/** Reads the state that `startReporter` handed over; undefined if stdin holds none. Removes the engine's variables from the environment. */
export function readReporterState(host: Host): ReporterState | undefined {
  for (const name of Object.keys(engineVariables)) host.processes.setVariable(name, undefined);
  try {
    return readHandover(host.terminal.readAll());
  } catch {
    return undefined;
  }
}

/** The life of a reporter: reads its state, lets `connect` set everything up, reports. Returns the exit status. */
export async function runReporter(
  host: Host,
  connect: (state: ReporterState) => ReporterSetup | Promise<ReporterSetup>,
): Promise<number> {
  const state = readReporterState(host);
  if (state === undefined) return 1;
  const setup = await connect(state);
  await reportOnProgram({ host, program: state.program, wakeAt: state.wakeAt, ...setup });
  return 0;
}
