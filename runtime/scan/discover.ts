/**
 * Which files an operation works on (`marks-and-codecs.md` 3.1-3.3, `runtime-core.md` 4.13): roots from the command line or the configuration, the trees
 * below them, symbolic links by the configured behaviour, our own executable left out, nothing twice.
 */
import { type FileStat, type Host, HostError } from "../host/host.js";
import { resolvePath } from "../paths.js";
import type { Settings } from "../settings/settings.js";
import { type InvalidPattern, type Patterns, readPatterns } from "./patterns.js";
import { Visited, walk } from "./walk.js";

/** What becomes of symbolic links to files; `skip` and `ignore` are one, so are `clobber` and `follow`. */
export type SymlinkBehavior = "leave" | "resolve" | "copy";

export interface ScanOptions {
  readonly recursive: boolean;
  readonly patterns: Patterns;
  readonly symlinks: SymlinkBehavior;
  /** The attribute to change, for the warning about links that are left alone. */
  readonly symlinkAttribute: string;
}

/** Words about what cannot be worked on. */
export interface ScanReporter {
  error(text: string): void;
  warn(text: string): void;
  /** A path of the command line does not exist. */
  missing(path: string): void;
  /** Our own executable was named; true: work on it. */
  ourselves(path: string): boolean;
}

const BEHAVIORS: Readonly<Record<string, SymlinkBehavior>> = {
  skip: "leave",
  ignore: "leave",
  clobber: "resolve",
  follow: "resolve",
  copy: "copy",
};

/** What the configuration says about finding artifacts. An invalid pattern is an error of the configuration. */
export function scanOptions(settings: Settings, chalking: boolean): ScanOptions | InvalidPattern {
  const patterns = readPatterns(settings.strings("ignore_patterns", []));
  if ("invalid" in patterns) return patterns;
  const symlinkAttribute = chalking ? "symlink_behavior_chalking" : "symlink_behavior_non_chalking";
  const symlinks = BEHAVIORS[settings.string(symlinkAttribute, chalking ? "skip" : "follow")] ?? "leave";
  return { recursive: settings.bool("recursive", true), patterns, symlinks, symlinkAttribute };
}

/** A root as the user wrote it, made absolute and normalised; links stay. Undefined if a home directory is unknown. */
export function resolveRoot(host: Host, root: string): string | undefined {
  return resolvePath(host, root);
}

class Discovery {
  private readonly host: Host;
  private readonly options: ScanOptions;
  private readonly reporter: ScanReporter;
  private readonly visited = new Visited();
  /** Files that were reached otherwise than by walking to them: explicit roots and targets of links. */
  private readonly handled = new Set<string>();
  private readonly own: FileStat | undefined;

  constructor(host: Host, options: ScanOptions, reporter: ScanReporter) {
    this.host = host;
    this.options = options;
    this.reporter = reporter;
    this.own = this.find(host.processes.executable);
  }

  private isOurselves(stat: FileStat): boolean {
    return this.own !== undefined && stat.inode === this.own.inode && stat.device === this.own.device;
  }

  *run(roots: readonly string[]): Generator<string> {
    for (const root of roots) {
      const path = resolveRoot(this.host, root);
      if (path === undefined) this.reporter.missing(root);
      else yield* this.root(path);
    }
  }

  private *root(path: string): Generator<string> {
    const { files } = this.host;
    let entry: FileStat;
    let target: FileStat | undefined;
    try {
      entry = files.lstat(path);
      target = entry.kind === "symlink" ? files.find(path) : entry;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === "ENOENT" || error.code === "ENOTDIR") this.reporter.missing(path);
      else this.reporter.error(`${path}: cannot be looked at: ${error.code}`);
      return;
    }
    if (target === undefined) this.reporter.missing(path);
    else if (target.kind === "directory") yield* this.directory(path);
    else if (target.kind === "file") {
      if (this.isOurselves(target) && !this.reporter.ourselves(path)) return;
      const real = this.real(path);
      if (real === undefined || this.visited.yielded(real, "")) return;
      if (entry.kind === "symlink") yield* this.link(path, "");
      else if (!this.handled.has(real)) {
        this.handled.add(real);
        yield path;
      }
    }
  }

  private *directory(root: string): Generator<string> {
    const { host, options, visited } = this;
    const ignores = options.patterns.below(root);
    const warn = (text: string) => this.reporter.warn(text);
    for (const { path, stat } of walk(root, { host, ignores, recursive: options.recursive, visited, warn })) {
      if (stat.kind === "symlink") {
        const target = this.find(path);
        if (target?.kind === "file" && !this.isOurselves(target)) yield* this.link(path, path);
      } else if (!this.isOurselves(stat) && !this.wasHandled(path)) yield path;
    }
  }

  /** Was a file that the walk comes to reached by another way before? */
  private wasHandled(path: string): boolean {
    if (this.handled.size === 0) return false;
    const real = this.real(path);
    return real !== undefined && this.handled.has(real);
  }

  private *link(path: string, current: string): Generator<string> {
    const { symlinks, symlinkAttribute } = this.options;
    if (symlinks === "leave") {
      this.reporter.warn(`${path}: a symbolic link, not processed; ${symlinkAttribute} changes that`);
      return;
    }
    const real = this.real(path);
    if (real === undefined) return;
    const key = symlinks === "copy" ? path : real;
    if (this.handled.has(key) || (symlinks === "resolve" && current !== "" && this.visited.yielded(real, current))) return;
    this.handled.add(key);
    yield key;
  }

  private real(path: string): string | undefined {
    try {
      return this.host.files.realPath(path);
    } catch (error) {
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }

  private find(path: string): FileStat | undefined {
    try {
      return this.host.files.find(path);
    } catch (error) {
      if (error instanceof HostError) return undefined;
      throw error;
    }
  }
}

/**
 * The paths of all files that may be artifacts, one after the other. A path that is a symbolic link is to be read through it, and replaced by a file if it
 * is written (`copy`).
 */
export function discover(host: Host, roots: readonly string[], options: ScanOptions, reporter: ScanReporter): Generator<string> {
  return new Discovery(host, options, reporter).run(roots);
}
