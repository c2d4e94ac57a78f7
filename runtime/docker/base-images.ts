/** What is known about base images: configuration per platform, the platform that a build is for if nobody says, and digests to pin (`docker.md` 6.1, 7). */
import type { Host } from "../host/host.js";
import { isJsonList, type Json, type JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import { RegistryError } from "../registry/failure.js";
import type { DockerLog } from "./build.js";
import type { BaseConfig } from "./effective.js";
import type { DockerEngine } from "./engine.js";
import { readImageMark } from "./image-mark.js";
import { baseConfigOf, imageKeys, platformOfInspect } from "./inspect.js";
import { normalizedText, normalizePlatform, type Platform, parsePlatform, samePlatform } from "./platforms.js";
import { displayForm, type ImageReference, inspectForm, isAskable, isPinned, isScratch, parseReference } from "./references.js";
import type { Registries } from "./registries.js";
import type { Temporary } from "./temporary.js";

/** A base image that was found, and what chalk knows about it. */
export interface BaseScan {
  readonly json: JsonObject;
  readonly mark: JsonObject | undefined;
  /** Plain hex; empty if unknown. */
  readonly configDigest: string;
}

export interface BaseImageServices {
  readonly engine: DockerEngine;
  readonly registries: Registries;
  readonly ownPlatform: Platform;
  readonly log: DockerLog;
}

export class BaseImages {
  private readonly services: BaseImageServices;
  private readonly local = new Map<string, JsonObject | undefined>();
  private readonly fetched = new Map<string, boolean>();
  private readonly pins = new Map<string, Promise<string | undefined>>();

  constructor(services: BaseImageServices) {
    this.services = services;
  }

  private get engine(): DockerEngine {
    return this.services.engine;
  }

  /** What the engine has under the text of a FROM. */
  inspectLocal(image: string): JsonObject | undefined {
    if (!this.local.has(image)) this.local.set(image, this.engine.inspect("image", inspectForm(parseReference(image))));
    return this.local.get(image);
  }

  /** The same, if it is for a platform. */
  private localFor(image: string, platform: Platform): JsonObject | undefined {
    const json = this.inspectLocal(image);
    const found = json === undefined ? undefined : platformOfInspect(json);
    return found === undefined || samePlatform(found, platform) ? json : undefined;
  }

  /** Fetches an image; false if that fails, now or before. */
  private fetch(image: string): boolean {
    const before = this.fetched.get(image);
    if (before !== undefined) return before;
    const fetched = this.engine.pull(inspectForm(parseReference(image)));
    this.fetched.set(image, fetched);
    if (fetched) this.local.delete(image);
    return fetched;
  }

  /** The configuration of a base image; empty for `scratch`; undefined if it cannot be inspected. */
  async config(image: string, platform: Platform): Promise<BaseConfig | undefined> {
    const reference = parseReference(image);
    if (isScratch(reference)) return {};
    const here = this.localFor(image, platform);
    if (here !== undefined) return baseConfigOf(here);
    if (this.engine.hasBuildx) {
      const remote =
        (await this.inspectRegistry(reference, platform)) ?? this.engine.inspectRemote(inspectForm(reference), platform);
      return remote === undefined ? undefined : baseConfigOf(remote);
    }
    const pulled = this.fetch(image) ? this.localFor(image, platform) : undefined;
    return pulled === undefined ? undefined : baseConfigOf(pulled);
  }

  /** Inspection of an image that is only in a registry; undefined if that doesn't give it. */
  private async inspectRegistry(reference: ImageReference, platform: Platform): Promise<JsonObject | undefined> {
    if (!isAskable(reference)) return undefined;
    try {
      const client = await this.services.registries.client();
      return await client.inspect(reference, platform, this.engine.isOverlayfs);
    } catch (error) {
      this.services.log("trace", `docker: ${displayForm(reference)}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** The platform that is built when none was asked for, by the base stage's FROM. */
  async defaultPlatform(image: string, written: string | undefined): Promise<Platform> {
    const { ownPlatform } = this.services;
    if (written !== undefined) return normalizePlatform(parsePlatform(written, ownPlatform));
    const reference = parseReference(image);
    if (isScratch(reference)) return ownPlatform;
    const here = this.inspectLocal(image);
    const found = here === undefined ? undefined : platformOfInspect(here);
    if (found !== undefined) return normalizePlatform(found);
    const offered = this.engine.hasBuildx ? await this.offeredPlatforms(reference) : undefined;
    if (offered?.length === 1) return parsePlatform(offered[0] as string, ownPlatform);
    const pulled = !this.engine.hasBuildx && this.fetch(image) ? this.inspectLocal(image) : undefined;
    const pulledFor = pulled === undefined ? undefined : platformOfInspect(pulled);
    if (pulledFor !== undefined) return normalizePlatform(pulledFor);
    const probed = this.engine.defaultPlatforms()?.target;
    const platform = probed === undefined ? ownPlatform : normalizePlatform(parsePlatform(probed, ownPlatform));
    if (offered !== undefined && !offered.includes(normalizedText(platform)))
      this.services.log("warn", `docker: the base image ${image} is not offered for ${normalizedText(platform)}`);
    return platform;
  }

  /** The platforms of an image in a registry, normalised; undefined if nobody knows. */
  private async offeredPlatforms(reference: ImageReference): Promise<readonly string[] | undefined> {
    if (!isAskable(reference)) return undefined;
    try {
      return await (await this.services.registries.client()).platforms(reference);
    } catch (error) {
      this.services.log("trace", `docker: ${displayForm(reference)}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /**
   * The reference with a digest, within the repository that the user named; undefined if it has one already or none can be verified. An image that exists
   * here only is never replaced by what a registry has under its name.
   */
  pin(image: string, platforms: readonly Platform[]): Promise<string | undefined> {
    const key = `${image} ${platforms.map(normalizedText).join()}`;
    const found = this.pins.get(key) ?? this.findPin(image, platforms);
    this.pins.set(key, found);
    return found;
  }

  private async findPin(image: string, platforms: readonly Platform[]): Promise<string | undefined> {
    const reference = parseReference(image);
    if (isPinned(reference) || !isAskable(reference)) return undefined;
    const digests = platforms.length === 1 ? this.localDigests(image, reference.repository) : undefined;
    if (digests?.length === 0) return undefined;
    try {
      const client = await this.services.registries.client();
      for (const digest of digests ?? [])
        if (await client.has({ ...reference, tag: "", digest })) return displayForm({ ...reference, digest });
      const digest = await client.digest(parseReference(image, "latest"));
      return displayForm({ ...reference, digest });
    } catch (error) {
      const unanswered = error instanceof RegistryError && error.kind === "unreachable";
      this.services.log(unanswered ? "error" : "trace", `docker: the base image ${image} cannot be pinned: ${reasonOf(error)}`);
      return undefined;
    }
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

  /** The image as `chalk extract` would see it; undefined if it is neither in the engine nor in a registry. */
  async scan(image: string, platform: Platform, host: Host, temporary: Temporary): Promise<BaseScan | undefined> {
    const reference = parseReference(image);
    if (isScratch(reference)) return undefined;
    const json = this.inspectLocal(image);
    const id = json?.get("Id");
    if (json === undefined || typeof id !== "string") return this.scanRegistry(reference, platform);
    return this.scanOf(json, readImageMark(this.engine, host, temporary, id, this.complainAbout(image)));
  }

  private complainAbout(image: string): (problem: string) => void {
    return (problem) => this.services.log("trace", `docker: the base image ${image}: ${problem}`);
  }

  private async scanRegistry(reference: ImageReference, platform: Platform): Promise<BaseScan | undefined> {
    // Without buildx the image was fetched if that is possible.
    const json = this.engine.hasBuildx ? await this.inspectRegistry(reference, platform) : undefined;
    if (json === undefined) return undefined;
    const client = await this.services.registries.client();
    return this.scanOf(json, await client.layerMark(reference, platform).catch(() => undefined));
  }

  private scanOf(json: JsonObject, mark: JsonObject | undefined): BaseScan {
    const digest: Json | undefined = imageKeys(json, { reportEmpty: false, overlayfs: this.engine.isOverlayfs }).get(
      "_IMAGE_CONFIG_DIGEST",
    );
    return { json, mark, configDigest: typeof digest === "string" ? digest : "" };
  }
}
