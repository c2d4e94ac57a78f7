/**
 * What differs between commit, index and work tree (`collection.md` 5.6, 5.7), by the `git` program: lists of missing, modified and untracked files, numbers
 * and text of the difference.
 */
import type { Host } from "../../host/host.js";
import { compareBytewise } from "../../json.js";
import type { Location } from "./discover.js";
import type { GitProgram } from "./program.js";

export interface WorkTreeStatus {
  readonly missing: readonly string[];
  readonly modified: readonly string[];
  /** Undefined where only the native comparison was possible. */
  readonly untracked: readonly string[] | undefined;
}

export interface DiffStat {
  readonly files: number;
  readonly insertions: number;
  readonly deletions: number;
}

interface StatusRow {
  /** Letters for index and work tree, `.` for unchanged; `??` for untracked. */
  readonly index: string;
  readonly tree: string;
  readonly path: string;
}

/** Fields before the path of a row, by its kind. */
const fieldsBefore: Readonly<Record<string, number>> = { "1": 8, "2": 9, u: 10 };

/** Reads `git status --porcelain=v2 -z`. */
export function parseStatus(output: string): StatusRow[] {
  const rows: StatusRow[] = [];
  const parts = output.split("\0");
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const kind = part[0] ?? "";
    if (kind === "?") rows.push({ index: "?", tree: "?", path: part.slice(2) });
    const count = fieldsBefore[kind];
    if (count === undefined) continue;
    const fields = part.split(" ");
    const path = fields.slice(count).join(" ");
    // The old name of a renamed file follows in a part of its own.
    if (kind === "2") i++;
    rows.push({ index: part[2] ?? ".", tree: part[3] ?? ".", path });
  }
  return rows;
}

/** The lists of a status. Staged additions and deletions are in none of them. */
export function classify(rows: readonly StatusRow[]): WorkTreeStatus {
  const [missing, modified, untracked]: [string[], string[], string[]] = [[], [], []];
  for (const { index, tree, path } of rows) {
    // `A` in the work tree: an untracked file that was announced to find renames.
    if (tree === "?" || tree === "A") untracked.push(path);
    else if (tree === "D") missing.push(path);
    else if (/[MTRCU]/.test(tree) || /[MTRCU]/.test(index)) modified.push(path);
  }
  const sorted = (paths: string[]) => [...new Set(paths)].sort(compareBytewise);
  return { missing: sorted(missing), modified: sorted(modified), untracked: sorted(untracked) };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const statusWords = ["status", "--porcelain=v2", "-z", "--untracked-files=all", "--find-renames=50%"];

/** The status of a work tree; undefined without the git program. */
export function gitStatus(host: Host, location: Location, program: GitProgram): WorkTreeStatus | undefined {
  // Looking into submodules would obey their configuration as well.
  const words = [...statusWords, program.foreign ? "--ignore-submodules=dirty" : "--ignore-submodules=none"];
  const first = program.run(words);
  if (first === undefined) return undefined;
  const rows = parseStatus(text(first));
  const untracked = rows.filter((row) => row.tree === "?").map((row) => row.path);
  const mayHaveMoved = untracked.length > 0 && rows.some((row) => row.tree === "D");
  return classify(mayHaveMoved ? withRenames(host, location, program, words, untracked) : rows);
}

/** The status with untracked files as targets of renames: they are announced in a copy of the index, and no object is written into the repository. */
function withRenames(
  host: Host,
  location: Location,
  program: GitProgram,
  words: readonly string[],
  untracked: readonly string[],
): StatusRow[] {
  const scratch = host.files.makeTemporaryDirectory("chalk-git-");
  try {
    host.files.copy(`${location.gitDirectory}/index`, `${scratch}/index`);
    host.files.makeDirectories(`${scratch}/objects`);
    const environment = {
      GIT_INDEX_FILE: `${scratch}/index`,
      GIT_OBJECT_DIRECTORY: `${scratch}/objects`,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${`${location.commonDirectory}/objects`.replace(/["\\]/g, "\\$&")}"`,
    };
    const announce = ["--literal-pathspecs", "add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul"];
    program.run(announce, { environment, input: untracked.join("\0") });
    return parseStatus(text(program.run(words, { environment }) ?? new Uint8Array()));
  } finally {
    host.files.removeTree(scratch);
  }
}

const diffWords = ["diff", "HEAD", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty"];

/** Numbers of the difference against HEAD; undefined without the git program. */
export function diffStat(program: GitProgram): DiffStat | undefined {
  const output = program.run([...diffWords, "--raw", "--numstat", "-z"]);
  if (output === undefined) return undefined;
  let [files, insertions, deletions] = [0, 0, 0];
  for (const part of text(output).split("\0")) {
    // A change of type counts as a deletion and an addition.
    if (/^:.* T$/.test(part)) files++;
    const [, added, removed] = /^(\d+|-)\t(\d+|-)\t/.exec(part) ?? [];
    if (added === undefined || removed === undefined) continue;
    files++;
    insertions += Number(added) || 0;
    deletions += Number(removed) || 0;
  }
  return { files, insertions, deletions };
}

/** The difference against HEAD as text in git's format; undefined without the git program. */
export function diffPatch(program: GitProgram): string | undefined {
  const output = program.run([...diffWords, "--src-prefix=a/", "--dst-prefix=b/", "--unified=3"]);
  return output === undefined ? undefined : text(output);
}
