/**
 * What `chalk version` prints (`runtime-core.md` 4.10): a table of label and value, one row a line. It starts no other program, so the docker rows stay
 * empty; asking docker would cost many times what the rest does.
 */
import type { Build } from "../start/chalk.js";

/** The table, without a line break at its end. `machine` as `uname` names it; `chalkId` of our own executable, if it is marked. */
export function versionText(build: Build, machine: string, chalkId: string | undefined): string {
  const [date = "", time = ""] = build.date.split(/[T.]/);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Chalk Version", build.version],
    ["Chalk ID", chalkId],
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
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}
