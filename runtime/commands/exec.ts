/** `chalk exec` and its reporter (`runtime-core.md` 8): connects the process side in `runtime/exec/` with configuration, engine and codecs. */

import { postexecOf, readReporterState, reporterWords } from "../exec/reporter.js";
import { reportOnProgram } from "../exec/reports.js";
import { type Connection, runExec } from "../exec/run.js";
import { plainSettings, readExecSettings } from "../exec/settings.js";
import { type Chalk, commandArguments, type Environment } from "../start/chalk.js";

/** Engine and codecs: loaded only where reports are made, since they are most of the program. */
async function connect(chalk: Chalk): Promise<Connection> {
  const { connectEngine, programIdentifier } = await import("./engine.js");
  const { programPort } = await import("../artifacts/environment.js");
  const engine = connectEngine(chalk);
  return {
    port: programPort(chalk, engine),
    identify: programIdentifier(chalk),
    async reportAccess(files) {
      const { reportAccess } = await import("../artifacts/postexec.js");
      await reportAccess(chalk, engine, files);
    },
  };
}

/** Starts the program, with a reporter beside it. Returns only if there is none to run, or as its parent. */
export function exec(chalk: Chalk): Promise<number> {
  const { host, settings, session, logger } = chalk;
  return runExec({
    host,
    settings: readExecSettings(settings),
    args: commandArguments(chalk),
    restoreVariables: new Map([...chalk.ownVariables].map((name) => [name, undefined])),
    log: (level, message) => logger.log(level, message),
    reports: { session, connect: () => connect(chalk) },
  });
}

/** The configuration is broken: runs the program as if chalk weren't there (7.6). The words after `exec` are all that is known. */
export function execWithoutUs(environment: Environment, chalk: Chalk): Promise<number> {
  const { host, logger } = environment;
  return runExec({
    host,
    settings: plainSettings,
    args: commandArguments(chalk),
    log: (level, message) => logger.log(level, message),
  });
}

export { readReporterState, reporterWords };

/** Reports on a program that another process of ours has started; `chalk` was started with that process's arguments and session. */
export async function reporter(chalk: Chalk, state = readReporterState(chalk.host)): Promise<number> {
  if (state === undefined) return 1;
  const { host, settings, session, logger, publisher } = chalk;
  const { port, identify, reportAccess } = await connect(chalk);
  const postexec = postexecOf(host, state, reportAccess);
  await reportOnProgram({
    host,
    port,
    identify,
    ...(postexec === undefined ? {} : { postexec }),
    program: state.program,
    wakeAt: state.wakeAt,
    settings: readExecSettings(settings),
    session,
    log: (level, message) => logger.log(level, message),
    settle: () => publisher.flush(),
  });
  await publisher.flush();
  return 0;
}
