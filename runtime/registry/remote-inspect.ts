/** What `docker inspect` would say about an image that is only in a registry, as far as its configuration tells (`docker.md` 17.4). Pure. */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import type { RemoteImage } from "./client.js";
import { compressedSize } from "./manifests.js";

/** Members that inspection calls otherwise. */
const renamed: readonly (readonly [of: string, inspected: string])[] = [
  ["created", "Created"],
  ["author", "Author"],
  ["comment", "Comment"],
  ["docker_version", "DockerVersion"],
  ["os", "Os"],
  ["os.version", "os.version"],
  ["architecture", "Architecture"],
  ["variant", "Variant"],
];

/** Annotations of the entry in the index and of the manifest; those of the manifest count. */
export function annotationsOf({ manifest, index }: RemoteImage): Map<string, string> {
  return new Map([...(index?.entry.annotations ?? []), ...manifest.annotations]);
}

/**
 * Inspection of an image by its configuration.
 * @param overlayfs the containerd image store: images are known by their manifests
 */
export function inspectionOf(image: RemoteImage, config: JsonObject, overlayfs: boolean): JsonObject {
  const { manifest, reference, digest } = image;
  const json = new Map<string, Json>([
    ["Id", `sha256:${overlayfs ? digest : manifest.config.digest}`],
    ["RepoDigests", [`${reference.repository}@sha256:${image.index?.digest ?? digest}`]],
  ]);
  for (const [name, inspected] of renamed) {
    const value = config.get(name);
    if (value !== undefined && value !== null) json.set(inspected, value);
  }
  const rootfs = config.get("rootfs");
  if (isJsonObject(rootfs))
    json.set(
      "RootFS",
      new Map<string, Json>([
        ["Type", rootfs.get("type") ?? ""],
        ["Layers", rootfs.get("diff_ids") ?? []],
      ]),
    );
  const inner = config.get("config");
  const annotations = annotationsOf(image);
  json.set(
    "Config",
    new Map<string, Json>([
      ...(isJsonObject(inner) ? inner : []),
      ["Digest", `sha256:${manifest.config.digest}`],
      ...(annotations.size === 0 ? [] : [["Annotations", annotations] as [string, Json]]),
    ]),
  );
  json.set("CompressedSize", compressedSize(manifest));
  return json;
}

/** What made the layers of an image, newest first, without the entries that made none. */
export function layerHistory(config: JsonObject): string[] {
  const history = config.get("history");
  if (!isJsonList(history)) return [];
  return history
    .flatMap((item): string[] => {
      if (!isJsonObject(item) || item.get("empty_layer") === true) return [];
      const createdBy = item.get("created_by");
      return [typeof createdBy === "string" ? createdBy : ""];
    })
    .reverse();
}
