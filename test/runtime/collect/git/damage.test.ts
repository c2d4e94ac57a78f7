// Damaged repositories: whatever is flipped or cut off, collection ends, nothing escapes, and what is missing is a failed key.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyDelta } from "../../../../runtime/collect/git/pack.js";
import { collectHere, createRepo, hostWithoutGit, type Repo } from "./repositories.js";

/** The same numbers each time. */
let state = 20261123;
const random = (limit: number) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};

function damaged(bytes: Buffer): Buffer {
  if (random(5) === 0) return bytes.subarray(0, random(bytes.length));
  const copy = Buffer.from(bytes);
  for (let n = 1 + random(3); n > 0; n--) copy[random(copy.length)] = random(256);
  return copy;
}

/** Damages one file again and again. */
function attack(repo: Repo, file: string, times: number): void {
  // git makes its objects read-only.
  chmodSync(file, 0o644);
  const good = readFileSync(file);
  for (let i = 0; i < times; i++) {
    writeFileSync(file, damaged(good));
    const { values, failures } = collectHere(repo.root, { host: hostWithoutGit(repo.root) });
    for (const [key, { code }] of failures) assert.ok(key.startsWith("_") && code === "GIT_COLLECTION_FAILED", `${key} ${code}`);
    if (!("COMMIT_ID" in values)) assert.ok(!("BRANCH" in values));
  }
  writeFileSync(file, good);
}

function packed(): Repo {
  const repo = createRepo();
  const long = Array.from({ length: 200 }, (_, i) => `line ${i}`).join("\n");
  for (let i = 0; i < 6; i++) repo.commit(`commit ${i}\n\n${long}`, `dir/f${i}`, long + i);
  repo.git("tag", "-a", "v1", "-m", `tag\n\n${long}`);
  repo.git("repack", "-q", "-a", "-d", "-f");
  repo.git("pack-refs", "--all");
  return repo;
}

test("packs, indexes, refs, configuration, the index of the work tree", () => {
  const repo = packed();
  const files = readdirSync(repo.path(".git/objects/pack"));
  const named = (end: string) => repo.path(`.git/objects/pack/${files.find((name) => name.endsWith(end))}`);
  for (const end of [".pack", ".idx"]) {
    chmodSync(named(end), 0o644);
    attack(repo, named(end), 60);
  }
  for (const name of ["packed-refs", "HEAD", "config", "index"]) attack(repo, repo.path(`.git/${name}`), 40);
});

test("loose objects", () => {
  const repo = createRepo();
  const id = repo.commit("loose");
  attack(repo, repo.path(`.git/objects/${id.slice(0, 2)}/${id.slice(2)}`), 60);
});

test("deltas", () => {
  const base = new TextEncoder().encode("0123456789");
  const text = (delta: readonly number[]) => new TextDecoder().decode(applyDelta(base, Uint8Array.from(delta)));
  assert.is(text([10, 5, 0x91, 2, 3, 2, 0x61, 0x62]), "234ab");
  for (const bad of [
    [9, 1, 1, 0x61],
    [10, 2, 1, 0x61],
    [10, 1, 2, 0x61, 0x62],
    [10, 3, 0x91, 9, 3],
    [10, 1, 0],
    [10, 5, 0x91],
    [10],
  ])
    assert.throws(() => text(bad));
});

test.run();
