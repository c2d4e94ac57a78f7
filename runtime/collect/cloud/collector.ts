/**
 * The `cloud_metadata` collector (`collection.md` 7): which cloud this machine belongs to, and what the cloud's metadata service says about it. Nothing is
 * asked for that nobody subscribed to, and nobody is asked where the firmware shows none of the clouds.
 */
import type { Json } from "../../json.js";
import type { CollectContext, Collector } from "../types.js";
import { type CloudProvider, InstanceIdentity } from "./provider.js";

type CollectProvider = (context: CollectContext, identity: InstanceIdentity) => Promise<Map<string, Json>>;

/** Loaded where they are needed: most machines are none of these. */
const providers: Readonly<Record<CloudProvider, CollectProvider>> = {
  aws: async (context, identity) => (await import("./aws.js")).collectAws(context, identity),
  azure: async (context) => (await import("./azure.js")).collectAzure(context),
  gcp: async (context, identity) => (await import("./google.js")).collectGoogle(context, identity),
};

/** The `cloud_metadata` collector. */
export const cloudMetadata: Collector = {
  name: "cloud_metadata",
  async collectReport(context) {
    const identity = new InstanceIdentity(context);
    const { provider } = identity;
    const found = provider === undefined ? new Map<string, Json>() : await providers[provider](context, identity);
    if (context.subscribed("_OP_CLOUD_SYS_VENDOR")) found.set("_OP_CLOUD_SYS_VENDOR", identity.vendor);
    return found;
  },
};
