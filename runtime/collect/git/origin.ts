/** Where a repository comes from (`collection.md` 5.4): the choice of the remote, rewriting of its URL, and removal of credentials. */
import type { GitConfig } from "./config.js";

/** The value of `ORIGIN_URI` for a repository without remotes. */
export const localOrigin = "local";

export interface Remote {
  /** What `git fetch` is told. */
  readonly name: string;
  /** After rewriting, with credentials. */
  readonly url: string;
}

/** Rewrites a URL by the longest `url.<base>.insteadOf` that it begins with. */
function rewritten(config: GitConfig, url: string): string {
  let best = { prefix: "", base: "" };
  for (const base of config.subsections("url"))
    for (const prefix of config.all("url", base, "insteadof"))
      if (url.startsWith(prefix) && prefix.length > best.prefix.length) best = { prefix, base };
  return best.base + url.slice(best.prefix.length);
}

/** The remote of a branch, else `origin`, else the first one; undefined if there is none. */
export function chooseRemote(config: GitConfig, branch: string | undefined): Remote | undefined {
  const configured = branch === undefined ? undefined : config.last("branch", branch, "remote");
  const named = (name: string): Remote | undefined => {
    const url = config.all("remote", name, "url")[0];
    return url === undefined || url === "" ? undefined : { name, url: rewritten(config, url) };
  };
  for (const name of [configured, "origin"]) {
    const remote = name === undefined ? undefined : named(name);
    if (remote !== undefined) return remote;
    // A branch may name the place itself instead of a remote.
    if (name === configured && name !== undefined && /[:/]/.test(name)) return { name, url: rewritten(config, name) };
  }
  for (const name of config.subsections("remote")) {
    const remote = named(name);
    if (remote !== undefined) return remote;
  }
  return undefined;
}

/** The URL without user and password, which only web addresses hold as a secret. */
export function withoutCredentials(url: string): string {
  const [, scheme, rest] = /^(https?:\/\/)(.*)$/is.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return url;
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  return scheme + rest.slice(authority.lastIndexOf("@") + 1);
}
