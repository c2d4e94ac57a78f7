/**
 * Running the `git` program for what is not read by ourselves: work-tree status, diffs, fetching tags, unknown kinds of ref storage. Its environment must not
 * lead it elsewhere, and a repository that belongs to somebody else must not make it run programs of theirs.
 */
import type { Host, RunResult } from "../../host/host.js";
import { GitProblem } from "./bytes.js";
import { everyLocalSetting, type GitConfig } from "./config.js";
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
  /** May git talk to remotes? Otherwise not even to fetch what a partial clone lacks. */
  readonly network?: boolean;
}

/** Runs git on one repository. */
export class GitProgram {
  readonly #host: Host;
  readonly #location: Location;
  readonly #local: GitConfig;
  #missing = false;
  /** Does the repository belong to another user? Then nothing is run that its configuration names. */
  readonly foreign: boolean;

  constructor(host: Host, location: Location) {
    this.#host = host;
    this.#location = location;
    const { uid } = host.files.stat(location.gitDirectory);
    this.foreign = uid !== host.machine.effectiveUid();
    this.#local = everyLocalSetting(host, location);
  }

  /** The answer of git; undefined if there is no such program. Throws a `GitProblem` if it fails. */
  run(words: readonly string[], options: GitRunOptions = {}): Uint8Array | undefined {
    if (this.#missing) return undefined;
    const { root, gitDirectory, bare } = this.#location;
    const place = bare ? [`--git-dir=${gitDirectory}`] : [`--git-dir=${gitDirectory}`, `--work-tree=${root}`];
    const settings = [
      ["core.fsmonitor", "false"],
      ...(options.network === true ? [] : offline(this.#local)),
      ...(this.foreign ? harmless(this.#local) : []),
    ] as const;
    // A name with `=` in it cannot be given as an option.
    const spoken = settings.filter(([name]) => !name.includes("=")).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const silent = settings.filter(([name]) => name.includes("="));
    const timeout = options.timeout ?? defaultTimeout;
    const result = this.#host.processes.run("git", [...place, ...spoken, ...words], {
      cwd: bare ? gitDirectory : root,
      environment: { ...this.#environment(), ...inEnvironment(silent), ...options.environment },
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
      GIT_NO_LAZY_FETCH: "1",
    };
  }
}

type GitSetting = readonly [name: string, value: string];

/** Settings that keep git from running what a repository's own configuration names. */
function harmless(local: GitConfig): GitSetting[] {
  return [
    ["core.hooksPath", "/dev/null"],
    ...local.subsections("filter").flatMap((name): GitSetting[] => [
      [`filter.${name}.clean`, ""],
      [`filter.${name}.process`, ""],
      [`filter.${name}.required`, "false"],
    ]),
  ];
}

/** Settings that keep git from talking to remotes. */
function offline(local: GitConfig): GitSetting[] {
  const protocols = new Set(["ext", "file", "git", "http", "https", "ssh", ...local.subsections("protocol")]);
  return [["protocol.allow", "never"], ...[...protocols].map((name): GitSetting => [`protocol.${name}.allow`, "never"])];
}

/** Settings as variables. */
function inEnvironment(settings: readonly GitSetting[]): Record<string, string> {
  if (settings.length === 0) return {};
  const rows = settings.flatMap(([name, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, name],
    [`GIT_CONFIG_VALUE_${i}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(rows) };
}

function reasonOf(words: readonly string[], result: RunResult): string {
  const text = new TextDecoder().decode(result.stderr).trim().split("\n").at(-1) ?? "";
  const what = result.failure === "ETIMEDOUT" ? "took too long" : text || `exit status ${result.status}`;
  return `git ${words.find((word) => !word.startsWith("-")) ?? ""}: ${what}`;
}
