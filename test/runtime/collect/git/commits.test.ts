// Commits, branches, tags and origins, read from real repositories in many states; what git itself says is the measure.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseConfig } from "../../../../runtime/collect/git/config.js";
import { withoutCredentials } from "../../../../runtime/collect/git/origin.js";
import { collectArtifact, collectHere, createRepo, emptyDirectory, home, hostWithoutGit, Repo } from "./repositories.js";

const commitKeys = ["_COMMIT_ID", "_COMMIT_SIGNED", "_BRANCH", "_AUTHOR", "_COMMITTER", "_COMMIT_MESSAGE", "_ORIGIN_URI"];
const noGit = (directory: string) => ({ host: hostWithoutGit(directory) });

/** All facts of a commit, without the git program. */
const facts = (repo: Repo, place = repo.root) => collectHere(place, noGit(place)).values;

/** An object of any content, as `git hash-object` would refuse to write it. */
function writeObject(repo: Repo, type: string, text: string | Buffer): string {
  const file = join(repo.root, ".git", "object.tmp");
  writeFileSync(file, text);
  return repo.git("hash-object", "-t", type, "-w", "--literally", file);
}

test("a commit: ids, people, times in their own zone, message", () => {
  const repo = createRepo();
  const id = repo.commit("Subject\n\nBody\n\n");
  const values = facts(repo);
  assert.is(values["COMMIT_ID"], id);
  assert.is(values["COMMIT_SIGNED"], false);
  assert.is(values["BRANCH"], "main");
  assert.is(values["AUTHOR"], "Ann Author <ann@example.org>");
  assert.is(values["COMMITTER"], "Carl Committer <carl@example.org>");
  assert.is(values["COMMIT_MESSAGE"], "Subject\n\nBody");
  assert.is(values["TIMESTAMP_AUTHORED"], 1_700_000_180_000);
  assert.is(values["DATE_AUTHORED"], "2023-11-14T18:46:20.000-03:30");
  assert.is(values["DATE_COMMITTED"], values["DATE_AUTHORED"]);
  assert.is(values["ORIGIN_URI"], "local");
  assert.not.ok("TAG" in values || "TAG_SIGNED" in values);
});

test("loose, packed with deltas, index version 1, and borrowed objects give equal results", () => {
  const repo = createRepo();
  const long = Array.from({ length: 400 }, (_, i) => `line ${i}`).join("\n");
  for (let i = 0; i < 30; i++) repo.commit(`commit ${i}\n\n${long}`, "data.txt", `${long}${i}`);
  repo.git("tag", "-a", "v1", "-m", `release\n\n${long}`);
  repo.git("tag", "light");
  const loose = facts(repo);
  assert.is(loose["TAG"], "v1");
  repo.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50");
  repo.git("pack-refs", "--all");
  assert.is(readdirSync(repo.path(".git/objects/pack")).length >= 2, true);
  assert.equal(facts(repo), loose);
  const pack = readdirSync(repo.path(".git/objects/pack")).find((name) => name.endsWith(".pack")) as string;
  const index = repo.path(`.git/objects/pack/${pack.replace(".pack", ".idx")}`);
  const v1 = join(repo.root, ".git", "v1.idx");
  repo.git("index-pack", "--index-version=1", "-o", v1, repo.path(`.git/objects/pack/${pack}`));
  rmSync(index);
  renameSync(v1, index);
  assert.equal(facts(repo), loose);
  const shared = new Repo(emptyDirectory());
  shared.git("clone", "-q", "--shared", repo.root, ".");
  assert.equal({ ...facts(shared), ORIGIN_URI: "local", VCS_DIR: 1 }, { ...loose, VCS_DIR: 1 });
  const shallow = new Repo(emptyDirectory());
  shallow.git("clone", "-q", "--depth=1", `file://${repo.root}`, ".");
  assert.is(facts(shallow)["COMMIT_ID"], loose["COMMIT_ID"]);
});

test("64-bit offsets of pack indexes", () => {
  const repo = createRepo();
  const id = repo.commit("far");
  repo.git("repack", "-q", "-a", "-d");
  const pack = readdirSync(repo.path(".git/objects/pack")).find((name) => name.endsWith(".pack")) as string;
  const index = join(repo.root, ".git", "far.idx");
  repo.git("index-pack", "--index-version=2,0x10", "-o", index, repo.path(`.git/objects/pack/${pack}`));
  const target = repo.path(`.git/objects/pack/${pack.replace(".pack", ".idx")}`);
  rmSync(target);
  renameSync(index, target);
  assert.is(facts(repo)["COMMIT_ID"], id);
});

test("SHA-256 repositories", () => {
  const repo = createRepo("--object-format=sha256");
  const id = repo.commit("long ids");
  assert.is(id.length, 64);
  repo.git("tag", "-a", "t", "-m", "tagged");
  assert.is(facts(repo)["COMMIT_ID"], id);
  repo.git("gc", "-q");
  const values = facts(repo);
  assert.is(values["COMMIT_ID"], id);
  assert.is(values["TAG_MESSAGE"], "tagged");
});

test("branches: slashes, detached, symbolic to a tag, unborn, linked worktree, HEAD as a link", () => {
  const repo = createRepo();
  const unborn = collectHere(repo.root, { keys: commitKeys });
  assert.equal(unborn.values, {});
  assert.equal(unborn.failures, []);
  const id = repo.commit("one");
  repo.git("checkout", "-q", "-b", "feature/a/b");
  assert.is(facts(repo)["BRANCH"], "feature/a/b");
  repo.git("worktree", "add", "-q", "-b", "side", join(repo.root, "tree"));
  const side = facts(repo, repo.path("tree"));
  assert.is(side["BRANCH"], "side");
  assert.is(side["COMMIT_ID"], id);
  repo.git("checkout", "-q", "--detach");
  assert.is(facts(repo)["BRANCH"], undefined);
  assert.is(facts(repo)["COMMIT_ID"], id);
  repo.git("tag", "-a", "v1", "-m", "x");
  repo.git("symbolic-ref", "HEAD", "refs/tags/v1");
  const symbolic = facts(repo);
  assert.is(symbolic["BRANCH"], undefined);
  assert.is(symbolic["COMMIT_ID"], id, "HEAD on an annotated tag is peeled");
  unlinkSync(repo.path(".git/HEAD"));
  symlinkSync("refs/heads/main", repo.path(".git/HEAD"));
  assert.is(facts(repo)["BRANCH"], "main");
});

test("a loose ref beats a packed one", () => {
  const repo = createRepo();
  repo.commit("one");
  repo.git("pack-refs", "--all");
  const second = repo.commit("two");
  assert.ok(existsSync(repo.path(".git/refs/heads/main")));
  assert.is(facts(repo)["COMMIT_ID"], second);
});

test("signed, empty and strangely encoded commits", () => {
  const repo = createRepo();
  repo.commit("base");
  const tree = repo.git("rev-parse", "HEAD^{tree}");
  const person = "A <a@b> 1762080309 -0300";
  const make = (headers: string, message: string | Buffer) => {
    const head = Buffer.from(`tree ${tree}\nauthor ${person}\ncommitter ${person}\n${headers}\n`);
    const id = writeObject(repo, "commit", Buffer.concat([head, Buffer.from(message)]));
    repo.git("update-ref", "refs/heads/main", id);
    return facts(repo);
  };
  const signed = make("gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n", "signed\n");
  assert.is(signed["COMMIT_SIGNED"], true);
  assert.is(signed["COMMIT_MESSAGE"], "signed");
  assert.is(signed["DATE_AUTHORED"], "2025-11-02T07:45:09.000-03:00");
  assert.is(make("gpgsig-sha256 x\n y\n", "m")["COMMIT_SIGNED"], true);
  const blank = make("", " \n\n");
  assert.is(blank["COMMIT_SIGNED"], false);
  assert.not.ok("COMMIT_MESSAGE" in blank);
  assert.is(make("encoding ISO-8859-1\n", Buffer.from([0x67, 0x72, 0xfc, 0xdf]))["COMMIT_MESSAGE"], "grüß");
  assert.is(make("encoding EUC-JP\n", Buffer.from([0xc6, 0xfc, 0xcb, 0xdc]))["COMMIT_MESSAGE"], "日本");
  assert.is(make("encoding NONSENSE\n", Buffer.from([0xe9]))["COMMIT_MESSAGE"], "é");
});

test("tags: annotated before lightweight, the youngest, the greatest name; nested ones", () => {
  const repo = createRepo();
  repo.commit("one");
  repo.git("tag", "elsewhere", "-a", "-m", "other");
  repo.commit("two");
  repo.git("tag", "zz-light");
  repo.git("tag", "a-light");
  assert.is(facts(repo)["TAG"], "zz-light");
  assert.is(facts(repo)["TAG_SIGNED"], false);
  assert.not.ok("TAGGER" in facts(repo));
  repo.git("tag", "-a", "deep/first", "-m", "First\n\nlong");
  repo.git("tag", "-a", "second", "-m", "Second");
  const young = facts(repo);
  assert.is(young["TAG"], "second");
  assert.is(young["TAGGER"], "Carl Committer <carl@example.org>");
  assert.is(young["TAG_MESSAGE"], "Second");
  assert.is(young["TAG_SIGNED"], false);
  assert.match(young["DATE_TAGGED"], /^2023-11-14T.*\.000-03:30$/);
  assert.is(young["TIMESTAMP_TAGGED"] % 1000, 0);
  repo.git("-c", "advice.nestedTag=false", "tag", "-a", "nested", "second", "-m", "Nested");
  assert.is(facts(repo)["TAG"], "nested");
  repo.git("pack-refs", "--all");
  assert.is(facts(repo)["TAG"], "nested");
  const file = repo.path(".git/packed-refs");
  writeFileSync(
    file,
    readFileSync(file, "utf8")
      .replace(/^#.*\n/, "")
      .replace(/^\^.*\n/gm, ""),
  );
  assert.is(facts(repo)["TAG"], "nested", "packed without peeled ids");
});

test("signatures of tags", () => {
  const repo = createRepo();
  const id = repo.commit("one");
  for (const [name, kind] of [
    ["a", "PGP SIGNATURE"],
    ["b", "SSH SIGNATURE"],
    ["c", "SIGNED MESSAGE"],
  ] as const) {
    const head = `object ${id}\ntype commit\ntag ${name}\ntagger T <t@x> ${1_700_000_000 + name.charCodeAt(0)} +0000\n`;
    const tag = writeObject(
      repo,
      "tag",
      `${head}\nRelease ${name}\n-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\ntrailer\n`,
    );
    repo.git("update-ref", `refs/tags/${name}`, tag);
    const values = facts(repo);
    assert.is(values["TAG"], name);
    assert.is(values["TAG_SIGNED"], true, kind);
    assert.is(values["TAG_MESSAGE"], `Release ${name}`);
  }
  const broken = writeObject(
    repo,
    "tag",
    `object ${id}\ntype commit\ntag z\ntagger T <t@x> 1800000000 +0000\n\nx\n-----BEGIN PGP SIGNATURE-----\n`,
  );
  repo.git("update-ref", "refs/tags/z", broken);
  assert.is(facts(repo)["TAG_SIGNED"], false);
  assert.match(facts(repo)["TAG_MESSAGE"], /BEGIN PGP/);
  const nobody = writeObject(repo, "tag", `object ${id}\ntype commit\ntag nobody\n\nx\n`);
  for (const name of ["a", "b", "c", "z"]) repo.git("update-ref", "-d", `refs/tags/${name}`);
  repo.git("update-ref", "refs/tags/nobody", nobody);
  repo.git("tag", "light");
  assert.is(facts(repo)["TAG"], "nobody", "without tagger the time is 0, as for lightweight tags; the greater name wins");
});

test("the origin: choice of the remote, rewriting, credentials", () => {
  const repo = createRepo();
  repo.commit("one");
  repo.git("remote", "add", "zeta", "https://token@first.example/x.git");
  assert.is(facts(repo)["ORIGIN_URI"], "https://first.example/x.git");
  repo.git("remote", "add", "origin", "https://bob:p@ss@git.example/x.git");
  assert.is(facts(repo)["ORIGIN_URI"], "https://git.example/x.git");
  repo.git("config", "branch.main.remote", "fork");
  assert.is(facts(repo)["ORIGIN_URI"], "https://git.example/x.git", "a remote that isn't there");
  repo.git("remote", "add", "fork", "git@git.example:me/x.git");
  assert.is(facts(repo)["ORIGIN_URI"], "git@git.example:me/x.git");
  writeFileSync(
    join(home, ".gitconfig"),
    '[include]\n\tpath = ~/more.inc\n[url "https://user:pw@mirror.example/"]\n\tinsteadOf = git@git.example:\n',
  );
  writeFileSync(join(home, "more.inc"), '[url "ssh://wrong/"]\n  insteadOf = "git@" ; shorter\n');
  assert.is(facts(repo)["ORIGIN_URI"], "https://mirror.example/me/x.git");
  rmSync(join(home, ".gitconfig"));
});

test("credentials", () => {
  for (const [given, expected] of [
    ["https://bob:p@ss@git.example/x.git", "https://git.example/x.git"],
    ["HTTP://a@b", "HTTP://b"],
    ["https://git.example/p@th", "https://git.example/p@th"],
    ["ssh://git@host/x", "ssh://git@host/x"],
    ["git@host:x", "git@host:x"],
    ["/srv/git/x.git", "/srv/git/x.git"],
  ] as const)
    assert.is(withoutCredentials(given), expected);
});

test("configuration files: quoting, comments, continuation, old sub-sections, keys without value", () => {
  const text = '# c\n[Remote "a\\"b"] url = "x # y" ; z\n[branch.Main]\nRemote = one\\\n two\nflag\n[a] k = c:\\\\d\n';
  assert.equal(parseConfig(text), [
    { section: "remote", subsection: 'a"b', name: "url", value: "x # y" },
    { section: "branch", subsection: "main", name: "remote", value: "one two" },
    { section: "branch", subsection: "main", name: "flag", value: "true" },
    { section: "a", subsection: undefined, name: "k", value: "c:\\d" },
  ]);
});

test("artifacts: the deepest repository of those that were named; paths of whole components", () => {
  const outer = createRepo();
  outer.commit("outer");
  mkdirSync(outer.path("in"));
  const inner = new Repo(outer.path("in"));
  inner.git("init", "-q", "-b", "inner");
  inner.commit("inner", "a.sh");
  outer.write("in-side/b.sh", "x\n");
  const places = [outer.root, inner.root];
  const mark = (path: string) => collectArtifact("pre_chalk_keys", path, places).values;
  assert.is(mark(inner.path("a.sh"))["COMMIT_MESSAGE"], "inner");
  assert.is(mark(inner.path("a.sh"))["VCS_DIR_WHEN_CHALKED"], inner.root);
  assert.is(mark(outer.path("in-side/b.sh"))["COMMIT_MESSAGE"], "outer");
  const within = (path: string) => collectArtifact("post_chalk_keys", path, places).values["_OP_ARTIFACT_PATH_WITHIN_VCTL"];
  assert.is(within(inner.path("a.sh")), "a.sh");
  assert.is(within(outer.path("in-side/b.sh")), "in-side/b.sh");
  assert.is(within("/etc/hostname"), undefined);
  const link = join(emptyDirectory(), "link");
  symlinkSync(outer.path("in-side"), link);
  assert.is(collectArtifact("pre_chalk_keys", `${link}/b.sh`, [link]).values["COMMIT_MESSAGE"], "outer");
  const bare = new Repo(emptyDirectory());
  bare.git("clone", "-q", "--bare", outer.root, "x.git");
  const inBare = collectArtifact("pre_chalk_keys", bare.path("x.git/HEAD"), [bare.path("x.git")]).values;
  assert.is(inBare["COMMIT_MESSAGE"], "outer");
  assert.is(inBare["VCS_DIR_WHEN_CHALKED"], bare.root);
  assert.not.ok("VCS_DIFF_STAT" in inBare);
});

test("submodules", () => {
  const part = createRepo();
  part.commit("part");
  const whole = createRepo();
  whole.commit("whole");
  whole.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part.root, "sub");
  assert.is(facts(whole, whole.path("sub"))["COMMIT_MESSAGE"], "part");
});

test("no repository is silence; a broken one is a failed key", () => {
  const nothing = collectHere(emptyDirectory());
  assert.equal([nothing.values, nothing.failures, nothing.logs], [{}, [], []]);
  const repo = createRepo();
  const id = repo.commit("one");
  rmSync(repo.path(`.git/objects/${id.slice(0, 2)}`), { recursive: true });
  const broken = collectHere(repo.root, { keys: commitKeys });
  assert.equal(broken.values, {});
  assert.equal(
    broken.failures.map(([key, { code }]) => [key, code]),
    [["_COMMIT_ID", "GIT_COLLECTION_FAILED"]],
  );
  assert.is(broken.logs.filter((line) => line.startsWith("error")).length, 1);
});

test("refs of an unknown kind of storage: git is asked; without it the commit fails", () => {
  const repo = createRepo();
  repo.commit("one");
  repo.git("config", "core.repositoryformatversion", "1");
  repo.git("config", "extensions.refstorage", "reftable");
  const without = collectHere(repo.root, { ...noGit(repo.root), keys: commitKeys });
  assert.is(without.failures[0]![0], "_COMMIT_ID");
  assert.match(without.failures[0]![1].error, /reftable/);
});

test("lightweight tags are fetched again while marking", () => {
  const remote = createRepo();
  remote.commit("one");
  remote.git("tag", "-a", "v1", "-m", "Real");
  const clone = new Repo(emptyDirectory());
  clone.git("clone", "-q", `file://${remote.root}`, ".");
  clone.git("tag", "-f", "v1", "HEAD");
  const light = collectHere(clone.root, { keys: ["_TAG", "_TAG_MESSAGE"] });
  assert.equal(light.values, { TAG: "v1" }, "not by commands that only look");
  const keys = ["TAG", "TAG_MESSAGE", "TAG_SIGNED"];
  const marked = collectArtifact("pre_chalk_keys", clone.path("file.txt"), [clone.root], { keys });
  assert.equal(marked.values, { TAG: "v1", TAG_SIGNED: false, TAG_MESSAGE: "Real" });
  assert.not.ok(existsSync(clone.path(".git/shallow")), "the history stays complete");
  clone.git("tag", "-f", "v1", "HEAD");
  clone.git("remote", "set-url", "origin", "/nonexistent");
  const failed = collectArtifact("pre_chalk_keys", clone.path("file.txt"), [clone.root], { keys });
  assert.is(failed.values["TAG"], "v1");
  assert.equal(
    failed.failures.map(([key, { code }]) => [key, code]),
    [["_TAG", "GIT_REFETCH_FAILED"]],
  );
  assert.match(failed.logs.join("\n"), /^warn: /);
});

test.run();
