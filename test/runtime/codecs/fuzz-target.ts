/**
 * What `npm run fuzz` does with one mutated file: claim it, and if a codec does, put a mark in and take it out again. Nothing may be thrown, the mark that
 * was put in must be found, and HASH must not have changed by it. The random numbers are reproducible: same target, same seed, same files.
 */
import { type CodecHost, contentBytes } from "../../../runtime/codecs/candidate.js";
import { type Claim, type CodecContext, isRefusal } from "../../../runtime/codecs/codec.js";
import { identifyAll } from "../../../runtime/codecs/index.js";
import { createHost } from "../../../runtime/host/create.js";
import { MemoryFiles } from "../../../runtime/host/memory-files.js";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { type FuzzTarget, targets } from "./fuzz-seeds.js";
import { options } from "./workbench.js";

export { targets };

const machine = createHost();
const context: CodecContext = { options: { ...options, adHocSigner: () => undefined }, log() {}, strict: true };

/** Numbers from a seed (xorshift). */
export function randomSource(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % Math.max(1, below);
  };
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const WORDS = [
  "dadfedabbadabbed",
  '{ "MAGIC" : "dadfedabbadabbed" }',
  '"MAGIC"',
  "{",
  "}",
  '"',
  "\\",
  "\n",
  "#!",
  "PK",
  "chalk.mark",
  "chalk",
];

type Random = ReturnType<typeof randomSource>;
type Mutation = (bytes: Buffer, random: Random, other: Uint8Array) => Buffer;

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  (bytes, random) => {
    const at = random(bytes.length);
    if (bytes.length > 0) bytes[at] = bytes[at]! ^ (1 << random(8));
    return bytes;
  },
  (bytes, random) => {
    const width = [1, 2, 4, 8][random(4)]!;
    if (bytes.length < width) return bytes;
    const at = random(bytes.length - width + 1);
    const value = BigInt(INTERESTING[random(INTERESTING.length)]!) * (random(4) === 0 ? 0x100000001n : 1n);
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(64, value));
    field.copy(bytes, at, 0, width);
    return bytes;
  },
  (bytes, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(64))]);
  },
  (bytes, random) => {
    const [from, to] = [random(bytes.length), random(bytes.length)];
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + random(128)), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(WORDS[random(WORDS.length)]!), bytes.subarray(at)]);
  },
  (bytes, random, other) => Buffer.concat([bytes.subarray(0, random(bytes.length)), other.subarray(random(other.length))]),
];

/** The n-th file of a target. */
export function mutated(target: FuzzTarget, seed: number): Uint8Array {
  const random = randomSource(seed);
  const pick = () => target.seeds[random(target.seeds.length)]!;
  const made = target.generate !== undefined && random(2) === 0 ? target.generate(random) : pick();
  let bytes: Buffer = Buffer.from(made);
  for (let count = random(5); count > 0; count -= 1) bytes = mutations[random(mutations.length)]!(bytes, random, pick());
  return new Uint8Array(bytes);
}

function look(name: string, bytes: Uint8Array): readonly Claim[] {
  const host: CodecHost = { ...machine, files: new MemoryFiles({ [name]: bytes }, 0) };
  return identifyAll(name, host, context);
}

/** Tries one file. Throws if something is wrong. */
export function tryFile(name: string, bytes: Uint8Array): "claimed" | "passed" {
  const claims = look(name, bytes);
  for (const claim of claims) {
    claim.runTimeKeys?.(() => true);
    if (claim.readOnly !== true && claim.place === undefined) tryClaim(name, claim);
  }
  claims[0]?.file.close();
  return claims.length > 0 ? "claimed" : "passed";
}

function tryClaim(name: string, claim: Claim): void {
  const hash = claim.unmarkedHash();
  claim.legacyHash?.("XXXXXX-XXXX-XXXX-XXXXXX");
  if (claim.mark !== undefined) claim.withoutMark();
  const mark = `{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "${chalkIdOfHash(hash)}", "CHALK_VERSION" : "1" }`;
  const content = claim.withMark(mark);
  if (isRefusal(content)) return;
  const [marked] = look(name, contentBytes(claim.file, content));
  if (marked === undefined || marked.codec !== claim.codec)
    throw new Error(`marked by ${claim.codec}, then taken by ${marked?.codec ?? "nobody"}`);
  if (marked.mark?.get("CHALK_ID") !== chalkIdOfHash(hash))
    throw new Error(`${claim.codec}: the mark that was put in is not found`);
  if (marked.unmarkedHash() !== hash) throw new Error(`${claim.codec}: HASH changed by marking`);
  const removed = marked.withoutMark();
  if (!isRefusal(removed)) {
    const [unmarked] = look(name, contentBytes(marked.file, removed));
    unmarked?.unmarkedHash();
    unmarked?.file.close();
  }
  marked.file.close();
}
