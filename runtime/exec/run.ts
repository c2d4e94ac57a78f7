/**
 * `chalk exec` (`runtime-core.md` 8): finds the program and starts it so that it cannot tell chalk was there, with a reporter beside it; or as our child
 * when the configuration (or plain Node) wants that. Whatever fails on our side, the program runs (README, decision 3).
 */
import { processBirth } from "../collect/process-record.js";
import type { Session } from "../collect/types.js";
import type { Child, Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import { chooseCommand, findCandidates } from "./candidates.js";
import { type PostexecFacts, preparePostexec, type WatchedFiles } from "./postexec.js";
import { ownProgram, startReporter } from "./reporter.js";
import { reportOnProgram } from "./reports.js";
import type { ExecSettings } from "./settings.js";
import type { ExecLog, IdentifyProgram, Program, ReporterState, ReportPort } from "./types.js";

export interface ExecOptions {
  readonly host: Host;
  readonly settings: ExecSettings;
  /** The words after chalk's own flags, verbatim. */
  readonly args: readonly string[];
  readonly log: ExecLog;
  /** Absent: nothing is reported. */
  readonly reports?: ExecReports;
  /** Variables that are ours and not the program's, besides the recursion guard; with the value they had before, if any. */
  readonly restoreVariables?: ReadonlyMap<string, string | undefined>;
}

/** What reports are made with. */
export interface Connection {
  readonly port: ReportPort;
  readonly identify: IdentifyProgram;
  /** Reports on files that were watched. */
  readonly reportAccess: (files: WatchedFiles) => Promise<void>;
}

export interface ExecReports {
  readonly session: Session;
  /** The report engine and codecs; made only when this process reports itself. */
  readonly connect: () => Connection | Promise<Connection>;
  /** Further facts for a reporter (`ReporterState.extra`). */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Counts invocations of chalk by chalk; not the business of the user's program (1.6). */
const recursionVariable = "__CHALK_INVOCATIONS__";

/** Signals that a parent passes on: SIGHUP, INT, QUIT, USR1, USR2, TERM, CONT, TSTP, WINCH. */
const forwardedSignals = [1, 2, 3, 10, 12, 15, 18, 20, 28] as const;
const [stopSignal, terminalStopSignal, killSignal] = [19, 20, 9];

/** The environment of the program: ours, without what is only ours. */
export function programEnvironment(
  host: Host,
  restore: ReadonlyMap<string, string | undefined> = new Map(),
): Record<string, string> {
  const environment = host.processes.environment();
  delete environment[recursionVariable];
  for (const [name, value] of restore) {
    if (value === undefined) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}

/** Decides by chance whether this run is reported. */
function isSampled(probability: number): boolean {
  return probability >= 100 || Math.random() * 100 < probability;
}

/** Becomes the program. Returns only if no candidate can be executed. */
function becomeProgram(options: ExecOptions, candidates: readonly string[], args: readonly string[]): void {
  const { host, log } = options;
  const environment = programEnvironment(host, options.restoreVariables);
  for (const path of candidates) {
    const failure = host.control.replace(path, [path, ...args], environment);
    log("error", `exec: ${path} cannot be executed (${failure})`);
  }
}

/** What another process has to know to report as if it were we. */
function reporterState(
  { host, settings }: ExecOptions,
  reports: ExecReports,
  program: Program,
  postexec: PostexecFacts | undefined,
): ReporterState {
  const { execId, startTime, startMonotonic, argv, commandFlags, commandArgs } = reports.session;
  return {
    format: 2,
    wakeAt: host.clock.monotonic() + settings.initialSleep,
    program,
    argv: host.processes.argv,
    session: { execId, startTime, startMonotonic, argv, commandFlags, commandArgs },
    extra: reports.extra ?? {},
    ...(postexec === undefined ? {} : { postexec }),
  };
}

/** Starts the reporter; 0 if that fails, which is logged. */
function tryReporter(options: ExecOptions, reports: ExecReports, path: string): number {
  const { host, log, settings } = options;
  try {
    const postexec = preparePostexec(host, settings.postexec, log);
    return startReporter(host, reporterState(options, reports, ownProgram(host, path), postexec));
  } catch (error) {
    log("error", `exec: the reporter cannot be started, no reports will be sent: ${reasonOf(error)}`);
    return 0;
  }
}

function startChild(
  options: ExecOptions,
  candidates: readonly string[],
  args: readonly string[],
): { child: Child; path: string } | undefined {
  const environment = programEnvironment(options.host, options.restoreVariables);
  for (const path of candidates) {
    try {
      return { child: options.host.control.startProgram(path, [path, ...args], environment), path };
    } catch (error) {
      options.log("error", `exec: ${path} cannot be executed: ${reasonOf(error)}`);
    }
  }
  return undefined;
}

/**
 * Passes signals on until the program has ended; a stop from the terminal stops us too, so that the shell gets its prompt. To be called before the program
 * starts, so that no signal finds us without a handler; the result is told the program.
 */
function forwardSignals(host: Host): (started: Child) => void {
  let child: Child | undefined;
  const early: number[] = [];
  const pass = (signal: number, to: Child) => {
    to.kill(signal);
    if (signal === terminalStopSignal) host.control.signal(host.processes.pid, stopSignal);
  };
  for (const signal of forwardedSignals) {
    host.control.onSignal(signal, () => {
      if (child === undefined) early.push(signal);
      else pass(signal, child);
    });
  }
  return (started) => {
    child = started;
    for (const signal of early.splice(0)) pass(signal, started);
  };
}

async function runAsParent(
  options: ExecOptions,
  candidates: readonly string[],
  args: readonly string[],
  reports: ExecReports | undefined,
) {
  const { host, log, settings } = options;
  const forwardTo = forwardSignals(host);
  const postexec = reports === undefined ? undefined : preparePostexec(host, settings.postexec, log);
  const started = startChild(options, candidates, args);
  if (started === undefined) return 1;
  const { child, path } = started;
  forwardTo(child);
  if (reports !== undefined) {
    try {
      const program = { pid: child.pid, start: processBirth(host, child.pid)?.start, path };
      const { port, identify, reportAccess } = await reports.connect();
      const work = postexec && {
        facts: postexec,
        alone: false,
        report: reportAccess,
        fork: () => void startReporter(host, { ...reporterState(options, reports, program, postexec), onlyPostexec: true }),
      };
      await reportOnProgram({
        host,
        port,
        program,
        settings,
        session: reports.session,
        identify,
        log,
        ended: child.exited,
        ...(work === undefined ? {} : { postexec: work }),
      });
    } catch (error) {
      log("error", `exec: no reports: ${reasonOf(error)}`);
    }
  }
  return child.exited;
}

/**
 * Runs the program. In the default mode a successful call never returns: this process is the program then. Otherwise the result is our exit status:
 * that of the program as its parent, 1 if there is none to run.
 */
export async function runExec(options: ExecOptions): Promise<number> {
  const { host, settings, log } = options;
  const command = chooseCommand(settings, options.args);
  if (typeof command === "string") {
    log("error", command);
    return 1;
  }
  const candidates = findCandidates(command.name, settings, host);
  if (candidates.length === 0) {
    log("error", `exec: ${command.name}: no executable program of that name`);
    return 1;
  }
  const reports = options.reports !== undefined && isSampled(settings.reportingProbability) ? options.reports : undefined;
  if (settings.chalkAsParent || !host.control.canReplace) return runAsParent(options, candidates, command.args, reports);
  const reporter = reports === undefined ? 0 : tryReporter(options, reports, candidates[0]!);
  becomeProgram(options, candidates, command.args);
  // There is nothing to report on.
  if (reporter > 0) host.control.signal(reporter, killSignal);
  return 1;
}
