/** Images that are signed when they are pushed, and checked when they are found (`docker.md` 17.6, 15.3; `runtime-core.md` 15.3, 15.4): stand-in docker, strict registry. */
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn, type StandInAnswers } from "../helpers/docker-stand-in.js";
import { digestOf, ociManifest, TestRegistry } from "../helpers/registry.js";
import { createSandbox, type Report, type RunResult } from "../helpers/sandbox.js";

const registry = await TestRegistry.start();
const box = createSandbox();
const docker = new DockerStandIn(box.base);
const architecture = process.arch === "arm64" ? "arm64" : "amd64";
const password = "a pässword";
const path = `${docker.directory}:${process.env["PATH"]}`;
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

async function run(words: readonly string[], answers: StandInAnswers = {}, withPassword = true): Promise<RunResult> {
  docker.answer(answers);
  box.clearLog();
  registry.requests.length = 0;
  const environment = { PATH: path, ...(withPassword ? { CHALK_PASSWORD: password } : {}) };
  const result = await box.runBeside(["--no-use-external-config", "--log-level=warn", ...words], { environment });
  assert.is(result.status, 0, result.stderr);
  return result;
}

const chalkOf = (): Report => (box.reports.at(-1) as Report)["_CHALKS"][0];
const plain = (digest: string): string => digest.replace("sha256:", "");

const tag = `${registry.name}/team/app:1`;
const config = { os: "linux", architecture, config: {} };
const image = registry.image("team/app", config, [gzipSync("app")], { tags: ["1"] });
const local = {
  Id: image.config.digest,
  Os: "linux",
  Architecture: architecture,
  RepoTags: [tag],
  RepoDigests: [`${registry.name}/team/app@${image.digest}`],
  Config: {},
};
/** The mark that the build made, as it is in the image. */
let mark = "";
const answers = (): StandInAnswers => ({
  images: { [tag]: local, [image.config.digest]: local },
  marks: { [tag]: mark, [image.config.digest]: mark },
});

test.before(() => {
  const environment = { CHALK_PASSWORD: password };
  assert.is(box.run(["setup", "--log-level=error"], { environment }).status, 0);
});
test.after.each(() => assert.equal(registry.violations, []));
test.after(() => registry.stop());

test("a build names the key in the mark, and signs what it pushes", async () => {
  box.write("Dockerfile", "FROM scratch\nLABEL a=b\n");
  await run(["docker", "buildx", "build", `--platform=linux/${architecture}`, "--push", "-t", tag, "."], {
    iid: image.digest,
    metadata: { "containerimage.digest": image.digest, "image.name": tag },
  });
  mark = Object.values(docker.runs.at(-1)?.contexts ?? {})[0]?.["chalk.json"]?.text ?? "";
  const { INJECTOR_PUBLIC_KEY } = JSON.parse(mark);
  assert.match(INJECTOR_PUBLIC_KEY, "BEGIN PUBLIC KEY");
  const [envelope] = chalkOf()["_SIGNATURES"];
  const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString());
  assert.equal(statement.subject, [
    {
      name: `${registry.name}/team/app`,
      digest: { sha256: plain(image.digest) },
      config: { digest: { sha256: plain(image.config.digest) } },
    },
  ]);
  assert.equal(statement.predicate.attributes[0].evidence, JSON.parse(mark));
  const index = registry.pushed("team/app", `sha256-${plain(image.digest)}`);
  assert.is(index.manifests.length, 1);
  assert.is(index.manifests[0].artifactType, bundleType);
  const manifest = registry.pushed("team/app", index.manifests[0].digest);
  assert.is(manifest.subject.digest, image.digest);
  assert.is(manifest.subject.size, image.size);
  const bundle = JSON.parse(String(registry.content(manifest.layers[0].digest)));
  assert.equal(bundle.dsseEnvelope, envelope);
});

test("a push of the same image isn't signed again; without referrers the tag tells", async () => {
  for (const referrers of [true, false]) {
    registry.configure({ referrers });
    await run(["docker", "push", tag], answers());
    assert.is(chalkOf()["_SIGNATURES"].length, 1);
    assert.not.ok(registry.requests.some(({ method }) => method === "PUT" || method === "POST"));
  }
  registry.configure({ referrers: true });
});

test("pull and extract: the signature is checked without any key of ours", async () => {
  await run(["docker", "pull", tag], answers(), false);
  assert.is(chalkOf()["_VALIDATED_METADATA"], true);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], true);
  assert.is(chalkOf()["_SIGNATURES"].length, 1);
  await run(["extract", tag], answers(), false);
  assert.is(chalkOf()["_VALIDATED_METADATA"], true);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], true);
  // Without /chalk.json anywhere the signed statement is where the mark is.
  await run(["extract", tag], {}, false);
  assert.is(chalkOf()["CHALK_ID"], JSON.parse(mark).CHALK_ID);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], true);
});

test("a signature that was tampered with, and none where there should be one", async () => {
  const other = registry.image("team/other", config, [gzipSync("other")], { tags: ["1"] });
  const name = `${registry.name}/team/other`;
  const found = { ...local, Id: other.config.digest, RepoTags: [`${name}:1`], RepoDigests: [`${name}@${other.digest}`] };
  const both = { images: { [`${name}:1`]: found }, marks: { [`${name}:1`]: mark, [other.config.digest]: mark } };
  const none = await run(["extract", `${name}:1`], both, false);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], false);
  assert.match(none.stderr, "no attestation");
  const index = registry.pushed("team/app", `sha256-${plain(image.digest)}`);
  const stored = registry.pushed("team/app", index.manifests[0].digest);
  const bundle = JSON.parse(String(registry.content(stored.layers[0].digest)));
  const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString().replace(plain(image.digest), plain(other.digest));
  bundle.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
  registry.manifest(
    "team/other",
    {
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: bundleType,
      config: registry.blob("{}"),
      layers: [registry.blob(JSON.stringify(bundle), bundleType)],
      subject: { mediaType: other.mediaType, digest: other.digest, size: other.size },
    },
    ociManifest,
  );
  const wrong = await run(["extract", `${name}:1`], both, false);
  assert.is(chalkOf()["_INVALID_SIGNATURE"], true);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], undefined);
  assert.match(wrong.stderr, "signature of the image is wrong");
});

test("cosign's old tag", async () => {
  const old = registry.image("team/old", config, [gzipSync("old")], { tags: ["1"] });
  const name = `${registry.name}/team/old`;
  const found = { ...local, Id: old.config.digest, RepoTags: [`${name}:1`], RepoDigests: [`${name}@${old.digest}`] };
  await run(["docker", "push", `${name}:1`], { images: { [`${name}:1`]: found }, marks: { [`${name}:1`]: mark } });
  const envelope = chalkOf()["_SIGNATURES"][0];
  const again = await TestRegistry.start();
  const moved = again.image("team/old", config, [gzipSync("old")], { tags: ["1"] });
  assert.is(moved.digest, old.digest);
  const layer = again.blob(JSON.stringify(envelope), "application/vnd.dsse.envelope.v1+json");
  const signature = { schemaVersion: 2, mediaType: ociManifest, config: again.blob("{}"), layers: [layer] };
  again.manifest("team/old", signature, ociManifest, `sha256-${plain(old.digest)}.att`);
  await run(["extract", `${again.name}/team/old:1`], {}, false);
  assert.is(chalkOf()["CHALK_ID"], JSON.parse(mark).CHALK_ID);
  assert.is(chalkOf()["_VALIDATED_SIGNATURE"], true);
  assert.equal(again.violations, []);
  await again.stop();
});

test("a registry that refuses the attestation, or a missing password: the push is good, and the report is there", async () => {
  const bare = registry.image("team/bare", config, [gzipSync("bare")], { tags: ["1"] });
  const name = `${registry.name}/team/bare`;
  const found = { ...local, Id: bare.config.digest, RepoTags: [`${name}:1`], RepoDigests: [`${name}@${bare.digest}`] };
  const both = { images: { [`${name}:1`]: found }, marks: { [`${name}:1`]: mark } };
  registry.instead.set("POST /v2/team/bare/blobs/uploads/", [403, 403]);
  registry.instead.set(`HEAD /v2/team/bare/blobs/${digestOf("{}")}`, [404]);
  const refused = await run(["docker", "push", `${name}:1`], both);
  assert.match(refused.stderr, "not signed");
  assert.is(chalkOf()["_SIGNATURES"], undefined);
  assert.ok(chalkOf()["_REPO_DIGESTS"]);
  registry.instead.clear();
  const locked = await run(["docker", "push", `${name}:1`], both, false);
  assert.match(locked.stderr, "error");
  assert.is(chalkOf()["_SIGNATURES"], undefined);
  assert.not.match(refused.stderr + locked.stderr, password);
});

test.run();
