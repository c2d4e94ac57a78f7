/** `chalk docker` and `chalk extract` with the compiled executable, a stand-in for docker, and a registry that insists on the protocol (`docker.md` 7.2, 13.3, 15, 17). */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { digestOf, ociIndex, ociManifest, TestRegistry } from "../helpers/registry.js";
import { createSandbox, type Report, type RunResult } from "../helpers/sandbox.js";

const registry = await TestRegistry.start();
const box = createSandbox();
const docker = new DockerStandIn(box.base);
const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const password = "hunter2-and-more";
const plain = (digest: string): string => digest.replace("sha256:", "");

async function run(words: readonly string[], answers: StandInAnswers = {}, level = "warn"): Promise<RunResult> {
  docker.answer(answers);
  box.clearLog();
  registry.requests.length = 0;
  const environment = { PATH: `${docker.directory}:${process.env["PATH"]}` };
  return box.runBeside(["--no-use-external-config", `--log-level=${level}`, ...words], { environment });
}

function project(name: string, dockerfile: string): string {
  mkdirSync(join(box.work, name), { recursive: true });
  box.write(`${name}/Dockerfile`, dockerfile);
  return name;
}

/** A layer as `COPY chalk.json /chalk.json` makes it. */
function markLayer(mark: object): Uint8Array {
  const content = Buffer.from(JSON.stringify(mark));
  const header = Buffer.alloc(512);
  header.write("chalk.json", 0);
  header.write("0000444\0", 100);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  return gzipSync(Buffer.concat([header, content, Buffer.alloc(512 - (content.length % 512) + 1024)]));
}

const baseMark = {
  MAGIC: "dadfedabbadabbed",
  CHALK_ID: "AAAAAA-AAAA-AAAA-AAAAAA",
  CHALK_VERSION: "1.0",
  METADATA_ID: "BBBBBB-BBBB-BBBB-BBBBBB",
};
const base = registry.image(
  "team/base",
  {
    os: "linux",
    architecture,
    created: "2024-01-01T00:00:00Z",
    config: { Entrypoint: ["serve"], Cmd: ["80"], User: "web", Env: ["A=b"] },
    rootfs: { type: "layers", diff_ids: [digestOf("one"), digestOf("two")] },
    history: [
      { created_by: "COPY serve /" },
      { created_by: "COPY /chalk.json /chalk.json # buildkit" },
      { created_by: 'CMD ["80"]', empty_layer: true },
    ],
  },
  [gzipSync("files"), markLayer(baseMark)],
  {
    tags: ["1"],
    annotations: {
      "org.opencontainers.image.url": "https://example.com/base",
      "org.opencontainers.image.revision": "c0ffee",
      "org.opencontainers.image.source": "https://example.com/base.git#main",
    },
  },
);
const reference = `${registry.name}/team/base:1`;
const pinned = `${reference}@${base.digest}`;

const lastReport = (): Report => box.reports.at(-1) as Report;

test.before.each(() => {
  registry.configure({ auth: undefined as never });
  registry.instead.clear();
});
test.after.each(() => {
  assert.equal(registry.violations, []);
  // Whatever happened: the password is nowhere.
  for (const text of [JSON.stringify(box.logLines)]) assert.not.match(text, password);
});
test.after(() => registry.stop());

test("a base image that is only in the registry: pinned, inspected, its mark found", async () => {
  const folder = project("app", `FROM ${reference} AS run\nLABEL a=b\n`);
  const result = await run(["--wrap", "docker", "build", "-t", "app:1", folder]);
  assert.is(result.status, 0, result.stderr);
  const build = docker.runs.at(-1);
  assert.match(build?.stdin ?? "", `FROM ${pinned} AS run\n`);
  assert.match(build?.stdin ?? "", '"exec","--exec-command-name","serve","--"]\nCMD ["80"]\n');
  const report = lastReport();
  const [image] = report["_CHALKS"];
  assert.is(image.DOCKER_BASE_IMAGE, pinned);
  assert.is(image.DOCKER_BASE_IMAGE_METADATA_ID, baseMark.METADATA_ID);
  assert.is(image.DOCKER_BASE_IMAGE_CONFIG_DIGEST, plain(base.config.digest));
  assert.is(image.COMMIT_ID, undefined, "annotations of the base say nothing about the image");
  const [scanned] = report["_COLLECTED_ARTIFACTS"];
  assert.is(scanned.CHALK_ID, baseMark.CHALK_ID);
  assert.equal(scanned._REPO_DIGESTS, { [registry.name]: { "team/base": [plain(base.digest)] } });
  assert.equal(scanned._REPO_TAGS, { [registry.name]: { "team/base": { "1": plain(base.digest) } } });
  assert.equal(scanned._REPO_URLS, { [registry.name]: { "team/base": "https://example.com/base" } });
  assert.equal(
    scanned._IMAGE_LAYERS,
    base.layers.map(({ digest }) => plain(digest)),
  );
  assert.is(scanned._IMAGE_ANNOTATIONS["org.opencontainers.image.revision"], "c0ffee");
  assert.is(scanned.COMMIT_ID, "c0ffee");
  assert.is(scanned.ORIGIN_URI, "https://example.com/base.git");
  assert.equal(report["_DOCKER_USED_REGISTRIES"][registry.name].url, `http://${registry.name}/v2/`);
  assert.ok(
    registry.requests.every(({ headers }) => headers.authorization === undefined),
    "nobody asked for credentials",
  );
});

test("extract of an image that is only in the registry, with a password for a token", async () => {
  registry.configure({ auth: { kind: "token", user: "jo", password } });
  mkdirSync(join(box.home, ".docker"), { recursive: true });
  const auth = Buffer.from(`jo:${password}`).toString("base64");
  writeFileSync(join(box.home, ".docker/config.json"), JSON.stringify({ auths: { [registry.name]: { auth } } }));
  const result = await run(["extract", reference], {}, "trace");
  assert.is(result.status, 0, result.stderr);
  const [image] = lastReport()["_CHALKS"];
  assert.is(image.CHALK_ID, baseMark.CHALK_ID);
  assert.equal(image._IMAGE_ENTRYPOINT, ["serve"]);
  assert.equal(image._IMAGE_ENV, ["A=b"]);
  assert.is(image._OP_ARTIFACT_TYPE, "Docker Image");
  assert.equal(image._IMAGE_ROOT_FS_LAYERS, [digestOf("one"), digestOf("two")]);
  for (const secret of [password, auth, "token-1"])
    for (const text of [result.stderr, result.stdout, JSON.stringify(box.reports)]) assert.not.match(text, secret);
});

/** A frame of zstd that holds the bytes as they are. */
function rawZstd(bytes: Uint8Array): Uint8Array {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(bytes.length, 5);
  header.writeUIntLE((bytes.length << 3) | 1, 9, 3);
  return Buffer.concat([header, bytes]);
}

test("extract of an image whose layers are packed with zstd", async () => {
  const config = {
    os: "linux",
    architecture,
    config: {},
    history: [{ created_by: "COPY /chalk.json /chalk.json # buildkit" }],
    rootfs: { type: "layers", diff_ids: [digestOf("one")] },
  };
  registry.image("team/zstd", config, [rawZstd(gunzipSync(markLayer(baseMark)))], { tags: ["1"] });
  const result = await run(["extract", `${registry.name}/team/zstd:1`]);
  assert.is(result.status, 0, result.stderr);
  assert.is(lastReport()["_CHALKS"][0].CHALK_ID, baseMark.CHALK_ID);
});

test("a build that pushes for several platforms: each artifact has its own manifest, provenance and SBOM", async () => {
  const image = (name: string) => registry.image("team/app", { os: "linux", architecture: name, config: {} }, [gzipSync(name)]);
  const [amd, arm] = [image("amd64"), image("arm64")];
  const predicate = (type: string, content: object) => ({
    ...registry.blob(JSON.stringify({ predicateType: type, predicate: content }), "application/vnd.in-toto+json"),
    annotations: { "in-toto.io/predicate-type": type },
  });
  const attestation = registry.manifest(
    "team/app",
    {
      schemaVersion: 2,
      mediaType: ociManifest,
      config: registry.blob("{}"),
      layers: [
        predicate("https://slsa.dev/provenance/v1", { buildDefinition: { buildType: "test" } }),
        predicate("https://spdx.dev/Document", { spdxVersion: "SPDX-2.3" }),
      ],
    },
    ociManifest,
  );
  const entry = ({ mediaType, digest, size }: typeof amd, name: string) => ({
    mediaType,
    digest,
    size,
    platform: { os: "linux", architecture: name },
  });
  const index = registry.manifest(
    "team/app",
    {
      schemaVersion: 2,
      mediaType: ociIndex,
      manifests: [
        entry(amd, "amd64"),
        entry(arm, "arm64"),
        {
          ...attestation,
          platform: { os: "unknown", architecture: "unknown" },
          annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd.digest },
        },
      ],
    },
    ociIndex,
    "2",
  );
  const folder = project("many", "FROM scratch\nLABEL a=b\n");
  const tag = `${registry.name}/team/app:2`;
  const result = await run(["docker", "buildx", "build", "--platform=linux/amd64,linux/arm64", "--push", "-t", tag, folder], {
    iid: index.digest,
    metadata: { "containerimage.digest": index.digest, "image.name": tag },
  });
  assert.is(result.status, 0, result.stderr);
  const artifacts: Report[] = lastReport()["_CHALKS"];
  assert.equal(
    artifacts.map(({ DOCKER_PLATFORM, _REPO_DIGESTS, _IMAGE_CONFIG_DIGEST }) => [
      DOCKER_PLATFORM,
      _REPO_DIGESTS[registry.name]["team/app"],
      _IMAGE_CONFIG_DIGEST,
    ]),
    [
      ["linux/amd64", [plain(amd.digest)], plain(amd.config.digest)],
      ["linux/arm64", [plain(arm.digest)], plain(arm.config.digest)],
    ],
  );
  for (const { _REPO_LIST_DIGESTS, _REPO_TAGS } of artifacts) {
    assert.equal(_REPO_LIST_DIGESTS, { [registry.name]: { "team/app": [plain(index.digest)] } });
    assert.equal(_REPO_TAGS, { [registry.name]: { "team/app": { "2": plain(index.digest) } } });
  }
  assert.equal(artifacts[0]?.["_IMAGE_PROVENANCE"], { buildDefinition: { buildType: "test" } });
  assert.equal(artifacts[0]?.["_IMAGE_SBOM"], { spdxVersion: "SPDX-2.3" });
  assert.is(artifacts[1]?.["_IMAGE_SBOM"], undefined);
});

test("where an image was pushed to is in the report whatever its template selects", async () => {
  const image = registry.image("team/lean", { os: "linux", architecture, config: {} }, [gzipSync("x")], { tags: ["1"] });
  const file = box.write(
    "lean.c4m",
    'report_template lean {\n  key._OPERATION.use: true\n}\noutconf.build.report_template: "lean"\n',
  );
  const tag = `${registry.name}/team/lean:1`;
  const folder = project("lean", "FROM scratch\nLABEL a=b\n");
  docker.answer({ iid: image.digest, metadata: { "containerimage.digest": image.digest, "image.name": tag } });
  box.clearLog();
  const environment = { PATH: `${docker.directory}:${process.env["PATH"]}` };
  const words = [`--config-file=${file}`, "docker", "buildx", "build", "--push", "-t", tag, folder];
  const result = await box.runBeside(words, { environment });
  assert.is(result.status, 0, result.stderr);
  const { _CHALKS: artifacts, _OPERATION: operation } = lastReport();
  assert.is(operation, "build");
  assert.equal(Object.keys(artifacts[0]), ["_REPO_DIGESTS", "_REPO_TAGS"]);
});

test("a build that doesn't push asks no registry about its result", async () => {
  const local = {
    Id: `sha256:${"e5".repeat(32)}`,
    Os: "linux",
    Architecture: architecture,
    RepoTags: [reference],
    RepoDigests: [pinned],
    Config: {},
  };
  const result = await run(["docker", "build", "-t", reference, project("quiet", "FROM scratch\nLABEL a=b\n")], {
    images: { [local.Id]: local },
  });
  assert.is(result.status, 0, result.stderr);
  assert.equal(registry.seen(), []);
  assert.is(lastReport()["_CHALKS"][0]._CURRENT_HASH, "e5".repeat(32));
});

test("an image that is only here isn't pinned to what the registry has under its name", async () => {
  const local = { Id: "sha256:a1", Os: "linux", Architecture: architecture, RepoTags: [reference], RepoDigests: [], Config: {} };
  await run(["docker", "build", project("local", `FROM ${reference}\n`)], { images: { [reference]: local } });
  assert.match(docker.runs.at(-1)?.stdin ?? "", `FROM ${reference}\n`);
  assert.equal(registry.seen(), []);
  await run(["docker", "build", "local"], { images: { [reference]: { ...local, RepoDigests: [pinned.replace(":1@", "@")] } } });
  assert.match(docker.runs.at(-1)?.stdin ?? "", `FROM ${pinned}\n`);
});

test("push and pull are docker's whatever the registry says to us", async () => {
  const local = {
    Id: base.config.digest,
    Os: "linux",
    Architecture: architecture,
    RepoTags: [reference],
    RepoDigests: [pinned.replace(":1@", "@")],
    Config: {},
  };
  const answers = { images: { [reference]: local }, marks: { [reference]: JSON.stringify(baseMark) } };
  const good = await run(["docker", "push", reference], answers);
  assert.is(good.status, 0, good.stderr);
  assert.equal(lastReport()["_CHALKS"][0]._REPO_TAGS, { [registry.name]: { "team/base": { "1": plain(base.digest) } } });
  const path = `GET /v2/team/base/manifests/${base.digest}`;
  for (const bad of [404, 401, { status: 200, body: "no JSON" }, { status: 200, body: '{"layers":1}' }] as const) {
    registry.instead.set(path, [bad]);
    const result = await run(["docker", "pull", reference], answers);
    assert.is(result.status, 0, result.stderr);
    assert.equal(
      docker.runs.map(({ argv }) => argv),
      [["pull", reference]],
    );
    assert.is(lastReport()["_CHALKS"][0].CHALK_ID, baseMark.CHALK_ID);
    assert.is(lastReport()["_CHALKS"][0]._REPO_DIGESTS, undefined);
  }
  const failed = await run(["docker", "push", reference], { ...answers, exits: [9] });
  assert.is(failed.status, 9);
  assert.equal(box.reports, []);
});

test("a registry that cannot be reached: the build goes on as the user wrote it, with one line about it", async () => {
  const gone = await TestRegistry.start();
  const image = `${gone.name}/x/y:1`;
  await gone.stop();
  const result = await run(["docker", "build", "-t", "a:1", project("gone", `FROM ${image}\nFROM ${image}\nCMD ["x"]\n`)]);
  assert.is(result.status, 0, result.stderr);
  assert.match(docker.runs.at(-1)?.stdin ?? "", `FROM ${image}\n`);
  const told = result.messages.filter((text) => text.includes("cannot be pinned"));
  assert.is(told.length, 1, "once, although two stages begin with it");
  assert.match(told[0] ?? "", "ECONNREFUSED");
  const refused = await run(["docker", "build", project("refused", `FROM ${registry.name}/not/there\n`)]);
  assert.is(refused.status, 0);
  assert.not.match(refused.stderr, "pinned");
});

test("mirrors of Docker Hub that the daemon knows", async () => {
  const config = { os: "linux", architecture, config: { Cmd: ["sh"] } };
  const image = registry.image("library/toolbox", config, [gzipSync("toolbox")], { tags: ["latest"] });
  const info = ` Registry Mirrors:\n  http://${registry.name}/\n Live Restore Enabled: false\n`;
  const result = await run(["docker", "build", project("mirrored", "FROM toolbox\n")], { info });
  assert.is(result.status, 0, result.stderr);
  assert.match(docker.runs.at(-1)?.stdin ?? "", `FROM toolbox@${image.digest}\n`);
  assert.is(lastReport()["_DOCKER_USED_REGISTRIES"]["registry-1.docker.io"].mirroring, "registry-1.docker.io");
});

test("registries as the nodes of a builder know them", async () => {
  const builder = `Name:   box
Driver: docker-container

Nodes:
Name:                  box0
Endpoint:              unix:///var/run/docker.sock
BuildKit daemon flags: --allow-insecure-entitlement=network.host --config=/etc/own.toml
BuildKit version:      v0.22.0
Platforms:             linux/amd64, linux/arm64
`;
  const toml = `debug = false\n[registry."r.invalid"]\n  http = true\n  mirrors = ["${registry.name}"]\n`;
  const result = await run(["docker", "buildx", "build", project("noded", "FROM r.invalid/team/base:1\n")], {
    builder,
    nodeFiles: { "buildx_buildkit_box0:/etc/own.toml": toml },
  });
  assert.is(result.status, 0, result.stderr);
  assert.match(docker.runs.at(-1)?.stdin ?? "", `FROM r.invalid/team/base:1@${base.digest}\n`);
  const report = lastReport();
  assert.is(report["_DOCKER_USED_REGISTRIES"]["r.invalid"].source, "buildx");
  assert.match(report["_DOCKER_BUILDER_NODES_INFO"].box0, /^Name: +box0\n/);
  assert.equal(report["_DOCKER_BUILDER_NODES_CONFIG"].box0, {
    debug: false,
    registry: { "r.invalid": { http: true, mirrors: [registry.name] } },
  });
});

test("an image without an inventory is scanned with syft if scanners may run", async () => {
  const tools = join(box.base, "tools");
  mkdirSync(tools, { recursive: true });
  const record = join(box.base, "syft-words");
  writeFileSync(join(tools, "syft"), `#!/bin/sh\necho "$@" > ${record}\necho '{"bomFormat":"CycloneDX"}'\n`, { mode: 0o755 });
  const local = {
    Id: base.config.digest,
    Os: "linux",
    Architecture: architecture,
    RepoTags: [reference],
    RepoDigests: [],
    Config: {},
  };
  docker.answer({ images: { [reference]: local }, marks: { [reference]: JSON.stringify(baseMark) } });
  box.clearLog();
  const settings = box.write("scan.c4m", `run_sbom_tools: true\ntool.syft.syft_exe_dir: "${tools}"\n`);
  const environment = { PATH: `${docker.directory}:${process.env["PATH"]}` };
  const result = await box.runBeside([`--config-file=${settings}`, "docker", "push", reference], { environment });
  assert.is(result.status, 0, result.stderr);
  assert.is(lastReport()["_CHALKS"][0]._IMAGE_SBOM.bomFormat, "CycloneDX", result.stderr);
  assert.match(readFileSync(record, "utf8"), reference);
});

test("extract of all images: what is gone by then is said, and what isn't marked", async () => {
  const local = {
    Id: base.config.digest,
    Os: "linux",
    Architecture: architecture,
    RepoTags: [reference],
    RepoDigests: [],
    Config: {},
  };
  const result = await run(["extract", "images"], {
    list: ["sha256:gone", base.config.digest],
    images: { [base.config.digest]: local },
  });
  assert.match(result.stderr, "the image sha256:gone is gone");
  assert.equal(lastReport()["_UNMARKED"], [base.config.digest]);
  assert.equal(registry.seen(), [], "without a digest of a registry there is nobody to ask");
});

test("nothing of ours is left behind", () => {
  assert.equal(
    readdirSync(box.work).filter((name) => name.startsWith("chalk-")),
    [],
  );
  assert.ok(readFileSync(join(box.work, "app/Dockerfile"), "utf8").startsWith("FROM"));
});

test.run();
