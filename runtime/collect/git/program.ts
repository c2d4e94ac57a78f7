/**
 * Running the `git` program for what is not read by ourselves: work-tree status, diffs, fetching tags, unknown kinds of ref storage. Its environment must not
 * lead it elsewhere, and a repository that belongs to somebody else must not make it run programs of theirs.
 */
import type { Host, RunResult } from "../../host/host.js";
import { GitProblem } from "./bytes.js";
import type { GitConfig } from "./config.js";
import type { Location } from "./discover.js";

/** Variables of git that may stay: how to reach remotes, where git itself lives. */
const keptVariables =
  /^GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_\w+|PROXY_\w+|HTTP_\w+|EXEC_PATH|TEMPLATE_DIR|CONFIG_NOSYSTEM)$/;
const outputLimit = 1 << 28;
/** A status of a very large work tree takes this long at most. */
const defaultTimeout = 120_000;

export interface GitRunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds; 0: no limit. */
  readonly timeout?: number;
}

/** Runs git on one repository. */
export class GitProgram {
  readonly #host: Host;
  readonly #location: Location;
  readonly #settings: readonly string[];
  #missing = false;
  /** Does the repository belong to another user? Then nothing is run that its configuration names. */
  readonly foreign: boolean;

  constructor(host: Host, location: Location, local: GitConfig) {
    this.#host = host;
    this.#location = location;
    const { uid } = host.files.stat(location.gitDirectory);
    this.foreign = uid !== host.machine.effectiveUid();
    this.#settings = ["core.fsmonitor=false", ...(this.foreign ? harmless(local) : [])];
  }

  /** The answer of git; undefined if there is no such program. Throws a `GitProblem` if it fails. */
  run(words: readonly string[], options: GitRunOptions = {}): Uint8Array | undefined {
    if (this.#missing) return undefined;
    const { root, gitDirectory, bare } = this.#location;
    const place = bare ? [`--git-dir=${gitDirectory}`] : [`--git-dir=${gitDirectory}`, `--work-tree=${root}`];
    const settings = this.#settings.flatMap((setting) => ["-c", setting]);
    const timeout = options.timeout ?? defaultTimeout;
    const result = this.#host.processes.run("git", [...place, ...settings, ...words], {
      cwd: bare ? gitDirectory : root,
      environment: { ...this.#environment(), ...options.environment },
      limit: outputLimit,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(timeout > 0 ? { timeout } : {}),
    });
    if (result.failure === "ENOENT" || result.failure === "EACCES") {
      this.#missing = true;
      return undefined;
    }
    if (result.failure !== undefined || result.status !== 0) throw new GitProblem(reasonOf(words, result));
    return result.stdout;
  }

  #environment(): Record<string, string> {
    const inherited = Object.entries(this.#host.processes.environment());
    return {
      ...Object.fromEntries(inherited.filter(([name]) => !name.startsWith("GIT_") || keptVariables.test(name))),
      LC_ALL: "C",
      GIT_TERMINAL_PROMPT: "0",
      // Looking must not change the index, nor wait for its lock.
      GIT_OPTIONAL_LOCKS: "0",
    };
  }
}

/** Settings that keep git from running what a repository's own configuration names. */
function harmless(local: GitConfig): string[] {
  const filters = local.subsections("filter").filter((name) => !/[=\n]/.test(name));
  return [
    "core.hooksPath=/dev/null",
    ...filters.flatMap((name) => [`filter.${name}.clean=`, `filter.${name}.process=`, `filter.${name}.required=false`]),
  ];
}

function reasonOf(words: readonly string[], result: RunResult): string {
  const text = new TextDecoder().decode(result.stderr).trim().split("\n").at(-1) ?? "";
  const what = result.failure === "ETIMEDOUT" ? "took too long" : text || `exit status ${result.status}`;
  return `git ${words.find((word) => !word.startsWith("-")) ?? ""}: ${what}`;
}
