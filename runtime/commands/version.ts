/** `chalk version`: its table, on topic `version`. Most starts answer it before they get here (`runtime/start/quick.ts`). */
import type { Chalk } from "../start/chalk.js";
import { versionText } from "./version-text.js";

export async function version(chalk: Chalk): Promise<number> {
  const { build, host, self, publisher } = chalk;
  await publisher.publish("version", versionText(build, host.machine.uname().machine, self?.chalkId));
  return 0;
}
