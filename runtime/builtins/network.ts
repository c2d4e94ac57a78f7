/** HTTP from configurations (`builtins.md` 8). Failures are texts that begin with `ERR `, so that a configuration can test for them. */
import { HostError, type HttpResponse } from "../host/host.js";
import { stringDict } from "../operations.js";
import { reasonOf } from "../reason.js";
import { decodeBytes, encodeText } from "../text.js";
import { valueText } from "../text-form.js";
import type { DictValue, Value } from "../values.js";
import { type Builtin, defineBuiltins, type Implementation } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

/** For the whole exchange, redirects included. */
const timeLimit = 5000;
const maxRedirects = 3;

interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly body?: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust?: string;
}

class TransportFailure extends Error {}

function perform(exchange: Exchange, call: BuiltinCall): HttpResponse {
  const end = call.host.clock.monotonic() + timeLimit;
  let { method, url, body } = exchange;
  for (let redirects = 0; ; redirects++) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
    if (scheme !== "http" && scheme !== "https") throw new TransportFailure("only http and https URLs are supported");
    if (exchange.trust !== undefined && scheme === "http") throw new TransportFailure("a pinned certificate needs an https URL");
    const timeout = Math.ceil(end - call.host.clock.monotonic());
    if (timeout <= 0) throw new TransportFailure("timed out");
    const response = call.host.network.requestSync({
      method,
      url,
      headers: exchange.headers,
      timeout,
      ...(body === undefined ? {} : { body }),
      ...(exchange.trust === undefined ? { roots: "system, then bundled" } : { trust: exchange.trust }),
    });
    const target = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(response.status) || target === undefined || redirects >= maxRedirects)
      return response;
    url = new URL(target, url).href;
    if (response.status < 307) {
      method = "GET";
      body = undefined;
    }
  }
}

function exchange(request: Exchange, call: BuiltinCall): string {
  const note = (failed: boolean) => call.effects.record(request.method, failed ? `${request.url} (failed)` : request.url);
  try {
    const response = perform(request, call);
    const good = response.status >= 200 && response.status < 300;
    note(!good);
    return good ? decodeBytes(response.body) : `ERR ${response.status} ${response.statusText}`.trimEnd();
  } catch (error) {
    note(true);
    const reason = error instanceof HostError ? error.code : reasonOf(error);
    return `ERR 000 ${reason}`;
  }
}

function headers(call: BuiltinCall, more: DictValue | undefined): Record<string, string> {
  const result: Record<string, string> = { "user-agent": `chalk/${call.runtime.services.version()}` };
  for (const [key, value] of more?.entries.values() ?? []) {
    if (valueText(key).toLowerCase() === "user-agent") delete result["user-agent"];
    result[valueText(key)] = valueText(value);
  }
  return result;
}

/** The PEM text of a pinned certificate, or the failure text. */
function pin(path: string, call: BuiltinCall): { readonly trust: string } | { readonly failure: string } {
  try {
    return { trust: decodeBytes(call.effects.files.read(call.effects.resolve(path))) };
  } catch {
    return { failure: `ERR 000 cannot read certificate ${path}` };
  }
}

function get([url, certificate]: readonly Value[], call: BuiltinCall): Value {
  const request = { method: "GET", url: url as string, headers: headers(call, undefined) } as const;
  if (certificate === undefined) return exchange(request, call);
  const pinned = pin(certificate as string, call);
  return "failure" in pinned ? pinned.failure : exchange({ ...request, ...pinned }, call);
}

function post([url, body, given, certificate]: readonly Value[], call: BuiltinCall): Value {
  const request = {
    method: "POST",
    url: url as string,
    body: encodeText(body as string),
    headers: headers(call, given as DictValue),
  } as const;
  if (certificate === undefined) return exchange(request, call);
  const pinned = pin(certificate as string, call);
  return "failure" in pinned ? pinned.failure : exchange({ ...request, ...pinned }, call);
}

function mimeToDict([text]: readonly Value[]): Value {
  const pairs: [string, string][] = [];
  for (const line of (text as string).split("\n")) {
    const colon = line.indexOf(":");
    if (colon >= 0) pairs.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return stringDict(pairs);
}

const disabled: Implementation = () => "ERR 000 network disabled";

export const parsingBuiltins: readonly Builtin[] = defineBuiltins(
  "parsing",
  ["pure"],
  [["mime_to_dict", "(string) -> dict[string, string]", "Reads lines of the form NAME: VALUE.", mimeToDict]],
);

export const networkBuiltins: readonly Builtin[] = defineBuiltins(
  "network",
  ["network"],
  [
    ["url_get", "(string) -> string", "Fetches a URL; the text begins with ERR if that fails.", get, { simulate: disabled }],
    [
      "url_get_pinned",
      "(string, string) -> string",
      "As url_get, trusting only the certificates in a PEM file.",
      get,
      { simulate: disabled },
    ],
    [
      "url_post",
      "(string, string, dict[string, string]) -> string",
      "Posts a body with the given headers; the text begins with ERR if that fails.",
      post,
      { simulate: disabled },
    ],
    [
      "url_post_pinned",
      "(string, string, dict[string, string], string) -> string",
      "As url_post, trusting only the certificates in a PEM file.",
      post,
      { simulate: disabled },
    ],
    [
      "external_ip",
      "() -> string",
      "Address of the interface that leads to the internet.",
      (_, call) => call.host.network.localAddressTowards("1.1.1.1") ?? "",
      { simulate: () => "" },
    ],
  ],
);
