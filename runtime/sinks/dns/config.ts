/** Parameters of sink `dns` (`runtime-core.md` 11.9). */
import type { SinkContext } from "../types.js";
import type { RecordType } from "./query.js";
import { parseTemplate, type TemplatePart } from "./template.js";

export interface DnsServer {
  readonly host: string;
  readonly port: number;
}

export interface DnsConfig {
  readonly template: readonly TemplatePart[];
  readonly type: RecordType;
  readonly placeholder: string;
  /** Undefined: the system resolver. */
  readonly server: DnsServer | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly requireMark: boolean;
  /** Sub-sections of `normalize` by upper-case key. */
  readonly normalizers: ReadonlyMap<string, string>;
}

const defaultPort = 53;

/** Reads `host[:port]`, `[v6][:port]` or a bare IPv6 address; port 53 if absent or invalid. */
export function parseServer(text: string): DnsServer {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  const colons = text.split(":").length - 1;
  const [host, port] = bracketed
    ? [bracketed[1] as string, bracketed[2]]
    : colons === 1
      ? [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)]
      : [text, undefined];
  const number = /^\d{1,5}$/.test(port ?? "") ? Number(port) : 0;
  return { host, port: number > 0 && number < 65536 ? number : defaultPort };
}

/** Reads the parameters. Throws a `SinkConfigurationError` for a template that makes no sense. */
export function dnsConfig(context: SinkContext): DnsConfig {
  const { parameters } = context;
  const type = parameters.string("record_type", "A");
  const server = parameters.string("dns_server", "");
  return {
    template: parseTemplate(parameters.string("domain_template", "")),
    type: /^any$/i.test(type) ? "any" : type.toUpperCase() === "AAAA" ? "AAAA" : "A",
    placeholder: parameters.string("missing_key_placeholder", "x"),
    server: server === "" ? undefined : parseServer(server),
    timeout: parameters.int("dns_timeout", 5000),
    requireMark: parameters.bool("require_chalk_mark", false),
    normalizers: new Map(parameters.sections("normalize").map((name) => [name.toUpperCase(), name])),
  };
}
