// Issue 2, step 7: external configuration files and their search path, --config-file, --no-use-external-config, --no-use-embedded-config, --log-level.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type RunResult } from "../helpers/sandbox.js";

const box = createSandbox();
const found = (result: RunResult) =>
  result.messages.flatMap((message) => /^info: {2}(.*): found config file/.exec(message)?.[1] ?? []);
/** A configuration that shows that it was used, and which one. */
const named = (name: string) => `info("this is ${name}")\n`;
const used = (result: RunResult) => result.messages.flatMap((message) => /^info: {2}this is (.*)$/.exec(message)?.[1] ?? []);
const settings = join(box.home, ".config/chalk");
mkdirSync(settings, { recursive: true });

test("no file is normal", () => {
  const result = box.run(["env"]);
  assert.is(result.status, 0);
  assert.equal(found(result), []);
});

test("the search path: working directory, ~/.config/chalk, ~; the first one is taken", () => {
  const places = [join(box.work, "chalk.c4m"), join(settings, "chalk.c4m"), join(box.home, "chalk.c4m")];
  for (const path of places) writeFileSync(path, named(path));
  for (const path of places) {
    const result = box.run(["env"]);
    assert.is(result.status, 0);
    assert.equal(found(result), [path]);
    assert.equal(used(result), [path]);
    rmSync(path);
  }
  assert.equal(found(box.run(["env"])), []);
});

test("/etc/chalk.c4m comes before all of them", () => {
  // An /etc of its own: other tests run at the same time.
  const system = "/etc/chalk.c4m";
  const etc = join(box.base, "etc");
  mkdirSync(etc);
  writeFileSync(join(etc, "chalk.c4m"), named(system));
  const through = ["unshare", "-m", "/bin/sh", "-c", `mount --bind ${etc} /etc && exec "$@"`, "sh"];
  if (spawnSync(through[0]!, [...through.slice(1), "true"]).status !== 0) {
    console.log("SKIPPED /etc/chalk.c4m comes before all of them: no mount namespace can be made");
    return;
  }
  const own = box.write("chalk.c4m", named("own"));
  try {
    assert.equal(used(box.run(["env"], { through })), [system]);
  } finally {
    rmSync(own);
  }
});

test("chalk.conf, the older name, after chalk.c4m in each directory, with a warning", () => {
  const old = box.write("chalk.conf", named("old"));
  const result = box.run(["env"]);
  assert.is(result.status, 0);
  assert.equal(used(result), ["old"]);
  assert.ok(
    result.messages.some((message) => message.startsWith("warn:") && message.includes(old)),
    result.stderr,
  );
  const fresh = box.write("chalk.c4m", named("new"));
  assert.equal(used(box.run(["env"])), ["new"]);
  rmSync(fresh);
  rmSync(old);
});

test("--config-file is the only file tried; relative, absolute, with ~", () => {
  const shadow = box.write("chalk.c4m", named("the one that is found"));
  writeFileSync(join(box.home, "mine.c4m"), named("mine"));
  box.write("other.txt", named("other"));
  assert.equal(used(box.run(["--config-file", "~/mine.c4m", "env"])), ["mine"]);
  assert.equal(used(box.run([`--config-file=${join(box.home, "mine.c4m")}`, "env"])), ["mine"]);
  assert.equal(used(box.run(["-f", "other.txt", "env"])), ["other"]);
  assert.equal(used(box.run(["env", "--config-file", "other.txt"])), ["other"]);
  assert.equal(used(box.run(["--no-use-external-config", "--config-file", "other.txt", "env"])), []);
  rmSync(shadow);
});

test("--config-file must exist and be readable text: exit 1, no report", () => {
  box.clearLog();
  box.write(
    "noise.c4m",
    Uint8Array.from({ length: 3000 }, (_, index) => (index * 37) & 0xff),
  );
  for (const file of ["missing.c4m", "~/missing.c4m", box.work, "noise.c4m"]) {
    const result = box.run(["--config-file", file, "env"]);
    assert.is(result.status, 1, file);
    assert.is(result.stdout, "");
    assert.ok(result.messages.some((message) => message.startsWith("error: ")));
  }
  assert.match(box.run(["--config-file", "missing.c4m", "env"]).stderr, "No such file or directory");
  assert.equal(box.logLines, []);
});

test("--enable-report and --disable-report know the reports of configurations, and nothing else", () => {
  const log = join(box.base, "switched.log");
  const report = (name: string, enabled: boolean) =>
    `custom_report ${name} {\n  report_template: "report_default"\n  enabled: ${enabled}\n  sink_configs: ["switched"]\n  use_when: ["env"]\n}\n`;
  const file = box.write(
    "switched.c4m",
    `${report("one", false)}${report("two", true)}sink_config switched {\n  sink: "file"\n  filename: "${log}"\n}\n`,
  );
  const count = (...flags: string[]) => {
    rmSync(log, { force: true });
    assert.is(box.run(["--config-file", file, "env", ...flags]).status, 0);
    return existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0;
  };
  assert.equal(
    [count(), count("--enable-report=one"), count("--disable-report=two"), count("--enable-report=one", "--disable-report=two")],
    [1, 2, 0, 1],
  );
  for (const [flags, problem] of [
    [["--enable-report=three"], "there is no custom report 'three'"],
    [["--enable-report=one,one"], "the report 'one' is named twice"],
    [["--enable-report=one", "--disable-report=one"], "the report 'one' is named by --enable-report, too"],
    [["--enable-report=tow"], "did you mean 'two'?"],
  ] as const) {
    const result = box.run(["--config-file", file, "env", ...flags]);
    assert.is(result.status, 1);
    assert.match(result.messages.join("\n"), problem);
  }
});

test("--no-use-external-config", () => {
  const path = box.write("chalk.c4m", named("external"));
  const result = box.run(["--no-use-external-config", "env"]);
  assert.is(result.status, 0);
  assert.equal(found(result), []);
  assert.equal(used(result), []);
  rmSync(path);
});

test("the external file is in the report, as it is but for passwords", () => {
  const text = '# written by hand\r\nlog_level: "info"\r\n';
  const path = box.write(
    "chalk.c4m",
    `${text}report_template mine {\n  key._OP_CONFIG.use = true\n}\noutconf.env.report_template = "mine"\n` +
      'auth_config a {\n  auth: "basic"\n  username: "anna"\n  password: "hunter2"\n}\n',
  );
  assert.is(box.run(["env"]).status, 0);
  const shown = box.reports.at(-1)!["_OP_CONFIG"] as string;
  assert.ok(shown.startsWith(text));
  assert.match(shown, /"anna"\n {2}password: "<<redact>>"\n/);
  assert.not.match(JSON.stringify(box.reports.at(-1)), /hunter2/);
  rmSync(path);
});

test("both configurations count, the external one last; each can be left out", () => {
  box.write("embedded.c4m", 'info("this is embedded")\nuse_report_cache = true\n');
  assert.is(box.run(["load", "embedded.c4m"]).status, 0);
  const path = box.write("chalk.c4m", named("external"));
  assert.equal(used(box.run(["env"])), ["embedded", "external"]);
  assert.equal(used(box.run(["--no-use-embedded-config", "env"])), ["external"]);
  assert.equal(used(box.run(["--no-use-external-config", "env"])), ["embedded"]);
  assert.equal(used(box.run(["--no-use-external-config", "--no-use-embedded-config", "env"])), []);
  // What is embedded stays embedded.
  assert.is(box.run(["--no-use-embedded-config", "dump"]).stdout, `use embedded from "${box.work}"\n`);
  rmSync(path);
});

test("--log-level", () => {
  const path = box.write("talk.c4m", 'error("one")\nwarn("two")\ninfo("three")\ntrace("four")\n');
  const levels = ["none", "error", "warn", "info", "trace"];
  const texts = ["error: one", "warn:  two", "info:  three", "trace: four"];
  for (const [count, level] of levels.entries()) {
    const result = box.run([`--log-level=${level}`, "--config-file", path, "env"]);
    assert.is(result.status, 0);
    assert.equal(
      texts.filter((text) => result.messages.includes(text)),
      texts.slice(0, count),
      level,
    );
    const kinds = new Set(result.messages.map((message) => message.slice(0, 5).trim().replace(":", "")));
    for (const kind of kinds) assert.ok(levels.indexOf(kind) <= count, `${kind} at ${level}`);
  }
  assert.ok(box.run(["--log-level=verbose", "--config-file", path, "env"]).messages.includes("trace: four"));
  const wrong = box.run(["--log-level=loud", "env"]);
  assert.is(wrong.status, 1);
  assert.match(wrong.stderr, "loud");
  // The command line wins over the file.
  const quiet = box.write("quiet.c4m", 'log_level: "error"\ninfo("three")\n');
  assert.not.ok(box.run(["--config-file", quiet, "env"]).messages.includes("info:  three"));
  assert.ok(box.run(["--log-level=info", "--config-file", quiet, "env"]).messages.includes("info:  three"));
});

test("log lines are plain where CI is set", () => {
  const path = box.write("talk.c4m", 'warn("two")\n');
  const { stderr } = box.run(["--config-file", path, "env"], { environment: { CI: "true" } });
  assert.match(stderr, /^warn: {2}two$/m);
  assert.not.match(stderr, "{");
  assert.not.match(stderr, "\x1b");
});

test.run();
