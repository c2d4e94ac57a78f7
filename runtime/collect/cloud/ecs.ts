/**
 * The `aws_ecs` collector (`collection.md` 8.1): container, task and statistics from the metadata endpoint that Amazon ECS names in the environment. It runs
 * after `cloud_metadata` and adds what that left open.
 */
import type { HttpRequest } from "../../host/host.js";
import { isJsonObject, type Json } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { ask, askSync, jsonOf, type Outcome, problemOf, textAt } from "../questions.js";
import { recordFailure } from "../tables.js";
import type { CollectContext, Collector } from "../types.js";
import { serviceKey } from "./document.js";

const earlyKey = "CLOUD_METADATA_WHEN_CHALKED";
const timeout = 1_000;
const retries = 2;
const totalTime = 5_000;

interface Part {
  /** Name in the result. */
  readonly name: string;
  /** After the base address. */
  readonly path: string;
  readonly code: string;
}

const container: Part = { name: "container", path: "", code: "ECS_METADATA_ERROR" };
const others: readonly Part[] = [
  { name: "task", path: "/task", code: "ECS_TASK_METADATA_ERROR" },
  { name: "task/stats", path: "/task/stats", code: "ECS_TASK_STATS_METADATA_ERROR" },
];

/** What the endpoint said, or why it said nothing. */
interface Metadata {
  readonly parts: Map<string, Json>;
  readonly problem: string | undefined;
}

const cacheName = "aws_ecs metadata";

function baseAddress(context: CollectContext): string | undefined {
  const { processes } = context.host;
  return processes.variable("ECS_CONTAINER_METADATA_URI_V4") || processes.variable("ECS_CONTAINER_METADATA_URI") || undefined;
}

const requestFor = (base: string, { path }: Part): HttpRequest => ({
  method: "GET",
  url: `${base.replace(/\/+$/, "")}${path}`,
  headers: { Accept: "application/json" },
});

/** The document of a part. Throws if it isn't there. */
function documentOf(outcome: Outcome): Json {
  if (outcome.kind !== "answered" || outcome.status !== 200) throw new Error(problemOf(outcome));
  return jsonOf(outcome.text);
}

/** Puts outcomes together; parts other than the container may be missing. */
function assemble(context: CollectContext, first: Outcome, rest: readonly Outcome[]): Metadata {
  const parts = new Map<string, Json>();
  try {
    parts.set(container.name, documentOf(first));
  } catch (error) {
    return { parts, problem: reasonOf(error) };
  }
  others.forEach(({ name, code }, i) => {
    try {
      parts.set(name, documentOf(rest[i] as Outcome));
    } catch (error) {
      recordFailure(context, serviceKey, reasonOf(error), code, `The ECS metadata endpoint did not tell the ${name} part.`);
    }
  });
  return { parts, problem: undefined };
}

const patienceOf = (context: CollectContext) => ({ timeout, retries, until: context.host.clock.monotonic() + totalTime });
const isSound = (outcome: Outcome) => outcome.kind === "answered" && outcome.status === 200;

/** The answers, asked for once in an operation; blocking. */
function metadataSync(context: CollectContext, base: string): Metadata {
  const patience = patienceOf(context);
  const first = askSync(context.host, requestFor(base, container), patience);
  const rest = isSound(first) ? others.map((part) => askSync(context.host, requestFor(base, part), patience)) : [];
  return assemble(context, first, rest);
}

async function metadata(context: CollectContext, base: string): Promise<Metadata> {
  const patience = patienceOf(context);
  const first = await ask(context.host, requestFor(base, container), patience);
  const rest = isSound(first) ? others.map((part) => ask(context.host, requestFor(base, part), patience)) : [];
  return assemble(context, first, await Promise.all(rest));
}

function failed(context: CollectContext, key: string, problem: string): Map<string, Json> {
  recordFailure(context, key, problem, container.code, "The ECS metadata endpoint did not describe this container.");
  return new Map();
}

/** Partition, region and account of the container: parts of its ARN. */
function keysOf({ parts }: Metadata): Map<string, Json> {
  const whole = parts.get(container.name);
  const [, , , region, account] = (isJsonObject(whole) ? textAt(whole, "ContainerARN") : undefined)?.split(":") ?? [];
  return new Map<string, Json>([
    [serviceKey, new Map([["aws_ecs", parts]])],
    ["_OP_CLOUD_PROVIDER", "aws"],
    ["_OP_CLOUD_PROVIDER_SERVICE_TYPE", "aws_ecs"],
    ["_OP_CLOUD_PROVIDER_ACCOUNT_INFO", account ?? ""],
    ["_OP_CLOUD_PROVIDER_REGION", region ?? ""],
    ["_AWS_REGION", region ?? ""],
  ]);
}

/** The `aws_ecs` collector. */
export const awsEcs: Collector = {
  name: "aws_ecs",
  collectHost(phase, context) {
    const base = baseAddress(context);
    if (phase !== "pre_run_keys" || base === undefined || !context.subscribed(earlyKey)) return new Map();
    const found = metadataSync(context, base);
    context.cache.set(cacheName, found);
    if (found.problem !== undefined) return failed(context, earlyKey, found.problem);
    return new Map([[earlyKey, new Map([["aws_ecs", found.parts]])]]);
  },
  async collectReport(context) {
    const base = baseAddress(context);
    if (base === undefined) return new Map();
    const found = (context.cache.get(cacheName) as Metadata | undefined) ?? (await metadata(context, base));
    context.cache.set(cacheName, found);
    return found.problem === undefined ? keysOf(found) : failed(context, serviceKey, found.problem);
  },
};
