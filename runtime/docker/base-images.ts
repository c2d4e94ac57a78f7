/** What is known about base images: configuration per platform, the platform that a build is for if nobody says, and digests to pin (`docker.md` 6.1, 7). */
import type { Host } from "../host/host.js";
import { isJsonList, type JsonObject } from "../json.js";
import type { BaseConfig } from "./effective.js";
import type { DockerEngine } from "./engine.js";
import { readImageMark } from "./image-mark.js";
import { baseConfigOf, imageKeys, platformOfInspect } from "./inspect.js";
import { normalizePlatform, type Platform, parsePlatform, samePlatform } from "./platforms.js";
import { displayForm, inspectForm, isPinned, isScratch, parseReference } from "./references.js";
import type { Temporary } from "./temporary.js";

/** A base image that the local engine has, and what chalk knows about it. */
export interface BaseScan {
  readonly json: JsonObject;
  readonly mark: JsonObject | undefined;
  /** Plain hex; empty if unknown. */
  readonly configDigest: string;
}

export class BaseImages {
  private readonly engine: DockerEngine;
  private readonly ownPlatform: Platform;
  private readonly local = new Map<string, JsonObject | undefined>();

  constructor(engine: DockerEngine, ownPlatform: Platform) {
    this.engine = engine;
    this.ownPlatform = ownPlatform;
  }

  /** What the engine has under the text of a FROM. */
  inspectLocal(image: string): JsonObject | undefined {
    if (!this.local.has(image)) this.local.set(image, this.engine.inspect("image", inspectForm(parseReference(image))));
    return this.local.get(image);
  }

  /** The configuration of a base image; empty for `scratch`; undefined if it cannot be inspected. */
  async config(image: string, platform: Platform): Promise<BaseConfig | undefined> {
    const reference = parseReference(image);
    if (isScratch(reference)) return {};
    const fits = (json: JsonObject | undefined): json is JsonObject => {
      const found = json === undefined ? undefined : platformOfInspect(json);
      return json !== undefined && (found === undefined || samePlatform(found, platform));
    };
    const here = this.inspectLocal(image);
    if (fits(here)) return baseConfigOf(here);
    if (this.engine.hasBuildx) {
      const remote = this.engine.inspectRemote(inspectForm(reference), platform);
      return remote === undefined ? undefined : baseConfigOf(remote);
    }
    if (!this.engine.pull(inspectForm(reference))) return undefined;
    this.local.delete(image);
    const pulled = this.inspectLocal(image);
    return fits(pulled) ? baseConfigOf(pulled) : undefined;
  }

  /** The platform that is built when none was asked for, by the base stage's FROM. */
  async defaultPlatform(image: string, written: string | undefined): Promise<Platform> {
    if (written !== undefined) return normalizePlatform(parsePlatform(written, this.ownPlatform));
    if (isScratch(parseReference(image))) return this.ownPlatform;
    const here = this.inspectLocal(image);
    const found = here === undefined ? undefined : platformOfInspect(here);
    if (found !== undefined) return normalizePlatform(found);
    const probed = this.engine.defaultPlatforms()?.target;
    return probed === undefined ? this.ownPlatform : normalizePlatform(parsePlatform(probed, this.ownPlatform));
  }

  /**
   * The reference with a digest, within the repository that the user named; undefined if it has one already or none can be verified. An image that exists
   * here only is never replaced by what a registry has under its name.
   */
  async pin(image: string, platforms: readonly Platform[]): Promise<string | undefined> {
    const reference = parseReference(image);
    if (isPinned(reference)) return undefined;
    const digests = platforms.length === 1 ? this.localDigests(image, reference.repository) : undefined;
    if (digests !== undefined) {
      for (const digest of digests)
        if (this.engine.remoteDigest(inspectForm({ ...reference, digest })) !== undefined)
          return displayForm({ ...reference, digest });
      if (digests.length === 0) return undefined;
    }
    const digest = this.engine.remoteDigest(inspectForm(parseReference(image, "latest")));
    return digest === undefined ? undefined : displayForm({ ...reference, digest });
  }

  /** Digests that the engine remembers for the repository; undefined if it hasn't the image. */
  private localDigests(image: string, repository: string): string[] | undefined {
    const list = this.inspectLocal(image)?.get("RepoDigests");
    if (this.inspectLocal(image) === undefined) return undefined;
    return (isJsonList(list) ? list : []).flatMap((item) => {
      const found = typeof item === "string" ? parseReference(item) : undefined;
      return found !== undefined && found.repository === repository && found.digest !== "" ? [found.digest] : [];
    });
  }

  /** The image as `chalk extract` would see it; undefined if it isn't in the engine. */
  scan(image: string, host: Host, temporary: Temporary): BaseScan | undefined {
    if (isScratch(parseReference(image))) return undefined;
    const json = this.inspectLocal(image);
    const id = json?.get("Id");
    if (json === undefined || typeof id !== "string") return undefined;
    const digest = imageKeys(json, { reportEmpty: false, overlayfs: this.engine.isOverlayfs }).get("_IMAGE_CONFIG_DIGEST");
    return {
      json,
      mark: readImageMark(this.engine, host, temporary, id),
      configDigest: typeof digest === "string" ? digest : "",
    };
  }
}
