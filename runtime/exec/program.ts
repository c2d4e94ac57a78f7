/**
 * The program as an artifact (`runtime-core.md` 8.3): in a container that chalk built, `/chalk.json` is its mark; otherwise its file is looked at by
 * the codecs; if none claims it, it is an artifact with only name, path and PID.
 */
import { newArtifact } from "../collect/artifact.js";
import { processBirth } from "../collect/process-record.js";
import type { Artifact } from "../collect/types.js";
import type { Host } from "../host/host.js";
import { isJsonObject, parseJson } from "../json.js";
import { chalkIdOfHash } from "../marks/identifiers.js";
import { reasonOf } from "../reason.js";
import type { ExecLog, IdentifyProgram, Program } from "./types.js";

/** Where a wrapped image keeps its mark. */
export const containerMarkPath = "/chalk.json";

/** Process states of a program that has ended but was not waited for. */
const endedStates = new Set(["Z", "X", "x"]);

/** Has the program ended: no such PID, a zombie, or another process under its PID? */
export function isGone(host: Host, program: Program): boolean {
  const birth = processBirth(host, program.pid);
  if (birth === undefined) return true;
  return (program.start !== undefined && birth.start !== program.start) || endedStates.has(birth.state);
}

/**
 * Is the process still us, not yet the program that it is about to become? Between the start of a reporter and that moment a busy machine may let any time
 * pass. `argv` are our own words: what runs our executable with other words is a program like others.
 */
export function isStillUs(host: Host, program: Program, argv: readonly string[]): boolean {
  const words = argv.slice(1);
  try {
    const ours = host.files.readLink("/proc/self/exe");
    if (host.files.readLink(`/proc/${program.pid}/exe`) !== ours) return false;
    const line = host.files.readText(`/proc/${program.pid}/cmdline`).split("\0").slice(0, -1);
    return line.length > words.length && words.every((word, index) => word === line[line.length - words.length + index]);
  } catch {
    return false;
  }
}

/** The running program's file; what was to be executed if the process cannot be asked any more. */
function executablePath(host: Host, program: Program): string {
  try {
    const path = host.files.readLink(`/proc/${program.pid}/exe`);
    if (!isGone(host, program) && host.files.find(path)?.kind === "file") return path;
  } catch {}
  return program.path;
}

/** Is this process in a container, as far as the kernel shows it? */
function inContainer(host: Host): boolean {
  const idPattern = /[0-9a-f]{64}/;
  return ["/proc/self/cgroup", "/proc/self/mountinfo"].some((path) => {
    try {
      return host.files
        .readText(path)
        .split("\n")
        .some((line) => (path.endsWith("cgroup") || line.includes("/containers/")) && idPattern.test(line));
    } catch {
      return false;
    }
  });
}

/** Fills in what `/chalk.json` says; false if it cannot be used (logged). */
function markFromContainer(artifact: Artifact, host: Host, log: ExecLog): boolean {
  let problem: string;
  try {
    const parsed = parseJson(host.files.readText(containerMarkPath));
    if ("value" in parsed && isJsonObject(parsed.value)) {
      artifact.mark = parsed.value;
      artifact.codec = "docker";
      artifact.kinds.add("file");
      if (inContainer(host)) artifact.kinds.add("container");
      return true;
    }
    problem = "it is not a chalk mark";
  } catch (error) {
    problem = reasonOf(error);
  }
  log("error", `${containerMarkPath} cannot be used: ${problem}`);
  return false;
}

function markFromFile(artifact: Artifact, path: string, identify: IdentifyProgram, log: ExecLog): void {
  let file: ReturnType<IdentifyProgram>;
  try {
    file = identify(path);
  } catch (error) {
    log("error", `${path}: ${reasonOf(error)}`);
  }
  if (file === undefined) return;
  for (const kind of file.kinds) artifact.kinds.add(kind);
  artifact.codec = file.codec;
  artifact.mark = file.mark;
  artifact.unmarkedHash = file.unmarkedHash;
  // So that reports name the program even before it is marked, as `insert` would.
  if (file.mark === undefined && file.unmarkedHash !== undefined) {
    artifact.data.set("CHALK_ID", chalkIdOfHash(file.unmarkedHash));
    artifact.data.set("HASH", file.unmarkedHash);
  }
}

/** The program's artifact; undefined when an unusable `/chalk.json` leaves none. */
export function programArtifact(host: Host, program: Program, identify: IdentifyProgram, log: ExecLog): Artifact | undefined {
  const path = executablePath(host, program);
  const artifact: Artifact = {
    ...newArtifact(path, path),
    pid: program.pid,
    ...(program.start === undefined ? {} : { processStart: program.start }),
    kinds: new Set(["process"]),
  };
  if (host.files.find(containerMarkPath) !== undefined) return markFromContainer(artifact, host, log) ? artifact : undefined;
  markFromFile(artifact, path, identify, log);
  return artifact;
}
