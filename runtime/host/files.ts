/**
 * Files and directories by `node:fs`. Names are bytes: one that is not UTF-8 is a c4m string with escaped bytes (`text.ts`) everywhere above this file, so that
 * such files are found, read and written like all others. Two rules matter beyond plain delegation: `append` is one `write` on an O_APPEND descriptor, so lines of
 * several processes never mix; `replace` is atomic (temporary file beside the target, fsync, rename), so a reader sees the old or the new file
 * and a crash leaves the old one (`runtime-core.md` 7.5, 11.4; `marks-and-codecs.md` 4.2).
 */
import * as fs from "node:fs";
import { attempt, toBytes } from "./attempt.js";
import { copyExtendedAttributes } from "./attributes.js";
import { refreshEndings } from "./endings.js";
import type { FileStat, Files, OpenFile } from "./host.js";
import { placeOf, readName, readNames } from "./names.js";
import { createLocked, createTemporary, lockFile, removeAbandoned } from "./temporary.js";

const kinds = [
  ["isFile", "file"],
  ["isDirectory", "directory"],
  ["isSymbolicLink", "symlink"],
  ["isFIFO", "fifo"],
  ["isSocket", "socket"],
  ["isCharacterDevice", "character"],
  ["isBlockDevice", "block"],
] as const;

function toStat(stats: fs.BigIntStats): FileStat {
  return {
    kind: kinds.find(([test]) => stats[test]())?.[1] ?? "file",
    size: Number(stats.size),
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    inode: stats.ino,
    device: stats.dev,
    links: Number(stats.nlink),
    modified: Number(stats.mtimeNs / 1000n) / 1000,
  };
}

/** Temporary directories that are ours. */
const temporaries = new Set<string>();

function forgetTemporary(path: string): void {
  if (temporaries.delete(path)) refreshEndings();
}

/** Writes all bytes, in one call unless the kernel takes only a part (a full pipe, a signal). */
function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  let done = 0;
  while (done < bytes.length) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

/** Appends all or nothing: when the disk is full after a part, that part is taken back, unless somebody has appended behind it meanwhile. */
function appendWhole(fd: number, bytes: Uint8Array): void {
  const before = fs.fstatSync(fd);
  try {
    writeAll(fd, bytes, null);
  } catch (error) {
    const { size } = fs.fstatSync(fd);
    if (before.isFile() && size > before.size && size < before.size + bytes.length) fs.ftruncateSync(fd, before.size);
    throw error;
  }
}

/** Reads until the buffer is full or the file ends. */
function fillFrom(fd: number, buffer: Uint8Array, offset: number): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = fs.readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

function openFile(fd: number, path: string): OpenFile {
  return {
    fd,
    stat: () => attempt("fstat", path, () => toStat(fs.fstatSync(fd, { bigint: true }))),
    read(offset, length) {
      const buffer = new Uint8Array(length);
      const filled = attempt("read", path, () => fillFrom(fd, buffer, offset));
      return filled === length ? buffer : buffer.subarray(0, filled);
    },
    readInto: (buffer, offset) => attempt("read", path, () => fillFrom(fd, buffer, offset)),
    write: (bytes, offset) => attempt("write", path, () => writeAll(fd, bytes, offset)),
    truncate: (length) => attempt("ftruncate", path, () => fs.ftruncateSync(fd, length)),
    sync: () => attempt("fsync", path, () => fs.fsyncSync(fd)),
    lock: (kind, patience) => lockFile(fd, kind, patience),
    close: () => attempt("close", path, () => fs.closeSync(fd)),
  };
}

const openFlags = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  "create-new": fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
} as const;

const accessModes = { read: fs.constants.R_OK, write: fs.constants.W_OK, execute: fs.constants.X_OK } as const;

function realPath(path: string): string {
  return readName((encoding) => fs.realpathSync.native(placeOf(path), { encoding: encoding as BufferEncoding }));
}

/** Errors of `find` that mean "nothing there". */
const absent = new Set(["ENOENT", "ENOTDIR"]);

function find(path: string): FileStat | undefined {
  try {
    return toStat(fs.statSync(placeOf(path), { bigint: true }));
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Opens, runs an action on the descriptor, closes in any case. */
function withDescriptor(path: string, flags: number, permissions: number, action: (fd: number) => void): void {
  const fd = fs.openSync(placeOf(path), flags, permissions);
  try {
    action(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function replace(path: string, data: Uint8Array | string, permissions?: number): void {
  const existing = find(path);
  // A symbolic link stays a link; what it points to is replaced.
  const target = existing === undefined ? path : realPath(path);
  const mode = permissions ?? existing?.mode;
  const { fd, path: temporary } = createLocked(target.slice(0, target.lastIndexOf("/") + 1), mode ?? 0o666);
  try {
    writeAll(fd, toBytes(data), null);
    if (existing !== undefined) keepOwner(fd, existing);
    // After chown, which clears set-id bits; and beyond the umask.
    if (mode !== undefined) fs.fchmodSync(fd, mode);
    fs.fsyncSync(fd);
    fs.renameSync(placeOf(temporary), placeOf(target));
  } catch (error) {
    fs.rmSync(placeOf(temporary) as string, { force: true });
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Gives a new file the owner of the one it replaces; without the privilege it stays ours, which is what any editor leaves too. */
function keepOwner(fd: number, existing: FileStat): void {
  const now = fs.fstatSync(fd);
  if (now.uid === existing.uid && now.gid === existing.gid) return;
  try {
    fs.fchownSync(fd, existing.uid, existing.gid);
  } catch {}
}

function copyAttributes(from: string, to: string): void {
  const stats = fs.statSync(placeOf(from));
  try {
    fs.chownSync(placeOf(to), stats.uid, stats.gid);
  } catch {}
  copyExtendedAttributes(from, to);
  fs.chmodSync(placeOf(to), stats.mode & 0o7777);
}

function share(from: string, to: string, permissions: number): void {
  const place = placeOf(to);
  const stats = fs.statSync(placeOf(from));
  if ((stats.mode & 0o7777) === permissions) {
    try {
      fs.linkSync(placeOf(realPath(from)), place);
      return;
    } catch {
      // Another file system, one without links, or a file of somebody else.
    }
  }
  fs.copyFileSync(placeOf(from), place);
  fs.chmodSync(place, permissions);
  copyTime(from, to);
}

function copyTime(from: string, to: string): void {
  const { atimeMs, mtimeMs } = fs.statSync(placeOf(from));
  fs.utimesSync(placeOf(to), atimeMs / 1000, mtimeMs / 1000);
}

/** The `Files` of this machine. */
export const files: Files = {
  stat: (path) => attempt("stat", path, () => toStat(fs.statSync(placeOf(path), { bigint: true }))),
  lstat: (path) => attempt("lstat", path, () => toStat(fs.lstatSync(placeOf(path), { bigint: true }))),
  find: (path) => attempt("stat", path, () => find(path)),
  canAccess(path, what) {
    try {
      fs.accessSync(placeOf(path), accessModes[what]);
      return true;
    } catch {
      return false;
    }
  },
  readBytes: (path) => attempt("read", path, () => fs.readFileSync(placeOf(path))),
  readText: (path) => attempt("read", path, () => fs.readFileSync(placeOf(path), "utf8")),
  list: (path) => attempt("readdir", path, () => readNames(path)),
  realPath: (path) => attempt("realpath", path, () => realPath(path)),
  readLink: (path) =>
    attempt("readlink", path, () =>
      readName((encoding) => fs.readlinkSync(placeOf(path), { encoding: encoding as BufferEncoding })),
    ),
  open(path, mode, permissions = 0o666) {
    return attempt("open", path, () => openFile(fs.openSync(placeOf(path), openFlags[mode], permissions), path));
  },
  write(path, bytes, permissions = 0o666) {
    const { O_WRONLY, O_CREAT, O_TRUNC } = fs.constants;
    attempt("write", path, () =>
      withDescriptor(path, O_WRONLY | O_CREAT | O_TRUNC, permissions, (fd) => writeAll(fd, toBytes(bytes), null)),
    );
  },
  append(path, bytes, permissions = 0o666) {
    const { O_WRONLY, O_CREAT, O_APPEND } = fs.constants;
    attempt("append", path, () =>
      withDescriptor(path, O_WRONLY | O_CREAT | O_APPEND, permissions, (fd) => appendWhole(fd, toBytes(bytes))),
    );
  },
  replace: (path, bytes, permissions) => attempt("replace", path, () => replace(path, bytes, permissions)),
  createTemporary,
  removeAbandoned,
  rename(from, to) {
    attempt("rename", from, () => fs.renameSync(placeOf(from), placeOf(to)));
    forgetTemporary(from);
  },
  remove: (path) => attempt("unlink", path, () => fs.unlinkSync(placeOf(path))),
  removeTree(path) {
    attempt("remove", path, () => fs.rmSync(placeOf(path), { recursive: true, force: true }));
    forgetTemporary(path);
  },
  makeDirectories(path) {
    attempt("mkdir", path, () => fs.mkdirSync(placeOf(path), { recursive: true }));
  },
  makeTemporaryDirectory(prefix, lasting = false) {
    const parent = process.env.TMPDIR || "/tmp";
    const path = attempt("mkdtemp", parent, () => fs.mkdtempSync(`${parent.replace(/\/+$/, "")}/${prefix}`));
    if (!lasting) {
      temporaries.add(path);
      refreshEndings();
    }
    return path;
  },
  temporaryDirectories: () => [...temporaries],
  chmod: (path, mode) => attempt("chmod", path, () => fs.chmodSync(placeOf(path), mode)),
  chown: (path, uid, gid) => attempt("chown", path, () => fs.chownSync(placeOf(path), uid, gid)),
  symlink: (target, path) => attempt("symlink", path, () => fs.symlinkSync(placeOf(target), placeOf(path))),
  copy(from, to) {
    attempt("copy", from, () => fs.copyFileSync(placeOf(from), placeOf(to)));
  },
  share: (from, to, permissions) => attempt("copy", from, () => share(from, to, permissions)),
  copyTime: (from, to) => attempt("set time of", to, () => copyTime(from, to)),
  copyAttributes: (from, to) => attempt("copy attributes", from, () => copyAttributes(from, to)),
};
