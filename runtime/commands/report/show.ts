/**
 * `chalk report show LOG… [--sockets] [--diff] [--json]` (`ours.md` 1.2): tables of the reports in logs, of the sockets that they saw, and of what changed from
 * one report of a run to the next.
 */
import ms from "ms";
import { renderTable, wrapText } from "../../render/table.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import { wantsJson } from "../config/output.js";
import { History, type Peer, type ReportRow } from "./history.js";
import { readReports, tellProblems } from "./log.js";

/** Columns without a terminal, and at least. */
const usual = 120;
const narrowest = 40;
/** Rows of one table; a longer one continues below new headings. */
const tableLimit = 10_000;

/** Seconds in UTC, as people write them. */
export function timeText(milliseconds: number): string {
  const date = new Date(milliseconds);
  return milliseconds === 0 || Number.isNaN(date.getTime()) ? "" : `${date.toISOString().slice(0, 19).replace("T", " ")}Z`;
}

const count = (value: number | undefined) => (value === undefined ? "" : String(value));
const directions: Readonly<Record<Peer["direction"], string>> = { out: "to", in: "from", local: "local" };

/** Runs the command. Exits 1 if a log cannot be read, or holds lines but not one report. */
export function show(chalk: Chalk): number {
  const { host } = chalk;
  const [sockets, diff] = [flagValue(chalk, "sockets") === true, flagValue(chalk, "diff") === true];
  const history = new History(sockets || diff);
  const problems = readReports(host, commandArguments(chalk), (report) => history.add(report));
  tellProblems(host, "report show", problems);
  if (wantsJson(chalk)) host.terminal.write(1, `${JSON.stringify(asJson(history, sockets, diff), undefined, 2)}\n`);
  else writeTables(chalk, history, sockets, diff);
  const unreadable = problems.some(({ line }) => line === undefined);
  return unreadable || (problems.length > 0 && history.rows.length === 0) ? 1 : 0;
}

function writeTables(chalk: Chalk, history: History, sockets: boolean, diff: boolean): void {
  const { terminal } = chalk.host;
  const width = Math.max(narrowest, terminal.columns(1) ?? usual);
  const write = (headers: readonly string[], rows: readonly (readonly string[])[]) => {
    for (let at = 0; at < rows.length; at += tableLimit)
      terminal.write(1, `${renderTable(headers, rows.slice(at, at + tableLimit), width).join("\n")}\n\n`);
  };
  write(reportHeaders, reportRows(history.rows));
  if (sockets) {
    const several = new Set(history.rows.map((row) => row.host)).size > 1;
    const listeners = [...history.listeners.values()];
    const name = (host: string) => (several ? host : "");
    write(
      ["Listening", "Host", "UID", "First seen", "Last seen", "Reports"],
      listeners.map((one) => [
        `${one.protocol} ${one.at}`,
        name(one.host),
        String(one.uid),
        timeText(one.first),
        timeText(one.last),
        String(one.reports),
      ]),
    );
    write(
      ["Connected with", "Host", "", "Port", "Connections", "First seen", "Last seen", "Reports"],
      [...history.peers.values()].map((peer) => [
        peer.address,
        name(peer.host),
        directions[peer.direction],
        `${peer.protocol}/${peer.port}`,
        String(peer.connections),
        timeText(peer.spans[0]?.from ?? 0),
        timeText(peer.spans.at(-1)?.to ?? 0),
        String(peer.reports),
      ]),
    );
    if (listeners.length === 0 && history.peers.size === 0) terminal.write(1, "No sockets in these reports.\n\n");
  }
  if (diff) {
    const several = new Set(history.changes.map((change) => change.host)).size > 1;
    write(
      ["Time", "Beat", "Host", "Change", "What"],
      history.changes.map((one) => [timeText(one.time), count(one.beat), several ? one.host : "", one.kind, one.what]),
    );
    if (history.changes.length === 0) terminal.write(1, "No changes between these reports.\n\n");
  }
  terminal.write(1, `${wrapText(summary(history.rows), width).join("\n")}\n`);
}

const reportHeaders = [
  "Time",
  "Operation",
  "Beat",
  "Host",
  "Program",
  "PID",
  "Run",
  "Connected",
  "Remotes",
  "Listening",
  "Artifacts",
  "Errors",
];

function reportRows(rows: readonly ReportRow[]): string[][] {
  // What is the same everywhere stands in the summary.
  const [hosts, runs] = [new Set(rows.map((row) => row.host)).size, new Set(rows.map((row) => row.facts.run)).size];
  return rows.map(({ time, host, facts }) => [
    timeText(time),
    facts.operation,
    count(facts.beat),
    hosts > 1 ? host : "",
    facts.program ?? "",
    count(facts.pid),
    runs > 1 ? (facts.run?.slice(0, 8) ?? "") : "",
    count(facts.tcp?.established),
    count(facts.tcp?.remotes),
    count(facts.tcp?.listening),
    facts.artifacts > 0 && facts.operation !== "heartbeat" && facts.program === undefined ? String(facts.artifacts) : "",
    facts.errors > 0 ? String(facts.errors) : "",
  ]);
}

function summary(rows: readonly ReportRow[]): string {
  if (rows.length === 0) return "No reports.";
  const hosts = [...new Set(rows.map((row) => row.host))];
  const times = rows.map((row) => row.time).filter((time) => time > 0);
  const [first, last] = times.reduce(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Number.POSITIVE_INFINITY, 0],
  );
  const reports = rows.length === 1 ? "1 report" : `${rows.length} reports`;
  const where = hosts.length === 1 ? ` of ${hosts[0]}` : ` of ${hosts.length} hosts`;
  if (times.length === 0) return `${reports}${where}`;
  const span = first === last ? timeText(first) : `${timeText(first)} to ${timeText(last)} (${ms(last - first, { long: true })})`;
  return `${reports}${where}, ${span}`;
}

function asJson(history: History, sockets: boolean, diff: boolean): Record<string, unknown> {
  return {
    reports: history.rows.map(({ time, host, facts }) => ({
      time,
      host,
      operation: facts.operation,
      run: facts.run,
      beat: facts.beat,
      program: facts.program,
      pid: facts.pid,
      artifacts: facts.artifacts,
      errors: facts.errors,
      ...facts.tcp,
    })),
    ...(sockets ? { listeners: [...history.listeners.values()], peers: [...history.peers.values()] } : {}),
    ...(diff ? { changes: history.changes } : {}),
  };
}
