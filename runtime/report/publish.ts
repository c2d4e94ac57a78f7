/**
 * The end of an operation (`runtime-core.md` 5.9, 9.4, 9.5): phase 4, the keys that only the engine knows, the command report, the custom reports in the
 * order of their definition, and what could not be delivered into the report cache.
 */
import { publishReport } from "../cache/deliver.js";
import type { Artifact } from "../collect/types.js";
import { compact, type Json, type JsonObject } from "../json.js";
import { createRedactor, redactJson } from "../log/index.js";
import { artifactData, reportObjects, select } from "./build.js";
import type { EngineServices } from "./engine.js";
import type { Operation } from "./operation.js";
import { randomHex } from "./own-collectors.js";
import type { CustomReport, Plan } from "./plan.js";
import type { Template } from "./templates.js";

/** What went out on a topic. */
export interface PublishedReport {
  readonly topic: string;
  /** How many report objects. */
  readonly count: number;
}

/** The template of the command report shows artifacts even if it doesn't select them, whichever report uses it (9.4). */
const alwaysInCommandReport = ["_CHALKS", "_COLLECTED_ARTIFACTS"] as const;

function shownTemplate(services: EngineServices, plan: Plan, template: Template): Template {
  const isCommandTemplate = template.name === plan.reportTemplate.name;
  return isCommandTemplate ? services.templates.withKeys(template, alwaysInCommandReport) : template;
}

/** The templates of all reports that an operation will make. */
export function templatesOf(services: EngineServices, plan: Plan): readonly Template[] {
  const { settings } = services;
  const command = settings.bool("skip_command_report", false) ? [] : [plan.reportTemplate];
  const custom = settings.bool("skip_custom_reports", false) ? [] : plan.customReports.map((report) => report.template);
  return [...new Set([...command, ...custom].map((template) => shownTemplate(services, plan, template)))];
}

/** Is everything that a report says about an artifact certain before the others are known, and may it be kept as text? */
export function canSettle(services: EngineServices, operation: Operation): boolean {
  if (operation.isSubScan || operation.subscribed("_OP_ARTIFACT_REPORT_KEYS") || services.secrets().length > 0) return false;
  return !operation.templates.some((template) => services.objectStores.concerns(template));
}
/** Reports of ours that need no sink of the user. */
const mayHaveNoSink = new Set(["audit", "chalk_usage_stats"]);

/** Is the artifact marked now that the operation is over? */
function isMarked(operation: Operation, artifact: Artifact, unmarked: ReadonlySet<string>): boolean {
  if (!operation.chalking) return artifact.mark !== undefined;
  return !artifact.failed && (artifact.path === undefined || !unmarked.has(artifact.path));
}

/** Keys about an artifact that are certain when a command is done with it. */
export function addProblems(operation: Operation, artifact: Artifact): void {
  operation.setArtifact(artifact, "_ERR_INFO", [...artifact.errors]);
  operation.setArtifact(artifact, "_FAILED_KEYS", new Map(artifact.failedKeys));
}

/** Keys about the operation that collectors can't know. */
function addOwnKeys(services: EngineServices, operation: Operation, template: Template): void {
  const { hostData } = operation;
  const unmarked = new Set(operation.unmarked);
  if (!hostData.has("_OPERATION")) operation.setHost("_OPERATION", operation.name);
  if (!hostData.has("_ACTION_ID")) operation.setHost("_ACTION_ID", randomHex(services.host));
  operation.setHost("_UNMARKED", [...unmarked]);
  const marked = operation.artifacts.filter((artifact) => isMarked(operation, artifact, unmarked)).length;
  operation.setHost("_OP_CHALK_COUNT", marked);
  operation.setHost("_OP_UNMARKED_COUNT", unmarked.size);
  for (const artifact of [...operation.artifacts, ...operation.collected])
    if (artifact.texts === undefined) addProblems(operation, artifact);
  listReportKeys(operation, template);
}

/** `_OP_HOST_REPORT_KEYS` and `_OP_ARTIFACT_REPORT_KEYS`: what the command report holds, themselves included. */
function listReportKeys(operation: Operation, template: Template): void {
  const hostKeys = () => [...select(operation.hostData, template).keys()];
  if (operation.subscribed("_OP_HOST_REPORT_KEYS")) {
    operation.hostData.set("_OP_HOST_REPORT_KEYS", []);
    operation.setHost("_OP_HOST_REPORT_KEYS", hostKeys());
  }
  if (!operation.subscribed("_OP_ARTIFACT_REPORT_KEYS")) return;
  const ofHost = hostKeys();
  for (const artifact of [...operation.artifacts, ...operation.collected]) {
    artifact.data.set("_OP_ARTIFACT_REPORT_KEYS", []);
    const own = [...select(artifactData(artifact, operation), template).keys()];
    operation.setArtifact(artifact, "_OP_ARTIFACT_REPORT_KEYS", [...new Set([...ofHost, ...own])]);
  }
}

/** A report object as it goes out, without secrets. (Numbers that JSON can't hold are left out when it is printed.) */
function withoutSecrets(services: EngineServices, object: JsonObject): JsonObject {
  const secrets = services.secrets();
  return secrets.length === 0 ? object : (redactJson(object, createRedactor(secrets)) as JsonObject);
}

async function publishObjects(
  services: EngineServices,
  operation: Operation,
  topic: string,
  template: Template,
  objects: Iterable<Map<string, Json>>,
): Promise<void> {
  let count = 0;
  for (const object of objects) {
    const text = compact(withoutSecrets(services, await services.objectStores.externalize(object, template)));
    if (topic === "chalk_usage_stats") await services.publisher.publish(topic, `[ ${text} ]\n`, { quiet: true });
    else await publishReport(services.delivery(), topic, text);
    count += 1;
  }
  operation.published.push({ topic, count });
}

async function customReport(services: EngineServices, operation: Operation, report: CustomReport): Promise<void> {
  const { name } = report;
  services.connect(report);
  if (report.sinks.length === 0 && !mayHaveNoSink.has(name)) services.warnOnce(`custom_report '${name}' has no sinks`);
  if (name === "chalk_usage_stats" && services.publisher.subscribers(name).length === 0) return;
  const template = shownTemplate(services, operation.plan, report.template);
  await publishObjects(services, operation, name, template, reportObjects(operation, template, report.perChalk));
}

/** Makes and publishes all reports of an operation. */
export async function reportOperation(services: EngineServices, operation: Operation, topic: string): Promise<void> {
  const { settings, logger, publisher } = services;
  const skipCommand = settings.bool("skip_command_report", false);
  const skipCustom = settings.bool("skip_custom_reports", false);
  if (skipCommand && skipCustom) return;
  const { plan } = operation;
  await operation.collectReport();
  // Even if nobody subscribes to errors they must not pile up; what is logged from here on belongs to the next report.
  operation.takeErrors();
  addOwnKeys(services, operation, plan.reportTemplate);
  operation.published.length = 0;
  const actionId = operation.hostData.get("_ACTION_ID");
  publisher.setReport(operation.name, typeof actionId === "string" ? actionId : undefined);
  if (skipCommand) logger.info("command report skipped");
  else {
    const template = shownTemplate(services, plan, plan.reportTemplate);
    await publishObjects(services, operation, topic, template, reportObjects(operation, template, plan.perChalkReports));
  }
  if (!skipCustom) for (const report of plan.customReports) await customReport(services, operation, report);
  services.writeBack();
}
