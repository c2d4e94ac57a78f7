/**
 * The reports on a running program (`runtime-core.md` 8.3, 8.4): one of operation `exec` after a short sleep, then, if configured, heartbeats until
 * one has been made after the program's end. Nothing that goes wrong here may touch the program, so every report stands alone: a failure is logged and
 * the next one tried.
 */
import type { Artifact, Session } from "../collect/types.js";
import type { Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import { type PostexecFacts, type WatchedFiles, watchAndReport } from "./postexec.js";
import { isStillUs, programArtifact } from "./program.js";
import type { ExecSettings } from "./settings.js";
import type { ExecLog, IdentifyProgram, Program, ReportPort } from "./types.js";
import { ProgramWatch } from "./watch.js";

export interface ReportsOptions {
  readonly host: Host;
  readonly port: ReportPort;
  readonly program: Program;
  readonly settings: ExecSettings;
  readonly session: Session;
  readonly identify: IdentifyProgram;
  readonly log: ExecLog;
  /** Resolves when the program has ended, where that can be known at once (we are its parent). */
  readonly ended?: Promise<unknown>;
  /** When the program is to be looked at first (monotonic clock, ms); default: `exec.initial_sleep_time` from now. */
  readonly wakeAt?: number;
  /** Waits for what reports have left on its way. */
  readonly settle?: () => Promise<void>;
  /** Files that are watched since before the program started (8.5). */
  readonly postexec?: PostexecWork;
}

/** The report on watched files. */
export interface PostexecWork {
  readonly facts: PostexecFacts;
  /** This is all there is to report: another process makes the other reports. */
  readonly alone: boolean;
  readonly report: (files: WatchedFiles) => Promise<void>;
  /** Leaves the work to another process. Throws a `HostError` if there can't be one. */
  readonly fork: () => void;
}

async function execReport(options: ReportsOptions): Promise<Artifact | undefined> {
  const { host, port, program, identify, log } = options;
  const operation = port.begin("exec");
  const artifact = programArtifact(host, program, identify, log);
  if (artifact !== undefined) {
    operation.artifacts.push(artifact);
    if (artifact.mark === undefined) {
      operation.unmarked.push(artifact.path ?? artifact.name);
      log("warn", `${artifact.name}: Artifact is unchalked`);
    }
    operation.collectArtifact("post_chalk_keys", artifact);
  }
  await operation.report();
  return artifact;
}

async function heartbeat(options: ReportsOptions, artifact: Artifact | undefined): Promise<void> {
  options.session.heartbeatCount += 1;
  const artifacts = artifact === undefined ? [] : [artifact];
  const operation = options.port.begin("heartbeat", { artifacts });
  for (const known of operation.artifacts) operation.collectArtifact("post_chalk_keys", known);
  await operation.report();
}

/** Runs a report; a failure is logged. */
async function guarded<T>(what: string, log: ExecLog, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    log("error", `${what} report failed: ${reasonOf(error)}`);
    return undefined;
  }
}

function lowerPriority(host: Host, nice: number, log: ExecLog): void {
  try {
    host.control.setPriority(nice);
  } catch (error) {
    log("trace", `priority not changed: ${reasonOf(error)}`);
  }
}

/** The report on watched files, here or in another process. */
async function postexec(options: ReportsOptions, work: PostexecWork, watch: ProgramWatch): Promise<void> {
  const { host, log } = options;
  const settings = options.settings.postexec;
  if (settings.fork && !work.alone) {
    try {
      work.fork();
      if (work.facts.watch !== undefined) host.control.adoptAccessWatch(work.facts.watch).close();
      return;
    } catch (error) {
      log("error", `postexec: no process of its own: ${reasonOf(error)}`);
    }
  }
  const before = host.control.priority();
  lowerPriority(host, settings.nice, log);
  try {
    await watchAndReport(host, settings, work.facts, watch, work.report);
  } finally {
    if (!work.alone) lowerPriority(host, before, log);
  }
}

/** So long a reporter waits for the program to take our place, and so long between two looks, in milliseconds. */
const [replacementPatience, replacementLook] = [10_000, 10];

/** Waits while the process that we report on has not become the program yet. */
async function untilReplaced({ host, program, session }: ReportsOptions): Promise<void> {
  const end = host.clock.monotonic() + replacementPatience;
  while (isStillUs(host, program, session.argv) && host.clock.monotonic() < end) await host.clock.sleep(replacementLook);
}

/** Reports until there is nothing more to report. Never rejects. */
export async function reportOnProgram(options: ReportsOptions): Promise<void> {
  const { host, log, settings } = options;
  const { heartbeat: beats } = settings;
  // A reporter that is nobody's child speaks as if it were the program's.
  if (options.ended === undefined) options.session.programPid = options.program.pid;
  const watch = new ProgramWatch(options);
  const work = options.postexec;
  if (work?.alone === true) {
    await guarded("postexec", log, () => postexec(options, work, watch));
    return;
  }
  const wait = options.wakeAt === undefined ? settings.initialSleep : options.wakeAt - host.clock.monotonic();
  if (wait > 0) await host.clock.sleep(wait);
  if (options.ended === undefined) await untilReplaced(options);
  const artifact = await guarded("exec", log, () => execReport(options));
  if (work !== undefined) await guarded("postexec", log, () => postexec(options, work, watch));
  if (!beats.run) return;
  lowerPriority(host, beats.nice, log);
  for (let isLast = false; !isLast; ) {
    await options.settle?.();
    host.control.releaseMemory();
    await watch.pause(beats.rate);
    isLast = watch.gone;
    await guarded("heartbeat", log, () => heartbeat(options, artifact));
    if (beats.rlimit > 0 && host.control.residentMemory() > beats.rlimit) {
      log("error", `heartbeats end: resident memory exceeds exec.heartbeat.rlimit (${beats.rlimit} bytes)`);
      return;
    }
  }
}
