/**
 * `chalk __ selfcheck COMMAND[,COMMAND…]`: the complete start-up for each command, without running it (`runtime-core.md` 7.6). Prints the diagnostics as JSON and exits 1
 * if a configuration fails.
 */
import { renderJson } from "../render/index.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { start } from "../start/start.js";

export async function selfcheck(chalk: Chalk): Promise<number> {
  const [commands = "version"] = commandArguments(chalk);
  for (const command of commands.split(",")) {
    // Arguments that a command demands are missing here on purpose; what matters is how the configurations fare.
    const result = await start({ ...chalk, argv: [command] }, { external: false, silent: true });
    const problems = result.chalk.failures.flatMap((failure) => failure.diagnostics);
    if (problems.length === 0) continue;
    chalk.host.terminal.write(1, `${renderJson(problems)}\n`);
    return 1;
  }
  return 0;
}
