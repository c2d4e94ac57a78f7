/**
 * Attestations of images as registries keep them (`runtime-core.md` 15.3, `docker.md` 17.6): a sigstore bundle around the signed statement, an OCI manifest that
 * refers to the image, and an index under a tag for registries without referrers. Everything here is a function from data to data; talking to
 * a registry is left to its client.
 */
import { fromBase64, toBase64, utf8 } from "../base64.js";
import type { Cryptography } from "../host/host.js";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import { type Envelope, IN_TOTO_TYPE, isSignedBy, readEnvelope, sealEnvelope } from "./envelope.js";
import type { Signer } from "./signer.js";
import { readStatement, type Subject, statementText } from "./statement.js";

export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const PREDICATE_ANNOTATION = "https://sigstore.dev/cosign/sign/v1";

/** What a registry is told about content. */
export interface Descriptor {
  readonly mediaType: string;
  /** Plain hex. */
  readonly digest: string;
  readonly size: number;
}

/** The configuration of manifests that have none: the bytes `{}`. */
export const EMPTY_CONFIG: Descriptor & { readonly bytes: Uint8Array } = {
  mediaType: EMPTY_TYPE,
  digest: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
  bytes: utf8("{}"),
};

/** The DER inside of a PEM block. */
function derOf(pem: string): Uint8Array {
  return fromBase64(
    pem
      .split(/\r?\n/)
      .filter((line) => !line.startsWith("-"))
      .join(""),
  );
}

/** Signs what there is to say about an image: the envelope. Throws a `HostError` if signing fails. */
export function attest(signer: Signer, subject: Subject, mark: string): JsonObject {
  return sealEnvelope(signer, IN_TOTO_TYPE, utf8(statementText(subject, mark)));
}

/** The bundle around an envelope, and the public key beside it. */
export function bundleText(envelope: JsonObject, publicKey: string): string {
  return JSON.stringify({
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { certificate: { rawBytes: toBase64(derOf(publicKey)) } },
    dsseEnvelope: plain(envelope),
  });
}

/** Envelopes hold texts, lists and objects only. */
function plain(json: Json): unknown {
  if (isJsonList(json)) return json.map(plain);
  if (isJsonObject(json)) return Object.fromEntries([...json].map(([key, value]) => [key, plain(value)]));
  return json;
}

function descriptorJson({ mediaType, digest, size }: Descriptor): Record<string, unknown> {
  return { mediaType, digest: `sha256:${digest}`, size };
}

/** The manifest that attaches a bundle to an image. `created`: RFC 3339. */
export function attestationManifest(subject: Descriptor, bundle: Descriptor, created: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: BUNDLE_TYPE,
    config: descriptorJson(EMPTY_CONFIG),
    layers: [descriptorJson({ ...bundle, mediaType: BUNDLE_TYPE })],
    subject: descriptorJson(subject),
    annotations: bundleAnnotations(created),
  });
}

function bundleAnnotations(created: string): Record<string, string> {
  return {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": PREDICATE_ANNOTATION,
    "org.opencontainers.image.created": created,
  };
}

/** The tag under which an image's attestations are listed where registries know no referrers. */
export function attestationTag(manifestDigest: string): string {
  return `sha256-${manifestDigest}`;
}

/**
 * The index under that tag, with one more attestation.
 * @param before the index that is there, parsed; undefined if there is none. What else it lists stays.
 */
export function indexWith(before: Json | undefined, manifest: Descriptor, created: string): string {
  const entries = isJsonObject(before) && isJsonList(before.get("manifests")) ? (before.get("manifests") as readonly Json[]) : [];
  const digest = `sha256:${manifest.digest}`;
  const added = { ...descriptorJson(manifest), artifactType: BUNDLE_TYPE, annotations: bundleAnnotations(created) };
  const others = entries.map(plain).filter((entry) => (entry as { digest?: unknown }).digest !== digest);
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...others, added] });
}

/** The manifests that an index (of a tag, or of referrers) lists as attestations, newest first. */
export function attestationsIn(index: Json | undefined): readonly Descriptor[] {
  const entries = isJsonObject(index) && isJsonList(index.get("manifests")) ? (index.get("manifests") as readonly Json[]) : [];
  const found = entries.filter(isJsonObject).flatMap((entry, position) => {
    const [mediaType, digest, size] = [entry.get("mediaType"), entry.get("digest"), entry.get("size")];
    const hex = /^sha256:([0-9a-f]{64})$/.exec(String(digest))?.[1];
    if (typeof mediaType !== "string" || hex === undefined || typeof size !== "number") return [];
    if ((entry.get("artifactType") ?? BUNDLE_TYPE) !== BUNDLE_TYPE) return [];
    const annotations = entry.get("annotations");
    const created = isJsonObject(annotations) ? String(annotations.get("org.opencontainers.image.created") ?? "") : "";
    return [{ mediaType, digest: hex, size, created, position }];
  });
  found.sort((left, right) =>
    left.created === right.created ? right.position - left.position : left.created < right.created ? 1 : -1,
  );
  return found.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
}

/** The envelope in a bundle, or in what older releases stored instead: the envelope alone. */
export function envelopeIn(json: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(json)) return undefined;
  const envelope = json.get("dsseEnvelope") ?? json;
  return isJsonObject(envelope) ? envelope : undefined;
}

export interface VerifiedAttestation {
  readonly mark: JsonObject;
  /** As `_SIGNATURES` shows it. */
  readonly envelope: JsonObject;
  /** False: signed by another key than the mark names, or changed. */
  readonly valid: boolean;
}

/**
 * Reads an attestation of an image and checks it with the key that its mark names (15.4).
 * @returns undefined if it is none, is about another image, or names no key that can be used: all that counts as "no attestation found".
 */
export function verifyAttestation(
  cryptography: Cryptography,
  json: Json | undefined,
  manifestDigest: string,
): VerifiedAttestation | undefined {
  const envelope = envelopeIn(json);
  const read: Envelope | undefined = readEnvelope(envelope);
  const attested = read === undefined ? undefined : readStatement(read);
  if (envelope === undefined || read === undefined || attested?.digests.includes(manifestDigest) !== true) return undefined;
  const publicKey = attested.mark.get("INJECTOR_PUBLIC_KEY");
  if (typeof publicKey !== "string") return undefined;
  try {
    return { mark: attested.mark, envelope, valid: isSignedBy(cryptography, read, publicKey) };
  } catch {
    return undefined;
  }
}
