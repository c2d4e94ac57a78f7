/**
 * `chalk __ selfcheck COMMAND`: the complete start-up for a command, without running it (`runtime-core.md` 7.6). Prints the diagnostics as JSON and exits 1
 * if a configuration fails.
 */
import { renderJson } from "../render/index.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { start } from "../start/start.js";

export async function selfcheck(chalk: Chalk): Promise<number> {
  const [command = "version"] = commandArguments(chalk);
  const result = await start({ ...chalk, argv: [command] }, { external: false, silent: true });
  // Arguments that a command demands are missing here on purpose.
  const problems = result.chalk.failures.flatMap((failure) => failure.diagnostics);
  if (problems.length === 0) return 0;
  chalk.host.terminal.write(1, `${renderJson(problems)}\n`);
  return 1;
}
