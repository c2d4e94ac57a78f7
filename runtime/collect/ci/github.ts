/** What GitHub Actions doesn't say in variables (`collection.md` 6): an id of the job, kept in its temporary directory, and node ids from its API. */
import { HostError, type HttpRequest } from "../../host/host.js";
import { reasonOf } from "../../reason.js";
import { ask, askSync, jsonOf, type Outcome, problemOf, successText, textAt } from "../questions.js";
import { readRegularText } from "../regular-file.js";
import type { Job, Rule } from "./rules.js";

const idLength = 16;
const readAttempts = 65;
const readPause = 10;

/** An id shared by all runs of chalk in one job: whoever is first writes it into a file. Throws if that is impossible. */
export function uniqueId({ context, variable }: Job): string | undefined {
  const folder = variable("RUNNER_TEMP");
  if (folder === undefined) return undefined;
  const { files, machine, clock } = context.host;
  const path = `${folder}/BUILD_UNIQUE_ID.chalk`;
  const id = Array.from(machine.randomBytes(idLength / 2), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const file = files.open(path, "create-new", 0o600);
    try {
      file.write(new TextEncoder().encode(id), 0);
    } finally {
      file.close();
    }
    return id;
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "EEXIST") throw error;
  }
  // The other one may still be writing.
  for (let attempt = 0; attempt < readAttempts; attempt++) {
    const text = readRegularText(files, path).trim();
    if (text.length >= idLength) return text.slice(0, idLength);
    clock.sleepSync(readPause);
  }
  throw new Error(`${path} holds no id`);
}

interface ApiFailure {
  readonly code: string;
  readonly error: string;
}

interface ApiAnswer {
  readonly repository: string | undefined;
  readonly owner: string | undefined;
  readonly failure: ApiFailure | undefined;
}

const patience = { timeout: 5_000, retries: 2 };
const cacheName = "ci_github api";
const keyNames = ["BUILD_ORIGIN_KEY", "BUILD_ORIGIN_OWNER_KEY"];

const failed = (code: string, error: string): ApiAnswer => ({
  repository: undefined,
  owner: undefined,
  failure: { code, error },
});

/** What to ask; why nothing can be asked; undefined if the job doesn't say whom to ask. */
function question({ context, variable }: Job): HttpRequest | ApiAnswer | undefined {
  const [api, repository, token] = ["GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"].map(variable);
  if (api === undefined || repository === undefined) return undefined;
  if (token === undefined) {
    context.log(
      "warn",
      "github: GITHUB_TOKEN is not set, so ids of the repository cannot be asked for; the workflow must pass it to the step, as `env: GITHUB_TOKEN` with the value of `github.token`",
    );
    return failed("GITHUB_NO_TOKEN", "GITHUB_TOKEN is not set");
  }
  if (!/^https?:\/\//i.test(api)) return failed("GITHUB_INVALID_API_URL", `GITHUB_API_URL is not a web address: ${api}`);
  return {
    method: "GET",
    url: `${api.replace(/\/+$/, "")}/repos/${repository.replace(/^\/+|\/+$/g, "")}`,
    headers: { Authorization: `Bearer ${token}`, Accept: "application/vnd.github+json", "User-Agent": "chalk" },
  };
}

function understand(url: string, outcome: Outcome): ApiAnswer {
  const text = successText(outcome);
  if (text === undefined) {
    const code = outcome.kind === "answered" ? "GITHUB_API_ERROR" : "GITHUB_API_EXCEPTION";
    return failed(code, `${url}: ${problemOf(outcome)}`);
  }
  try {
    const described = jsonOf(text);
    return { repository: textAt(described, "node_id"), owner: textAt(described, "owner", "node_id"), failure: undefined };
  } catch (error) {
    return failed("GITHUB_API_EXCEPTION", `${url}: ${reasonOf(error)}`);
  }
}

/** The answer of the API, asked for once in an operation; undefined if the job doesn't say whom to ask. */
function answer(job: Job): ApiAnswer | undefined {
  const { cache, host } = job.context;
  if (!cache.has(cacheName)) {
    const asked = question(job);
    const isRequest = asked !== undefined && "url" in asked;
    cache.set(cacheName, isRequest ? understand(asked.url, askSync(host, asked, patience)) : asked);
  }
  return cache.get(cacheName) as ApiAnswer | undefined;
}

/** Has the API answer before the keys are asked for, without blocking. */
export async function askBeforehand(job: Job, prefix: "" | "_"): Promise<void> {
  const { cache, host } = job.context;
  if (cache.has(cacheName) || !keyNames.some((key) => job.context.subscribed(prefix + key))) return;
  const asked = question(job);
  const isRequest = asked !== undefined && "url" in asked;
  cache.set(cacheName, isRequest ? understand(asked.url, await ask(host, asked, patience)) : asked);
}

/** The two keys of the API. */
export const apiKeys: Readonly<Record<string, Rule>> = {
  BUILD_ORIGIN_KEY: (job) => answer(job)?.repository,
  BUILD_ORIGIN_OWNER_KEY: (job) => answer(job)?.owner,
};

/** Records under both keys, with the given prefix, that the API could not be asked; nothing if nobody wanted to. */
export function recordApiFailure({ context }: Job, prefix: "" | "_"): void {
  const asked = keyNames.some((key) => context.subscribed(prefix + key));
  const failure = asked ? (context.cache.get(cacheName) as ApiAnswer | undefined)?.failure : undefined;
  if (failure === undefined) return;
  context.log("trace", `github: ${failure.error}`);
  const description = "The GitHub API gave no ids of the repository and its owner.";
  for (const key of keyNames) context.fail?.(prefix + key, { ...failure, description });
}
