/**
 * Manifests of registries (`docker.md` 17.4): images, indexes of images for several platforms, and the attestations that builders put beside them. Pure;
 * `client.ts` fetches them.
 */
import { normalizedText, type Platform, samePlatform } from "../docker/platforms.js";
import { isJsonList, isJsonObject, type Json, parseJson, textAt } from "../json.js";
import { RegistryError } from "./failure.js";

export const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

export interface Descriptor {
  readonly mediaType: string;
  /** Plain hex of SHA-256. */
  readonly digest: string;
  readonly size: number;
  readonly annotations: ReadonlyMap<string, string>;
}

export interface IndexEntry extends Descriptor {
  /** As the entry says; undefined if it says nothing. */
  readonly platform: Platform | undefined;
  readonly artifactType: string;
}

export interface ImageManifest {
  readonly kind: "image";
  readonly mediaType: string;
  readonly artifactType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: ReadonlyMap<string, string>;
  /** Digest of what it is about. */
  readonly subject: string;
}

export interface IndexManifest {
  readonly kind: "index";
  readonly mediaType: string;
  readonly entries: readonly IndexEntry[];
  readonly annotations: ReadonlyMap<string, string>;
}

export type Manifest = ImageManifest | IndexManifest;

const digestPattern = /^sha256:([0-9a-f]{64})$/;
/** An index that is longer is no index of an image. */
const entryLimit = 1_000;

/** Plain hex of a digest; undefined if it is none, or of another algorithm. */
export function hexOf(digest: string): string | undefined {
  return digestPattern.exec(digest)?.[1];
}

function annotationsOf(value: Json | undefined): Map<string, string> {
  return new Map(isJsonObject(value) ? [...value].filter((pair): pair is [string, string] => typeof pair[1] === "string") : []);
}

function descriptorOf(value: Json | undefined): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const digest = hexOf(textAt(value, "digest"));
  const size = value.get("size");
  if (digest === undefined || (typeof size !== "number" && typeof size !== "bigint") || size < 0) return undefined;
  return {
    mediaType: textAt(value, "mediaType"),
    digest,
    size: Number(size),
    annotations: annotationsOf(value.get("annotations")),
  };
}

function platformOf(value: Json | undefined): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  return { os: textAt(value, "os"), architecture: textAt(value, "architecture"), variant: textAt(value, "variant") };
}

function listOf(value: Json | undefined): readonly Json[] {
  return isJsonList(value) ? value : [];
}

/** Reads a manifest. Throws a `RegistryError` (`invalid`) that names `what`. */
export function parseManifest(bytes: Uint8Array, what: string): Manifest {
  const parsed = parseJson(bytes);
  const json = "value" in parsed ? parsed.value : undefined;
  if (!isJsonObject(json)) throw new RegistryError("invalid", `${what}: the manifest is no JSON object`);
  const [mediaType, annotations] = [textAt(json, "mediaType"), annotationsOf(json.get("annotations"))];
  if (json.has("manifests")) {
    const list = listOf(json.get("manifests"));
    if (list.length > entryLimit) throw new RegistryError("invalid", `${what}: the index has more than ${entryLimit} entries`);
    const entries = list.flatMap((item): IndexEntry[] => {
      const descriptor = descriptorOf(item);
      if (descriptor === undefined || !isJsonObject(item)) return [];
      return [{ ...descriptor, platform: platformOf(item.get("platform")), artifactType: textAt(item, "artifactType") }];
    });
    return { kind: "index", mediaType, entries, annotations };
  }
  const config = descriptorOf(json.get("config"));
  const layers = listOf(json.get("layers")).map(descriptorOf);
  if (config === undefined || !json.has("layers") || layers.includes(undefined))
    throw new RegistryError("invalid", `${what}: neither the manifest of an image nor an index`);
  const subject = descriptorOf(json.get("subject"));
  return {
    kind: "image",
    mediaType,
    artifactType: textAt(json, "artifactType"),
    config,
    layers: layers.filter((layer) => layer !== undefined),
    annotations,
    subject: subject?.digest ?? "",
  };
}

/** Do both parts of the platform say something? */
export function isKnown(platform: Platform | undefined): platform is Platform {
  return [platform?.os, platform?.architecture].every((part) => part !== undefined && part !== "" && part !== "unknown");
}

/** Is the entry an attestation, or another thing that is no image? */
export function isAttestation({ platform, annotations }: IndexEntry): boolean {
  return annotations.has("vnd.docker.reference.type") || (platform !== undefined && platform.os === "unknown");
}

/** The entries for a platform, as they say themselves: most have one. */
export function entriesFor({ entries }: IndexManifest, platform: Platform): IndexEntry[] {
  const known = entries.filter((entry) => !isAttestation(entry) && isKnown(entry.platform));
  const exact = known.filter((entry) => samePlatform(entry.platform as Platform, platform));
  return exact;
}

/** The platforms that an index has images for, normalised, each once. */
export function platformsOf({ entries }: IndexManifest): string[] {
  const texts = entries.flatMap((entry) =>
    !isAttestation(entry) && isKnown(entry.platform) ? [normalizedText(entry.platform)] : [],
  );
  return [...new Set(texts)];
}

/** The entry with the attestations of an image of the index (17.5). */
export function attestationFor({ entries }: IndexManifest, imageDigest: string): IndexEntry | undefined {
  return entries.find(
    ({ annotations }) =>
      annotations.get("vnd.docker.reference.type") === "attestation-manifest" &&
      annotations.get("vnd.docker.reference.digest") === `sha256:${imageDigest}`,
  );
}

const predicateTypes = {
  provenance: (type: string): boolean => type.startsWith("https://slsa.dev/provenance/"),
  sbom: (type: string): boolean => type === "https://spdx.dev/Document",
} as const;

export type AttestationKind = keyof typeof predicateTypes;

/** The layer of an attestation manifest that holds a statement of a kind. */
export function statementLayer({ layers }: ImageManifest, kind: AttestationKind): Descriptor | undefined {
  return layers.find(({ annotations }) => predicateTypes[kind](annotations.get("in-toto.io/predicate-type") ?? ""));
}

/** The sum of the layers' sizes: what an image takes in the registry. */
export function compressedSize({ layers }: ImageManifest): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
