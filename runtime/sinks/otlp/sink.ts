/** Sink `otlp` (`ours.md` 5): OpenTelemetry logs over HTTP with JSON. */
import type { HttpResponse } from "../../host/host.js";
import { isJsonObject, parseJson } from "../../json.js";
import { statusText } from "../http/attempts.js";
import { postBody, posted } from "../post/sink.js";
import { reportObjectsOf } from "../report-message.js";
import type { SinkContext, SinkKind } from "../types.js";
import { otlpConfig } from "./config.js";
import { exportRequest, type LogEntry, logEntry, type RecordContext } from "./records.js";

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

/** How many records the collector threw away. */
function rejected(response: HttpResponse): number {
  const parsed = parseJson(new TextDecoder().decode(response.body));
  const partial = "value" in parsed && isJsonObject(parsed.value) ? parsed.value.get("partialSuccess") : undefined;
  const count = isJsonObject(partial) ? partial.get("rejectedLogRecords") : undefined;
  // 64-bit numbers of this encoding may be strings.
  return typeof count === "number" || typeof count === "bigint" || typeof count === "string" ? Number(count) || 0 : 0;
}

/** The records of a message; text that is no report becomes one record as it is. */
function entriesOf(text: string, context: SinkContext, record: RecordContext): LogEntry[] {
  const objects = reportObjectsOf(text);
  if (objects === undefined) return [{ body: text.trimEnd(), time: record.now, hostName: undefined, attributes: [] }];
  // Only the first object is the report that is being made; the others come from the cache.
  return objects.map((object, index) => logEntry(object, record, index === 0 ? context.report() : {}));
}

export const otlpKind: SinkKind = {
  name: "otlp",
  configure(context) {
    const config = otlpConfig(context);
    const headers = config.gzip ? [["Content-Encoding", "gzip"] as const] : [];
    return {
      async send({ text }) {
        const now = Math.floor(context.host.clock.now());
        const record: RecordContext = { serviceName: config.serviceName, version: context.version, now };
        const entries = entriesOf(text, context, record);
        for (let from = 0; from < entries.length; from += config.batchSize) {
          const batch = exportRequest(entries.slice(from, from + config.batchSize), record);
          const bytes = new TextEncoder().encode(batch);
          const response = await postBody(context, config.http, config.gzip ? await gzip(bytes) : bytes, headers);
          const lost = rejected(response);
          if (lost > 0) context.logger.warn(`sink '${context.name}': the collector rejected ${lost} log records`);
          posted(context, `Post ${statusText(response)}`);
        }
      },
    };
  },
};
