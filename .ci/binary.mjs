// Prints the path of a compiled chalk for the present sources: dist/chalk if it was made from them, else one in a cache folder under the system's
// temporary directory, built when it is first asked for. Safe when several processes ask at the same time: one builds, the others wait.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordName, sourcesHash } from "./sources.mjs";
import { root } from "./transpile.mjs";

const hash = sourcesHash();
const prefix = "chalk-binary-";
const folder = join(tmpdir(), `${prefix}${hash.slice(0, 32)}`);
const path = join(folder, "chalk");
const lock = `${folder}.lock`;
const patience = 10 * 60_000;
/** In the lock: the process that builds. */
const holder = join(lock, "pid");
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
    try {
      if (name.startsWith(prefix) && !old.startsWith(folder) && Date.now() - statSync(old).mtimeMs > 2 * 3600_000) rmSync(old, { recursive: true, force: true });
    } catch {
      // Somebody else removed it, or it's somebody else's.
    }
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
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(path)) throw error;
  }
}

function take() {
  try {
    mkdirSync(lock);
    writeFileSync(holder, String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Removes the lock of a process that was killed. */
function removeDead() {
  try {
    process.kill(Number(readFileSync(holder, "utf8")), 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(lock, { recursive: true, force: true });
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
      rmSync(lock, { recursive: true, force: true });
    }
    if (problem !== undefined) fail(problem.message);
  } else {
    pause(100);
    removeDead();
    if (Date.now() > end) fail(`another process has been building the executable for too long; remove ${lock} if it died`);
  }
}
try {
  // In use: not to be removed by others.
  utimesSync(folder, new Date(), new Date());
} catch {
  // It's somebody else's.
}
console.log(path);
