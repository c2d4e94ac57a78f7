/** Keys from what `docker inspect` says about images and containers, and the facts that wrapping needs (`docker.md` 13.3, 14.5, 7.1). */
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../json.js";
import type { BaseConfig } from "./effective.js";
import { containerRows, imageRows, type Row } from "./inspect-tables.js";
import { normalizedText, type Platform } from "./platforms.js";

export interface InspectOptions {
  /** Report empty texts, lists and objects too. */
  readonly reportEmpty: boolean;
  /** The containerd image store: image ids are no digests of configurations. */
  readonly overlayfs: boolean;
}

/** A member by name, without regard to case. */
function member(object: Json | undefined, name: string): Json | undefined {
  if (!isJsonObject(object)) return undefined;
  for (const [key, value] of object) if (key.toLowerCase() === name) return value;
  return undefined;
}

/** The value at a path of lower-case names. */
function at(json: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce(member, json);
}

const textAt = (json: JsonObject, ...path: string[]): string => {
  const value = at(json, path);
  return typeof value === "string" ? value : "";
};

/** A digest without its algorithm. */
export function plainDigest(text: string): string {
  return text.replace(/^sha256:/, "");
}

function lowerNames(value: Json, keepTop: boolean): Json {
  if (isJsonList(value)) return value.map((item) => lowerNames(item, false));
  if (!isJsonObject(value)) return value;
  return new Map([...value].map(([name, inner]) => [keepTop ? name : name.toLowerCase(), lowerNames(inner, false)] as const));
}

function isEmpty(value: Json): boolean {
  return value === "" || (isJsonList(value) && value.length === 0) || (isJsonObject(value) && value.size === 0);
}

function mapRows(json: JsonObject, table: readonly Row[], options: InspectOptions): Map<string, Json> {
  const keys = new Map<string, Json>();
  for (const { path, key, usersNames, digest } of table) {
    const found = at(json, path);
    if (found === undefined || found === null || (isEmpty(found) && !options.reportEmpty)) continue;
    const before = keys.get(key);
    if (before !== undefined && !isEmpty(before)) continue;
    const value = lowerNames(found, usersNames);
    keys.set(key, digest && typeof value === "string" ? plainDigest(value) : value);
  }
  return keys;
}

/** The platform that inspection names; undefined if it names none. */
export function platformOfInspect(json: JsonObject): Platform | undefined {
  const platform = { os: textAt(json, "os"), architecture: textAt(json, "architecture"), variant: textAt(json, "variant") };
  return platform.os === "" || platform.architecture === "" ? undefined : platform;
}

/** Keys of an image. */
export function imageKeys(json: JsonObject, options: InspectOptions): Map<string, Json> {
  const keys = mapRows(json, imageRows, options);
  const id = plainDigest(textAt(json, "id"));
  if (id !== "") keys.set("_CURRENT_HASH", id);
  if (!keys.has("_IMAGE_CONFIG_DIGEST") && !options.overlayfs && id !== "") keys.set("_IMAGE_CONFIG_DIGEST", id);
  keys.set("_OP_ARTIFACT_TYPE", "Docker Image");
  const platform = platformOfInspect(json);
  if (platform !== undefined) keys.set("DOCKER_PLATFORM", normalizedText(platform));
  return keys;
}

/** Keys of a container. */
export function containerKeys(json: JsonObject, options: InspectOptions): Map<string, Json> {
  const keys = mapRows(json, containerRows, options);
  const name = keys.get("_INSTANCE_NAME");
  if (typeof name === "string") keys.set("_INSTANCE_NAME", name.replace(/^\//, ""));
  const id = keys.get("_INSTANCE_CONTAINER_ID");
  if (typeof id === "string") keys.set("_CURRENT_HASH", id);
  keys.set("_OP_ARTIFACT_TYPE", "Docker Container");
  return keys;
}

function textsAt(json: JsonObject, ...path: string[]): readonly string[] | undefined {
  const value = at(json, path);
  return isJsonList(value) ? value.filter((item) => typeof item === "string") : undefined;
}

/** What wrapping needs to know of a base image. */
export function baseConfigOf(json: JsonObject): BaseConfig {
  const environment = Object.fromEntries(
    (textsAt(json, "config", "env") ?? []).map((text) => {
      const equals = text.indexOf("=");
      return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  ) as Record<string, string>;
  return {
    entrypoint: textsAt(json, "config", "entrypoint"),
    cmd: textsAt(json, "config", "cmd"),
    shell: textsAt(json, "config", "shell"),
    user: textAt(json, "config", "user"),
    onBuild: textsAt(json, "config", "onbuild"),
    environment,
  };
}
