/**
 * Keys, signatures and key derivation by `node:crypto`, which is loaded when the first of them is asked for: it costs a start several milliseconds, and most
 * commands never sign nor verify anything.
 */
import { attempt, builtin } from "./attempt.js";
import { type Cryptography, HostError } from "./host.js";

const CURVE = "prime256v1";
/** What scrypt needs above 128 * N * r bytes. */
const SCRYPT_SLACK = 1 << 20;

function privateKeyOf(pkcs8: Uint8Array) {
  const key = builtin("node:crypto").createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  return checked(key);
}

function checked<K extends { readonly asymmetricKeyType?: string; readonly asymmetricKeyDetails?: { namedCurve?: string } }>(
  key: K,
): K {
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== CURVE)
    throw new HostError("EINVAL", "key", undefined, "the key is not one of ECDSA over P-256");
  return key;
}

/** The `Cryptography` of this machine. */
export const cryptography: Cryptography = {
  scrypt(password, salt, { cost, blockSize, parallelization }, length) {
    const options = {
      N: cost,
      r: blockSize,
      p: parallelization,
      maxmem: 128 * blockSize * (cost + parallelization) + SCRYPT_SLACK,
    };
    return attempt("scrypt", undefined, () => builtin("node:crypto").scryptSync(password, salt, length, options));
  },
  generateSigningKey() {
    return attempt("generate key", undefined, () => {
      const { privateKey, publicKey } = builtin("node:crypto").generateKeyPairSync("ec", {
        namedCurve: CURVE,
        privateKeyEncoding: { type: "pkcs8", format: "der" },
        publicKeyEncoding: { type: "spki", format: "pem" },
      });
      return { privateKey, publicKey };
    });
  },
  sign: (privateKey, message) =>
    attempt("sign", undefined, () => builtin("node:crypto").sign("sha256", message, privateKeyOf(privateKey))),
  verify: (publicKey, message, signature) =>
    attempt("verify", undefined, () => {
      const crypto = builtin("node:crypto");
      return crypto.verify("sha256", message, checked(crypto.createPublicKey(publicKey)), signature);
    }),
};
