/** `chalk report html LOG… -o FILE` (`ours.md` 1.2): one self-contained page about the reports in logs. */
import { HostError } from "../../host/host.js";
import { baseName, resolvePath } from "../../paths.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import { History } from "./history.js";
import { readReports, tellProblems } from "./log.js";
import { makePage } from "./page.js";

/** Runs the command. Exits 1 if there is no output file, a log cannot be read, holds no report, or the page cannot be written. */
export function html(chalk: Chalk): number {
  const { host, build } = chalk;
  const fail = (text: string): number => {
    host.terminal.write(2, `chalk report html: ${text}\n`);
    return 1;
  };
  const output = flagValue(chalk, "output");
  if (typeof output !== "string" || output === "") return fail("the file to write must be named: --output=FILE");
  const path = resolvePath(host, output);
  if (path === undefined) return fail(`${output}: there is no such home directory`);
  const history = new History();
  const lines: string[] = [];
  const logs = commandArguments(chalk);
  const problems = readReports(host, logs, (report, line) => {
    history.add(report);
    lines.push(line);
  });
  tellProblems(host, "report html", problems);
  if (problems.some(({ line }) => line === undefined)) return 1;
  if (history.rows.length === 0) return fail("there are no reports in these logs");
  const sources = logs.map((log) => (log === "-" ? "standard input" : baseName(log)));
  const page = makePage({ history, lines, sources, made: host.clock.now(), version: build.version });
  try {
    host.files.replace(path, page);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return fail(`${output}: ${error.code}`);
  }
  return 0;
}
