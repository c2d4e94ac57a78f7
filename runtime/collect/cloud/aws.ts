/**
 * An instance of AWS (`collection.md` 7.3): what the environment and the firmware say, then the metadata service in its version 2, which hands out data only
 * against a token.
 */
import { isJsonObject, type Json, type JsonObject } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { jsonOf, type Outcome, problemOf, successText } from "../questions.js";
import { isEmpty, recordFailure } from "../tables.js";
import type { CollectContext } from "../types.js";
import { type AwsSource, awsKeys, type Form, macPath, tagKeys, tagsPath } from "./aws-paths.js";
import { serviceKey } from "./document.js";
import { MetadataService } from "./metadata-service.js";
import type { InstanceIdentity } from "./provider.js";

const tokenLifetime = { "X-aws-ec2-metadata-token-ttl-seconds": "10" };

const redacted = "<<redacted>>";
/** Members of credentials that are no secrets; whatever else appears there is taken for one. */
const harmless = new Set(["Code", "LastUpdated", "Type", "AccessKeyId", "Expiration"]);

const withoutSecrets = (credentials: JsonObject): JsonObject =>
  new Map([...credentials].map(([name, value]) => [name, harmless.has(name) ? value : redacted]));

const readers: Readonly<Record<Form, (text: string) => Json | undefined>> = {
  text: (text) => text,
  lines: (text) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
  json: jsonOf,
  credentials(text) {
    const json = jsonOf(text);
    if (!isJsonObject(json)) throw new Error("the answer is not a JSON object");
    return withoutSecrets(json);
  },
};

const absolute = (path: string) => (path.startsWith("dynamic/") ? `/latest/${path}` : `/latest/meta-data/${path}`);

/** What kind of AWS service runs us, by the environment. */
function serviceType(context: CollectContext): string {
  const isSet = (...names: readonly string[]) => names.some((name) => Boolean(context.host.processes.variable(name)));
  if (isSet("ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4")) return "aws_ecs";
  return isSet("KUBERNETES_PORT", "KUBERNETES_SERVICE_HOST") ? "aws_eks" : "aws_ec2";
}

/** Errors of the system when it doesn't even try to connect, or is turned away. */
const systemRefusals = new Set([
  "EACCES",
  "EADDRNOTAVAIL",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINVAL",
  "ENETDOWN",
  "ENETUNREACH",
  "EPERM",
]);

const explanations = {
  IMDS_DISABLED: "The instance metadata service is switched off for this instance.",
  IMDS_HOP_LIMIT:
    "The instance metadata service was reached but did not answer: its hop limit is too small for containers (put-response-hop-limit).",
  IMDS_OS_ERROR: "The operating system did not let chalk connect to the instance metadata service.",
  IMDS_UNKNOWN: "The instance metadata service gave no token.",
} as const;

function tokenFailure(outcome: Outcome): keyof typeof explanations | undefined {
  if (outcome.kind === "answered") return outcome.status === 403 ? "IMDS_DISABLED" : undefined;
  if (outcome.code === "ETIMEDOUT" && outcome.reached) return "IMDS_HOP_LIMIT";
  return !outcome.reached && systemRefusals.has(outcome.code) ? "IMDS_OS_ERROR" : "IMDS_UNKNOWN";
}

/** Gets the token for all further requests; false if there is none. */
async function unlock(context: CollectContext, service: MetadataService): Promise<boolean> {
  const outcome = await service.put("/latest/api/token", tokenLifetime);
  const token = successText(outcome)?.trim();
  if (token) {
    service.identify({ "X-aws-ec2-metadata-token": token });
    return true;
  }
  const code = tokenFailure(outcome);
  if (code === undefined) context.log("trace", `instance metadata: no token: ${problemOf(outcome)}`);
  else recordFailure(context, serviceKey, `no token: ${problemOf(outcome)}`, code, explanations[code]);
  return false;
}

/** The value of one path; undefined if the service doesn't have it. Throws if it can't be had. */
async function fetch(service: MetadataService, { path, form, member }: AwsSource): Promise<Json | undefined> {
  let place = path;
  if (path.includes("{mac}")) {
    const mac = await fetch(service, { path: macPath, form: "text" });
    if (typeof mac !== "string" || mac === "") return undefined;
    place = path.replace("{mac}", mac);
  }
  const outcome = await service.get(absolute(place));
  if (outcome.kind === "answered" && outcome.status === 404) return undefined;
  const text = successText(outcome)?.trim();
  if (text === undefined) throw new Error(`${place}: ${problemOf(outcome)}`);
  if (text === "") return undefined;
  const value = readers[form](text);
  if (member === undefined) return value;
  return isJsonObject(value) ? value.get(member) : undefined;
}

/** All tags of the instance; those that can't be had are recorded. */
async function fetchTags(context: CollectContext, service: MetadataService, wanted: readonly string[]): Promise<JsonObject> {
  const names = (await fetch(service, { path: tagsPath, form: "lines" })) as readonly string[] | undefined;
  const pairs = await Promise.all(
    (names ?? []).map(async (name): Promise<readonly [string, Json | undefined]> => {
      try {
        return [name, await fetch(service, { path: `${tagsPath}/${encodeURIComponent(name)}`, form: "text" })];
      } catch (error) {
        for (const key of wanted)
          recordFailure(context, key, reasonOf(error), "CLOUD_TAG_FETCH_ERROR", "A tag of the instance could not be read.");
        return [name, undefined];
      }
    }),
  );
  return new Map(pairs.filter((pair): pair is [string, Json] => pair[1] !== undefined));
}

/** The keys of an AWS instance. */
export async function collectAws(context: CollectContext, identity: InstanceIdentity): Promise<Map<string, Json>> {
  const found = new Map<string, Json>([["_OP_CLOUD_PROVIDER", "aws"]]);
  if (context.subscribed("_OP_CLOUD_PROVIDER_SERVICE_TYPE")) found.set("_OP_CLOUD_PROVIDER_SERVICE_TYPE", serviceType(context));
  if (context.subscribed("_AWS_INSTANCE_ID")) {
    const { assetTag } = identity;
    if (assetTag.startsWith("i-")) found.set("_AWS_INSTANCE_ID", assetTag);
  }
  const wanted = Object.entries(awsKeys).filter(([key]) => context.subscribed(key) && !found.has(key));
  const tags = tagKeys.filter((key) => context.subscribed(key));
  if (wanted.length + tags.length === 0) return found;
  const service = new MetadataService(context, {});
  if (!(await unlock(context, service))) return found;
  const store = async (keys: readonly string[], compute: () => Promise<Json | undefined>) => {
    try {
      const value = await compute();
      if (value !== undefined && !isEmpty(value)) for (const key of keys) found.set(key, value);
    } catch (error) {
      for (const key of keys) recordFailure(context, key, reasonOf(error));
    }
  };
  await Promise.all([
    ...wanted.map(([key, source]) => store([key], () => fetch(service, source))),
    ...(tags.length === 0 ? [] : [store(tags, () => fetchTags(context, service, tags))]),
  ]);
  return found;
}
