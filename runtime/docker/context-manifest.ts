/** The OCI manifest that attaches a build context to an image, and the index that lists it where a registry has no referrers (`docker.md` 18.4). */
import { compact, isJsonList, isJsonObject, type Json } from "../json.js";
import type { Attachment } from "../registry/attach.js";
import { type Descriptor, EMPTY_CONFIG, INDEX_TYPE, MANIFEST_TYPE } from "../signing/attestation.js";

const contextType = "application/vnd.crashoverride.chalk.build-context.v1";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** An archive that is in the repository. */
export interface PushedContext {
  readonly name: string;
  /** Plain hex. */
  readonly digest: string;
  readonly size: number;
  readonly skipped: Json;
}

const descriptor = ({ mediaType, digest, size }: Descriptor): [string, Json][] => [
  ["mediaType", mediaType],
  ["digest", `sha256:${digest}`],
  ["size", size],
];

/**
 * What is attached for a context.
 * @param subject the image's manifest
 * @param created RFC 3339
 */
export function contextAttachment(
  subject: Descriptor,
  context: PushedContext,
  created: string,
): Pick<Attachment, "blobs" | "manifest" | "mediaType" | "listed"> {
  const annotations: Json = new Map([
    ["org.opencontainers.image.created", created],
    ["dev.crashoverride.chalk.build-context.name", context.name],
  ]);
  const manifest: Json = new Map<string, Json>([
    ["schemaVersion", 2],
    ["mediaType", MANIFEST_TYPE],
    ["artifactType", contextType],
    ["config", new Map(descriptor(EMPTY_CONFIG))],
    ["layers", [new Map(descriptor({ ...context, mediaType: layerType }))]],
    ["subject", new Map(descriptor(subject))],
    ["annotations", annotations],
  ]);
  return {
    blobs: [EMPTY_CONFIG.bytes],
    manifest: compact(manifest),
    mediaType: MANIFEST_TYPE,
    listed: (before, own) => {
      const entries = isJsonObject(before) ? before.get("manifests") : undefined;
      const digest = `sha256:${own.digest}`;
      const others = (isJsonList(entries) ? entries : []).filter(
        (entry) => !(isJsonObject(entry) && entry.get("digest") === digest),
      );
      const added: Json = new Map<string, Json>([
        ...descriptor(own),
        ["artifactType", contextType],
        ["annotations", annotations],
      ]);
      return compact(
        new Map<string, Json>([
          ["schemaVersion", 2],
          ["mediaType", INDEX_TYPE],
          ["manifests", [...others, added]],
        ]),
      );
    },
  };
}
