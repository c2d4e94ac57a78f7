/** Attestations of images (`runtime-core.md` 15.3, `docker.md` 17.6): what is signed and stored, and what is believed of what a registry sends. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromBase64, toBase64, utf8 } from "../../../runtime/base64.js";
import { createHost } from "../../../runtime/host/create.js";
import { compact, type Json, type JsonObject, parseJson } from "../../../runtime/json.js";
import {
  attest,
  attestationManifest,
  attestationsIn,
  BUNDLE_TYPE,
  bundleText,
  EMPTY_CONFIG,
  indexWith,
  verifyAttestation,
} from "../../../runtime/signing/attestation.js";
import { preAuthentication } from "../../../runtime/signing/envelope.js";
import type { Signer } from "../../../runtime/signing/signer.js";

const { cryptography, hashing } = createHost();
const pair = cryptography.generateSigningKey();
const signer: Signer = { publicKey: pair.publicKey, sign: (message) => toBase64(cryptography.sign(pair.privateKey, message)) };
const manifestDigest = "a".repeat(64);
const subject = { repository: "registry.example/team/app", manifestDigest, configDigest: "c".repeat(64) };
const mark = compact(
  new Map<string, Json>([
    ["MAGIC", "dadfedabbadabbed"],
    ["CHALK_ID", "x"],
    ["NUMBER", 9007199254740993n],
    ["INJECTOR_PUBLIC_KEY", pair.publicKey],
  ]),
);
const read = (text: string): JsonObject => {
  const parsed = parseJson(utf8(text));
  assert.ok("value" in parsed, text);
  return parsed.value as JsonObject;
};
const envelope = attest(signer, subject, mark);
const bundle = bundleText(envelope, pair.publicKey);

test("what is signed: the example of the DSSE specification", () => {
  const text = new TextDecoder().decode(preAuthentication("http://example.com/HelloWorld", utf8("hello world")));
  assert.is(text, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

test("lengths in what is signed are bytes", () => {
  assert.is(new TextDecoder().decode(preAuthentication("ü", utf8("ä"))), "DSSEv1 2 ü 2 ä");
});

test("the statement names the image and holds the mark as it is", () => {
  const statement = JSON.parse(new TextDecoder().decode(fromBase64(envelope.get("payload") as string)));
  assert.is(envelope.get("payloadType"), "application/vnd.in-toto+json");
  assert.is(statement._type, "https://in-toto.io/Statement/v0.1");
  assert.is(statement.predicateType, "https://in-toto.io/attestation/scai/v0.3");
  assert.equal(statement.subject, [
    { name: subject.repository, digest: { sha256: manifestDigest }, config: { digest: { sha256: subject.configDigest } } },
  ]);
  assert.is(statement.predicate.attributes.length, 1);
  assert.is(statement.predicate.attributes[0].attribute, "CHALK");
  assert.is(statement.predicate.attributes[0].evidence.CHALK_ID, "x");
  assert.ok(new TextDecoder().decode(fromBase64(envelope.get("payload") as string)).includes(mark));
});

test("the bundle holds envelope and public key", () => {
  const json = JSON.parse(bundle);
  assert.is(json.mediaType, BUNDLE_TYPE);
  assert.is(json.dsseEnvelope.payload, envelope.get("payload"));
  const der = Buffer.from(json.verificationMaterial.certificate.rawBytes, "base64");
  assert.is(der.toString("base64"), pair.publicKey.split("\n").slice(1, -2).join(""));
});

test("an attestation of ours is valid, numbers of the mark exact", () => {
  const found = verifyAttestation(cryptography, read(bundle), manifestDigest);
  assert.is(found?.valid, true);
  assert.is(compact(found?.mark as JsonObject), mark);
  assert.equal(compact(found?.envelope as JsonObject), compact(envelope));
});

test("the envelope alone, as older releases stored it, is read, too", () => {
  assert.is(verifyAttestation(cryptography, envelope, manifestDigest)?.valid, true);
});

test("about another image: none", () => {
  assert.is(verifyAttestation(cryptography, read(bundle), "b".repeat(64)), undefined);
});

test("a changed payload, or a signature by another key: found, and wrong", () => {
  const other = cryptography.generateSigningKey();
  const foreign: Signer = { ...signer, sign: (message) => toBase64(cryptography.sign(other.privateKey, message)) };
  assert.is(verifyAttestation(cryptography, attest(foreign, subject, mark), manifestDigest)?.valid, false);
  const payload = new TextDecoder()
    .decode(fromBase64(envelope.get("payload") as string))
    .replace('"CHALK_ID" : "x"', '"CHALK_ID" : "y"');
  const changed = new Map([...envelope, ["payload", toBase64(utf8(payload))] as const]);
  assert.is(verifyAttestation(cryptography, changed, manifestDigest)?.valid, false);
  assert.is(verifyAttestation(cryptography, new Map([...envelope, ["signatures", []] as const]), manifestDigest)?.valid, false);
});

test("what a registry may send instead is no attestation, and no crash", () => {
  const without = attest(signer, subject, '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "x" }');
  const badKey = attest(signer, subject, '{ "MAGIC" : "dadfedabbadabbed", "INJECTOR_PUBLIC_KEY" : "nonsense" }');
  const noMark = attest(signer, subject, "[1]");
  const otherType = new Map([...envelope, ["payloadType", "text/plain"] as const]);
  const noBase64 = new Map([...envelope, ["payload", "*"] as const]);
  for (const json of [
    undefined,
    null,
    1,
    "x",
    [],
    new Map(),
    without,
    badKey,
    noMark,
    otherType,
    noBase64,
    new Map([["dsseEnvelope", 3]]),
  ])
    assert.is(verifyAttestation(cryptography, json as Json, manifestDigest), undefined);
});

test("the manifest refers to the image", () => {
  const layer = { mediaType: BUNDLE_TYPE, digest: hashing.hex("sha256", bundle), size: utf8(bundle).length };
  const image = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: manifestDigest, size: 500 };
  const manifest = JSON.parse(attestationManifest(image, layer, "2026-11-23T17:00:00Z"));
  assert.is(manifest.artifactType, BUNDLE_TYPE);
  assert.equal(manifest.subject, { mediaType: image.mediaType, digest: `sha256:${manifestDigest}`, size: 500 });
  assert.is(manifest.layers[0].digest, `sha256:${layer.digest}`);
  assert.is(manifest.config.digest, `sha256:${hashing.hex("sha256", EMPTY_CONFIG.bytes)}`);
  assert.equal(manifest.annotations, {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
    "org.opencontainers.image.created": "2026-11-23T17:00:00Z",
  });
});

test("the index grows, keeps what others put there, and is read newest first", () => {
  const descriptor = (letter: string) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: letter.repeat(64),
    size: 3,
  });
  const foreign = `{"manifests":[{"mediaType":"x","digest":"sha256:${"f".repeat(64)}","size":1,"artifactType":"text/other"}]}`;
  const one = indexWith(read(foreign), descriptor("1"), "2026-01-02T00:00:00Z");
  const two = indexWith(read(one), descriptor("2"), "2026-01-03T00:00:00Z");
  const three = indexWith(read(two), descriptor("3"), "2026-01-01T00:00:00Z");
  assert.is(JSON.parse(three).manifests.length, 4);
  assert.equal(
    attestationsIn(read(three)).map(({ digest }) => digest[0]),
    ["2", "1", "3"],
  );
  assert.is(JSON.parse(indexWith(read(three), descriptor("3"), "2026-01-01T00:00:00Z")).manifests.length, 4, "none twice");
  assert.equal(attestationsIn(undefined), []);
  assert.equal(attestationsIn(read('{"manifests":[1,{"digest":"sha256:x"},{}]}')), []);
});

test.run();
