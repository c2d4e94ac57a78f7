// CODE_OWNERS: where the files are searched, and what wins.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { authors, githubCodeowners } from "../../../runtime/collect/owners.js";
import type { Collector } from "../../../runtime/collect/types.js";
import { createMemoryHost } from "../../../runtime/host/memory-host.js";
import { artifactOf, contextOf } from "../support/collect.js";

type Contents = Readonly<Record<string, string>>;

function owners(collector: Collector, files: Contents, path: string | undefined, places: readonly string[] = [], cwd = "/w") {
  const host = createMemoryHost({ files, cwd });
  const context = contextOf(host, ["CODE_OWNERS"], { operation: "insert", searchPath: places });
  const artifact = artifactOf("/unused", { path });
  return collector.collectArtifact!("pre_chalk_keys", artifact, context).get("CODE_OWNERS");
}

test("CODEOWNERS: three places, the nearest repository", () => {
  const repository: Contents = { "/r/.git/HEAD": "", "/r/a/b/x.sh": "", "/CODEOWNERS": "outside" };
  const find = (more: Contents, path = "/r/a/b/x.sh") => owners(githubCodeowners, { ...repository, ...more }, path);
  assert.is(find({}), undefined);
  assert.is(find({ "/r/docs/CODEOWNERS": "docs", "/r/.github/workflows/x": "" }), "docs", "a .github directory ends nothing");
  assert.is(find({ "/r/docs/CODEOWNERS": "docs", "/r/.github/CODEOWNERS": "hub" }), "hub");
  assert.is(find({ "/r/CODEOWNERS": "* @root\n", "/r/.github/CODEOWNERS": "hub" }), "* @root\n");
  assert.is(find({ "/r/CODEOWNERS": "" }), undefined);
  assert.is(find({ "/r/a/.git": "gitdir: ../x\n", "/r/a/CODEOWNERS": "inner", "/r/CODEOWNERS": "outer" }), "inner");
  assert.is(find({ "/elsewhere/CODEOWNERS": "itself" }, "/elsewhere/CODEOWNERS"), "itself");
  assert.is(owners(githubCodeowners, repository, undefined), undefined);
});

test("AUTHORS: from the directories of the operation", () => {
  const files: Contents = {
    "/w/r/.git/HEAD": "",
    "/w/r/sub/x": "",
    "/w/r/docs/AUTHORS": "docs",
    "/w/s/.git/HEAD": "",
    "/w/s/AUTHOR": "s",
  };
  assert.is(owners(authors, files, "/elsewhere", ["r/sub"]), "docs");
  assert.is(owners(authors, files, undefined, ["nowhere", "s", "r"]), "s");
  assert.is(owners(authors, files, undefined, ["."], "/w/r/sub"), "docs");
  assert.is(owners(authors, { ...files, "/w/r/AUTHORS": "root" }, undefined, ["r/sub/x"]), "root");
  assert.is(owners(authors, { "/w/AUTHORS": "no repository" }, undefined, ["."]), undefined);
});

test.run();
