/**
 * A key pair that signs (`runtime-core.md` 15.1): the public half in PEM, the private half decrypted in memory. It exists only after a test signature was made
 * and verified, so that a key whose halves do not belong together never signs anything.
 */

import { toBase64, utf8 } from "../base64.js";
import type { Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import { decryptKey, isKeyProblem, type KeyProblem } from "./encrypted-key.js";

/** Both halves as they are stored. */
export interface KeyPair {
  /** PEM. */
  readonly publicKey: string;
  /** The private half under a password (`encrypted-key.ts`). */
  readonly encryptedPrivateKey: string;
}

export interface Signer {
  /** PEM. */
  readonly publicKey: string;
  /** Signature of the bytes: base64 of DER. Throws a `HostError` if signing fails. */
  sign(message: Uint8Array): string;
}

/** What `unlock` needs of the machine. */
export type KeyHost = Pick<Host, "cryptography" | "machine">;

/** Decrypts the private half and tries the pair out. */
export function unlock(host: KeyHost, pair: KeyPair, password: string): Signer | KeyProblem {
  const { cryptography, machine } = host;
  try {
    const decrypted = decryptKey(cryptography, pair.encryptedPrivateKey, password);
    if (isKeyProblem(decrypted)) return decrypted;
    const { privateKey } = decrypted;
    const trial = machine.randomBytes(32);
    if (!cryptography.verify(pair.publicKey, trial, cryptography.sign(privateKey, trial)))
      return { problem: "the private and the public key do not belong together" };
    return { publicKey: pair.publicKey, sign: (message) => toBase64(cryptography.sign(privateKey, message)) };
  } catch (error) {
    return { problem: `the key cannot be used: ${reasonOf(error)}` };
  }
}

/** The SIGNATURE of a file: of the text that its hash and the hash of its metadata make (15.3). */
export function signText(signer: Signer, text: string): string {
  return signer.sign(utf8(text));
}
