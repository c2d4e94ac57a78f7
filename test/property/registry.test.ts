/** What registries and docker's files may contain is not ours: readers of it fail in one way only, whatever they get. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseChallenges } from "../../runtime/docker/challenge.js";
import { isAskable, nameOf, parseReference, registryOf } from "../../runtime/docker/references.js";
import { isJsonObject } from "../../runtime/json.js";
import { readBuilderNodes } from "../../runtime/registry/builder-nodes.js";
import { readDockerConfig, readHelperAnswer } from "../../runtime/registry/docker-config.js";
import { readDaemonRegistries } from "../../runtime/registry/endpoints.js";
import { RegistryError } from "../../runtime/registry/failure.js";
import { parseManifest } from "../../runtime/registry/manifests.js";
import { fileInTar } from "../../runtime/registry/tar.js";
import { parseToml, TomlError } from "../../runtime/registry/toml.js";
import { nextOffset } from "../../runtime/registry/upload.js";
import "../helpers/reproducible.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Throws nothing but errors of this class. */
function only<T>(kind: new (...args: never[]) => Error, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    assert.instance(error, kind, String(error));
    return undefined;
  }
}

const descriptor = fc.record(
  {
    mediaType: fc.oneof(fc.string(), fc.integer()),
    digest: fc.oneof(fc.constant(`sha256:${"ab".repeat(32)}`), fc.string(), fc.constant(null)),
    size: fc.oneof(fc.integer(), fc.double(), fc.string()),
    annotations: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.anything()),
    platform: fc.oneof(fc.record({ os: fc.string(), architecture: fc.string() }), fc.anything()),
  },
  { requiredKeys: [] },
);
const manifest = fc.record(
  {
    config: descriptor,
    layers: fc.oneof(fc.array(descriptor), fc.anything()),
    manifests: fc.oneof(fc.array(descriptor), fc.anything()),
    subject: descriptor,
  },
  { requiredKeys: [] },
);

test("manifests", () => {
  fc.assert(
    fc.property(fc.oneof(manifest, fc.anything()), (json) => {
      let text: string | undefined;
      try {
        text = JSON.stringify(json);
      } catch {}
      const found = only(RegistryError, () => parseManifest(bytes(text ?? ""), "x"));
      if (found?.kind === "image")
        for (const layer of [found.config, ...found.layers]) assert.match(layer.digest, /^[0-9a-f]{64}$/);
      if (found?.kind === "index") for (const entry of found.entries) assert.ok(entry.size >= 0);
    }),
  );
});

test("archives, headers, files of docker", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), (content) => {
      fileInTar(content, "chalk.json");
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const challenge of parseChallenges(text)) assert.is(challenge.scheme, challenge.scheme.toLowerCase());
      readDockerConfig(text);
      readHelperAnswer(text);
      readDaemonRegistries(text);
      readBuilderNodes(`Driver: docker-container\nNodes:\nName: ${text}`);
      assert.ok((nextOffset(text) ?? 1) > 0);
    }),
  );
  fc.assert(
    fc.property(fc.json(), (text) => void readDockerConfig(`{"auths":${text},"credHelpers":${text},"credsStore":${text}}`)),
  );
});

test("what may be asked for stays within its part of an address", () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9:@/._[\]?#%-]{0,24}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), part), (text) => {
      const reference = parseReference(text);
      if (!isAskable(reference)) return;
      const url = new URL(`https://${registryOf(reference)}/v2/${nameOf(reference)}/manifests/x`);
      assert.is(url.pathname, `/v2/${nameOf(reference)}/manifests/x`);
      assert.equal([url.username, url.search, url.hash], ["", "", ""]);
    }),
    { numRuns: 2000 },
  );
});

test("TOML that is written is read, and other text fails in one way", () => {
  const scalar = fc.oneof(fc.string(), fc.boolean(), fc.integer());
  const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }));
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z_-]{1,8}$/), value), (table) => {
      // JSON's texts are TOML's, but for this character and the escapes of halves of pairs.
      const text = Object.entries(table)
        .map(([key, item]) => `${key} = ${JSON.stringify(item).replaceAll("\u007f", "\\u007f")}`)
        .join("\n");
      if (/\\ud[89a-f]/i.test(text)) return;
      const read = parseToml(text);
      assert.equal([...read.keys()], Object.keys(table));
      for (const [key, item] of Object.entries(table)) if (typeof item === "string") assert.is(read.get(key), item);
    }),
  );
  const pieces = fc.array(
    fc.constantFrom("a", "=", "[", "]", "{", "}", '"', "'", ".", ",", "\n", " ", "1", "_", "e", "\\", "#", "true"),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((list) => list.join("")),
      ),
      (text) => {
        const read = only(TomlError, () => parseToml(text));
        if (read !== undefined) assert.ok(isJsonObject(read));
      },
    ),
    { numRuns: 2000 },
  );
});

test.run();
