/** Archives of build contexts, read back by the `tar` of this machine. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { archiveContext, ContextTooLarge } from "../../../runtime/docker/context-archive.js";
import { createIgnoreRules } from "../../../runtime/docker/ignore.js";
import { createHost } from "../../../runtime/host/create.js";
import { temporaryDirectory } from "../support/compile.js";

const host = createHost();
const base = temporaryDirectory();
let count = 0;

interface Limits {
  readonly ignores?: readonly string[];
  readonly maxFileSize?: number;
  readonly sizeThreshold?: number;
}

function archive(directory: string, { ignores = [], maxFileSize = 0, sizeThreshold = 0 }: Limits = {}) {
  const target = join(base, `${count++}.tar.gz`);
  const made = archiveContext({ host, directory, rules: createIgnoreRules(ignores), maxFileSize, sizeThreshold }, target);
  return { target, ...made };
}

const tar = (...words: string[]): string => {
  const { status, stdout, stderr } = spawnSync("tar", words, { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout;
};

function context(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(base, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

test("tar finds what was put in, with modes, owners and times as the rules have them", () => {
  const directory = context("plain", { "b.txt": "bee\n", "a/deep/c": "sea", empty: "" });
  chmodSync(join(directory, "b.txt"), 0o755);
  utimesSync(join(directory, "b.txt"), 1_000_000, 1_000_000);
  symlinkSync("nowhere/at all", join(directory, "dangling"));
  spawnSync("mkfifo", [join(directory, "pipe")]);
  const { target, size, hash } = archive(directory);
  assert.is(size, statSync(target).size);
  assert.is(hash, host.hashing.hex("sha256", readFileSync(target)));
  const listing = tar("--numeric-owner", "--utc", "--full-time", "-tvzf", target).trim().split("\n");
  assert.equal(
    listing.map((line) => line.replace(/\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, "")),
    [
      "drwxr-xr-x 0/0               0 a/",
      "drwxr-xr-x 0/0               0 a/deep/",
      "-rw-r--r-- 0/0               3 a/deep/c",
      "-rw-r--r-- 0/0               4 b.txt",
      "lrwxrwxrwx 0/0               0 dangling -> nowhere/at all",
      "-rw-r--r-- 0/0               0 empty",
    ],
  );
  assert.match(listing[3]!, "1970-01-12 13:46:40");
  const out = join(base, "out");
  mkdirSync(out);
  tar("-C", out, "-xzf", target);
  assert.is(readFileSync(join(out, "a/deep/c"), "utf8"), "sea");
});

test("equal contexts make equal archives", () => {
  const files = { z: "1", "m/n": "2", "m.txt": "3" };
  const [one, two] = ["one", "two"].map((name) => context(name, files)) as [string, string];
  for (const directory of [one, two])
    for (const name of ["z", "m/n", "m.txt", "m"]) utimesSync(join(directory, name), 1_700_000_000, 1_700_000_000);
  assert.is(archive(one).hash, archive(two).hash);
});

test("names and targets of any length survive", () => {
  const names = [
    `${"d".repeat(90)}/${"e".repeat(90)}`,
    `${"x".repeat(120)}`,
    `${"p".repeat(80)}/${"q".repeat(80)}/${"r".repeat(101)}`,
    "ü/ß",
  ];
  const directory = context("long", Object.fromEntries(names.map((name, i) => [name, `content ${i}`])));
  symlinkSync("t".repeat(300), join(directory, "link"));
  const out = join(base, "long-out");
  mkdirSync(out);
  tar("-C", out, "-xzf", archive(directory).target);
  for (const [i, name] of names.entries()) assert.is(readFileSync(join(out, name), "utf8"), `content ${i}`);
  assert.is(readlinkSync(join(out, "link")), "t".repeat(300));
});

test("ignored files are left out, and directories are walked for what is taken back", () => {
  const directory = context("ignored", { "a/keep": "1", "a/drop": "2", ".git/HEAD": "3", "b/x": "4" });
  const { target } = archive(directory, { ignores: ["a", "!a/keep", "b", ".git"] });
  assert.equal(tar("-tzf", target).trim().split("\n"), ["a/keep"]);
});

test("large files are listed instead", () => {
  const directory = context("large", { small: "s", large: "l".repeat(5000) });
  const { target, skipped } = archive(directory, { maxFileSize: 4999 });
  assert.equal(tar("-tzf", target).trim().split("\n"), ["small"]);
  assert.equal(skipped, [{ path: "large", hash: host.hashing.hex("sha256", "l".repeat(5000)), size: 5000 }]);
});

test("an archive beyond the limit is not made", () => {
  const directory = context("too-large", {});
  mkdirSync(directory);
  writeFileSync(join(directory, "noise"), host.machine.randomBytes(300_000));
  assert.throws(
    () => archive(directory, { sizeThreshold: 100_000 }),
    (error: unknown) => error instanceof ContextTooLarge,
  );
  assert.is(existsSync(join(base, `${count - 1}.tar.gz`)), false);
});

test.run();
