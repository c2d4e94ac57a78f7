/** How we were called (`runtime-core.md` 1.5, 1.6). */
import type { Host } from "../host/host.js";

/** Counts how often chalk was called by chalk. */
export const recursionVariable = "__CHALK_INVOCATIONS__";

/** The arguments as chalk's own: called as `docker`, they are docker's (1.5). */
export function argumentsOf(host: Pick<Host, "processes">): readonly string[] {
  const { argv, calledAs, executable } = host.processes;
  const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  return name(calledAs) === "docker" || name(executable) === "docker" ? ["docker", ...argv] : argv;
}
