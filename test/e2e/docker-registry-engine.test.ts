/**
 * Push, pull, build and extract with a real engine and a real registry (`docker.md` 7.2, 13.3, 15): what reports say must be what the registry has. Runs only
 * if asked for (`startEngine`) and with Debian's docker-registry.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OwnEngine, startEngine } from "../helpers/docker-engine.js";
import { RealRegistry } from "../helpers/docker-registry.js";
import { createSandbox, type Report } from "../helpers/sandbox.js";

const engine = await startEngine();
const registry = engine instanceof OwnEngine ? await RealRegistry.start() : engine;
const runs = engine instanceof OwnEngine && registry instanceof RealRegistry;
const check = runs ? test : test.skip;
if (!runs) console.log(`SKIPPED docker with a real registry: ${registry}`);

const box = createSandbox();
const name = registry instanceof RealRegistry ? registry.name : "";
const app = `${name}/team/app`;
const docker = (...words: string[]): string => (engine as OwnEngine).docker(words);

/** Runs chalk, which must succeed without a word of its own at level `error`; returns its last report. */
function chalk(...words: string[]): Report {
  const environment = (engine as OwnEngine).environment();
  const result = box.run(["--no-use-external-config", "--log-level=error", ...words], { environment });
  assert.is(result.status, 0, result.stderr);
  assert.not.match(result.stderr, '"msg"');
  return box.reports.at(-1) as Report;
}

function context(folder: string, dockerfile: string): string {
  const path = join(box.work, folder);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "Dockerfile"), dockerfile);
  writeFileSync(join(path, "program"), `#!/bin/sh\necho ${folder}\n`, { mode: 0o755 });
  return path;
}

async function manifest(reference: string): Promise<{ digest: string; layers: string[] }> {
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  const response = await fetch(`http://${name}/v2/team/app/manifests/${reference}`, { headers: { Accept: accept } });
  const json = (await response.json()) as { layers: { digest: string }[] };
  const plain = (text: string) => text.replace("sha256:", "");
  return {
    digest: plain(response.headers.get("docker-content-digest") ?? ""),
    layers: json.layers.map(({ digest }) => plain(digest)),
  };
}

test.after(async () => {
  if (registry instanceof RealRegistry) await registry.stop();
  if (engine instanceof OwnEngine) await engine.stop();
});

check("push: the report names the repository, digest, tag and layers that the registry has", async () => {
  const build = chalk(
    "docker",
    "build",
    "-q",
    "-t",
    `${app}:1`,
    context("app", 'FROM scratch\nCOPY program /b\nENTRYPOINT ["/b"]\n'),
  );
  assert.is(build["_CHALKS"][0]._REPO_DIGESTS, undefined, "nothing is pushed yet");
  const [pushed] = chalk("docker", "push", "-q", `${app}:1`)["_CHALKS"];
  const { digest, layers } = await manifest("1");
  assert.is(pushed.CHALK_ID, build["_CHALKS"][0].CHALK_ID);
  assert.equal(pushed._REPO_DIGESTS, { [name]: { "team/app": [digest] } });
  assert.equal(pushed._REPO_TAGS, { [name]: { "team/app": { "1": digest } } });
  assert.equal(pushed._IMAGE_LAYERS, layers);
  assert.is(pushed._IMAGE_CONFIG_DIGEST, pushed._CURRENT_HASH);
});

check("a tag that points elsewhere by now is left out", async () => {
  docker("tag", `${app}:1`, `${app}:moved`);
  docker("push", "-q", `${app}:moved`);
  docker("build", "-q", "-t", `${app}:other`, context("other", "FROM scratch\nCOPY program /other\n"));
  docker("tag", `${app}:moved`, "keep:1");
  docker("tag", `${app}:other`, `${app}:moved`);
  docker("push", "-q", `${app}:moved`);
  docker("tag", "keep:1", `${app}:moved`);
  const [pushed] = chalk("docker", "push", "-q", `${app}:1`)["_CHALKS"];
  assert.equal(Object.keys(pushed._REPO_TAGS[name]["team/app"]), ["1"]);
  docker("rmi", "-f", `${app}:moved`, `${app}:other`, "keep:1");
});

check("pull and extract: of the engine, and of the registry alone", () => {
  const { CHALK_ID } = (box.reports.at(-1) as Report)["_CHALKS"][0];
  docker("rmi", "-f", `${app}:1`);
  const remote = chalk("extract", `${app}:1`);
  assert.is(remote["_CHALKS"][0].CHALK_ID, CHALK_ID);
  assert.equal(remote["_CHALKS"][0]._IMAGE_ENTRYPOINT, ["/b"]);
  assert.ok(remote["_CHALKS"][0]._REPO_TAGS[name]["team/app"]["1"]);
  const pulled = chalk("docker", "pull", "-q", `${app}:1`);
  assert.is(pulled["_OPERATION"], "pull");
  assert.is(pulled["_CHALKS"][0].CHALK_ID, CHALK_ID);
  assert.equal(pulled["_CHALKS"][0]._REPO_DIGESTS, remote["_CHALKS"][0]._REPO_DIGESTS);
  assert.is(chalk("extract", `${app}:1`)["_CHALKS"][0].CHALK_ID, CHALK_ID);
});

check("a base image of the registry is pinned, and its mark is in the mark of what is built on it", async () => {
  const { digest } = await manifest("1");
  const report = chalk("docker", "build", "-q", "-t", "child:1", context("child", `FROM ${app}:1\nLABEL a=b\n`));
  const [child] = report["_CHALKS"];
  assert.is(child.DOCKER_BASE_IMAGE, `${app}:1@sha256:${digest}`);
  assert.is(child.DOCKER_BASE_IMAGE_DIGEST, digest);
  assert.ok(child.DOCKER_BASE_IMAGE_METADATA_ID);
  const [base] = report["_COLLECTED_ARTIFACTS"];
  assert.is(base._OP_ARTIFACT_CONTEXT, "base");
  assert.equal(base._REPO_DIGESTS, { [name]: { "team/app": [digest] } });
});

check("an image of ours on a chalked one, made without chalk, is unmarked also in the registry", () => {
  docker("build", "-q", "-t", `${app}:plain`, context("plain", `FROM ${app}:1\nCOPY program /more\n`));
  docker("push", "-q", `${app}:plain`);
  docker("rmi", "-f", `${app}:plain`);
  const report = chalk("extract", `${app}:plain`);
  assert.equal(report["_UNMARKED"], [`${app}:plain`]);
});

check("extra tags of configured registries: their repositories are in the report, and no local tag is left", async () => {
  const push = `docker_push all {\n    repository: "mirror/app"\n    tags: ["copy"]\n  }`;
  const settings = box.write("extra.c4m", `docker {\n docker_registry mine {\n  uri: "${name}"\n  ${push}\n }\n}\n`);
  const environment = (engine as OwnEngine).environment();
  docker("pull", "-q", `${app}:1`);
  const result = box.run([`--config-file=${settings}`, "--log-level=error", "docker", "push", "-q", `${app}:1`], { environment });
  assert.is(result.status, 0, result.stderr);
  const [pushed] = (box.reports.at(-1) as Report)["_CHALKS"];
  const { digest } = await manifest("1");
  assert.equal(pushed._REPO_TAGS[name], { "team/app": { "1": digest }, "mirror/app": { copy: digest } });
  assert.is(docker("images", "-q", `${name}/mirror/app`).trim(), "");
});

check("what is pushed is signed, in a registry that knows no referrers", async () => {
  const environment = { ...(engine as OwnEngine).environment(), CHALK_PASSWORD: "pässword" };
  const quiet = ["--no-use-external-config", "--log-level=error"];
  const folder = context("signed", "FROM scratch\nCOPY program /signed\n");
  for (const words of [
    ["setup"],
    ["docker", "build", "-q", "-t", `${app}:signed`, folder],
    ["docker", "push", "-q", `${app}:signed`],
  ]) {
    const result = box.run([...quiet, ...words], { environment });
    assert.is(result.status, 0, result.stderr);
    assert.not.match(result.stderr, '"msg"');
  }
  const { digest } = await manifest("signed");
  const answer = await fetch(`http://${name}/v2/team/app/manifests/sha256-${digest}`, {
    headers: { Accept: "application/vnd.oci.image.index.v1+json" },
  });
  assert.is(((await answer.json()) as { manifests: unknown[] }).manifests.length, 1);
  docker("rmi", "-f", `${app}:signed`);
  assert.is(chalk("extract", `${app}:signed`)["_CHALKS"][0]._VALIDATED_SIGNATURE, true);
});

test.run();
