/** The chalk-time keys of a build (`docker.md` 14.4). */
import type { Json } from "../json.js";
import type { BuildCommand } from "./arguments.js";
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
  /** Absolute path of the Dockerfile; undefined for git contexts. */
  readonly path: string | undefined;
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

function baseImages({ dockerfile, pins }: FactSources): Map<string, Json> {
  const images = new Map<string, Json>();
  for (const stage of dockerfile.stages) {
    const base = ancestry(dockerfile.stages, stage.index)[0] as Stage;
    images.set(
      stage.name,
      new Map<string, Json>([["from", imageOf(stage, pins)], ...describe(parseReference(imageOf(base, pins)))]),
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
  const base = parseReference(imageOf(ancestry(dockerfile.stages, target)[0] as Stage, pins));
  const labels = new Map<string, Json>();
  for (const other of dockerfile.stages) for (const [name, value] of other.labels) labels.set(name, value);
  for (const [name, value] of Object.entries(build.labels)) labels.set(name, value);
  const keys = new Map<string, Json>([
    ["ARTIFACT_TYPE", "Docker Image"],
    ["DOCKER_FILE", text],
    ["DOCKERFILE_PATH", build.dockerfile === stdinDockerfile ? stdinDockerfile : (path ?? "")],
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
    ["DOCKER_BASE_IMAGES", baseImages(sources)],
    ["DOCKER_COPY_IMAGES", copiedImages(sources)],
  ]);
  return keys;
}
