/** Real repositories in temporary directories, made by the git program, and the collector run on them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { git } from "../../../../runtime/collect/git/collector.js";
import type { CollectContext, KeyFailure } from "../../../../runtime/collect/types.js";
import { createHost } from "../../../../runtime/host/create.js";
import type { Host } from "../../../../runtime/host/host.js";
import { artifactOf, contextOf, plain } from "../../support/collect.js";

const base = realpathSync(mkdtempSync(join(tmpdir(), "chalk-git-test-")));
process.on("exit", () => rmSync(base, { recursive: true, force: true }));
export const home = join(base, "home");
mkdirSync(home);
/** Tests must not see the configuration of whoever runs them. */
const environment = { PATH: process.env["PATH"] ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1" };

export interface GitResult {
  readonly out: string;
  readonly status: number | null;
}

/** A directory in which git commands are run. */
export class Repo {
  readonly root: string;
  #seconds = 1_700_000_000;

  constructor(root: string) {
    this.root = root;
  }

  /** Runs git; the first line of time moves on by a minute with each command. Throws if it fails. */
  git(...words: string[]): string {
    return this.tryGit(...words).out;
  }

  tryGit(...words: string[]): GitResult {
    this.#seconds += 60;
    const date = `${this.#seconds} -0330`;
    const identity = {
      GIT_AUTHOR_NAME: "Ann Author",
      GIT_AUTHOR_EMAIL: "ann@example.org",
      GIT_COMMITTER_NAME: "Carl Committer",
      GIT_COMMITTER_EMAIL: "carl@example.org",
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    };
    const result = spawnSync("git", words, { cwd: this.root, env: { ...environment, ...identity }, encoding: "utf8" });
    if (result.status !== 0) throw new Error(`git ${words.join(" ")}: ${result.stderr}`);
    return { out: result.stdout.trim(), status: result.status };
  }

  write(name: string, text: string): void {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  commit(message: string, name = "file.txt", text: string = message): string {
    this.write(name, `${text}\n`);
    this.git("add", name);
    this.git("commit", "-q", "--allow-empty-message", "-m", message);
    return this.git("rev-parse", "HEAD");
  }
}

let count = 0;

/** An empty directory. */
export function emptyDirectory(): string {
  const root = join(base, `d${++count}`);
  mkdirSync(root);
  return root;
}

/** A new repository. */
export function createRepo(...options: string[]): Repo {
  const repo = new Repo(emptyDirectory());
  repo.git("init", "-q", "-b", "main", ...options);
  return repo;
}

export interface Collected {
  // biome-ignore lint/suspicious/noExplicitAny: values are looked into freely
  readonly values: Record<string, any>;
  readonly failures: readonly (readonly [key: string, failure: KeyFailure])[];
  readonly logs: readonly string[];
}

export interface CollectOptions {
  readonly host?: Partial<Host>;
  readonly keys?: readonly string[];
  readonly context?: Partial<CollectContext>;
}

/** A host that works in a directory, with the tests' own home. */
export function hostIn(directory: string, changes: Partial<Host> = {}): Host {
  const real = createHost();
  return {
    ...real,
    processes: {
      ...real.processes,
      cwd: () => directory,
      environment: () => environment,
      variable: (name: string) => (environment as Record<string, string>)[name],
    },
    machine: { ...real.machine, home: () => home },
    ...changes,
  };
}

/** A host without a git program. */
export function hostWithoutGit(directory: string): Host {
  const host = hostIn(directory);
  const nothing = new Uint8Array(0);
  return {
    ...host,
    processes: { ...host.processes, run: () => ({ status: 127, stdout: nothing, stderr: nothing, failure: "ENOENT" }) },
  };
}

function collect(
  host: Host,
  options: CollectOptions,
  work: (context: CollectContext) => ReadonlyMap<string, unknown>,
): Collected {
  const failures: (readonly [string, KeyFailure])[] = [];
  const logs: string[] = [];
  const context = contextOf(host, options.keys ?? [], {
    ...(options.keys === undefined ? { subscribed: () => true } : {}),
    operation: "env",
    fail: (key, failure) => void failures.push([key, failure]),
    log: (level, message) => void (level === "trace" || logs.push(`${level}: ${message}`)),
    ...options.context,
  });
  return { values: plain(work(context) as never) as Collected["values"], failures, logs };
}

/** The run-time host keys as `chalk env` in that directory finds them, without the underscore. */
export function collectHere(directory: string, options: CollectOptions = {}): Collected {
  const host = hostIn(directory, options.host);
  const found = collect(host, options, (context) => git.collectHost!("post_run_keys", context));
  return { ...found, values: Object.fromEntries(Object.entries(found.values).map(([key, value]) => [key.slice(1), value])) };
}

/** The keys of an artifact when `insert PLACES` finds it. */
export function collectArtifact(
  phase: "pre_chalk_keys" | "post_chalk_keys",
  path: string,
  places: readonly string[],
  options: CollectOptions = {},
): Collected {
  const context = { operation: "insert", searchPath: places, ...options.context };
  return collect(hostIn("/", options.host), { ...options, context }, (context) =>
    git.collectArtifact!(phase, artifactOf(path), context),
  );
}
