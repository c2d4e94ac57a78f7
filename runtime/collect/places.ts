/** The directories that an operation is about (`collection.md` 5.2), for collectors that look around there. */
import { resolvePath } from "../paths.js";
import type { CollectContext } from "./types.js";

/** Operations whose place is the current directory, whatever their arguments are. */
const aboutHere = new Set(["exec", "env", "push", "heartbeat", "postexec", "load", "setup"]);

/** Absolute paths of the context directories; a file may stand for its directory. */
export function contextPlaces(context: CollectContext): string[] {
  const places = aboutHere.has(context.operation) ? ["."] : context.searchPath;
  return places.flatMap((place) => resolvePath(context.host, place) ?? []);
}
