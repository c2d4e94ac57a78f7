/**
 * Temporary files beside the file that they are going to replace. Whoever makes one holds a shared advisory lock on it as long as it is at work, so that
 * any later process can tell what a killed one has left: a file whose lock is free belongs to nobody and is removed. Unlike a process id in the name, that
 * holds across containers too. Where there are no locks, nothing is removed.
 */
import * as fs from "node:fs";
import { attempt, toHostError } from "./attempt.js";
import type { TemporaryFile } from "./host.js";
import { libc } from "./libc.js";
import { placeOf, readNames } from "./names.js";
import { pauseThread } from "./pause.js";

const operations = { shared: 1, exclusive: 2 } as const;
const notBlocking = 4;
const wouldBlock = 11;
const pause = 2;

/** Takes an advisory lock on an open file; see `OpenFile.lock`. */
export function lockFile(fd: number, kind: keyof typeof operations, patience = 0): boolean | undefined {
  const native = libc();
  if (native === undefined) return undefined;
  for (let waited = 0; ; waited += pause) {
    if (native.call("flock", fd, operations[kind] | notBlocking) === 0) return true;
    if (native.errno() !== wouldBlock) return undefined;
    if (waited >= patience) return false;
    pauseThread(pause);
  }
}

const pattern = /^\.chalk-[0-9a-f]{16}\.tmp$/;

function randomName(): string {
  let digits = "";
  while (digits.length < 16) digits += Math.floor(Math.random() * 16).toString(16);
  return `.chalk-${digits}.tmp`;
}

function isSame(fd: number, path: string): boolean {
  const [open, there] = [
    fs.fstatSync(fd, { bigint: true }),
    fs.lstatSync(placeOf(path), { bigint: true, throwIfNoEntry: false }),
  ];
  return there !== undefined && there.ino === open.ino && there.dev === open.dev;
}

/** Creates a locked file in a directory (a path that ends in `/`, or is empty). The descriptor may write; it holds the lock. */
export function createLocked(directory: string, mode: number): { readonly fd: number; readonly path: string } {
  const { O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  for (;;) {
    const path = directory + randomName();
    let fd: number;
    try {
      fd = fs.openSync(placeOf(path), O_RDWR | O_CREAT | O_EXCL, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    // Between the two calls somebody may have taken it for abandoned.
    if (lockFile(fd, "shared") !== false && isSame(fd, path)) return { fd, path };
    fs.closeSync(fd);
  }
}

/** `Files.createTemporary`. */
export function createTemporary(beside: string): TemporaryFile {
  const made = attempt("open", beside, () => createLocked(beside.slice(0, beside.lastIndexOf("/") + 1), 0o600));
  const { path } = made;
  // A program that is open for writing cannot be started, so the lock is kept by a descriptor that only reads.
  const fd = attempt("open", path, () => fs.openSync(placeOf(path), fs.constants.O_RDONLY));
  lockFile(fd, "shared");
  fs.closeSync(made.fd);
  return {
    path,
    sync: () =>
      new Promise((resolve, reject) => {
        fs.fsync(fd, (error) => {
          if (error) reject(toHostError(error, "fsync", path));
          else resolve();
        });
      }),
    close: () => fs.closeSync(fd),
  };
}

function removeIfAbandoned(path: string): void {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  if (!fs.lstatSync(placeOf(path)).isFile()) return;
  const fd = fs.openSync(placeOf(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (lockFile(fd, "exclusive") === true && isSame(fd, path)) fs.unlinkSync(placeOf(path));
  } finally {
    fs.closeSync(fd);
  }
}

/** `Files.removeAbandoned`. */
export function removeAbandoned(directory: string): void {
  let names: string[];
  try {
    names = readNames(directory);
  } catch {
    return;
  }
  for (const name of names) {
    if (!pattern.test(name)) continue;
    try {
      removeIfAbandoned(`${directory.replace(/\/+$/, "")}/${name}`);
    } catch {
      // Somebody else's, or gone already.
    }
  }
}
