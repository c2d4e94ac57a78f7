/**
 * SHA-256 and SHA-512 without the system, for hosts in memory (browsers, the library): FIPS 180-4 as written, on 32-bit words and on pairs of them through
 * bigints. The real host uses the system's implementation, which is many times faster.
 */
import { type HashAlgorithm, type Hashing, HostError } from "./host.js";

const mask64 = (1n << 64n) - 1n;

/** The first `count` primes. */
function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
}

/** The first 64 bits of the fraction of the square or cube root of n: constants are "nothing up my sleeve" numbers. */
function rootFraction(n: number, power: 2n | 3n): bigint {
  // Integer root of n * 2^(64 * power) by bisection; its low 64 bits are the fraction.
  const target = BigInt(n) << (64n * power);
  let low = 0n;
  let high = 1n << 70n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** power <= target) low = middle;
    else high = middle;
  }
  return low & mask64;
}

const cubeRoots = primes(80).map((p) => rootFraction(p, 3n));
const squareRoots = primes(8).map((p) => rootFraction(p, 2n));
const roundConstants = cubeRoots.slice(0, 64).map((n) => Number(n >> 32n) | 0);

/** The message with its end mark and its length in bits, in whole blocks. */
function padded(data: Uint8Array, block: number, lengthBytes: number): Uint8Array {
  const total = Math.ceil((data.length + 1 + lengthBytes) / block) * block;
  const bytes = new Uint8Array(total);
  bytes.set(data);
  bytes[data.length] = 0x80;
  new DataView(bytes.buffer).setBigUint64(total - 8, BigInt(data.length) * 8n);
  return bytes;
}

function sha256(data: Uint8Array): Uint8Array {
  const bytes = padded(data, 64, 8);
  const view = new DataView(bytes.buffer);
  const state = Int32Array.from(squareRoots, (n) => Number(n >> 32n) | 0);
  const w = new Int32Array(64);
  const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < bytes.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15] as number, w[i - 2] as number];
      const first = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
      const second = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
      w[i] = (w[i - 16] as number) + first + (w[i - 7] as number) + second;
    }
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const chosen = (e & f) ^ (~e & g);
      const first =
        (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + chosen + (roundConstants[i] as number) + (w[i] as number)) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i] as number) + word;
  }
  const result = new Uint8Array(32);
  const out = new DataView(result.buffer);
  for (const [i, word] of state.entries()) out.setInt32(4 * i, word);
  return result;
}

function sha512(data: Uint8Array): Uint8Array {
  const bytes = padded(data, 128, 16);
  const view = new DataView(bytes.buffer);
  const state = [...squareRoots];
  const w = new Array<bigint>(80).fill(0n);
  const rotate = (x: bigint, n: bigint) => (x >> n) | ((x << (64n - n)) & mask64);
  for (let at = 0; at < bytes.length; at += 128) {
    for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(at + 8 * i);
    for (let i = 16; i < 80; i++) {
      const [a, b] = [w[i - 15] as bigint, w[i - 2] as bigint];
      const first = rotate(a, 1n) ^ rotate(a, 8n) ^ (a >> 7n);
      const second = rotate(b, 19n) ^ rotate(b, 61n) ^ (b >> 6n);
      w[i] = ((w[i - 16] as bigint) + first + (w[i - 7] as bigint) + second) & mask64;
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const chosen = (e & f) ^ (~e & mask64 & g);
      const first = h + (rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)) + chosen + (cubeRoots[i] as bigint) + (w[i] as bigint);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + majority;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask64, c, b, a, (first + second) & mask64];
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = ((state[i] as bigint) + word) & mask64;
  }
  const result = new Uint8Array(64);
  const out = new DataView(result.buffer);
  for (const [i, word] of state.entries()) out.setBigUint64(8 * i, word);
  return result;
}

const functions: Partial<Readonly<Record<HashAlgorithm, (data: Uint8Array) => Uint8Array>>> = { sha256, sha512 };

function digest(algorithm: HashAlgorithm, data: Uint8Array | string): Uint8Array {
  const compute = functions[algorithm];
  if (compute === undefined) throw new HostError("ENOSYS", algorithm);
  return compute(typeof data === "string" ? new TextEncoder().encode(data) : data);
}

/** Hashing for hosts in memory. Other algorithms than SHA-256 and SHA-512 fail with ENOSYS. */
export const pureHashing: Hashing = {
  digest,
  hex: (algorithm, data) => [...digest(algorithm, data)].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  stream(algorithm) {
    const pieces: Uint8Array[] = [];
    return {
      update: (data) => void pieces.push(data.slice()),
      digest() {
        const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
        let at = 0;
        for (const piece of pieces) {
          whole.set(piece, at);
          at += piece.length;
        }
        return digest(algorithm, whole);
      },
    };
  },
};
