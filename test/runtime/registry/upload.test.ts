/** Blob upload and manifests against a registry that insists on the protocol (`docker.md` 17.7). */
import { createHash, randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../runtime/docker/references.js";
import { RegistryError } from "../../../runtime/registry/failure.js";
import { blobOf, deleteBlob, nextOffset, putManifest, type UploadOptions, uploadBlob } from "../../../runtime/registry/upload.js";
import { ociManifest, TestRegistry } from "../../helpers/registry.js";
import { createClient } from "../../helpers/registry-client.js";

const registry = await TestRegistry.start();
const repository = parseReference(`${registry.name}/team/app`);
const small: UploadOptions = { chunkSize: 1000, timeout: 30_000 };
const hexOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function upload(bytes: Uint8Array, options = small): Promise<string[]> {
  const { client, world } = createClient();
  registry.requests.length = 0;
  try {
    await uploadBlob(client.connection, repository, blobOf(bytes, hexOf(bytes)), options);
  } finally {
    world.cleanUp();
  }
  return registry.requests.map(
    ({ method, headers }) => `${method}${headers["content-range"] === undefined ? "" : ` ${headers["content-range"]}`}`,
  );
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RegistryError) return error.message;
    throw error;
  }
  throw new Error("it did not fail");
}

test.before.each(() => registry.instead.clear());
test.after.each(() => assert.equal(registry.violations, []));
test.after(() => registry.stop());

test("one chunk goes without a range, more with theirs; what is there is not sent again", async () => {
  const one = randomBytes(1000);
  assert.equal(await upload(one), ["HEAD", "POST", "PUT"]);
  assert.equal(registry.content(`sha256:${hexOf(one)}`), one);
  assert.equal(await upload(one), ["HEAD"]);
  const many = randomBytes(2500);
  assert.equal(await upload(many), ["HEAD", "POST", "PATCH 0-999", "PATCH 1000-1999", "PUT 2000-2499"]);
  assert.equal(registry.content(`sha256:${hexOf(many)}`), many);
  const even = randomBytes(2000);
  assert.equal(await upload(even), ["HEAD", "POST", "PATCH 0-999", "PUT 1000-1999"]);
});

test("the registry's own idea of a chunk counts if it is larger", async () => {
  const headers = { Location: `/v2/team/app/blobs/uploads/u1?state=1`, "OCI-Chunk-Min-Length": "2000" };
  const bytes = randomBytes(1900);
  registry.instead.set("POST /v2/team/app/blobs/uploads/", [{ status: 202, headers }]);
  // The upload is unknown to the registry: only what we send matters.
  registry.instead.set("PUT /v2/team/app/blobs/uploads/u1", [{ status: 201 }]);
  assert.equal(await upload(bytes), ["HEAD", "POST", "PUT"]);
});

const place = (n: number): string => `PATCH /v2/team/app/blobs/uploads/u${n}`;
const location = (n: number): string => `/v2/team/app/blobs/uploads/u${n}?state=1`;
const begin = (n: number) =>
  registry.instead.set("POST /v2/team/app/blobs/uploads/", [{ status: 202, headers: { Location: location(n) } }]);

test("416 means: go on where I am", async () => {
  begin(70);
  registry.instead.set(place(70), [
    { status: 416, headers: { Location: location(70), Range: "0-499" } },
    { status: 202, headers: { Location: location(70), Range: "0-1499" } },
  ]);
  registry.instead.set("PUT /v2/team/app/blobs/uploads/u70", [{ status: 201 }]);
  assert.equal(await upload(randomBytes(2500)), ["HEAD", "POST", "PATCH 0-999", "PATCH 500-1499", "PUT 1500-2499"]);
});

test("a range that doesn't move is believed to be stale after two attempts; one that goes back is an error", async () => {
  begin(80);
  const stuck = { status: 202, headers: { Location: location(80), Range: "0-999" } };
  registry.instead.set(place(80), [stuck, stuck, stuck]);
  registry.instead.set("PUT /v2/team/app/blobs/uploads/u80", [{ status: 201 }]);
  assert.equal(await upload(randomBytes(2500)), [
    "HEAD",
    "POST",
    "PATCH 0-999",
    "PATCH 1000-1999",
    "PATCH 1000-1999",
    "PUT 2000-2499",
  ]);
  begin(90);
  registry.instead.set(place(90), [
    { status: 202, headers: { Location: location(90), Range: "0-999" } },
    { status: 202, headers: { Location: location(90), Range: "0-99" } },
  ]);
  assert.match(await failure(upload(randomBytes(2500))), "lost");
});

test("what cannot work ends: nothing to send, no place, another digest, refusals without end", async () => {
  assert.match(await failure(upload(new Uint8Array())), "nothing to upload");
  registry.instead.set("POST /v2/team/app/blobs/uploads/", [202]);
  assert.match(await failure(upload(randomBytes(10))), "names no place");
  begin(95);
  registry.instead.set("PUT /v2/team/app/blobs/uploads/u95", [
    { status: 201, headers: { "Docker-Content-Digest": `sha256:${"0".repeat(64)}` } },
  ]);
  assert.match(await failure(upload(randomBytes(10))), "something else");
  begin(96);
  registry.instead.set(place(96), Array(20).fill({ status: 416, headers: { Range: "0-9" } }));
  assert.match(await failure(upload(randomBytes(2500))), "where to go on");
  registry.instead.set("POST /v2/team/app/blobs/uploads/", [403]);
  assert.match(await failure(upload(randomBytes(10))), "403");
  begin(97);
  registry.instead.set(place(97), [{ status: 202, headers: { Location: "https://[" } }]);
  assert.match(await failure(upload(randomBytes(2500))), "no URL");
});

test("uploads with a token for writing", async () => {
  registry.configure({ auth: { kind: "token", user: "jo", password: "secret" } });
  const { client, world } = createClient({ config: { auths: { [registry.name]: { username: "jo", password: "secret" } } } });
  const bytes = randomBytes(1500);
  await uploadBlob(client.connection, repository, blobOf(bytes, hexOf(bytes)), small);
  assert.equal(registry.content(`sha256:${hexOf(bytes)}`), bytes);
  registry.configure({ auth: undefined as never });
  world.cleanUp();
});

test("a manifest goes under its tag or digest; blobs are deleted where that is possible", async () => {
  const { client, world, logs } = createClient();
  const { connection } = client;
  const config = registry.blob("{}");
  const text = JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers: [], subject: config });
  const bytes = new TextEncoder().encode(text);
  const digest = hexOf(bytes);
  assert.equal(await putManifest(connection, { ...repository, tag: "x" }, bytes, ociManifest, digest), {
    digest,
    isReferrer: true,
  });
  assert.ok(registry.pushed("team/app", "x"));
  registry.configure({ referrers: false });
  assert.is((await putManifest(connection, { ...repository, digest }, bytes, ociManifest, digest)).isReferrer, false);
  registry.instead.set("PUT /v2/team/app/manifests/x", [{ status: 201, headers: { "Docker-Content-Digest": "sha256:00" } }]);
  assert.match(await failure(putManifest(connection, { ...repository, tag: "x" }, bytes, ociManifest, digest)), "something else");
  const blob = registry.blob("to be deleted").digest.slice(7);
  await deleteBlob(connection, repository, blob, (level, message) => void logs.push(`${level}: ${message}`));
  assert.is(registry.content(`sha256:${blob}`), undefined);
  registry.instead.set(`DELETE /v2/team/app/blobs/sha256:${blob}`, [405, 500, 500, 500]);
  await deleteBlob(connection, repository, blob, (level, message) => void logs.push(`${level}: ${message}`));
  assert.match(logs.join("\n"), "warn: ");
  assert.match(await failure(deleteBlob(connection, repository, blob, () => {})), "500");
  world.cleanUp();
});

test("ranges", () => {
  assert.is(nextOffset("0-99"), 100);
  assert.is(nextOffset("bytes=0-0"), 1);
  for (const text of [undefined, "", "x", "5-9", "0-"]) assert.is(nextOffset(text), undefined);
});

test.run();
