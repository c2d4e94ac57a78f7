/**
 * Credentials in docker's `config.json` (`docker.md` 17.3): which entry of `auths` is for a repository, and which helper program keeps the others. Pure;
 * `credentials.ts` reads the file and runs the helpers.
 */

import { toBase64, utf8 } from "../base64.js";
import { hub, normalizedRegistry } from "../docker/references.js";
import { isJsonObject, type Json, type JsonObject, parseJson, textAt } from "../json.js";

/** What proves who we are. */
export type Credentials =
  /** `user:password` in base64, for an `Authorization: Basic` header. */
  | { readonly kind: "basic"; readonly encoded: string }
  /** A refresh token, which only the token service understands. */
  | { readonly kind: "identity"; readonly token: string }
  /** A token for the registry itself. */
  | { readonly kind: "bearer"; readonly token: string };

/** One member of `auths`. */
export interface AuthEntry {
  readonly registry: string;
  /** Path prefix within the registry that the entry is for; empty: all. */
  readonly namespace: string;
  readonly credentials: Credentials;
}

export interface DockerConfig {
  readonly entries: readonly AuthEntry[];
  /** Name of the helper for a registry. */
  readonly helpers: ReadonlyMap<string, string>;
  /** Name of the helper for all others; empty if there is none. */
  readonly store: string;
}

export const emptyDockerConfig: DockerConfig = { entries: [], helpers: new Map(), store: "" };

const apiVersion = /^v[12]$/;
/** The name becomes part of the name of a program. */
const helperName = /^[\w.-]+$/;

const objectAt = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

/** `user:password` in the form of a Basic header. */
export function encodeBasic(user: string, password: string): string {
  return toBase64(utf8(`${user}:${password}`));
}

/** Registry and namespace of a name in `auths` or `credHelpers`: `https://index.docker.io/v1/`, `registry.example:5000/team`. */
export function splitServer(name: string): { readonly registry: string; readonly namespace: string } {
  const [host = "", ...path] = name
    .trim()
    .replace(/^https?:\/\//i, "")
    .split("/")
    .filter((part, i) => i === 0 || part !== "");
  if (apiVersion.test(path[0] ?? "")) path.shift();
  return { registry: normalizedRegistry(host.toLowerCase()), namespace: path.join("/") };
}

function credentialsOf(entry: JsonObject): Credentials | undefined {
  const identity = textAt(entry, "identitytoken");
  if (identity !== "") return { kind: "identity", token: identity };
  const encoded = textAt(entry, "auth").trim();
  if (encoded !== "") {
    let decoded: string;
    try {
      decoded = new TextDecoder().decode(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
    } catch {
      return undefined;
    }
    const colon = decoded.indexOf(":");
    // Docker pads what it stores with zero bytes.
    return colon < 0
      ? undefined
      : { kind: "basic", encoded: encodeBasic(decoded.slice(0, colon), decoded.slice(colon + 1).replace(/\0+$/, "")) };
  }
  const [user, password] = [textAt(entry, "username"), textAt(entry, "password")];
  if (user !== "") return { kind: "basic", encoded: encodeBasic(user, password) };
  const bearer = textAt(entry, "registrytoken");
  return bearer === "" ? undefined : { kind: "bearer", token: bearer };
}

/** Reads the text of a `config.json`; undefined if it is no JSON object. Entries that cannot be understood are left out. */
export function readDockerConfig(text: string): DockerConfig | undefined {
  const parsed = parseJson(text);
  const json: Json | undefined = "value" in parsed ? parsed.value : undefined;
  if (!isJsonObject(json)) return undefined;
  const entries = [...objectAt(json, "auths")].flatMap(([name, value]): AuthEntry[] => {
    const credentials = isJsonObject(value) ? credentialsOf(value) : undefined;
    return credentials === undefined ? [] : [{ ...splitServer(name), credentials }];
  });
  const helpers = [...objectAt(json, "credHelpers")].flatMap(([name, helper]): [string, string][] =>
    typeof helper === "string" && helperName.test(helper) ? [[splitServer(name).registry, helper]] : [],
  );
  const store = textAt(json, "credsStore");
  return { entries, helpers: new Map(helpers), store: helperName.test(store) ? store : "" };
}

/** The entry for a repository: of its registry, with the longest namespace that its name is in. */
export function chooseEntry({ entries }: DockerConfig, registry: string, name: string): Credentials | undefined {
  let best: AuthEntry | undefined;
  for (const entry of entries) {
    const { namespace } = entry;
    if (entry.registry !== registry.toLowerCase()) continue;
    if (namespace !== "" && name !== namespace && !name.startsWith(`${namespace}/`)) continue;
    if (best === undefined || namespace.length > best.namespace.length) best = entry;
  }
  return best?.credentials;
}

/** What a credential helper prints: `{"Username": …, "Secret": …}`; undefined if it is something else. */
export function readHelperAnswer(text: string): Credentials | undefined {
  const parsed = parseJson(text);
  if (!("value" in parsed) || !isJsonObject(parsed.value)) return undefined;
  const [user, secret] = [textAt(parsed.value, "Username"), textAt(parsed.value, "Secret")];
  if (secret === "") return undefined;
  return user === "<token>" ? { kind: "identity", token: secret } : { kind: "basic", encoded: encodeBasic(user, secret) };
}

/** How credential helpers know a registry. */
export function helperServer(registry: string): string {
  return registry === hub ? "https://index.docker.io/v1/" : registry;
}
