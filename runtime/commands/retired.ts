/** Commands of older releases that are accepted, do nothing, and say so (README, decision 11). */
import { baseCommand, type Chalk } from "../start/chalk.js";

export function retired(chalk: Chalk): number {
  chalk.host.terminal.write(
    2,
    `chalk ${baseCommand(chalk)}: the hosted service of older releases does not exist any more; nothing was done\n`,
  );
  return 0;
}
