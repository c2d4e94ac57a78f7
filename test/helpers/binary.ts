/**
 * The compiled executable for end-to-end tests. `binary()` gives one for the present sources: built once per state of the sources (`.ci/binary.mjs`), shared by
 * all test processes, never to be changed. Tests that load something into it work on a copy in a directory of their own.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, constants, copyFileSync } from "node:fs";

let known: string | undefined;

/**
 * Path of a compiled chalk for the present sources. Builds it if need be (some seconds); throws if that fails. Prints nothing. The variable
 * `CHALK_TEST_BINARY` names another one, for instance a released executable that is to be tested.
 */
export function binary(): string {
  known ??= process.env["CHALK_TEST_BINARY"];
  if (known === undefined) {
    const made = spawnSync(process.execPath, [".ci/binary.mjs"], { cwd: process.cwd(), encoding: "utf8" });
    if (made.status !== 0) throw new Error(made.stderr);
    known = made.stdout.trim();
  }
  return known;
}

/** Copies an executable to `path`; where the file system can, without copying its bytes. Returns `path`. */
export function copyExecutable(from: string, path: string): string {
  copyFileSync(from, path, constants.COPYFILE_FICLONE);
  chmodSync(path, 0o755);
  return path;
}
