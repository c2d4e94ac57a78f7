/**
 * Sink `dns` (`runtime-core.md` 11.9): tells a name server of marks by looking up names made from their keys. Only the question matters; but the zone must
 * answer it.
 */
import { valueFromJson } from "../../encoding.js";
import { HostError } from "../../host/host.js";
import { Float, isJsonList, isJsonObject, type Json, type JsonObject } from "../../json.js";
import { valueText } from "../../text-form.js";
import { reportObjectsOf } from "../report-message.js";
import { type SinkContext, SinkFailure, type SinkKind } from "../types.js";
import { type DnsConfig, dnsConfig } from "./config.js";
import { hostName } from "./names.js";
import { encodeQuery, isAnswer, problemOf } from "./query.js";

const isAddress = (host: string) => /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(":");

/** Plain text of a scalar: `true`, `12`, `1.5`. */
function plainText(value: boolean | number | bigint | string | Float): string {
  return value instanceof Float ? valueText(value.value) : String(value);
}

/** The text of a key for the name, with a warning where the placeholder has to stand in. */
function keyText(context: SinkContext, config: DnsConfig, key: string, report: JsonObject, artifact: JsonObject | undefined) {
  const warn = (text: string) => context.logger.warn(`sink '${context.name}': key '${key}' ${text}`);
  const value: Json | undefined = report.get(key) ?? artifact?.get(key);
  if (value === undefined || value === null) {
    warn("not found");
    return config.placeholder;
  }
  if (isJsonList(value) || isJsonObject(value)) {
    warn("is a list or map and can't be part of a name");
    return config.placeholder;
  }
  const plain = plainText(value as boolean | number | bigint | string | Float);
  const section = config.normalizers.get(key);
  const callback = section === undefined ? undefined : context.parameters.value(`normalize.${section}.callback`);
  if (callback === undefined) return plain;
  const result = context.settings.call(callback, [valueFromJson(value)]);
  if (result !== undefined) return valueText(result);
  warn("could not be normalized");
  return plain;
}

async function lookUp(context: SinkContext, config: DnsConfig, name: string): Promise<void> {
  const { network, machine } = context.host;
  const { server, type, timeout } = config;
  if (server === undefined) {
    const found = await network.resolve(name, type === "A" ? 4 : type === "AAAA" ? 6 : "any");
    if (found.length === 0) throw new SinkFailure("soft", `DNS look-up of ${name} failed: no address`);
    return;
  }
  const address = isAddress(server.host) ? server.host : (await network.resolve(server.host, "any"))[0];
  if (address === undefined) throw new SinkFailure("soft", `DNS server ${server.host} has no address`);
  const [high = 0, low = 0] = machine.randomBytes(2);
  const id = (high << 8) | low;
  const query = encodeQuery(id, name, type);
  const problem = problemOf(
    await network.exchangeDatagram(address, server.port, query, timeout, (answer) => isAnswer(answer, id)),
  );
  if (problem !== undefined) throw new SinkFailure("soft", `DNS look-up of ${name} failed: ${problem}`);
}

async function tell(
  context: SinkContext,
  config: DnsConfig,
  report: JsonObject,
  artifact: JsonObject | undefined,
): Promise<void> {
  const domain = config.template
    .map((part) => ("literal" in part ? part.literal : keyText(context, config, part.key, report, artifact)))
    .join("");
  const checked = hostName(domain);
  if ("problem" in checked) throw new SinkFailure("hard", `DNS: ${checked.problem}`);
  try {
    await lookUp(context, config, checked.name);
  } catch (error) {
    if (error instanceof SinkFailure) throw error;
    const why = error instanceof HostError ? error.code : String(error);
    throw new SinkFailure("soft", `DNS look-up of ${checked.name} failed: ${why}`);
  }
  context.event(`DNS: ${checked.name}`);
}

/** The artifacts to tell of; undefined stands for the host's keys alone. */
function subjects(context: SinkContext, config: DnsConfig, report: JsonObject): (JsonObject | undefined)[] {
  const chalks = report.get("_CHALKS");
  const entries = isJsonList(chalks) ? chalks : [];
  const marks = entries.filter(isJsonObject);
  if (marks.length < entries.length) context.logger.warn(`sink '${context.name}': malformed entry in _CHALKS skipped`);
  if (entries.length > 0) return marks;
  return config.requireMark ? [] : [undefined];
}

export const dnsKind: SinkKind = {
  name: "dns",
  configure(context) {
    const config = dnsConfig(context);
    return {
      async send({ text }) {
        const report = reportObjectsOf(text)?.[0];
        if (report === undefined) throw new SinkFailure("hard", "DNS: the message is no report");
        let failure: unknown;
        for (const artifact of subjects(context, config, report)) {
          try {
            await tell(context, config, report, artifact);
          } catch (error) {
            // The other artifacts are still told of; the delivery as a whole has failed.
            failure ??= error;
          }
        }
        if (failure !== undefined) throw failure;
      },
    };
  },
};
