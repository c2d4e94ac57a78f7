// exec and heartbeats with real processes: the program is undisturbed, the reporter stands beside it, reports until the end, and leaves.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileProgram, temporaryDirectory } from "../support/compile.js";

const directory = temporaryDirectory();
const chalk = compileProgram("test/runtime/support/exec-probe.ts", directory, "chalk");
/** Each run has a log of its own, since a reporter outlives its program. */
let log = "";
let runs = 0;
const freshLog = () => {
  log = join(directory, `log-${++runs}`);
  return log;
};
const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

interface Report {
  _OPERATION: string;
  _EXEC_ID: string;
  _SINCE_MONOTIME: number;
  _HEARTBEAT_COUNT?: number;
  _OP_ANCESTOR_ARGVS?: string[][];
  _CHALKS: { _PROCESS_PID: number; _PROCESS_ARGV?: string[]; CHALK_ID?: string }[];
  names: string[];
  unmarked: string[];
  resident: number;
  objects: number | null;
  descriptors: number;
  nice: number;
}

const reports = (): Report[] =>
  existsSync(log)
    ? readFileSync(log, "utf8")
        .split("\n")
        // What follows the last newline is empty, or a line that is being written.
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Report)
    : [];

/** Waits for something; fails after a while. */
async function until(what: string, condition: () => boolean, milliseconds = 60_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) assert.unreachable(`${what} did not happen in ${milliseconds} ms`);
    await sleep(20);
  }
}

const settings = (given: object) => JSON.stringify(given);
const beats = (rate: number, more = {}) => ({ heartbeat: { run: true, rate, nice: 5, rlimit: 0, ...more } });
const run = (given: object, ...args: string[]) => spawnSync(chalk, [settings(given), freshLog(), ...args], { encoding: "utf8" });
const start = (given: object, ...args: string[]) =>
  spawn(chalk, [settings(given), freshLog(), ...args], { stdio: ["ignore", "pipe", "inherit"] });

/** A script that goes on until there is something in the log of the next run. */
const untilReported = () => {
  const next = join(directory, `log-${runs + 1}`);
  return `i=0; while [ ! -s ${next} ] && [ $i -lt 1200 ]; do i=$((i+1)); sleep 0.05; done`;
};

for (const chalkAsParent of [false, true]) {
  const mode = chalkAsParent ? "as parent" : "default mode";

  test(`${mode}: the program's output and status are its own; one report, of operation exec`, async () => {
    const script = `echo out; ${untilReported()}; exit 42`;
    const result = run({ chalkAsParent }, "sh", "-c", script);
    assert.equal([result.stdout, result.stderr, result.status], ["out\n", "", 42]);
    await until("a report", () => reports().length > 0);
    await sleep(100);
    const [report, ...rest] = reports();
    assert.equal(rest, []);
    assert.is(report!._OPERATION, "exec");
    assert.equal(report!.unmarked, report!.names);
    assert.match(report!.names[0]!, /\/(da)?sh$|busybox|bash/);
    assert.equal(report!._CHALKS[0]!._PROCESS_ARGV!.slice(1), ["-c", script]);
    assert.match(report!._CHALKS[0]!._PROCESS_ARGV![0]!, /^\/.*\/sh$/);
    assert.ok(report!._CHALKS[0]!.CHALK_ID);
  });

  test(`${mode}: heartbeats, and a final one at once`, async () => {
    const began = performance.now();
    const program = start({ chalkAsParent, ...beats(250) }, "sleep", "3600");
    await until("three heartbeats", () => reports().length >= 4);
    const pid = reports()[0]!._CHALKS[0]!._PROCESS_PID;
    assert.is(pid === program.pid, !chalkAsParent);
    process.kill(pid, 9);
    await until("the final heartbeat", () => reports().at(-1)!._CHALKS[0]!._PROCESS_ARGV === undefined);
    const all = reports();
    assert.equal(
      all.map((report) => report._OPERATION),
      ["exec", ...all.slice(1).map(() => "heartbeat")],
    );
    assert.equal(
      all.map((report) => report._HEARTBEAT_COUNT),
      [undefined, ...all.slice(1).map((_, index) => index + 1)],
    );
    assert.equal([...new Set(all.map((report) => report._EXEC_ID))].length, 1);
    assert.ok(all.every((report) => report._CHALKS[0]!._PROCESS_PID === pid));
    for (let index = 1; index < all.length; index++) assert.ok(all[index]!._SINCE_MONOTIME > all[index - 1]!._SINCE_MONOTIME);
    // The first process and the reporter start less far apart than this test and now.
    const lived = performance.now() - began;
    assert.ok(all[0]!._SINCE_MONOTIME > 0 && all.at(-1)!._SINCE_MONOTIME < lived, "the clock starts with the first process");
    assert.equal([all[0]!.nice, all[1]!.nice], [getPriority(), 5]);
    await sleep(400);
    assert.is(reports().length, all.length, "nothing after the final one");
  });
}

test("a rate far longer than the program: exec report and exactly one heartbeat, soon", async () => {
  run(beats(3_600_000), "sleep", "0.3");
  await until("two reports", () => reports().length === 2);
  assert.equal(
    reports().map((report) => report._OPERATION),
    ["exec", "heartbeat"],
  );
});

test("the ancestors start with the program", async () => {
  const script = untilReported();
  run({}, "sh", "-c", script);
  await until("a report", () => reports().length > 0);
  assert.equal(reports()[0]!._OP_ANCESTOR_ARGVS![0]!.slice(1), ["-c", script]);
  assert.match(reports()[0]!._OP_ANCESTOR_ARGVS![1]!.join(" "), /exec\.test\.js/);
});

test("probability: not sampled means not reported", async () => {
  assert.is(run({ reportingProbability: 0 }, "sh", "-c", "exit 3").status, 3);
  await sleep(200);
  assert.equal(reports(), []);
});

test("no program: status 1, nothing reported", async () => {
  const missing = run({}, "no-such-program-anywhere");
  assert.is(missing.status, 1);
  assert.match(missing.stderr, /no-such-program-anywhere/);
  writeFileSync(join(directory, "text"), "neither binary nor script", { mode: 0o755 });
  const broken = run(beats(100), join(directory, "text"));
  assert.is(broken.status, 1);
  assert.match(broken.stderr, /ENOEXEC/);
  await sleep(300);
  assert.equal(reports(), []);
});

test("the next candidate is tried when one cannot be executed", () => {
  writeFileSync(join(directory, "both"), "neither binary nor script", { mode: 0o755 });
  const other = join(directory, "other");
  spawnSync("mkdir", [other]);
  writeFileSync(join(other, "both"), "#!/bin/sh\necho second\n", { mode: 0o755 });
  const result = run({ searchPath: [directory, other] }, "both");
  assert.equal([result.stdout, result.status], ["second\n", 0]);
});

test("as parent: signals are forwarded, a killed program gives 128 + n", async () => {
  const program = start(
    { chalkAsParent: true },
    "sh",
    "-c",
    "trap 'echo usr; exit 5' USR1; echo ready; while :; do sleep 0.05; done",
  );
  let output = "";
  program.stdout.on("data", (data: Buffer) => {
    output += data.toString();
    if (output === "ready\n") program.kill("SIGUSR1");
  });
  const status = await new Promise((done) => program.on("close", done));
  assert.equal([status, output], [5, "ready\nusr\n"]);
  assert.is(run({ chalkAsParent: true }, "sh", "-c", "kill -TERM $$").status, 143);
});

test("a reader that waits for the program's descriptors is not held up by the reporter, except on stdout and stderr", () => {
  freshLog();
  const script = `exec 9>&1; ( "${chalk}" '${settings(beats(100))}' ${log} sh -c 'sleep 0.2' 8>&1 >/dev/null 2>&1 9>&- ) | cat; echo done`;
  assert.is(spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout, "done\n");
});

test("beyond rlimit the reporter ends and the program goes on", async () => {
  const program = start(beats(100, { rlimit: 1_000_000 }), "sleep", "3600");
  await until("a heartbeat", () => reports().length === 2);
  await sleep(400);
  assert.is(reports().length, 2);
  assert.is(program.exitCode, null);
  program.kill();
});

test("memory and descriptors stay flat over a thousand beats", async () => {
  const program = start(beats(2), "sleep", "3600");
  // The size of one beat depends on when garbage was collected, by 20 MB; the smallest of 250 beats varies by 3 MB (measured over 4,000 beats, twice).
  await until("1,000 beats", () => reports().length > 1000, 600_000);
  program.kill();
  const all = reports().slice(1, 1001);
  assert.equal([...new Set(all.map((report) => report.descriptors))].length, 1, "descriptors");
  const counts = all.flatMap(({ objects }) => objects ?? []);
  assert.is(counts.length, 20);
  // One object kept by each beat would be 750 more.
  assert.ok(Math.min(...counts.slice(-4)) - Math.min(...counts.slice(1, 5)) < 300, `objects in use: ${counts}`);
  const smallest = (from: number) => Math.min(...all.slice(from, from + 250).map(({ resident }) => resident));
  const [early, late] = [smallest(0), smallest(750)];
  assert.ok(late < 60e6, `${late} bytes resident`);
  assert.ok(late - early < 12e6, `grew from ${early} to ${late}`);
});

test.run();
