/** Report objects as OpenTelemetry log records in OTLP's JSON encoding (64-bit numbers are strings there). */
import { compact, type Json, type JsonObject } from "../../json.js";

type Attribute = { key: string; value: { stringValue: string } };

/** What is known of the report that is being sent. */
export interface RecordContext {
  readonly serviceName: string;
  readonly version: string;
  /** Milliseconds since the epoch, for objects without `_TIMESTAMP`. */
  readonly now: number;
}

/** One log record in the making. */
export interface LogEntry {
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly time: bigint | number;
  readonly hostName: string | undefined;
  readonly attributes: readonly Attribute[];
}

const text = (value: Json | undefined) => (typeof value === "string" ? value : undefined);

function attributes(pairs: readonly (readonly [key: string, value: string | undefined])[]): Attribute[] {
  return pairs.flatMap(([key, stringValue]) => (stringValue === undefined ? [] : [{ key, value: { stringValue } }]));
}

/** The record of one report object. `known` fills in what the object doesn't say of itself. */
export function logEntry(
  object: JsonObject,
  context: RecordContext,
  known: { readonly operation?: string | undefined; readonly actionId?: string | undefined },
): LogEntry {
  const time = object.get("_TIMESTAMP");
  return {
    body: compact(object),
    time: typeof time === "number" || typeof time === "bigint" ? time : context.now,
    hostName: text(object.get("_OP_HOSTNAME")),
    attributes: attributes([
      ["chalk.operation", text(object.get("_OPERATION")) ?? known.operation],
      ["chalk.action_id", text(object.get("_ACTION_ID")) ?? known.actionId],
      ["chalk.exec_id", text(object.get("_EXEC_ID"))],
      ["chalk.version", text(object.get("_OP_CHALKER_VERSION")) ?? context.version],
    ]),
  };
}

/** The request body for some records. */
export function exportRequest(entries: readonly LogEntry[], context: RecordContext): string {
  const hostName = entries.find((entry) => entry.hostName !== undefined)?.hostName;
  return JSON.stringify({
    resourceLogs: [
      {
        resource: {
          attributes: attributes([
            ["service.name", context.serviceName],
            ["service.version", context.version],
            ["host.name", hostName],
          ]),
        },
        scopeLogs: [
          {
            scope: { name: "chalk" },
            logRecords: entries.map((entry) => ({
              timeUnixNano: String(BigInt(entry.time) * 1_000_000n),
              severityNumber: 9,
              severityText: "INFO",
              body: { stringValue: entry.body },
              attributes: entry.attributes,
            })),
          },
        ],
      },
    ],
  });
}
