/** The tag of a commit (`collection.md` 5.5): among all that point to it the youngest annotated one, and the refetch of tags that a checkout made light. */
import type { Host } from "../../host/host.js";
import { compareBytewise } from "../../json.js";
import type { Settings } from "../../settings/settings.js";
import { readTag, type Tag } from "./commit.js";
import type { GitConfig } from "./config.js";
import type { Location } from "./discover.js";
import type { ObjectStore } from "./objects.js";
import type { Remote } from "./origin.js";
import type { GitProgram } from "./program.js";
import type { RefReader } from "./refs.js";

export interface FoundTag {
  /** Without `refs/tags/`. */
  readonly name: string;
  /** Undefined: a lightweight tag. */
  readonly tag: Tag | undefined;
}

const deepestTag = 10;

/** The commit behind an object that may be a tag (of a tag …); undefined if it is neither. */
export function peel(objects: ObjectStore, id: string): string | undefined {
  let current = id;
  for (let depth = 0; depth < deepestTag; depth++) {
    const { type, data } = objects.read(current);
    if (type === "commit") return current;
    const next = type === "tag" ? readTag(data).object : undefined;
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}

/** All tags of a commit. A tag whose object is missing (a partial clone) is left out. */
export function tagsOf(refs: RefReader, objects: ObjectStore, commit: string): FoundTag[] {
  return [...refs.tags()].flatMap(([name, { id, peeled }]): FoundTag[] => {
    if (id === commit) return [{ name, tag: undefined }];
    if (peeled === null || (peeled !== undefined && peeled !== commit)) return [];
    try {
      if (peel(objects, id) !== commit) return [];
      return [{ name, tag: readTag(objects.read(id).data) }];
    } catch {
      return [];
    }
  });
}

/** The tag that is reported. */
export function chooseTag(tags: readonly FoundTag[]): FoundTag | undefined {
  const time = ({ tag }: FoundTag) => tag?.tagger?.timestamp ?? 0;
  return [...tags].sort((a, b) => time(b) - time(a) || compareBytewise(b.name, a.name))[0];
}

export interface Refetch {
  readonly host: Host;
  readonly settings: Settings;
  readonly location: Location;
  readonly config: GitConfig;
  readonly program: GitProgram;
  readonly remote: Remote;
}

/**
 * Fetches lightweight tags again, in case the remote has annotated ones by these names. False if there is no git program. Throws if it fails.
 * History is cut only where it is already, since `--depth` would make a complete repository shallow.
 */
export function refetch({ host, settings, location, config, program, remote }: Refetch, names: readonly string[]): boolean {
  const connect = settings.duration("git.fetch_connect_timeout", 30_000);
  const transfer = settings.duration("git.fetch_transfer_timeout", 60_000);
  const seconds = Math.max(1, Math.ceil(connect / 1000));
  const shallow = host.files.find(`${location.commonDirectory}/shallow`) !== undefined;
  const ownSsh =
    host.processes.variable("GIT_SSH_COMMAND") ??
    host.processes.variable("GIT_SSH") ??
    config.last("core", undefined, "sshcommand");
  const limits = connect > 0 ? ["-c", "http.lowSpeedLimit=1", "-c", `http.lowSpeedTime=${seconds}`] : [];
  const words = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"];
  const answer = program.run(
    [
      ...limits,
      "fetch",
      ...words,
      ...(shallow ? ["--depth=1"] : []),
      "--",
      remote.name,
      ...names.map((name) => `+refs/tags/${name}:refs/tags/${name}`),
    ],
    {
      network: true,
      timeout: connect > 0 && transfer > 0 ? connect + transfer : 0,
      environment:
        ownSsh === undefined
          ? { GIT_SSH_COMMAND: `ssh -o BatchMode=yes${connect > 0 ? ` -o ConnectTimeout=${seconds}` : ""}` }
          : {},
    },
  );
  return answer !== undefined;
}
