/**
 * The program's entry: makes the host, starts up, runs the command, and turns whatever went wrong into messages and an exit code. The order of
 * decisions is that of `runtime-core.md` 1 and 7.6.
 */

import type { Diagnostic } from "../grammar/diagnostic.js";
import type { CommandSpec } from "./cmdline/spec.js";
import { commands } from "./commands/table.js";
import { setOverride } from "./evaluate/assign.js";
import { createHost } from "./host/create.js";
import type { Host } from "./host/host.js";
import { createLogger, isPlainLog, type Logger } from "./log/index.js";
import { openShipped } from "./shipped/shipped.js";
import { build } from "./start/build.js";
import { type Chalk, type ConfigurationFailure, commandOf, type Environment } from "./start/chalk.js";
import { finishEnded, isEnded, prepareEndings } from "./start/endings.js";
import { argumentsOf, recursionVariable } from "./start/invocation.js";
import { modernArguments } from "./start/old-words.js";
import { start } from "./start/start.js";
import { useTemporaryDirectory } from "./start/temporary-directory.js";
import { discardTemporaries } from "./temporary-files.js";

/** Counts how often chalk was called by chalk; false when it is too often (1.6). */
function countInvocation(host: Host): boolean {
  const before = host.processes.variable(recursionVariable);
  const count = before === undefined || !/^\d+$/.test(before) ? 0 : Number(before);
  if (count >= 3) return false;
  host.processes.setVariable(recursionVariable, String(count + 1));
  return true;
}

/** Shows why a configuration could not be used. */
async function showFailures(
  environment: Environment,
  chalk: Chalk,
  failures: readonly ConfigurationFailure[],
  level: "error" | "warn",
): Promise<void> {
  const { renderForLog } = await import("./render/index.js");
  const source = chalk.settings.bool("con4m_pinpoint", true) ? chalk.source : () => undefined;
  for (const { which, file, diagnostics } of failures) {
    environment.logger.log(
      level,
      `${renderForLog(diagnostics, source)}\nthe ${which} configuration (${file}) could not be loaded`,
    );
  }
  if (failures.some((failure) => failure.which === "embedded"))
    environment.logger.log(
      level,
      "the embedded configuration is not used; `chalk load default` or `chalk load previous` replaces it, --no-use-embedded-config goes without it",
    );
}

/** Shows what is wrong with the command line. */
async function showUsage(chalk: Chalk, problem: Diagnostic, command: CommandSpec): Promise<void> {
  const { host, logger } = chalk;
  const text = `chalk: ${problem.message}${problem.hint === undefined ? "" : ` (${problem.hint})`}`;
  if (host.terminal.isTerminal(2)) host.terminal.write(2, `${text}\n`);
  else logger.error(text);
  // Among JSON objects a usage line would be garbage.
  if (!chalk.commandLine.showDocOnError || !isPlainLog(host, logger.settings)) return;
  const { usageLine } = await import("./commands/help.js");
  host.terminal.write(
    2,
    `${usageLine(command)}\nMore: chalk help${command.path === "" ? "" : ` ${command.path.replaceAll(".", " ")}`}\n`,
  );
}

/** The user's program or docker, as if chalk weren't there (7.6). */
async function runWithoutUs(environment: Environment, chalk: Chalk): Promise<number> {
  if (commandOf(chalk) === "docker") {
    const { dockerWithoutUs } = await import("./commands/docker.js");
    return dockerWithoutUs(chalk);
  }
  const { execWithoutUs } = await import("./commands/exec.js");
  return execWithoutUs(environment, chalk);
}

/** Commands after which `--show-config` prints nothing: their output is for programs, or the tables themselves (4.9). */
const showsNoConfiguration: ReadonlySet<string> = new Set(["config", "dump", "help", "completion", "__"]);

/** Commands that are done, or have become another program, before anybody could end them. */
const answersAtOnce: ReadonlySet<string> = new Set(["dump", "help", "version", "completion", "exec"]);

/** Does a help flag stand before `--`? */
function asksForHelp(argv: readonly string[], chalk: Chalk): boolean {
  const end = argv.indexOf("--");
  const helpFlags = chalk.commandLine.root.flags
    .filter((flag) => flag.kind === "help")
    .flatMap((flag) => Object.keys(flag.spellings));
  return argv
    .slice(0, end < 0 ? argv.length : end)
    .some((word) => /^--?[a-z]+$/.test(word) && helpFlags.includes(word.replace(/^--?/, "")));
}

/** Is there a flag against paging, on a command line that was not committed? */
function refusesPager(argv: readonly string[], chalk: Chalk): boolean {
  const pager = chalk.commandLine.root.flags.find((flag) => flag.field === "use_pager");
  return argv.some((word) => {
    const meaning = word.startsWith("-") ? pager?.spellings[word.replace(/^--?/, "")] : undefined;
    return meaning?.kind === "value" && !meaning.value;
  });
}

/** Runs the program for the given arguments; the result is the exit code. `restPath`: absent if one file holds all that is prepared. */
export async function run(host: Host, shippedPath: string, restPath?: string): Promise<number> {
  const logger = createLogger(host, build);
  if (!countInvocation(host)) {
    logger.error("chalk calls itself over and over; giving up");
    return 255;
  }
  const given = argumentsOf(host);
  if (isEnded(given)) return finishEnded(host, build, given);
  let chalk: Chalk | undefined;
  try {
    return await runCommand({ host, logger, given, shippedPath, restPath }, (started) => {
      chalk = started;
    });
  } finally {
    discardTemporaries(host, host.files.temporaryDirectories(), chalk?.settings.bool("chalk_debug", false) === true, (message) =>
      logger.error(message),
    );
  }
}

interface Call {
  readonly host: Host;
  readonly logger: Logger;
  /** Arguments, before old spellings are read as new ones. */
  readonly given: readonly string[];
  readonly shippedPath: string;
  readonly restPath: string | undefined;
}

/** `run`, but for what is done before and after every command. `whenStarted` is told as soon as there is a state. */
async function runCommand(
  { host, logger, given, shippedPath, restPath }: Call,
  whenStarted: (chalk: Chalk) => void,
): Promise<number> {
  const { argv, notes, settings: oldSettings, setupForm } = modernArguments(given);
  const environment: Environment = {
    host,
    shipped: openShipped(host, shippedPath, restPath),
    build,
    logger,
    argv,
    oldSettings,
    ...(setupForm === undefined ? {} : { setupForm }),
  };
  for (const note of notes) logger.trace(note);
  if (argv[0] === "__" && argv[1] === "reporter") return runReporter(environment);
  // What is to be tried is the start of other commands; one of its own would only take time.
  if (argv[0] === "__" && argv[1] === "selfcheck" && argv.length === 3) {
    const { checkStart } = await import("./commands/selfcheck.js");
    return checkStart(environment, (argv[2] as string).split(","));
  }

  const result = await start(environment);
  const { chalk } = result;
  whenStarted(chalk);
  if (result.kind === "usage") {
    // Whoever asks for help need not get the rest of the line right.
    if (asksForHelp(argv, chalk)) {
      if (refusesPager(argv, chalk))
        setOverride(chalk.stack.runtime, ["use_pager"], false, "bool", { kind: "flag", flag: "--no-pager" });
      const { helpFor } = await import("./commands/help.js");
      return helpFor(chalk, result.command);
    }
    await showUsage(chalk, result.problem, result.command);
    if (result.searchFor !== undefined) {
      const { searchHelp } = await import("./commands/help.js");
      searchHelp(chalk, [result.searchFor]);
    }
    return 1;
  }
  const name = commandOf(chalk);
  if (chalk.line?.flags.get("help")?.value === true) {
    const { helpFor } = await import("./commands/help.js");
    return helpFor(chalk, chalk.line.path[chalk.line.path.length - 1] as CommandSpec);
  }
  const automatic = chalk.line?.path[chalk.line.path.length - 1];
  if (automatic?.automatic === true) {
    const { helpFor } = await import("./commands/help.js");
    return helpFor(chalk, chalk.line?.path[(chalk.line?.path.length ?? 2) - 2] as CommandSpec);
  }
  const row = commands[name];
  if (row === undefined) {
    logger.error(`chalk ${name.replaceAll(".", " ")}: this command is not part of this release yet`);
    return 1;
  }
  if (chalk.unreadable !== undefined && name !== "help") {
    logger.error(chalk.unreadable);
    return row.whenBroken === "pass" ? runWithoutUs(environment, chalk) : 1;
  }
  if (chalk.failures.length > 0) {
    const forgiving =
      row.whenBroken === "continue" &&
      chalk.failures.every((failure) => failure.which === "external") &&
      (name === "load" || name.startsWith("dump"));
    await showFailures(environment, chalk, chalk.failures, forgiving ? "warn" : "error");
    if (row.whenBroken === "refuse") return 1;
    if (row.whenBroken === "pass") return runWithoutUs(environment, chalk);
  }
  useTemporaryDirectory(chalk);
  if (chalk.settings.bool("install_completion_script", false)) {
    const { installCompletion } = await import("./commands/install-completion.js");
    installCompletion(chalk);
  }
  if (!answersAtOnce.has(name.split(".")[0] as string)) prepareEndings(chalk);
  if (row.grows === true) host.control.expectGrowth();
  const command = await row.load();
  const status = await command(chalk);
  if (chalk.settings.bool("show_config", false) && !showsNoConfiguration.has(name.split(".")[0] as string)) {
    const { tablesText } = await import("./commands/config/tables.js");
    const { printPaged } = await import("./commands/help.js");
    printPaged(chalk, tablesText(chalk));
  }
  if (chalk.settings.bool("report_total_time", false)) {
    const seconds = (host.clock.monotonic() - chalk.session.startMonotonic) / 1000;
    host.terminal.write(2, `Total run time: ${seconds.toFixed(3)} seconds\n`);
  }
  return status;
}

/** The copy of us that reports on a program: starts up with the arguments and session of the process that started it. */
async function runReporter(environment: Environment): Promise<number> {
  const { readReporterState, reporter } = await import("./commands/exec.js");
  const state = readReporterState(environment.host);
  if (state === undefined) {
    environment.logger.error("`chalk __ reporter` is started by `chalk exec` only");
    return 1;
  }
  const { argv } = modernArguments(state.argv);
  const result = await start({ ...environment, argv }, { session: state.session });
  if (result.kind !== "ready" || result.chalk.failures.length > 0) return 1;
  prepareEndings(result.chalk);
  return reporter(result.chalk, state);
}

/** Ends the program with a message instead of a stack trace, which `--debug` shows. */
function showInternalError(host: Host, error: unknown): void {
  const debug = host.processes.argv.includes("--debug");
  const text = error instanceof Error ? (debug ? (error.stack ?? error.message) : error.message) : String(error);
  host.terminal.write(
    2,
    `chalk: internal error: ${text}\n${debug ? "" : "Please report it, with the output of the same command and --debug.\n"}`,
  );
}

/** Entry of the executable. `shippedPath`, `restPath`: the two parts of the prepared configuration inside it; `granted`: a set-uid bit's user (`host/rights.ts`). */
export async function main(shippedPath: string, restPath: string, granted?: number): Promise<void> {
  const host = createHost(granted);
  let status = 1;
  try {
    status = await run(host, shippedPath, restPath);
  } catch (error) {
    showInternalError(host, error);
  }
  host.processes.exit(status);
}
