/** Temporary files of ours at the end of the process (`runtime-core.md` 3.3): removed, or kept in `./chalk-tmp` for whoever debugs. */
import { type Host, HostError } from "./host/host.js";
import { baseName } from "./paths.js";

/** Where `--debug` keeps them. */
const keepingPlace = "chalk-tmp";

/** Removes a temporary directory, or moves it away; returns where it is then. Throws a `HostError` if neither can be done. */
export function discardTemporary(
  { files, processes }: Pick<Host, "files" | "processes">,
  path: string,
  keep: boolean,
): string | undefined {
  if (!keep) {
    files.removeTree(path);
    return undefined;
  }
  const place = `${processes.cwd()}/${keepingPlace}`;
  files.makeDirectories(place);
  const target = `${place}/${baseName(path)}`;
  try {
    files.rename(path, target);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "EXDEV") throw error;
    files.makeDirectories(target);
    for (const name of files.list(path)) files.copy(`${path}/${name}`, `${target}/${name}`);
    files.removeTree(path);
  }
  return target;
}

/** Discards directories; what cannot be is left where it is. `tell` gets the places of kept ones. */
export function discardTemporaries(
  host: Pick<Host, "files" | "processes">,
  paths: readonly string[],
  keep: boolean,
  tell: (message: string) => void,
): void {
  for (const path of paths) {
    try {
      const kept = discardTemporary(host, path, keep);
      if (kept !== undefined) tell(`${path} is kept as ${kept}`);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}
