/** Standard base64, and the blocks of it that keys and certificates are written as. */

/** Bytes as base64, with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The bytes of base64; white space counts for nothing. Throws a `RangeError` if it is none. */
export function fromBase64(text: string): Uint8Array {
  const packed = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 === 1) throw new RangeError("this is not base64");
  return Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
}

/** Text in UTF-8. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const PEM_COLUMNS = 64;

/** A PEM block, with a line break at its end. */
export function pemBlock(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(new RegExp(`.{1,${PEM_COLUMNS}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
