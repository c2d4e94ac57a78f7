/**
 * A pod (`collection.md` 9): facts about it and its cluster that an operator has put into the environment, and an id of the deployment that is the same for all its
 * replicas. The manifest is asked for only if a key needs it.
 */
import { isJsonObject, type Json, type JsonObject } from "../../json.js";
import { canonicalEncoding } from "../../marks/normal-form.js";
import { reasonOf } from "../../reason.js";
import { ask, memberAt, objectOf, problemOf } from "../questions.js";
import { readRegularText } from "../regular-file.js";
import { recordFailure } from "../tables.js";
import type { CollectContext } from "../types.js";
import { findContainer, mountHashes, ports, variableHashes } from "./container.js";

const clusterKeys = ["_K8S_CLUSTER_ID", "_K8S_CLUSTER_NAME", "_K8S_CLUSTER_ENDPOINT", "_K8S_CLUSTER_CLOUD_METADATA"];
const deploymentKey = "_EXEC_DEPLOYMENT_ID";
const containerKeys = [
  "_K8S_CONTAINER_ENV_VAR_HASHES",
  "_K8S_CONTAINER_VOLUME_MOUNT_HASHES",
  "_K8S_CONTAINER_PORTS",
  deploymentKey,
];
const manifestKeys = ["_K8S_POD_MANIFEST", "_K8S_POD_LABELS", "_K8S_POD_ANNOTATIONS", ...containerKeys];
const patience = { timeout: 1_000, retries: 2, pause: 100 };

/** What the operator says of the pod in any case. */
export interface PodFacts {
  /** JSON about the cluster. */
  readonly metadata: string;
  readonly namespace: string;
  readonly name: string;
  readonly containerName: string;
}

interface Pod extends PodFacts {
  readonly context: CollectContext;
  readonly found: Map<string, Json>;
}

function fail(context: CollectContext, keys: readonly string[], code: string, problem: string, description: string): void {
  for (const key of keys) recordFailure(context, key, problem, code, description);
}

/** What the operator says about the cluster; undefined, and recorded, if that can't be understood. */
function clusterOf({ context, found, metadata }: Pod): JsonObject | undefined {
  try {
    const whole = objectOf(metadata);
    const cluster = whole.get("cluster");
    if (!isJsonObject(cluster)) throw new Error("there is no cluster object");
    const [id, name, endpoint, cloud] = clusterKeys as [string, string, string, string];
    const values: (readonly [string, Json | undefined])[] = [
      [id, cluster.get("uid")],
      [name, cluster.get("name")],
      [endpoint, cluster.get("endpoint")],
      [cloud, whole.get("cloud")],
    ];
    for (const [key, value] of values) if (value !== undefined) found.set(key, value);
    return cluster;
  } catch (error) {
    const problem = `CHALK_K8S_METADATA: ${reasonOf(error)}`;
    fail(context, clusterKeys, "K8S_METADATA_PARSE_ERROR", problem, "What the operator says about the cluster is malformed.");
    return undefined;
  }
}

/** The token in a mounted file. Throws if there is none. */
function readToken({ host }: CollectContext, path: string): string {
  const token = readRegularText(host.files, path).trim();
  if (token === "") throw new Error("it is empty");
  return token;
}

/** The pod's manifest from the operator; undefined, and recorded, if it can't be had. */
async function fetchManifest(context: CollectContext, url: string, tokenPath: string): Promise<JsonObject | undefined> {
  let token: string;
  try {
    token = readToken(context, tokenPath);
  } catch (error) {
    fail(context, manifestKeys, "K8S_TOKEN_ERROR", `${tokenPath}: ${reasonOf(error)}`, "There is no token for the manifest.");
    return undefined;
  }
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  const outcome = await ask(context.host, { method: "GET", url, headers }, patience);
  try {
    if (outcome.kind !== "answered" || outcome.status !== 200) throw new Error(problemOf(outcome));
    return objectOf(outcome.text);
  } catch (error) {
    const description = "The pod's manifest could not be had from the operator.";
    fail(context, manifestKeys, "K8S_POD_MANIFEST_ERROR", reasonOf(error), description);
    return undefined;
  }
}

/** One digest over everything that is deployed; undefined unless this is a program in a marked image. */
function deploymentId(pod: Pod, cluster: JsonObject): string | undefined {
  const { context, found } = pod;
  if (context.operation !== "exec" && context.operation !== "heartbeat") return undefined;
  const image = context.artifacts.find(({ codec, mark }) => codec === "docker" && mark !== undefined);
  const metadataId = image?.mark?.get("METADATA_ID");
  if (typeof metadataId !== "string") return undefined;
  const [envVars, volumeMounts, declaredPorts] = containerKeys;
  const deployed = new Map<string, Json>([
    ["METADATA_ID", metadataId],
    ["clusterId", cluster.get("uid") ?? ""],
    ["namespace", pod.namespace],
    ["containerName", pod.containerName],
    ["argv", context.session.commandArgs],
    ["ports", found.get(declaredPorts as string) ?? []],
    ["envVars", found.get(envVars as string) ?? new Map()],
    ["volumeMounts", found.get(volumeMounts as string) ?? new Map()],
  ]);
  return context.host.hashing.hex("sha256", canonicalEncoding(deployed));
}

function addContainer(pod: Pod, manifest: JsonObject, cluster: JsonObject): void {
  const { context, found, containerName } = pod;
  const { host, settings } = context;
  const ignored = (field: string) => settings.strings(`exec.exec_deployment.${field}`, []);
  try {
    const container = findContainer(manifest, containerName);
    if (container === undefined) {
      context.log("trace", `k8s: the manifest has no container '${containerName}'`);
      return;
    }
    const [envVars, volumeMounts, declaredPorts] = containerKeys as [string, string, string];
    const wanted = (key: string) => context.subscribed(key) || context.subscribed(deploymentKey);
    if (wanted(envVars)) found.set(envVars, variableHashes(container, host, ignored("ignored_env_vars")));
    if (wanted(volumeMounts)) found.set(volumeMounts, mountHashes(manifest, container, host, ignored("ignored_volume_mounts")));
    if (wanted(declaredPorts)) found.set(declaredPorts, ports(container));
    const id = context.subscribed(deploymentKey) ? deploymentId(pod, cluster) : undefined;
    if (id !== undefined) found.set(deploymentKey, id);
  } catch (error) {
    const description = "The manifest describes the container in a way that chalk does not understand.";
    fail(context, containerKeys, "K8S_CONTAINER_INFO_ERROR", reasonOf(error), description);
  }
}

/** The keys of a pod. */
export async function collectPod(context: CollectContext, facts: PodFacts): Promise<Map<string, Json>> {
  const variable = (name: string) => context.host.processes.variable(name) || undefined;
  const found = new Map<string, Json>([
    ["_K8S_POD_NAMESPACE", facts.namespace],
    ["_K8S_POD_NAME", facts.name],
    ["_K8S_POD_CONTAINER_NAME", facts.containerName],
  ]);
  const pod: Pod = { ...facts, context, found };
  const cluster = clusterOf(pod);
  const [url, tokenPath] = [variable("CHALK_K8S_PODMANIFEST_URL"), variable("CHALK_K8S_PODMANIFEST_TOKEN_PATH")];
  if (cluster === undefined || url === undefined || tokenPath === undefined) return found;
  if (!manifestKeys.some((key) => context.subscribed(key))) return found;
  const manifest = await fetchManifest(context, url, tokenPath);
  if (manifest === undefined) return found;
  found.set("_K8S_POD_MANIFEST", manifest);
  for (const [key, member] of [
    ["_K8S_POD_LABELS", "labels"],
    ["_K8S_POD_ANNOTATIONS", "annotations"],
  ] as const) {
    const value = memberAt(manifest, "metadata", member);
    if (value !== undefined) found.set(key, value);
  }
  addContainer(pod, manifest, cluster);
  return found;
}
