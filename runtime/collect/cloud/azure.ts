/** An instance of Azure (`collection.md` 7.4): one document says everything. */
import { isJsonList, type Json, type JsonObject } from "../../json.js";
import { memberAt, textAt } from "../questions.js";
import { collectTable, type KeyTable } from "../tables.js";
import type { CollectContext } from "../types.js";
import { fetchDocument } from "./document.js";
import { MetadataService } from "./metadata-service.js";

const path = "/metadata/instance?api-version=2021-02-01";

function publicAddress(document: JsonObject): Json | undefined {
  const interfaces = memberAt(document, "network", "interface");
  for (const device of isJsonList(interfaces) ? interfaces : []) {
    const addresses = memberAt(device, "ipv4", "ipAddress");
    for (const address of isJsonList(addresses) ? addresses : []) {
      const text = textAt(address, "publicIpAddress");
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

const keys: KeyTable<JsonObject> = {
  _AZURE_INSTANCE_METADATA: (document) => document,
  _OP_CLOUD_PROVIDER_IP: publicAddress,
  _OP_CLOUD_PROVIDER_TAGS: (document) => memberAt(document, "compute", "tagsList"),
  _OP_CLOUD_PROVIDER_ACCOUNT_INFO: (document) => memberAt(document, "compute", "subscriptionId"),
  _OP_CLOUD_PROVIDER_REGION: (document) => memberAt(document, "compute", "location"),
  _OP_CLOUD_PROVIDER_INSTANCE_TYPE: (document) => memberAt(document, "compute", "vmSize"),
};

/** The keys of an Azure instance. */
export async function collectAzure(context: CollectContext): Promise<Map<string, Json>> {
  const found = new Map<string, Json>([["_OP_CLOUD_PROVIDER", "azure"]]);
  if (!Object.keys(keys).some((key) => context.subscribed(key))) return found;
  const service = new MetadataService(context, { Metadata: "true" });
  const document = await fetchDocument(context, service, path, { fetch: "AZURE_IMDS_ERROR", parse: "AZURE_IMDS_PARSE_ERROR" });
  if (document !== undefined) for (const [key, value] of collectTable(keys, document, context)) found.set(key, value);
  return found;
}
