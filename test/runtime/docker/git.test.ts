/** Git contexts: what refs mean, and what is fetched from a repository on disk. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GitError, GitRepository, refsAt, resolveRef, sshHost } from "../../../runtime/docker/git.js";
import { Temporary } from "../../../runtime/docker/temporary.js";
import { createHost } from "../../../runtime/host/create.js";
import { temporaryDirectory } from "../support/compile.js";

const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
const listing = [
  "ref: refs/heads/main\tHEAD",
  `${a}\tHEAD`,
  `${a}\trefs/heads/main`,
  `${b}\trefs/heads/next`,
  `${c}\trefs/tags/v1`,
  `${a}\trefs/tags/v1^{}`,
  `${b}\trefs/tags/next`,
].join("\n");

test("a ref is a branch before it is a tag, a tag is what it points to", () => {
  assert.equal(resolveRef(listing, ""), { commit: a, name: "refs/heads/main" });
  assert.equal(resolveRef(listing, "next"), { commit: b, name: "refs/heads/next" });
  assert.equal(resolveRef(listing, "v1"), { commit: a, name: "refs/tags/v1" });
  assert.equal(resolveRef(listing, "refs/tags/next"), { commit: b, name: "refs/tags/next" });
  assert.equal(resolveRef(listing, c), { commit: c, name: undefined });
  assert.throws(
    () => resolveRef(listing, "gone"),
    (error: unknown) => error instanceof GitError,
  );
  assert.equal(refsAt(listing, a), ["refs/heads/main", "refs/tags/v1"]);
});

test("hosts of SSH remotes", () => {
  assert.equal(sshHost("git@git.example.com:team/app.git"), { host: "git.example.com", port: "22" });
  assert.equal(sshHost("ssh://git@git.example.com:2222/team/app.git"), { host: "git.example.com", port: "2222" });
  assert.equal(sshHost("ssh://[2001:db8::1]/app.git"), { host: "2001:db8::1", port: "22" });
  assert.is(sshHost("https://git.example.com/team/app.git"), undefined);
});

const temporary = new Temporary(createHost(), false);
test.after(() => temporary.end());

test("a repository is fetched with what else is at its commit; its Dockerfile may be written small", () => {
  const remote = join(temporaryDirectory(), "remote");
  mkdirSync(join(remote, "sub"), { recursive: true });
  const git = (...words: string[]): string => {
    const result = spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...words], {
      cwd: remote,
      encoding: "utf8",
    });
    assert.is(result.status, 0, result.stderr);
    return result.stdout.trim();
  };
  writeFileSync(join(remote, "sub/dockerfile"), "FROM small\n");
  writeFileSync(join(remote, "Dockerfile"), "FROM large\n");
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-qm", "one");
  git("tag", "-am", "first", "v1");
  git("branch", "same");
  const services = { host: createHost(), temporary, secrets: {} };
  const fetched = new GitRepository({ remote, ref: "main", subdir: "sub" }, services);
  assert.is(fetched.dockerfile("Dockerfile", false), "FROM small\n");
  assert.throws(() => fetched.dockerfile("Dockerfile", true), /git show/);
  const refs = spawnSync("git", ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"], {
    cwd: fetched.directory,
    encoding: "utf8",
  }).stdout;
  assert.equal(refs.trim().split("\n"), ["refs/heads/main", "refs/heads/same", "refs/tags/v1"]);
  const byCommit = new GitRepository({ remote, ref: git("rev-parse", "HEAD"), subdir: "" }, services);
  assert.is(byCommit.dockerfile("Dockerfile", false), "FROM large\n");
});

test.run();
