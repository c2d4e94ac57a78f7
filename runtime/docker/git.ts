/**
 * Build contexts that are git repositories (`docker.md` 3.3): the one commit is fetched, without history, into a bare repository of our own, from which the
 * Dockerfile and the facts of version control come. Docker fetches for itself, unless files must be added: then it gets a work tree.
 */
import type { Host } from "../host/host.js";
import type { Secret } from "./arguments.js";
import type { GitContext } from "./context.js";
import type { Temporary } from "./temporary.js";

export interface GitServices {
  readonly host: Host;
  readonly temporary: Temporary;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** The repository cannot be used. */
export class GitError extends Error {}

const timeout = 120_000;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Ref {
  readonly commit: string;
  /** Full name; undefined for a plain commit. */
  readonly name: string | undefined;
}

/** Other refs than these would only cost time. */
const mostRefs = 100;

/** All refs of a listing by name, with the commits that they mean: tags are followed. */
function refsOf(listing: string): Map<string, string> {
  const commits = new Map<string, string>();
  const peeled: [string, string][] = [];
  for (const line of listing.split("\n")) {
    const match = /^([0-9a-f]{40})\t(\S+)$/.exec(line);
    if (match === null) continue;
    const [, commit = "", name = ""] = match;
    if (name.endsWith("^{}")) peeled.push([name.slice(0, -3), commit]);
    else commits.set(name, commit);
  }
  for (const [name, commit] of peeled) commits.set(name, commit);
  return commits;
}

/** Names of branches, tags and other refs that mean a commit, in the listing's order. */
export function refsAt(listing: string, commit: string): string[] {
  return [...refsOf(listing)]
    .filter(([name, meant]) => meant === commit && name.startsWith("refs/"))
    .map(([name]) => name)
    .slice(0, mostRefs);
}

/** Finds what a ref means in the output of `git ls-remote --symref`. An empty ref is the default branch. */
export function resolveRef(listing: string, ref: string): Ref {
  if (/^[0-9a-f]{40}$/.test(ref)) return { commit: ref, name: undefined };
  const commits = refsOf(listing);
  const head = /^ref: (\S+)\tHEAD$/m.exec(listing)?.[1];
  const candidates = ref === "" ? [head ?? "HEAD"] : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref];
  for (const name of candidates) {
    const commit = commits.get(name);
    if (commit !== undefined) return { commit, name };
  }
  throw new GitError(`there is no ref ${ref === "" ? "HEAD" : ref}`);
}

/** The secret's text; undefined if there is none. */
function secretText({ host, secrets }: GitServices, id: string): string | undefined {
  const secret = secrets[id];
  if (secret?.env !== undefined) return host.processes.variable(secret.env);
  return secret?.src === undefined || host.files.find(secret.src) === undefined
    ? undefined
    : host.files.readText(secret.src).trim();
}

/** The header that authenticates us, if a secret gives one. It is handed to git in the environment, where no list of processes shows it. */
function authentication(remote: string, services: GitServices): Record<string, string> {
  const token = secretText(services, "GIT_AUTH_TOKEN");
  const encoded = token === undefined ? undefined : btoa(`x-access-token:${token}`);
  const header = encoded === undefined ? secretText(services, "GIT_AUTH_HEADER") : `basic ${encoded}`;
  if (header === undefined || header === "" || !/^https?:/.test(remote)) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${remote}.extraheader`,
    GIT_CONFIG_VALUE_0: `Authorization: ${header}`,
  };
}

const scanTimeout = 10_000;

/** The host and port of an SSH remote; undefined for others. */
export function sshHost(remote: string): { readonly host: string; readonly port: string } | undefined {
  const url = /^ssh:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\//.exec(remote);
  const found = url ?? /^[^@/:]+@([^:/]+):/.exec(remote);
  return found === null ? undefined : { host: (found[1] as string).replace(/^\[|\]$/g, ""), port: found[2] ?? "22" };
}

/** Host keys of an SSH remote, as it tells them itself. If it doesn't, the user's own SSH configuration is in charge. */
function knownHost(remote: string, { host, temporary }: GitServices): Record<string, string> {
  const place = sshHost(remote);
  if (place === undefined || place.host.startsWith("-")) return {};
  const scan = host.processes.run("ssh-keyscan", ["-p", place.port, place.host], { input: "", timeout: scanTimeout });
  const keys = scan.failure === undefined && scan.status === 0 ? text(scan.stdout) : "";
  if (keys.trim() === "") return {};
  const file = temporary.file("known_hosts", keys);
  return { GIT_SSH_COMMAND: `ssh -F /dev/null -o UserKnownHostsFile='${file}' -o StrictHostKeyChecking=yes` };
}

export class GitRepository {
  readonly directory: string;
  private readonly context: GitContext;
  private readonly services: GitServices;
  private readonly environment: Record<string, string>;
  private commit = "";
  private workTree: string | undefined;

  /** Fetches the commit. Throws `GitError`. */
  constructor(context: GitContext, services: GitServices) {
    this.context = context;
    this.services = services;
    this.directory = services.temporary.directory();
    const { GIT_DIR: _, GIT_WORK_TREE: __, ...environment } = services.host.processes.environment();
    this.environment = {
      ...environment,
      GIT_TERMINAL_PROMPT: "0",
      GIT_CONFIG_NOSYSTEM: "1",
      ...authentication(context.remote, services),
      ...knownHost(context.remote, services),
    };
    this.fetch();
  }

  private git(...words: string[]): string {
    const result = this.services.host.processes.run("git", words, {
      cwd: this.directory,
      environment: this.environment,
      input: "",
      timeout,
    });
    if (result.failure === undefined && result.status === 0) return text(result.stdout);
    throw new GitError(`git ${words[0]}: ${result.failure ?? text(result.stderr).trim().split("\n").at(-1)}`);
  }

  private fetch(): void {
    const { remote, ref } = this.context;
    // An address that begins with a dash would be taken for a flag.
    if (remote.startsWith("-") || ref.startsWith("-")) throw new GitError("an address must not begin with a dash");
    const listing = this.git("ls-remote", "--symref", remote);
    const found = resolveRef(listing, ref);
    this.git("init", "-q", "--bare");
    this.git("remote", "add", "origin", remote);
    // What else is at this commit: its tags and branches are facts about the image, too.
    const names = new Set([...(found.name === undefined ? [] : [found.name]), ...refsAt(listing, found.commit)]);
    const specs = [...(found.name === undefined ? [found.commit] : []), ...[...names].map((name) => `${name}:${name}`)];
    this.git("fetch", "-q", "--update-head-ok", "--force", "--no-tags", "--depth=1", "origin", ...specs);
    this.commit = this.git("rev-parse", "FETCH_HEAD^{commit}").trim();
    if (found.name !== undefined && !found.name.startsWith("refs/tags/")) this.git("symbolic-ref", "HEAD", found.name);
    else this.git("update-ref", "--no-deref", "HEAD", this.commit);
  }

  /** The Dockerfile of the context: of this name, or if the user gave none, `dockerfile`. Throws `GitError`. */
  dockerfile(name: string, isGiven: boolean): string {
    try {
      return this.read(name);
    } catch (error) {
      if (isGiven || !(error instanceof GitError)) throw error;
      try {
        return this.read(name.toLowerCase());
      } catch {
        throw error;
      }
    }
  }

  private read(path: string): string {
    const { subdir } = this.context;
    return this.git(
      "show",
      `${this.commit}:${[subdir.replace(/^\/+|\/+$/g, ""), path.replace(/^(\.?\/)+/, "")].filter((part) => part !== "").join("/")}`,
    );
  }

  /** A directory with the files of the context. */
  checkOut(): string {
    if (this.workTree === undefined) {
      this.workTree = this.services.temporary.directory();
      this.git(
        `--git-dir=${this.directory}`,
        `--work-tree=${this.workTree}`,
        "checkout",
        "-q",
        "--force",
        this.commit,
        "--",
        ".",
      );
    }
    const subdir = this.context.subdir.replace(/^\/+|\/+$/g, "");
    return subdir === "" ? this.workTree : `${this.workTree}/${subdir}`;
  }
}
