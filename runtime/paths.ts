/** File names as settings give them: `~` expanded, made absolute against the working directory, normalised; symbolic links are not followed. */
import type { Host } from "./host/host.js";

/** Removes `.`, `..` and doubled slashes from an absolute path. */
export function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  return `/${kept.join("/")}`;
}

/** The absolute form of a name; undefined if it begins with `~` and that home directory is unknown. */
export function resolvePath(host: Host, name: string): string | undefined {
  if (!name.startsWith("~")) return normalizePath(name.startsWith("/") ? name : `${host.processes.cwd()}/${name}`);
  const slash = name.indexOf("/");
  const user = name.slice(1, slash < 0 ? undefined : slash);
  const home = user === "" ? host.machine.home() : host.machine.home(user);
  if (home === undefined || home === "") return undefined;
  const absolute = home.startsWith("/") ? home : `${host.processes.cwd()}/${home}`;
  return normalizePath(slash < 0 ? absolute : `${absolute}${name.slice(slash)}`);
}

/** The directory that an absolute path stands in. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** What stands behind the last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
