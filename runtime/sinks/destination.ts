/**
 * The file behind a `file` or `rotating_log` sink (`runtime-core.md` 11.4): found at the first message by trying the configured place, then the search
 * path, then a fresh temporary directory. Every message is one `write` on an append-mode descriptor that is opened for it alone, so nothing is buffered
 * that a fork could write twice or a kill could lose, and a log that someone rotates or removes is simply made anew.
 */
import type { Host } from "../host/host.js";
import { HostError } from "../host/host.js";
import { baseName, directoryOf, resolvePath } from "../paths.js";
import { SinkConfigurationError, type SinkContext, SinkFailure } from "./types.js";

export interface Destination {
  /** Appends in one piece and tells which file it went to. Throws a `SinkFailure` of gravity `unwritable`. */
  append(text: string): string;
}

export interface DestinationOptions {
  readonly useSearchPath: boolean;
  /** Wraps each append, for sinks that must hold a lock meanwhile. */
  readonly around?: (file: string, append: () => void) => void;
}

const reason = (error: unknown) => (error instanceof HostError ? error.code : String(error));

/** Can the file be written, or made, where its directory exists already? A directory that doesn't exist yet says nothing. */
function seemsWritable(host: Host, path: string): boolean {
  const { files } = host;
  try {
    if (files.find(path) !== undefined) return files.canAccess(path, "write");
    const directory = directoryOf(path);
    return files.find(directory) === undefined || files.canAccess(directory, "write");
  } catch {
    return true;
  }
}

/** Resolves the configured name. Throws a `SinkConfigurationError` if that is impossible or the place is plainly not writable (11.2). */
export function openDestination(context: SinkContext, options: DestinationOptions): Destination {
  const { host, name, parameters } = context;
  const { files } = host;
  const configured = parameters.string("filename", "");
  if (configured === "") throw new SinkConfigurationError("no filename is set");
  const wanted = resolvePath(host, configured);
  if (wanted === undefined)
    throw new SinkConfigurationError(`${configured} is not writable: there is no home directory that ~ could stand for`, true);
  if (!seemsWritable(host, wanted)) throw new SinkConfigurationError(`${wanted} is not writable`, true);

  let current: string | undefined;

  function put(path: string, text: string): void {
    const append = () => files.append(path, text);
    if (options.around === undefined) append();
    else options.around(path, append);
  }

  /** Files to try, in order; the temporary directory is only made when its turn comes. */
  function* candidates(): Generator<string> {
    yield wanted as string;
    if (!options.useSearchPath) return;
    const searchPath = parameters.strings(
      "log_search_path",
      context.settings.strings("log_search_path", ["/var/log/chalk/", "~/.log/chalk/", "."]),
    );
    for (const directory of searchPath) {
      const resolved = resolvePath(host, directory);
      if (resolved !== undefined) yield `${resolved === "/" ? "" : resolved}/${baseName(wanted as string)}`;
    }
    yield `${files.makeTemporaryDirectory("chalk-", true)}/${baseName(wanted as string)}`;
  }

  function tryOne(path: string, text: string): void {
    if (options.useSearchPath) files.makeDirectories(directoryOf(path));
    put(path, text);
  }

  function search(text: string): string {
    let first: unknown;
    try {
      for (const path of candidates()) {
        try {
          tryOne(path, text);
          if (path !== wanted && path !== current)
            context.logger.warn(`sink '${name}': ${wanted} is not writable (${reason(first)}); writing to ${path} instead`);
          context.event("Open", path);
          return path;
        } catch (error) {
          first ??= error;
        }
      }
    } catch {
      // Not even a temporary directory could be made.
    }
    throw new SinkFailure("unwritable", `${wanted} is not writable: ${reason(first)}`);
  }

  function written(path: string): void {
    const message = parameters.string("on_write_msg", "").trim();
    if (message !== "" && path === wanted) context.logger.info(message);
  }

  return {
    append(text) {
      if (current !== undefined) {
        try {
          put(current, text);
          written(current);
          return current;
        } catch {
          // The place went away; look for one as at the first message.
        }
      }
      current = search(text);
      written(current);
      return current;
    },
  };
}
