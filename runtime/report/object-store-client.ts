/**
 * Talking to one object store (`runtime-core.md` 14): is the object there, and if not, put it there. Both are two-step requests through a service that signs
 * URLs (`sinks/http/presigned.ts`).
 */
import type { Host } from "../host/host.js";
import type { Settings } from "../settings/settings.js";
import { isSuccess, statusText } from "../sinks/http/attempts.js";
import { parseHttpUrl, readTrust } from "../sinks/http/config.js";
import { describingHeaders, mergeHeaders, type Sender } from "../sinks/http/headers.js";
import { type PresignedAnswer, presigned } from "../sinks/http/presigned.js";
import { parametersOf } from "../sinks/parameters.js";
import { SinkConfigurationError, SinkFailure } from "../sinks/types.js";

export interface StoredContent {
  /** `<KEY>.<id>`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export interface ObjectStore {
  /** Makes sure that the content is stored and returns the reference to it. Throws a `SinkFailure`. */
  keep(content: StoredContent): Promise<string>;
}

export interface StoreServices {
  readonly host: Host;
  readonly settings: Settings;
  readonly auth: (name: string) => ReadonlyMap<string, string>;
  readonly sender: Sender;
}

const defaultTimeout = 30_000;

/** Adds what the service wants to see in references (`x-chalk-object-query`) to a URL. */
function withQuery(url: string, answer: PresignedAnswer): string {
  const query = (answer.first.headers["x-chalk-object-query"] ?? "").replace(/^\?/, "");
  return query === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

/** Sets up the store of an `object_store_config`. Throws a `SinkConfigurationError` if it can't be used. */
export function connectStore(services: StoreServices, name: string): ObjectStore {
  const { host, settings, sender } = services;
  const section = `object_store_config.${name}`;
  const kind = settings.string(`${section}.object_store`, "");
  if (kind !== "presign") throw new SinkConfigurationError(`object store '${name}': unknown kind '${kind}'`);
  const parameters = parametersOf(settings, `${section}.object_store_presign`);
  const uri = parameters.string("uri", "");
  const queryAt = uri.includes("?") ? uri.indexOf("?") : uri.length;
  /** Objects lie below the path; a query of the configuration's stays behind it. */
  const urlOf = ({ name: object }: StoredContent) =>
    `${uri.slice(0, queryAt).replace(/\/+$/, "")}/${object}${uri.slice(queryAt)}`;
  const disallowHttp = parameters.bool("disallow_http", false);
  const isPlain = parseHttpUrl(uri, "uri").protocol === "http:";
  if (isPlain && disallowHttp)
    throw new SinkConfigurationError(`object store '${name}': uri is plain http, which disallow_http forbids`);
  const trust = readTrust({ parameters, host });
  if (isPlain && trust.trust !== undefined)
    throw new SinkConfigurationError(`object store '${name}': a pinned certificate needs an https uri, not '${uri}'`);
  const timeout = Math.max(0, parameters.milliseconds("timeout", defaultTimeout));
  const authHeaders = (field: string) => {
    const authName = parameters.string(field, "");
    return authName === "" ? new Map<string, string>() : services.auth(authName);
  };
  const auths = { HEAD: authHeaders("read_auth"), PUT: authHeaders("write_auth") };
  const configured = parameters.map("headers");

  function request(method: "HEAD" | "PUT", content: StoredContent): Promise<PresignedAnswer> {
    const { bytes, contentType } = content;
    const put = method === "PUT";
    const digest = host.hashing.hex("sha256", bytes);
    return presigned(host, {
      method,
      url: urlOf(content),
      headers: mergeHeaders(
        put ? [["Content-Type", contentType]] : [],
        configured,
        auths[method],
        describingHeaders(sender, put ? bytes.length : 0, digest),
      ),
      extraHeaders: put ? { "Content-Length": String(bytes.length), "Content-Type": contentType } : {},
      body: put ? bytes : undefined,
      timeout,
      trust,
      disallowHttp,
      what: `object store '${name}': ${method}`,
    });
  }

  /** The reference, if the object is there. */
  async function find(content: StoredContent): Promise<string | undefined> {
    const answer = await request("HEAD", content);
    if (answer.second.status === 404) return undefined;
    if (isSuccess(answer.second)) return withQuery(`presign+${urlOf(content)}`, answer);
    throw new SinkFailure("soft", `object store '${name}': HEAD failed: ${statusText(answer.second)}`);
  }

  async function put(content: StoredContent): Promise<string> {
    const answer = await request("PUT", content);
    if (isSuccess(answer.second)) return withQuery(`presign+${urlOf(content)}`, answer);
    throw new SinkFailure("soft", `object store '${name}': PUT failed: ${statusText(answer.second)}`);
  }

  return {
    async keep(content) {
      const found = await find(content);
      if (found !== undefined) return found;
      try {
        return await put(content);
      } catch (error) {
        // Another chalk may have won the race.
        const late = await find(content).catch(() => undefined);
        if (late !== undefined) return late;
        throw error;
      }
    },
  };
}
