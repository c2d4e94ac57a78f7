/**
 * In which repositories an image is, and what the registries say about it there (`docker.md` 13.3, 14.6). Only what a registry confirmed counts: a digest by
 * its manifest, a tag by the digest that it has now.
 */
import type { Platform } from "../docker/platforms.js";
import { displayForm, type ImageReference, isAskable, nameOf, registryOf, webUrl } from "../docker/references.js";
import type { Json } from "../json.js";
import type { RegistryClient, RemoteImage } from "./client.js";
import type { RegistryLog } from "./credentials.js";
import { RegistryError } from "./failure.js";
import { compressedSize } from "./manifests.js";
import { annotationsOf } from "./remote-inspect.js";

export interface RepositoryQuery {
  /** By which the image may be found; those with a digest are asked for, tags are verified. */
  readonly references: readonly ImageReference[];
  /** Tags that were pushed although nobody knows with which digest: they are asked for, and hold if the configuration is the same. */
  readonly pushed: readonly ImageReference[];
  readonly platform: Platform;
  /** Of the image's configuration, plain hex; empty if it isn't known. */
  readonly configDigest: string;
  /** The containerd image store: digests that it remembers may never have been pushed. */
  readonly overlayfs: boolean;
}

export interface FoundRepository {
  /** Without tag and digest. */
  readonly repository: ImageReference;
  /** The image as the registry has it. */
  readonly image: RemoteImage;
  readonly digests: readonly string[];
  /** Of indexes that it was reached through. */
  readonly listDigests: readonly string[];
  /** Tag and the digest that it has now. */
  readonly tags: ReadonlyMap<string, string>;
}

interface Candidate {
  readonly repository: ImageReference;
  readonly digests: Set<string>;
  readonly tags: Set<string>;
  readonly pushed: Set<string>;
}

function candidatesOf({ references, pushed }: RepositoryQuery): Candidate[] {
  const candidates = new Map<string, Candidate>();
  for (const reference of [...references, ...pushed]) {
    if (!isAskable(reference)) continue;
    const key = `${registryOf(reference)}/${nameOf(reference)}`;
    const { tag, digest } = reference;
    const found = candidates.get(key) ?? {
      repository: { repository: reference.repository, tag: "", digest: "" },
      digests: new Set(),
      tags: new Set(),
      pushed: new Set(),
    };
    candidates.set(key, found);
    if (digest !== "") found.digests.add(digest);
    if (tag !== "") found.tags.add(tag);
    if (tag !== "" && pushed.includes(reference)) found.pushed.add(tag);
  }
  return [...candidates.values()];
}

class Search {
  private readonly client: RegistryClient;
  private readonly query: RepositoryQuery;
  private readonly log: RegistryLog;

  constructor(client: RegistryClient, query: RepositoryQuery, log: RegistryLog) {
    this.client = client;
    this.query = query;
    this.log = log;
  }

  /** An answer, or undefined and a line in the log. */
  private async attempt<T>(reference: ImageReference, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.log("trace", `docker: ${displayForm(reference)}: ${error.message}`);
      return undefined;
    }
  }

  private async image(reference: ImageReference): Promise<RemoteImage | undefined> {
    const { platform, configDigest, overlayfs } = this.query;
    const image = await this.attempt(reference, () => this.client.image(reference, platform));
    const isOther = image !== undefined && !overlayfs && configDigest !== "" && image.manifest.config.digest !== configDigest;
    if (!isOther) return image;
    this.log("trace", `docker: ${displayForm(reference)}: the registry has another image`);
    return undefined;
  }

  async repository({ repository, digests, tags, pushed }: Candidate): Promise<FoundRepository | undefined> {
    const images: RemoteImage[] = [];
    for (const digest of digests) {
      const image = await this.image({ ...repository, digest });
      if (image !== undefined) images.push(image);
    }
    if (images.length === 0) images.push(...(await this.byConfiguration(repository, this.query.overlayfs ? tags : pushed)));
    const [image] = images;
    if (image === undefined) return undefined;
    const own = new Set(images.map((found) => found.digest));
    const lists = new Set(images.flatMap(({ index }) => (index === undefined ? [] : [index.digest])));
    return {
      repository,
      image,
      digests: [...own],
      listDigests: [...lists],
      tags: await this.verified(repository, tags, new Set([...own, ...lists])),
    };
  }

  /** Where no digest is known, or (containerd image store) it is that of a manifest that was never pushed like that: the configuration is the same. */
  private async byConfiguration(repository: ImageReference, tags: ReadonlySet<string>): Promise<RemoteImage[]> {
    const { configDigest } = this.query;
    if (configDigest === "") return [];
    const images: RemoteImage[] = [];
    for (const tag of tags) {
      const image = await this.image({ ...repository, tag });
      if (image?.manifest.config.digest === configDigest) images.push(image);
    }
    return images;
  }

  private async verified(
    repository: ImageReference,
    tags: Iterable<string>,
    digests: ReadonlySet<string>,
  ): Promise<Map<string, string>> {
    const verified = new Map<string, string>();
    for (const tag of tags) {
      const reference = { ...repository, tag };
      const digest = await this.attempt(reference, () => this.client.digest(reference));
      if (digest === undefined) continue;
      if (digests.has(digest)) verified.set(tag, digest);
      else
        this.log(
          "warn",
          `docker: ${displayForm(reference)} is another image in the registry now: sha256:${digest}, not sha256:${[...digests].join(" or sha256:")}`,
        );
    }
    return verified;
  }
}

/** The repositories that have the image. Failing questions are traced; nothing is thrown for them. */
export async function findRepositories(
  client: RegistryClient,
  query: RepositoryQuery,
  log: RegistryLog,
): Promise<FoundRepository[]> {
  const search = new Search(client, query, log);
  const found: FoundRepository[] = [];
  for (const candidate of candidatesOf(query)) {
    const repository = await search.repository(candidate);
    if (repository !== undefined) found.push(repository);
  }
  return found;
}

const prefix = "org.opencontainers.image.";
const looksLikeRemote = /^(?:https?|ssh|git):\/\/\S+$|^[\w.-]+@[\w.-]+:\S+$/;

/** Registry → name → value; repositories without a value are left out. */
function byRepository(
  found: readonly FoundRepository[],
  tell: (repository: FoundRepository) => Json | undefined,
): Map<string, Json> {
  const registries = new Map<string, Map<string, Json>>();
  for (const item of found) {
    const value = tell(item);
    if (value === undefined) continue;
    const registry = registryOf(item.repository);
    const names = registries.get(registry) ?? new Map<string, Json>();
    registries.set(registry, names.set(nameOf(item.repository), value));
  }
  return registries;
}

/** The `_REPO_…` and `_IMAGE_…` keys of what was found. */
export function repositoryKeys(found: readonly FoundRepository[]): Map<string, Json> {
  const [first] = found;
  if (first === undefined) return new Map();
  const urlOf = ({ image, repository }: FoundRepository): string =>
    annotationsOf(image).get(`${prefix}url`) || webUrl(repository);
  const annotations = new Map(found.flatMap(({ image }) => [...annotationsOf(image)]));
  const { manifest } = first.image;
  return new Map<string, Json>([
    ["_REPO_DIGESTS", byRepository(found, ({ digests }) => [...digests])],
    ["_REPO_LIST_DIGESTS", byRepository(found, ({ listDigests }) => (listDigests.length === 0 ? undefined : [...listDigests]))],
    ["_REPO_TAGS", byRepository(found, ({ tags }) => (tags.size === 0 ? undefined : tags))],
    ["_REPO_URLS", byRepository(found, (repository) => urlOf(repository) || undefined)],
    ["_IMAGE_CONFIG_DIGEST", manifest.config.digest],
    ["_IMAGE_LAYERS", manifest.layers.map(({ digest }) => digest)],
    ["_IMAGE_COMPRESSED_SIZE", compressedSize(manifest)],
    ["_IMAGE_ANNOTATIONS", annotations],
    ["_IMAGE_CREATION_DATETIME", annotations.get(`${prefix}created`) ?? ""],
  ]);
}

/** What annotations say about where an image comes from; it counts only where nothing better is known. */
export function sourceKeys(found: readonly FoundRepository[]): Map<string, Json> {
  const annotations = new Map(found.flatMap(({ image }) => [...annotationsOf(image)]));
  const source = (annotations.get(`${prefix}source`) ?? "").replace(/#.*$/s, "");
  return new Map<string, Json>([
    ["COMMIT_ID", annotations.get(`${prefix}revision`) ?? ""],
    ["ORIGIN_URI", looksLikeRemote.test(source) ? source : ""],
  ]);
}
