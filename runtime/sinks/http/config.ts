/** The parameters that all HTTP sinks share (`runtime-core.md` 11.6), read and checked once. */
import { HostError, type HttpRequest } from "../../host/host.js";
import { resolvePath } from "../../paths.js";
import { SinkConfigurationError, type SinkContext } from "../types.js";

export interface HttpConfig {
  readonly uri: string;
  readonly contentType: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Of the `auth_config`; empty if there is none. */
  readonly authHeaders: ReadonlyMap<string, string>;
  /** Milliseconds; 0 is none. */
  readonly timeout: number;
  readonly disallowHttp: boolean;
  /** Whom the server's certificate must come from. */
  readonly trust: Trust;
}

/** As in a request: the PEM text of the only trust anchors, or whose certificates to use. */
export type Trust = Pick<HttpRequest, "trust" | "roots">;

const defaultTimeout = 1000;

/** Scheme of an http(s) URL. Throws a `SinkConfigurationError` for anything else. */
export function parseHttpUrl(uri: string, what: string): URL {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new SinkConfigurationError(`${what} is not a URL: '${uri}'`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new SinkConfigurationError(`${what} must be an http or https URL, not '${uri}'`);
  return url;
}

/** From `pinned_cert`, `pinned_cert_file`, `prefer_bundled_certs`. Throws a `SinkConfigurationError` if a file can't be read. */
export function readTrust({ parameters, host }: Pick<SinkContext, "parameters" | "host">): Trust {
  const inline = parameters.string("pinned_cert", "");
  const file = parameters.string("pinned_cert_file", "");
  if (inline !== "" && file !== "") throw new SinkConfigurationError("pinned_cert and pinned_cert_file exclude each other");
  if (inline !== "") return { trust: inline };
  if (file === "") return parameters.bool("prefer_bundled_certs", false) ? { roots: "bundled, then system" } : {};
  try {
    return { trust: host.files.readText(resolvePath(host, file) ?? file) };
  } catch (error) {
    const why = error instanceof HostError ? error.code : String(error);
    throw new SinkConfigurationError(`the pinned certificate ${file} could not be read: ${why}`);
  }
}

/** Reads the parameters. Throws a `SinkConfigurationError` for URLs, certificates and auths that can't be used. */
export function httpConfig(context: SinkContext): HttpConfig {
  const { parameters } = context;
  const uri = parameters.string("uri", "");
  const url = parseHttpUrl(uri, "uri");
  const disallowHttp = parameters.bool("disallow_http", false);
  const trust = readTrust(context);
  if (url.protocol === "http:" && disallowHttp)
    throw new SinkConfigurationError(`uri is plain http, which disallow_http forbids`);
  if (url.protocol === "http:" && trust.trust !== undefined)
    throw new SinkConfigurationError(`a pinned certificate needs an https uri, not '${uri}'`);
  const authName = parameters.string("auth", "");
  return {
    uri,
    contentType: parameters.string("content_type", "application/json"),
    headers: parameters.map("headers"),
    authHeaders: authName === "" ? new Map() : context.auth(authName),
    timeout: Math.max(0, parameters.milliseconds("timeout", defaultTimeout)),
    disallowHttp,
    trust,
  };
}
