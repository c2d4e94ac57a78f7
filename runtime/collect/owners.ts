/**
 * `CODE_OWNERS` (`collection.md` 10): the text of the repository's CODEOWNERS file, searched from the artifact; else of its AUTHOR or AUTHORS file, searched
 * from the directories that the operation is about. No parsing.
 */
import type { Files } from "../host/host.js";
import { baseName, directoryOf } from "../paths.js";
import { contextPlaces } from "./places.js";
import { collectTable } from "./tables.js";
import type { CollectContext, Collector } from "./types.js";

const codeOwners = ["CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS"];
const authorFiles = ["AUTHOR", "AUTHORS", "docs/AUTHOR", "docs/AUTHORS"];

function kindOf(files: Files, path: string): string | undefined {
  try {
    return files.find(path)?.kind;
  } catch {
    return undefined;
  }
}

/** The nearest directory upwards, the given one included, that is the root of a work tree (linked ones and submodules have a `.git` file). */
function repositoryRoot(files: Files, start: string): string | undefined {
  for (let directory = start; ; directory = directoryOf(directory)) {
    const kind = kindOf(files, `${directory === "/" ? "" : directory}/.git`);
    if (kind === "directory" || kind === "file") return directory;
    if (directory === "/") return undefined;
  }
}

/** The text of a file; unreadable files have none. */
function textOf(files: Files, path: string): string | undefined {
  try {
    return files.readText(path);
  } catch {
    return undefined;
  }
}

/** Text of the first of the named files that exists in the repository around a directory; read once in an operation. */
function search(context: CollectContext, directory: string, names: readonly string[]): string | undefined {
  const { files } = context.host;
  const root = repositoryRoot(files, directory);
  if (root === undefined) return undefined;
  const key = `owners ${names[0]} ${root}`;
  if (!context.cache.has(key)) {
    const path = names.map((name) => `${root === "/" ? "" : root}/${name}`).find((one) => kindOf(files, one) === "file");
    context.cache.set(key, path === undefined ? undefined : textOf(files, path));
  }
  return context.cache.get(key) as string | undefined;
}

/** The `github_codeowners` collector. */
export const githubCodeowners: Collector = {
  name: "github_codeowners",
  collectArtifact(phase, artifact, context) {
    const { path } = artifact;
    if (phase !== "pre_chalk_keys" || path === undefined) return new Map();
    const { files } = context.host;
    const compute = () =>
      baseName(path) === "CODEOWNERS" ? textOf(files, path) : search(context, directoryOf(path), codeOwners);
    return collectTable({ CODE_OWNERS: compute }, undefined, context);
  },
};

/** The `authors` collector. */
export const authors: Collector = {
  name: "authors",
  collectArtifact(phase, _artifact, context) {
    if (phase !== "pre_chalk_keys") return new Map();
    const compute = () => {
      for (const place of contextPlaces(context)) {
        const directory = kindOf(context.host.files, place) === "directory" ? place : directoryOf(place);
        const text = search(context, directory, authorFiles);
        if (text !== undefined && text !== "") return text;
      }
      return undefined;
    };
    return collectTable({ CODE_OWNERS: compute }, undefined, context);
  },
};
