/** Which program `exec` runs, and with which arguments (`runtime-core.md` 8.1). */
import type { Host } from "../host/host.js";
import type { ExecSettings } from "./settings.js";

export interface Command {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * The program's name and arguments from the settings and the words that followed chalk's own flags. A text instead is the reason why there is none
 * (exit 1).
 */
export function chooseCommand(settings: ExecSettings, given: readonly string[]): Command | string {
  let args: readonly string[] = settings.defaultArgs;
  if (settings.appendCommandLineArgs) args = [...args, ...given];
  else if (given.length > 0 && !settings.overrideOk) return "exec: arguments are not allowed (exec.override_ok is false)";
  else if (given.length > 0) args = given;
  if (settings.commandName !== "") return { name: settings.commandName, args };
  const [name, ...rest] = args;
  if (!settings.commandNameFromArgs || name === undefined || name === "")
    return "exec: no program to run: give one as argument or set exec.command_name";
  return { name, args: rest };
}

/** Absolute form of a path or directory, `~` expanded, without `.` and `..`; symbolic links are not followed. */
function absolute(path: string, host: Host): string | undefined {
  let full = path;
  if (path === "~" || path.startsWith("~/")) {
    const home = host.machine.home();
    if (home === undefined) return undefined;
    full = home + path.slice(1);
  }
  const parts: string[] = [];
  for (const part of (full.startsWith("/") ? full : `${host.processes.cwd()}/${full}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function isProgram(path: string, host: Host): boolean {
  try {
    if (host.files.find(path)?.kind !== "file" || !host.files.canAccess(path, "execute")) return false;
    // Running ourselves again would never end.
    return host.files.realPath(path) !== host.processes.executable;
  } catch {
    return false;
  }
}

/** Files that may be the program, in the order in which they are tried. A name with a `/` is used as given. */
export function findCandidates(name: string, settings: ExecSettings, host: Host): string[] {
  const found = new Set<string>();
  const consider = (path: string | undefined) => {
    if (path !== undefined && isProgram(path, host)) found.add(path);
  };
  if (name.includes("/")) {
    consider(absolute(name, host));
    return [...found];
  }
  const inherited = settings.usePath ? (host.processes.variable("PATH") ?? "").split(":") : [];
  for (const directory of [...settings.searchPath, ...inherited]) {
    const base = absolute(directory === "" ? "." : directory, host);
    consider(base === undefined ? undefined : `${base === "/" ? "" : base}/${name}`);
  }
  return [...found];
}
