/** What a build has made, from the files that docker wrote about it (`docker.md` 13.1, 13.2). */
import { isJsonObject, type Json, type JsonObject } from "../json.js";
import { plainDigest } from "./inspect.js";
import { displayForm, parseReference } from "./references.js";

export interface BuildOutcome {
  /** Content of the iid file. */
  readonly iid: string;
  /** The metadata file; empty if there is none. */
  readonly metadata: JsonObject;
  /** The containerd image store. */
  readonly overlayfs: boolean;
  /** Tags of the command line. */
  readonly tags: readonly string[];
  readonly existsLocally: (id: string) => boolean;
}

export interface BuildResult {
  /** Where the image is to be inspected. */
  readonly source: "local" | "registry" | "none";
  /** Plain hex; empty: unknown. */
  readonly localId: string;
  readonly configDigest: string;
  /** References with digest that registries may know. */
  readonly references: readonly string[];
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function withDigest(references: readonly string[], digest: string): string[] {
  return references.map((reference) => displayForm({ ...parseReference(reference, "latest"), digest }));
}

/** Decides what was built and where to look at it. */
export function resolveBuildResult({ iid, metadata, overlayfs, tags, existsLocally }: BuildOutcome): BuildResult {
  const image = plainDigest(iid.trim());
  const manifest = plainDigest(textOf(metadata.get("containerimage.digest")));
  const config = plainDigest(textOf(metadata.get("containerimage.config.digest")));
  if (image === "") return { source: "none", localId: "", configDigest: "", references: [] };
  const names = textOf(metadata.get("image.name"))
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const everywhere = (digest: string): string[] => withDigest([...tags, ...names], digest);
  const decide = (localId: string, configDigest: string, references: readonly string[]): BuildResult => {
    const source = localId !== "" && existsLocally(localId) ? "local" : references.length > 0 ? "registry" : "none";
    return { source, localId, configDigest, references };
  };
  if (manifest === "") return decide(image, overlayfs ? "" : image, withDigest(tags, image));
  if (overlayfs) return decide(manifest, config === manifest ? "" : config, everywhere(manifest));
  if (image !== manifest) return decide(image, image, everywhere(manifest));
  return existsLocally(image) ? decide(image, image, []) : decide("", "", everywhere(manifest));
}

/** The metadata file's object; empty for everything else. */
export function metadataOf(json: Json | undefined): JsonObject {
  return isJsonObject(json) ? json : new Map();
}
