/**
 * Private keys under a password, in the form of cosign (`runtime-core.md` 15.1): a block of base64 around a JSON object that names the key derivation (scrypt),
 * the cipher (NaCl's secretbox) and the hidden key (PKCS#8 in DER).
 */

import { fromBase64, pemBlock, toBase64, utf8 } from "../base64.js";
import type { Cryptography, Machine, ScryptCost } from "../host/host.js";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import { KEY_LENGTH, NONCE_LENGTH, openBox, sealBox } from "./secretbox.js";

const LABEL = "ENCRYPTED SIGSTORE PRIVATE KEY";
const SALT_LENGTH = 32;
const COST: ScryptCost = { cost: 65536, blockSize: 8, parallelization: 1 };
/** No more memory (bytes) and work than this is spent on parameters that somebody else has chosen. */
const MOST_MEMORY = 512 << 20;
const MOST_PARALLELIZATION = 16;

/** Why something cannot be done with a key. Never holds anything secret. */
export interface KeyProblem {
  readonly problem: string;
}

export function isKeyProblem<T extends object>(result: T | KeyProblem): result is KeyProblem {
  return "problem" in result;
}

interface Sealed {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly box: Uint8Array;
}

function member(object: JsonObject, ...path: string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const name of path) value = isJsonObject(value) ? value.get(name) : undefined;
  return value;
}

function numberAt(object: JsonObject, ...path: string[]): number {
  const value = member(object, ...path);
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function bytesAt(object: JsonObject, ...path: string[]): Uint8Array {
  const value = member(object, ...path);
  return fromBase64(typeof value === "string" ? value : "*");
}

function isBearable({ cost, blockSize, parallelization }: ScryptCost): boolean {
  const isPowerOfTwo = cost > 1 && Number.isInteger(Math.log2(cost));
  const memory = 128 * blockSize * (cost + parallelization);
  return isPowerOfTwo && blockSize > 0 && parallelization > 0 && parallelization <= MOST_PARALLELIZATION && memory <= MOST_MEMORY;
}

/** Takes the block apart. Lines that begin with `-` are skipped, whatever they say. */
function readSealed(text: string): Sealed | KeyProblem {
  const malformed = { problem: "the private key is not in the form of an encrypted sigstore key" };
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("-"));
  try {
    const parsed = parseJson(fromBase64(lines.join("")));
    const document = "value" in parsed ? parsed.value : undefined;
    if (!isJsonObject(document)) return malformed;
    const kdf = member(document, "kdf", "name");
    const cipher = member(document, "cipher", "name");
    if (kdf !== "scrypt" || cipher !== "nacl/secretbox")
      return { problem: "the private key is encrypted otherwise than with scrypt and nacl/secretbox" };
    const cost: ScryptCost = {
      cost: numberAt(document, "kdf", "params", "N"),
      blockSize: numberAt(document, "kdf", "params", "r"),
      parallelization: numberAt(document, "kdf", "params", "p"),
    };
    if (!isBearable(cost)) return { problem: "the private key asks for scrypt with parameters that are not allowed" };
    const nonce = bytesAt(document, "cipher", "nonce");
    if (nonce.length !== NONCE_LENGTH) return malformed;
    return { cost, nonce, salt: bytesAt(document, "kdf", "salt"), box: bytesAt(document, "ciphertext") };
  } catch (error) {
    if (error instanceof RangeError) return malformed;
    throw error;
  }
}

/** The private key (PKCS#8 in DER) of an encrypted block. */
export function decryptKey(
  cryptography: Cryptography,
  text: string,
  password: string,
): { readonly privateKey: Uint8Array } | KeyProblem {
  const sealed = readSealed(text);
  if (isKeyProblem(sealed)) return sealed;
  const key = cryptography.scrypt(utf8(password), sealed.salt, sealed.cost, KEY_LENGTH);
  const privateKey = openBox(sealed.box, sealed.nonce, key);
  return privateKey === undefined
    ? { problem: "the private key cannot be decrypted: the password is wrong, or the key was changed" }
    : { privateKey };
}

/** Puts a private key (PKCS#8 in DER) under a password. */
export function encryptKey(
  { cryptography, machine }: { readonly cryptography: Cryptography; readonly machine: Pick<Machine, "randomBytes"> },
  privateKey: Uint8Array,
  password: string,
): string {
  const salt = machine.randomBytes(SALT_LENGTH);
  const nonce = machine.randomBytes(NONCE_LENGTH);
  const box = sealBox(privateKey, nonce, cryptography.scrypt(utf8(password), salt, COST, KEY_LENGTH));
  const document = {
    kdf: {
      name: "scrypt",
      params: { N: COST.cost, r: COST.blockSize, p: COST.parallelization },
      salt: toBase64(salt),
    },
    cipher: { name: "nacl/secretbox", nonce: toBase64(nonce) },
    ciphertext: toBase64(box),
  };
  return pemBlock(LABEL, utf8(JSON.stringify(document)));
}
