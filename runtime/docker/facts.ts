/** The chalk-time keys of a build (`docker.md` 14.4). */
import { discover, pathWithin } from "../collect/git/discover.js";
import { type Host, HostError } from "../host/host.js";
import type { Json } from "../json.js";
import type { BuildCommand } from "./arguments.js";
import type { BaseScan } from "./base-images.js";
import { stdinDockerfile } from "./context.js";
import { ancestry, type Dockerfile, type Stage } from "./dockerfile/stages.js";
import { displayForm, type ImageReference, isScratch, nameOf, parseReference, registryOf } from "./references.js";

export interface FactSources {
  readonly build: BuildCommand;
  readonly text: string;
  readonly dockerfile: Dockerfile;
  readonly target: number;
  /** Of this artifact and of all, normalised. */
  readonly platform: string;
  readonly platforms: readonly string[];
  readonly pins: ReadonlyMap<number, string>;
  /** Base images that were found, by the text of FROM. */
  readonly bases: ReadonlyMap<string, BaseScan>;
  /** Absolute path of the Dockerfile; undefined for git contexts. */
  readonly path: string | undefined;
  /** Its path in the repository that it belongs to; empty if there is none. */
  readonly pathInRepository: string;
}

/**
 * The path of the Dockerfile relative to the work tree of the repository around the build contexts; empty if it lies outside or comes from standard input.
 * @param path absolute; undefined for git contexts
 * @param contexts the context directories, in which repositories are looked for
 */
export function pathInRepository(host: Host, build: BuildCommand, path: string | undefined, contexts: readonly string[]): string {
  if (build.dockerfile === stdinDockerfile) return "";
  if (path === undefined) return build.dockerfile;
  const repository = contexts.map((directory) => discover(host.files, directory)).find((found) => found !== undefined);
  if (repository === undefined) return "";
  try {
    return pathWithin(repository.root, host.files.realPath(path)) ?? "";
  } catch (error) {
    if (error instanceof HostError) return "";
    throw error;
  }
}

const asMap = (record: Readonly<Record<string, string>>): Map<string, Json> => new Map(Object.entries(record));

/** What a stage's FROM names, after pinning. */
function imageOf(stage: Stage, pins: ReadonlyMap<number, string>): string {
  return pins.get(stage.index) ?? stage.image;
}

function describe(reference: ImageReference): [string, Json][] {
  const members: [string, string][] = [
    ["uri", displayForm(reference)],
    ["repo", reference.repository],
    ["registry", registryOf(reference)],
    ["name", nameOf(reference)],
    ["tag", reference.tag],
    ["digest", reference.digest],
  ];
  return members.filter(([, value]) => value !== "");
}

/** What a scan tells about a base image. */
function scanned(scan: BaseScan | undefined): [string, Json][] {
  const id = scan?.mark?.get("METADATA_ID");
  return [
    ...(scan === undefined || scan.configDigest === "" ? [] : [["config_digest", scan.configDigest] as [string, Json]]),
    ...(id === undefined ? [] : [["metadata_id", id] as [string, Json]]),
  ];
}

function baseImages({ dockerfile, pins, bases }: FactSources): Map<string, Json> {
  const images = new Map<string, Json>();
  for (const stage of dockerfile.stages) {
    const base = ancestry(dockerfile.stages, stage.index)[0] as Stage;
    images.set(
      stage.name,
      new Map<string, Json>([
        ["from", imageOf(stage, pins)],
        ...describe(parseReference(imageOf(base, pins))),
        ...scanned(bases.get(base.image)),
      ]),
    );
  }
  return images;
}

function copiedImages({ dockerfile, pins, build }: FactSources): Map<string, Json> {
  const copies = new Map<string, Json>();
  for (const stage of dockerfile.stages) {
    const found: Json[] = [];
    for (const { from, src, dest } of stage.copies) {
      if (from === "" || Object.hasOwn(build.extraContexts, from)) continue;
      const source = dockerfile.stages.find(
        (other) =>
          other.index < stage.index &&
          ((other.name !== "" && other.name.toLowerCase() === from.toLowerCase()) || String(other.index) === from),
      );
      const image = source === undefined ? from : imageOf(ancestry(dockerfile.stages, source.index)[0] as Stage, pins);
      found.push(new Map<string, Json>([["from", from], ...describe(parseReference(image)), ["src", [...src]], ["dest", dest]]));
    }
    if (found.length > 0) copies.set(stage.name, found);
  }
  return copies;
}

/** The keys of one artifact. Empty values are left to the report engine. */
export function buildKeys(sources: FactSources): Map<string, Json> {
  const { build, text, dockerfile, target, platform, platforms, pins, path } = sources;
  const stage = dockerfile.stages[target] as Stage;
  const baseStage = ancestry(dockerfile.stages, target)[0] as Stage;
  const base = parseReference(imageOf(baseStage, pins));
  const scan = sources.bases.get(baseStage.image);
  const labels = new Map<string, Json>();
  for (const other of dockerfile.stages) for (const [name, value] of other.labels) labels.set(name, value);
  for (const [name, value] of Object.entries(build.labels)) labels.set(name, value);
  const keys = new Map<string, Json>([
    ["ARTIFACT_TYPE", "Docker Image"],
    ["DOCKER_FILE", text],
    ["DOCKERFILE_PATH", build.dockerfile === stdinDockerfile ? stdinDockerfile : (path ?? "")],
    ["DOCKERFILE_PATH_WITHIN_VCTL", sources.pathInRepository],
    ["DOCKER_PLATFORM", platform],
    ["DOCKER_PLATFORMS", [...platforms]],
    ["DOCKER_LABELS", labels],
    ["DOCKER_ANNOTATIONS", asMap(build.annotations)],
    ["DOCKER_TAGS", [...new Set(build.allTags)]],
    ["DOCKER_CONTEXT", build.context.text],
    ["DOCKER_ADDITIONAL_CONTEXTS", asMap(build.extraContexts)],
    ["DOCKER_TARGET", stage.name],
    ["DOCKER_BASE_IMAGE", displayForm(base)],
    ["DOCKER_BASE_IMAGE_REPO", base.repository],
    ["DOCKER_BASE_IMAGE_REGISTRY", registryOf(base)],
    ["DOCKER_BASE_IMAGE_NAME", isScratch(base) ? base.repository : nameOf(base)],
    ["DOCKER_BASE_IMAGE_TAG", base.tag],
    ["DOCKER_BASE_IMAGE_DIGEST", base.digest],
    ["DOCKER_BASE_IMAGE_CONFIG_DIGEST", scan?.configDigest ?? ""],
    ["DOCKER_BASE_IMAGE_METADATA_ID", scan?.mark?.get("METADATA_ID") ?? ""],
    ["DOCKER_BASE_IMAGE_CHALK", scan?.mark ?? ""],
    ["DOCKER_BASE_IMAGES", baseImages(sources)],
    ["DOCKER_COPY_IMAGES", copiedImages(sources)],
  ]);
  return keys;
}
