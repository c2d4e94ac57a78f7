// Issue 2, step 3: `chalk load` embeds a configuration into the executable itself, `chalk dump` prints it back; `load default`, `load previous`, round trips.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { copyExecutable } from "../helpers/binary.js";
import { createSandbox, type Report, sha256 } from "../helpers/sandbox.js";

const box = createSandbox();
const example = readFileSync("configs/examples/network.c4m", "utf8");
const defaultLine = "# The default configuration: nothing has been loaded.\n";
const useNetwork = `use network from "${box.work}"`;
const useSecond = `use second from "${box.work}"`;
const log = () => join(box.home, ".local/chalk/chalk.log");
const dump = (...args: string[]) => box.run(["dump", ...args]);
const dumpAll = (program = box.chalk) => box.run(["dump", "all"], { program }).stdout;

/** Nothing that `load` made on the way is left. */
function noLeftovers(): void {
  assert.equal(
    readdirSync(box.work).filter((name) => name.startsWith(".") || name.endsWith(".tmp")),
    [],
  );
}

function isSoundElf(path: string): void {
  const result = spawnSync("readelf", ["-a", "-W", path], { encoding: "utf8", maxBuffer: 1 << 28 });
  assert.is(result.status, 0);
  assert.is(result.stderr, "");
  assert.not.match(result.stdout, /warning|error:/i);
}

test("a fresh binary prints the default", () => {
  const result = dump();
  assert.is(result.status, 0);
  assert.is(result.stdout, defaultLine);
  assert.is(result.stderr, "");
  assert.is(dump("params").stdout, "[]\n");
});

test("load without argument: too few arguments, exit 1", () => {
  const before = sha256(box.chalk);
  const result = box.run(["load"]);
  assert.is(result.status, 1);
  assert.is(result.stdout, "");
  assert.match(result.stderr, /too few arguments|argument/i);
  assert.is(sha256(box.chalk), before);
  assert.equal(box.logLines, []);
});

test("load network.c4m: streams, messages in order, exit code, report", () => {
  box.write("network.c4m", example);
  const mode = statSync(box.chalk).mode;
  const result = box.run(["load", "network.c4m"]);
  assert.is(result.status, 0);
  assert.is(result.stdout, "");
  assert.equal(result.messages, [
    "info:  Attempting to load module from: network.c4m",
    "info:  [testing config]: Validating configuration.",
    "info:  [testing config]: Configuration successfully validated.",
    `info:  Configuration replaced in binary: ${box.chalk}`,
    `info:  ${log()}: Open (sink conf='default_out')`,
    "info:  Full chalk report appended to: ~/.local/chalk/chalk.log",
  ]);
  for (const line of result.stderr.trim().split("\n")) {
    const message = JSON.parse(line) as Record<string, string>;
    assert.equal(Object.keys(message), ["msg", "chalk_version", "chalk_commit", "chalk_magic", "timestamp", "log_level"]);
    assert.is(message["chalk_magic"], "dadfedabbadabbed");
    assert.is(message["log_level"], "info");
    assert.match(message["timestamp"]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  assert.is(statSync(box.chalk).mode, mode);
  assert.is(box.logLines.length, 1);
  const [report] = box.reports as [Report];
  assert.is(report["_OPERATION"], "load");
  assert.is(report["_CHALKS"].length, 1);
  assert.is(report["_CHALKS"][0]["$CHALK_CONFIG"], useNetwork);
  assert.is(report["_CHALKS"][0]["$CHALK_LOAD_COUNT"], 1);
  assert.is(report["_OP_ERRORS"], undefined);
  noLeftovers();
});

test("dump prints what was loaded; the file is not needed any more", () => {
  const result = dump();
  assert.is(result.status, 0);
  assert.is(result.stdout, `${useNetwork}\n`);
  assert.is(result.stderr, "");
  const all = JSON.parse(dumpAll()) as Record<string, unknown>;
  assert.equal(Object.keys(all), [
    "$CHALK_COMPONENT_CACHE",
    "$CHALK_CONFIG",
    "$CHALK_MEMOIZE",
    "$CHALK_SAVED_COMPONENT_PARAMETERS",
  ]);
  assert.equal(all["$CHALK_COMPONENT_CACHE"], { [join(box.work, "network")]: example });
  assert.match(dump("cache").stdout, "network_heartbeat_log.log");
  const moved = box.run(["dump"], { cwd: "/" });
  assert.is(moved.stdout, `${useNetwork}\n`);
});

test("dump makes no report", () => {
  assert.is(box.logLines.length, 1);
});

test("the executable is a sound ELF file with the mark in .chalk.mark, and starts", () => {
  isSoundElf(box.chalk);
  const sections = spawnSync("readelf", ["-S", "-W", box.chalk], { encoding: "utf8" }).stdout;
  assert.match(sections, /\.chalk\.mark/);
  const section = spawnSync("readelf", ["-p", ".chalk.mark", box.chalk], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
  assert.match(section, "dadfedabbadabbed");
  const version = box.run(["version"]);
  assert.is(version.status, 0);
  assert.match(version.stdout, /^Chalk Version\s+\d/m);
});

test("dump FILE creates or replaces the file, one newline at the end; exit 1 when it cannot", () => {
  const target = box.write("dumped.c4m", "something longer than what will be there\n".repeat(10));
  assert.is(dump("dumped.c4m").status, 0);
  assert.is(readFileSync(target, "utf8"), `${useNetwork}\n`);
  const failed = dump("no/such/directory/file.c4m");
  assert.is(failed.status, 1);
  assert.match(failed.stderr, "no/such/directory/file.c4m");
});

test("loading the same file again changes nothing", () => {
  const before = sha256(box.chalk);
  const result = box.run(["load", "network"]);
  assert.is(result.status, 0);
  assert.is(result.stdout, "");
  assert.ok(result.messages.some((message) => message.includes("already using the same configuration")));
  assert.is(sha256(box.chalk), before);
  assert.is(box.reports.at(-1)!["_OPERATION"], "load");
});

test("loading the changed file again: one line, the new source", () => {
  box.write("network.c4m", `${example}\n# changed\n`);
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  assert.is(dump().stdout, `${useNetwork}\n`);
  assert.match(dumpAll(), "# changed");
  assert.is(box.reports.at(-1)!["_CHALKS"][0]["$CHALK_LOAD_COUNT"], 2);
});

test("a second component is added in order; reports have no errors", () => {
  box.write("second.c4m", 'log_level: "warn"\n');
  const result = box.run(["load", "second.c4m"]);
  assert.is(result.status, 0);
  assert.is(dump().stdout, `${useNetwork}\n${useSecond}\n`);
  const report = box.reports.at(-1)!;
  assert.is(report["_OPERATION"], "load");
  assert.is(report["_OP_ERRORS"], undefined);
  isSoundElf(box.chalk);
});

test("load previous goes back, and forth", () => {
  const before = dumpAll();
  assert.is(box.run(["load", "previous"]).status, 0);
  assert.is(dump().stdout, `${useNetwork}\n`);
  assert.is(box.run(["load", "previous"]).status, 0);
  assert.is(dumpAll(), before);
});

test("load previous with --replace is refused", () => {
  const before = sha256(box.chalk);
  assert.is(box.run(["load", "--replace", "previous"]).status, 1);
  assert.is(box.run(["load", "--all", "second.c4m"]).status, 1);
  assert.is(sha256(box.chalk), before);
});

test("dump all | load --replace --all - on another binary gives the identical dump", () => {
  const other = copyExecutable(box.chalk, join(box.base, "other"));
  const all = dumpAll();
  assert.is(box.run(["load", "default"], { program: other }).status, 0);
  assert.is(box.run(["dump"], { program: other }).stdout, defaultLine);
  const loaded = box.run(["load", "--replace", "--all", "-"], { program: other, input: all });
  assert.is(loaded.status, 0);
  assert.is(loaded.stdout, "");
  assert.is(dumpAll(other), all);
  const again = sha256(other);
  assert.is(box.run(["load", "--replace", "--all", "-"], { program: other, input: all }).status, 0);
  assert.is(sha256(other), again, "nothing is written if nothing would change");
  for (const bad of ["{}", "[1", '{"$CHALK_CONFIG":"","$CHALK_SAVED_COMPONENT_PARAMETERS":[]}', ""]) {
    assert.is(box.run(["load", "--replace", "--all", "-"], { program: other, input: bad }).status, 1, bad);
  }
  assert.is(sha256(other), again);
});

test("dump FILE, load --replace FILE: an equivalent configuration", () => {
  const evaluated = () => box.run(["config", "dump", "--json"]).stdout;
  const before = evaluated();
  assert.is(dump("whole.c4m").status, 0);
  assert.is(box.run(["load", "--replace", "whole.c4m"]).status, 0);
  assert.is(dump().stdout, `use whole from "${box.work}"\n`);
  assert.is(evaluated(), before);
});

test("load --replace: only the new line, only what it reaches is kept", () => {
  assert.is(box.run(["load", "--replace", "second.c4m"]).status, 0);
  assert.is(dump().stdout, `${useSecond}\n`);
  const all = JSON.parse(dumpAll()) as Record<string, Record<string, string>>;
  assert.equal(Object.keys(all["$CHALK_COMPONENT_CACHE"]!), [join(box.work, "second")]);
});

test("load default: the default again, then nothing to do; load previous brings it back", () => {
  assert.is(box.run(["load", "default"]).status, 0);
  assert.is(dump().stdout, defaultLine);
  const before = sha256(box.chalk);
  const again = box.run(["load", "default"]);
  assert.is(again.status, 0);
  assert.is(sha256(box.chalk), before);
  assert.is(box.run(["load", "previous"]).status, 0);
  assert.is(dump().stdout, `${useSecond}\n`);
  isSoundElf(box.chalk);
  noLeftovers();
});

test("load previous where there is none: exit 1, nothing changed", () => {
  const fresh = createSandbox();
  const before = sha256(fresh.chalk);
  const result = fresh.run(["load", "previous"]);
  assert.is(result.status, 1);
  assert.match(result.stderr, "no previous configuration");
  assert.is(sha256(fresh.chalk), before);
  assert.equal(fresh.logLines, []);
});

test.run();
