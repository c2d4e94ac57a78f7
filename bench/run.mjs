// The figures that the project promises, measured side by side with their baselines: `npm run bench [-- --runs=N] [-- --only=NAME,…]`.
// Prints a table; exits 1 if a figure is missed and `--strict` is given. Needs dist/chalk (`npm run build`); docs/benchmarks.md explains the figures.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../.ci/transpile.mjs";
import { generate } from "./generator.mjs";
import { measureBatches } from "./batches.mjs";
import { measureHeartbeats } from "./heartbeat.mjs";
import { holdSockets } from "./sockets.mjs";
import { compare } from "./measure.mjs";

const option = (name, fallback) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
const runs = Math.max(1, Number(option("runs", "11")));
const only = option("only")?.split(",");
const beats = Number(option("beats", "2000"));

const built = option("binary", join(root, "dist/chalk"));
if (!existsSync(built)) {
  console.error("there is no dist/chalk; `npm run build` makes it");
  process.exit(1);
}
const place = mkdtempSync(join(tmpdir(), "chalk-bench-"));
// A reporter may still be writing into it: what is left is in the system's temporary directory.
process.on("exit", () => {
  try {
    rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  } catch {}
});
const chalk = join(place, "chalk");
copyFileSync(built, chalk);
const example = readFileSync(join(root, "configs/examples/network.c4m"), "utf8");
const file = join(place, "network.c4m");
writeFileSync(file, example);
const options = { cwd: place, env: { PATH: process.env.PATH, HOME: place, CI: "1" } };
const bun = join(dirname(createRequire(import.meta.url).resolve("bun/package.json")), "bin/bun.exe");

const rows = [];
const number = (value, unit) => (Number.isNaN(value) || value === undefined ? "not measured" : `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`);
/** `limit`: what `value` (or its ratio to `baseline`) may be at most. */
function row(what, value, unit, { baseline, baselineName = "", limit, by = "value", atLeast = false, best }) {
  const judged = by === "ratio" ? value / baseline : by === "difference" ? value - baseline : value;
  const met = Number.isNaN(judged) ? "?" : (atLeast ? judged >= limit : judged <= limit) ? "met" : "MISSED";
  const sign = atLeast ? "≥" : "≤";
  const measure = by === "ratio" ? `${judged.toFixed(2)} ×` : by === "difference" ? `${judged < 0 ? "" : "+"}${number(judged, unit)}` : number(value, unit);
  const bound = by === "ratio" ? `${sign} ${limit} ×` : by === "difference" ? `${sign} +${limit} ${unit}` : `${sign} ${limit} ${unit}`;
  rows.push([what, number(value, unit), best === undefined ? "" : best.map((time) => time.toFixed(1)).join(" / "), baseline === undefined ? "" : `${number(baseline, unit)} ${baselineName}`, measure, bound, met]);
}

function hello() {
  const path = join(place, "hello");
  writeFileSync(`${path}.js`, 'console.log("hello world");\n');
  const made = spawnSync(bun, ["build", "--compile", "--minify", "--bytecode", `${path}.js`, "--outfile", path], { cwd: place, encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  return path;
}

function inProcess(script, args) {
  const result = spawnSync(bun, [join(root, "bench", script), ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout.trim().split("\n").at(-1));
}

/** User and system time of a shell command in milliseconds. */
function cpuOf(command) {
  const { stderr } = spawnSync("bash", ["-c", `TIMEFORMAT="%3U %3S"; time ${command}`], { encoding: "utf8" });
  return stderr.trim().split(" ").reduce((sum, seconds) => sum + Number(seconds) * 1000, 0);
}

/** A report of a program with a few connections, which come and go. */
const heartbeatReport = (beat) => ({
  _OPERATION: "heartbeat",
  _TIMESTAMP: 1_795_440_000_000 + beat * 10_000,
  _EXEC_ID: "0123456789abcdef",
  _HEARTBEAT_COUNT: beat + 1,
  _OP_HOSTNAME: "web-1.example",
  _CHALKS: [{ CHALK_ID: "AB12CD-34EF-56GH-78JK90", _PROCESS_PID: 4000 }],
  _OP_TCP_SOCKET_INFO: Array.from({ length: 12 }, (_, i) => ["10.0.0.10", 40_000 + i + (beat % 7), "203.0.113.34", 443, "ESTABLISHED", 1001, 50_000 + i]),
});

const benches = {
  version() {
    const [base, ours] = compare([{ command: [hello()] }, { command: [chalk, "version"], options }], { runs, withMemory: true });
    row("chalk version: wall", ours.wall, "ms", { best: [ours.best, base.best], baseline: base.wall, baselineName: "(hello world in Bun)", limit: 2, by: "ratio" });
    row("chalk version: memory", ours.memory, "MB", { baseline: base.memory, baselineName: "(hello world in Bun)", limit: 1.6, by: "ratio" });
  },
  exec() {
    // The reporter works on when the program has ended; it shall not slow the next run.
    const [base, ours] = compare([{ command: ["/bin/true"], options }, { command: [chalk, "exec", "--", "/bin/true"], options }], { runs, rest: 200 });
    row("chalk exec -- /bin/true: overhead", ours.wall, "ms", { best: [ours.best, base.best], baseline: base.wall, baselineName: "(/bin/true)", limit: 25, by: "difference" });
  },
  load() {
    const target = join(place, "loaded");
    const fresh = () => copyFileSync(built, target);
    const [base, ours] = compare(
      [
        { command: ["cp", built, join(place, "copy")], options },
        { command: [target, "load", file], options, before: fresh },
      ],
      { runs },
    );
    row("chalk load of the example", ours.wall, "ms", { best: [ours.best, base.best], baseline: base.wall, baselineName: "(cp of the binary)", limit: 3, by: "ratio" });
  },
  insert() {
    const [program, copy] = ["program", "program-copy"].map((name) => join(place, name));
    const fresh = () => copyFileSync(bun, program);
    const [base, ours] = compare(
      [
        { command: ["sh", "-c", `cp ${bun} ${copy} && sha256sum ${copy}`], options },
        { command: [chalk, "insert", program], options, before: fresh },
      ],
      { runs, withMemory: true },
    );
    const size = Math.round(statSync(bun).size / 1e6);
    row(`chalk insert of a program (${size} MB)`, ours.wall, "ms", { best: [ours.best, base.best], baseline: base.wall, baselineName: "(cp and sha256sum)", limit: 1.5, by: "ratio" });
    row("… memory", ours.memory, "MB", { limit: 120 });
  },
  extract() {
    const count = 10_000;
    const script = join(place, "script.sh");
    writeFileSync(script, `#!/bin/sh\n${"# a line of some length that says nothing\n".repeat(20)}echo hello\n`, { mode: 0o755 });
    spawnSync(chalk, ["insert", script], options);
    const folder = join(place, "scripts");
    for (let i = 0; i < count; i++) {
      const directory = join(folder, String(i % 100));
      mkdirSync(directory, { recursive: true });
      copyFileSync(script, join(directory, `${i}.sh`));
    }
    const [ours] = compare([{ command: [chalk, "extract", folder], options }], { runs: Math.min(runs, 5) });
    row(`chalk extract of ${count} marked scripts`, (count / ours.wall) * 1000, "files/s", { best: [ours.best], limit: 2000, atLeast: true });
  },
  lint() {
    const [ours] = compare([{ command: [chalk, "config", "lint", file], options }], { runs });
    row("chalk config lint network.c4m, cold", ours.wall, "ms", { best: [ours.best], limit: 120 });
  },
  language() {
    const [small, large] = [2000, 20000].map((sections) => {
      const path = join(place, `generated-${sections}.c4m`);
      writeFileSync(path, generate(sections));
      return path;
    });
    const [ours] = compare([{ command: [chalk, "config", "dump", "--bare", "--json", small], options }], { runs });
    row(`2,000 sections (${Math.round(statSync(small).size / 1000)} kB), cold: parse to JSON`, ours.wall, "ms", { best: [ours.best], limit: 150 });
    const [large10, small1] = compare([large, small].map((path) => ({ command: [chalk, "config", "dump", "--bare", "--json", path], options })), { runs: Math.min(runs, 7) });
    row("10 × the input, cold: parse to JSON", large10.wall, "ms", { baseline: small1.wall, baselineName: "(1 ×)", best: [large10.best, small1.best], limit: 11, by: "ratio" });
    const warm = inProcess("language.ts", [small, large]);
    row("parse + compile, warm", warm.bytes / warm.small / 1000, "MB/s", { limit: 6, atLeast: true });
    row("10 × the input, warm", warm.large, "ms", { baseline: warm.small, baselineName: "(1 ×)", limit: 11, by: "ratio" });
    row("making the parser (grammar analysis)", warm.parserStart, "ms", { limit: 60 });
  },
  env() {
    const [ours] = compare([{ command: [chalk, "env"], options }], { runs });
    row("chalk env", ours.wall, "ms", { best: [ours.best], limit: 60 });
  },
  show() {
    const log = join(place, "reports.log");
    writeFileSync(log, Array.from({ length: 10_000 }, (_, beat) => `${JSON.stringify([heartbeatReport(beat)])}\n`).join(""));
    const [ours] = compare([{ command: [chalk, "report", "show", log], options }], { runs: Math.min(runs, 5) });
    row(`chalk report show of 10,000 reports (${Math.round(statSync(log).size / 1e6)} MB)`, ours.wall, "ms", { best: [ours.best], limit: 1000 });
  },
  async batches() {
    const found = await measureBatches({ chalk, log: join(place, ".local/chalk/chalk.log"), options, runs: Number(option("batch-runs", "1000")), atOnce: Number(option("at-once", "4")) });
    row("1,000 times chalk exec -- /bin/true, 4 at once: overhead, 99 of 100", found.p99, "ms", { limit: 60 });
    row("… half of them", found.median, "ms", { limit: 60 });
    row("… reports missing", found.missing, "", { limit: 0 });
    row("… processes left", found.left, "", { limit: 0 });
  },
  async beats() {
    const close = await holdSockets(1000);
    try {
      const found = await measureHeartbeats({ chalk, home: place, example, beats: 40, interval: 1000 });
      row("a heartbeat every second with 1,000 sockets: CPU time", found.cost, "ms", { limit: 20 });
      row("… memory", found.memory.last, "MB", { limit: 45 });
    } finally {
      close();
    }
  },
  async snapshot() {
    const sockets = Number(option("sockets", "100000"));
    const close = await holdSockets(sockets);
    try {
      const ss = Array.from({ length: 7 }, () => cpuOf("ss -tan > /dev/null"));
      const found = await measureHeartbeats({ chalk, home: place, example, beats: 20, interval: 1000 });
      row(`a heartbeat with ${sockets} TCP sockets: CPU time`, found.cost, "ms", { baseline: Math.min(...ss), baselineName: "(ss -tan > /dev/null)", limit: 2, by: "ratio" });
    } finally {
      close();
    }
  },
  docker() {
    const found = inProcess("docker.ts", [chalk, String(Math.min(runs, 7))]);
    if (found.skipped !== undefined) {
      console.log(`SKIPPED docker: ${found.skipped}`);
      return;
    }
    for (const [name, { base, wrapped }] of Object.entries(found.builds))
      row(`chalk docker build: ${name}`, wrapped.wall, "ms", { best: [wrapped.best, base.best], baseline: base.wall, baselineName: "(docker build)", limit: 1000, by: "difference" });
    const { base, wrapped } = found.start;
    row("start of a wrapped container", wrapped.wall, "ms", { best: [wrapped.best, base.best], baseline: base.wall, baselineName: "(not wrapped)", limit: 60, by: "difference" });
  },
  async heartbeat() {
    const found = await measureHeartbeats({ chalk, home: place, example, beats, interval: Number(option("interval", "10")) });
    const { memory, descriptors } = found;
    row(`reporter after ${found.beats} heartbeats: memory`, memory.last, "MB", { limit: 45 });
    row("… its growth since a tenth of them", memory.last, "MB", { baseline: memory.first, baselineName: "(then)", limit: 2, by: "difference" });
    row("… highest sample (in the midst of a heartbeat)", memory.most, "MB", { limit: 55 });
    row("… open descriptors", descriptors[1], "", { baseline: descriptors[0], baselineName: "(at the start)", limit: 0, by: "difference" });
    row("… CPU time a heartbeat", found.cost, "ms", { limit: 20 });
  },
};

console.log(`load of the machine: ${loadavg()[0].toFixed(1)}; medians of ${runs} runs`);
for (const [name, bench] of Object.entries(benches)) {
  if (only !== undefined && !only.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  await bench();
}
const header = ["figure", "ours", "best runs (ms)", "baseline", "result", "promised", ""];
const widths = header.map((title, i) => Math.max(title.length, ...rows.map((cells) => cells[i].length)));
for (const cells of [header, ...rows]) console.log(cells.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd());
if (process.argv.includes("--strict") && rows.some((cells) => cells.at(-1) === "MISSED")) process.exit(1);
