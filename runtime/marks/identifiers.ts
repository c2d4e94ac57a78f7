/**
 * Identifiers in text form (`marks-and-codecs.md` 2.1, 2.2): 100 bits of a hash in Crockford's base 32, grouped 6-4-4-6. A CHALK_ID is made of the hex
 * *text* of the content hash (upstream's habit, which every existing mark depends on), a METADATA_ID of the raw digest.
 */
import type { Hashing, Machine } from "../host/host.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 20;

/** Bytes (at least 13) as `XXXXXX-XXXX-XXXX-XXXXXX`. */
export function idFormat(bytes: Uint8Array): string {
  let digits = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && digits.length < LENGTH) {
      bits -= 5;
      digits += ALPHABET[(buffer >> bits) & 31];
    }
    if (digits.length === LENGTH) break;
  }
  return `${digits.slice(0, 6)}-${digits.slice(6, 10)}-${digits.slice(10, 14)}-${digits.slice(14)}`;
}

/** CHALK_ID of an artifact from its HASH (64 hex digits). */
export function chalkIdOfHash(hash: string): string {
  return idFormat(new TextEncoder().encode(hash));
}

/** CHALK_ID of an artifact that has no hash. */
export function randomChalkId(machine: Pick<Machine, "randomBytes">): string {
  return idFormat(machine.randomBytes(32));
}

/** METADATA_ID that belongs to a METADATA_HASH (hex). */
export function idOfHexDigest(hex: string): string {
  return idFormat(bytesOfHex(hex));
}

const HEX_DIGITS = "0123456789abcdef";

/** Lower-case hex of bytes. */
export function hexOfBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += `${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`;
  return text;
}

/** Bytes of hex text; digits that are none count as 0. */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let index = 0; index < bytes.length; index += 1)
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16) || 0;
  return bytes;
}

/** HASH of content in memory. */
export function contentHash(hashing: Hashing, content: Uint8Array): string {
  return hashing.hex("sha256", content);
}
