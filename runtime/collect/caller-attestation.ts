/**
 * The `caller_attestation` collector (`collection.md` 13): facts that the process which called chalk claims about itself and about files, in an envelope that comes
 * through the environment. The envelope is taken as a whole or not at all, and whatever is wrong with it, chalk does its work.
 */
import type { Host } from "../host/host.js";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../json.js";
import { reasonOf } from "../reason.js";
import { readRegularText } from "./regular-file.js";
import { isMarking } from "./system.js";
import type { Artifact, CollectContext, Collector } from "./types.js";

const textVariable = "CHALK_CALLER_ATTESTATION";
const fileVariable = "CHALK_CALLER_ATTESTATION_FILE";
const artifactKey = "CALLER_ATTESTED_ARTIFACT_INFO";
const untrackedKey = "CALLER_ATTESTED_UNTRACKED_ARTIFACT_INFO";
const hostKeys = ["CALLER_ATTESTED_INFO", "CALLER_ATTESTED_HOST_INFO", "CALLER_ATTESTED_BUILD_INFO"] as const;
const known = new Set<string>(["version", artifactKey, ...hostKeys]);

interface Claim {
  /** Lower-case hex digits. */
  readonly sha256: string;
  readonly info: Json;
}

interface Envelope {
  readonly members: JsonObject;
  /** By path. */
  readonly claims: ReadonlyMap<string, Claim>;
  /** Paths of claims that an artifact answered to. */
  readonly matched: Set<string>;
}

function claimOf(path: string, entry: Json): Claim {
  if (!isJsonObject(entry)) throw new Error(`${path}: the entry is not an object`);
  const digest = entry.get("sha256");
  if (typeof digest !== "string" || !/^[0-9a-fA-F]{64}$/.test(digest))
    throw new Error(`${path}: sha256 is not a text of 64 hex digits`);
  const other = [...entry.keys()].find((name) => name !== "sha256" && name !== "info");
  if (other !== undefined) throw new Error(`${path}: unknown member '${other}'`);
  return { sha256: digest.toLowerCase(), info: entry.get("info") ?? new Map() };
}

/** Takes an envelope apart. Throws if anything in it isn't as it should be. */
function open(text: string): Envelope {
  const parsed = parseJson(text);
  if ("error" in parsed) throw new Error(`not JSON: ${parsed.error}`);
  const members = parsed.value;
  if (!isJsonObject(members)) throw new Error("not a JSON object");
  const version = members.get("version");
  if (version !== 1 && version !== 1n) throw new Error("version is not 1");
  for (const name of [...hostKeys, artifactKey])
    if (members.has(name) && !isJsonObject(members.get(name))) throw new Error(`${name} is not an object`);
  const entries = members.get(artifactKey);
  const claims = new Map(isJsonObject(entries) ? [...entries].map(([path, entry]) => [path, claimOf(path, entry)] as const) : []);
  return { members, claims, matched: new Set() };
}

function read({ files, processes }: Host): string | undefined {
  const text = processes.variable(textVariable);
  if (text) return text;
  const path = processes.variable(fileVariable);
  if (!path) return undefined;
  const content = readRegularText(files, path);
  if (content.trim() === "") throw new Error(`${path} is empty`);
  return content;
}

const cacheName = "caller_attestation envelope";

/** The envelope of this operation, read once; undefined without one, or with one that can't be trusted (which is logged). */
function envelopeOf(context: CollectContext): Envelope | undefined {
  if (context.cache.has(cacheName)) return context.cache.get(cacheName) as Envelope | undefined;
  let envelope: Envelope | undefined;
  try {
    const text = read(context.host);
    envelope = text === undefined ? undefined : open(text);
  } catch (error) {
    context.log("error", `the caller's attestation is ignored: ${reasonOf(error)}`);
  }
  context.cache.set(cacheName, envelope);
  for (const name of envelope?.members.keys() ?? [])
    if (!known.has(name) && !name.startsWith("X-")) context.log("warn", `the caller's attestation: unknown member '${name}'`);
  return envelope;
}

function realPath({ host }: CollectContext, path: string): string {
  try {
    return host.files.realPath(path);
  } catch {
    return path;
  }
}

/** What the caller says about an artifact, with a verdict on its hash. */
function verdict(context: CollectContext, artifact: Artifact, path: string, { sha256, info }: Claim): JsonObject {
  const observed = artifact.unmarkedHash?.toLowerCase();
  const wrapper = (status: string, ...digests: [string, Json][]) =>
    new Map<string, Json>([["status", status], ["info", info], ...digests]);
  if (observed === sha256) return wrapper("match");
  if (observed === undefined) {
    context.log("warn", `${path}: there is no hash that the caller's attestation could be compared with`);
    return wrapper("unverified", ["attested_sha256", sha256]);
  }
  context.log("warn", `${path}: its hash is ${observed}, but the caller attested ${sha256}`);
  return wrapper("mismatch", ["attested_sha256", sha256], ["observed_sha256", observed]);
}

/** Claims about files that no artifact of the operation is. */
function untracked(context: CollectContext, { claims, matched }: Envelope): JsonObject {
  for (const { path } of context.artifacts) if (path !== undefined) matched.add(realPath(context, path));
  const left = [...claims].filter(([path]) => !matched.has(path));
  for (const [path] of left) context.log("warn", `${path}: the caller attested it, but it is none of the artifacts`);
  return new Map(
    left.map(([path, { sha256, info }]) => [
      path,
      new Map<string, Json>([
        ["sha256", sha256],
        ["info", info],
      ]),
    ]),
  );
}

/** The `caller_attestation` collector. */
export const callerAttestation: Collector = {
  name: "caller_attestation",
  collectHost(phase, context) {
    if (!isMarking(context.operation)) return new Map();
    const envelope = envelopeOf(context);
    if (envelope === undefined) return new Map();
    if (phase === "post_run_keys") return new Map([[untrackedKey, untracked(context, envelope)]]);
    return new Map(hostKeys.flatMap((key) => (envelope.members.has(key) ? [[key, envelope.members.get(key) as Json]] : [])));
  },
  collectArtifact(phase, artifact, context) {
    if (phase !== "pre_chalk_keys" || artifact.path === undefined) return new Map();
    const envelope = envelopeOf(context);
    const path = realPath(context, artifact.path);
    const claim = envelope?.claims.get(path);
    if (envelope === undefined || claim === undefined) return new Map();
    envelope.matched.add(path);
    return new Map([[artifactKey, verdict(context, artifact, path, claim)]]);
  },
};
