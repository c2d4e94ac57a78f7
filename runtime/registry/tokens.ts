/** Answering a registry's challenge (`docker.md` 17.3): a bearer token from the service that it names. */
import { parseChallenges } from "../docker/challenge.js";
import { isLocalRegistry } from "../docker/references.js";
import type { HttpResponse } from "../host/host.js";
import { isJsonObject, parseJson } from "../json.js";
import type { Credentials } from "./docker-config.js";
import type { Endpoint } from "./endpoints.js";
import { RegistryError } from "./failure.js";
import { publicAddress, type Traffic } from "./traffic.js";

export interface TokenRequest {
  readonly endpoint: Endpoint;
  /** The repository's name within the registry. */
  readonly name: string;
  readonly use: "read" | "write";
  readonly credentials: Credentials | undefined;
}

const scopes = { read: "pull", write: "pull,push" } as const;
const clientName = "chalk";

/** The header that credentials give without any challenge. */
export function headerOf(credentials: Credentials | undefined): string | undefined {
  if (credentials?.kind === "basic") return `Basic ${credentials.encoded}`;
  return credentials?.kind === "bearer" ? `Bearer ${credentials.token}` : undefined;
}

/** Credentials go to the token service too, so it must not be easier to listen to than the registry. */
function checkedRealm(realm: string, endpoint: Endpoint): URL {
  let url: URL;
  try {
    url = new URL(realm, endpoint.url);
  } catch {
    throw new RegistryError("invalid", `${endpoint.url}: the token service's address is no URL`);
  }
  const isPlain = url.protocol === "http:" && (endpoint.url.startsWith("http:") || isLocalRegistry(url.host));
  if (url.protocol !== "https:" && !isPlain)
    throw new RegistryError("invalid", `${endpoint.url}: a token service without TLS is not asked (${url.origin})`);
  return url;
}

function tokenOf(response: HttpResponse): string | undefined {
  const parsed = parseJson(response.body);
  if (!("value" in parsed) || !isJsonObject(parsed.value)) return undefined;
  for (const name of ["token", "access_token"]) {
    const value = parsed.value.get(name);
    if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  }
  return undefined;
}

/** The header for the next attempt after a 401; undefined if the challenge cannot be answered. Throws a `RegistryError`. */
export async function answerChallenge(traffic: Traffic, challenge: string, request: TokenRequest): Promise<string | undefined> {
  const { endpoint, name, use, credentials } = request;
  const bearer = parseChallenges(challenge).find(({ realm }) => realm !== undefined);
  if (bearer?.realm === undefined) return undefined;
  const url = checkedRealm(bearer.realm, endpoint);
  const parameters = new Map(Object.entries(bearer.parameters));
  // Why the last token wasn't taken is no question to the service.
  for (const told of ["error", "error_description"]) parameters.delete(told);
  if (!parameters.has("scope")) parameters.set("scope", `repository:${name}:${scopes[use]}`);
  // The trust that a registry was given holds for a token service on the same host only.
  const own = new URL(endpoint.url).hostname === url.hostname;
  const at: Endpoint = own ? endpoint : { url: url.origin, source: endpoint.source, mirror: false, insecure: false };
  let response: HttpResponse;
  if (credentials?.kind === "identity") {
    const form = new URLSearchParams([...parameters]);
    form.set("grant_type", "refresh_token");
    form.set("client_id", clientName);
    form.set("refresh_token", credentials.token);
    response = await traffic.exchange(at, {
      method: "POST",
      url: url.href,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
  } else {
    for (const [key, value] of parameters) url.searchParams.append(key, value);
    const authorization = credentials?.kind === "basic" ? headerOf(credentials) : undefined;
    const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
    response = await traffic.exchange(at, { method: "GET", url: url.href, headers });
  }
  const where = publicAddress(url.href);
  if (response.status !== 200)
    throw new RegistryError("refused", `${where}: no token: ${response.status} ${response.statusText}`.trim(), response.status);
  const token = tokenOf(response);
  if (token === undefined) throw new RegistryError("invalid", `${where}: the answer holds no token`);
  return `Bearer ${token}`;
}
