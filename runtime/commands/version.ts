/**
 * `chalk version` (`runtime-core.md` 4.10): a table of label and value, one row a line, on topic `version`. It starts no other program, so the docker rows
 * stay empty; asking docker would cost many times what the rest does.
 */
import type { Chalk } from "../start/chalk.js";

export async function version(chalk: Chalk): Promise<number> {
  const { build, host, self, publisher } = chalk;
  const { machine } = host.machine.uname();
  const [date = "", time = ""] = build.date.split(/[T.]/);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Chalk Version", build.version],
    ["Chalk ID", self?.chalkId],
    ["Commit ID", build.commit],
    ["Build OS", "linux"],
    ["Build CPU", machine],
    ["Build Date", date],
    ["Build Time", time],
    ["Docker Client", ""],
    ["Docker Server", ""],
    ["Buildx", ""],
  ];
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([label]) => label.length));
  await publisher.publish("version", shown.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join("\n"));
  return 0;
}
