/** Which chalk executable goes into an image (`docker.md` 10.5). */
import type { Host } from "../host/host.js";
import { baseName } from "../paths.js";
import { normalizedText, type Platform, parsePlatform, samePlatform } from "./platforms.js";
import type { DockerSettings } from "./settings.js";

export interface BinarySearch {
  readonly host: Host;
  readonly settings: DockerSettings;
  readonly ownPlatform: Platform;
  readonly version: string;
  readonly commit: string;
  readonly isChalk: (path: string) => boolean;
  readonly log: (level: "error" | "warn" | "info" | "trace", message: string) => void;
  /** Fetches an address; undefined if that fails. */
  readonly fetch: (url: string) => Uint8Array | undefined;
}

/** There is no binary for the platform. */
export class NoBinary extends Error {}

function expandHome(host: Host, path: string): string {
  return path === "~" || path.startsWith("~/") ? `${host.machine.home() ?? ""}${path.slice(1)}` : path;
}

function isProgram(host: Host, path: string): boolean {
  return host.files.find(path)?.kind === "file" && host.files.canAccess(path, "execute");
}

/** Fills `{version}`, `{os}` … in. */
function render(pattern: string, search: BinarySearch, platform: Platform): string {
  const values: Readonly<Record<string, string>> = { version: search.version, commit: search.commit, ...platform };
  return pattern.replace(/\{(version|commit|os|architecture|variant)\}/g, (_, name: string) => values[name] ?? "");
}

/** Names under which a binary may lie in `docker.arch_binary_locations_path`, in order. */
function storedNames(search: BinarySearch, platform: Platform): string[] {
  const { os, architecture, variant } = platform;
  const plain = ["chalk-{commit}-{os}-{architecture}", "chalk-{version}-{os}-{architecture}", "chalk-{os}-{architecture}"];
  const patterns = variant === "" ? plain : [...plain.map((name) => `${name}-{variant}`), ...plain];
  return [
    ...search.settings.downloadUrls.map((url) => baseName(render(url, search, platform))),
    ...patterns.map((pattern) => render(pattern, search, platform)),
    `${os}/${architecture}${variant === "" ? "" : `/${variant}`}/chalk`,
  ];
}

function fromSettings(search: BinarySearch, platform: Platform): string | undefined {
  const { host, settings, log } = search;
  for (const [key, value] of settings.binaries) {
    if (!samePlatform(parsePlatform(key, search.ownPlatform), platform)) continue;
    const path = expandHome(host, value);
    if (host.files.find(path)?.kind !== "file")
      log("warn", `docker: docker.arch_binary_locations: ${key}: ${path} does not exist`);
    else if (!isProgram(host, path)) log("warn", `docker: docker.arch_binary_locations: ${key}: ${path} is not executable`);
    else if (!search.isChalk(path)) log("warn", `docker: docker.arch_binary_locations: ${key}: ${path} is no chalk executable`);
    else return path;
  }
  return undefined;
}

function download(search: BinarySearch, platform: Platform, directory: string): string | undefined {
  const { host, settings, log } = search;
  if (!settings.downloadBinaries) return undefined;
  for (const pattern of settings.downloadUrls) {
    const url = render(pattern, search, platform);
    const content = search.fetch(url);
    if (content === undefined) continue;
    host.files.makeDirectories(directory);
    const path = `${directory}/${baseName(url)}`;
    host.files.replace(path, content, 0o755);
    log("info", `docker: ${url} is stored as ${path}`);
    return path;
  }
  return undefined;
}

/** Path of the executable for a platform (normalised). Throws `NoBinary`. */
export function findBinary(search: BinarySearch, platform: Platform): string {
  const { host, log } = search;
  const found = (path: string): string => {
    log("info", `docker: the binary for ${normalizedText(platform)} is ${path}`);
    return path;
  };
  if (samePlatform(platform, search.ownPlatform)) return found(host.processes.executable);
  const configured = fromSettings(search, platform);
  if (configured !== undefined) return found(configured);
  const directory = expandHome(host, search.settings.binaryDirectory);
  for (const name of storedNames(search, platform))
    if (isProgram(host, `${directory}/${name}`)) return found(`${directory}/${name}`);
  const fetched = download(search, platform, directory);
  if (fetched !== undefined) return found(fetched);
  throw new NoBinary(`no chalk binary for ${normalizedText(platform)}; name one in docker.arch_binary_locations`);
}
