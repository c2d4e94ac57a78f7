/** The mark in the last layer of an image (`docker.md` 15.3): archives of all kinds, and histories that say whose mark it is. */
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReference } from "../../../runtime/docker/references.js";
import type { JsonObject } from "../../../runtime/json.js";
import { isMarkLayer, readLayerMark } from "../../../runtime/registry/layer-mark.js";
import { fileInTar } from "../../../runtime/registry/tar.js";
import { TestRegistry } from "../../helpers/registry.js";
import { createClient } from "../../helpers/registry-client.js";

const registry = await TestRegistry.start();
const platform = { os: "linux", architecture: "amd64", variant: "" };
const mark = { MAGIC: "dadfedabbadabbed", CHALK_ID: "X" };

function entry(name: string, content: string | Uint8Array, type = "0"): Buffer {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(type, 156);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
const tar = (...entries: Buffer[]): Buffer => Buffer.concat([...entries, Buffer.alloc(1024)]);
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

test.after(() => {
  assert.equal(registry.violations, []);
  return registry.stop();
});

test("files in archives", () => {
  const archive = tar(entry("etc/", "", "5"), entry("./a", "x".repeat(700)), entry("chalk.json", "one"), entry("link", "", "2"));
  assert.is(text(fileInTar(archive, "chalk.json")), "one");
  assert.is(text(fileInTar(archive, "a"))?.length, 700);
  for (const name of ["etc/", "link", "b"]) assert.is(fileInTar(archive, name), undefined, name);
  assert.is(text(fileInTar(tar(entry("chalk.json", "old"), entry("/chalk.json", "new")), "chalk.json")), "new");
  const big = entry("b", "binary size");
  big.fill(0, 124, 136);
  big[124] = 0x80;
  big[135] = 11;
  assert.is(text(fileInTar(tar(big), "b")), "binary size");
});

test("what is no archive has no files, and never throws", () => {
  const archive = tar(entry("chalk.json", "content"));
  for (let length = 0; length < 600; length += 37) assert.is(fileInTar(archive.subarray(0, length), "nothing"), undefined);
  assert.is(fileInTar(archive.subarray(0, 515), "chalk.json"), undefined);
  const huge = entry("chalk.json", "x");
  huge.write("77777777777\0", 124);
  assert.is(fileInTar(tar(huge), "chalk.json"), undefined);
  assert.is(fileInTar(new Uint8Array(4096).fill(255), "chalk.json"), undefined);
});

async function markOf(
  layer: Uint8Array,
  history: readonly object[],
  inflateZstd?: (bytes: Uint8Array, limit: number) => Uint8Array,
): Promise<JsonObject | undefined> {
  const stored = registry.image("x", { os: "linux", architecture: "amd64", history }, [gzipSync("first"), layer]);
  const { client, world } = createClient();
  try {
    const image = await client.image(parseReference(`${registry.name}/x@${stored.digest}`), platform);
    return await readLayerMark(client, image, await client.config(image), inflateZstd);
  } finally {
    world.cleanUp();
  }
}

const good = gzipSync(tar(entry("chalk.json", JSON.stringify(mark))));
const copied = { created_by: "COPY /chalk.json /chalk.json # buildkit" };
const first = { created_by: "RUN something" };

test("the last layer must be the mark's own; what made no layer doesn't count", async () => {
  assert.is((await markOf(good, [first, copied]))?.get("CHALK_ID"), "X");
  assert.is((await markOf(good, [first, copied, { created_by: "CMD x", empty_layer: true }]))?.get("CHALK_ID"), "X");
  assert.is(await markOf(gzipSync(good), [first, copied]), undefined, "packed twice");
  assert.is((await markOf(tar(entry("chalk.json", JSON.stringify(mark))), [copied]))?.get("CHALK_ID"), "X", "not packed");
  for (const history of [[], [copied, first], [first, { created_by: "COPY a /x/chalk.json" }], [first, {}]])
    assert.is(await markOf(good, history), undefined, JSON.stringify(history));
});

test("layers in zstd are unpacked by the engine, if it can", async () => {
  const content = tar(entry("chalk.json", JSON.stringify(mark)));
  const layer = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), content]);
  assert.is((await markOf(layer, [copied], (bytes) => bytes.subarray(4)))?.get("CHALK_ID"), "X");
  assert.is(await markOf(layer, [copied]), undefined);
});

test("marks that are none", async () => {
  for (const content of ["", "{", "[]", JSON.stringify({ MAGIC: "x", EMBEDDED_CHALK: [] })])
    assert.is(await markOf(gzipSync(tar(entry("chalk.json", content))), [copied]), undefined, content);
  assert.is(await markOf(good.subarray(0, 30), [copied]), undefined, "cut off");
  try {
    await markOf(Buffer.concat([good.subarray(0, 10), Buffer.alloc(40, 0xff)]), [copied]);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, "inflated");
  }
  assert.is(await markOf(gzipSync(Buffer.alloc(80 << 20)), [copied]), undefined, "a layer that is small only when packed");
});

test("instructions that copy a mark", () => {
  for (const line of [
    "COPY file:ab in /chalk.json",
    "/bin/sh -c #(nop) COPY file:12 in /chalk.json ",
    'COPY ["x","/chalk.json"]',
  ])
    assert.ok(isMarkLayer(line), line);
  for (const line of ["RUN cat /chalk.json", "COPY a /x/chalk.json", "COPY a /chalk.jsonx"]) assert.not(isMarkLayer(line), line);
});

test.run();
