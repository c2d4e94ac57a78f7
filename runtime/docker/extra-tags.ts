/** Tags under which images are pushed besides those that the user named (`docker.md` 18.2). */
import { compact, type Json } from "../json.js";
import type { BuildCommand } from "./arguments.js";
import type { DockerLog } from "./build.js";
import type { DockerEngine } from "./engine.js";
import type { ExtraPush, ExtraRegistry } from "./extra-registries.js";

/** A reference that is pushed additionally, and the section that asked for it. */
export interface ExtraTag {
  readonly reference: string;
  readonly registry: ExtraRegistry;
  readonly push: ExtraPush;
}

export interface TagValues {
  /** A chalk-time key that was collected, by its name in upper case. */
  readonly key: (name: string) => Json | undefined;
  readonly warn: (message: string) => void;
}

/** A tag with its keys filled in; the reason if that isn't possible. */
export function fillTag(pattern: string, key: TagValues["key"]): { readonly tag: string } | { readonly problem: string } {
  let problem: string | undefined;
  const filled = pattern.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const upper = name.trim().toUpperCase();
    const value = upper === "" || upper.startsWith("_") ? undefined : key(upper);
    if (value === undefined) problem ??= `there is no chalk-time key ${name} with a value`;
    return value === undefined ? "" : typeof value === "string" ? value : compact(value);
  });
  if (problem === undefined && /[{}]/.test(pattern.replace(/\{[^{}]*\}/g, ""))) problem = "its braces don't match";
  return problem === undefined ? { tag: filled.replace(/[^A-Za-z0-9_.-]/g, "-") } : { problem };
}

/** All extra references, in the order of the configuration; what cannot be filled in is left out with a warning. */
export function extraTags(registries: readonly ExtraRegistry[], { key, warn }: TagValues): ExtraTag[] {
  const found: ExtraTag[] = [];
  for (const registry of registries)
    for (const push of registry.pushes)
      for (const pattern of push.tags) {
        const filled = fillTag(pattern, key);
        if ("problem" in filled)
          warn(`docker: the tag ${pattern} for ${registry.uri}/${push.repository} is left out: ${filled.problem}`);
        else if (filled.tag !== "") {
          const reference = `${registry.uri.replace(/\/+$/, "")}/${push.repository}:${filled.tag}`;
          if (!found.some((other) => other.reference === reference)) found.push({ reference, registry, push });
        }
      }
  return found;
}

/** Pushes an image that docker has pushed under more tags, which the local engine gets for that time only (15.1). Returns the references that were pushed; failures are logged. */
export function pushExtraTags(image: string, tags: readonly ExtraTag[], engine: DockerEngine, log: DockerLog): string[] {
  const pushed: string[] = [];
  for (const { reference } of tags) {
    const failure = engine.pushAs(image, reference);
    if (failure === undefined) {
      log("info", `docker: ${image} is pushed as ${reference}`);
      pushed.push(reference);
    } else log("error", `docker: ${image} is not pushed as ${reference}: ${failure}`);
  }
  return pushed;
}

/** The words of a build that pushes, for its extra tags, and the local tags that they leave behind. */
export function buildWords(
  build: Pick<BuildCommand, "push" | "tags" | "buildx">,
  tags: readonly ExtraTag[],
): { readonly words: readonly string[]; readonly localTags: readonly string[] } {
  if (!build.push || tags.length === 0) return { words: [], localTags: [] };
  const references = tags.map(({ reference }) => reference);
  if (build.tags.length > 0 || !build.buildx)
    return { words: references.flatMap((reference) => ["-t", reference]), localTags: references };
  return { words: references.flatMap((reference) => ["--output", `type=image,push=true,name=${reference}`]), localTags: [] };
}
