/**
 * Attaching kept build contexts to an image that was pushed (`docker.md` 18.4): what the snapshot in its mark names is uploaded, if it isn't there yet, and a
 * manifest with the image as its subject says so. A mark travels with its image, so its paths are only used if this machine wrote them (18.5).
 */

import { isJsonList, isJsonObject, type Json, type JsonObject, textAt } from "../json.js";
import { hexOfBytes } from "../marks/identifiers.js";
import type { Attachments } from "../registry/attach.js";
import { ContextCache } from "./context-cache.js";
import { contextAttachment, type PushedContext } from "./context-manifest.js";
import {
  makeArchive,
  recordFailure,
  repositoryOf,
  type SnapshotServices,
  setBelow,
  skippedJson,
  withFile,
} from "./context-snapshots.js";
import type { ContextUpload, ExtraRegistry } from "./extra-registries.js";
import type { Platform } from "./platforms.js";
import { type ImageReference, nameOf, registryOf } from "./references.js";

export interface ContextPushServices extends SnapshotServices {
  readonly attachments: Attachments;
  readonly extraRegistries: readonly ExtraRegistry[];
}

/** The context is not kept, or not to be believed. */
class NoContext extends Error {}

const numberOf = (json: JsonObject, name: string): number => {
  const value = json.get(name);
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : 0;
};

/** What is known about pushed contexts, by registry, repository and name. */
export interface ContextKeys {
  readonly digests: Map<string, Json>;
  readonly sizes: Map<string, Json>;
  readonly skipped: Map<string, Json>;
}

class ContextPush {
  private readonly services: ContextPushServices;
  private readonly cache: ContextCache;
  private readonly metadataId: string;

  constructor(services: ContextPushServices, metadataId: string) {
    this.services = services;
    this.cache = new ContextCache(services.host);
    this.metadataId = metadataId;
  }

  /** Uploads the archive that an entry of a snapshot names. Throws what goes wrong. */
  async upload(name: string, entry: JsonObject, repository: ImageReference): Promise<PushedContext> {
    const { host } = this.services;
    const strategy = textAt(entry, "strategy");
    const skipped = entry.get("skipped_files") ?? new Map();
    if (strategy === "registry")
      return { name, digest: textAt(entry, "blob_digest"), size: numberOf(entry, "blob_size"), skipped };
    if (strategy === "local") {
      const path = textAt(entry, "tar_path");
      if (!this.cache.holds(path)) throw new NoContext("its archive is not one of this machine");
      if (host.files.find(path)?.kind !== "file") throw new NoContext("its archive is gone");
      const bytes = host.files.stat(path).size;
      const hash = textAt(entry, "tar_hash");
      if (this.hashOf(path) !== hash) throw new NoContext("its archive has changed");
      await this.send(repository, path, { size: bytes, hash });
      return { name, digest: hash, size: bytes, skipped };
    }
    if (strategy === "disk") return this.fromDisk(name, entry, repository);
    throw new NoContext(`unknown strategy '${strategy}'`);
  }

  private hashOf(path: string): string {
    const { files, hashing } = this.services.host;
    const [file, sha256] = [files.open(path, "read"), hashing.stream("sha256")];
    try {
      for (let at = 0; ; ) {
        const bytes = file.read(at, 1 << 20);
        if (bytes.length === 0) break;
        sha256.update(bytes);
        at += bytes.length;
      }
    } finally {
      file.close();
    }
    return hexOfBytes(sha256.digest());
  }

  private async fromDisk(name: string, entry: JsonObject, repository: ImageReference): Promise<PushedContext> {
    const { host, log } = this.services;
    if (!this.cache.isRecorded(this.metadataId)) throw new NoContext("its directory is not one of this machine");
    const directory = textAt(entry, "context_path");
    log("warn", `docker: the build context ${name} is archived as ${directory} is now`);
    const patterns = entry.get("additional_dockerignore");
    const upload: Omit<ContextUpload, "strategy"> = {
      sizeThreshold: numberOf(entry, "size_threshold"),
      maxFileSize: numberOf(entry, "max_file_size"),
      honorIgnoreFile: entry.get("honor_dockerignore") === true,
      additionalIgnores: (isJsonList(patterns) ? patterns : []).filter((item) => typeof item === "string"),
    };
    const path = this.cache.place(`${this.metadataId}-${host.hashing.hex("sha256", name).slice(0, 8)}.tar.gz`);
    const archive = makeArchive(host, { name, directory }, textAt(entry, "dockerfile_path") || undefined, upload, path);
    try {
      await this.send(repository, path, archive);
    } finally {
      host.files.remove(path);
    }
    return { name, digest: archive.hash, size: archive.size, skipped: skippedJson(archive) };
  }

  private async send(
    repository: ImageReference,
    path: string,
    archive: { readonly size: number; readonly hash: string },
  ): Promise<void> {
    const { host, registries, upload } = this.services;
    const { connection } = await registries.client();
    const { uploadBlob } = await import("../registry/upload.js");
    await withFile(host, path, archive, (source) => uploadBlob(connection, repository, source, upload));
  }
}

/**
 * Attaches the contexts of a mark to an image in the repositories that they were kept for. Failures are recorded.
 * @param pushed references of the image, with tag or digest
 */
export async function pushContexts(
  services: ContextPushServices,
  mark: JsonObject,
  pushed: readonly ImageReference[],
  platform: Platform,
): Promise<ContextKeys> {
  const keys: ContextKeys = { digests: new Map(), sizes: new Map(), skipped: new Map() };
  const snapshots = mark.get("DOCKER_BUILD_CONTEXT_SNAPSHOTS");
  if (!isJsonObject(snapshots)) return keys;
  const work = new ContextPush(services, textAt(mark, "METADATA_ID"));
  // Where the configuration has no upload for a repository (any more), nothing is uploaded.
  const wanted = services.extraRegistries.flatMap((registry) =>
    registry.pushes.filter(({ upload }) => upload !== undefined).map((push) => repositoryOf(registry, push)),
  );
  for (const repository of wanted) {
    const [registry, name] = [registryOf(repository), nameOf(repository)];
    const reference = pushed.find((other) => registryOf(other) === registry && nameOf(other) === name);
    const repositories = snapshots.get(registry);
    const contexts = isJsonObject(repositories) ? repositories.get(name) : undefined;
    if (reference === undefined || !isJsonObject(contexts)) continue;
    for (const [context, entry] of contexts) {
      try {
        if (!isJsonObject(entry)) throw new NoContext("it is not described");
        const kept = await work.upload(context, entry, repository);
        const client = await services.registries.client();
        const image = await client.image(reference, platform);
        const { bytes } = await client.manifest({ ...repository, digest: image.digest });
        const created = new Date(services.host.clock.now()).toISOString();
        const subject = { mediaType: image.manifest.mediaType, digest: image.digest, size: bytes.length };
        const attachment = contextAttachment(subject, kept, created);
        const digest = await services.attachments.attach({ image: { ...repository, digest: image.digest }, ...attachment });
        setBelow(keys.digests, [registry, name, context], digest);
        setBelow(keys.sizes, [registry, name, context], kept.size);
        if (isJsonObject(kept.skipped) && kept.skipped.size > 0) setBelow(keys.skipped, [registry, name, context], kept.skipped);
      } catch (error) {
        recordFailure(services, context, error);
      }
    }
  }
  return keys;
}
