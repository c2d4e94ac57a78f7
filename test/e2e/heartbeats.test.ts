// Issue 2, steps 4 and 5: the reports of a program under `chalk exec`: one of operation exec, a heartbeat per interval, a final one when the program is
// gone; what is in them, where they go, byte for byte.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, isAlive, type Report, until } from "../helpers/sandbox.js";

const box = createSandbox();
const example = readFileSync("configs/examples/network.c4m", "utf8");
const logName = "network_heartbeat_log.log";
const templateKeys = [...example.matchAll(/^\s*key\.(\w+)\.use\s*=\s*true/gm)].map((match) => match[1]!);
/** The order in which reports show the keys of the example (`runtime-core.md` 17). */
const order = [
  "_OPERATION",
  "_TIMESTAMP",
  "_CHALKS",
  "_OP_ARP_TABLE",
  "_OP_ERRORS",
  "_OP_HOSTINFO",
  "_OP_HOSTNAME",
  "_OP_IPV4_INTERFACES",
  "_OP_IPV4_ROUTES",
  "_OP_IPV6_INTERFACES",
  "_OP_IPV6_ROUTES",
  "_OP_NODENAME",
  "_OP_PLATFORM",
  "_OP_TCP_SOCKET_INFO",
  "_OP_UDP_SOCKET_INFO",
];

const networkLines = (of = box) => of.inHome(logName).split("\n").filter(Boolean);
const parse = (line: string) => JSON.parse(line) as [Report];

/** Runs a program until there are so many heartbeats, and waits until its last report is there. */
async function reportsOf(flags: readonly string[], beats: number, of = box) {
  of.clearLog();
  spawnSync("rm", ["-f", join(of.home, logName)]);
  const child = of.start(["exec", ...flags, "--", "cat", "-"], "pipe");
  let [stdout, stderr] = ["", ""];
  child.stdout!.on("data", (data) => (stdout += data));
  child.stderr!.on("data", (data) => (stderr += data));
  // Both streams are closed when the reporter, which holds them too, has ended.
  let isClosed = false;
  child.on("close", () => {
    isClosed = true;
  });
  await until(`${beats} heartbeats`, () => of.reports.length >= 1 + beats, 120);
  const ending = Date.now();
  const ended = once(child, "exit") as Promise<[number]>;
  child.stdin!.end();
  const [status] = await ended;
  const over = Date.now();
  await until("the reporter's end", () => isClosed, 120);
  return { status, stdout, stderr, pid: child.pid!, ending, over };
}

test("the example has all seventeen keys of the story", () => {
  assert.is(templateKeys.length, 17);
});

test("load the example with a rate of one second", () => {
  box.write("network.c4m", example.replace("<<10 minutes>>", "<<1 second>>"));
  assert.is(box.run(["load", "network.c4m"]).status, 0);
});

for (const flags of [[], ["--chalk-as-parent"]]) {
  const how = flags.length === 0 ? "" : " (as parent)";
  test(`exec report, heartbeats, a final one at once${how}`, async () => {
    const { status, stdout, stderr, pid, ending, over } = await reportsOf(flags, 2);
    assert.is(status, 0);
    assert.is(stderr, "");

    const reports = box.reports;
    const beats = reports.slice(1);
    assert.is(reports[0]!["_OPERATION"], "exec");
    assert.ok(
      beats.every((report) => report["_OPERATION"] === "heartbeat"),
      "then heartbeats",
    );
    assert.ok(beats.length >= 3, `${beats.length} heartbeats`);
    for (const line of box.logLines) assert.is(parse(line).length, 1, "one report per line");
    assert.equal(
      beats.map((report) => report["_HEARTBEAT_COUNT"]),
      beats.map((_, index) => index + 1),
    );
    assert.is(new Set(reports.map((report) => report["_EXEC_ID"])).size, 1);
    assert.match(reports[0]!["_EXEC_ID"], /^[0-9a-f]{16}$/);
    assert.is(new Set(reports.map((report) => report["_ACTION_ID"])).size, reports.length, "each report is an action of its own");
    const times = beats.map((report) => report["_TIMESTAMP"] as number);
    const since = beats.map((report) => report["_SINCE_MONOTIME"] as number);
    for (let index = 1; index < beats.length; index += 1) {
      assert.ok(since[index]! > since[index - 1]!);
      const gap = times[index]! - times[index - 1]!;
      const isLast = index === beats.length - 1;
      assert.ok(isLast || gap >= 990, `${gap} ms between heartbeats`);
    }
    assert.ok(times[0]! - reports[0]!["_TIMESTAMP"] >= 990, "the first comes one interval after the exec report");
    assert.ok(times.at(-1)! >= ending, "the final one after the end of the program");
    assert.ok(times.filter((time) => time > over).length <= 1, "and no other");
    for (const report of reports) {
      const at = report["_DATETIME"] as string;
      assert.is(Date.parse(at), report["_TIMESTAMP"]);
    }

    // The program, as the exec report shows it.
    const [program] = reports[0]!["_CHALKS"] as [Report];
    assert.equal(reports[0]!["_UNMARKED"], [program["_OP_ARTIFACT_PATH"]]);
    assert.match(program["_OP_ARTIFACT_PATH"], /\/(cat|busybox|coreutils)$/);
    assert.equal(program["_PROCESS_ARGV"].slice(1), ["-"]);
    if (flags.length === 0) assert.is(program["_PROCESS_PID"], pid);
    assert.not.ok(isAlive(pid));

    // The story's report: on stdout and in its file, the same bytes.
    assert.is(box.inHome(logName), stdout);
    const lines = networkLines();
    assert.is(lines.length, beats.length);
    for (const [index, line] of lines.entries()) {
      const list = parse(line);
      assert.is(list.length, 1);
      const [report] = list;
      const keys = Object.keys(report);
      assert.equal(
        keys,
        order.filter((key) => keys.includes(key)),
        "keys in order, none besides the template's",
      );
      const values = report as Readonly<Record<string, unknown>>;
      assert.is(values["_OPERATION"], "heartbeat");
      assert.is(values["_TIMESTAMP"], times[index]);
      assert.equal(values["_CHALKS"], [{ CHALK_ID: program["CHALK_ID"] }]);
      for (const key of ["_OP_HOSTINFO", "_OP_HOSTNAME", "_OP_NODENAME", "_OP_PLATFORM"])
        assert.is(typeof values[key], "string", key);
      assert.is(values["_OP_HOSTNAME"], spawnSync("hostname", { encoding: "utf8" }).stdout.trim());
      assert.ok(line.startsWith('[ { "_OPERATION" : "heartbeat", "_TIMESTAMP" : ') && line.endsWith(" } ]"), line.slice(0, 60));
    }
    assert.match(program["CHALK_ID"], /^[0-9A-Z]{6}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{6}$/);
    const umask = process.umask();
    assert.is(statSync(join(box.home, logName)).mode & 0o777, 0o666 & ~umask);
  });
}

test("a program that ends before the first interval: the exec report and exactly one heartbeat", async () => {
  const rare = createSandbox();
  assert.is(rare.run(["load", rare.write("network.c4m", example)]).status, 0);
  const { status, stdout } = await reportsOf([], 0, rare);
  assert.is(status, 0);
  assert.equal(
    rare.reports.map((report) => report["_OPERATION"]),
    ["exec", "heartbeat"],
  );
  assert.is(networkLines(rare).length, 1);
  assert.is(stdout, `${networkLines(rare)[0]}\n`);
  const [last] = rare.reports.slice(-1);
  assert.is(last!["_CHALKS"].length, 1);
});

test("a program that ends within a millisecond", async () => {
  box.clearLog();
  spawnSync("rm", ["-f", join(box.home, logName)]);
  const result = box.run(["exec", "--", "/bin/true"]);
  assert.is(result.status, 0);
  assert.is(result.stderr, "");
  assert.is(result.stdout, box.inHome(logName));
  assert.equal(
    box.reports.map((report) => report["_OPERATION"]),
    ["exec", "heartbeat"],
  );
});

test("a marked program is named by its mark", async () => {
  spawnSync("cp", ["/bin/sleep", join(box.work, "nap")]);
  assert.is(box.run(["insert", "nap"]).status, 0);
  const id = box.reports.at(-1)!["_CHALKS"][0] as Report;
  box.clearLog();
  spawnSync("rm", ["-f", join(box.home, logName)]);
  assert.is(box.run(["exec", "--", "./nap", "0.1"]).status, 0);
  assert.equal(parse(networkLines()[0]!)[0]["_CHALKS"], [{ CHALK_ID: id["CHALK_ID"] }]);
  const [exec] = box.reports;
  assert.is(exec!["_UNMARKED"], undefined);
  assert.is(exec!["_CHALKS"][0]["METADATA_ID"], id["METADATA_ID"]);
});

test("a killed program: a final heartbeat, then the reporter ends", async () => {
  box.clearLog();
  const child = box.start(["exec", "--", "sleep", "3600"], ["ignore", "pipe", "ignore"]);
  child.stdout!.resume();
  await until("the first heartbeat", () => box.reports.some((report) => report["_HEARTBEAT_COUNT"] === 1));
  const killed = Date.now();
  child.kill("SIGKILL");
  await once(child, "close");
  assert.ok(box.reports.at(-1)!["_TIMESTAMP"] >= killed);
});

test("the log file's directory is read-only: one warning per sink, stdout gets every report", () => {
  const isRoot = process.getuid!() === 0;
  const through = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  spawnSync("chmod", ["755", box.base]);
  const closed = join(box.base, "closed");
  const temporary = join(box.base, "temporary");
  spawnSync("mkdir", ["-m", "555", closed]);
  spawnSync("mkdir", ["-m", "777", temporary]);
  const result = box.run(["--log-level=warn", "exec", "--", "sleep", "0.1"], {
    environment: { HOME: closed, TMPDIR: temporary },
    through,
    cwd: "/",
  });
  assert.is(result.status, 0);
  const lines = result.stdout.split("\n").filter(Boolean);
  assert.is(lines.length, 1);
  assert.is(parse(lines[0]!)[0]["_OPERATION"], "heartbeat");
  const about = result.messages.filter((message) => message.includes("network_file_out"));
  assert.is(about.length, 1, result.stderr);
  assert.match(about[0]!, /^warn: .*not writable/);
});

test.after(() => box.stop());
test.run();
