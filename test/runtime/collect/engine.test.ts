// The collectors of repositories, CI and owners inside the whole program: what they find reaches marks and reports.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, runChalk } from "../../helpers/program.js";
import { createRepo } from "./git/repositories.js";

const place = createPlace();
const repo = createRepo();
repo.write("CODEOWNERS", "* @team\n");
repo.write("bin/tool.sh", "#!/bin/sh\necho\n");
repo.git("add", ".");
repo.git("commit", "-q", "-m", "Start");
repo.git("tag", "-a", "v1", "-m", "First");
repo.git("remote", "add", "origin", "https://me:hidden-word@git.example/tool.git");
const id = repo.git("rev-parse", "HEAD");

test("env tells the commit of the current directory and the CI job", () => {
  const environment = { GITLAB_CI: "true", CI_JOB_ID: "42", GITLAB_USER_LOGIN: "ann" };
  const { status, stderr, reports } = runChalk(place, ["env"], { cwd: join(repo.root, "bin"), environment });
  assert.is(status, 0, stderr);
  const report = reports[0]!;
  assert.is(report["_COMMIT_ID"], id);
  assert.is(report["_BRANCH"], "main");
  assert.is(report["_TAG"], "v1");
  assert.is(report["_ORIGIN_URI"], "https://git.example/tool.git");
  assert.is(report["_BUILD_ID"], "42");
  assert.equal(report["_BUILD_CONTACT"], ["ann"]);
  assert.not.ok("_NETWORK_PARTIAL_TRACEROUTE_IPS" in report);
  assert.not.ok("_OP_FAILED_KEYS" in report, JSON.stringify(report["_OP_FAILED_KEYS"]));
  assert.not.match(JSON.stringify(reports), /hidden-word/);
});

test("env outside of repositories and CI says nothing of them", () => {
  const { stderr, reports } = runChalk(place, ["env"]);
  for (const key of Object.keys(reports[0]!)) assert.not.match(key, /^_(COMMIT|BRANCH|TAG|ORIGIN|VCS|BUILD)/);
  assert.not.match(stderr, /git/);
});

test("insert puts commit, owners and path into mark and report", () => {
  mkdirSync(join(repo.root, "extra"));
  writeFileSync(join(repo.root, "extra/AUTHORS"), "not in a place that counts\n");
  const { status, stderr, reports } = runChalk(place, ["insert", "bin"], { cwd: repo.root });
  assert.is(status, 0, stderr);
  const [artifact] = reports[0]!["_CHALKS"];
  assert.is(artifact["COMMIT_ID"], id);
  assert.is(artifact["CODE_OWNERS"], "* @team\n");
  assert.is(artifact["VCS_DIR_WHEN_CHALKED"], repo.root);
  assert.is(artifact["_OP_ARTIFACT_PATH_WITHIN_VCTL"], "bin/tool.sh");
  assert.is(reports[0]!["_COMMIT_ID"], id);
});

test("a plugin that is disabled is silent", () => {
  const config = "plugin.vctl_git.enabled: false\n";
  const { status, stderr, reports } = runChalk(place, ["env"], { cwd: repo.root, config });
  assert.is(status, 0, stderr);
  assert.not.ok("_COMMIT_ID" in reports[0]!);
});

test.run();
