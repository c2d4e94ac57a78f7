// The CI table of `collection.md` 6: every key of every system, who speaks first, and what GitHub doesn't say in variables.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ci } from "../../../../runtime/collect/ci/collector.js";
import { parseProperties } from "../../../../runtime/collect/ci/properties.js";
import type { CollectContext, KeyFailure } from "../../../../runtime/collect/types.js";
import { createHost } from "../../../../runtime/host/create.js";
import type { HttpRequest, Network } from "../../../../runtime/host/host.js";
import { contextOf, plain } from "../../support/collect.js";

const folder = mkdtempSync(join(tmpdir(), "chalk-ci-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

type Variables = Readonly<Record<string, string>>;
interface Options {
  readonly phase?: "pre_run_keys" | "post_run_keys";
  readonly keys?: readonly string[];
  readonly network?: Partial<Network>;
  readonly failures?: (readonly [string, KeyFailure])[];
  readonly logs?: string[];
}

function contextFor(environment: Variables, options: Options = {}): CollectContext {
  const real = createHost();
  const refuse = () => {
    throw new Error("nobody is asked unless somebody wants to know");
  };
  const host = {
    ...real,
    processes: { ...real.processes, environment: () => environment, variable: (name: string) => environment[name] },
    network: { ...real.network, requestSync: refuse, ...options.network },
  } as typeof real;
  const api = ["BUILD_ORIGIN_KEY", "BUILD_ORIGIN_OWNER_KEY", "_BUILD_ORIGIN_KEY", "_BUILD_ORIGIN_OWNER_KEY"];
  return contextOf(host, [], {
    subscribed: (key) => (options.keys === undefined ? !api.includes(key) : options.keys.includes(key)),
    fail: (key, failure) => void options.failures?.push([key, failure]),
    log: (level, message) => void options.logs?.push(`${level}: ${message}`),
  });
}

/** What each system says of an environment, those that say nothing left out. */
function say(environment: Variables, options: Options = {}): Record<string, Record<string, unknown>> {
  const context = contextFor(environment, options);
  const phase = options.phase ?? "pre_run_keys";
  const found = ci.map((one) => [one.name, plain(one.collectHost!(phase, context))] as const);
  return Object.fromEntries(found.filter(([, values]) => Object.keys(values as object).length > 0)) as never;
}

interface Case {
  readonly plugin: string;
  readonly environment: Variables;
  readonly keys: Readonly<Record<string, unknown>>;
}

const teamcity = join(folder, "build.properties");
writeFileSync(
  teamcity,
  "#comment=x\n! teamcity.build.id=0\n teamcity.build.id = 77 \nteamcity.serverUrl=https\\://tc.example\\:8111\nteamcity.build.branch=feature/\\u00fc\nteamcity.buildType.id=Proj_Build\nteamcity.build.triggeredBy.username=a\\=b\nnonsense\n",
);

const cases: readonly Case[] = [
  {
    plugin: "ci_github",
    environment: {
      CI: "true",
      GITHUB_SHA: "ffac537e6cbbf934b08745a378932722df287a53",
      GITHUB_RUN_ID: "1658821493",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_SERVER_URL: "https://github.com/",
      GITHUB_REPOSITORY: "/octo/hello/",
      GITHUB_API_URL: "https://api.github.com",
      GITHUB_REPOSITORY_ID: "11",
      GITHUB_REPOSITORY_OWNER_ID: "22",
      GITHUB_REF: "refs/tags/v1",
      GITHUB_REF_TYPE: "tag",
      GITHUB_EVENT_NAME: "push",
      GITHUB_WORKFLOW: "build",
      GITHUB_WORKFLOW_REF: "octo/hello/.github/workflows/b.yml@refs/heads/main",
      GITHUB_WORKFLOW_SHA: "abc",
      GITHUB_ACTOR: "octocat",
    },
    keys: {
      BUILD_ID: "1658821493",
      BUILD_ATTEMPT: "2",
      BUILD_COMMIT_ID: "ffac537e6cbbf934b08745a378932722df287a53",
      BUILD_URI: "https://github.com/octo/hello/actions/runs/1658821493/attempts/2",
      BUILD_API_URI: "https://api.github.com",
      BUILD_ORIGIN_ID: "11",
      BUILD_ORIGIN_OWNER_ID: "22",
      BUILD_ORIGIN_URI: "https://github.com/octo/hello",
      BUILD_REF: "refs/tags/v1",
      BUILD_WORKFLOW_NAME: "build",
      BUILD_WORKFLOW_PATH: "octo/hello/.github/workflows/b.yml@refs/heads/main",
      BUILD_WORKFLOW_HASH: "abc",
      BUILD_TRIGGER: "tag",
      BUILD_CONTACT: ["octocat"],
    },
  },
  {
    plugin: "ci_gitlab",
    environment: {
      CI: "true",
      GITLAB_CI: "true",
      CI_JOB_ID: "1",
      CI_COMMIT_SHA: "c0",
      CI_JOB_URL: "https://gitlab.com/j/1",
      CI_API_V4_URL: "https://gitlab.com/api/v4",
      CI_PROJECT_ID: "2",
      CI_PROJECT_NAMESPACE_ID: "3",
      CI_PROJECT_URL: "https://gitlab.com/p",
      CI_MERGE_REQUEST_REF_PATH: "refs/merge-requests/1/head",
      CI_PIPELINE_NAME: "pipe",
      CI_CONFIG_PATH: ".gitlab-ci.yml",
      CI_PIPELINE_SOURCE: "push",
      GITLAB_USER_LOGIN: "me",
    },
    keys: {
      BUILD_ID: "1",
      BUILD_COMMIT_ID: "c0",
      BUILD_URI: "https://gitlab.com/j/1",
      BUILD_API_URI: "https://gitlab.com/api/v4",
      BUILD_ORIGIN_ID: "2",
      BUILD_ORIGIN_OWNER_ID: "3",
      BUILD_ORIGIN_URI: "https://gitlab.com/p",
      BUILD_REF: "refs/merge-requests/1/head",
      BUILD_WORKFLOW_NAME: "pipe",
      BUILD_WORKFLOW_PATH: ".gitlab-ci.yml",
      BUILD_TRIGGER: "push",
      BUILD_CONTACT: ["me"],
    },
  },
  {
    plugin: "ci_jenkins",
    environment: {
      BUILD_ID: "9",
      GIT_COMMIT: "c1",
      BUILD_URL: "http://j/9",
      JENKINS_URL: "http://j/",
      JOB_NAME: "folder/job",
      GIT_URL: "git@x:y",
      GIT_BRANCH: "origin/feature/a",
      JOB_URL: "http://j/job",
      BUILD_CAUSE: "MANUALTRIGGER",
      NODE_NAME: "built-in",
    },
    keys: {
      BUILD_ID: "9",
      BUILD_COMMIT_ID: "c1",
      BUILD_URI: "http://j/9",
      BUILD_API_URI: "http://j/",
      BUILD_ORIGIN_ID: "folder/job",
      BUILD_ORIGIN_URI: "git@x:y",
      BUILD_REF: "refs/heads/feature/a",
      BUILD_WORKFLOW_NAME: "folder/job",
      BUILD_WORKFLOW_PATH: "http://j/job",
      BUILD_TRIGGER: "MANUALTRIGGER",
      BUILD_CONTACT: ["built-in"],
    },
  },
  {
    plugin: "ci_codebuild",
    environment: {
      CODEBUILD_BUILD_ARN: "arn:aws:codebuild:x",
      CODEBUILD_RESOLVED_SOURCE_VERSION: "c2",
      CODEBUILD_PUBLIC_BUILD_URL: "https://cb",
      CODEBUILD_SOURCE_REPO_URL: "https://github.com/a/b.git",
      CODEBUILD_SOURCE_VERSION: "v",
      CODEBUILD_WEBHOOK_TRIGGER: "pr/12",
      CODEBUILD_INITIATOR: "me",
    },
    keys: {
      BUILD_ID: "arn:aws:codebuild:x",
      BUILD_COMMIT_ID: "c2",
      BUILD_URI: "https://cb",
      BUILD_ORIGIN_URI: "https://github.com/a/b.git",
      BUILD_TRIGGER: "pr",
      BUILD_CONTACT: ["me"],
    },
  },
  {
    plugin: "ci_codebuild",
    environment: {
      CODEBUILD_SOURCE_REPO_URL: "s3://bucket/key.zip",
      CODEBUILD_SOURCE_VERSION: "v7",
      CODEBUILD_RESOLVED_SOURCE_VERSION: "zz",
    },
    keys: { BUILD_ORIGIN_URI: "s3://bucket/key.zip?versionId=v7" },
  },
  {
    plugin: "ci_buildkite",
    environment: {
      BUILDKITE: "true",
      BUILDKITE_JOB_ID: "j",
      BUILDKITE_COMMIT: "c3",
      BUILDKITE_BUILD_URL: "https://bk",
      BUILDKITE_PIPELINE_ID: "p",
      BUILDKITE_ORGANIZATION_SLUG: "org",
      BUILDKITE_REPO: "git@x:y",
      BUILDKITE_TAG: "",
      BUILDKITE_BRANCH: "main",
      BUILDKITE_PIPELINE_SLUG: "pipe",
      BUILDKITE_STEP_KEY: "step",
      BUILDKITE_SOURCE: "webhook",
      BUILDKITE_BUILD_CREATOR: "me",
    },
    keys: {
      BUILD_ID: "j",
      BUILD_COMMIT_ID: "c3",
      BUILD_URI: "https://bk",
      BUILD_ORIGIN_ID: "p",
      BUILD_ORIGIN_OWNER_ID: "org",
      BUILD_ORIGIN_URI: "git@x:y",
      BUILD_REF: "refs/heads/main",
      BUILD_WORKFLOW_NAME: "pipe",
      BUILD_WORKFLOW_PATH: "step",
      BUILD_TRIGGER: "webhook",
      BUILD_CONTACT: ["me"],
    },
  },
  {
    plugin: "ci_circleci",
    environment: {
      CIRCLECI: "true",
      CIRCLE_WORKFLOW_JOB_ID: "j",
      CIRCLE_SHA1: "c4",
      CIRCLE_BUILD_URL: "https://cc",
      CIRCLE_PROJECT_ID: "p",
      CIRCLE_ORGANIZATION_ID: "o",
      CIRCLE_REPOSITORY_URL: "git@x:y",
      CIRCLE_TAG: "v1",
      CIRCLE_BRANCH: "main",
      CIRCLE_WORKFLOW_ID: "w",
      CIRCLE_JOB: "job",
      CIRCLE_USERNAME: "me",
    },
    keys: {
      BUILD_ID: "j",
      BUILD_COMMIT_ID: "c4",
      BUILD_URI: "https://cc",
      BUILD_ORIGIN_ID: "p",
      BUILD_ORIGIN_OWNER_ID: "o",
      BUILD_ORIGIN_URI: "git@x:y",
      BUILD_REF: "refs/tags/v1",
      BUILD_WORKFLOW_NAME: "w",
      BUILD_WORKFLOW_PATH: "job",
      BUILD_CONTACT: ["me"],
    },
  },
  {
    plugin: "ci_azure_devops",
    environment: {
      TF_BUILD: "True",
      SYSTEM_JOBID: "j",
      BUILD_SOURCEVERSION: "c5",
      SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: "https://dev.azure.com/org/",
      SYSTEM_TEAMPROJECT: "proj",
      BUILD_BUILDID: "5",
      BUILD_REPOSITORY_ID: "r",
      SYSTEM_TEAMPROJECTID: "tp",
      BUILD_REPOSITORY_URI: "https://az/repo",
      BUILD_SOURCEBRANCH: "refs/heads/main",
      BUILD_DEFINITIONNAME: "def",
      SYSTEM_DEFINITIONID: "12",
      BUILD_REASON: "Manual",
      BUILD_REQUESTEDFOR: "Me",
    },
    keys: {
      BUILD_ID: "j",
      BUILD_COMMIT_ID: "c5",
      BUILD_URI: "https://dev.azure.com/org/proj/_build/results?buildId=5",
      BUILD_API_URI: "https://dev.azure.com/org/",
      BUILD_ORIGIN_ID: "r",
      BUILD_ORIGIN_OWNER_ID: "tp",
      BUILD_ORIGIN_URI: "https://az/repo",
      BUILD_REF: "refs/heads/main",
      BUILD_WORKFLOW_NAME: "def",
      BUILD_WORKFLOW_PATH: "12",
      BUILD_TRIGGER: "Manual",
      BUILD_CONTACT: ["Me"],
    },
  },
  {
    plugin: "ci_bitbucket",
    environment: {
      BITBUCKET_BUILD_NUMBER: "3",
      BITBUCKET_PIPELINE_UUID: "{p}",
      BITBUCKET_STEP_UUID: "{s}",
      BITBUCKET_COMMIT: "c6",
      BITBUCKET_GIT_HTTP_ORIGIN: "http://bitbucket.org/w/r/",
      BITBUCKET_REPO_UUID: "{r}",
      BITBUCKET_WORKSPACE: "w",
      BITBUCKET_BRANCH: "main",
      BITBUCKET_REPO_FULL_NAME: "w/r",
      BITBUCKET_PR_ID: "1",
      BITBUCKET_TAG: "",
    },
    keys: {
      BUILD_ID: "{s}",
      BUILD_COMMIT_ID: "c6",
      BUILD_URI: "http://bitbucket.org/w/r/pipelines/results/3",
      BUILD_ORIGIN_ID: "{r}",
      BUILD_ORIGIN_OWNER_ID: "w",
      BUILD_ORIGIN_URI: "http://bitbucket.org/w/r/",
      BUILD_REF: "refs/heads/main",
      BUILD_WORKFLOW_NAME: "w/r",
      BUILD_WORKFLOW_PATH: "{p}",
      BUILD_TRIGGER: "pullrequest",
    },
  },
  {
    plugin: "ci_teamcity",
    environment: {
      TEAMCITY_VERSION: "2023",
      TEAMCITY_BUILD_PROPERTIES_FILE: teamcity,
      BUILD_NUMBER: "8",
      BUILD_VCS_NUMBER: "c7",
      BUILD_URL: "https://tc/8",
      TEAMCITY_BUILDCONF_NAME: "Conf",
    },
    keys: {
      BUILD_ID: "77",
      BUILD_COMMIT_ID: "c7",
      BUILD_URI: "https://tc/8",
      BUILD_API_URI: "https://tc.example:8111",
      BUILD_REF: "refs/heads/feature/ü",
      BUILD_WORKFLOW_NAME: "Conf",
      BUILD_WORKFLOW_PATH: "Proj_Build",
      BUILD_CONTACT: ["a=b"],
    },
  },
  {
    plugin: "ci_teamcity",
    environment: { TEAMCITY_VERSION: "2023", TEAMCITY_BUILD_PROPERTIES_FILE: "/nonexistent", BUILD_NUMBER: "8" },
    keys: { BUILD_ID: "8" },
  },
];

for (const { plugin, environment, keys } of cases)
  test(`${plugin}: ${Object.keys(keys).length} keys`, () => {
    assert.equal(say(environment), { [plugin]: keys });
    const late = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`_${key}`, value]));
    assert.equal(say(environment, { phase: "post_run_keys" }), { [plugin]: late });
  });

test("CI alone, or another system's variables, make nobody speak", () => {
  assert.equal(say({ CI: "true" }), {});
  assert.equal(say({ CI: "true", RUNNER_TEMP: folder, GITHUB_TOKEN: "t", JOB_NAME: "x", NODE_NAME: "n", GIT_URL: "u" }), {});
  assert.equal(say({ CI: "", BITBUCKET_PIPELINE_UUID: "" }), {});
  assert.equal(Object.keys(say({ CI: "true", JENKINS_HOME: "/j", JOB_NAME: "x" })), ["ci_jenkins"]);
});

test("small rules: triggers, refs, check runs", () => {
  const github = (more: Variables) => say({ GITHUB_SHA: "x", ...more })["ci_github"]!;
  assert.is(github({ GITHUB_EVENT_NAME: "push", GITHUB_REF_TYPE: "branch" })["BUILD_TRIGGER"], "push");
  const run = { GITHUB_SERVER_URL: "https://g", GITHUB_REPOSITORY: "a/b", GITHUB_RUN_ID: "1" };
  assert.is(github(run)["BUILD_URI"], "https://g/a/b/actions/runs/1");
  const checked = github({ ...run, GITHUB_RUN_ATTEMPT: "2", GITHUB_CHECK_RUN_ID: "55" });
  assert.is(checked["BUILD_URI"], "https://g/a/b/actions/runs/1/job/55");
  assert.is(checked["BUILD_ID"], "55");
  assert.not.ok("BUILD_URI" in github({ GITHUB_SERVER_URL: "https://g", GITHUB_RUN_ID: "1" }));
  const jenkins = (branch: string) => say({ BUILD_ID: "1", GIT_BRANCH: branch })["ci_jenkins"]!["BUILD_REF"];
  assert.is(jenkins("refs/heads/x"), "refs/heads/x");
  assert.is(jenkins("main"), "refs/heads/main");
  const bitbucket = (more: Variables) => say({ BITBUCKET_BUILD_NUMBER: "1", ...more })["ci_bitbucket"]!["BUILD_TRIGGER"];
  assert.is(bitbucket({ BITBUCKET_TAG: "v1" }), "tag");
  assert.is(bitbucket({}), "push");
});

test("property files", () => {
  const found = parseProperties("a\\=b = c=d\r\n#x=y\n  ! z=1\nu=\\u65E5\\u672c\\\\ \nempty=\nnothing\n");
  assert.equal(
    [...found],
    [
      ["a=b", "c=d"],
      ["u", "日本\\"],
      ["empty", ""],
    ],
  );
});

test("one job has one id", () => {
  const environment = { GITHUB_SHA: "x", RUNNER_TEMP: folder };
  const first = say(environment, { keys: ["BUILD_UNIQUE_ID"] })["ci_github"]!["BUILD_UNIQUE_ID"] as string;
  assert.match(first, /^[0-9a-f]{16}$/);
  const file = join(folder, "BUILD_UNIQUE_ID.chalk");
  assert.is(readFileSync(file, "utf8"), first);
  assert.is(statSync(file).mode & 0o777, 0o600);
  const late = say(environment, { keys: ["_BUILD_UNIQUE_ID"], phase: "post_run_keys" });
  assert.equal(late, { ci_github: { _BUILD_UNIQUE_ID: first } });
  const failures: [string, KeyFailure][] = [];
  assert.equal(say({ ...environment, RUNNER_TEMP: join(folder, "none") }, { keys: ["BUILD_UNIQUE_ID"], failures }), {});
  assert.equal(
    failures.map(([key, { code }]) => [key, code]),
    [["BUILD_UNIQUE_ID", "KEY_COLLECTION_ERROR"]],
  );
});

const apiJob = { CI: "1", GITHUB_API_URL: "https://api.example/", GITHUB_REPOSITORY: "a/b", GITHUB_TOKEN: "geheim" };
const apiKeys = ["BUILD_ORIGIN_KEY", "BUILD_ORIGIN_OWNER_KEY"];

test("node ids from the API", () => {
  const requests: HttpRequest[] = [];
  const body = new TextEncoder().encode('{"node_id":"R_1","owner":{"node_id":"U_1"}}');
  const requestSync = (request: HttpRequest) => {
    requests.push(request);
    return { status: requests.length < 3 ? 502 : 200, statusText: "", headers: {}, body };
  };
  const found = say(apiJob, { keys: apiKeys, network: { requestSync } });
  assert.equal(found, { ci_github: { BUILD_ORIGIN_KEY: "R_1", BUILD_ORIGIN_OWNER_KEY: "U_1" } });
  assert.is(requests.length, 3);
  assert.is(requests[0]!.url, "https://api.example/repos/a/b");
  assert.is(requests[0]!.headers["Authorization"], "Bearer geheim");
});

test("reports ask the API without blocking, and only if somebody wants to know", async () => {
  const github = ci.find(({ name }) => name === "ci_github")!;
  const body = new TextEncoder().encode('{"node_id":"R_1","owner":{"node_id":"U_1"}}');
  let count = 0;
  const network = {
    request: async () => {
      count += 1;
      return { status: 200, statusText: "", headers: {}, body };
    },
  };
  const late = await github.collectReport!(contextFor(apiJob, { keys: apiKeys.map((key) => `_${key}`), network }));
  assert.equal(plain(late), { _BUILD_ORIGIN_KEY: "R_1", _BUILD_ORIGIN_OWNER_KEY: "U_1" });
  assert.is(count, 1);
  await github.collectReport!(contextFor(apiJob, { keys: ["_BUILD_REF"], network }));
  assert.is(count, 1);
  const failures: [string, KeyFailure][] = [];
  const refuse = { request: async () => ({ status: 403, statusText: "", headers: {}, body: new Uint8Array() }) };
  await github.collectReport!(contextFor(apiJob, { keys: ["_BUILD_ORIGIN_KEY"], network: refuse, failures }));
  assert.equal(
    failures.map(([key, { code }]) => `${key} ${code}`),
    ["_BUILD_ORIGIN_KEY GITHUB_API_ERROR", "_BUILD_ORIGIN_OWNER_KEY GITHUB_API_ERROR"],
  );
});

test("failures of the API", () => {
  const codes = (environment: Variables, requestSync: Network["requestSync"]) => {
    const failures: [string, KeyFailure][] = [];
    const logs: string[] = [];
    assert.equal(say(environment, { keys: [...apiKeys], failures, logs, network: { requestSync } }), {});
    assert.equal(
      failures.map(([key]) => key),
      apiKeys,
    );
    assert.not.match(JSON.stringify([failures, logs]), /geheim/);
    return [failures[0]![1].code, logs.filter((line) => line.startsWith("warn")).length];
  };
  const refuse = () => ({ status: 404, statusText: "Not Found", headers: {}, body: new Uint8Array() });
  const fall = () => {
    throw new Error("ECONNREFUSED");
  };
  assert.equal(codes({ ...apiJob, GITHUB_TOKEN: "" }, fall), ["GITHUB_NO_TOKEN", 1]);
  assert.equal(codes({ ...apiJob, GITHUB_API_URL: "ftp://x" }, fall), ["GITHUB_INVALID_API_URL", 0]);
  assert.equal(codes(apiJob, refuse), ["GITHUB_API_ERROR", 0]);
  assert.equal(codes(apiJob, fall), ["GITHUB_API_EXCEPTION", 0]);
});

test.run();
