/**
 * Keeping what an image is built from (`docker.md` 18.4, 18.5): an archive of each build context for each configured repository, uploaded while building, or
 * kept here until the image is pushed. The result goes into the mark as DOCKER_BUILD_CONTEXT_SNAPSHOTS. Nothing here ever breaks a build: what fails is
 * recorded as a failed key.
 */
import type { Host } from "../host/host.js";
import type { Json, JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import type { BlobSource, UploadOptions } from "../registry/upload.js";
import type { DockerLog } from "./build.js";
import { archiveContext, type ContextArchive, ContextTooLarge } from "./context-archive.js";
import { ContextCache } from "./context-cache.js";
import type { ContextUpload, ExtraPush, ExtraRegistry } from "./extra-registries.js";
import { createIgnoreRules, readIgnoreFile, selectIgnoreFile } from "./ignore.js";
import { type ImageReference, nameOf, parseReference, registryOf } from "./references.js";
import type { Registries } from "./registries.js";

/** Failed keys are recorded under this one. */
export const snapshotKey = "_REPO_BUILD_CONTEXTS";

export interface SnapshotServices {
  readonly host: Host;
  readonly registries: Registries;
  readonly upload: UploadOptions;
  /** Milliseconds (`docker.build_context_cache_max_age`). */
  readonly maxAge: number;
  readonly log: DockerLog;
  readonly fail: (code: string, error: string) => void;
}

/** A local directory that is built from; the main context is called `.`. */
export interface NamedContext {
  readonly name: string;
  readonly directory: string;
}

const ciVariables =
  "CI GITHUB_ACTIONS GITLAB_CI JENKINS_URL CIRCLECI TRAVIS BUILDKITE DRONE SEMAPHORE TEAMCITY_VERSION BITBUCKET_BUILD_NUMBER CODEBUILD_BUILD_ID".split(
    " ",
  );

/** `auto`: uploaded at once where nothing stays, else when the image is pushed. */
export function effectiveStrategy(strategy: ContextUpload["strategy"], host: Host): Exclude<ContextUpload["strategy"], "auto"> {
  if (strategy !== "auto") return strategy;
  return ciVariables.some((name) => (host.processes.variable(name) ?? "") !== "") ? "registry" : "local";
}

const slug = (text: string): string => (text === "." ? "main" : text.replace(/[^A-Za-z0-9_-]/g, "_"));

/** The archive of a context, by the rules of an upload. Throws whatever goes wrong. */
export function makeArchive(
  host: Host,
  { name, directory }: NamedContext,
  dockerfile: string | undefined,
  upload: Pick<ContextUpload, "honorIgnoreFile" | "additionalIgnores" | "maxFileSize" | "sizeThreshold">,
  target: string,
): ContextArchive {
  const exists = (path: string): boolean => host.files.find(path)?.kind === "file";
  const file = upload.honorIgnoreFile ? selectIgnoreFile(name === "." ? dockerfile : undefined, directory, exists) : undefined;
  const patterns = [...(file === undefined ? [] : readIgnoreFile(host.files.readText(file))), ...upload.additionalIgnores];
  const { maxFileSize, sizeThreshold } = upload;
  return archiveContext({ host, directory, rules: createIgnoreRules(patterns), maxFileSize, sizeThreshold }, target);
}

/** Hands the content of a file to an upload. */
export async function withFile<R>(
  host: Host,
  path: string,
  archive: Pick<ContextArchive, "size" | "hash">,
  use: (source: BlobSource) => Promise<R>,
): Promise<R> {
  const file = host.files.open(path, "read");
  try {
    return await use({ size: archive.size, digest: archive.hash, read: (offset, length) => file.read(offset, length).slice() });
  } finally {
    file.close();
  }
}

/** Records a failure of a context. */
export function recordFailure(services: Pick<SnapshotServices, "log" | "fail">, name: string, error: unknown): void {
  const reason = `${name}: ${reasonOf(error)}`;
  services.fail(error instanceof ContextTooLarge ? "CONTEXT_TOO_LARGE" : "CONTEXT_UPLOAD_FAILED", reason);
  services.log("error", `docker: the build context is not kept: ${reason}`);
}

export const repositoryOf = (registry: ExtraRegistry, push: ExtraPush): ImageReference =>
  parseReference(`${registry.uri.replace(/\/+$/, "")}/${push.repository}`);

/** The list of files that were left out, as keys show it. */
export function skippedJson({ skipped }: Pick<ContextArchive, "skipped">): JsonObject {
  return new Map(
    skipped.map(
      ({ path, hash, size }) =>
        [
          path,
          new Map<string, Json>([
            ["hash", hash],
            ["size", size],
          ]),
        ] as const,
    ),
  );
}

/** Sets a value below several names. */
export function setBelow(object: Map<string, Json>, names: readonly string[], value: Json): void {
  const [name = "", ...rest] = names;
  if (rest.length === 0) {
    object.set(name, value);
    return;
  }
  const inner = object.get(name);
  const map: Map<string, Json> = inner instanceof Map ? inner : new Map();
  object.set(name, map);
  setBelow(map, rest, value);
}

export class ContextSnapshots {
  private readonly services: SnapshotServices;
  private readonly cache: ContextCache;
  private readonly undoing: (() => void | Promise<void>)[] = [];
  private usesPaths = false;

  constructor(services: SnapshotServices) {
    this.services = services;
    this.cache = new ContextCache(services.host);
  }

  /**
   * Archives the contexts for those repositories that want them.
   * @param dockerfile its path; undefined if it comes from standard input or a repository
   * @returns the value of DOCKER_BUILD_CONTEXT_SNAPSHOTS
   */
  async take(
    chalkId: string,
    registries: readonly ExtraRegistry[],
    contexts: readonly NamedContext[],
    dockerfile: string | undefined,
  ): Promise<JsonObject> {
    const snapshots = new Map<string, Json>();
    for (const registry of registries)
      for (const push of registry.pushes)
        for (const context of push.upload === undefined ? [] : contexts) {
          try {
            const found = await this.takeOne(chalkId, registry, push, push.upload as ContextUpload, context, dockerfile);
            const repository = repositoryOf(registry, push);
            setBelow(snapshots, [registryOf(repository), nameOf(repository), context.name], found);
          } catch (error) {
            recordFailure(this.services, context.name, error);
          }
        }
    return snapshots;
  }

  private async takeOne(
    chalkId: string,
    registry: ExtraRegistry,
    push: ExtraPush,
    upload: ContextUpload,
    context: NamedContext,
    dockerfile: string | undefined,
  ): Promise<JsonObject> {
    const { host } = this.services;
    const strategy = effectiveStrategy(upload.strategy, host);
    if (strategy === "disk") {
      this.usesPaths = true;
      return new Map<string, Json>([
        ["strategy", strategy],
        ["context_path", context.directory],
        ["dockerfile_path", dockerfile ?? ""],
        ["registry_name", registry.name],
        ["push_name", push.name],
        ["size_threshold", upload.sizeThreshold],
        ["additional_dockerignore", [...upload.additionalIgnores]],
        ["honor_dockerignore", upload.honorIgnoreFile],
        ["max_file_size", upload.maxFileSize],
      ]);
    }
    const short = host.hashing.hex("sha256", context.name).slice(0, 8);
    const name = `${chalkId}-${slug(registry.name)}-${slug(push.name)}-${slug(context.name)}-${short}.tar.gz`;
    const path = this.cache.place(name);
    const archive = makeArchive(host, context, dockerfile, upload, path);
    const skipped: [string, Json][] = archive.skipped.length === 0 ? [] : [["skipped_files", skippedJson(archive)]];
    if (strategy === "local") {
      this.undoing.push(() => host.files.remove(path));
      return new Map<string, Json>([["strategy", strategy], ["tar_path", path], ["tar_hash", archive.hash], ...skipped]);
    }
    try {
      await this.uploadNow(repositoryOf(registry, push), path, archive);
    } finally {
      host.files.remove(path);
    }
    return new Map<string, Json>([
      ["strategy", strategy],
      ["blob_digest", archive.hash],
      ["blob_size", archive.size],
      ...skipped,
    ]);
  }

  private async uploadNow(repository: ImageReference, path: string, archive: ContextArchive): Promise<void> {
    const { host, registries, upload, log } = this.services;
    const { connection } = await registries.client();
    const { deleteBlob, uploadBlob } = await import("../registry/upload.js");
    await withFile(host, path, archive, (source) => uploadBlob(connection, repository, source, upload));
    this.undoing.push(() => deleteBlob(connection, repository, archive.hash, log));
  }

  /** Remembers whose paths are ours. */
  recordMark(metadataId: string): void {
    if (!this.usesPaths) return;
    try {
      this.cache.record(metadataId);
    } catch (error) {
      this.services.log("error", `docker: the build context will not be found again: ${reasonOf(error)}`);
    }
  }

  /** Removes old archives. */
  tidy(): void {
    try {
      this.cache.tidy(this.services.maxAge);
    } catch (error) {
      this.services.log("trace", `docker: old build contexts: ${reasonOf(error)}`);
    }
  }

  /** Takes back what was uploaded or kept: the build failed. */
  async undo(): Promise<void> {
    for (const action of this.undoing.splice(0)) {
      try {
        await action();
      } catch (error) {
        this.services.log("trace", `docker: build context: ${reasonOf(error)}`);
      }
    }
  }
}
