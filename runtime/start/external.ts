/**
 * Where the external configuration is looked for (`runtime-core.md` 1.4). Apart from `configurations.ts` because `quick.ts` asks the same question before
 * anything else of the program is there.
 */
import { resolvePath } from "../effects/paths.js";
import { type Host, HostError } from "../host/host.js";
import type { Settings } from "../settings/settings.js";

/** An external configuration file that was found. */
export interface ExternalFile {
  readonly path: string;
  readonly legacyName: boolean;
}

/** The parts of the host that a search needs. */
export type SearchHost = Pick<Host, "files" | "processes" | "machine">;

/** A path with `~` and relative parts resolved; undefined if there is no home directory. */
export function resolvedPath(host: SearchHost, path: string): string | undefined {
  try {
    return resolvePath(path, host.processes.cwd(), (user) => host.machine.home(user));
  } catch {
    return undefined;
  }
}

/** Is there a file? A place that we may not look into counts as empty. */
function isThere(host: SearchHost, path: string): boolean {
  try {
    return host.files.find(path)?.kind === "file";
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Looks for a configuration of that name in directories, in order. Directories that cannot be resolved are skipped. */
export function searchExternal(host: SearchHost, name: string, directories: readonly string[]): ExternalFile | undefined {
  for (const directory of directories) {
    const folder = resolvedPath(host, directory);
    if (folder === undefined) continue;
    for (const [leaf, legacyName] of [[name, false], ...(name === "chalk.c4m" ? [["chalk.conf", true] as const] : [])] as const) {
      const path = folder === "/" ? `/${leaf}` : `${folder}/${leaf}`;
      if (isThere(host, path)) return { path, legacyName };
    }
  }
  return undefined;
}

/** Looks for the external configuration along `config_path`. */
export function findExternal(host: SearchHost, settings: Settings): ExternalFile | undefined {
  return searchExternal(host, settings.string("config_filename", "chalk.c4m"), settings.strings("config_path", []));
}
