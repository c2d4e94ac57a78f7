/**
 * Where components come from (`language.md` 7.1): what a `use` means as a key, fetching a key from disk or over HTTPS, and the table of sources that the
 * program may store with its configuration and preload later, so that nothing is fetched then.
 */
import type { ComponentLoader } from "../../compiler/context.js";
import { decodeSource, isBinary } from "../../grammar/source.js";
import { joinPaths, parentOf, resolvePath } from "../effects/paths.js";
import { type Host, HostError, type HttpResponse } from "../host/host.js";
import { reasonOf } from "../reason.js";

/** A component's source as it was fetched. */
export interface ComponentSource {
  readonly text: string;
  /** Hex SHA-256 of the text. */
  readonly sha256: string;
}

const maxRedirects = 3;
/** Milliseconds; `policy.component_timeout`. */
export const defaultComponentTimeout = 10_000;

/** What failing reads mean, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "permission denied",
  EISDIR: "it is a directory",
};

type Loaded = ReturnType<ComponentLoader["load"]>;
type LoadFailure = Extract<Loaded, { code: string }>;

/** Loads components through a host and keeps what it has loaded. */
export class Components implements ComponentLoader {
  readonly sources = new Map<string, ComponentSource>();
  timeout: number;
  private readonly host: Host;

  constructor(host: Host, timeout: number = defaultComponentTimeout) {
    this.host = host;
    this.timeout = timeout;
  }

  /** Makes a source known, so that it is not fetched. */
  preload(key: string, text: string): void {
    this.sources.set(key, { text, sha256: this.host.hashing.hex("sha256", text) });
  }

  /** Forgets a source, so that it is fetched again. */
  forget(key: string): void {
    this.sources.delete(key);
  }

  key(module: string, location: string | undefined, from: string): string {
    if (location === undefined || location === "") return joinPaths(parentOf(this.host.processes.executable), module);
    if (/^https?:\/\//.test(location)) return `${location.replace(/\/+$/, "")}/${module}`;
    return joinPaths(this.directory(location, module, from), module);
  }

  /** A local location as an absolute path. One that is relative may also stand beside the using file. */
  private directory(location: string, module: string, from: string): string {
    const home = (user?: string) => this.host.machine.home(user);
    const cwd = this.host.processes.cwd();
    let path: string;
    try {
      path = resolvePath(location, cwd, home);
    } catch {
      // Without a home directory the path stays as written, and is not found.
      return location;
    }
    const isRelative = !location.startsWith("/") && !location.startsWith("~");
    if (!isRelative || this.exists(joinPaths(path, module))) return path;
    const beside = resolvePath(location, resolvePath(parentOf(from), cwd, home), home);
    return this.exists(joinPaths(beside, module)) ? beside : path;
  }

  private exists(key: string): boolean {
    return this.sources.has(key) || this.host.files.find(`${key}.c4m`) !== undefined;
  }

  load(key: string): Loaded {
    const file = `${key}.c4m`;
    const known = this.sources.get(key);
    if (known !== undefined) return { file, text: known.text };
    const fetched = key.startsWith("http://")
      ? { code: "C4M-M003" as const, message: `components are not fetched over http: ${file}` }
      : key.startsWith("https://")
        ? this.fetch(file)
        : this.read(file);
    if ("code" in fetched) return fetched;
    if (isBinary(fetched))
      return { code: "C4M-M001" as const, message: `cannot read component ${file}: it is a binary file, not a configuration` };
    const { text } = decodeSource(file, fetched).source;
    this.sources.set(key, { text, sha256: this.host.hashing.hex("sha256", fetched) });
    return { file, text };
  }

  private read(path: string): Uint8Array | LoadFailure {
    try {
      return this.host.files.readBytes(path);
    } catch (error) {
      const reason = error instanceof HostError ? (reasons[error.code] ?? error.code) : String(error);
      return { code: "C4M-M001", message: `cannot read component ${path}: ${reason}` };
    }
  }

  private fetch(url: string): Uint8Array | LoadFailure {
    try {
      const response = this.request(url);
      if (response.status < 200 || response.status > 299)
        return { code: "C4M-M002", message: `cannot fetch component ${url}: ${response.status} ${response.statusText}` };
      if (response.body.length === 0) return { code: "C4M-M002", message: `cannot fetch component ${url}: the answer is empty` };
      return response.body;
    } catch (error) {
      const reason = error instanceof HostError ? error.code : reasonOf(error);
      return { code: "C4M-M002", message: `cannot fetch component ${url}: ${reason}` };
    }
  }

  private request(url: string): HttpResponse {
    const end = this.host.clock.monotonic() + this.timeout;
    let place = url;
    for (let redirects = 0; ; redirects++) {
      const timeout = Math.ceil(end - this.host.clock.monotonic());
      if (timeout <= 0) throw new HostError("ETIMEDOUT", "request", url);
      const response = this.host.network.requestSync({
        method: "GET",
        url: place,
        headers: {},
        timeout,
        roots: "system, then bundled",
      });
      const target = response.headers.location;
      if (![301, 302, 303, 307, 308].includes(response.status) || target === undefined || redirects >= maxRedirects)
        return response;
      place = new URL(target, place).href;
      if (!place.startsWith("https://")) throw new Error(`redirected to ${place}, which is not https`);
    }
  }
}
