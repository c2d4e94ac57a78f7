/** Build contexts that are kept for the image's repository (`docker.md` 18.4, 18.5), with a stand-in for docker and a registry that insists on the protocol. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { digestOf, TestRegistry } from "../helpers/registry.js";
import { createSandbox, type Report, type RunResult } from "../helpers/sandbox.js";

const registry = await TestRegistry.start();
const box = createSandbox();
const docker = new DockerStandIn(box.base);
const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const scratch = join(box.base, "tmp");
mkdirSync(scratch);
const reference = `${registry.name}/team/web:1`;
const alpine = { Id: "sha256:a1", Os: "linux", Architecture: architecture, Config: { Cmd: ["/bin/sh"] } };
const pushed = registry.image(
  "team/web",
  { os: "linux", architecture, config: {}, rootfs: { type: "layers", diff_ids: [digestOf("one")] }, history: [] },
  ["layer"],
  { tags: ["1"] },
);

mkdirSync(join(box.work, "app/deep"), { recursive: true });
box.write("app/Dockerfile", "FROM alpine\n");
box.write("app/.dockerignore", "*.log\n");
box.write("app/noise.log", "x");
box.write("app/deep/file", "content");
box.write("app/large", "l".repeat(3000));

function configuration(strategy: string, more = ""): string {
  return box.write(
    `${strategy}.c4m`,
    `docker {
  docker_registry mirror {
    uri: "${registry.name}"
    docker_push web {
      repository: "team/web"
      tags: ["1"]
      docker_context_upload {
        enabled: true
        strategy: "${strategy}"
        ${more}
      }
    }
  }
}
report_template insertion_default {
  key._REPO_BUILD_CONTEXTS.use: true
  key._REPO_BUILD_CONTEXT_TAR_SIZES.use: true
  key._REPO_BUILD_CONTEXT_SKIPPED_FILES.use: true
  key._FAILED_KEYS.use: true
  key._OP_FAILED_KEYS.use: true
}
`,
  );
}

async function run(file: string, words: readonly string[], answers: StandInAnswers = {}): Promise<RunResult> {
  docker.answer({ images: { alpine, [reference]: alpine }, ...answers });
  box.clearLog();
  registry.requests.length = 0;
  const environment = { PATH: `${docker.directory}:${process.env["PATH"]}`, TMPDIR: scratch, CI: undefined };
  return box.runBeside([`--config-file=${file}`, "--log-level=warn", ...words], { environment });
}

const markText = (): string => Object.values(docker.runs[0]!.contexts).find((files) => files["chalk.json"])!["chalk.json"]!.text!;
// biome-ignore lint/suspicious/noExplicitAny: marks are looked into freely
const snapshotOf = (mark: string): any => JSON.parse(mark).DOCKER_BUILD_CONTEXT_SNAPSHOTS[registry.name]["team/web"]["."];
const lastReport = (): Report => box.reports.at(-1) as Report;

/** What is attached to the image under the digest that the report names. */
function attached(digest: string): { readonly manifest: Report; readonly names: string[] } {
  const manifest = registry.pushed("team/web", `sha256:${digest}`) as Report;
  const file = join(box.base, "fetched.tar.gz");
  writeFileSync(file, registry.content(manifest["layers"][0].digest)!);
  return { manifest, names: spawnSync("tar", ["-tzf", file], { encoding: "utf8" }).stdout.trim().split("\n") };
}

async function push(file: string, mark: string): Promise<Report> {
  const result = await run(file, ["docker", "push", reference], { marks: { "sha256:a1": mark, [reference]: mark } });
  assert.is(result.status, 0, result.stderr);
  return lastReport()["_CHALKS"][0];
}

test.after.each(() => assert.equal(registry.violations, []));
test.after(() => registry.stop());

test("registry: uploaded while building, attached when pushed", async () => {
  const file = configuration("registry", "max_file_size: <<2kb>>");
  const result = await run(file, ["docker", "build", "app"]);
  assert.is(result.status, 0, result.stderr);
  const mark = markText();
  const snapshot = snapshotOf(mark);
  assert.is(snapshot.strategy, "registry");
  assert.equal(snapshot.skipped_files, { large: { hash: digestOf("l".repeat(3000)).slice(7), size: 3000 } });
  assert.is(registry.content(`sha256:${snapshot.blob_digest}`)?.length, snapshot.blob_size);
  const chalk = await push(file, mark);
  const digest = chalk._REPO_BUILD_CONTEXTS[registry.name]["team/web"]["."];
  assert.is(chalk._REPO_BUILD_CONTEXT_TAR_SIZES[registry.name]["team/web"]["."], snapshot.blob_size);
  assert.equal(chalk._REPO_BUILD_CONTEXT_SKIPPED_FILES[registry.name]["team/web"]["."], snapshot.skipped_files);
  const { manifest, names } = attached(digest);
  assert.equal(names, [".dockerignore", "Dockerfile", "deep/", "deep/file"]);
  assert.is(manifest["artifactType"], "application/vnd.crashoverride.chalk.build-context.v1");
  assert.is(manifest["subject"].digest, pushed.digest);
  assert.is(manifest["subject"].size, pushed.size);
  assert.is(manifest["annotations"]["dev.crashoverride.chalk.build-context.name"], ".");
  const tagged = registry.pushed("team/web", pushed.digest.replace(":", "-")) as Report;
  assert.ok(tagged["manifests"].some((entry: { digest: string }) => entry.digest === `sha256:${digest}`));
});

test("local: kept here until the push, and only what was kept here is uploaded", async () => {
  const file = configuration("auto");
  assert.is((await run(file, ["docker", "build", "app"])).status, 0);
  const mark = markText();
  const snapshot = snapshotOf(mark);
  assert.is(snapshot.strategy, "local");
  assert.ok(snapshot.tar_path.startsWith(`${scratch}/chalk-build-contexts/`));
  assert.is(digestOf(readFileSync(snapshot.tar_path)), `sha256:${snapshot.tar_hash}`);
  const chalk = await push(file, mark);
  assert.ok(attached(chalk._REPO_BUILD_CONTEXTS[registry.name]["team/web"]["."]).names.includes("large"));
  const secret = box.write("secret", "nobody's business");
  const forged = mark.replace(snapshot.tar_path, secret).replace(snapshot.tar_hash, digestOf(readFileSync(secret)).slice(7));
  const refused = await push(file, forged);
  assert.is(refused._REPO_BUILD_CONTEXTS, undefined);
  assert.is(
    registry.requests.some(({ method }) => method === "PUT" || method === "PATCH"),
    false,
  );
  const failed = lastReport()["_OP_FAILED_KEYS"] ?? refused._FAILED_KEYS;
  assert.is(failed._REPO_BUILD_CONTEXTS[0].code, "CONTEXT_UPLOAD_FAILED");
  assert.match(failed._REPO_BUILD_CONTEXTS[0].error, /^\.: its archive is not one of this machine/);
});

test("disk: archived at the push, if the mark was made here", async () => {
  const file = configuration("disk");
  assert.is((await run(file, ["docker", "build", "app"])).status, 0);
  const mark = markText();
  const chalk = await push(file, mark);
  assert.ok(attached(chalk._REPO_BUILD_CONTEXTS[registry.name]["team/web"]["."]).names.includes("deep/file"));
  const elsewhere = mark.replace(JSON.parse(mark).METADATA_ID, "AAAAAA-BBBB-CCCC-DDDDDD");
  assert.is((await push(file, elsewhere))._REPO_BUILD_CONTEXTS, undefined);
});

test("a build that fails leaves nothing of it, a context that is too large is recorded", async () => {
  const file = configuration("registry");
  await run(file, ["docker", "build", "app"], { exits: [1, 1] });
  assert.ok(
    registry.requests.some(({ method }) => method === "DELETE"),
    JSON.stringify(registry.seen()),
  );
  const local = configuration("local");
  await run(local, ["docker", "build", "app"], { exits: [1, 0] });
  const kept = spawnSync("find", [join(scratch, "chalk-build-contexts"), "-name", "*.tar.gz", "-newer", local], {
    encoding: "utf8",
  });
  assert.is(kept.stdout, "");
  const limited = configuration("local", "size_threshold: <<1kb>>");
  writeFileSync(
    join(box.work, "app/random"),
    Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255)),
  );
  const result = await run(limited, ["docker", "build", "app"]);
  assert.is(result.status, 0);
  assert.match(result.stderr, "the build context is not kept: .: its archive is larger than");
  assert.is(JSON.parse(markText()).DOCKER_BUILD_CONTEXT_SNAPSHOTS, undefined);
  assert.match(JSON.stringify(lastReport()), "CONTEXT_TOO_LARGE");
  assert.ok(existsSync(join(box.work, "app/.dockerignore")));
});

test.run();
