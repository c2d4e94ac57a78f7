/** The mark of an image in a registry (`docker.md` 15.3): its last layer must be the one that `/chalk.json` came with. */
import { Gunzip } from "fflate";
import type { Host } from "../host/host.js";
import { isJsonObject, type JsonObject, parseJson } from "../json.js";
import type { RegistryClient, RemoteImage } from "./client.js";
import { RegistryError } from "./failure.js";
import type { Descriptor } from "./manifests.js";
import { layerHistory } from "./remote-inspect.js";
import { fileInTar } from "./tar.js";

/** A layer with nothing but a mark is small; so is what it unpacks to. */
const layerLimit = 16 << 20;
const unpackedLimit = 64 << 20;

/** Was the layer made by copying a mark? */
export function isMarkLayer(createdBy: string): boolean {
  return createdBy.includes("COPY") && /(?:^|[\s"])\/chalk\.json\b/.test(createdBy);
}

/** Inflates a layer; undefined if it is too long for one with a mark. */
function unpack(bytes: Uint8Array): Uint8Array | undefined {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const inflater = new Gunzip((piece) => {
    length += piece.length;
    if (length <= unpackedLimit) pieces.push(piece);
  });
  const step = 1 << 16;
  for (let at = 0; at < bytes.length && length <= unpackedLimit; at += step)
    inflater.push(bytes.subarray(at, at + step), at + step >= bytes.length);
  if (length > unpackedLimit) return undefined;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => bytes[i] === byte);

function archiveOf(bytes: Uint8Array, { digest }: Descriptor, inflateZstd: InflateZstd): Uint8Array | undefined {
  try {
    if (startsWith(bytes, [0x28, 0xb5, 0x2f, 0xfd])) return inflateZstd?.(bytes, unpackedLimit);
    return startsWith(bytes, [0x1f, 0x8b]) ? unpack(bytes) : bytes;
  } catch {
    throw new RegistryError("invalid", `layer ${digest} cannot be inflated`);
  }
}

type InflateZstd = Host["inflateZstd"];

/** The mark in the last layer; undefined if the image has none of its own. Throws a `RegistryError`. */
export async function readLayerMark(
  client: RegistryClient,
  image: RemoteImage,
  config: JsonObject,
  inflateZstd?: InflateZstd,
): Promise<JsonObject | undefined> {
  const [last] = layerHistory(config);
  const layer = image.manifest.layers.at(-1);
  if (last === undefined || !isMarkLayer(last) || layer === undefined || layer.size > layerLimit) return undefined;
  const archive = archiveOf(await client.blob(image.reference, layer, layerLimit), layer, inflateZstd);
  const content = archive === undefined ? undefined : fileInTar(archive, "chalk.json");
  if (content === undefined) return undefined;
  const parsed = parseJson(content);
  return "value" in parsed && isJsonObject(parsed.value) && parsed.value.has("CHALK_ID") ? parsed.value : undefined;
}
