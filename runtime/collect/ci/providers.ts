/** CI systems (`collection.md` 6): how a job of theirs is recognised, and which variables say what. All data; the rules are in `rules.ts`. */
import { apiKeys, uniqueId } from "./github.js";
import {
  always,
  asBranchRef,
  changed,
  either,
  type Job,
  joined,
  property,
  type Rule,
  tagOrBranch,
  variable,
  when,
  withoutEndSlash,
} from "./rules.js";

export interface Provider {
  /** Of the plugin. */
  readonly name: string;
  /** It is this system's job if one of them is set … */
  readonly active: readonly string[];
  /** … and one of these, which nobody else sets; absent: `active` says enough. */
  readonly own?: readonly string[];
  /** By key without underscore. */
  readonly keys: Readonly<Record<string, Rule>>;
}

const isStoredObject = (url: string | undefined): boolean => url?.startsWith("s3://") === true;

const githubBase = joined(
  changed(variable("GITHUB_SERVER_URL"), withoutEndSlash),
  "/",
  changed(variable("GITHUB_REPOSITORY"), (text) => text.replace(/^\/+|\/+$/g, "")),
);
const githubAttempt = either(
  joined("/job/", variable("GITHUB_CHECK_RUN_ID")),
  joined("/attempts/", variable("GITHUB_RUN_ATTEMPT")),
  always(""),
);
const githubTrigger = ({ variable: get }: Job): string | undefined =>
  get("GITHUB_EVENT_NAME") === "push" && get("GITHUB_REF_TYPE") === "tag" ? "tag" : get("GITHUB_EVENT_NAME");

const codebuildSource = (job: Job): string | undefined => {
  const [url, version] = [job.variable("CODEBUILD_SOURCE_REPO_URL"), job.variable("CODEBUILD_SOURCE_VERSION")];
  return isStoredObject(url) && version !== undefined ? `${url}?versionId=${version}` : url;
};
const codebuildCommit = (job: Job): string | undefined =>
  isStoredObject(job.variable("CODEBUILD_SOURCE_REPO_URL")) ? undefined : job.variable("CODEBUILD_RESOLVED_SOURCE_VERSION");

const azureCollection = variable("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI");

/** In the order in which they are asked. */
export const providers: readonly Provider[] = [
  {
    name: "ci_github",
    active: ["CI", "GITHUB_SHA"],
    own: [
      "GITHUB_SHA",
      "GITHUB_RUN_ID",
      "GITHUB_CHECK_RUN_ID",
      "GITHUB_RUN_ATTEMPT",
      "GITHUB_API_URL",
      "GITHUB_SERVER_URL",
      "GITHUB_REPOSITORY",
      "GITHUB_REPOSITORY_ID",
      "GITHUB_REPOSITORY_OWNER_ID",
      "GITHUB_REF",
      "GITHUB_WORKFLOW",
      "GITHUB_WORKFLOW_REF",
      "GITHUB_WORKFLOW_SHA",
      "GITHUB_EVENT_NAME",
      "GITHUB_ACTOR",
    ],
    keys: {
      BUILD_ID: variable("GITHUB_CHECK_RUN_ID", "GITHUB_RUN_ID"),
      BUILD_UNIQUE_ID: uniqueId,
      BUILD_ATTEMPT: variable("GITHUB_RUN_ATTEMPT"),
      BUILD_COMMIT_ID: variable("GITHUB_SHA"),
      BUILD_URI: joined(githubBase, "/actions/runs/", variable("GITHUB_RUN_ID"), githubAttempt),
      BUILD_API_URI: variable("GITHUB_API_URL"),
      BUILD_ORIGIN_ID: variable("GITHUB_REPOSITORY_ID"),
      BUILD_ORIGIN_OWNER_ID: variable("GITHUB_REPOSITORY_OWNER_ID"),
      ...apiKeys,
      BUILD_ORIGIN_URI: githubBase,
      BUILD_REF: variable("GITHUB_REF"),
      BUILD_WORKFLOW_NAME: variable("GITHUB_WORKFLOW"),
      BUILD_WORKFLOW_PATH: variable("GITHUB_WORKFLOW_REF"),
      BUILD_WORKFLOW_HASH: variable("GITHUB_WORKFLOW_SHA"),
      BUILD_TRIGGER: githubTrigger,
      BUILD_CONTACT: variable("GITHUB_ACTOR"),
    },
  },
  {
    name: "ci_jenkins",
    active: ["CI", "BUILD_ID"],
    own: ["JENKINS_URL", "JENKINS_HOME", "BUILD_TAG", "BUILD_ID"],
    keys: {
      BUILD_ID: variable("BUILD_ID"),
      BUILD_COMMIT_ID: variable("GIT_COMMIT"),
      BUILD_URI: variable("BUILD_URL"),
      BUILD_API_URI: variable("JENKINS_URL"),
      BUILD_ORIGIN_ID: variable("JOB_NAME"),
      BUILD_ORIGIN_URI: variable("GIT_URL"),
      BUILD_REF: changed(variable("GIT_BRANCH"), (text) => asBranchRef(text.replace(/^origin\//, ""))),
      BUILD_WORKFLOW_NAME: variable("JOB_NAME"),
      BUILD_WORKFLOW_PATH: variable("JOB_URL"),
      BUILD_TRIGGER: variable("BUILD_CAUSE"),
      BUILD_CONTACT: variable("NODE_NAME"),
    },
  },
  {
    name: "ci_gitlab",
    active: ["CI", "GITLAB_CI"],
    keys: {
      BUILD_ID: variable("CI_JOB_ID"),
      BUILD_COMMIT_ID: variable("CI_COMMIT_SHA"),
      BUILD_URI: variable("CI_JOB_URL"),
      BUILD_API_URI: variable("CI_API_V4_URL"),
      BUILD_ORIGIN_ID: variable("CI_PROJECT_ID"),
      BUILD_ORIGIN_OWNER_ID: variable("CI_PROJECT_NAMESPACE_ID"),
      BUILD_ORIGIN_URI: variable("CI_PROJECT_URL"),
      BUILD_REF: variable("CI_MERGE_REQUEST_REF_PATH"),
      BUILD_WORKFLOW_NAME: variable("CI_PIPELINE_NAME"),
      BUILD_WORKFLOW_PATH: variable("CI_CONFIG_PATH"),
      BUILD_TRIGGER: variable("CI_PIPELINE_SOURCE"),
      BUILD_CONTACT: variable("GITLAB_USER_LOGIN"),
    },
  },
  {
    name: "ci_codebuild",
    active: ["CODEBUILD_BUILD_ARN", "CODEBUILD_SOURCE_REPO_URL"],
    keys: {
      BUILD_ID: variable("CODEBUILD_BUILD_ARN"),
      BUILD_COMMIT_ID: codebuildCommit,
      BUILD_URI: variable("CODEBUILD_PUBLIC_BUILD_URL"),
      BUILD_ORIGIN_URI: codebuildSource,
      BUILD_TRIGGER: changed(variable("CODEBUILD_WEBHOOK_TRIGGER"), (text) => text.split("/")[0]),
      BUILD_CONTACT: variable("CODEBUILD_INITIATOR"),
    },
  },
  {
    name: "ci_buildkite",
    active: ["BUILDKITE", "BUILDKITE_BUILD_ID"],
    keys: {
      BUILD_ID: variable("BUILDKITE_JOB_ID"),
      BUILD_COMMIT_ID: variable("BUILDKITE_COMMIT"),
      BUILD_URI: variable("BUILDKITE_BUILD_URL"),
      BUILD_ORIGIN_ID: variable("BUILDKITE_PIPELINE_ID"),
      BUILD_ORIGIN_OWNER_ID: variable("BUILDKITE_ORGANIZATION_SLUG"),
      BUILD_ORIGIN_URI: variable("BUILDKITE_REPO"),
      BUILD_REF: tagOrBranch("BUILDKITE_TAG", "BUILDKITE_BRANCH"),
      BUILD_WORKFLOW_NAME: variable("BUILDKITE_PIPELINE_SLUG"),
      BUILD_WORKFLOW_PATH: variable("BUILDKITE_STEP_KEY"),
      BUILD_TRIGGER: variable("BUILDKITE_SOURCE"),
      BUILD_CONTACT: variable("BUILDKITE_BUILD_CREATOR"),
    },
  },
  {
    name: "ci_circleci",
    active: ["CIRCLECI", "CIRCLE_BUILD_NUM"],
    keys: {
      BUILD_ID: variable("CIRCLE_WORKFLOW_JOB_ID"),
      BUILD_COMMIT_ID: variable("CIRCLE_SHA1"),
      BUILD_URI: variable("CIRCLE_BUILD_URL"),
      BUILD_ORIGIN_ID: variable("CIRCLE_PROJECT_ID"),
      BUILD_ORIGIN_OWNER_ID: variable("CIRCLE_ORGANIZATION_ID"),
      BUILD_ORIGIN_URI: variable("CIRCLE_REPOSITORY_URL"),
      BUILD_REF: tagOrBranch("CIRCLE_TAG", "CIRCLE_BRANCH"),
      BUILD_WORKFLOW_NAME: variable("CIRCLE_WORKFLOW_ID"),
      BUILD_WORKFLOW_PATH: variable("CIRCLE_JOB"),
      BUILD_CONTACT: variable("CIRCLE_USERNAME"),
    },
  },
  {
    name: "ci_azure_devops",
    active: ["TF_BUILD", "BUILD_BUILDID"],
    keys: {
      BUILD_ID: variable("SYSTEM_JOBID"),
      BUILD_COMMIT_ID: variable("BUILD_SOURCEVERSION"),
      BUILD_URI: joined(
        changed(azureCollection, withoutEndSlash),
        "/",
        variable("SYSTEM_TEAMPROJECT"),
        "/_build/results?buildId=",
        variable("BUILD_BUILDID"),
      ),
      BUILD_API_URI: azureCollection,
      BUILD_ORIGIN_ID: variable("BUILD_REPOSITORY_ID"),
      BUILD_ORIGIN_OWNER_ID: variable("SYSTEM_TEAMPROJECTID"),
      BUILD_ORIGIN_URI: variable("BUILD_REPOSITORY_URI"),
      BUILD_REF: variable("BUILD_SOURCEBRANCH"),
      BUILD_WORKFLOW_NAME: variable("BUILD_DEFINITIONNAME"),
      BUILD_WORKFLOW_PATH: variable("SYSTEM_DEFINITIONID"),
      BUILD_TRIGGER: variable("BUILD_REASON"),
      BUILD_CONTACT: variable("BUILD_REQUESTEDFOR"),
    },
  },
  {
    name: "ci_bitbucket",
    active: ["BITBUCKET_BUILD_NUMBER", "BITBUCKET_PIPELINE_UUID"],
    keys: {
      BUILD_ID: variable("BITBUCKET_STEP_UUID"),
      BUILD_COMMIT_ID: variable("BITBUCKET_COMMIT"),
      BUILD_URI: joined(
        changed(variable("BITBUCKET_GIT_HTTP_ORIGIN"), withoutEndSlash),
        "/pipelines/results/",
        variable("BITBUCKET_BUILD_NUMBER"),
      ),
      BUILD_ORIGIN_ID: variable("BITBUCKET_REPO_UUID"),
      BUILD_ORIGIN_OWNER_ID: variable("BITBUCKET_WORKSPACE"),
      BUILD_ORIGIN_URI: variable("BITBUCKET_GIT_HTTP_ORIGIN"),
      BUILD_REF: tagOrBranch("BITBUCKET_TAG", "BITBUCKET_BRANCH"),
      BUILD_WORKFLOW_NAME: variable("BITBUCKET_REPO_FULL_NAME"),
      BUILD_WORKFLOW_PATH: variable("BITBUCKET_PIPELINE_UUID"),
      BUILD_TRIGGER: either(when("BITBUCKET_PR_ID", "pullrequest"), when("BITBUCKET_TAG", "tag"), always("push")),
    },
  },
  {
    name: "ci_teamcity",
    active: ["TEAMCITY_VERSION"],
    keys: {
      BUILD_ID: either(property("teamcity.build.id"), variable("BUILD_NUMBER")),
      BUILD_COMMIT_ID: variable("BUILD_VCS_NUMBER"),
      BUILD_URI: variable("BUILD_URL"),
      BUILD_API_URI: property("teamcity.serverUrl"),
      BUILD_REF: changed(property("teamcity.build.branch"), asBranchRef),
      BUILD_WORKFLOW_NAME: variable("TEAMCITY_BUILDCONF_NAME"),
      BUILD_WORKFLOW_PATH: property("teamcity.buildType.id"),
      BUILD_CONTACT: property("teamcity.build.triggeredBy.username"),
    },
  },
];
