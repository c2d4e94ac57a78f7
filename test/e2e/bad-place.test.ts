// Issue 2, "Bad input": places that cannot be written or don't exist. The binary and the log stay as they were, or a copy is written where the
// specification says so; reports that cannot be written are a warning and never change the exit code.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binary, copyExecutable } from "../helpers/binary.js";
import { createSandbox, type RunResult, sha256 } from "../helpers/sandbox.js";

const isRoot = process.getuid!() === 0;
const nobody = 65534;
/** The administrator may write everywhere; these tests are about somebody who may not. */
const through = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
const box = createSandbox();
const config = 'log_level: "info"\n';
const own = (path: string) => {
  if (isRoot) chownSync(path, nobody, nobody);
};
chmodSync(box.base, 0o755);
own(box.home);
const before = sha256(box.chalk);
const file = box.write("simple.c4m", config);
const places = (folder: string) => readdirSync(folder).filter((name) => name.startsWith(".") || name.endsWith(".tmp"));
const warnings = (result: RunResult, pattern: RegExp) =>
  result.messages.filter((message) => message.startsWith("warn:") && pattern.test(message));

test("bad input: no permission to write the binary: a copy in the working directory", () => {
  const elsewhere = join(box.base, "elsewhere");
  mkdirSync(elsewhere);
  own(elsewhere);
  chmodSync(box.work, 0o555);
  const result = box.run(["load", file], { cwd: elsewhere, through });
  const copy = join(elsewhere, "chalk");
  assert.is(result.status, 0, result.stderr);
  assert.is(sha256(box.chalk), before);
  assert.is(warnings(result, /chalk/).length, 2);
  assert.ok(result.messages.includes(`info:  Configuration replaced in binary: ${copy}`));
  assert.is(box.run(["dump"], { program: copy }).stdout, `use simple from "${box.work}"\n`);
  assert.is(spawnSync("stat", ["-c", "%a", copy], { encoding: "utf8" }).stdout.trim(), "755");
  assert.equal(places(elsewhere), []);

  // A chalk executable may be overwritten there, another file may not.
  assert.is(box.run(["load", file], { cwd: elsewhere, through }).status, 0);
  rmSync(copy);
  writeFileSync(copy, "precious");
  const refused = box.run(["load", file], { cwd: elsewhere, through });
  assert.is(refused.status, 1);
  assert.is(readFileSync(copy, "utf8"), "precious");
  assert.match(refused.stderr, "is not a chalk executable");
  assert.is(sha256(box.chalk), before);
});

test("bad input: no permission to write anywhere: exit 1", () => {
  const result = box.run(["load", file], { through });
  assert.is(result.status, 1);
  assert.is(result.stdout, "");
  assert.match(result.stderr, /permission denied|EACCES/i);
  assert.is(sha256(box.chalk), before);
  assert.equal(places(box.work), []);
  chmodSync(box.work, 0o755);
});

test("bad input: the binary is not readable", () => {
  const hidden = copyExecutable(binary(), join(box.base, "hidden"));
  chmodSync(hidden, 0o111);
  for (const args of [["version"], ["env"], ["dump"]]) {
    const result = box.run(args, { program: hidden, through });
    assert.is(result.status, 1);
    assert.match(result.stderr, "chmod +rx");
  }
  const program = box.run(["exec", "--", "/bin/sh", "-c", "echo ran; exit 3"], { program: hidden, through });
  assert.equal([program.status, program.stdout], [3, "ran\n"]);
  assert.is(box.run(["--help"], { program: hidden, through }).status, 0);
  rmSync(hidden);
});

const small = mkdtempSync(join(tmpdir(), "chalk-small-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=190m,mode=755", "tmpfs", small], { encoding: "utf8" });
process.on("exit", () => {
  if (mounted.status === 0) spawnSync("umount", [small]);
  rmSync(small, { recursive: true, force: true });
});
const onDisk = mounted.status === 0 ? test : test.skip;
if (mounted.status !== 0) {
  const reason = mounted.stderr?.trim() || String(mounted.error);
  console.log(`SKIPPED bad input: disk full while writing the binary: ${reason}`);
  console.log(`SKIPPED bad input: disk full while writing the log: ${reason}`);
}

onDisk("bad input: disk full while writing the binary", () => {
  const program = copyExecutable(binary(), join(small, "chalk"));
  const full = box.run(["load", file], { program, cwd: small });
  assert.is(full.status, 1);
  assert.is(full.stdout, "");
  assert.match(full.stderr, /no space|ENOSPC/i);
  assert.is(sha256(program), sha256(binary()));
  assert.equal(readdirSync(small), ["chalk"]);
  assert.is(box.run(["version"], { program }).status, 0);
  // With room elsewhere the copy goes there.
  const roomy = join(box.base, "roomy");
  mkdirSync(roomy);
  const saved = box.run(["load", file], { program, cwd: roomy });
  assert.is(saved.status, 0, saved.stderr);
  assert.is(box.run(["dump"], { program: join(roomy, "chalk") }).stdout, `use simple from "${box.work}"\n`);
  assert.is(sha256(program), sha256(binary()));
  assert.equal(readdirSync(small), ["chalk"]);
  rmSync(roomy, { recursive: true });
  rmSync(program);
});

/** A configuration that reports `env` to one file and nowhere else. */
function reportTo(filename: string): string {
  const path = join(box.base, "sinks.c4m");
  writeFileSync(
    path,
    [
      `sink_config shut {\n  sink: "file"\n  enabled: true\n  filename: "${filename}"\n  use_search_path: false\n}`,
      'custom_report mine {\n  enabled: true\n  report_template: "heartbeat"\n  sink_configs: ["shut"]\n  use_when: ["env"]\n}\n',
    ].join("\n"),
  );
  return path;
}

onDisk("bad input: disk full while writing the log", () => {
  const home = join(small, "home");
  mkdirSync(home);
  const log = join(home, "full.log");
  const external = reportTo("~/full.log");
  // Room for nothing, and for a part of the report only.
  for (const free of [0, 100]) {
    const earlier = `["${"x".repeat(4096 - 5 - free)}"]\n`;
    writeFileSync(log, earlier);
    spawnSync("dd", ["if=/dev/zero", `of=${join(small, "filler")}`, "bs=4096"]);
    const result = box.run(["--config-file", external, "--skip-command-report", "env"], { environment: { HOME: home } });
    assert.is(result.status, 0, result.stderr);
    assert.is(warnings(result, /'shut'.*not writable/).length, 1, result.stderr);
    assert.ok(readFileSync(log, "utf8") === earlier, "the log is as it was");
    rmSync(join(small, "filler"));
  }
});

test("bad input: ~ without HOME", () => {
  // Without HOME, the home directory is that of the user database; the user here has none.
  const stranger = isRoot ? ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"] : [];
  const result = box.run(["env"], { environment: { HOME: undefined }, through: stranger });
  assert.is(result.status, 0, result.stderr);
  assert.is(result.stdout, "");
  assert.not.match(result.stderr, /internal error/);
  assert.not.ok(existsSync(join(box.work, "~")));
  const load = box.run(["load", "~/x.c4m"], { environment: { HOME: undefined }, through: stranger });
  assert.is(load.status, 1);
  assert.match(load.stderr, isRoot ? "the home directory is not known" : /./);
  assert.is(sha256(box.chalk), before);
});

test("bad input: log file in a missing directory: it is made", () => {
  const result = box.run(["env"], { through });
  assert.is(result.status, 0);
  assert.is(box.reports.length > 0, true);
  assert.is(box.reports.at(-1)!["_OPERATION"], "env");
});

test("bad input: log file in a read-only place: one warning, exit 0", () => {
  const home = join(box.base, "closed");
  mkdirSync(home);
  chmodSync(home, 0o555);
  const external = reportTo("~/shut.log");
  const result = box.run(["--config-file", external, "env"], { environment: { HOME: home }, through });
  assert.is(result.status, 0, result.stderr);
  assert.is(warnings(result, /'shut'.*not writable/).length, 1, result.stderr);
  assert.not.match(result.stderr, /internal error/);
  assert.equal(readdirSync(home), []);
});

test.run();
