/** Reading report logs (`ours.md` 1.2): one JSON value per line, a report or a list of them. Files are read in pieces; lines that cannot be read are counted. */
import { type Host, HostError } from "../../host/host.js";

/** A report as it was written, by key. */
export type RawReport = Readonly<Record<string, unknown>>;

export interface LogProblem {
  readonly file: string;
  /** Absent: the file as a whole. */
  readonly line: number | undefined;
  readonly reason: string;
}

const piece = 1 << 20;

/** Pieces of a file, or of standard input for `-`. */
function* pieces(host: Host, path: string): Generator<Uint8Array> {
  if (path === "-") {
    yield host.terminal.readAll();
    return;
  }
  const file = host.files.open(path, "read");
  try {
    for (let at = 0; ; ) {
      const bytes = file.read(at, piece);
      if (bytes.length === 0) return;
      at += bytes.length;
      yield bytes;
    }
  } finally {
    file.close();
  }
}

/** Lines of a file without their ends. */
function* lines(host: Host, path: string): Generator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for (const bytes of pieces(host, path)) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() as string;
    yield* parts;
  }
  yield rest + decoder.decode();
}

const isObject = (value: unknown): value is RawReport => typeof value === "object" && value !== null && !Array.isArray(value);

/** Hands every report of the logs to `use`, in order, with the line that it came in; returns what could not be read. */
export function readReports(host: Host, paths: readonly string[], use: (report: RawReport, line: string) => void): LogProblem[] {
  const problems: LogProblem[] = [];
  for (const path of paths) {
    let number = 0;
    try {
      for (const line of lines(host, path)) {
        number++;
        if (line.trim() === "") continue;
        let value: unknown;
        try {
          value = JSON.parse(line);
        } catch {
          problems.push({ file: path, line: number, reason: "not JSON" });
          continue;
        }
        const reports = Array.isArray(value) ? value : [value];
        if (reports.every(isObject)) for (const report of reports) use(report, line);
        else problems.push({ file: path, line: number, reason: "not a report" });
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      problems.push({ file: path, line: undefined, reason: error.code === "ENOENT" ? "there is no such file" : error.code });
    }
  }
  return problems;
}

const shownProblems = 10;

/** Tells on stderr what could not be read. */
export function tellProblems(host: Host, command: string, problems: readonly LogProblem[]): void {
  const shown = problems
    .slice(0, shownProblems)
    .map(({ file, line, reason }) => `${file}${line === undefined ? "" : `:${line}`}: ${reason}`);
  if (problems.length > shownProblems) shown.push(`and ${problems.length - shownProblems} more lines that cannot be read`);
  for (const text of shown) host.terminal.write(2, `chalk ${command}: ${text}\n`);
}
