// Prints the path of a compiled chalk for the present sources: dist/chalk if it was made from them, else one in a cache folder under the system's
// temporary directory, built when it is first asked for. Safe when several processes ask at the same time: one builds, the others wait.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordName, sourcesHash } from "./sources.mjs";
import { root } from "./transpile.mjs";

const hash = sourcesHash();
const prefix = "chalk-binary-";
const folder = join(tmpdir(), `${prefix}${hash.slice(0, 32)}`);
const path = join(folder, "chalk");
const lock = `${folder}.lock`;
const patience = 5 * 60_000;
const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function isCurrent(directory) {
  const record = join(directory, recordName);
  return existsSync(record) && existsSync(join(directory, "chalk")) && readFileSync(record, "utf8").trim() === hash;
}

/** Executables of earlier states of the sources, which nobody will ask for again. */
function removeOld() {
  for (const name of readdirSync(tmpdir())) {
    const old = join(tmpdir(), name);
    if (name.startsWith(prefix) && old !== folder && Date.now() - statSync(old).mtimeMs > 30 * 60_000) rmSync(old, { recursive: true, force: true });
  }
}

function build() {
  removeOld();
  const fresh = `${folder}.${process.pid}`;
  const made = spawnSync(process.execPath, [join(root, ".ci/build.mjs"), "--out", fresh], { cwd: root, encoding: "utf8", timeout: patience });
  if (made.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`the executable could not be built:\n${made.stdout}${made.stderr}`);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

function take() {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

const dist = join(root, "dist");
if (isCurrent(dist)) {
  console.log(join(dist, "chalk"));
  process.exit(0);
}
const end = Date.now() + patience;
while (!existsSync(path)) {
  if (take()) {
    let problem;
    try {
      if (!existsSync(path)) build();
    } catch (error) {
      problem = error;
    } finally {
      rmdirSync(lock);
    }
    if (problem !== undefined) fail(problem.message);
  } else {
    pause(100);
    if (Date.now() > end) fail(`another process has been building the executable for too long; remove ${lock} if it died`);
  }
}
console.log(path);
