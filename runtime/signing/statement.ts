/** What is attested about an image: an in-toto statement whose predicate holds the chalk mark as evidence (`runtime-core.md` 15.3, `docker.md` 17.6). */
import { utf8 } from "../base64.js";
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson, quoteJson } from "../json.js";
import { isMark } from "../marks/format.js";
import { type Envelope, IN_TOTO_TYPE } from "./envelope.js";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v0.1";
const PREDICATE_TYPE = "https://in-toto.io/attestation/scai/v0.3";
/** What statements of older releases say. */
const KNOWN_PREDICATES: ReadonlySet<string> = new Set([
  PREDICATE_TYPE,
  "https://in-toto.io/attestation/scai/attribute-report/v0.2",
  "https://in-toto.io/attestation/scai/v0.2",
  "https://cosign.sigstore.dev/attestation/v1",
  "https://sigstore.dev/cosign/sign/v1",
]);
const ATTRIBUTE = "CHALK";

/** An image in a registry. Digests are plain hex. */
export interface Subject {
  /** Repository, with its registry. */
  readonly repository: string;
  readonly manifestDigest: string;
  readonly configDigest: string;
}

/** The statement about an image, as it is signed. `mark`: the text of the mark, which is kept as it is. */
export function statementText({ repository, manifestDigest, configDigest }: Subject, mark: string): string {
  const subject = `{"name":${quoteJson(repository)},"digest":{"sha256":"${manifestDigest}"},"config":{"digest":{"sha256":"${configDigest}"}}}`;
  const predicate = `{"attributes":[{"attribute":"${ATTRIBUTE}","evidence":${mark}}]}`;
  return `{"_type":"${STATEMENT_TYPE}","subject":[${subject}],"predicateType":"${PREDICATE_TYPE}","predicate":${predicate}}`;
}

/** What a statement says that is about chalk. */
export interface AttestedMark {
  readonly mark: JsonObject;
  /** Digests (plain hex) of the manifests that it is about. */
  readonly digests: readonly string[];
}

function itemsOf(json: Json | undefined): readonly JsonObject[] {
  return isJsonList(json) ? json.filter(isJsonObject) : [];
}

function evidenceOf(predicate: Json | undefined): Json | undefined {
  // The predicate of cosign's own type is wrapped once more, as data.
  const data = isJsonObject(predicate) ? (predicate.get("Data") ?? predicate) : undefined;
  const inner = typeof data === "string" ? parsed(data) : data;
  const attributes = isJsonObject(inner) ? itemsOf(inner.get("attributes") ?? nested(inner, "predicate", "attributes")) : [];
  const evidence = attributes.find((item) => item.get("attribute") === ATTRIBUTE)?.get("evidence");
  return typeof evidence === "string" ? parsed(evidence) : evidence;
}

function nested(object: JsonObject, ...path: string[]): Json | undefined {
  let value: Json | undefined = object;
  for (const name of path) value = isJsonObject(value) ? value.get(name) : undefined;
  return value;
}

function parsed(text: string): Json | undefined {
  const result = parseJson(utf8(text));
  return "value" in result ? result.value : undefined;
}

/** Reads the statement in an envelope; undefined if it says nothing about chalk. */
export function readStatement({ payloadType, payload }: Envelope): AttestedMark | undefined {
  if (payloadType !== IN_TOTO_TYPE) return undefined;
  const result = parseJson(payload);
  const statement = "value" in result ? result.value : undefined;
  if (!isJsonObject(statement) || !KNOWN_PREDICATES.has(String(statement.get("predicateType")))) return undefined;
  const mark = evidenceOf(statement.get("predicate"));
  if (!isMark(mark)) return undefined;
  const digests = itemsOf(statement.get("subject")).map((subject) => nested(subject, "digest", "sha256"));
  return { mark, digests: digests.filter((digest) => typeof digest === "string") };
}
