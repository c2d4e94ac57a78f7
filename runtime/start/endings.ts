/**
 * What is left to do when a signal has ended us (`runtime-core.md` 3.2): a line in the log, our temporary files, the exit status 128 + n. The process is a
 * copy of ours by then (`host/endings.ts`), so that everything it needs to know stands in its arguments.
 */
import type { Host } from "../host/host.js";
import { type BuildIdentity, createLogger, isPlainLog, type LogLevel, useColor } from "../log/index.js";
import { endingMessage } from "../signals.js";
import { discardTemporaries } from "../temporary-files.js";
import type { Chalk } from "./chalk.js";

/** The internal command that the copy runs, in front of facts and signal. */
const endedCommand = ["__", "ended"] as const;

interface Facts {
  readonly level: LogLevel;
  readonly plain: boolean;
  readonly color: boolean;
  /** Directories of ours. */
  readonly temporary: readonly string[];
  /** Temporary files are kept. */
  readonly keep: boolean;
}

/** What each host was last told. */
const told = new WeakMap<Host, string>();

/** Prepares for ending signals. Before that they do what they always do, which is as good as long as nothing takes its time. */
export function prepareEndings(chalk: Pick<Chalk, "host" | "logger" | "settings">): void {
  const { host, logger } = chalk;
  const keep = chalk.settings.bool("chalk_debug", false);
  const { level, color } = logger.settings;
  const fixed = {
    level: logger.consoleOn("logs") ? level : "none",
    plain: isPlainLog(host, logger.settings),
    color: useColor(host, 2, color),
    keep,
  };
  const key = JSON.stringify(fixed);
  if (told.get(host) === key) return;
  told.set(host, key);
  host.control.answerEndings(() => {
    const facts: Facts = { ...fixed, temporary: host.files.temporaryDirectories() };
    return [...host.processes.launch, ...endedCommand, JSON.stringify(facts)];
  });
}

/** To be called when the settings of the log have changed. */
export function followLogSettings(chalk: Pick<Chalk, "host" | "logger" | "settings">): void {
  if (told.has(chalk.host)) prepareEndings(chalk);
}

/** Is this the copy? */
export const isEnded = (argv: readonly string[]): boolean =>
  argv.length === 4 && endedCommand.every((word, index) => argv[index] === word);

/** Does what is left to do; the result is the exit status. */
export function finishEnded(host: Host, build: BuildIdentity, [, , text = "", number = ""]: readonly string[]): number {
  const signal = Number(number);
  const { level, plain, color, temporary, keep } = JSON.parse(text) as Facts;
  const logger = createLogger(host, build, {
    level,
    format: plain ? "plain" : "json",
    color: { color, explicit: true },
  });
  logger.error(endingMessage(host.processes.pid, signal));
  discardTemporaries(host, temporary, keep, (message) => logger.error(message));
  return 128 + signal;
}
