/** `chalk env` (`runtime-core.md` 4.5): a report on the host alone. */
import type { Chalk } from "../start/chalk.js";
import { connectEngine } from "./engine.js";

export async function env(chalk: Chalk): Promise<number> {
  const operation = connectEngine(chalk).begin("env");
  await operation.report();
  await chalk.publisher.flush();
  return 0;
}
