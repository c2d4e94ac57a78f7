// Work-tree status and diffs of real repositories, with the git program and without.
import { chmodSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { discover } from "../../../../runtime/collect/git/discover.js";
import { GitProgram } from "../../../../runtime/collect/git/program.js";
import { collectHere, createRepo, emptyDirectory, hostIn, hostWithoutGit, type Repo } from "./repositories.js";

const lists = ["_VCS_MISSING_FILES", "_VCS_MODIFIED_FILES", "_VCS_UNTRACKED_FILES"];
const status = (repo: Repo) => collectHere(repo.root, { keys: lists }).values;
const diff = (repo: Repo) => collectHere(repo.root, { keys: ["_VCS_DIFF_STAT", "_VCS_DIFF_PATCH"] }).values;

function seven(): Repo {
  const repo = createRepo();
  for (let i = 1; i <= 7; i++) repo.write(`f${i}`, `content number ${i}, which is long enough to be told from others\n`);
  repo.git("add", ".");
  repo.git("commit", "-q", "-m", "seven");
  return repo;
}

test("a clean tree says nothing but zeros", () => {
  const repo = seven();
  assert.equal(status(repo), {});
  assert.equal(diff(repo), { VCS_DIFF_STAT: { files: 0, insertions: 0, deletions: 0 } });
});

test("the worked case: modified, staged, deleted, moved, replaced by a link", () => {
  const repo = seven();
  for (const i of [1, 2, 3, 4]) repo.write(`f${i}`, `other ${i}\n`);
  repo.git("add", "f2");
  rmSync(repo.path("f5"));
  renameSync(repo.path("f6"), repo.path("moved"));
  rmSync(repo.path("f7"));
  symlinkSync("f1", repo.path("f7"));
  const found = status(repo);
  assert.equal(found, {
    VCS_MISSING_FILES: ["f5"],
    VCS_MODIFIED_FILES: ["f1", "f2", "f3", "f4", "f7", "moved"],
  });
  const { VCS_DIFF_STAT: stat, VCS_DIFF_PATCH: patch } = diff(repo);
  assert.equal(stat, { files: 8, insertions: 5, deletions: 7 });
  assert.match(patch, /^diff --git a\/f1 b\/f1\n/);
  assert.match(patch, /deleted file mode 100644/);
  assert.match(patch, /new file mode 120000/);
  assert.not.match(repo.git("status", "--porcelain"), /A {2}moved/, "the repository's index is as it was");
});

test("staged additions and deletions, ignored and unusual files", () => {
  const repo = seven();
  repo.write(".gitignore", "*.log\nbuild/\n");
  repo.git("add", ".gitignore");
  repo.git("commit", "-q", "-m", "ignore");
  repo.write("added", "staged\n");
  repo.git("add", "added");
  repo.git("rm", "-q", "f1");
  repo.git("rm", "-q", "--cached", "f2");
  chmodSync(repo.path("f3"), 0o755);
  repo.write("x.log", "x");
  repo.write("build/out", "x");
  repo.write('new dir/ünt\tracked "q"', "x");
  repo.write("new dir/two", "x");
  repo.git("mv", "f4", "renamed to");
  assert.equal(status(repo), {
    VCS_MODIFIED_FILES: ["f3", "renamed to"],
    VCS_UNTRACKED_FILES: ["f2", "new dir/two", 'new dir/ünt\tracked "q"'],
  });
});

test("an unborn branch has a status; a bare repository has none; the environment leads nowhere else", () => {
  const repo = createRepo();
  repo.write("a", "x");
  assert.equal(status(repo), { VCS_UNTRACKED_FILES: ["a"] });
  assert.equal(diff(repo), {});
  const other = seven();
  const base = hostIn(repo.root);
  const environment = { ...base.processes.environment(), GIT_DIR: other.path(".git"), GIT_INDEX_FILE: "/nonexistent" };
  const processes = { ...base.processes, environment: () => environment };
  assert.equal(collectHere(repo.root, { keys: lists, host: { processes } }).values, { VCS_UNTRACKED_FILES: ["a"] });
});

test("without git: missing and modified files by comparison; what needs git is a failed key", () => {
  for (const [version, options] of [
    ["2", []],
    ["4", ["--object-format=sha256"]],
  ] as const) {
    const repo = createRepo(...options);
    repo.git("config", "index.version", version);
    for (const name of ["a", "dir/b", "dir/c", "d", "e", "long/".repeat(30)]) repo.write(`${name}x`, `${name}\n`);
    repo.git("add", ".");
    repo.git("commit", "-q", "-m", "one");
    repo.write("ax", "Changed and longer\n");
    repo.git("add", "ax");
    rmSync(repo.path("dir/bx"));
    chmodSync(repo.path("dir/cx"), 0o755);
    rmSync(repo.path("dx"));
    symlinkSync("ex", repo.path("dx"));
    repo.write("untracked", "x");
    const found = collectHere(repo.root, { host: hostWithoutGit(repo.root), keys: [...lists, "_VCS_DIFF_STAT"] });
    assert.equal(found.values, { VCS_MISSING_FILES: ["dir/bx"], VCS_MODIFIED_FILES: ["ax", "dir/cx", "dx"] }, version);
    assert.equal(
      found.failures.map(([key]) => key),
      ["_VCS_UNTRACKED_FILES", "_VCS_DIFF_STAT"],
    );
  }
});

test("files that differ from the index in no way that counts", () => {
  const repo = seven();
  const { mtime } = statSync(repo.path("f1"));
  writeFileSync(repo.path("f1"), "content number 1, which is long enough to be told from others\n");
  assert.ok(mtime);
  assert.equal(collectHere(repo.root, { host: hostWithoutGit(repo.root), keys: lists.slice(0, 2) }).values, {});
});

test("a repository of another user cannot make git run programs", () => {
  const repo = seven();
  const proof = join(emptyDirectory(), "proof");
  const script = repo.path("evil.sh");
  writeFileSync(script, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
  repo.write(".gitattributes", "f1 filter=evil\nf2 filter=a=b\nf3 filter=hidden\n");
  repo.git("config", "filter.evil.clean", script);
  repo.git("config", "filter.a=b.clean", script);
  repo.git("config", "includeIf.gitdir:/.path", "more.inc");
  writeFileSync(repo.path(".git/more.inc"), `[filter "hidden"]\n\tclean = ${script}\n`);
  repo.git("config", "core.fsmonitor", script);
  // Of the same length, so that git must look into them, through the filters.
  for (const i of [1, 2, 3]) repo.write(`f${i}`, `CONTENT number ${i}, which is long enough to be told from others\n`);
  const host = hostIn(repo.root);
  const foreign = { ...host, machine: { ...host.machine, effectiveUid: () => 12345 } };
  const location = discover(host.files, repo.root)!;
  assert.ok(new GitProgram(foreign, location).foreign);
  const found = collectHere(repo.root, { keys: lists, host: { machine: foreign.machine } });
  assert.ok(found.values["VCS_MODIFIED_FILES"].includes("f1"));
  assert.throws(() => statSync(proof));
  collectHere(repo.root, { keys: lists });
  assert.ok(statSync(proof), "in one's own repository filters work");
});

test("places inside, on another file system, and files as places", () => {
  const repo = seven();
  mkdirSync(repo.path("a/b"), { recursive: true });
  const { files } = hostIn("/");
  assert.is(discover(files, repo.path("a/b"))?.root, repo.root);
  assert.is(discover(files, repo.path("f1"))?.root, repo.root);
  assert.is(discover(files, repo.path("nonexistent")), undefined);
  const stat = (path: string) => ({ ...files.stat(path), device: path.endsWith("/b") ? 99n : 1n });
  const find = (path: string) => (files.find(path) === undefined ? undefined : stat(path));
  assert.is(discover({ ...files, stat, find }, repo.path("a/b")), undefined);
});

test.run();
