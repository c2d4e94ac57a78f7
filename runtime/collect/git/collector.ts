/** The `vctl_git` collector (`collection.md` 5): what the repository around an artifact, or around the place where chalk runs, has checked out. */
import type { Json } from "../../json.js";
import { resolvePath } from "../../paths.js";
import { contextPlaces } from "../places.js";
import { collectTable, type KeyFunction, type KeyTable } from "../tables.js";
import type { Artifact, CollectContext, Collector } from "../types.js";
import type { Person } from "./commit.js";
import { discover, pathWithin } from "./discover.js";
import { Repository } from "./repository.js";

/** Operations that look around in the current directory, which has nothing to do with their artifacts. */
const hostOnly = new Set(["exec", "env", "push", "heartbeat", "postexec"]);

/** Repositories around the directories that the operation is about, in order of discovery. */
function repositories(context: CollectContext): readonly Repository[] {
  const key = "vctl_git repositories";
  const known = context.cache.get(key) as readonly Repository[] | undefined;
  if (known !== undefined) return known;
  const found = new Map<string, Repository>();
  for (const place of contextPlaces(context)) {
    const location = discover(context.host.files, place);
    if (location === undefined) context.log("trace", `${place}: not in a git repository`);
    else if (!found.has(location.root)) found.set(location.root, new Repository(context, location));
  }
  const list = [...found.values()];
  context.cache.set(key, list);
  return list;
}

/** An artifact's directory without symbolic links, as repositories are known. */
function realPath(context: CollectContext, path: string): string | undefined {
  try {
    return context.host.files.realPath(path);
  } catch {
    return resolvePath(context.host, path);
  }
}

interface Found {
  readonly repository: Repository;
  /** Of the artifact, relative to the root. */
  readonly within: string | undefined;
}

/** The repository of an artifact: the deepest that contains it; for what has no path, the first. */
function repositoryOf(artifact: Artifact, context: CollectContext): Found | undefined {
  if (hostOnly.has(context.operation)) return undefined;
  const all = repositories(context);
  if (all.length === 0) return undefined;
  const path = artifact.path === undefined ? undefined : realPath(context, artifact.path);
  if (path === undefined) return all[0] === undefined ? undefined : { repository: all[0], within: undefined };
  const holding = all.flatMap((repository): Found[] => {
    const within = pathWithin(repository.location.root, path);
    return within === undefined ? [] : [{ repository, within }];
  });
  return holding.sort((a, b) => b.repository.location.root.length - a.repository.location.root.length)[0];
}

type RepositoryKey = KeyFunction<Repository>;

const person =
  (who: "author" | "committer", part: keyof Person): RepositoryKey =>
  (repository) =>
    repository.checkout()?.commit[who]?.[part];
const tagger =
  (part: keyof Person): RepositoryKey =>
  (repository) =>
    repository.tag()?.tag?.tagger?.[part];

const diffStat: RepositoryKey = (repository) => {
  const stat = repository.diffStat();
  return stat === undefined ? undefined : new Map<string, Json>(Object.entries(stat));
};

/** The keys that exist in both forms. */
const twins: Readonly<Record<string, RepositoryKey>> = {
  COMMIT_ID: (repository) => repository.checkout()?.id,
  COMMIT_SIGNED: (repository) => repository.checkout()?.commit.signed,
  BRANCH: (repository) => repository.checkout()?.branch,
  ORIGIN_URI: (repository) => repository.origin(),
  AUTHOR: person("author", "name"),
  DATE_AUTHORED: person("author", "date"),
  TIMESTAMP_AUTHORED: person("author", "timestamp"),
  COMMITTER: person("committer", "name"),
  DATE_COMMITTED: person("committer", "date"),
  TIMESTAMP_COMMITTED: person("committer", "timestamp"),
  COMMIT_MESSAGE: (repository) => repository.checkout()?.commit.message,
  TAG: (repository) => repository.tag()?.name,
  TAG_SIGNED: (repository) => {
    const found = repository.tag();
    return found === undefined ? undefined : found.tag?.signed === true;
  },
  TAGGER: tagger("name"),
  DATE_TAGGED: tagger("date"),
  TIMESTAMP_TAGGED: tagger("timestamp"),
  TAG_MESSAGE: (repository) => repository.tag()?.tag?.message,
  VCS_MISSING_FILES: (repository) => repository.status()?.missing,
  VCS_MODIFIED_FILES: (repository) => repository.status()?.modified,
  VCS_UNTRACKED_FILES: (repository) => repository.status()?.untracked,
  VCS_DIFF_STAT: diffStat,
  VCS_DIFF_PATCH: (repository) => repository.diffPatch(),
};

const markKeys: KeyTable<Repository> = {
  ...twins,
  VCS_DIR_WHEN_CHALKED: (repository) => (repository.checkout() === undefined ? undefined : repository.location.root),
};
const hostKeys: KeyTable<Repository> = Object.fromEntries(Object.entries(twins).map(([key, compute]) => [`_${key}`, compute]));
const artifactKeys: KeyTable<Found> = { _OP_ARTIFACT_PATH_WITHIN_VCTL: ({ within }) => within };

/** The `vctl_git` collector. */
export const git: Collector = {
  name: "vctl_git",
  collectHost(phase, context) {
    const first = phase === "post_run_keys" ? repositories(context)[0] : undefined;
    if (first === undefined) return new Map();
    first.startRequest();
    return collectTable(hostKeys, first, context);
  },
  collectArtifact(phase, artifact, context) {
    const found = repositoryOf(artifact, context);
    if (found === undefined) return new Map();
    found.repository.startRequest();
    return phase === "pre_chalk_keys"
      ? collectTable(markKeys, found.repository, context)
      : collectTable(artifactKeys, found, context);
  },
};
