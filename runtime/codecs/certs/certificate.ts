/**
 * What an X.509 certificate says (`marks-and-codecs.md` 10), in the words of OpenSSL. The parser is our own because reports need more than engines offer;
 * it checks structure, not trust.
 */
import { pemBlock } from "../../base64.js";
import type { Json, JsonObject } from "../../json.js";
import {
  bitString,
  children,
  colonHex,
  DerError,
  type Element,
  expect,
  integer,
  objectId,
  readElement,
  TAG,
  time,
} from "./der.js";
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  generalNames,
  keyUsage,
  nameParts,
  PRINTED,
  subjectKeyIdentifier,
} from "./extensions.js";
import { ALGORITHMS, ATTRIBUTES, EXTRA_EXTENSIONS, KEY_BITS, KNOWN_EXTENSIONS } from "./names.js";

export interface Certificate {
  /** The certificate's own encoding. */
  readonly der: Uint8Array;
  readonly serial: bigint;
  /** Keys `_X509_…`; those that say nothing are left out. */
  readonly keys: JsonObject;
}

const RSA = "1.2.840.113549.1.1.1";
const RSA_PSS = "1.2.840.113549.1.1.10";
const DSA = "1.2.840.10040.4.1";
const EC = "1.2.840.10045.2.1";

function bitsOf(value: bigint): number {
  return value.toString(2).length;
}

interface Key {
  readonly type: string;
  readonly bits: number | undefined;
  readonly text: string;
}

function readKey(info: Element): Key {
  const [algorithm, value] = children(expect(info, TAG.sequence));
  const [idElement, parameters] = children(expect(algorithm, TAG.sequence));
  const id = objectId(idElement);
  const type = ALGORITHMS.get(id) ?? id;
  if (id === RSA || id === RSA_PSS) {
    const key = bitString(value);
    return { type, bits: bitsOf(integer(children(readElement(key))[0])), text: pemBlock("RSA PUBLIC KEY", key) };
  }
  const bits = (): number | undefined => {
    if (id === EC && parameters?.tag === TAG.objectId) return KEY_BITS.get(objectId(parameters));
    if (id === DSA && parameters !== undefined) return bitsOf(integer(children(parameters)[0]));
    return KEY_BITS.get(id);
  };
  return { type, bits: bits(), text: pemBlock("PUBLIC KEY", info.whole) };
}

/** A distinguished name as an object; of repeated attributes the last counts. */
function nameObject(name: Element, form: 0 | 1): JsonObject {
  const entries = nameParts(name).map(({ id, value }) => [ATTRIBUTES.get(id)?.[form] ?? id, value] as const);
  return new Map<string, Json>(entries);
}

/** Extensions with keys of their own. */
const KEYED_EXTENSIONS: ReadonlyMap<string, readonly [key: string, print: (value: Element) => string]> = new Map([
  ["2.5.29.17", ["_X509_SUBJECT_ALTERNATIVE_NAME", generalNames]],
  ["2.5.29.15", ["_X509_KEY_USAGE", keyUsage]],
  ["2.5.29.37", ["_X509_EXTENDED_KEY_USAGE", extendedKeyUsage]],
  ["2.5.29.19", ["_X509_BASIC_CONSTRAINTS", basicConstraints]],
  ["2.5.29.14", ["_X509_SUBJECT_KEY_IDENTIFIER", subjectKeyIdentifier]],
  ["2.5.29.35", ["_X509_AUTHORITY_KEY_IDENTIFIER", authorityKeyIdentifier]],
]);

/** Prints a value; one that is damaged says nothing. */
function printed(print: ((value: Element) => string) | undefined, value: Element): string {
  try {
    return print?.(readElement(value.content)) ?? "";
  } catch (error) {
    if (error instanceof DerError) return "";
    throw error;
  }
}

function addExtensions(keys: Map<string, Json>, list: Element): void {
  const extra = new Map<string, Json>();
  for (const extension of children(list)) {
    const parts = children(extension);
    const id = objectId(parts[0]);
    const value = parts[parts.length - 1];
    if (value?.tag !== TAG.octetString) continue;
    const keyed = KEYED_EXTENSIONS.get(id);
    if (keyed !== undefined) keys.set(keyed[0], printed(keyed[1], value));
    else if (!KNOWN_EXTENSIONS.has(id)) extra.set(EXTRA_EXTENSIONS.get(id) ?? id, printed(PRINTED.get(id), value));
  }
  keys.set("_X509_EXTRA_EXTENSIONS", extra);
}

/** Reads a certificate at the start of bytes; what follows it is not looked at. Throws a `DerError`. */
export function readCertificate(bytes: Uint8Array): Certificate {
  const whole = expect(readElement(bytes), TAG.sequence);
  const [body, signatureAlgorithm, signature] = children(whole);
  const fields = children(expect(body, TAG.sequence));
  const versionField = fields[0]?.tag === 0xa0 ? fields.shift() : undefined;
  const version = versionField === undefined ? 1n : integer(children(versionField)[0]) + 1n;
  const [serialField, , issuer, validity, subject, keyInfo, ...rest] = fields;
  const serial = integer(serialField);
  const [notBefore, notAfter] = children(expect(validity, TAG.sequence));
  const algorithm = objectId(children(expect(signatureAlgorithm, TAG.sequence))[0]);
  const key = readKey(expect(keyInfo, TAG.sequence));
  const [subjectName, issuerName] = [expect(subject, TAG.sequence), expect(issuer, TAG.sequence)];
  const signatureBytes = bitString(signature);
  const [from, to] = [time(notBefore), time(notAfter)];
  const keys = new Map<string, Json>([
    ["_X509_VERSION", Number(version)],
    ["_X509_SUBJECT", nameObject(subjectName, 0)],
    ["_X509_SUBJECT_SHORT", nameObject(subjectName, 1)],
    ["_X509_ISSUER", nameObject(issuerName, 0)],
    ["_X509_ISSUER_SHORT", nameObject(issuerName, 1)],
    ["_X509_SERIAL", serial.toString()],
    ["_X509_KEY", key.text],
    ["_X509_KEY_TYPE", key.type],
    ["_X509_SIGNATURE", colonHex(signatureBytes)],
    ["_X509_SIGNATURE_TYPE", ALGORITHMS.get(algorithm) ?? algorithm],
    ["_X509_NOT_BEFORE", from],
    ["_X509_NOT_AFTER", to],
  ]);
  if (key.bits !== undefined) keys.set("_X509_KEY_SIZE", key.bits);
  const extensions = rest.find((field) => field.tag === 0xa3);
  const list = extensions === undefined ? undefined : children(extensions)[0];
  if (list !== undefined) addExtensions(keys, list);
  return { der: whole.whole.slice(), serial, keys };
}
