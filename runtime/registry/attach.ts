/**
 * Attaching things to images (`docker.md` 17.6, 18.4): a manifest that names the image as its subject, which registries with the referrers API list by
 * themselves; for the others, and if the configuration wants it, also the index under the tag `sha256-<digest>`, once for everything at the end.
 */
import { attestationForms, displayForm, type ImageReference, parseReference } from "../docker/references.js";
import type { Host } from "../host/host.js";
import { type Json, parseJson } from "../json.js";
import { reasonOf } from "../reason.js";
import type { RegistryClient } from "./client.js";
import type { RegistryLog } from "./credentials.js";
import { RegistryError } from "./failure.js";
import { blobOf, putManifest, type UploadOptions, uploadBlob } from "./upload.js";

const indexType = "application/vnd.oci.image.index.v1+json";

export interface Attachment {
  /** The image: its repository and the digest of its manifest. */
  readonly image: ImageReference;
  /** Content that the manifest names. */
  readonly blobs: readonly Uint8Array[];
  readonly manifest: string;
  readonly mediaType: string;
  /** The index under the tag, with the manifest in it. `before`: what is there, parsed; undefined if nothing is. */
  listed(
    before: Json | undefined,
    manifest: { readonly mediaType: string; readonly digest: string; readonly size: number },
  ): string;
}

export interface AttachServices {
  readonly host: Host;
  readonly client: RegistryClient;
  readonly upload: UploadOptions;
  /** Use the tag also where the registry lists referrers (`docker.attestation_use_oci_tag`). */
  readonly useTag: boolean;
  readonly log: RegistryLog;
}

type Listing = (before: Json | undefined) => string;

/** The index of what is attached to an image, by the API; undefined if the registry has none. Throws a `RegistryError`. */
export async function readReferrers(client: RegistryClient, image: ImageReference): Promise<Json | undefined> {
  const request = { method: "GET", path: `/referrers/sha256:${image.digest}`, headers: { Accept: indexType } };
  const { status, body } = await client.connection.send(image, "read", request);
  if (status !== 200) return undefined;
  const parsed = parseJson(body);
  return "value" in parsed ? parsed.value : undefined;
}

/** The same by the tag. Throws a `RegistryError`, but not if there is none. */
export async function readTaggedIndex(client: RegistryClient, image: ImageReference): Promise<Json | undefined> {
  const forms = attestationForms(image);
  if (forms === undefined) return undefined;
  try {
    const { bytes } = await client.manifest(parseReference(forms.oci));
    const parsed = parseJson(bytes);
    return "value" in parsed ? parsed.value : undefined;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined;
    throw error;
  }
}

export class Attachments {
  private readonly services: AttachServices;
  /** What is to be listed under tags, by the text of the tag's reference. */
  private readonly pending = new Map<string, Listing[]>();

  constructor(services: AttachServices) {
    this.services = services;
  }

  /** Attaches something to an image. Tags wait for `finish`. Returns the digest of the manifest, plain hex. Throws a `RegistryError`. */
  async attach({ image, blobs, manifest, mediaType, listed }: Attachment): Promise<string> {
    const { host, client, upload, useTag } = this.services;
    const { connection } = client;
    for (const bytes of blobs) await uploadBlob(connection, image, blobOf(bytes, host.hashing.hex("sha256", bytes)), upload);
    const bytes = new TextEncoder().encode(manifest);
    const digest = host.hashing.hex("sha256", bytes);
    const { isReferrer } = await putManifest(connection, { ...image, tag: "", digest }, bytes, mediaType, digest);
    const forms = attestationForms(image);
    if (forms !== undefined && (useTag || !(isReferrer || (await this.listsReferrers(image))))) {
      const waiting = this.pending.get(forms.oci) ?? [];
      this.pending.set(forms.oci, waiting);
      waiting.push((before) => listed(before, { mediaType, digest, size: bytes.length }));
    }
    return digest;
  }

  private async listsReferrers(image: ImageReference): Promise<boolean> {
    try {
      return (await readReferrers(this.services.client, image)) !== undefined;
    } catch (error) {
      if (error instanceof RegistryError) return false;
      throw error;
    }
  }

  /** Puts the pending tags. Failures are logged. */
  async finish(): Promise<void> {
    const { client, host, log } = this.services;
    client.forget();
    for (const [tag, listings] of this.pending) {
      try {
        const reference = parseReference(tag);
        const image = { ...reference, tag: "", digest: reference.tag.replace(/^sha256-/, "") };
        const before = await readTaggedIndex(client, image);
        const text = listings.reduce<string | undefined>(
          (index, list) => list(index === undefined ? before : parsed(index)),
          undefined,
        );
        if (text === undefined) continue;
        const bytes = new TextEncoder().encode(text);
        await putManifest(client.connection, reference, bytes, indexType, host.hashing.hex("sha256", bytes));
      } catch (error) {
        log(
          "error",
          `docker: ${displayForm(parseReference(tag))}: what is attached to the image is not listed: ${reasonOf(error)}`,
        );
      }
    }
    this.pending.clear();
  }
}

function parsed(text: string): Json | undefined {
  const result = parseJson(text);
  return "value" in result ? result.value : undefined;
}
