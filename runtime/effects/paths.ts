/**
 * Paths as c4m programs write them (`builtins.md` 0.7): purely lexical work on POSIX paths; symlinks are not followed.
 */
import { Failure } from "../failure.js";

/** Removes `.`, `..` and repeated slashes; a relative path stays relative. The empty path is `.`. */
export function normalizePath(path: string): string {
  const absolute = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else if (!absolute) parts.push("..");
  }
  const text = parts.join("/");
  if (absolute) return `/${text}`;
  return text === "" ? "." : text;
}

/** Two paths with one slash between them, normalised. */
export function joinPaths(a: string, b: string): string {
  if (a === "") return normalizePath(b);
  return normalizePath(b === "" ? a : `${a}/${b}`);
}

/** Everything before the last slash, and everything behind it; a trailing slash doesn't count as content. */
export function splitPath(path: string): readonly [directory: string, name: string] {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ["", path];
  return [slash === 0 ? "/" : path.slice(0, slash), path.slice(slash + 1)];
}

export function parentOf(path: string): string {
  return splitPath(path)[0];
}

/** Home directory of the own user (no argument) or of another one. */
export type HomeLookup = (user?: string) => string | undefined;

/**
 * An absolute, normalised path: empty is the working directory, `~` the home directory, `~name` that of another user, by the user database or else
 * as a sibling of the own one. Throws C4M-E021 if no home directory is known.
 */
export function resolvePath(path: string, cwd: string, home: HomeLookup): string {
  if (!path.startsWith("~")) return path.startsWith("/") ? normalizePath(path) : normalizePath(`${cwd}/${path}`);
  const slash = path.indexOf("/");
  const user = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const rest = slash < 0 ? "" : path.slice(slash);
  const own = home();
  const base = user === "" ? own : (home(user) ?? (own === undefined ? undefined : `${parentOf(own)}/${user}`));
  if (base === undefined) throw new Failure("C4M-E021", `no home directory is known for '${path}'`, { actual: path });
  return normalizePath(`${base}${rest}`);
}
