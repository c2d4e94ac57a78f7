/**
 * The end of an operation (`runtime-core.md` 5.9, 9.4, 9.5): phase 4, the keys that only the engine knows, the command report, the custom reports in the
 * order of their definition, and what could not be delivered into the report cache.
 */
import { publishReport } from "../cache/deliver.js";
import { compact, type Json, type JsonObject } from "../json.js";
import { createRedactor, redactJson } from "../log/index.js";
import { artifactData, reportObjects, select } from "./build.js";
import type { EngineServices } from "./engine.js";
import type { Operation } from "./operation.js";
import { randomHex } from "./own-collectors.js";
import type { CustomReport } from "./plan.js";
import type { Template } from "./templates.js";

/** What went out on a topic. */
export interface PublishedReport {
  readonly topic: string;
  readonly objects: readonly JsonObject[];
}

/** The template of the command report shows artifacts even if it doesn't select them, whichever report uses it (9.4). */
const alwaysInCommandReport = ["_CHALKS", "_COLLECTED_ARTIFACTS"] as const;

function shownTemplate(services: EngineServices, operation: Operation, template: Template): Template {
  const isCommandTemplate = template.name === operation.plan.reportTemplate.name;
  return isCommandTemplate ? services.templates.withKeys(template, alwaysInCommandReport) : template;
}
/** Reports of ours that need no sink of the user. */
const mayHaveNoSink = new Set(["audit", "chalk_usage_stats"]);

/** Is the artifact marked now that the operation is over? */
function isMarked(operation: Operation, artifact: Operation["artifacts"][number]): boolean {
  if (!operation.chalking) return artifact.mark !== undefined;
  return !artifact.failed && (artifact.path === undefined || !operation.unmarked.includes(artifact.path));
}

/** Keys about the operation that collectors can't know. */
function addOwnKeys(services: EngineServices, operation: Operation, template: Template): void {
  const { hostData } = operation;
  const unmarked = [...new Set(operation.unmarked)];
  if (!hostData.has("_OPERATION")) operation.setHost("_OPERATION", operation.name);
  if (!hostData.has("_ACTION_ID")) operation.setHost("_ACTION_ID", randomHex(services.host));
  operation.setHost("_UNMARKED", unmarked);
  operation.setHost("_OP_CHALK_COUNT", operation.artifacts.filter((artifact) => isMarked(operation, artifact)).length);
  operation.setHost("_OP_UNMARKED_COUNT", unmarked.length);
  for (const artifact of [...operation.artifacts, ...operation.collected]) {
    operation.setArtifact(artifact, "_ERR_INFO", [...artifact.errors]);
    operation.setArtifact(artifact, "_FAILED_KEYS", new Map(artifact.failedKeys));
  }
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
  objects: readonly Map<string, Json>[],
): Promise<void> {
  const out: JsonObject[] = [];
  for (const object of objects) out.push(await services.objectStores.externalize(object, template));
  const cleaned = out.map((object) => withoutSecrets(services, object));
  operation.published.push({ topic, objects: cleaned });
  for (const object of cleaned) {
    const text = compact(object);
    if (topic === "chalk_usage_stats") await services.publisher.publish(topic, `[ ${text} ]\n`, { quiet: true });
    else await publishReport(services.delivery(), topic, text);
  }
}

async function customReport(services: EngineServices, operation: Operation, report: CustomReport): Promise<void> {
  const { name } = report;
  services.connect(report);
  if (report.sinks.length === 0 && !mayHaveNoSink.has(name)) services.warnOnce(`custom_report '${name}' has no sinks`);
  if (name === "chalk_usage_stats" && services.publisher.subscribers(name).length === 0) return;
  const template = shownTemplate(services, operation, report.template);
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
    const template = shownTemplate(services, operation, plan.reportTemplate);
    await publishObjects(services, operation, topic, template, reportObjects(operation, template, plan.perChalkReports));
  }
  if (!skipCustom) for (const report of plan.customReports) await customReport(services, operation, report);
  services.writeBack();
}
