// Certificates: what they say in the words of OpenSSL, which is asked for comparison where it is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isSelected } from "../../../runtime/codecs/certs/options.js";
import { identifyAll, searchText } from "../../../runtime/codecs/index.js";
import type { Json } from "../../../runtime/json.js";
import { chalkIdOfHash } from "../../../runtime/marks/identifiers.js";
import { claim, host, options, path, recorder, sha256 } from "./workbench.js";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const serial = "17154717934120587862167794914071425081";
const config = `[req]
distinguished_name = dn
prompt = no
x509_extensions = ext
[dn]
C = DE
O = Example GmbH
OU = one
OU = two
CN = exämple
emailAddress = a@example.org
[ext]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, digitalSignature, keyCertSign
extendedKeyUsage = serverAuth, clientAuth, 1.2.3.4
subjectAltName = DNS:a.example, IP:10.0.0.1, IP:fe80::1, email:x@y.z, URI:https://e.example/, dirName:dir
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
crlDistributionPoints = URI:http://crl.example/x.crl
certificatePolicies = 1.2.3.5
1.2.3.6 = ASN1:UTF8String:text
[dir]
CN = inner
`;

/** Makes a self-signed certificate; returns its PEM. */
function make(name: string, key: readonly string[], days = "10"): string {
  writeFileSync(path(`${name}.cnf`), config);
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      ...key,
      "-nodes",
      "-keyout",
      path(`${name}.secret`),
      "-out",
      path(`${name}.pem`),
      "-days",
      days,
      "-set_serial",
      serial,
      "-utf8",
      "-config",
      path(`${name}.cnf`),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  return readFileSync(path(`${name}.pem`), "utf8");
}
const keysOf = (name: string): ReadonlyMap<string, Json> => {
  const found = claim(name)!;
  found.file.close();
  return found.runTimeKeys!(() => true);
};

if (!hasOpenssl) console.log("SKIPPED certificates: no openssl");
const check = hasOpenssl ? test : test.skip;

check("the mark follows from the serial number", () => {
  make("a", ["rsa:2048"]);
  const context = recorder();
  const found = claim("a.pem", undefined, context)!;
  assert.is(found.codec, "certs");
  assert.is(found.unmarkedHash(), sha256(serial));
  assert.is(found.mark?.get("CHALK_ID"), "C8WP8E-B6CG-V3GD-9S60SP");
  assert.is(found.mark?.get("METADATA_ID"), "0G1RWB-6KDD-JF61-F2JDWP");
  assert.equal([...found.mark!.keys()].sort(), [
    "ARTIFACT_TYPE",
    "CHALK_ID",
    "CHALK_VERSION",
    "MAGIC",
    "METADATA_HASH",
    "METADATA_ID",
  ]);
  assert.ok("refused" in found.withMark("x"));
  found.file.close();
});

check("all keys, against openssl", () => {
  make("a", ["rsa:2048"]);
  const keys = keysOf("a.pem");
  const print = (...args: string[]) => openssl("x509", "-in", path("a.pem"), "-noout", ...args);
  const text = print("-text");
  assert.is(keys.get("_X509_VERSION"), 3);
  assert.is(keys.get("_X509_SERIAL"), serial);
  assert.equal(
    [...(keys.get("_X509_SUBJECT") as ReadonlyMap<string, Json>)],
    [
      ["countryName", "DE"],
      ["organizationName", "Example GmbH"],
      ["organizationalUnitName", "two"],
      ["commonName", "exämple"],
      ["emailAddress", "a@example.org"],
    ],
  );
  assert.equal([...(keys.get("_X509_ISSUER_SHORT") as ReadonlyMap<string, Json>).keys()], ["C", "O", "OU", "CN", "emailAddress"]);
  assert.is(`notBefore=${keys.get("_X509_NOT_BEFORE")}\nnotAfter=${keys.get("_X509_NOT_AFTER")}\n`, print("-dates"));
  assert.is(keys.get("_X509_KEY_TYPE"), "rsaEncryption");
  assert.is(keys.get("_X509_KEY_SIZE"), 2048);
  assert.is(keys.get("_X509_SIGNATURE_TYPE"), "sha256WithRSAEncryption");
  const pem = openssl("x509", "-in", path("a.pem"), "-noout", "-pubkey");
  writeFileSync(path("a.pub"), pem);
  assert.is(keys.get("_X509_KEY"), openssl("rsa", "-pubin", "-in", path("a.pub"), "-RSAPublicKey_out"));
  const signature = text.slice(text.lastIndexOf("Signature")).replace(/^.*\n/, "").replace(/\s/g, "");
  assert.is(keys.get("_X509_SIGNATURE"), signature.replace("SignatureValue:", ""));
  for (const [key, label] of [
    ["_X509_SUBJECT_ALTERNATIVE_NAME", "Subject Alternative Name"],
    ["_X509_KEY_USAGE", "Key Usage"],
    ["_X509_EXTENDED_KEY_USAGE", "Extended Key Usage"],
    ["_X509_BASIC_CONSTRAINTS", "Basic Constraints"],
    ["_X509_SUBJECT_KEY_IDENTIFIER", "Subject Key Identifier"],
    ["_X509_AUTHORITY_KEY_IDENTIFIER", "Authority Key Identifier"],
  ] as const) {
    const match = new RegExp(`X509v3 ${label}:[^\\n]*\\n\\s*([^\\n]*)\\n`).exec(text);
    assert.is(keys.get(key), match?.[1]?.trim(), key);
  }
  const extra = keys.get("_X509_EXTRA_EXTENSIONS") as ReadonlyMap<string, Json>;
  assert.is(extra.get("X509v3 CRL Distribution Points"), "Full Name:\n  URI:http://crl.example/x.crl");
  assert.is(extra.get("X509v3 Certificate Policies"), "Policy: 1.2.3.5");
  assert.is(extra.get("1.2.3.6"), "");
});

check("rare extensions, against openssl", () => {
  const rare = `[req]
distinguished_name = dn
prompt = no
x509_extensions = ext
[dn]
CN = rare
[ext]
authorityKeyIdentifier = keyid:always, issuer:always
subjectKeyIdentifier = hash
subjectAltName = otherName:msUPN;UTF8:a@b, otherName:1.2.3.4;UTF8:text, otherName:1.2.3.4;INTEGER:5
nameConstraints = permitted;DNS:.a, permitted;dirName:dir, excluded;IP:10.0.0.0/255.0.0.0, excluded;IP:fe80::/ffc0::
policyConstraints = requireExplicitPolicy:0, inhibitPolicyMapping:1
inhibitAnyPolicy = 2
certificatePolicies = 1.2.3, @policy
crlDistributionPoints = point
[dir]
C = DE
CN = inner
[policy]
policyIdentifier = 1.2.4
CPS.1 = https://cps.example/
userNotice.1 = @notice
[notice]
explicitText = UTF8:note
organization = org
noticeNumbers = 1, 2
[point]
fullname = URI:http://crl.example/x.crl
reasons = keyCompromise, CACompromise
`;
  writeFileSync(path("rare.cnf"), rare);
  const files = ["-keyout", path("rare.secret"), "-out", path("rare.pem"), "-config", path("rare.cnf")];
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-set_serial", "0xabcdef", ...files);
  const keys = keysOf("rare.pem");
  const printed = (name: string): string =>
    openssl("x509", "-in", path("rare.pem"), "-noout", "-ext", name)
      .split("\n")
      .slice(1)
      .map((line) => line.slice(4).trimEnd())
      .join("\n")
      .trim();
  assert.is(keys.get("_X509_AUTHORITY_KEY_IDENTIFIER"), printed("authorityKeyIdentifier"));
  assert.is(keys.get("_X509_SUBJECT_ALTERNATIVE_NAME"), printed("subjectAltName"));
  const extra = keys.get("_X509_EXTRA_EXTENSIONS") as ReadonlyMap<string, Json>;
  for (const [label, name] of [
    ["Name Constraints", "nameConstraints"],
    ["Policy Constraints", "policyConstraints"],
    ["Inhibit Any Policy", "inhibitAnyPolicy"],
    ["Certificate Policies", "certificatePolicies"],
  ] as const)
    assert.is(extra.get(`X509v3 ${label}`), printed(name), label);
  // OpenSSL forgets a line break here.
  const point = "Full Name:\n  URI:http://crl.example/x.crl\nReasons:\n  Key Compromise, CA Compromise";
  assert.is(extra.get("X509v3 CRL Distribution Points"), point);
});

check("other keys", () => {
  for (const [name, args, type, bits, signature] of [
    ["ec", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "id-ecPublicKey", 384, "ecdsa-with-SHA256"],
    ["ed", ["ed25519"], "ED25519", 253, "ED25519"],
  ] as const) {
    make(name, args);
    const keys = keysOf(`${name}.pem`);
    assert.equal(
      [keys.get("_X509_KEY_TYPE"), keys.get("_X509_KEY_SIZE"), keys.get("_X509_SIGNATURE_TYPE")],
      [type, bits, signature],
    );
    assert.is(keys.get("_X509_KEY"), openssl("x509", "-in", path(`${name}.pem`), "-noout", "-pubkey"));
  }
});

check("bundles, DER, private keys, environment variables", () => {
  const [one, two] = [make("one", ["rsa:1024"]), make("two", ["rsa:1024"], "20")];
  const secret = readFileSync(path("one.secret"), "utf8");
  writeFileSync(path("bundle.pem"), `# comment\n${secret}${one}text\n${two}${one}`);
  const context = recorder();
  const found = identifyAll(path("bundle.pem"), host, context);
  assert.is(found.length, 3);
  assert.is(new Set(found.map((item) => item.identity)).size, 2);
  assert.is(new Set(found.map((item) => item.mark?.get("METADATA_ID"))).size, 1);
  found[0]!.file.close();

  const der = execFileSync("openssl", ["x509", "-in", path("one.pem"), "-outform", "DER"]);
  const single = claim("one.der", new Uint8Array(der))!;
  assert.is(single.unmarkedHash(), sha256(serial));
  assert.is(single.identity, found[0]!.identity);
  single.file.close();
  assert.is(identifyAll(path("one.der"), host, context).length, 1);
  writeFileSync(
    path("double.der"),
    Buffer.concat([der, execFileSync("openssl", ["x509", "-in", path("two.pem"), "-outform", "DER"])]),
  );
  assert.is(identifyAll(path("double.der"), host, context).length, 2);

  assert.is(claim("one.key", secret)!.codec, "source");
  for (const value of [one, Buffer.from(one).toString("base64"), der.toString("base64").replace(/(.{64})/g, "$1\n")]) {
    const inText = searchText(value, host, context);
    assert.is(inText.length, 1);
    assert.is(inText[0]!.mark.get("CHALK_ID"), chalkIdOfHash(sha256(serial)));
  }
  for (const value of ["", "plain", "AAAA", "a".repeat(1000), secret]) assert.is(searchText(value, host, context).length, 0);
});

check("scripts, programs and other formats with a certificate in them are not certificates", () => {
  const pem = make("inner", ["rsa:1024"]);
  assert.is(claim("script", `#!/bin/sh\ncat <<E\n${pem}E\n`)!.codec, "source");
  assert.is(claim("program", Buffer.concat([readFileSync("/bin/true"), Buffer.from(pem)]))!.codec, "elf_last_resort");
  assert.is(claim("plain.conf", pem)!.codec, "source");
});

check("truncated and damaged certificates are no crash", () => {
  make("t", ["rsa:1024"]);
  const der = new Uint8Array(execFileSync("openssl", ["x509", "-in", path("t.pem"), "-outform", "DER"]));
  for (let length = 0; length < der.length; length += 1)
    assert.is(claim("t.der", der.subarray(0, length), recorder({ chalking: true })), undefined);
  for (let at = 0; at < der.length; at += 1) {
    for (const value of [0x00, 0x80, 0xff]) {
      const damaged = der.slice();
      damaged[at] = value;
      const found = claim("t.der", damaged, recorder({ chalking: true }));
      found?.runTimeKeys?.(() => true);
      found?.file.close();
    }
  }
});

// What takes more than linear time would take hours here, and the runner stops it.
test("hostile texts and numbers take no time", () => {
  const integer = Buffer.concat([
    Buffer.from([0x30, 0x84, 0x00, 0x80, 0x00, 0x06, 0x02, 0x84, 0x00, 0x80, 0x00, 0x00]),
    Buffer.alloc(0x800000, 0x55),
  ]);
  for (const bytes of [
    "-----BEGIN A-----\n".repeat(400_000),
    `${"-----BEGIN CERTIFICATE-----\n".repeat(200_000)}-----END B-----`,
    "-".repeat(10_000_000),
    `-----BEGIN CERTIFICATE-----\n${"A:\n".repeat(2_000_000)}-----END CERTIFICATE-----`,
    integer,
  ])
    assert.is(claim("hostile.pem", bytes, recorder({ chalking: true })), undefined);
});

test("which files are looked at", () => {
  const white = options.certificates!;
  const selected = (file: string, blacklist = false) => isSelected(file, { ...white, blacklist });
  assert.equal(
    ["/x/a.PEM", "/x/a", "/x/.pem", "/etc/x.txt", "/ETC/x"].map((file) => selected(file)),
    [true, true, true, true, true],
  );
  assert.equal(
    ["/x/a.txt", "/x/a.pem.txt", "/x/apem.c"].map((file) => selected(file)),
    [false, false, false],
  );
  assert.equal(
    ["/x/a.pem", "/x/a.c", "/x/a.TXT", "/x/LICENSE.md", "/x/NOTICE", "/x/NOTICES"].map((file) => selected(file, true)),
    [true, true, false, false, false, true],
  );
});

test.run();
