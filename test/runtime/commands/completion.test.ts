/** Completion scripts: what the shells that are installed here make of them. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSession, sessionFile, sessionFolder } from "../../helpers/session.js";

const has = (program: string): boolean => spawnSync(program, ["--version"]).error === undefined;

async function script(shell: string): Promise<string> {
  const { status, stdout, stderr } = await runSession(["completion", shell]);
  assert.is(status, 0, stderr);
  return sessionFile(`completion.${shell}`, stdout);
}

/** What bash offers after the words; its rules for splitting at `=` are applied by the caller. */
async function bash(words: readonly string[]): Promise<string[]> {
  const path = await script("bash");
  const list = words.map((word) => `'${word}'`).join(" ");
  const program = `source ${path}; COMP_WORDS=(chalk ${list}); COMP_CWORD=${words.length}; compopt() { :; }; _chalk; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", program], { encoding: "utf8", cwd: sessionFolder });
  assert.is(stderr, "");
  return stdout.split("\n").filter((line) => line !== "");
}

const skipped = (shell: string): typeof test => {
  if (has(shell)) return test;
  console.log(`SKIPPED completion in ${shell}: it is not installed`);
  return test.skip as typeof test;
};

skipped("bash")("bash: commands, sub-commands, flags, choices, files", async () => {
  const top = await bash([""]);
  for (const name of ["insert", "exec", "config", "completion"]) assert.ok(top.includes(name), name);
  assert.ok(!top.includes("__") && !top.includes("login"));
  assert.equal(await bash(["config", "li"]), ["lint"]);
  assert.equal((await bash(["config", "mig"])).join(), "migrate");
  const flags = await bash(["config", "lint", "--"]);
  for (const name of ["--format=", "--bare", "--json", "--log-level="]) assert.ok(flags.includes(name), name);
  assert.ok(!(await bash(["insert", "--"])).includes("--bare"));
  assert.equal(await bash(["config", "lint", "--format", "="]), ["text", "json", "sarif", "github"]);
  assert.equal(await bash(["config", "lint", "--format", "=", "s"]), ["sarif"]);
  assert.equal(await bash(["--log-level", "tr"]), ["trace"]);
  sessionFile("some-file.c4m", "");
  assert.equal(await bash(["config", "lint", "some-"]), ["some-file.c4m"]);
  assert.equal(await bash(["--config-file", "some-"]), ["some-file.c4m"]);
  assert.equal(await bash(["completion", ""]), ["bash", "zsh", "fish"]);
  assert.ok((await bash(["load", "def"])).includes("default"));
});

skipped("bash")("bash: values of flags are no commands, aliases are", async () => {
  assert.equal(await bash(["--config-file", "=", "config", "conf"]), ["config"]);
  assert.equal(await bash(["--config-file", "config", "conf"]), ["config"]);
  assert.ok((await bash(["inject", "--"])).length > 5);
  assert.ok((await bash(["exec", "ec"])).includes("echo"), "programs after exec");
});

skipped("bash")("bash: offers nothing that the command line refuses", async () => {
  for (const name of (await bash([""])).filter((word) => word !== "docker" && word !== "help")) {
    const { status } = await runSession([name, "--help"]);
    assert.is(status, 0, name);
  }
});

skipped("zsh")("zsh: the script is sound", async () => {
  const path = await script("zsh");
  const { status, stderr } = spawnSync("zsh", ["-f", "-n", path], { encoding: "utf8" });
  assert.is(stderr, "");
  assert.is(status, 0);
});

skipped("fish")("fish: commands, flags and choices", async () => {
  const path = await script("fish");
  const ask = (line: string): string[] => {
    const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", `source ${path}; complete -C '${line}'`], {
      encoding: "utf8",
      env: { ...process.env, HOME: sessionFolder },
    });
    assert.is(stderr, "");
    return stdout
      .split("\n")
      .filter((text) => text !== "")
      .map((text) => text.split("\t")[0] as string);
  };
  assert.ok(ask("chalk ").includes("insert"));
  assert.ok(ask("chalk config ").includes("lint"));
  assert.ok(!ask("chalk config ").includes("insert"));
  assert.ok(ask("chalk config lint --").includes("--bare"));
  assert.equal(
    ask("chalk config lint --format=s").map((text) => text.replace(/^--format=/, "")),
    ["sarif"],
  );
  assert.ok(ask("chalk --config-file x config ").includes("lint"));
});

test("an unknown shell is an error", async () => {
  const { status, stdout, stderr } = await runSession(["completion", "tcsh"]);
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.match(stderr, /bash, zsh, fish/);
});

test.run();
