/**
 * What codecs tell about artifacts, as collectors (`marks-and-codecs.md` 4.1): the engine knows artifacts, codecs know claims, and this is where they meet.
 * A claim is remembered only as long as its artifact is being worked on; later it would keep the file's data in memory.
 */
import type { Claim, TextFinding } from "../codecs/codec.js";
import { codecNames } from "../codecs/index.js";
import type { Artifact, Collector } from "../collect/types.js";
import type { Json } from "../json.js";

/** Where an artifact inside an archive belongs. */
export interface Containment {
  /** CHALK_ID of the archive. */
  readonly container: string;
  /** `/` and the path in it. */
  readonly path: string;
}

type Found = Pick<Claim, "artifactType" | "chalkTimeKeys" | "runTimeKeys"> | TextFinding;

const claims = new WeakMap<Artifact, Found>();
const containments = new WeakMap<Artifact, Containment>();

/** Lets the codec's collector find what was claimed. */
export function rememberClaim(artifact: Artifact, found: Found, containment?: Containment): void {
  claims.set(artifact, found);
  if (containment !== undefined) containments.set(artifact, containment);
}

export function forgetClaim(artifact: Artifact): void {
  claims.delete(artifact);
  containments.delete(artifact);
}

/** Types of artifacts whose codec knows only one; for programs, which `exec` does not claim. */
const FIXED_TYPES: Readonly<Record<string, string>> = { elf: "ELF", elf_last_resort: "ELF" };

/** Codecs of things that are made of others: what is marked anew names what it was before (`collection.md` 14). */
const DERIVING: ReadonlySet<string> = new Set(["zip", "gguf", "safetensors", "model_sidecar"]);

/** The identity of the mark that is being replaced, if it was another one. */
function derivedFrom(name: string, { mark, data }: Artifact): string | undefined {
  const before = DERIVING.has(name) ? mark?.get("CHALK_ID") : undefined;
  return typeof before === "string" && before !== data.get("CHALK_ID") ? before : undefined;
}

function codecCollector(name: string): Collector {
  return {
    name,
    collectArtifact(phase, artifact, context) {
      const found = claims.get(artifact);
      const artifactType = found?.artifactType ?? FIXED_TYPES[name];
      const keys = new Map<string, Json>();
      if (artifactType !== undefined) keys.set(phase === "pre_chalk_keys" ? "ARTIFACT_TYPE" : "_OP_ARTIFACT_TYPE", artifactType);
      const before = phase === "pre_chalk_keys" ? derivedFrom(name, artifact) : undefined;
      if (before !== undefined) keys.set("DERIVED_FROM_CHALK_ID", before);
      const more =
        phase === "post_chalk_keys"
          ? found?.runTimeKeys?.((key) => context.subscribed(key))
          : found !== undefined && "chalkTimeKeys" in found
            ? found.chalkTimeKeys?.()
            : undefined;
      return new Map([...keys, ...(more ?? [])]);
    },
  };
}

const zippedItem: Collector = {
  name: "zippeditem",
  collectArtifact(_phase, artifact) {
    const containment = containments.get(artifact);
    if (containment === undefined) return new Map();
    return new Map([
      ["CONTAINING_ARTIFACT_WHEN_CHALKED", containment.container],
      ["PATH_WITHIN_ZIP", containment.path],
    ]);
  },
};

/** The collectors of all codecs. */
export const codecCollectors: readonly Collector[] = [...codecNames().map(codecCollector), zippedItem];
