/**
 * Validation of an extracted mark (`marks-and-codecs.md` 2.7, `collection.md` 4.4, `runtime-core.md` 15.4): do the identifiers still follow from content
 * and metadata, and does the signature fit? The checks run in a fixed order; the first that fails decides.
 */
import type { Hashing } from "../host/host.js";
import type { Json, JsonObject } from "../json.js";
import { reasonOf } from "../reason.js";
import { chalkIdOfHash, idOfHexDigest } from "./identifiers.js";
import { metadataHash } from "./normal-form.js";

export interface ValidationMessage {
  readonly level: "error" | "warn";
  readonly text: string;
}

export interface ValidationResult {
  /** `_VALIDATED_METADATA`, `_VALIDATED_SIGNATURE`, `_INVALID_SIGNATURE`, those that apply. */
  readonly keys: ReadonlyMap<string, Json>;
  /** The artifact counts as failed. */
  readonly failed: boolean;
  readonly messages: readonly ValidationMessage[];
}

export interface ValidationOptions {
  readonly hashing: Hashing;
  /** HASH of the unmarked content now; undefined if the codec has none. */
  readonly hash: string | undefined;
  /** File artifacts carry their signature in the mark; images and certificates don't. */
  readonly signable: boolean;
  /** Checks a base64 DER signature over a message with a PEM public key; absent: cannot be checked here. May throw. */
  readonly verify?: (publicKey: string, message: string, signature: string) => boolean;
}

/** The message that a file's SIGNATURE signs. */
export function signedMessage(hash: string, metadata: string): string {
  return `${hash}${metadata}\n`;
}

const bad = (...texts: string[]): ValidationResult => ({
  keys: new Map([["_VALIDATED_METADATA", false]]),
  failed: true,
  messages: texts.map((text) => ({ level: "error", text })),
});

const unverified = (level: "error" | "warn", text: string): ValidationResult => ({
  keys: new Map([
    ["_VALIDATED_METADATA", true],
    ["_VALIDATED_SIGNATURE", false],
  ]),
  failed: false,
  messages: [{ level, text }],
});

/** Validates a mark that was found in an artifact. */
export function validateMark(mark: JsonObject, options: ValidationOptions): ValidationResult {
  if (mark.size === 0) return bad("the chalk mark is empty");
  const id = mark.get("CHALK_ID");
  if (id === undefined) return bad("CHALK_ID is missing from the chalk mark");
  if (options.hash !== undefined) {
    const expected = chalkIdOfHash(options.hash);
    if (id !== expected) {
      return bad(
        "CHALK_ID does not match the artifact: its content was changed",
        `CHALK_ID is ${String(id)}, but should be ${expected}`,
      );
    }
  }
  const metadataId = mark.get("METADATA_ID");
  if (metadataId === undefined) return bad("METADATA_ID is missing from the chalk mark");
  const hash = metadataHash(options.hashing, mark);
  const expected = idOfHexDigest(hash);
  if (metadataId !== expected)
    return bad(`METADATA_ID is ${String(metadataId)}, but should be ${expected}: the chalk mark was changed`);
  const stated = mark.get("METADATA_HASH");
  if (stated !== undefined && stated !== hash)
    return bad(`METADATA_HASH is ${String(stated)}, but should be ${hash}: the chalk mark was changed`);
  const good: ValidationResult = { keys: new Map([["_VALIDATED_METADATA", true]]), failed: false, messages: [] };
  return options.signable ? validateSignature(mark, hash, options, good) : good;
}

function validateSignature(
  mark: JsonObject,
  metadata: string,
  options: ValidationOptions,
  unsigned: ValidationResult,
): ValidationResult {
  const signature = mark.get("SIGNATURE");
  if (signature === undefined)
    return mark.get("SIGNING") === true ? bad("SIGNING is true, but SIGNATURE is missing from the chalk mark") : unsigned;
  const publicKey = mark.get("INJECTOR_PUBLIC_KEY");
  if (typeof publicKey !== "string") return unverified("error", "the chalk mark is signed, but INJECTOR_PUBLIC_KEY is missing");
  if (options.verify === undefined || options.hash === undefined) {
    return unverified("warn", "cannot validate the signature of the chalk mark here");
  }
  let matches: boolean;
  try {
    matches = typeof signature === "string" && options.verify(publicKey, signedMessage(options.hash, metadata), signature);
  } catch (error) {
    return unverified("warn", `cannot validate the signature of the chalk mark: ${reasonOf(error)}`);
  }
  if (matches) {
    return {
      keys: new Map([
        ["_VALIDATED_METADATA", true],
        ["_VALIDATED_SIGNATURE", true],
      ]),
      failed: false,
      messages: [],
    };
  }
  return {
    keys: new Map([
      ["_VALIDATED_METADATA", true],
      ["_INVALID_SIGNATURE", true],
    ]),
    failed: false,
    messages: [{ level: "error", text: "the signature of the chalk mark is wrong" }],
  };
}
