/** Finding the real docker, which chalk may stand in front of under the same name (`docker.md` 1.3). */
import { type Host, HostError } from "../host/host.js";
import { readSelfMark } from "../image/self.js";
import { baseName, directoryOf } from "../paths.js";

export interface DockerSearch {
  readonly host: Host;
  /** `docker_exe`: a file or a directory; empty if it isn't set. */
  readonly configured: string;
  readonly warn: (message: string) => void;
}

const name = "docker";

function resolved(host: Host, path: string): string {
  try {
    return host.files.realPath(path);
  } catch {
    return path;
  }
}

function isExecutable(host: Host, path: string): boolean {
  try {
    return host.files.find(path)?.kind === "file" && host.files.canAccess(path, "execute");
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Is the file a machine program, rather than a script? */
export function isNative(host: Host, path: string): boolean {
  const file = host.files.open(path, "read");
  try {
    return String.fromCharCode(...file.read(0, 4)) === "\x7fELF";
  } finally {
    file.close();
  }
}

/** Is the file a chalk executable: by its mark, or because it is what runs now? */
export function isChalk(host: Host, path: string): boolean {
  const real = resolved(host, path);
  if ([host.processes.executable, ...host.processes.launch].some((own) => resolved(host, own) === real)) return true;
  try {
    const mark = readSelfMark(host, path)?.mark;
    return ["$CHALK_IMPLEMENTATION_NAME", "CHALK_VERSION"].every((key) => mark?.has(key) === true);
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}

/** Path of the real docker; undefined if there is none. */
export function findDocker({ host, configured, warn }: DockerSearch): string | undefined {
  const { processes, files, machine } = host;
  const usable = (path: string): boolean => isExecutable(host, path) && !isChalk(host, path);
  const directories = (processes.variable("PATH") ?? "").split(":").map((directory) => (directory === "" ? "." : directory));
  if (configured !== "") {
    const path = configured.startsWith("~/") ? `${machine.home() ?? ""}${configured.slice(1)}` : configured;
    const found = files.find(path);
    if (found === undefined) warn(`docker: docker_exe: ${configured} does not exist`);
    else if (found.kind === "directory") directories.unshift(path);
    else if (usable(path)) return path;
  }
  const own = processes.executable;
  const skipped = baseName(own) === name ? resolved(host, directoryOf(own)) : undefined;
  return directories
    .filter((directory) => skipped === undefined || resolved(host, directory) !== skipped)
    .map((directory) => `${directory.replace(/\/+$/, "")}/${name}`)
    .find(usable);
}
