/**
 * The canonical binary form of data, from which hashes and ids are made (`marks-and-codecs.md` 2.3, `runtime-core.md` 6.4): a type byte per value,
 * little-endian lengths, map entries sorted by their key's bytes at every level.
 *
 * In marks a float is its type byte alone: its value is lost. That is a flaw of the format which all implementations share and which validation of
 * existing marks depends on; our own uses (object ids, `binary_sha256()`, hash of the embedded state) add the value.
 */
import type { Hashing } from "../host/host.js";
import { compareBytewise, Float, isJsonList, isJsonObject, isWholeNumber, type Json, type JsonObject } from "../json.js";
import { IGNORED_WHEN_NORMALIZING } from "./format.js";
import { idOfHexDigest } from "./identifiers.js";

/** What becomes of floats: `omitted` in marks, `encoded` (8 bytes IEEE, little-endian) elsewhere. */
export type FloatEncoding = "omitted" | "encoded";

const TYPE = { string: 1, integer: 2, boolean: 3, list: 4, map: 5, float: 6, null: 7 } as const;

/** A growing byte buffer with the primitive encodings. */
class Encoder {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  private length = 0;
  private readonly text = new TextEncoder();
  private readonly floats: FloatEncoding;

  constructor(floats: FloatEncoding) {
    this.floats = floats;
  }

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  private tagged(type: number, count: number): number {
    const at = this.reserve(1 + count);
    this.bytes[at] = type;
    return at + 1;
  }

  private string(value: string): void {
    const encoded = this.text.encode(value);
    const at = this.tagged(TYPE.string, 4 + encoded.length);
    this.view.setUint32(at, encoded.length, true);
    this.bytes.set(encoded, at + 4);
  }

  private integer(value: bigint): void {
    const at = this.tagged(TYPE.integer, 8);
    this.view.setBigInt64(at, BigInt.asIntN(64, value), true);
  }

  private float(value: number): void {
    if (this.floats === "omitted") this.tagged(TYPE.float, 0);
    else this.view.setFloat64(this.tagged(TYPE.float, 8), value, true);
  }

  private count(type: number, count: number): void {
    const at = this.tagged(type, 4);
    this.view.setUint32(at, count, true);
  }

  value(json: Json): void {
    if (json === null) this.tagged(TYPE.null, 0);
    else if (typeof json === "string") this.string(json);
    else if (typeof json === "boolean") this.bytes[this.tagged(TYPE.boolean, 1)] = json ? 1 : 0;
    else if (typeof json === "bigint") this.integer(json);
    else if (typeof json === "number") isWholeNumber(json) ? this.integer(BigInt(json)) : this.float(json);
    else if (json instanceof Float) this.float(json.value);
    else if (isJsonList(json)) {
      this.count(TYPE.list, json.length);
      for (const item of json) this.value(item);
    } else if (isJsonObject(json)) this.map(json);
  }

  map(object: JsonObject): void {
    const entries = [...object].sort((a, b) => compareBytewise(a[0], b[0]));
    this.count(TYPE.map, entries.length);
    for (const [key, value] of entries) {
      this.string(key);
      this.value(value);
    }
  }

  result(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

/** The canonical form of any data. */
export function canonicalEncoding(json: Json, floats: FloatEncoding = "encoded"): Uint8Array {
  const encoder = new Encoder(floats);
  encoder.value(json);
  return encoder.result();
}

/** The normal form of a mark: its members without those that describe the hash itself, floats without value. */
export function normalForm(mark: JsonObject): Uint8Array {
  return canonicalEncoding(new Map([...mark].filter(([key]) => !IGNORED_WHEN_NORMALIZING.has(key))), "omitted");
}

/** METADATA_HASH of a mark: hex SHA-256 of its normal form. */
export function metadataHash(hashing: Hashing, mark: JsonObject): string {
  return hashing.hex("sha256", normalForm(mark));
}

/** METADATA_ID of a mark. */
export function metadataId(hashing: Hashing, mark: JsonObject): string {
  return idOfHexDigest(metadataHash(hashing, mark));
}
