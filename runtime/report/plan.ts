/**
 * What an operation is going to do, worked out once for each kind of operation (`runtime-core.md` 5.2): its templates, the custom reports that apply, the
 * keys that are worth collecting, and for each phase the plugins that can contribute one of them. Nothing is collected that nobody asked for.
 */
import type { PhaseName } from "../collect/types.js";
import type { Logger } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import { internalTopics } from "../sinks/publisher.js";
import type { Keyspecs } from "./keyspecs.js";
import { type Plugin, phaseNames } from "./plugins.js";
import { empty, type Template, type Templates } from "./templates.js";

export interface CustomReport {
  readonly name: string;
  readonly template: Template;
  readonly sinks: readonly string[];
  readonly perChalk: boolean;
}

/** A plugin in one phase. */
export interface Step {
  readonly plugin: Plugin;
  /** Subscribed keys that it declares and doesn't ignore; those it may contribute to `*` are not listed. */
  readonly wanted: readonly string[];
  readonly any: boolean;
}

export interface Plan {
  readonly operation: string;
  /** Does it insert marks (`valid_chalk_command_names`)? */
  readonly chalking: boolean;
  readonly markTemplate: Template;
  readonly reportTemplate: Template;
  readonly perChalkReports: boolean;
  readonly customReports: readonly CustomReport[];
  readonly subscribed: ReadonlySet<string>;
  readonly steps: Readonly<Record<PhaseName, readonly Step[]>>;
}

/** In every mark, so collected for every operation. */
export const forcedMarkKeys: readonly string[] = ["MAGIC", "CHALK_VERSION", "CHALK_ID", "METADATA_ID", "HASH"];
/** In the reports of an operation whatever its template says (`docker.md` 5, step 4). */
const forcedReportKeys: Readonly<Record<string, readonly string[]>> = {
  build: ["_REPO_TAGS", "_REPO_DIGESTS", "_REPO_BUILD_CONTEXTS"],
};
/** What `{chalk_id}`, `{now}`, `{path}`, `{hash}`, `{random}` stand for (5.6). */
export const substitutionSources: Readonly<Record<string, string>> = {
  chalk_id: "CHALK_ID",
  now: "TIMESTAMP_WHEN_CHALKED",
  path: "PATH_WHEN_CHALKED",
  hash: "HASH",
  random: "CHALK_RAND",
};

const summaryReports = new Set(["terminal_chalk_time", "terminal_other_op"]);
const ownReports = new Set(["audit", "chalk_usage_stats"]);
const defaultChalkCommands = ["insert", "build", "push", "load", "setup"];

export interface PlanServices {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly keyspecs: Keyspecs;
  readonly templates: Templates;
  readonly plugins: readonly Plugin[];
}

function applies(settings: Settings, name: string, operation: string): boolean {
  const section = `custom_report.${name}`;
  if (!settings.bool(`${section}.enabled`, true)) return false;
  if (name === "audit" && !settings.bool("publish_audit", false)) return false;
  if (summaryReports.has(name) && settings.bool("skip_summary_report", false)) return false;
  const useWhen = settings.strings(`${section}.use_when`, ["*"]);
  return useWhen.includes("*") || useWhen.includes(operation);
}

function readCustomReports(services: PlanServices, operation: string): CustomReport[] {
  const { settings, logger, templates } = services;
  return settings.sections("custom_report").flatMap((name): CustomReport[] => {
    if (!applies(settings, name, operation)) return [];
    const section = `custom_report.${name}`;
    if (internalTopics.includes(name) && !ownReports.has(name)) {
      logger.error(`custom_report '${name}': that is the name of an internal topic`);
      return [];
    }
    const templateName = settings.string(`${section}.report_template`, "");
    const template = templateName === "" ? undefined : templates.get("report_template", templateName);
    if (template === undefined) {
      logger.error(
        templateName === ""
          ? `custom_report '${name}': report_template is not set`
          : `custom_report '${name}': there is no report template '${templateName}'`,
      );
      return [];
    }
    const sinks = settings.strings(`${section}.sink_configs`, []);
    return [{ name, template, sinks, perChalk: settings.bool(`${section}.per_chalk`, false) }];
  });
}

function stepsOf(plugins: readonly Plugin[], phase: PhaseName, subscribed: ReadonlySet<string>): Step[] {
  return plugins.flatMap((plugin): Step[] => {
    const declared = plugin.keys[phase];
    const any = declared.has("*");
    const wanted = [...declared].filter((key) => subscribed.has(key) && !plugin.ignore.has(key));
    const always = plugin.system && (phase === "pre_chalk_keys" || phase === "post_chalk_keys");
    return wanted.length > 0 || any || always ? [{ plugin, wanted, any: any || always }] : [];
  });
}

/** Works out the plan of an operation. Problems of the configuration are logged, once for each kind of operation. */
export function makePlan(services: PlanServices, operation: string): Plan {
  const { settings, logger, keyspecs, templates, plugins } = services;
  const section = `outconf.${operation}`;

  function template(kind: "mark_template" | "report_template"): Template {
    const name = settings.string(`${section}.${kind}`, "");
    const found = templates.get(kind, name);
    if (found === undefined && name !== "") logger.error(`${section}: there is no ${kind.replace("_", " ")} '${name}'`);
    return found ?? empty(name);
  }

  const chalking = settings.strings("valid_chalk_command_names", defaultChalkCommands).includes(operation);
  const markTemplate = template("mark_template");
  const reportTemplate = templates.withKeys(template("report_template"), forcedReportKeys[operation] ?? []);
  const customReports = readCustomReports(services, operation);
  const subscribed = new Set([...forcedMarkKeys, ...markTemplate.keys, ...reportTemplate.keys]);
  for (const report of customReports) for (const key of report.template.keys) subscribed.add(key);
  if (chalking && [...subscribed].some((key) => keyspecs.get(key)?.applySubstitutions === true))
    for (const key of Object.values(substitutionSources)) subscribed.add(key);
  const steps = Object.fromEntries(phaseNames.map((phase) => [phase, stepsOf(plugins, phase, subscribed)] as const));
  return {
    operation,
    chalking,
    markTemplate,
    reportTemplate,
    perChalkReports: settings.bool(`${section}.per_chalk_reports`, false),
    customReports,
    subscribed,
    steps: steps as Record<PhaseName, Step[]>,
  };
}
