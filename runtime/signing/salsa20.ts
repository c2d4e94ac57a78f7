/**
 * XSalsa20, the stream cipher of NaCl's secretbox (Bernstein, "Extending the Salsa20 nonce"). Only what the files of cosign need: they hold a key of
 * some hundred bytes, so clarity comes before speed. Tests hold the vectors that NaCl was published with.
 */
import { viewOf } from "../bytes.js";

/** "expand 32-byte k" as four little-endian words. */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const BLOCK = 64;
const ROUNDS = 20;

/** Positions of the words that one quarter round mixes: the columns, then the rows, of a 4 x 4 matrix. */
const QUARTERS = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The matrix: constants on the diagonal, the key around it, 16 bytes of input in the middle. */
function matrix(key: Uint8Array, input: Uint8Array): Uint32Array {
  const keys = viewOf(key);
  const inputs = viewOf(input);
  const words = new Uint32Array(16);
  for (let i = 0; i < 4; i++) {
    words[5 * i] = CONSTANTS[i] as number;
    words[1 + i] = keys.getUint32(4 * i, true);
    words[6 + i] = inputs.getUint32(4 * i, true);
    words[11 + i] = keys.getUint32(16 + 4 * i, true);
  }
  return words;
}

function mix(words: Uint32Array): void {
  for (let round = 0; round < ROUNDS; round += 2) {
    for (const [a, b, c, d] of QUARTERS) {
      const at = (index: number): number => words[index] as number;
      words[b] = at(b) ^ rotate((at(a) + at(d)) | 0, 7);
      words[c] = at(c) ^ rotate((at(b) + at(a)) | 0, 9);
      words[d] = at(d) ^ rotate((at(c) + at(b)) | 0, 13);
      words[a] = at(a) ^ rotate((at(d) + at(c)) | 0, 18);
    }
  }
}

function littleEndian(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = viewOf(bytes);
  for (const [index, word] of words.entries()) view.setUint32(4 * index, word, true);
  return bytes;
}

/** HSalsa20: a key (32 bytes) made of a key and 16 bytes of a nonce. */
export function hsalsa20(key: Uint8Array, input: Uint8Array): Uint8Array {
  const words = matrix(key, input);
  mix(words);
  return littleEndian([0, 5, 10, 15, 6, 7, 8, 9].map((index) => words[index] as number));
}

function salsa20Block(key: Uint8Array, nonce: Uint8Array, counter: number): Uint8Array {
  const input = new Uint8Array(16);
  input.set(nonce);
  viewOf(input).setUint32(8, counter, true);
  const before = matrix(key, input);
  const words = before.slice();
  mix(words);
  return littleEndian([...words].map((word, index) => (word + (before[index] as number)) >>> 0));
}

/** `length` bytes of the stream that XSalsa20 makes of a key (32 bytes) and a nonce (24 bytes). */
export function xsalsa20Stream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  const subkey = hsalsa20(key, nonce.subarray(0, 16));
  const stream = new Uint8Array(Math.ceil(length / BLOCK) * BLOCK);
  for (let at = 0; at < stream.length; at += BLOCK) stream.set(salsa20Block(subkey, nonce.subarray(16), at / BLOCK), at);
  return stream.subarray(0, length);
}
