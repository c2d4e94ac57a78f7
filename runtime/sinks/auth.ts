/**
 * Authentication for sinks and key providers (`runtime-core.md` 13): an `auth_config` section becomes request headers. Made at first use and kept.
 */
import { toBase64 } from "../base64.js";
import type { Host } from "../host/host.js";
import { parseJson } from "../json.js";
import type { Settings } from "../settings/settings.js";
import { SinkConfigurationError } from "./types.js";

const encoder = new TextEncoder();

function decodePart(part: string): string | undefined {
  if (!/^[A-Za-z0-9_-]*={0,2}$/.test(part)) return undefined;
  try {
    const binary = atob(part.replace(/=+$/, "").replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Does the token have three base64url parts, the first two of them JSON objects, and no `exp` that has passed? `now` in ms. */
export function isJwtValid(token: string, now: number): boolean {
  const parts = token.split(".");
  if (parts.length !== 3 || parts[2] === "" || !/^[A-Za-z0-9_=-]+$/.test(parts[2] as string)) return false;
  const [header, claims] = parts.slice(0, 2).map((part) => {
    const text = decodePart(part);
    const parsed = text === undefined ? undefined : parseJson(text);
    return parsed !== undefined && "value" in parsed && parsed.value instanceof Map ? parsed.value : undefined;
  });
  if (header === undefined || claims === undefined) return false;
  const expiry = claims.get("exp");
  if (expiry === undefined || expiry === null) return true;
  const seconds = typeof expiry === "number" || typeof expiry === "bigint" ? Number(expiry) : Number.NaN;
  return seconds === 0 || seconds * 1000 > now;
}

type Fields = (name: string) => string;
type AuthKind = (fields: Fields, host: Host) => Map<string, string>;

const kinds: Readonly<Record<string, AuthKind>> = {
  basic: (field) =>
    new Map([["Authorization", `Basic ${toBase64(encoder.encode(`${field("username")}:${field("password")}`))}`]]),
  jwt(field, host) {
    const token = field("token").trim();
    if (!isJwtValid(token, host.clock.now())) throw new SinkConfigurationError("the token is malformed or has expired");
    return new Map([["Authorization", `Bearer ${token}`]]);
  },
};

/**
 * Returns the function that gives the headers of an `auth_config` by name. It throws a `SinkConfigurationError` (without secrets) for unknown names,
 * unknown kinds, missing fields and tokens that are no longer valid.
 */
export function createAuths(host: Host, settings: () => Settings): (name: string) => ReadonlyMap<string, string> {
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const section = `auth_config.${name}`;
    const current = settings();
    if (!current.exists(section)) throw new SinkConfigurationError(`there is no auth_config '${name}'`);
    const kindName = current.string(`${section}.auth`, "");
    const kind = Object.hasOwn(kinds, kindName) ? kinds[kindName] : undefined;
    if (kind === undefined) throw new SinkConfigurationError(`auth_config '${name}': unknown kind of auth '${kindName}'`);
    const field: Fields = (fieldName) => {
      const value = current.value(`${section}.${fieldName}`);
      if (typeof value !== "string") throw new SinkConfigurationError(`auth_config '${name}': ${fieldName} is not set`);
      return value;
    };
    try {
      const headers = kind(field, host);
      known.set(name, headers);
      return headers;
    } catch (error) {
      if (error instanceof SinkConfigurationError && !error.message.startsWith("auth_config"))
        throw new SinkConfigurationError(`auth_config '${name}': ${error.message}`);
      throw error;
    }
  };
}
