/**
 * What registries know about images (`docker.md` 17.4, 17.5). Everything that is read is verified against the digest it was asked by, and kept: nothing is
 * asked twice, neither what is there nor what isn't.
 */

import { platformOfInspect } from "../docker/inspect.js";
import { normalizedText, type Platform } from "../docker/platforms.js";
import { displayForm, type ImageReference, isLocalRegistry, manifestForm, registryOf } from "../docker/references.js";
import type { Host } from "../host/host.js";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import type { RegistryAnswer, RegistryConnection } from "./connection.js";
import { RegistryError } from "./failure.js";
import { readLayerMark } from "./layer-mark.js";
import {
  type AttestationKind,
  attestationFor,
  type Descriptor,
  entriesFor,
  hexOf,
  type ImageManifest,
  type IndexEntry,
  type IndexManifest,
  isAttestation,
  type Manifest,
  manifestTypes,
  parseManifest,
  platformsOf,
  statementLayer,
} from "./manifests.js";
import { inspectionOf } from "./remote-inspect.js";

export interface Fetched {
  /** Plain hex. */
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** An image of one platform in a registry. */
export interface RemoteImage {
  readonly reference: ImageReference;
  readonly digest: string;
  readonly manifest: ImageManifest;
  /** The index that it was reached through, and its entry there. */
  readonly index?: { readonly digest: string; readonly manifest: IndexManifest; readonly entry: IndexEntry };
}

/** Another way to manifests, for when no endpoint can be reached. */
export type RawManifests = (reference: ImageReference) => Uint8Array | undefined;

const accept = manifestTypes.join(", ");
const configLimit = 8 << 20;
const statementLimit = 64 << 20;
/** Images whose configurations are fetched to find out what they are for. */
const guessLimit = 16;
/** Time for each MB of a blob beyond that of a question, ms. */
const blobTimePerMegabyte = 1_000;
const longestBlobTime = 30_000;
const questionTime = 3_000;

export class RegistryClient {
  readonly connection: RegistryConnection;
  private readonly host: Host;
  private readonly raw: RawManifests;
  private readonly cache = new Map<string, Promise<unknown>>();

  constructor(host: Host, connection: RegistryConnection, raw: RawManifests = () => undefined) {
    this.host = host;
    this.connection = connection;
    this.raw = raw;
  }

  private once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let found = this.cache.get(key) as Promise<T> | undefined;
    if (found === undefined) {
      found = make();
      this.cache.set(key, found);
    }
    return found;
  }

  /** Forgets what was read: after a push the answers may be others. */
  forget(): void {
    this.cache.clear();
  }

  /** The digest that a reference has now: of an index if there is one. Throws a `RegistryError`. */
  async digest(reference: ImageReference): Promise<string> {
    return this.once(`digest ${displayForm(reference)}`, async () => {
      try {
        const answer = await this.manifestRequest(reference, "HEAD", manifestForm(reference));
        const digest = hexOf(answer.headers["docker-content-digest"] ?? "");
        // Some registries don't say it; then the manifest itself tells.
        if (digest !== undefined && (reference.digest === "" || digest === reference.digest)) return digest;
      } catch (error) {
        if (!(error instanceof RegistryError) || error.kind !== "unreachable") throw error;
      }
      return (await this.manifest(reference)).digest;
    });
  }

  /** The manifest of a reference. Throws a `RegistryError`. */
  async manifest(reference: ImageReference): Promise<Fetched> {
    return this.once(`manifest ${displayForm(reference)}`, async () => {
      const bytes = await this.manifestBytes(reference);
      const digest = this.host.hashing.hex("sha256", bytes);
      if (reference.digest !== "" && digest !== reference.digest)
        throw new RegistryError("invalid", `${displayForm(reference)}: the registry sent something with another digest`);
      return { digest, bytes, manifest: parseManifest(bytes, displayForm(reference)) };
    });
  }

  private async manifestBytes(reference: ImageReference): Promise<Uint8Array> {
    try {
      return (await this.manifestRequest(reference, "GET", manifestForm(reference))).body;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.kind !== "unreachable") throw error;
      const bytes = isLocalRegistry(registryOf(reference)) ? undefined : this.raw(reference);
      if (bytes === undefined) throw error;
      return bytes;
    }
  }

  private async manifestRequest(reference: ImageReference, method: "GET" | "HEAD", form: string): Promise<RegistryAnswer> {
    const request = { method, path: `/manifests/${form}`, headers: { Accept: accept } };
    return checked(await this.connection.send(reference, "read", request), displayForm(reference));
  }

  /** The image of a platform. Throws a `RegistryError`, also if there is none for it. */
  async image(reference: ImageReference, platform: Platform): Promise<RemoteImage> {
    const { digest, manifest } = await this.manifest(reference);
    if (manifest.kind === "image") return { reference, digest, manifest };
    const claimed = entriesFor(manifest, platform)[0];
    const entry = claimed ?? (await this.guess(reference, manifest, platform));
    if (entry === undefined)
      throw new RegistryError("invalid", `${displayForm(reference)}: has no image for ${normalizedText(platform)}`);
    const found = await this.child(reference, entry);
    return { reference, digest: entry.digest, manifest: found, index: { digest, manifest, entry } };
  }

  private async child(reference: ImageReference, entry: Descriptor): Promise<ImageManifest> {
    const { bytes, manifest } = await this.manifest({ ...reference, tag: "", digest: entry.digest });
    const what = displayForm({ ...reference, digest: entry.digest });
    if (bytes.length !== entry.size) throw new RegistryError("invalid", `${what}: its size isn't what the index says`);
    if (manifest.kind !== "image") throw new RegistryError("invalid", `${what}: an index within an index`);
    return manifest;
  }

  /** Some builders write wrong platforms into indexes, or none; configurations have the real ones. */
  private async guess(reference: ImageReference, index: IndexManifest, platform: Platform): Promise<IndexEntry | undefined> {
    for (const entry of index.entries.filter((item) => !isAttestation(item)).slice(0, guessLimit)) {
      const config = await this.config({ reference, digest: entry.digest, manifest: await this.child(reference, entry) });
      const found = platformOfInspect(config);
      if (found !== undefined && normalizedText(found) === normalizedText(platform)) return entry;
    }
    return undefined;
  }

  /** Does the registry have it? Throws a `RegistryError` if that cannot be found out. */
  async has(reference: ImageReference): Promise<boolean> {
    try {
      await this.digest(reference);
      return true;
    } catch (error) {
      if (error instanceof RegistryError && error.kind === "refused") return false;
      throw error;
    }
  }

  /** What inspection would say about the image of a platform. Throws a `RegistryError`. */
  async inspect(reference: ImageReference, platform: Platform, overlayfs: boolean): Promise<JsonObject> {
    const image = await this.image(reference, platform);
    return inspectionOf(image, await this.config(image), overlayfs);
  }

  /** The mark in the last layer of the image of a platform. Throws a `RegistryError`. */
  async layerMark(reference: ImageReference, platform: Platform): Promise<JsonObject | undefined> {
    const image = await this.image(reference, platform);
    return readLayerMark(this, image, await this.config(image), this.host.inflateZstd);
  }

  /** The platforms that an image is offered for, normalised. Throws a `RegistryError`. */
  async platforms(reference: ImageReference): Promise<string[]> {
    const { digest, manifest } = await this.manifest(reference);
    if (manifest.kind === "index") return platformsOf(manifest);
    const found = platformOfInspect(await this.config({ reference, digest, manifest }));
    return found === undefined ? [] : [normalizedText(found)];
  }

  /** The configuration of an image. Throws a `RegistryError`. */
  async config({ reference, manifest }: Pick<RemoteImage, "reference" | "digest" | "manifest">): Promise<JsonObject> {
    const json = await this.json(reference, manifest.config, configLimit);
    if (!isJsonObject(json)) throw new RegistryError("invalid", `${displayForm(reference)}: its configuration is no JSON object`);
    return json;
  }

  /** A blob that holds JSON. Throws a `RegistryError`. */
  async json(reference: ImageReference, descriptor: Descriptor, limit = statementLimit): Promise<Json> {
    const parsed = parseJson(await this.blob(reference, descriptor, limit));
    if ("value" in parsed) return parsed.value;
    throw new RegistryError("invalid", `${displayForm(reference)}: blob ${descriptor.digest} is no JSON`);
  }

  /** A blob. Throws a `RegistryError`, also if it is longer than `limit`. */
  async blob(reference: ImageReference, { digest, size }: Descriptor, limit: number): Promise<Uint8Array> {
    const what = `${displayForm({ ...reference, tag: "", digest: "" })}: blob ${digest}`;
    if (size > limit) throw new RegistryError("invalid", `${what} is longer than ${limit} bytes`);
    return this.once(`blob ${registryOf(reference)} ${digest}`, async () => {
      const timeout = Math.min(questionTime + (size / (1 << 20)) * blobTimePerMegabyte, longestBlobTime);
      const request = { method: "GET", path: `/blobs/sha256:${digest}`, timeout, limit };
      const { body } = checked(await this.connection.send(reference, "read", request), what);
      if (body.length !== size || this.host.hashing.hex("sha256", body) !== digest)
        throw new RegistryError("invalid", `${what}: the registry sent something else`);
      return body;
    });
  }

  /** What the builder attested about an image (17.5): the predicate of its statement; undefined if there is none. Throws a `RegistryError`. */
  async attested({ reference, digest, index }: RemoteImage, kind: AttestationKind): Promise<Json | undefined> {
    const entry = index === undefined ? undefined : attestationFor(index.manifest, digest);
    if (entry === undefined) return undefined;
    const layer = statementLayer(await this.child(reference, entry), kind);
    if (layer === undefined) return undefined;
    const statement = await this.json(reference, layer);
    return isJsonObject(statement) ? statement.get("predicate") : undefined;
  }
}

/** The answer if it is a good one. Throws a `RegistryError` (`refused`) with the registry's own code if it gives one. */
export function checked(answer: RegistryAnswer, what: string): RegistryAnswer {
  const { status, statusText, body } = answer;
  if (status >= 200 && status < 300) return answer;
  const code = /"code"\s*:\s*"([A-Z_]{3,40})"/.exec(new TextDecoder().decode(body.subarray(0, 4096)))?.[1];
  const reason = `${status} ${statusText}`.trim();
  throw new RegistryError("refused", `${what}: ${reason}${code === undefined ? "" : ` (${code})`}`, status);
}
