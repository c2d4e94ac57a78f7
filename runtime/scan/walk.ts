/**
 * Walking a directory tree (`marks-and-codecs.md` 3.2): breadth first, names sorted by bytes, each directory once, symbolic links to directories never
 * entered. It is a generator, so that a tree of any size is worked on while it is walked; what it remembers is one entry per directory.
 */
import { type FileStat, type Host, HostError } from "../host/host.js";
import { compareBytewise } from "../json.js";
import type { Ignores } from "./patterns.js";

export interface WalkOptions {
  readonly host: Pick<Host, "files">;
  readonly ignores: Ignores;
  readonly recursive: boolean;
  /** Directories that were walked already, and the names under which: grows. */
  readonly visited: Visited;
  readonly warn: (text: string) => void;
}

/** Something that may be an artifact. */
export interface WalkEntry {
  readonly path: string;
  readonly stat: FileStat;
}

/** Trees of the system that are never walked. */
const SYSTEM_TREES = ["/proc/", "/dev/", "/boot/", "/sys/"];

/** The directories of a scan: which were walked, and how a real path was spelled while walking. */
export class Visited {
  private readonly keys = new Set<string>();
  private readonly spellings = new Map<string, { readonly path: string; readonly ignores: Ignores; done: boolean }>();

  /** False if that directory was entered before. */
  enter(stat: FileStat, real: string, path: string, ignores: Ignores): boolean {
    const key = `${stat.device}:${stat.inode}`;
    if (this.keys.has(key)) return false;
    this.keys.add(key);
    this.spellings.set(real, { path, ignores, done: false });
    return true;
  }

  /** The walk has come to the end of that directory. */
  leave(real: string): void {
    const folder = this.spellings.get(real);
    if (folder !== undefined) folder.done = true;
  }

  /** Has the walk yielded that regular file already (given its real path), being just at `current`? */
  yielded(real: string, current: string): boolean {
    const slash = real.lastIndexOf("/");
    const folder = this.spellings.get(slash === 0 ? "/" : real.slice(0, slash));
    if (folder === undefined) return false;
    const path = join(folder.path, real.slice(slash + 1));
    if (folder.ignores(path)) return false;
    return folder.done || compareBytewise(path, current) < 0;
  }
}

function join(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

function isSystemTree(path: string): boolean {
  return SYSTEM_TREES.some((tree) => `${path}/`.startsWith(tree));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

/** All regular files and symbolic links below a directory that are not ignored. */
export function* walk(root: string, options: WalkOptions): Generator<WalkEntry> {
  const { host, ignores, visited, warn } = options;
  const real = attempt(() => host.files.realPath(root));
  if (real === undefined) return;
  let level: (readonly [path: string, real: string])[] = [[root, real]];
  while (level.length > 0) {
    const next: (readonly [path: string, real: string])[] = [];
    for (const [folder, realFolder] of level) {
      if (isSystemTree(realFolder)) continue;
      const stat = attempt(() => host.files.stat(folder));
      if (stat?.kind !== "directory" || !visited.enter(stat, realFolder, folder, ignores)) continue;
      const names = attempt(() => host.files.list(folder));
      if (names === undefined) {
        warn(`${folder}: the directory cannot be read; skipped`);
        continue;
      }
      for (const name of names.sort(compareBytewise)) {
        const path = join(folder, name);
        const entry = attempt(() => host.files.lstat(path));
        if (entry === undefined || ignores(path)) continue;
        if (entry.kind === "directory") {
          if (options.recursive && !ignores(`${path}/`)) next.push([path, join(realFolder, name)]);
        } else if (entry.kind === "file" || entry.kind === "symlink") yield { path, stat: entry };
      }
      visited.leave(realFolder);
    }
    level = next;
  }
}
