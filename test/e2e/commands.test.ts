// Issue 2, steps 6 and 7: `config lint`, `config dump`, `version`, `env`, `help` with the compiled executable.
import { readFileSync, rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox } from "../helpers/sandbox.js";

const box = createSandbox();
const example = readFileSync("configs/examples/network.c4m", "utf8");
box.write("network.c4m", example);

test("config lint FILE: the example has deprecated spellings and nothing else", () => {
  const result = box.run(["config", "lint", "network.c4m"]);
  assert.is(result.status, 0);
  assert.is(result.stderr, "");
  for (const old of ["exec.heartbeat", "exec.heartbeat_rate", "_OP_HOSTINFO", "_OP_NODENAME"])
    assert.match(result.stdout, `'${old}'`);
  assert.match(result.stdout, /^network\.c4m:9:1: warning\[CHK-001\]/m);
  assert.match(result.stdout, /^ {2}exec\.heartbeat: true\n {2}\^{14}$/m);
  assert.match(result.stdout, /4 warnings\s*$/);
  assert.not.match(result.stdout, /error\[/);
});

test("config lint --format=json", () => {
  box.write("two.c4m", 'exec.heartbeat.run: "yes"\nfrobnicate {\n  a: 1\n}\n');
  const result = box.run(["config", "lint", "--format=json", "two.c4m"]);
  assert.is(result.status, 1);
  const text = JSON.stringify(JSON.parse(result.stdout));
  assert.match(text, '"C4M-T002"');
  assert.match(text, '"C4M-S001"');
  assert.is(result.stderr, "");
});

test("config lint prints every problem, with place, excerpt and hint", () => {
  box.write("three.c4m", 'exec.heartbeat.run: "yes"\nexec.heartbeat.rate: <<10 minuets>>\nsink_konfig x {\n  enabled: true\n}\n');
  const { status, stdout } = box.run(["config", "lint", "three.c4m"]);
  assert.is(status, 1);
  assert.match(stdout, "three.c4m:1:21: error[C4M-T002]");
  assert.match(stdout, "three.c4m:2:22: error[C4M-T031]");
  assert.match(stdout, /three\.c4m:3:1: (error|warning)\[C4M-S001\]/);
  assert.match(stdout, /did you mean .*sink_config/);
  assert.match(stdout, /^ {2}exec\.heartbeat\.run: "yes"\n {22}\^{5}$/m);
  assert.match(stdout, /^(3 errors|2 errors, 1 warning)$/m);
});

test("config lint and dump without a file: the embedded and the external configuration", () => {
  assert.match(box.run(["config", "lint"]).stdout, "nothing is loaded");
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  const lint = box.run(["config", "lint"]);
  assert.is(lint.status, 0);
  assert.match(lint.stdout, "'exec.heartbeat_rate'");
  const rate = (...flags: string[]) =>
    JSON.parse(box.run([...flags, "config", "dump", "--json", "--path", "exec.heartbeat.rate"]).stdout) as unknown;
  const embedded = rate();
  const file = box.write("chalk.c4m", 'sink_config mine {\n  sink: "stdout"\n}\n');
  assert.match(box.run(["config", "dump", "--json"]).stdout, '"mine"');
  assert.not.match(box.run(["--no-use-external-config", "config", "dump", "--json"]).stdout, '"mine"');
  assert.equal(rate(), embedded);
  assert.match(JSON.stringify(embedded), /10 min|600000/);
  box.write("chalk.c4m", 'sink_config mine {\n  sinc: "stdout"\n  sink: "stdout"\n}\n');
  const broken = box.run(["config", "lint"]);
  assert.is(broken.status, 1);
  assert.match(broken.stdout, `${file}:2:3: error[C4M-S013]`);
  rmSync(file);
});

test("config dump --json is deterministic, sorted, and gives one path", () => {
  const dumps = [1, 2].map(() => box.run(["config", "dump", "--json", "network.c4m"]));
  assert.is(dumps[0]!.status, 0);
  assert.is(dumps[0]!.stderr, "");
  assert.is(dumps[0]!.stdout, dumps[1]!.stdout);
  // Sections and attributes; the order in a dict is a part of its value (`language.md` 9.1).
  const isSorted = (value: object): boolean => {
    const keys = Object.keys(value);
    if (keys.join() === "type,value") return true;
    return keys.join("\n") === [...keys].sort().join("\n") && Object.values(value).every(isSorted);
  };
  const whole = JSON.parse(dumps[0]!.stdout) as Record<string, Record<string, Record<string, unknown>>>;
  assert.ok(isSorted(whole));
  const part = box.run(["config", "dump", "--json", "--path", "exec.heartbeat", "network.c4m"]);
  assert.is(part.status, 0);
  assert.equal(JSON.parse(part.stdout), whole["exec"]!["heartbeat"]);
  assert.equal((JSON.parse(part.stdout) as Record<string, unknown>)["run"], { type: "bool", value: true });
  const nowhere = box.run(["config", "dump", "--json", "--path", "exec.heartbeet", "network.c4m"]);
  assert.is(nowhere.status, 1);
});

test("--bare: just the language; several files are a stack", () => {
  box.write("first.c4m", "shared := 20\nexport shared\nanything.goes.here = shared + 1\n");
  box.write("second.c4m", "anything.goes.twice = shared * 2\n");
  const result = box.run(["config", "dump", "--json", "--bare", "first.c4m", "second.c4m"]);
  assert.is(result.status, 0, result.stderr);
  assert.equal(JSON.parse(result.stdout), {
    anything: { goes: { here: { type: "int", value: 21 }, twice: { type: "int", value: 40 } } },
  });
  assert.is(box.run(["config", "lint", "--bare", "first.c4m"]).status, 0);
  assert.is(box.run(["config", "lint", "first.c4m"]).status, 1);
});

test("a configuration that is long enough for the engine to be given room", () => {
  const unit = (i: number): string =>
    `unit u${i} {\n  size: ${i} * 3 + 17\n  name: "unit " + "${i}"\n  sub.list: ["a${i}", "b"]\n}\n`;
  const text = Array.from({ length: 2000 }, (_, i) => unit(i)).join("");
  assert.ok(text.length > 100_000);
  box.write("long.c4m", text);
  const result = box.run(["config", "dump", "--json", "--bare", "long.c4m"]);
  assert.is(result.status, 0, result.stderr);
  const { unit: units } = JSON.parse(result.stdout) as { unit: Record<string, unknown> };
  assert.is(Object.keys(units).length, 2000);
  assert.equal(units["u1999"], {
    name: { type: "string", value: "unit 1999" },
    size: { type: "int", value: 6014 },
    sub: { list: { type: "list[string]", value: ["a1999", "b"] } },
  });
});

test("--schema FILE: validate against this schema instead", () => {
  box.write(
    "own.c42spec",
    [
      "root {\n  user_def_ok: false\n  require server { write_lock: false }\n}",
      "singleton server {\n  user_def_ok: false\n  field port { type: int; require: true; range: (1, 65535) }\n}\n",
    ].join("\n"),
  );
  box.write("good.c4m", "server {\n  port: 8080\n}\n");
  box.write("bad.c4m", "server {\n  port: 70000\n}\n");
  const good = box.run(["config", "lint", "--bare", "--schema", "own.c42spec", "good.c4m"]);
  assert.is(good.status, 0, good.stdout + good.stderr);
  const bad = box.run(["config", "lint", "--bare", "--schema", "own.c42spec", "bad.c4m"]);
  assert.is(bad.status, 1);
  assert.match(bad.stdout, /bad\.c4m:2:3: error\[C4M-S/);
});

test("version: label and value on one line, no report", () => {
  box.clearLog();
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const result = box.run(["version"]);
  assert.is(result.status, 0);
  assert.is(result.stderr, "");
  const rows = new Map(result.stdout.split("\n").map((line) => [line.slice(0, 15).trim(), line.slice(15).trim()]));
  assert.is(rows.get("Chalk Version"), version);
  assert.match(rows.get("Chalk ID")!, /^\w{6}-\w{4}-\w{4}-\w{6}$/);
  assert.is(rows.get("Build OS"), "linux");
  for (const label of ["Commit ID", "Build CPU", "Build Date", "Build Time", "Docker Client", "Docker Server", "Buildx"])
    assert.ok(rows.has(label), label);
  assert.equal(box.logLines, []);
});

test("env: a report about the host, nothing on stdout", () => {
  box.clearLog();
  for (const name of ["env", "environment"]) {
    const result = box.run(["--no-use-embedded-config", name]);
    assert.is(result.status, 0);
    assert.is(result.stdout, "");
    assert.is(result.messages.at(-1), "info:  Full chalk report appended to: ~/.local/chalk/chalk.log");
  }
  assert.is(box.logLines.length, 2);
  const [report] = box.reports;
  assert.is(report!["_OPERATION"], "env");
  assert.is(report!["_CHALKS"], undefined);
  assert.is(typeof report!["_OP_HOSTNAME"] === "string" || typeof report!["_OP_HOST_NODENAME"] === "string", true);
});

test("help: on stdout, exit 0, no report", () => {
  box.clearLog();
  for (const words of [
    [],
    ["help"],
    ["--help"],
    ["-h"],
    ["help", "exec"],
    ["exec", "--help"],
    ["load", "-h"],
    ["help", "keys"],
    ["help", "no such topic at all"],
  ]) {
    const result = box.run(words);
    assert.is(result.status, 0, words.join(" "));
    assert.ok(result.stdout.length > 20, words.join(" "));
    assert.not.match(result.stdout, "\x1b");
  }
  assert.match(box.run(["help"]).stdout, /exec[\s\S]*load|load[\s\S]*exec/);
  assert.match(box.run(["help", "exec"]).stdout, "--exec-command-name");
  assert.equal(box.logLines, []);
});

test("an unknown command exits 1 and says so", () => {
  const result = box.run(["frobnicate"]);
  assert.is(result.status, 1);
  assert.match(result.stderr, "no such command");
  const flag = box.run(["--no-such-flag", "env"]);
  assert.is(flag.status, 1);
  assert.match(flag.stderr, "no-such-flag");
});

test("a default command that runs programs logs as little as if it had been typed", () => {
  const file = box.write("quiet.c4m", 'default_command: "exec"\nexec.command_name: "echo"\n');
  const quiet = box.run(["--no-use-embedded-config", "--config-file", file, "said"]);
  assert.equal([quiet.status, quiet.stdout, quiet.stderr], [0, "said\n", ""]);
  const loud = box.write("loud.c4m", 'default_command: "exec"\nexec.command_name: "echo"\nlog_level: "info"\n');
  assert.is.not(box.run(["--no-use-embedded-config", "--config-file", loud, "said"]).stderr, "", "unless somebody wants more");
  assert.is.not(box.run(["--info", "--no-use-embedded-config", "--config-file", file, "said"]).stderr, "");
});

test.run();
