/** The registry client against a registry that insists on the protocol (`docker.md` 17.2-17.5). */
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../runtime/docker/references.js";
import { RegistryError } from "../../../runtime/registry/failure.js";
import { digestOf, ociIndex, ociManifest, TestRegistry } from "../../helpers/registry.js";
import { createClient } from "../../helpers/registry-client.js";

const registry = await TestRegistry.start();
const other = await TestRegistry.start();
const amd64 = { os: "linux", architecture: "amd64", variant: "" };
const arm64 = { os: "linux", architecture: "arm64", variant: "" };
const user = { user: "jo", password: "p:ss wörd" };
const encoded = Buffer.from(`${user.user}:${user.password}`).toString("base64");
const reference = (path: string) => parseReference(`${registry.name}/${path}`, "latest");

const config = (architecture: string, more: object = {}) => ({ os: "linux", architecture, config: { Cmd: ["sh"] }, ...more });
const one = registry.image("team/one", config("amd64"), [gzipSync("layer")], { tags: ["latest", "1"] });
const arm = registry.image("team/two", config("arm64"), [gzipSync("arm layer")]);
const amd = registry.image("team/two", config("amd64"), [gzipSync("amd layer")]);
const statement = (predicateType: string, predicate: object) =>
  registry.blob(
    JSON.stringify({ _type: "https://in-toto.io/Statement/v0.1", predicateType, predicate }),
    "application/vnd.in-toto+json",
  );
const attestation = registry.manifest(
  "team/two",
  {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: registry.blob("{}"),
    layers: [
      {
        ...statement("https://spdx.dev/Document", { spdxVersion: "SPDX-2.3" }),
        annotations: { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
      },
      {
        ...statement("https://slsa.dev/provenance/v0.2", { buildType: "test" }),
        annotations: { "in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2" },
      },
    ],
  },
  ociManifest,
);
const { mediaType, digest, size } = arm;
const two = registry.manifest(
  "team/two",
  {
    schemaVersion: 2,
    mediaType: ociIndex,
    manifests: [
      { mediaType: amd.mediaType, digest: amd.digest, size: amd.size, platform: { os: "linux", architecture: "amd64" } },
      { mediaType, digest, size, platform: { os: "linux", architecture: "arm64", variant: "v8" }, annotations: { "x.y": "z" } },
      {
        ...attestation,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd.digest },
      },
    ],
  },
  ociIndex,
  "latest",
);

async function failure(promise: Promise<unknown>): Promise<RegistryError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

test.before.each(() => {
  registry.configure({ auth: undefined as never, redirectBlobs: undefined as never });
  registry.requests.length = 0;
  registry.instead.clear();
});
test.after.each(() => {
  assert.equal(registry.violations, []);
  assert.equal(other.violations, []);
});
test.after(async () => {
  await registry.stop();
  await other.stop();
});

test("a digest costs one HEAD, and is asked once", async () => {
  const { client, world } = createClient();
  assert.is(`sha256:${await client.digest(reference("team/one"))}`, one.digest);
  await client.digest(reference("team/one"));
  assert.equal(registry.seen(), ["HEAD /v2/team/one/manifests/latest"]);
  world.cleanUp();
});

test("a registry that doesn't tell the digest is asked for the manifest", async () => {
  const { client, world } = createClient();
  registry.instead.set("HEAD /v2/team/one/manifests/latest", [{ status: 200 }]);
  assert.is(`sha256:${await client.digest(reference("team/one"))}`, one.digest);
  world.cleanUp();
});

test("an image of one platform, its configuration, layers and size", async () => {
  const { client, world } = createClient();
  const image = await client.image(reference("team/one"), amd64);
  assert.is(`sha256:${image.digest}`, one.digest);
  assert.is(image.index, undefined);
  assert.equal(
    image.manifest.layers.map((layer) => `sha256:${layer.digest}`),
    one.layers.map((layer) => layer.digest),
  );
  assert.is((await client.config(image)).get("architecture"), "amd64");
  world.cleanUp();
});

test("an index is narrowed to the platform; what the builder attested is found", async () => {
  const { client, world } = createClient();
  const image = await client.image(reference("team/two"), arm64);
  assert.is(`sha256:${image.digest}`, arm.digest);
  assert.is(`sha256:${image.index?.digest}`, two.digest);
  assert.equal([...(image.index?.entry.annotations ?? [])], [["x.y", "z"]]);
  assert.is(await client.attested(image, "sbom"), undefined);
  const attested = await client.image(reference("team/two"), amd64);
  assert.equal(await client.attested(attested, "sbom"), new Map([["spdxVersion", "SPDX-2.3"]]));
  assert.equal(await client.attested(attested, "provenance"), new Map([["buildType", "test"]]));
  assert.match((await failure(client.image(reference("team/two"), { ...amd64, os: "windows" }))).message, "windows/amd64");
  world.cleanUp();
});

test("an index that names the wrong platform: the configuration tells", async () => {
  const { client, world } = createClient();
  const entry = {
    mediaType: arm.mediaType,
    digest: arm.digest,
    size: arm.size,
    platform: { os: "linux", architecture: "riscv64" },
  };
  registry.manifest("team/two", { schemaVersion: 2, mediaType: ociIndex, manifests: [entry] }, ociIndex, "wrong");
  assert.is(`sha256:${(await client.image(reference("team/two:wrong"), arm64)).digest}`, arm.digest);
  world.cleanUp();
});

test("Basic: credentials of config.json, the longest namespace first", async () => {
  registry.configure({ auth: { kind: "basic", ...user } });
  const auth = Buffer.from("wrong:wrong").toString("base64");
  const auths = { [registry.name]: { auth }, [`http://${registry.name}/team`]: { auth: encoded } };
  const { client, world, logs } = createClient({ config: { auths } });
  assert.is(`sha256:${await client.digest(reference("team/one"))}`, one.digest);
  assert.equal(registry.seen(), ["HEAD /v2/team/one/manifests/latest"]);
  const anonymous = createClient();
  const { kind, status, message } = await failure(anonymous.client.digest(reference("team/one")));
  assert.equal([kind, status], ["refused", 401]);
  assert.match(message, "401");
  for (const text of [...logs, message]) assert.not.match(text, encoded);
  anonymous.world.cleanUp();
  world.cleanUp();
});

test("Bearer: a token for reading and another for writing, each fetched once", async () => {
  registry.configure({ auth: { kind: "token", ...user } });
  const { client, world } = createClient({
    config: { auths: { [registry.name]: { username: user.user, password: user.password } } },
  });
  await client.image(reference("team/one"), amd64);
  await client.digest(reference("team/one:1"));
  const seen = registry.seen();
  assert.is(seen.filter((line) => line.includes("/token?")).length, 1, seen.join("\n"));
  const upload = { method: "POST", path: "/blobs/uploads/" };
  assert.is((await client.connection.send(reference("team/one"), "write", upload)).status, 202);
  assert.is(registry.seen().filter((line) => line.includes("/token?")).length, 1);
  const used = client.connection.usedRegistries().get(registry.name);
  assert.equal(
    [...(used as Map<string, unknown>)],
    [
      ["url", `http://${registry.name}/v2/`],
      ["source", "daemon"],
      ["scheme", "http"],
      ["http", true],
      ["secure", false],
      ["insecure", false],
      ["auth", true],
      ["www_auth", true],
    ],
  );
  world.cleanUp();
});

test("credential helpers, and identity tokens", async () => {
  registry.configure({ auth: { kind: "token", ...user, identity: "refresh-me" } });
  const helpers = { "docker-credential-box": JSON.stringify({ ServerURL: "x", Username: "<token>", Secret: "refresh-me" }) };
  const { client, world, logs } = createClient({
    config: { credHelpers: { [registry.name]: "box" }, credsStore: "none" },
    helpers,
  });
  assert.is(`sha256:${await client.digest(reference("team/one"))}`, one.digest);
  assert.equal(logs, [`docker-credential-box get < ${registry.name}`]);
  world.cleanUp();
  const store = createClient({
    config: { auths: { [registry.name]: {} }, credsStore: "vault" },
    helpers: { "docker-credential-vault": JSON.stringify({ Username: user.user, Secret: user.password }) },
  });
  assert.is(`sha256:${await store.client.digest(reference("team/one"))}`, one.digest);
  store.world.cleanUp();
  const without = createClient({ config: { credsStore: "empty" } });
  assert.is((await failure(without.client.digest(reference("team/one")))).status, 401);
  assert.match(without.logs.join("\n"), "has no credentials");
  assert.not.match(without.logs.join("\n"), "credentials not found");
  without.world.cleanUp();
});

test("a token service without TLS is not asked by a registry with TLS; broken services are refusals", async () => {
  registry.configure({ auth: { kind: "token", ...user } });
  const { client, world } = createClient({ config: { auths: { [registry.name]: { auth: encoded } } } });
  registry.instead.set("GET /token", [{ status: 200, body: "no JSON" }]);
  assert.is((await failure(client.manifest(reference("team/one")))).kind, "invalid");
  registry.instead.set("GET /token", [{ status: 200, body: '{"token":"two\\nlines"}' }]);
  assert.is((await failure(client.manifest(reference("team/one:1")))).kind, "invalid");
  registry.instead.set("GET /token", [403]);
  assert.is((await failure(client.digest(reference("team/one")))).status, 403);
  world.cleanUp();
});

test("redirected blobs: credentials stay, and so does the query of the address", async () => {
  registry.configure({ auth: { kind: "basic", ...user }, redirectBlobs: `http://${other.name}/storage` });
  const { client, world } = createClient({ config: { auths: { [registry.name]: { auth: encoded } } } });
  const blob = registry.content(one.config.digest) as Buffer;
  other.instead.set(`GET /storage/${one.config.digest}`, [{ status: 200, body: blob }]);
  other.requests.length = 0;
  const image = await client.image(reference("team/one"), amd64);
  assert.is((await client.config(image)).get("os"), "linux");
  assert.is(other.requests[0]?.headers.authorization, undefined);
  assert.match(other.requests[0]?.path ?? "", "signature=hidden");
  other.instead.set(`GET /storage/${one.layers[0]?.digest}`, [403]);
  const { message } = await failure(client.blob(reference("team/one"), image.manifest.layers[0] as never, 1000));
  assert.not.match(message, "signature");
  world.cleanUp();
});

test("redirects that go round, or away from HTTP", async () => {
  const path = `/v2/team/one/blobs/${one.config.digest}`;
  const { client, world } = createClient();
  const image = await client.image(reference("team/one"), amd64);
  registry.instead.set(`GET ${path}`, Array(9).fill({ status: 302, headers: { Location: path } }));
  assert.match((await failure(client.config(image))).message, "redirects");
  const again = createClient();
  registry.instead.set(`GET ${path}`, [{ status: 302, headers: { Location: "file:///etc/passwd" } }]);
  assert.match((await failure(again.client.config(image))).message, "refused");
  world.cleanUp();
  again.world.cleanUp();
});

test("429 and 5xx are asked again, twice; 404 is not", async () => {
  const { client, world } = createClient();
  const path = "HEAD /v2/team/one/manifests/latest";
  registry.instead.set(path, [{ status: 429, headers: { "Retry-After": "2" } }, 503]);
  assert.is(`sha256:${await client.digest(reference("team/one"))}`, one.digest);
  assert.equal(world.slept.slice(0, 2), [2000, 200]);
  registry.instead.set("HEAD /v2/team/one/manifests/1", [429, 429, 429]);
  assert.is((await failure(client.digest(reference("team/one:1")))).status, 429);
  registry.requests.length = 0;
  const { kind, status } = await failure(client.digest(reference("team/none")));
  assert.equal([kind, status, registry.seen().length], ["refused", 404, 1]);
  world.cleanUp();
});

test("answers that cannot be trusted", async () => {
  const { client, world } = createClient();
  const wrong = async (path: string, body: string, ask: () => Promise<unknown>): Promise<string> => {
    registry.instead.set(`GET ${path}`, [{ status: 200, body }]);
    const { kind, message } = await failure(ask());
    assert.is(kind, "invalid", message);
    return message;
  };
  const byDigest = parseReference(`${registry.name}/team/one@${one.digest}`);
  assert.match(await wrong(`/v2/team/one/manifests/${one.digest}`, "{}", () => client.manifest(byDigest)), "another digest");
  for (const [tag, body] of [
    ["a", "<html>"],
    ["b", "[]"],
    ["c", '{"config":{"digest":"sha256:1","size":1},"layers":[]}'],
    ["d", '{"schemaVersion":1,"fsLayers":[]}'],
  ] as const)
    await wrong(`/v2/team/one/manifests/${tag}`, body, () => client.manifest(reference(`team/one:${tag}`)));
  await wrong("/v2/team/one/manifests/long", `"${"x".repeat(5 << 20)}"`, () => client.manifest(reference("team/one:long")));
  const image = await client.image(reference("team/one"), amd64);
  await wrong(`/v2/team/one/blobs/${one.config.digest}`, JSON.stringify(config("amd65")), () => client.config(image));
  const bad = {
    mediaType: amd.mediaType,
    digest: amd.digest,
    size: amd.size + 1,
    platform: { os: "linux", architecture: "amd64" },
  };
  registry.manifest("team/two", { schemaVersion: 2, mediaType: ociIndex, manifests: [bad] }, ociIndex, "size");
  assert.match((await failure(client.image(reference("team/two:size"), amd64))).message, "size");
  assert.is((await failure(client.manifest(parseReference(`${registry.name}/UPPER/../x`)))).kind, "invalid");
  world.cleanUp();
});

test("who cannot be reached is not waited for twice", async () => {
  const gone = await TestRegistry.start();
  const { name } = gone;
  await gone.stop();
  const { client, world } = createClient();
  for (let i = 0; i < 3; i++) assert.is((await failure(client.digest(parseReference(`${name}/x:${i}`)))).kind, "unreachable");
  registry.instead.set("HEAD /v2/team/one/manifests/latest", ["hang", "hang", "hang"]);
  registry.instead.set("GET /v2/team/one/manifests/latest", ["hang", "hang", "hang"]);
  const { kind, message } = await failure(client.digest(reference("team/one")));
  assert.is(kind, "unreachable");
  assert.match(message, /answer/);
  registry.requests.length = 0;
  assert.is((await failure(client.manifest(reference("team/two")))).kind, "unreachable");
  assert.equal(registry.seen(), []);
  world.cleanUp();
});

test("mirrors of Docker Hub: what they don't have is asked for elsewhere, and they get no credentials of the Hub", async () => {
  const nginx = other.image("library/nginx", config("amd64"), [gzipSync("nginx")], { tags: ["latest"] });
  other.requests.length = 0;
  const { client, world } = createClient({
    settings: { daemon: () => ({ mirrors: [`http://${registry.name}/`, other.url], insecure: [] }) },
    config: { auths: { "https://index.docker.io/v1/": { auth: encoded } } },
  });
  assert.is(`sha256:${await client.digest(parseReference("nginx:latest"))}`, nginx.digest);
  assert.equal(registry.seen(), ["HEAD /v2/library/nginx/manifests/latest"]);
  assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
  world.cleanUp();
});

test("manifests by another way when the registry cannot be reached", async () => {
  const bytes = JSON.stringify({
    schemaVersion: 2,
    config: { mediaType: "c", digest: digestOf("c"), size: 1 },
    layers: [],
  });
  const asked: string[] = [];
  const { client, world } = createClient({
    raw: ({ repository }) => {
      asked.push(repository);
      return new TextEncoder().encode(bytes);
    },
  });
  // A name that cannot be resolved.
  assert.is(`sha256:${await client.digest(parseReference("registry.invalid/a:1"))}`, digestOf(bytes));
  assert.equal(asked, ["registry.invalid/a"]);
  world.cleanUp();
});

test.run();
