/** A file system in memory, with directories, symlinks and modes; paths are absolute. Part of the host for tests and browsers. */
import { type FileStat, type Files, HostError, type OpenFile, type TemporaryFile } from "./host.js";

type Entry =
  | { readonly kind: "file"; bytes: Uint8Array; mode: number; readonly inode: bigint }
  | { readonly kind: "directory"; mode: number; readonly inode: bigint }
  | { readonly kind: "symlink"; readonly target: string; mode: number; readonly inode: bigint };

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function toBytes(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice();
}

export class MemoryFiles implements Files {
  private readonly entries = new Map<string, Entry>();
  private readonly time: number;
  private nextInode = 2n;
  private temporaryCount = 0;
  private readonly ownDirectories: string[] = [];

  constructor(files: Readonly<Record<string, string | Uint8Array>>, time: number) {
    this.time = time;
    this.entries.set("/", { kind: "directory", mode: 0o755, inode: 1n });
    this.makeDirectories("/tmp");
    for (const [path, content] of Object.entries(files)) {
      this.makeDirectories(parent(path));
      this.write(path, content);
    }
  }

  private fail(code: string, call: string, path: string): never {
    throw new HostError(code, call, path);
  }

  /** Path of what a path names, symlinks followed. */
  private follow(path: string, call: string, depth = 0): string {
    if (depth > 40) this.fail("ELOOP", call, path);
    const clean = path.length > 1 ? path.replace(/\/+$/, "") : path;
    if (clean === "/" || clean === "") return "/";
    const place = `${this.follow(parent(clean), call, depth + 1).replace(/\/$/, "")}/${clean.slice(clean.lastIndexOf("/") + 1)}`;
    const entry = this.entries.get(place);
    if (entry?.kind !== "symlink") return place;
    const target = entry.target.startsWith("/") ? entry.target : `${parent(place)}/${entry.target}`;
    return this.follow(target, call, depth + 1);
  }

  private place(path: string, call: string): string {
    const name = path.slice(path.lastIndexOf("/") + 1);
    return path === "/" ? "/" : `${this.follow(parent(path), call).replace(/\/$/, "")}/${name}`;
  }

  private entry(path: string, call: string): Entry {
    return this.entries.get(path) ?? this.fail("ENOENT", call, path);
  }

  private fileAt(path: string, call: string): Extract<Entry, { kind: "file" }> {
    const entry = this.entry(this.follow(path, call), call);
    if (entry.kind !== "file") this.fail("EISDIR", call, path);
    return entry as Extract<Entry, { kind: "file" }>;
  }

  private status(entry: Entry): FileStat {
    const size = entry.kind === "file" ? entry.bytes.length : entry.kind === "symlink" ? entry.target.length : 0;
    return {
      kind: entry.kind,
      size,
      mode: entry.mode,
      uid: 1000,
      gid: 1000,
      inode: entry.inode,
      device: 1n,
      links: 1,
      modified: this.time,
    };
  }

  stat(path: string): FileStat {
    return this.status(this.entry(this.follow(path, "stat"), "stat"));
  }
  lstat(path: string): FileStat {
    return this.status(this.entry(this.place(path, "lstat"), "lstat"));
  }
  find(path: string): FileStat | undefined {
    const entry = this.entries.get(this.follow(path, "stat"));
    return entry === undefined ? undefined : this.status(entry);
  }
  canAccess(path: string, what: "read" | "write" | "execute"): boolean {
    const found = this.find(path);
    return found !== undefined && (found.mode & { read: 0o444, write: 0o222, execute: 0o111 }[what]) !== 0;
  }
  readBytes(path: string): Uint8Array {
    return this.fileAt(path, "read").bytes.slice();
  }
  readText(path: string): string {
    return new TextDecoder().decode(this.fileAt(path, "read").bytes);
  }
  list(path: string): string[] {
    const place = this.follow(path, "readdir");
    if (this.entry(place, "readdir").kind !== "directory") this.fail("ENOTDIR", "readdir", path);
    const prefix = place === "/" ? "/" : `${place}/`;
    return [...this.entries.keys()]
      .filter((key) => key !== "/" && key.startsWith(prefix) && !key.slice(prefix.length).includes("/"))
      .map((key) => key.slice(prefix.length));
  }
  realPath(path: string): string {
    const place = this.follow(path, "realpath");
    this.entry(place, "realpath");
    return place;
  }
  readLink(path: string): string {
    const entry = this.entry(this.place(path, "readlink"), "readlink");
    return entry.kind === "symlink" ? entry.target : this.fail("EINVAL", "readlink", path);
  }

  open(path: string, mode: "read" | "write" | "create-new", permissions = 0o666): OpenFile {
    if (mode === "create-new" && this.find(path) !== undefined) this.fail("EEXIST", "open", path);
    if (mode === "create-new") this.write(path, "", permissions);
    const file = this.fileAt(path, "open");
    return {
      fd: -1,
      stat: () => this.status(file),
      read: (offset, length) => file.bytes.slice(offset, offset + length),
      write: (bytes, offset) => {
        const grown = new Uint8Array(Math.max(file.bytes.length, offset + bytes.length));
        grown.set(file.bytes);
        grown.set(bytes, offset);
        file.bytes = grown;
      },
      truncate: (length) => {
        const cut = new Uint8Array(length);
        cut.set(file.bytes.subarray(0, length));
        file.bytes = cut;
      },
      readInto: (buffer, offset) => {
        const bytes = file.bytes.subarray(offset, offset + buffer.length);
        buffer.set(bytes);
        return bytes.length;
      },
      sync: () => {},
      lock: () => undefined,
      close: () => {},
    };
  }
  createTemporary(beside: string): TemporaryFile {
    const path = `${parent(beside).replace(/\/$/, "")}/.chalk-${String(this.temporaryCount++).padStart(16, "0")}.tmp`;
    this.open(path, "create-new", 0o600);
    return { path, sync: async () => {}, close: () => {} };
  }
  removeAbandoned(): void {}
  write(path: string, bytes: Uint8Array | string, permissions = 0o644): void {
    const place = this.follow(path, "open");
    const existing = this.entries.get(place);
    if (existing?.kind === "directory") this.fail("EISDIR", "open", path);
    if (this.entries.get(parent(place))?.kind !== "directory") this.fail("ENOENT", "open", path);
    if (existing?.kind === "file") existing.bytes = toBytes(bytes);
    else this.entries.set(place, { kind: "file", bytes: toBytes(bytes), mode: permissions, inode: this.nextInode++ });
  }
  append(path: string, bytes: Uint8Array | string, permissions?: number): void {
    const before = this.find(path) === undefined ? new Uint8Array() : this.readBytes(path);
    const more = toBytes(bytes);
    const all = new Uint8Array(before.length + more.length);
    all.set(before);
    all.set(more, before.length);
    this.write(path, all, permissions);
  }
  replace(path: string, bytes: Uint8Array | string, permissions?: number): void {
    this.write(path, bytes, permissions);
    if (permissions !== undefined) this.chmod(path, permissions);
  }
  rename(from: string, to: string): void {
    const source = this.place(from, "rename");
    const target = this.place(to, "rename");
    const entry = this.entry(source, "rename");
    if (this.entries.get(parent(target))?.kind !== "directory") this.fail("ENOENT", "rename", to);
    for (const [key, value] of [...this.entries]) {
      if (key !== source && !key.startsWith(`${source}/`)) continue;
      this.entries.delete(key);
      this.entries.set(target + key.slice(source.length), key === source ? entry : value);
    }
  }
  remove(path: string): void {
    const place = this.place(path, "unlink");
    if (this.entry(place, "unlink").kind === "directory") this.fail("EISDIR", "unlink", path);
    this.entries.delete(place);
  }
  removeTree(path: string): void {
    const place = this.place(path, "rm");
    for (const key of [...this.entries.keys()]) if (key === place || key.startsWith(`${place}/`)) this.entries.delete(key);
  }
  makeDirectories(path: string): void {
    const place = this.follow(path, "mkdir");
    const entry = this.entries.get(place);
    if (entry?.kind === "directory") return;
    if (entry !== undefined) this.fail("EEXIST", "mkdir", path);
    this.makeDirectories(parent(place));
    this.entries.set(place, { kind: "directory", mode: 0o755, inode: this.nextInode++ });
  }
  makeTemporaryDirectory(prefix: string, lasting = false): string {
    const path = `/tmp/${prefix}${++this.temporaryCount}`;
    this.makeDirectories(path);
    if (!lasting) this.ownDirectories.push(path);
    return path;
  }
  temporaryDirectories(): readonly string[] {
    return this.ownDirectories.filter((path) => this.find(path) !== undefined);
  }
  chmod(path: string, mode: number): void {
    this.entry(this.follow(path, "chmod"), "chmod").mode = mode;
  }
  chown(): void {}
  symlink(target: string, path: string): void {
    const place = this.place(path, "symlink");
    if (this.entries.has(place)) this.fail("EEXIST", "symlink", path);
    this.entries.set(place, { kind: "symlink", target, mode: 0o777, inode: this.nextInode++ });
  }
  copy(from: string, to: string): void {
    this.write(to, this.fileAt(from, "copy").bytes);
  }
  share(from: string, to: string, permissions: number): void {
    this.copy(from, to);
    this.chmod(to, permissions);
  }
  copyTime(): void {}
  copyAttributes(from: string, to: string): void {
    this.chmod(to, this.stat(from).mode);
  }
}
