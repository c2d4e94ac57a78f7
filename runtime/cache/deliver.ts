/**
 * Publishing a report so that it is not lost (`runtime-core.md` 12): sinks that have reports waiting get them together with the new one, and sinks that fail
 * find it in the cache next time. Without a cache, a report that nobody took is shown to the person at the terminal.
 */

import type { Host } from "../host/host.js";
import type { Logger } from "../log/index.js";
import type { Publisher } from "../sinks/publisher.js";
import { type ReportCache, writeToPerson } from "./report-cache.js";

export interface DeliverySettings {
  readonly host: Host;
  readonly logger: Logger;
  readonly publisher: Publisher;
  /** Undefined: `use_report_cache` is off. */
  readonly cache: ReportCache | undefined;
  /** `force_output_on_reporting_fails`. */
  readonly forceOutput: boolean;
}

/** A report message: a JSON array of objects in compact style, on one line. */
export function reportMessage(objects: readonly string[]): string {
  return `[ ${objects.join(", ")} ]\n`;
}

/** From so many bytes on, what waits is not sent along to a sink that failed a moment ago: first it has to take a report. */
const largeBacklog = 256 * 1024;

/** Sends a message with reports that waited; they are done with when it was delivered. */
async function sendWaiting(
  settings: DeliverySettings,
  cache: ReportCache,
  sink: string,
  topic: string,
  first: readonly string[],
) {
  const waiting = cache.waiting(topic, sink);
  const tentative = waiting.length > 0 ? { tentative: true } : {};
  const outcome = await settings.publisher.deliver(sink, topic, reportMessage([...first, ...waiting]), tentative);
  if (outcome === "delivered") cache.delivered(topic, sink, waiting);
  // One cached report that the server refuses must not block the sink for ever.
  const isRefused = outcome === "hard failure" && waiting.length > 0 && first.length > 0;
  return isRefused && settings.publisher.subscribers(topic).includes(sink)
    ? settings.publisher.deliver(sink, topic, reportMessage(first))
    : outcome;
}

/** Sends the new report together with what waits for this sink. True if the new one was delivered (or filtered out). */
async function sendWithWaiting(settings: DeliverySettings, cache: ReportCache, sink: string, topic: string, report: string) {
  const isProbe = cache.failing.has(sink) && cache.waitingBytes(topic, sink) > largeBacklog;
  const outcome = isProbe
    ? await settings.publisher.deliver(sink, topic, reportMessage([report]))
    : await sendWaiting(settings, cache, sink, topic, [report]);
  if (outcome === "soft failure" || outcome === "hard failure") cache.failing.add(sink);
  else cache.failing.delete(sink);
  if (isProbe && outcome === "delivered") await sendWaiting(settings, cache, sink, topic, []);
  return outcome;
}

/** Publishes one report object (compact text) on a topic. Never throws; failures are logged. */
export async function publishReport(settings: DeliverySettings, topic: string, report: string): Promise<void> {
  const { publisher, cache, logger } = settings;
  const subscribers = publisher.subscribers(topic);
  if (subscribers.length === 0) {
    logger.info(`report on topic '${topic}': nothing is subscribed`);
    return;
  }
  const failed: string[] = [];
  const unwritable: string[] = [];
  for (const sink of subscribers) {
    const outcome =
      cache === undefined
        ? await publisher.deliver(sink, topic, reportMessage([report]))
        : await sendWithWaiting(settings, cache, sink, topic, report);
    if (outcome === "soft failure" || outcome === "hard failure") failed.push(sink);
    if (outcome === "unwritable") unwritable.push(sink);
  }
  // A file that cannot be written has had its warning (11.2); its reports are kept where that is possible.
  if (cache !== undefined && unwritable.length > 0) cache.queue(topic, report, unwritable, "if possible");
  if (cache === undefined && failed.length + unwritable.length === subscribers.length) failed.push(...unwritable);
  if (failed.length === 0) return;
  const names = failed.map((name) => `'${name}'`).join(", ");
  if (cache?.disabled === true) {
    logger.error(`report on topic '${topic}' not delivered to ${names}: it is lost, since the report cache is disabled`);
    return;
  }
  if (cache !== undefined) {
    cache.queue(topic, report, failed);
    logger.error(`report on topic '${topic}' not delivered to ${names}: publish failures will be cached`);
    return;
  }
  logger.error(`report on topic '${topic}' not delivered to ${names}`);
  if (failed.length < subscribers.length) return;
  if (settings.forceOutput) writeToPerson(settings.host, `No sink took this report:\n${reportMessage([report])}`);
  else logger.error("the report is lost; use_report_cache or force_output_on_reporting_fails would keep it");
}
