/**
 * Attestations of images in registries (`docker.md` 17.6, 15.3; `runtime-core.md` 15.3, 15.4): finding the newest one that is about an image, and attaching one
 * where none says the same yet. What they look like is `signing/attestation.ts`.
 */
import { attestationForms, type ImageReference, parseReference } from "../docker/references.js";
import type { Host } from "../host/host.js";
import type { Json, JsonObject } from "../json.js";
import {
  attest,
  attestationManifest,
  attestationsIn,
  BUNDLE_TYPE,
  bundleText,
  EMPTY_CONFIG,
  indexWith,
  MANIFEST_TYPE,
  type VerifiedAttestation,
  verifyAttestation,
} from "../signing/attestation.js";
import type { Signer } from "../signing/signer.js";
import { type Attachments, readReferrers, readTaggedIndex } from "./attach.js";
import type { RegistryClient, RemoteImage } from "./client.js";
import { RegistryError } from "./failure.js";
import type { Descriptor } from "./manifests.js";

/** An image with so many attestations is looked at no further. */
const looks = 8;
const bundleLimit = 16 << 20;

/** What a failing registry gives is nothing. */
async function orNothing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}

class Search {
  private readonly host: Host;
  private readonly client: RegistryClient;
  private readonly image: ImageReference;

  constructor(host: Host, client: RegistryClient, image: ImageReference) {
    this.host = host;
    this.client = client;
    this.image = image;
  }

  private verify(json: Json | undefined): VerifiedAttestation | undefined {
    return verifyAttestation(this.host.cryptography, json, this.image.digest);
  }

  private async inLayers(layers: readonly Descriptor[]): Promise<VerifiedAttestation | undefined> {
    let wrong: VerifiedAttestation | undefined;
    for (const layer of layers.slice(-looks).reverse()) {
      const found = this.verify(await orNothing(this.client.json(this.image, layer, bundleLimit)));
      if (found?.valid === true) return found;
      wrong ??= found;
    }
    return wrong;
  }

  private async inIndex(index: Json | undefined): Promise<VerifiedAttestation | undefined> {
    let wrong: VerifiedAttestation | undefined;
    for (const { digest } of attestationsIn(index).slice(0, looks)) {
      const fetched = await orNothing(this.client.manifest({ ...this.image, tag: "", digest }));
      if (fetched?.manifest.kind !== "image") continue;
      const found = await this.inLayers(fetched.manifest.layers);
      if (found?.valid === true) return found;
      wrong ??= found;
    }
    return wrong;
  }

  private async asCosignDid(): Promise<VerifiedAttestation | undefined> {
    const form = attestationForms(this.image)?.cosign;
    const fetched = form === undefined ? undefined : await orNothing(this.client.manifest(parseReference(form)));
    return fetched?.manifest.kind === "image" ? this.inLayers(fetched.manifest.layers) : undefined;
  }

  async run(): Promise<VerifiedAttestation | undefined> {
    let wrong: VerifiedAttestation | undefined;
    const places = [
      async () => this.inIndex(await orNothing(readReferrers(this.client, this.image))),
      async () => this.inIndex(await orNothing(readTaggedIndex(this.client, this.image))),
      () => this.asCosignDid(),
    ];
    for (const place of places) {
      const found = await place();
      if (found?.valid === true) return found;
      wrong ??= found;
    }
    return wrong;
  }
}

/**
 * The newest attestation about an image whose signature is good, else the newest with a wrong one, else undefined. Registries that fail have none.
 * @param image a repository and the digest of the image's manifest
 */
export function findAttestation(
  host: Host,
  client: RegistryClient,
  image: ImageReference,
): Promise<VerifiedAttestation | undefined> {
  return new Search(host, client, image).run();
}

export interface Signing {
  readonly host: Host;
  readonly client: RegistryClient;
  readonly signer: Signer;
  readonly attachments: Attachments;
}

/**
 * Signs an image in its repository and attaches the attestation, unless a good one with the same METADATA_ID is there. Returns the envelope either way.
 * Throws a `RegistryError`, or a `HostError` if signing fails.
 * @param mark as it is in the image, and its text
 */
export async function signImage(
  { host, client, signer, attachments }: Signing,
  { reference, digest, manifest }: RemoteImage,
  mark: JsonObject,
  text: string,
): Promise<JsonObject> {
  const image: ImageReference = { ...reference, tag: "", digest };
  const before = await findAttestation(host, client, image);
  if (before?.valid === true && before.mark.get("METADATA_ID") === mark.get("METADATA_ID")) return before.envelope;
  const subject = { repository: reference.repository, manifestDigest: digest, configDigest: manifest.config.digest };
  const envelope = attest(signer, subject, text);
  const bundle = new TextEncoder().encode(bundleText(envelope, signer.publicKey));
  const created = new Date(host.clock.now()).toISOString();
  const described = { mediaType: BUNDLE_TYPE, digest: host.hashing.hex("sha256", bundle), size: bundle.length };
  const { bytes } = await client.manifest(image);
  const about = { mediaType: manifest.mediaType || MANIFEST_TYPE, digest, size: bytes.length };
  await attachments.attach({
    image,
    blobs: [EMPTY_CONFIG.bytes, bundle],
    manifest: attestationManifest(about, described, created),
    mediaType: MANIFEST_TYPE,
    listed: (index, pushed) => indexWith(index, pushed, created),
  });
  return envelope;
}
