/**
 * The keys of an image that was inspected, here or in a registry (`docker.md` 13.3): what inspection says, and what the registries that have it add. They are
 * asked only if somebody wants one of their keys.
 */
import type { Artifact } from "../collect/types.js";
import { isJsonList, type Json, type JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import type { AttestationKind } from "../registry/manifests.js";
import type { FoundRepository } from "../registry/repositories.js";
import type { Operation } from "../report/index.js";
import type { DockerLog } from "./build.js";
import type { DockerEngine } from "./engine.js";
import { imageKeys, platformOfInspect } from "./inspect.js";
import { type ImageReference, parseReference } from "./references.js";
import type { Registries } from "./registries.js";

export interface ImageServices {
  readonly engine: DockerEngine;
  readonly registries: Registries;
  readonly reportEmpty: boolean;
  readonly log: DockerLog;
}

export interface InspectedImage {
  readonly json: JsonObject;
  /** Under which registries may have it, besides those that inspection names. */
  readonly references: readonly string[];
  /** Plain hex, if it is known otherwise than by inspection. */
  readonly configDigest: string;
  /** Under which it was just pushed, although inspection doesn't name them. */
  readonly pushedTags?: readonly string[];
}

/** Keys that only registries can tell. */
const registryKeys = [
  "_REPO_TAGS",
  "_REPO_DIGESTS",
  "_REPO_LIST_DIGESTS",
  "_REPO_URLS",
  "_IMAGE_LAYERS",
  "_IMAGE_COMPRESSED_SIZE",
  "_IMAGE_ANNOTATIONS",
  "_IMAGE_PROVENANCE",
  "_IMAGE_SBOM",
] as const;

const attestationKeys = [
  ["_IMAGE_PROVENANCE", "provenance"],
  ["_IMAGE_SBOM", "sbom"],
] as const;

function textsOf(json: JsonObject, name: string): string[] {
  const value = json.get(name);
  return isJsonList(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Stores what inspection says. */
export function addInspectedKeys(services: ImageServices, operation: Operation, artifact: Artifact, image: InspectedImage): void {
  const { engine, reportEmpty } = services;
  for (const [key, value] of imageKeys(image.json, { reportEmpty, overlayfs: engine.isOverlayfs })) {
    // The platform is part of every mark of an image.
    if (key === "DOCKER_PLATFORM" && operation.chalking) artifact.data.set(key, value);
    else operation.setArtifact(artifact, key, value);
  }
  if (image.configDigest !== "") operation.setArtifact(artifact, "_IMAGE_CONFIG_DIGEST", image.configDigest);
  operation.setArtifact(artifact, "_OP_ALL_IMAGE_METADATA", image.json);
}

/** What registries have of an image. Failures are logged only. */
export async function findInRegistries(
  services: ImageServices,
  name: string,
  image: InspectedImage,
): Promise<readonly FoundRepository[]> {
  const { engine, registries, reportEmpty, log } = services;
  const { json, references, configDigest, pushedTags = [] } = image;
  try {
    const overlayfs = engine.isOverlayfs;
    const all: ImageReference[] = [...textsOf(json, "RepoTags"), ...textsOf(json, "RepoDigests"), ...references].map((text) =>
      parseReference(text),
    );
    const platform = platformOfInspect(json);
    const pushed = pushedTags.map((text) => parseReference(text));
    const canAsk = overlayfs || pushed.length > 0 || all.some(({ digest }) => digest !== "");
    if (platform === undefined || !canAsk) return [];
    const known = imageKeys(json, { reportEmpty, overlayfs }).get("_IMAGE_CONFIG_DIGEST");
    const digest = configDigest || (typeof known === "string" ? known : "");
    const query = { references: all, pushed, platform, configDigest: digest, overlayfs };
    const { findRepositories } = await import("../registry/repositories.js");
    return await findRepositories(await registries.client(), query, log);
  } catch (error) {
    log("warn", `docker: ${name}: registries: ${reasonOf(error)}`);
    return [];
  }
}

/**
 * Stores what registries say. They are asked only if somebody wants one of their keys, or `needed`: for signatures.
 * @returns the repositories that have the image; empty if nobody was asked. Failures are logged only.
 */
export async function addRegistryKeys(
  services: ImageServices,
  operation: Operation,
  artifact: Artifact,
  image: InspectedImage,
  needed = false,
): Promise<readonly FoundRepository[]> {
  if (!needed && !registryKeys.some((key) => operation.subscribed(key))) return [];
  const found = await findInRegistries(services, artifact.name, image);
  if (found.length === 0) return found;
  const { repositoryKeys, sourceKeys } = await import("../registry/repositories.js");
  for (const [key, value] of repositoryKeys(found)) operation.setArtifact(artifact, key, value);
  // What the build context says about its origin is better than an annotation (13.3).
  for (const [key, value] of sourceKeys(found)) if (!artifact.data.has(key)) operation.setArtifact(artifact, key, value);
  for (const [key, kind] of attestationKeys)
    if (operation.subscribed(key)) operation.setArtifact(artifact, key, await attested(services, artifact.name, found, kind));
  return found;
}

/** What the builder attested, by the first repository that has it. */
async function attested(
  { registries, log }: ImageServices,
  name: string,
  found: readonly FoundRepository[],
  kind: AttestationKind,
): Promise<Json | undefined> {
  const client = await registries.client();
  for (const { image } of found) {
    try {
      const value = await client.attested(image, kind);
      if (value !== undefined) return value;
    } catch (error) {
      log("trace", `docker: ${name}: ${kind}: ${reasonOf(error)}`);
    }
  }
  return undefined;
}
