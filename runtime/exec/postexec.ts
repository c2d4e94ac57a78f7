/**
 * Which known files a program reads when it starts (`runtime-core.md` 8.5). The files were listed while its image was built (`chalk __ prep_postexec`); single files
 * that are mounted from outside come on top. Watches are set before the program exists, so that nothing is missed; some time later a report of operation
 * `postexec` tells of each of these files whether it was opened.
 */
import type { AccessWatch, AccessWatchFacts, Host } from "../host/host.js";
import { reasonOf } from "../reason.js";
import type { PostexecSettings } from "./settings.js";
import type { ExecLog } from "./types.js";
import type { ProgramWatch } from "./watch.js";

/** What is watched; goes from the process that starts the program to the one that reports. */
export interface PostexecFacts {
  /** Undefined where the kernel can't tell who opens files. */
  readonly watch: AccessWatchFacts | undefined;
  /** Listed files with their real paths, which events are told by. */
  readonly prepared: readonly (readonly [path: string, real: string])[];
  /** Single files that are mounted. */
  readonly mounted: readonly string[];
}

/** What was found out; the files are still to be looked at. */
export interface WatchedFiles {
  readonly paths: readonly string[];
  /** Real paths. Undefined: nobody knows. */
  readonly accessed: ReadonlySet<string> | undefined;
  readonly mounted: ReadonlySet<string>;
}

/** Mounts of the system itself. */
const systemPlaces = ["/proc", "/sys", "/dev"];
const isBelow = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

/** Mount points that are regular files. */
function mountedFiles(host: Host): string[] {
  let table = "";
  try {
    table = host.files.readText("/proc/mounts");
  } catch {
    return [];
  }
  const points = table.split("\n").flatMap((line) => line.split(" ")[1] ?? []);
  // The kernel writes blanks and the like as three octal digits.
  const paths = points.map((point) =>
    point.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8))),
  );
  return [...new Set(paths)].filter((path) => {
    if (systemPlaces.some((place) => isBelow(path, place))) return false;
    try {
      return host.files.find(path)?.kind === "file";
    } catch {
      return false;
    }
  });
}

/** The listed files that are there. */
function preparedFiles(host: Host, list: string): (readonly [string, string])[] {
  const paths = new Set(list.split("\n").filter((line) => line.startsWith("/")));
  return [...paths].flatMap((path) => {
    try {
      return [[path, host.files.realPath(path)] as const];
    } catch {
      return [];
    }
  });
}

const directoryOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";

/** Sets the watches; undefined if nothing is to be watched. Never throws: the program must start. */
export function preparePostexec(host: Host, settings: PostexecSettings, log: ExecLog): PostexecFacts | undefined {
  if (!settings.run) return undefined;
  try {
    if (host.files.find(settings.listPath) === undefined) {
      log("trace", `postexec: there is no ${settings.listPath}`);
      return undefined;
    }
    const prepared = preparedFiles(host, host.files.readText(settings.listPath));
    const mounted = mountedFiles(host);
    const places = new Set([...prepared.map(([, real]) => directoryOf(real)), ...mounted]);
    const watch = host.control.watchAccess(places);
    if (watch === undefined) log("error", "postexec: this system can't tell which files are opened");
    return { watch: watch?.facts, prepared, mounted };
  } catch (error) {
    log("error", `postexec: ${reasonOf(error)}`);
    return undefined;
  }
}

/** Gathers what is opened for as long as configured, or until the program has ended. */
async function gather(host: Host, settings: PostexecSettings, watch: AccessWatch, program: ProgramWatch): Promise<Set<string>> {
  const { clock } = host;
  const end = clock.monotonic() + settings.pollTime;
  const found = new Set<string>();
  for (;;) {
    // Asked before the events are taken: what ended programs have read is among them.
    const isLast = program.gone || clock.monotonic() >= end;
    for (const path of watch.take()) found.add(path);
    if (isLast) return found;
    await clock.sleep(settings.pollInterval);
  }
}

/** Watches, and hands what was seen to `report`. */
export async function watchAndReport(
  host: Host,
  settings: PostexecSettings,
  facts: PostexecFacts,
  program: ProgramWatch,
  report: (files: WatchedFiles) => Promise<void>,
): Promise<void> {
  const watch = facts.watch === undefined ? undefined : host.control.adoptAccessWatch(facts.watch);
  let seen: ReadonlySet<string> | undefined;
  try {
    seen = watch === undefined ? undefined : await gather(host, settings, watch, program);
  } finally {
    watch?.close();
  }
  const isSeen = (real: string) => seen?.has(real) === true;
  const files = [...facts.mounted.map((path) => [path, path] as const), ...facts.prepared];
  // What was opened comes first: of several copies of a certificate only one is reported.
  const ordered = [...files.filter(([, real]) => isSeen(real)), ...files.filter(([, real]) => !isSeen(real))];
  await report({ paths: [...new Set(ordered.map(([path]) => path))], accessed: seen, mounted: new Set(facts.mounted) });
}
