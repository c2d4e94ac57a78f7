// Which program exec runs and with which arguments; the program's environment; the program as an artifact.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chooseCommand, findCandidates } from "../../../runtime/exec/candidates.js";
import { isGone, isStillUs, programArtifact } from "../../../runtime/exec/program.js";
import { programEnvironment } from "../../../runtime/exec/run.js";
import { type ExecSettings, plainSettings, readExecSettings } from "../../../runtime/exec/settings.js";
import { plain, settingsOf } from "../support/collect.js";
import { fakeHost } from "../support/fake-host.js";

const settings = (given: Partial<ExecSettings> = {}): ExecSettings => ({ ...plainSettings, ...given });

test("arguments: defaults, replaced, appended, refused", () => {
  assert.equal(chooseCommand(settings(), ["ls", "-l", "--", "--help"]), { name: "ls", args: ["-l", "--", "--help"] });
  assert.equal(chooseCommand(settings({ commandName: "sleep" }), ["5"]), { name: "sleep", args: ["5"] });
  assert.equal(chooseCommand(settings({ commandName: "sleep", defaultArgs: ["1"] }), []), { name: "sleep", args: ["1"] });
  assert.equal(chooseCommand(settings({ commandName: "sleep", defaultArgs: ["1"] }), ["2"]), { name: "sleep", args: ["2"] });
  assert.equal(chooseCommand(settings({ defaultArgs: ["sleep", "1"], appendCommandLineArgs: true }), ["2"]), {
    name: "sleep",
    args: ["1", "2"],
  });
  assert.type(chooseCommand(settings({ commandName: "sleep", overrideOk: false }), ["2"]), "string");
  assert.type(chooseCommand(settings(), []), "string");
  assert.type(chooseCommand(settings({ commandNameFromArgs: false }), ["ls"]), "string");
});

test("settings: appending takes the place of replacing unless that was asked for", () => {
  assert.is(readExecSettings(settingsOf()).overrideOk, true);
  assert.is(readExecSettings(settingsOf({ "exec.append_command_line_args": true })).overrideOk, false);
});

test("settings: heartbeats without any pause come once a second", () => {
  assert.is(readExecSettings(settingsOf({ "exec.heartbeat.rate": 0 })).heartbeat.rate, 1000);
  assert.is(readExecSettings(settingsOf({ "exec.heartbeat.rate": 1 })).heartbeat.rate, 1);
});

test("candidates: search path, then PATH, without repetition and without ourselves", () => {
  const names = ["/a/tool", "/b/tool", "/work/tool", "/home/me/bin/tool", "/b/chalk", "/usr/bin/chalk", "/c/noexec"];
  const host = fakeHost({
    files: Object.fromEntries(names.map((name) => [name, ""])),
    links: { "/b/chalk": "/usr/bin/chalk" },
    environment: { PATH: "/b:/a:", HOME: "/home/me" },
    executables: names.filter((name) => name !== "/c/noexec"),
  });
  const find = (name: string, given: Partial<ExecSettings> = {}) => findCandidates(name, settings(given), host);
  assert.equal(find("tool"), ["/b/tool", "/a/tool", "/work/tool"]);
  assert.equal(find("tool", { searchPath: ["~/bin", ".", "/a/"] }), ["/home/me/bin/tool", "/work/tool", "/a/tool", "/b/tool"]);
  assert.equal(find("tool", { searchPath: ["/a"], usePath: false }), ["/a/tool"]);
  assert.equal(find("./tool"), ["/work/tool"]);
  assert.equal(find("../a/tool"), ["/a/tool"]);
  assert.equal(find("/c/tool"), [], "a name with a slash is not searched for");
  assert.equal(find("/c/noexec"), []);
  assert.equal(find("chalk", { searchPath: ["/b"] }), []);
});

test("the program's environment is not ours", () => {
  const host = fakeHost({ environment: { A: "1", __CHALK_INVOCATIONS__: "2", TMPDIR: "/ours", X: "changed" } });
  assert.equal(
    programEnvironment(
      host,
      new Map([
        ["TMPDIR", undefined],
        ["X", "before"],
      ]),
    ),
    { A: "1", X: "before" },
  );
});

const stat = (state: string, start: number) => `9 (p) ${state} 1 9 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${start} 0 0\n`;
const program = { pid: 9, start: "500", path: "/bin/candidate" };

test("gone: no such process, a zombie, or another one under its PID", () => {
  const gone = (text?: string) => isGone(fakeHost({ files: text === undefined ? {} : { "/proc/9/stat": text } }), program);
  assert.is(gone(), true);
  assert.is(gone(stat("S", 500)), false);
  assert.is(gone(stat("Z", 500)), true);
  assert.is(gone(stat("S", 501)), true);
});

test("not yet the program: our executable with our words", () => {
  const still = (path: string, line: string, argv = ["/bin/chalk", "exec", "--", "a b", "caf\u00e9"]) =>
    isStillUs(
      fakeHost({ links: { "/proc/self/exe": "/bin/chalk", "/proc/9/exe": path }, files: { "/proc/9/cmdline": line } }),
      program,
      argv,
    );
  const line = "chalk\0exec\0--\0a b\0caf\u00e9\0";
  assert.is(still("/bin/chalk", line), true);
  assert.is(still("/bin/chalk", `ld\0--library-path\0/chalk.d\0/${line}`), true, "through a loader");
  assert.is(still("/bin/sh", line), false);
  assert.is(still("/bin/chalk", "chalk\0env\0"), false);
  assert.is(still("/bin/chalk", "chalk\0exec\0--\0a\0caf\u00e9\0"), false);
  assert.is(isStillUs(fakeHost({}), program, ["chalk"]), false, "it is gone");
});

const running = { files: { "/proc/9/stat": stat("S", 500), "/bin/real": "" }, links: { "/proc/9/exe": "/bin/real" } };
const silent = () => undefined;
const hash = "ab".repeat(32);
const claim = { codec: "elf", kinds: ["file"] as const, mark: undefined, unmarkedHash: hash };

test("an unmarked program that a codec claims has an identity", () => {
  const artifact = programArtifact(fakeHost(running), program, () => claim, silent)!;
  assert.is(artifact.name, "/bin/real");
  assert.is(artifact.codec, "elf");
  assert.equal([...artifact.kinds], ["process", "file"]);
  assert.equal(plain(artifact.data), { CHALK_ID: "C5H62R-K1C9-GP4R-B2C5H6", HASH: hash });
});

test("nobody claims it, or the codec fails: name, path and PID", () => {
  const problems: string[] = [];
  for (const identify of [
    () => undefined,
    () => {
      throw new Error("broken");
    },
  ]) {
    const artifact = programArtifact(fakeHost(running), program, identify, (level, text) => problems.push(`${level} ${text}`))!;
    assert.equal([artifact.path, artifact.pid, artifact.processStart, artifact.data.size], ["/bin/real", 9, "500", 0]);
  }
  assert.equal(problems, ["error /bin/real: broken"]);
});

test("a program that is gone is named by its candidate", () => {
  assert.is(programArtifact(fakeHost({}), program, silent, silent)?.path, "/bin/candidate");
});

test("in a container /chalk.json is the mark", () => {
  const files = {
    ...running.files,
    "/chalk.json": '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "X" }\n',
    "/proc/self/cgroup": `0::/docker/${"0123456789abcdef".repeat(4)}\n`,
  };
  const artifact = programArtifact(fakeHost({ ...running, files }), program, silent, silent)!;
  assert.equal(
    [artifact.codec, artifact.mark?.get("CHALK_ID"), [...artifact.kinds]],
    ["docker", "X", ["process", "file", "container"]],
  );
  const problems: string[] = [];
  const broken = fakeHost({ ...running, files: { ...running.files, "/chalk.json": "{" } });
  assert.is(
    programArtifact(broken, program, silent, (_level, text) => problems.push(text)),
    undefined,
  );
  assert.match(problems[0]!, /\/chalk\.json/);
});

test.run();
