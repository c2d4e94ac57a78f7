/**
 * The file system as builtins see it: the real one, or an overlay in memory over the real one (`trial`) or over nothing (`lint`), so that a program that
 * writes a file and reads it back works under every policy while the disk stays as it is (`builtins.md` 0.5). All paths are absolute and normalised.
 */
import type { FileStat, Files } from "../host/host.js";
import { parentOf } from "./paths.js";

export type EntryKind = FileStat["kind"];

/** What builtins need of a file system. All but `find` and `size` throw what the host throws if something fails. */
export interface FileView {
  /** By lstat: a symlink is a symlink. Undefined if nothing is there. */
  find(path: string): EntryKind | undefined;
  /** Bytes, symlinks followed; undefined if it can't be told. */
  size(path: string): number | undefined;
  isExecutable(path: string): boolean;
  /** Names of the entries, sorted by byte value. */
  list(path: string): string[];
  read(path: string): Uint8Array;
  write(path: string, bytes: Uint8Array): void;
  copy(from: string, to: string): void;
  move(from: string, to: string): void;
  /** A directory goes with everything in it. */
  remove(path: string): void;
  makeDirectories(path: string): void;
  chmod(path: string, mode: number): void;
  /** A new directory of our own under the temporary directory. */
  makeTemporaryDirectory(): string;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export class RealFiles implements FileView {
  private readonly files: Files;
  constructor(files: Files) {
    this.files = files;
  }
  find(path: string): EntryKind | undefined {
    try {
      return this.files.lstat(path).kind;
    } catch {
      return undefined;
    }
  }
  size(path: string): number | undefined {
    try {
      return this.files.stat(path).size;
    } catch {
      return undefined;
    }
  }
  isExecutable(path: string): boolean {
    try {
      return this.files.stat(path).kind === "file" && this.files.canAccess(path, "execute");
    } catch {
      return false;
    }
  }
  list(path: string): string[] {
    return this.files.list(path).sort(byBytes);
  }
  read(path: string): Uint8Array {
    return this.files.readBytes(path);
  }
  write(path: string, bytes: Uint8Array): void {
    this.files.write(path, bytes);
  }
  copy(from: string, to: string): void {
    this.files.write(to, this.files.readBytes(from));
  }
  /** Across devices: copy, then delete. */
  move(from: string, to: string): void {
    try {
      this.files.rename(from, to);
    } catch (error) {
      if ((error as { code?: string }).code !== "EXDEV") throw error;
      this.copyTree(from, to);
      this.files.removeTree(from);
    }
  }
  private copyTree(from: string, to: string): void {
    const kind = this.files.lstat(from).kind;
    if (kind === "directory") {
      this.files.makeDirectories(to);
      for (const name of this.files.list(from)) this.copyTree(`${from}/${name}`, `${to}/${name}`);
    } else if (kind === "symlink") this.files.symlink(this.files.readLink(from), to);
    else {
      this.files.copy(from, to);
      this.files.chmod(to, this.files.stat(from).mode);
    }
  }
  remove(path: string): void {
    if (this.files.lstat(path).kind === "directory") this.files.removeTree(path);
    else this.files.remove(path);
  }
  makeDirectories(path: string): void {
    this.files.makeDirectories(path);
  }
  chmod(path: string, mode: number): void {
    this.files.chmod(path, mode);
  }
  makeTemporaryDirectory(): string {
    return this.files.makeTemporaryDirectory("chalk-");
  }
}

/** What the overlay knows about a path. `opaque`: what lies below in the real directory is hidden. */
type OverlayEntry =
  | { readonly kind: "file"; readonly bytes: Uint8Array; readonly executable: boolean }
  | { readonly kind: "directory"; readonly opaque: boolean }
  | { readonly kind: "removed" };

/** Changes in memory over another view, or over an empty file system that can be written everywhere. Nothing ever fails for want of permission. */
export class OverlayFiles implements FileView {
  private readonly base: FileView | undefined;
  private readonly temporaryDirectory: string;
  private readonly entries = new Map<string, OverlayEntry>();
  private temporaryCount = 0;

  constructor(base: FileView | undefined, temporaryDirectory: string) {
    this.base = base;
    this.temporaryDirectory = temporaryDirectory;
  }

  /** The base, if the path is visible through the overlay. */
  private below(path: string): FileView | undefined {
    for (let at = path; ; at = parentOf(at)) {
      const entry = this.entries.get(at);
      if (entry !== undefined && (entry.kind !== "directory" || entry.opaque)) return undefined;
      if (at === "/" || at === "") return this.base;
    }
  }
  find(path: string): EntryKind | undefined {
    const entry = this.entries.get(path);
    if (entry !== undefined) return entry.kind === "removed" ? undefined : entry.kind;
    return this.below(path)?.find(path);
  }
  size(path: string): number | undefined {
    const entry = this.entries.get(path);
    return entry?.kind === "file" ? entry.bytes.length : this.below(path)?.size(path);
  }
  isExecutable(path: string): boolean {
    const entry = this.entries.get(path);
    return entry?.kind === "file" ? entry.executable : (this.below(path)?.isExecutable(path) ?? false);
  }
  list(path: string): string[] {
    const own = this.entries.get(path);
    const below = this.below(path);
    if (below === undefined && own?.kind !== "directory") throw new Error("ENOENT");
    const names = new Set(own === undefined || below?.find(path) === "directory" ? (below?.list(path) ?? []) : []);
    const prefix = path === "/" ? "/" : `${path}/`;
    for (const [place, entry] of this.entries) {
      if (!place.startsWith(prefix) || place.slice(prefix.length).includes("/")) continue;
      if (entry.kind === "removed") names.delete(place.slice(prefix.length));
      else names.add(place.slice(prefix.length));
    }
    return [...names].sort(byBytes);
  }
  read(path: string): Uint8Array {
    const entry = this.entries.get(path);
    if (entry?.kind === "file") return entry.bytes;
    const below = this.below(path);
    if (below === undefined) throw new Error("ENOENT");
    return below.read(path);
  }
  write(path: string, bytes: Uint8Array): void {
    this.entries.set(path, { kind: "file", bytes, executable: this.isExecutable(path) });
  }
  private readable(path: string): Uint8Array {
    try {
      return this.read(path);
    } catch {
      return new Uint8Array();
    }
  }
  copy(from: string, to: string): void {
    this.write(to, this.readable(from));
  }
  move(from: string, to: string): void {
    if (this.find(from) === "directory") {
      const children = this.list(from);
      this.entries.set(to, { kind: "directory", opaque: true });
      for (const name of children) this.move(`${from}/${name}`, `${to}/${name}`);
    } else this.copy(from, to);
    this.remove(from);
  }
  remove(path: string): void {
    for (const place of [...this.entries.keys()]) if (place.startsWith(`${path}/`)) this.entries.delete(place);
    this.entries.set(path, { kind: "removed" });
  }
  makeDirectories(path: string): void {
    for (let at = path; at !== "/" && at !== ""; at = parentOf(at)) {
      if (this.find(at) === "directory") return;
      this.entries.set(at, { kind: "directory", opaque: this.entries.get(at)?.kind === "removed" });
    }
  }
  chmod(path: string, mode: number): void {
    const bytes = this.find(path) === "file" ? this.readable(path) : undefined;
    if (bytes !== undefined) this.entries.set(path, { kind: "file", bytes, executable: (mode & 0o111) !== 0 });
  }
  makeTemporaryDirectory(): string {
    const path = `${this.temporaryDirectory}/chalk-trial-${++this.temporaryCount}`;
    this.entries.set(path, { kind: "directory", opaque: true });
    return path;
  }
}
