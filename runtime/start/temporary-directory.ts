/**
 * Where temporary files go (`runtime-core.md` 3.3): `default_tmp_dir` stands for TMPDIR where that is not set, for chalk and the programs that it asks; a
 * program of the user's that `exec` starts gets the environment that chalk was given.
 */
import type { Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import type { Chalk } from "./chalk.js";
import { resolvedPath } from "./external.js";

const variable = "TMPDIR";

/** Makes sure that the directory is there; the last part of its path is created. Returns what is wrong with it. */
function provide({ files }: Host, path: string): string | undefined {
  try {
    if (files.find(path)?.kind === "directory") return undefined;
    if (files.find(path.slice(0, path.lastIndexOf("/")) || "/")?.kind !== "directory") return "No such file or directory";
    files.makeDirectories(path);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Applies the setting. A directory that cannot be used is a warning, and things stay as they were. */
export function useTemporaryDirectory({ host, settings, logger, ownVariables }: Chalk): void {
  // Asking for a field that nobody has set reads the schema, which takes longer than all else that `exec` does.
  if (!settings.exists("default_tmp_dir")) return;
  const wanted = settings.string("default_tmp_dir");
  if (wanted === "" || host.processes.variable(variable)) return;
  const path = resolvedPath(host, wanted);
  const problem = path === undefined ? "the home directory is not known" : provide(host, path);
  if (path === undefined || problem !== undefined) {
    logger.warn(`default_tmp_dir: ${wanted}: ${problem}`);
    return;
  }
  host.processes.setVariable(variable, path);
  ownVariables.add(variable);
}
