/**
 * NaCl's secretbox: XSalsa20 hides a message, Poly1305 shows whether it was changed. A box is 16 bytes of authenticator and the hidden message. cosign keeps
 * private keys in such boxes (`runtime-core.md` 15.1).
 */
import { xsalsa20Stream } from "./salsa20.js";

export const KEY_LENGTH = 32;
export const NONCE_LENGTH = 24;
const TAG_LENGTH = 16;

const PRIME = (1n << 130n) - 5n;
/** Bits of the factor that Poly1305 clears. */
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

function numberOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] as number);
  return value;
}

/** The authenticator (16 bytes) of a message under a key (32 bytes) that is used once. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  const factor = numberOf(key.subarray(0, 16)) & CLAMP;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = message.subarray(at, at + 16);
    sum = ((sum + numberOf(block) + (1n << BigInt(8 * block.length))) * factor) % PRIME;
  }
  let value = sum + numberOf(key.subarray(16, 32));
  return Uint8Array.from({ length: TAG_LENGTH }, () => {
    const byte = Number(value & 0xffn);
    value >>= 8n;
    return byte;
  });
}

/** Looks at all bytes, whatever the first ones are, so that the time taken tells nothing. */
function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

function apply(stream: Uint8Array, text: Uint8Array): Uint8Array {
  return text.map((byte, index) => byte ^ (stream[index] as number));
}

/** Puts a message into a box. The nonce must be a fresh one for every message of a key. */
export function sealBox(message: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const stream = xsalsa20Stream(key, nonce, KEY_LENGTH + message.length);
  const hidden = apply(stream.subarray(KEY_LENGTH), message);
  const box = new Uint8Array(TAG_LENGTH + hidden.length);
  box.set(poly1305(stream.subarray(0, KEY_LENGTH), hidden));
  box.set(hidden, TAG_LENGTH);
  return box;
}

/** Takes a message out of its box; undefined if key or nonce are wrong, or the box was changed. */
export function openBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  if (box.length < TAG_LENGTH) return undefined;
  const hidden = box.subarray(TAG_LENGTH);
  const stream = xsalsa20Stream(key, nonce, KEY_LENGTH + hidden.length);
  if (!isEqual(poly1305(stream.subarray(0, KEY_LENGTH), hidden), box.subarray(0, TAG_LENGTH))) return undefined;
  return apply(stream.subarray(KEY_LENGTH), hidden);
}
