/**
 * Codec for X.509 certificates (`marks-and-codecs.md` 10): nothing is ever written; each certificate, in a file or an environment variable, is presented as
 * an artifact whose mark follows from its serial number, so that reports show which certificates there are.
 */
import type { JsonObject } from "../../json.js";
import { buildMark } from "../../marks/build.js";
import { chalkIdOfHash } from "../../marks/identifiers.js";
import type { Candidate, CodecHost } from "../candidate.js";
import type { Claim, Codec, CodecContext, TextFinding } from "../codec.js";
import { isThin64 } from "../macho/layout.js";
import { holdsWord } from "../search.js";
import { type Certificate, readCertificate } from "./certificate.js";
import { DerError } from "./der.js";
import { isSelected } from "./options.js";

const ARTIFACT_TYPE = "x509 Cert";
const LONGEST_FILE = 16 << 20;
/** No certificate is shorter in base64. */
const SHORTEST_BASE64 = 64;
const SEQUENCE = 0x30;
const PEM_START = "-----BEGIN ";
/** Blocks with a certificate; the last has something behind it. */
const LABELS: ReadonlySet<string> = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);
const DASHES = "-----";
const LONGEST_LABEL = 64;

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    const binary = atob(text.replace(/\s+/g, ""));
    return Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function tryDer(bytes: Uint8Array | undefined): Certificate | undefined {
  if (bytes?.[0] !== SEQUENCE) return undefined;
  try {
    return readCertificate(bytes);
  } catch (error) {
    if (error instanceof DerError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Certificates in bytes: PEM blocks, and DER where no PEM block follows (10). */
export function findCertificates(bytes: Uint8Array): Certificate[] {
  const found: Certificate[] = [];
  const text = new TextDecoder("latin1").decode(bytes);
  let position = 0;
  for (;;) {
    const next = nextPem(text, position);
    if (next !== undefined) {
      if (next.certificate !== undefined) found.push(next.certificate);
      position = next.end;
      continue;
    }
    const certificate = tryDer(bytes.subarray(position));
    if (certificate === undefined) return found;
    found.push(certificate);
    position += certificate.der.length;
  }
}

/** The next PEM block behind a position; its certificate, if it holds one. Each character is looked at a fixed number of times. */
function nextPem(
  text: string,
  from: number,
): { readonly end: number; readonly certificate: Certificate | undefined } | undefined {
  for (let at = text.indexOf(PEM_START, from); at >= 0; ) {
    const labelStart = at + PEM_START.length;
    const labelEnd = text.indexOf(DASHES, labelStart);
    const bodyStart = labelEnd + DASHES.length;
    const bodyEnd = labelEnd < 0 ? -1 : text.indexOf(DASHES, bodyStart);
    if (bodyEnd < 0) return undefined;
    const label = labelEnd - labelStart <= LONGEST_LABEL ? text.slice(labelStart, labelEnd) : "";
    const close = `${DASHES}END ${label}${DASHES}`;
    if (label !== "" && text.startsWith(close, bodyEnd)) {
      const body = LABELS.has(label) ? decodeBase64(withoutHeaders(text.slice(bodyStart, bodyEnd))) : undefined;
      return { end: bodyEnd + close.length, certificate: tryDer(body) };
    }
    at = text.indexOf(PEM_START, bodyEnd);
  }
  return undefined;
}

/** The base64 of a block, without lines such as `Proc-Type:`. */
function withoutHeaders(body: string): string {
  if (!body.includes(":")) return body;
  const blank = /\n[ \t]*\r?\n/.exec(body);
  return blank === null ? body : body.slice(blank.index);
}

interface Presented {
  readonly mark: JsonObject;
  readonly hash: string;
  readonly identity: string;
  readonly keys: (wanted: (key: string) => boolean) => JsonObject;
}

function present(certificate: Certificate, host: CodecHost, context: CodecContext): Presented {
  const hash = host.hashing.hex("sha256", certificate.serial.toString());
  const artifact = new Map([
    ["ARTIFACT_TYPE", ARTIFACT_TYPE],
    ["CHALK_ID", chalkIdOfHash(hash)],
    ["CHALK_VERSION", context.options.version ?? ""],
  ]);
  const { usesInMark } = context.options;
  const uses = (key: string): boolean => key === "METADATA_HASH" || usesInMark === undefined || usesInMark(key);
  const { mark } = buildMark({ host: new Map(), artifact, uses, orderOf: () => undefined }, host.hashing);
  return {
    mark,
    hash,
    identity: host.hashing.hex("sha256", certificate.der),
    keys: () => new Map([...certificate.keys, ["_CURRENT_HASH", hash]]),
  };
}

/** Files of other formats, in which certificates may be embedded: they are not certificates. */
function isOtherFormat(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  return (
    (a === 0x23 && b === 0x21) ||
    (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) ||
    (a === 0x50 && b === 0x4b) ||
    isThin64(head)
  );
}

function claims(file: Candidate, context: CodecContext): readonly Claim[] {
  const { certificates: options } = context.options;
  if (options === undefined || file.size === 0 || !isSelected(file.path, options)) return [];
  const head = file.head();
  if (file.size > LONGEST_FILE || isOtherFormat(head)) return [];
  if (head[0] !== SEQUENCE && !holdsWord(file, PEM_START)) return [];
  return findCertificates(file.read(0, file.size)).map((certificate): Claim => {
    const { mark, hash, identity, keys } = present(certificate, file.host, context);
    const refusal = { refused: "certificates hold no mark" };
    return {
      codec: "certs",
      artifactType: ARTIFACT_TYPE,
      file,
      mark,
      readOnly: true,
      identity,
      unmarkedHash: () => hash,
      withMark: () => refusal,
      withoutMark: () => refusal,
      runTimeKeys: keys,
    };
  });
}

function inText(text: string, host: CodecHost, context: CodecContext): readonly TextFinding[] {
  if (context.options.certificates === undefined) return [];
  let found = text.includes(PEM_START) ? findCertificates(new TextEncoder().encode(text)) : [];
  if (found.length === 0) {
    const decoded = text.length >= SHORTEST_BASE64 && /^[A-Za-z0-9+/=\s]+$/.test(text) ? decodeBase64(text) : undefined;
    found = decoded === undefined ? [] : findCertificates(decoded);
  }
  return found.map((certificate) => {
    const { mark, hash, identity, keys } = present(certificate, host, context);
    return { codec: "certs", artifactType: ARTIFACT_TYPE, mark, hash, identity, runTimeKeys: keys };
  });
}

export const certsCodec: Codec = {
  name: "certs",
  priority: 1n,
  claim: (file, context) => claims(file, context)[0],
  claimAll: claims,
  searchText: inText,
};
