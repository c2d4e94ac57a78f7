/** The CI collectors (`collection.md` 6): one for each system, all from the table in `providers.ts`. `BUILD_*` and `_BUILD_*` follow the same rules. */
import { reasonOf } from "../../reason.js";
import { readRegularText } from "../regular-file.js";
import { collectTable, type KeyTable } from "../tables.js";
import type { CollectContext, Collector } from "../types.js";
import { askBeforehand, recordApiFailure } from "./github.js";
import { parseProperties } from "./properties.js";
import { type Provider, providers } from "./providers.js";
import type { Job } from "./rules.js";

/** The one key that is a list. */
const listKey = "BUILD_CONTACT";

function jobOf(context: CollectContext): Job {
  const { files, processes } = context.host;
  let properties: Map<string, string> | undefined;
  const variable = (name: string) => processes.variable(name) || undefined;
  const readProperties = (): Map<string, string> => {
    const path = variable("TEAMCITY_BUILD_PROPERTIES_FILE");
    try {
      return path === undefined ? new Map() : parseProperties(readRegularText(files, path));
    } catch (error) {
      context.log("trace", `${path}: ${reasonOf(error)}`);
      return new Map();
    }
  };
  return {
    context,
    variable,
    property(name) {
      properties ??= readProperties();
      return properties.get(name) || undefined;
    },
  };
}

function tableOf({ keys }: Provider, prefix: "" | "_"): KeyTable<Job> {
  return Object.fromEntries(
    Object.entries(keys).map(([key, rule]) => [
      prefix + key,
      (job: Job) => {
        const value = rule(job);
        return value === undefined || value === "" || key !== listKey ? value : [value];
      },
    ]),
  );
}

function collectorOf(provider: Provider): Collector {
  const early = tableOf(provider, "");
  const late = tableOf(provider, "_");
  const isSet = (job: Job) => (name: string) => job.variable(name) !== undefined;
  const isActive = (job: Job) => provider.active.some(isSet(job)) && provider.own?.some(isSet(job)) !== false;
  const asksApi = "BUILD_ORIGIN_KEY" in provider.keys;
  const collect: NonNullable<Collector["collectHost"]> = (phase, context) => {
    const job = jobOf(context);
    if (!isActive(job)) return new Map();
    const found = collectTable(phase === "pre_run_keys" ? early : late, job, context);
    if (asksApi) recordApiFailure(job, phase === "pre_run_keys" ? "" : "_");
    return found;
  };
  const { name } = provider;
  if (!asksApi) return { name, collectHost: collect };
  return {
    name,
    collectHost: collect,
    async collectReport(context) {
      const job = jobOf(context);
      if (isActive(job)) await askBeforehand(job, "_");
      return collect("post_run_keys", context);
    },
  };
}

/** Collectors of all CI systems. */
export const ci: readonly Collector[] = providers.map(collectorOf);
