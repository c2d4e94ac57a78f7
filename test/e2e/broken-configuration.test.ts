// Issue 2, "Bad input": a binary whose embedded configuration is broken still runs load, dump, version and help, `exec` runs the program (README, decision
// 3), everything else refuses. The same for a broken external configuration (`runtime-core.md` 7.6).
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../runtime/host/create.js";
import { readSelfMark } from "../../runtime/image/self.js";
import { writeSelf } from "../../runtime/image/write.js";
import { copyExecutable } from "../helpers/binary.js";
import { createSandbox, type RunResult, sha256 } from "../helpers/sandbox.js";

const box = createSandbox();
const defaultLine = "# The default configuration: nothing has been loaded.\n";

/** Embeds any text, tried by nobody. */
async function embed(program: string, config: string): Promise<void> {
  const host = createHost();
  const self = readSelfMark(host, program)!;
  const order = new Map([...self.mark!.keys()].map((key, index) => [key, BigInt(index)]));
  const kept = [...self.mark!].filter(([key]) => key !== "MAGIC" && !key.startsWith("METADATA_"));
  const change = { keys: new Map(kept), state: { ...self.state, config }, orderOf: (key: string) => order.get(key) };
  const result = await writeSelf(host, self, change);
  assert.is(result.kind === "written" ? "" : result.reason, "");
}

interface Broken {
  readonly name: string;
  readonly text: string;
  readonly code: string;
}

const broken: readonly Broken[] = [
  { name: "does not parse", text: "exec.heartbeat { run: true\nthis is no c4m }}\n", code: "C4M-" },
  { name: "has a wrong type", text: 'exec.heartbeat.run: "yes"\n', code: "C4M-T002" },
  { name: "fails while it runs", text: 'log_level: "info"\nx := 1 / (len("") + 0)\n', code: "C4M-E" },
  {
    name: "breaks a rule of the schema",
    text: 'custom_report mine {\n  enabled: true\n  report_template: "nope"\n  sink_configs: ["default_out"]\n}\n',
    code: "C4M-S013",
  },
  { name: "uses a component that is gone", text: 'use gone from "/no/such/place"\n', code: "C4M-M001" },
];

/** The error is told, with the way out. */
function tells(result: RunResult, code: string): void {
  const told = result.messages.join("\n");
  assert.match(told, `error[${code}`);
  assert.match(told, /^error: .*embedded config/m);
  assert.match(told, "chalk load default");
  assert.match(told, "--no-use-embedded-config");
  assert.not.match(told, "internal error");
}

for (const { name, text, code } of broken) {
  test(`an embedded configuration that ${name}`, async () => {
    const program = copyExecutable(box.chalk, join(box.base, "broken"));
    await embed(program, text);
    const run = (...args: string[]) => box.run(args, { program });
    const before = sha256(program);
    box.clearLog();

    const version = run("version");
    assert.is(version.status, 0);
    assert.match(version.stdout, /^Chalk Version\s+\d/m);
    tells(version, code);
    for (const words of [["help"], ["--help"], ["help", "exec"], ["exec", "--help"]]) {
      const help = run(...words);
      assert.is(help.status, 0, words.join(" "));
      assert.match(help.stdout, "Usage: chalk");
    }
    const dump = run("dump");
    assert.is(dump.status, 0);
    assert.is(dump.stdout, text.endsWith("\n") ? text : `${text}\n`);
    tells(dump, code);
    assert.is(run("dump", "params").stdout, "[]\n");
    assert.is((JSON.parse(run("dump", "all").stdout) as Record<string, string>)["$CHALK_CONFIG"], text);

    for (const words of [["env"], ["insert", "."], ["extract", "."], ["delete", "."]]) {
      const refused = run(...words);
      assert.is(refused.status, 1, words.join(" "));
      assert.is(refused.stdout, "");
      tells(refused, code);
    }
    assert.equal(box.logLines, [], "no reports");

    // The user's program runs, whatever happens to us.
    for (const flags of [[], ["--chalk-as-parent"]]) {
      const exec = run("exec", ...flags, "--", "/bin/sh", "-c", "echo out; echo err >&2; exit 9");
      assert.is(exec.status, 9);
      assert.is(exec.stdout, "out\n");
      assert.match(exec.stderr, /^err$/m);
      tells(exec, code);
    }
    assert.equal(box.logLines, [], "and no report");
    assert.is(sha256(program), before);

    const without = run("--no-use-embedded-config", "env");
    assert.is(without.status, 0, without.stderr);
    assert.equal(
      without.messages.filter((message) => message.startsWith("error")),
      [],
    );

    assert.is(run("load", "default").status, 0);
    assert.is(run("dump").stdout, defaultLine);
    const healed = run("env");
    assert.is(healed.status, 0);
    assert.not.match(healed.stderr, "embedded");
    assert.is(run("load", "previous").status, 1, "a broken state is not remembered");
  });
}

test("load --no-validation embeds what then fails; a good load repairs it", () => {
  const program = copyExecutable(box.chalk, join(box.base, "broken"));
  const run = (...args: string[]) => box.run(args, { program });
  box.write("unsound.c4m", broken[3]!.text);
  const loaded = run("load", "--no-validation", "unsound.c4m");
  assert.is(loaded.status, 0, loaded.stderr);
  assert.ok(loaded.messages.some((message) => message.startsWith("warn:")));
  assert.is(run("env").status, 1);
  assert.is(run("version").status, 0);
  box.write("sound.c4m", 'log_level: "info"\n');
  assert.is(run("load", "sound.c4m").status, 1, "added to the broken one it is still broken");
  const replaced = run("load", "--replace", "sound.c4m");
  assert.is(replaced.status, 0, replaced.stderr);
  assert.is(run("env").status, 0);
});

test("a configuration that fails for another command than load is refused", () => {
  const before = sha256(box.chalk);
  for (const command of ["insert", "exec", "docker", "version"]) {
    box.write("picky.c4m", `if command_name() == "${command}" {\n  x := 1 / (len("") + 0)\n}\n`);
    const result = box.run(["load", "picky.c4m"]);
    assert.is(result.status, 1, command);
    assert.match(result.stderr, "picky.c4m:2:");
    assert.match(result.stderr, /division|zero/i);
    assert.is(sha256(box.chalk), before);
  }
});

test("an external configuration that is broken", () => {
  const path = box.write("chalk.c4m", 'exec.heartbeat.run: "yes"\n');
  box.clearLog();
  const told = (result: RunResult, level: string) => {
    assert.ok(
      result.messages.some((message) => message.startsWith(level) && message.includes(`${path}:1:21`)),
      result.stderr,
    );
  };
  for (const words of [["version"], ["help"], ["--help"]]) {
    const result = box.run(words);
    assert.is(result.status, 0, words.join(" "));
    told(result, "error: ");
  }
  told(box.run(["dump"]), "warn:  ");
  assert.is(box.run(["dump"]).stdout, defaultLine);
  for (const words of [["env"], ["extract", "."]]) {
    const result = box.run(words);
    assert.is(result.status, 1);
    told(result, "error: ");
  }
  const exec = box.run(["exec", "--", "/bin/sh", "-c", "echo out; exit 9"]);
  assert.is(exec.status, 9);
  assert.is(exec.stdout, "out\n");
  told(exec, "error: ");
  assert.equal(box.logLines, []);
  const load = box.run(["load", "default"]);
  assert.is(load.status, 0);
  told(load, "warn:  ");
  assert.is(box.run(["--no-use-external-config", "env"]).status, 0);
});

test.run();
