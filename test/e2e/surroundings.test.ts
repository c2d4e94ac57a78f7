// What chalk makes of its surroundings (runtime-core.md 1.7, 3.3, 4.12; builtins.md 0.6): terminals, temporary files, rights, its own documents.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binary, copyExecutable } from "../helpers/binary.js";
import { createSandbox } from "../helpers/sandbox.js";

const box = createSandbox();

function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Runs chalk on a terminal of its own. Returns what it prints. */
function onTerminal(args: readonly string[], environment: Record<string, string> = {}): string {
  const command = [box.chalk, ...args].map((word) => `'${word}'`).join(" ");
  const { stdout } = spawnSync("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    cwd: box.work,
    env: box.environment({ TERM: "xterm", ...environment }),
    encoding: "utf8",
    timeout: 60_000,
  });
  return stdout;
}

test("options that the executable gives its engine: no program that chalk asks sees them, and the user's own stay", () => {
  const programs = mkdtempSync(join(tmpdir(), "chalk-programs-"));
  try {
    const seen = join(programs, "seen");
    writeFileSync(join(programs, "docker"), `#!/bin/sh\n/usr/bin/env > ${seen}\n`, { mode: 0o755 });
    const environment = { PATH: `${programs}:${process.env["PATH"]}`, BUN_JSC_useWarmUpMarkedBlocks: "1" };
    const settings = (text: string) => text.split("\n").filter((line) => /^[^=]*JSC/i.test(line));
    const own = ["BUN_JSC_useWarmUpMarkedBlocks=1"];
    assert.is(box.run(["env"], { environment }).status, 0);
    assert.equal(settings(readFileSync(seen, "utf8")), own);
    assert.equal(settings(box.run(["exec", "--", "/usr/bin/env"], { environment }).stdout), own);
    assert.equal(settings(box.run(["exec", "--chalk-as-parent", "--", "/usr/bin/env"], { environment }).stdout), own);
  } finally {
    rmSync(programs, { recursive: true, force: true });
  }
});

test("help: the changelog and the other documents", () => {
  for (const word of ["changelog", "release", "releases"]) {
    const result = box.run(["help", word]);
    assert.is(result.status, 0);
    assert.match(result.stdout, /^This is chalk \d/);
    assert.match(result.stdout, "Changelog\n---");
  }
  for (const word of [
    "language",
    "language.md",
    "core-language",
    "guide-network-heartbeat",
    "howto-network-heartbeat.md",
    "collection",
  ])
    assert.match(box.run(["help", word]).stdout, /^.+\n-+\n/, word);
  assert.match(box.run(["help", "topics"]).stdout, "network-heartbeat");
  assert.match(box.run(["help", "search", "loader"]).stdout, "document: ");
});

test("a usage line follows an error of the command line where messages are plain", () => {
  const plain = box.run(["insert", "--recursve"], { environment: { CI: "1" } });
  assert.is(plain.status, 1);
  assert.match(plain.stderr, /did you mean --recursive\?[\s\S]*\nUsage: chalk insert .*\nMore: chalk help insert\n$/);
  const json = box.run(["config", "lnt"]);
  for (const line of json.stderr.trim().split("\n")) assert.type(JSON.parse(line), "object");
  assert.match(json.messages.join("\n"), "did you mean 'lint'?");
});

test("default_tmp_dir stands for TMPDIR, but not for the program of exec", () => {
  box.write("chalk.c4m", `default_tmp_dir: "${box.work}/mine"\n`);
  const shown = (environment: Record<string, string | undefined>) =>
    box.run(["exec", "--", "/bin/sh", "-c", 'echo "[$TMPDIR]"'], { environment }).stdout;
  try {
    assert.is(shown({ TMPDIR: undefined }), "[]\n");
    assert.ok(existsSync(join(box.work, "mine")), "it is created");
    assert.is(shown({ TMPDIR: "/tmp" }), "[/tmp]\n");
    box.write("chalk.c4m", 'default_tmp_dir: "/no/such/place"\n');
    const result = box.run(["env"], { environment: { TMPDIR: undefined } });
    assert.is(result.status, 0);
    assert.match(result.messages.join("\n"), "warn:  default_tmp_dir: /no/such/place: No such file or directory");
  } finally {
    rmSync(join(box.work, "chalk.c4m"));
  }
});

test("the completion script is installed if the configuration says so, on a terminal", () => {
  if (!has("script")) {
    console.log("SKIPPED installation of the completion script: the program script is not there");
    return;
  }
  const script = ".local/share/bash_completion/completions/chalk.bash";
  box.write("chalk.c4m", "install_completion_script: true\n");
  writeFileSync(join(box.home, ".bash_completion"), "# mine");
  try {
    box.run(["version", "--log-level=info"]);
    assert.is(box.inHome(script), "", "no terminal");
    onTerminal(["exec", "--", "/bin/true"]);
    onTerminal(["version", "--log-level=info"], { CHALK_BUILD: "1" });
    assert.is(box.inHome(script), "");
    assert.match(onTerminal(["version", "--log-level=info"]), "is installed");
    const installed = box.inHome(script);
    assert.match(installed, /\n# \{ "MAGIC" : "dadfedabbadabbed", [^\n]*\}\n$/);
    assert.is(installed.slice(0, installed.lastIndexOf("# {")), box.run(["completion", "bash"]).stdout);
    const sourced = `# mine\n. ${join(box.home, script)}\n`;
    assert.is(box.inHome(".bash_completion"), sourced);
    const extracted = box.run(["extract", join(box.home, script)]);
    assert.match(extracted.messages.join("\n"), "Chalk mark extracted");
    assert.not.match(onTerminal(["version", "--log-level=info"]), "completion script", "it is up to date");
    writeFileSync(join(box.home, script), installed.replace("complete ", "complete  "));
    assert.match(onTerminal(["version", "--log-level=info"]), "is brought up to date");
    assert.is(box.inHome(script), installed);
    assert.is(box.inHome(".bash_completion"), sourced);
    assert.is(spawnSync("bash", ["-n", join(box.home, script)]).status, 0);
  } finally {
    rmSync(join(box.work, "chalk.c4m"));
  }
});

test("with the rights of another user no configuration is run", () => {
  const place = mkdtempSync(join(tmpdir(), "chalk-rights-"));
  try {
    const program = copyExecutable(binary(), join(place, "chalk"));
    chmodSync(place, 0o755);
    writeFileSync(join(place, "simple.c4m"), 'log_level: "info"\n');
    if (process.getuid?.() !== 0 || !has("setpriv")) {
      console.log("SKIPPED rights of another user: needs root and setpriv");
      return;
    }
    assert.is(box.run(["load", "simple.c4m"], { program, cwd: place }).status, 0);
    chmodSync(program, 0o4755);
    const through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const run = (...args: string[]) => box.run(args, { program, through, cwd: "/", environment: { HOME: undefined } });
    const allowed = run("exec", "--", "/bin/echo", "ran");
    if (allowed.messages.length === 0) {
      console.log("SKIPPED rights of another user: the file system of the temporary directory ignores set-uid bits");
      return;
    }
    assert.equal([allowed.status, allowed.stdout], [0, "ran\n"], "the program runs without chalk");
    assert.match(allowed.messages.join("\n"), "no configuration is run with the rights of another user");
    assert.is(run("exec", "--", "/usr/bin/id", "-un").stdout, "nobody\n", "not even the program gets them");
    writeFileSync(join(place, "secret.sh"), "#!/bin/sh\n", { mode: 0o600 });
    assert.match(run("--no-use-embedded-config", "extract", join(place, "secret.sh")).messages.join("\n"), /EACCES|ermission/);
    assert.is(run("env").status, 1);
    assert.is(run("dump").status, 0);
    assert.match(run("config", "lint", join(place, "simple.c4m")).stdout, "C4M-E023");
    const before = readFileSync(program);
    const loaded = run("load", join(place, "simple.c4m"));
    assert.is(loaded.status, 1);
    assert.match(loaded.messages.join("\n"), "C4M-E023");
    assert.ok(before.equals(readFileSync(program)));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test.run();
