/**
 * One container of a pod as its manifest declares it (`collection.md` 9, step 5): digests of the variables and files that were given to it, and its ports.
 * Whatever is different in each replica (the pod's name, its address) is left out, so that equal deployments give equal digests.
 */
import type { Host } from "../../host/host.js";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "../../json.js";
import { normalizePath } from "../../paths.js";
import { textAt } from "../questions.js";

/** A part of a manifest that has another type than it should have. */
class ManifestProblem extends Error {}

function listAt(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object.get(name) ?? [];
  if (!isJsonList(value) || !value.every(isJsonObject)) throw new ManifestProblem(`${name} is not a list of objects`);
  return value as readonly JsonObject[];
}

function textOf(object: JsonObject, name: string): string {
  const value = object.get(name);
  if (typeof value !== "string") throw new ManifestProblem(`${name} is not a string`);
  return value;
}

function objectAt(object: JsonObject, name: string): JsonObject | undefined {
  const value = object.get(name) ?? undefined;
  if (value !== undefined && !isJsonObject(value)) throw new ManifestProblem(`${name} is not an object`);
  return value;
}

/** The container of that name; undefined if the pod has none. Throws if the manifest is malformed. */
export function findContainer(manifest: JsonObject, name: string): JsonObject | undefined {
  const spec = objectAt(manifest, "spec");
  return spec === undefined ? undefined : listAt(spec, "containers").find((container) => textAt(container, "name") === name);
}

/** Is the variable filled in from the pod itself (downward API)? */
const isDownward = (entry: JsonObject): boolean => {
  const source = objectAt(entry, "valueFrom");
  return source !== undefined && isJsonObject(source.get("fieldRef"));
};

/** Digests of the declared variables by name, made of the values that we have. */
export function variableHashes(container: JsonObject, host: Host, ignored: readonly string[]): Map<string, Json> {
  const entries = listAt(container, "env");
  const value = (entry: JsonObject) => host.processes.variable(textOf(entry, "name")) ?? "";
  const downward = entries
    .filter(isDownward)
    .map((entry) => [textOf(entry, "name"), value(entry)] as const)
    .filter(([, text]) => text !== "")
    // A value that is part of another one must not break it up.
    .sort(([, one], [, other]) => other.length - one.length);
  const found = new Map<string, Json>();
  for (const entry of entries) {
    const name = textOf(entry, "name");
    if (isDownward(entry) || ignored.includes(name)) continue;
    let stable = value(entry);
    for (const [other, text] of downward) stable = stable.replaceAll(text, () => `$(${other})`);
    found.set(name, host.hashing.hex("sha256", stable));
  }
  return found;
}

const join = (directory: string, name: string) => normalizePath(`${directory}/${name}`);

function isFile(host: Host, path: string): boolean {
  try {
    return host.files.find(path)?.kind === "file";
  } catch {
    return false;
  }
}

/** Names in a mounted directory, without the volume's own (`..data`, `..2025_11_02…`), through which the others are links. */
function namesIn(host: Host, directory: string): readonly string[] {
  try {
    return host.files.list(directory).filter((name) => !name.startsWith(".."));
  } catch {
    return [];
  }
}

/** The files that one mount of a config map or secret brings. */
function filesOf(host: Host, mount: JsonObject, content: JsonObject): readonly string[] {
  const path = normalizePath(textOf(mount, "mountPath"));
  if (textAt(mount, "subPath") !== undefined) return [path];
  const items = listAt(content, "items");
  const names = items.length > 0 ? items.map((item) => textOf(item, "path")) : namesIn(host, path);
  return names.map((name) => join(path, name));
}

/** Digests of the files that config maps and secrets put into the container, by path. */
export function mountHashes(
  manifest: JsonObject,
  container: JsonObject,
  host: Host,
  ignored: readonly string[],
): Map<string, Json> {
  const volumes = new Map(
    listAt(objectAt(manifest, "spec") ?? new Map(), "volumes").map((volume) => [textOf(volume, "name"), volume]),
  );
  const found = new Map<string, Json>();
  for (const mount of listAt(container, "volumeMounts")) {
    const volume = volumes.get(textOf(mount, "name"));
    const content = volume && (objectAt(volume, "configMap") ?? objectAt(volume, "secret"));
    if (content === undefined || ignored.includes(textOf(mount, "mountPath"))) continue;
    for (const path of filesOf(host, mount, content)) {
      if (!isFile(host, path)) continue;
      try {
        found.set(path, host.hashing.hex("sha256", host.files.readBytes(path)));
      } catch {
        // Not for us to read, or gone meanwhile.
      }
    }
  }
  return found;
}

/** The declared ports, `8080/TCP`. */
export function ports(container: JsonObject): readonly string[] {
  return listAt(container, "ports").map((port) => {
    const number = port.get("containerPort");
    if (typeof number !== "number" && typeof number !== "bigint") throw new ManifestProblem("containerPort is not a number");
    return `${number}/${textAt(port, "protocol") ?? "TCP"}`;
  });
}
