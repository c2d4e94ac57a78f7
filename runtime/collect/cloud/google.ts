/** An instance of Google Cloud, or a service of Cloud Run (`collection.md` 7.5). */
import { isJsonList, type Json, type JsonObject } from "../../json.js";
import { reasonOf } from "../../reason.js";
import { memberAt, objectOf, problemOf, successText, textAt } from "../questions.js";
import { collectTable, type KeyTable, recordFailure } from "../tables.js";
import type { CollectContext } from "../types.js";
import { fetchDocument } from "./document.js";
import { MetadataService } from "./metadata-service.js";
import type { InstanceIdentity } from "./provider.js";

const instancePath = "/computeMetadata/v1/instance/?recursive=true";
const projectPath = "/computeMetadata/v1/project/?recursive=true";
const projectKey = "_GCP_PROJECT_METADATA";

/** `projects/1/zones/europe-west1-b` -> `europe-west1-b`. */
const lastPart = (text: string | undefined) => text?.slice(text.lastIndexOf("/") + 1);

function publicAddress(document: JsonObject): Json | undefined {
  const interfaces = memberAt(document, "networkInterfaces");
  for (const device of isJsonList(interfaces) ? interfaces : []) {
    const configurations = memberAt(device, "accessConfigs");
    for (const configuration of isJsonList(configurations) ? configurations : []) {
      const text = textAt(configuration, "externalIp");
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

const keys: KeyTable<JsonObject> = {
  _GCP_INSTANCE_METADATA: (document) => document,
  _OP_CLOUD_PROVIDER_IP: publicAddress,
  _OP_CLOUD_PROVIDER_TAGS: (document) => memberAt(document, "tags"),
  _OP_CLOUD_PROVIDER_ACCOUNT_INFO: (document) => memberAt(document, "serviceAccounts"),
  _OP_CLOUD_PROVIDER_REGION: (document) => lastPart(textAt(document, "zone")),
  _OP_CLOUD_PROVIDER_INSTANCE_TYPE: (document) => lastPart(textAt(document, "machineType")),
};

async function fetchProject(context: CollectContext, service: MetadataService): Promise<Json | undefined> {
  const outcome = await service.get(projectPath);
  if (outcome.kind === "answered" && outcome.status === 404) return undefined;
  try {
    const text = successText(outcome);
    if (text === undefined) throw new Error(problemOf(outcome));
    return objectOf(text);
  } catch (error) {
    const description = "The metadata service did not describe the project.";
    recordFailure(context, projectKey, reasonOf(error), "GCP_PROJECT_METADATA_ERROR", description);
    return undefined;
  }
}

/** The keys of a Google instance. */
export async function collectGoogle(context: CollectContext, identity: InstanceIdentity): Promise<Map<string, Json>> {
  const found = new Map<string, Json>([["_OP_CLOUD_PROVIDER", "gcp"]]);
  if (identity.isCloudRun) found.set("_OP_CLOUD_PROVIDER_SERVICE_TYPE", "gcp_cloud_run_service");
  const service = new MetadataService(context, { "Metadata-Flavor": "Google" });
  const wantsInstance = Object.keys(keys).some((key) => context.subscribed(key));
  const codes = { fetch: "GCP_IMDS_ERROR", parse: "GCP_IMDS_PARSE_ERROR" };
  const [project, instance] = await Promise.all([
    context.subscribed(projectKey) ? fetchProject(context, service) : undefined,
    wantsInstance ? fetchDocument(context, service, instancePath, codes) : undefined,
  ]);
  if (project !== undefined) found.set(projectKey, project);
  if (instance !== undefined) for (const [key, value] of collectTable(keys, instance, context)) found.set(key, value);
  return found;
}
