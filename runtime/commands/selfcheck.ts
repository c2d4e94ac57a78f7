/**
 * `chalk __ selfcheck COMMAND[,COMMAND…]`: the complete start-up for each command, without running it (`runtime-core.md` 7.6). Prints the diagnostics as JSON and exits 1
 * if a configuration fails.
 */
import { renderJson, secretsOf } from "../render/index.js";
import { type Chalk, commandArguments, type Environment } from "../start/chalk.js";
import { start } from "../start/start.js";

/** Checks without a start of its own: as `load` asks for it. */
export async function checkStart(environment: Environment, commands: readonly string[]): Promise<number> {
  for (const command of commands) {
    // Arguments that a command demands are missing here on purpose; what matters is how the configurations fare.
    const result = await start({ ...environment, argv: [command] }, { external: false, silent: true });
    const problems = result.chalk.failures.flatMap((failure) => failure.diagnostics);
    if (problems.length === 0) continue;
    const secrets = secretsOf(result.chalk.source);
    environment.host.terminal.write(1, `${renderJson(problems.map((problem) => secrets.clean(problem)))}\n`);
    return 1;
  }
  return 0;
}

export async function selfcheck(chalk: Chalk): Promise<number> {
  const [commands = "version"] = commandArguments(chalk);
  return checkStart(chalk, commands.split(","));
}
