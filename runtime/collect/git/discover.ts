/**
 * Finding the repository around a place (`collection.md` 5.2): upwards to the first directory with a `.git` directory, a `.git` file that points to one, or
 * that is itself a git directory. File-system boundaries end the search; the environment and the owner of directories do not matter.
 */
import type { FileStat, Files } from "../../host/host.js";
import { directoryOf, normalizePath } from "../../paths.js";

export interface Location {
  /** Root of the work tree; of a bare repository, the directory that holds the git directory. */
  readonly root: string;
  /** Holds `HEAD` and `index`. */
  readonly gitDirectory: string;
  /** Holds refs, objects and configuration; another one in linked worktrees. */
  readonly commonDirectory: string;
  readonly bare: boolean;
}

function find(files: Files, path: string): FileStat | undefined {
  try {
    return files.find(path);
  } catch {
    return undefined;
  }
}

/** `path` as seen from a directory. */
export const join = (directory: string, path: string): string =>
  normalizePath(path.startsWith("/") ? path : `${directory}/${path}`);

function readLine(files: Files, path: string): string | undefined {
  try {
    return files.readText(path).split("\n", 1)[0]?.trimEnd();
  } catch {
    return undefined;
  }
}

function locate(files: Files, root: string, gitDirectory: string, bare: boolean): Location {
  const common = readLine(files, `${gitDirectory}/commondir`);
  return { root, gitDirectory, commonDirectory: common === undefined ? gitDirectory : join(gitDirectory, common), bare };
}

function repositoryAt(files: Files, directory: string): Location | undefined {
  const dotGit = join(directory, ".git");
  const kind = find(files, dotGit)?.kind;
  if (kind === "directory") return locate(files, directory, dotGit, false);
  if (kind === "file") {
    const target = /^gitdir: *(.+)$/.exec(readLine(files, dotGit) ?? "")?.[1];
    if (target !== undefined) return locate(files, directory, join(directory, target), false);
  }
  const isGitDirectory =
    find(files, join(directory, "HEAD"))?.kind === "file" &&
    ["objects", "refs"].every((name) => find(files, join(directory, name))?.kind === "directory");
  return isGitDirectory ? locate(files, directoryOf(directory), directory, true) : undefined;
}

/** The repository around a file or directory; undefined if there is none, or the place does not exist. */
export function discover(files: Files, place: string): Location | undefined {
  let directory: string;
  let start: FileStat;
  try {
    directory = files.realPath(place);
    start = files.stat(directory);
    if (start.kind !== "directory") {
      directory = directoryOf(directory);
      start = files.stat(directory);
    }
  } catch {
    return undefined;
  }
  for (;;) {
    const found = repositoryAt(files, directory);
    if (found !== undefined) return found;
    const parent = directoryOf(directory);
    if (parent === directory || find(files, parent)?.device !== start.device) return undefined;
    directory = parent;
  }
}

/** The path of something below a directory, relative to it; undefined if it lies elsewhere. Whole components are compared. */
export function pathWithin(root: string, path: string): string | undefined {
  const prefix = root === "/" ? "/" : `${root}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}
