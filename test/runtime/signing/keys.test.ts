/** Encrypted keys (`runtime-core.md` 15.1): ours come back, another program's are read, damaged and hostile ones are refused without a crash. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromBase64, pemBlock, toBase64, utf8 } from "../../../runtime/base64.js";
import { createHost } from "../../../runtime/host/create.js";
import { HostError } from "../../../runtime/host/host.js";
import { decryptKey, encryptKey, isKeyProblem } from "../../../runtime/signing/encrypted-key.js";
import { unlock } from "../../../runtime/signing/signer.js";

const host = createHost();
const { cryptography } = host;
/** Made with PyNaCl and OpenSSL, and an older label. */
const foreign = {
  encryptedPrivateKey: readFileSync("test/fixtures/signing/pynacl.key", "utf8"),
  publicKey: readFileSync("test/fixtures/signing/pynacl.pub", "utf8"),
};
const foreignPassword = "pässword of a fixture";

// biome-ignore lint/suspicious/noExplicitAny: parts are changed freely
type Document = Record<string, any>;

/** A document with one part changed, as the block that a key file holds. */
function variant(change: (document: Document) => void): string {
  const body = foreign.encryptedPrivateKey.split("\n").filter((line) => !line.startsWith("-"));
  const document = JSON.parse(Buffer.from(body.join(""), "base64").toString());
  change(document);
  return pemBlock("ENCRYPTED SIGSTORE PRIVATE KEY", utf8(JSON.stringify(document)));
}

/** Why a key file cannot be decrypted; empty if it can. */
const problemOf = (text: string, password = foreignPassword): string => {
  const result = decryptKey(cryptography, text, password);
  return isKeyProblem(result) ? result.problem : "";
};

test("scrypt: the vector of RFC 7914, 12", () => {
  const cost = { cost: 1024, blockSize: 8, parallelization: 16 };
  assert.is(
    Buffer.from(cryptography.scrypt(utf8("password"), utf8("NaCl"), cost, 64)).toString("hex"),
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
  );
});

test("a key that we encrypt comes back, with its password only", () => {
  const { privateKey } = cryptography.generateSigningKey();
  const text = encryptKey(host, privateKey, "correct");
  assert.match(text, /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
  assert.match(text, /\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n$/);
  assert.ok(text.split("\n").every((line) => line.startsWith("-") || line.length <= 64));
  const back = decryptKey(cryptography, text, "correct");
  assert.ok(!isKeyProblem(back));
  assert.equal([...back.privateKey], [...privateKey]);
  assert.match(problemOf(text, "wrong"), /password is wrong/);
  assert.not.equal(encryptKey(host, privateKey, "correct"), text);
});

test("the pair of another program signs, and its public key verifies", () => {
  const signer = unlock(host, foreign, foreignPassword);
  assert.ok(!isKeyProblem(signer));
  const signature = fromBase64(signer.sign(utf8("message")));
  assert.ok(cryptography.verify(foreign.publicKey, utf8("message"), signature));
  assert.not(cryptography.verify(foreign.publicKey, utf8("messagE"), signature));
});

test("halves that do not belong together are refused", () => {
  const other = cryptography.generateSigningKey();
  const result = unlock(host, { ...foreign, publicKey: other.publicKey }, foreignPassword);
  assert.ok(isKeyProblem(result));
  assert.match(result.problem, /do not belong together/);
});

test("what is no public key, or one of another kind, is refused", () => {
  const rsa = readFileSync("test/fixtures/signing/rsa.pub", "utf8");
  for (const publicKey of ["", "nonsense", rsa]) {
    const result = unlock(host, { ...foreign, publicKey }, foreignPassword);
    assert.ok(isKeyProblem(result), publicKey);
  }
  assert.throws(
    () => cryptography.verify(rsa, utf8("x"), new Uint8Array(64)),
    (error: unknown) => error instanceof HostError,
  );
});

test("damaged key files are refused with a reason", () => {
  for (const text of ["", "-----\n", "no base64 !", "AAAA", toBase64(utf8("[1]")), toBase64(utf8('{"kdf":3}'))])
    assert.ok(problemOf(text) !== "", text);
  const changes: readonly ((document: Document) => void)[] = [
    (document) => delete document["ciphertext"],
    (document) => delete document["kdf"]["salt"],
    (document) => (document["cipher"]["nonce"] = "AAAA"),
    (document) => (document["cipher"]["name"] = "rot13"),
    (document) => (document["kdf"]["name"] = "md5"),
    (document) => (document["ciphertext"] = "AAAA"),
    (document) => (document["kdf"]["params"]["N"] = "65536"),
  ];
  for (const change of changes) assert.ok(problemOf(variant(change)) !== "", String(change));
});

test("parameters of scrypt that would take all memory are refused before any is taken", () => {
  for (const [N, r, p] of [
    [2 ** 30, 8, 1],
    [65536, 2 ** 20, 1],
    [65536, 8, 2 ** 20],
    [65535, 8, 1],
    [-65536, 8, 1],
    [1, 8, 1],
  ] as const)
    assert.match(problemOf(variant((document) => (document["kdf"]["params"] = { N, r, p }))), /not allowed/, `${N} ${r} ${p}`);
});

test("no problem shows the password", () => {
  for (const text of [foreign.encryptedPrivateKey, "nonsense"]) assert.not.match(problemOf(text, "s3cret"), /s3cret/);
});

test.run();
