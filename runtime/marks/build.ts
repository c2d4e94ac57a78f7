/**
 * Making a mark from what was collected (`marks-and-codecs.md` 1.2, 1.4, 2.4): choose keys by template, merge host and artifact data, hash the normal
 * form, order the keys, print. A mark is built once per artifact and then frozen: writing, publishing and signing all use the same text.
 */
import type { Hashing } from "../host/host.js";
import { compact, dropNonFinite, isJsonList, isJsonObject, type Json, type JsonObject, sortKeys } from "../json.js";
import { isPrivateKey, isRuntimeKey, MAGIC, MARK_START } from "./format.js";
import { idOfHexDigest } from "./identifiers.js";
import { metadataHash } from "./normal-form.js";

/** In every mark, whatever the template says. */
const ALWAYS_USED: ReadonlySet<string> = new Set(["MAGIC", "CHALK_VERSION", "CHALK_ID", "METADATA_ID", "HASH"]);
/** In the mark of a signed artifact, whatever the template says. */
const USED_WHEN_SIGNED: ReadonlySet<string> = new Set(["SIGNING", "SIGNATURE", "INJECTOR_PUBLIC_KEY"]);

export interface MarkIngredients {
  /** Host-level chalk-time data. */
  readonly host: JsonObject;
  /** The artifact's chalk-time data; it wins over the host's. */
  readonly artifact: JsonObject;
  /** Does the mark template use this key? */
  readonly uses: (key: string) => boolean;
  /** The keyspec's `normalized_order`; undefined for the default. */
  readonly orderOf: (key: string) => bigint | undefined;
  /** The artifact is (or is about to be) signed. Implied by a SIGNATURE. */
  readonly signed?: boolean;
}

export interface BuiltMark {
  readonly mark: JsonObject;
  /** The one line that is written. */
  readonly text: string;
  readonly metadataHash: string;
  readonly metadataId: string;
  /** Keys (or paths in them) left out because their value is not a finite number. */
  readonly dropped: readonly string[];
  /** Set if the text is no valid mark: keyspecs put something before MAGIC, or a required key is missing. */
  readonly invalid: string | undefined;
}

/** Two lists are united without repetition, two maps merged one level deep, otherwise the artifact's value wins (1.4). */
export function mergeValues(host: Json, artifact: Json): Json {
  if (isJsonList(host) && isJsonList(artifact)) {
    const present = new Set(host.map(compact));
    return [...host, ...artifact.filter((item) => !present.has(compact(item)))];
  }
  if (isJsonObject(host) && isJsonObject(artifact)) return new Map([...host, ...artifact]);
  return artifact;
}

/** The members of the mark, before METADATA_* and ordering. */
export function selectMarkKeys(ingredients: MarkIngredients): Map<string, Json> {
  const signed = ingredients.signed === true || ingredients.artifact.has("SIGNATURE");
  const chosen = new Map<string, Json>([["MAGIC", MAGIC]]);
  for (const source of [ingredients.host, ingredients.artifact]) {
    for (const [key, value] of source) {
      if (isRuntimeKey(key) || key === "METADATA_ID" || key === "METADATA_HASH" || key === "MAGIC") continue;
      const forced = ALWAYS_USED.has(key) || isPrivateKey(key) || (signed && USED_WHEN_SIGNED.has(key));
      if (!forced && !ingredients.uses(key)) continue;
      const earlier = source === ingredients.artifact && ingredients.host.has(key) ? chosen.get(key) : undefined;
      chosen.set(key, earlier === undefined ? value : mergeValues(earlier, value));
    }
  }
  return chosen;
}

/**
 * Builds the mark. METADATA_HASH and METADATA_ID are computed over what the mark holds; the hash is in the mark only if the template uses it. To sign:
 * build once with `signed` and the public key in the data, sign `metadataHash`, add SIGNING and SIGNATURE (which are not hashed), build again.
 */
export function buildMark(ingredients: MarkIngredients, hashing: Hashing): BuiltMark {
  const dropped: string[] = [];
  const members = new Map(dropNonFinite(selectMarkKeys(ingredients), (path) => dropped.push(path)));
  const hash = metadataHash(hashing, members);
  const id = idOfHexDigest(hash);
  if (ingredients.uses("METADATA_HASH")) members.set("METADATA_HASH", hash);
  members.set("METADATA_ID", id);
  const mark = sortKeys(members, ingredients.orderOf);
  const text = compact(mark);
  const missing = ["CHALK_ID", "CHALK_VERSION"].find((key) => !mark.has(key));
  let invalid: string | undefined;
  if (!text.startsWith(MARK_START)) invalid = "the mark is invalid: MAGIC is not its first key";
  else if (missing !== undefined) invalid = `the mark is invalid: ${missing} is missing`;
  return { mark, text, metadataHash: hash, metadataId: id, dropped, invalid };
}

/** OLD_CHALK_METADATA_ID and, where it can be known, OLD_CHALK_METADATA_HASH of the mark that is being replaced (2.5). */
export function oldMetadataKeys(old: JsonObject, hashing: Hashing): Map<string, Json> {
  const keys = new Map<string, Json>();
  const id = old.get("METADATA_ID");
  const hash = old.get("METADATA_HASH");
  if (typeof hash === "string") {
    keys.set("OLD_CHALK_METADATA_HASH", hash);
    keys.set("OLD_CHALK_METADATA_ID", typeof id === "string" ? id : idOfHexDigest(hash));
  } else if (typeof id === "string") {
    const recomputed = metadataHash(hashing, old);
    // Only a mark that still validates has a hash that can be named.
    if (idOfHexDigest(recomputed) === id) keys.set("OLD_CHALK_METADATA_HASH", recomputed);
    keys.set("OLD_CHALK_METADATA_ID", id);
  }
  return keys;
}
