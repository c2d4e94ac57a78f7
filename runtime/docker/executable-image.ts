/**
 * The executable as an image that the engine keeps. The old builder gets the whole context anew for every build, and with it a hundred megabytes of ours; it
 * can as well copy from an image (`COPY --from`), and knows then without reading it whether the layer is in its cache. The image has no tag, so that
 * `docker image prune` takes it away; a label says what is in it. Ours alone: without it, the file travels with the context (`docker.md` 10.2).
 */
import { type Host, HostError, type OpenFile } from "../host/host.js";
import { encodeText } from "../text.js";
import type { DockerLog, PreparedBinary } from "./build.js";
import type { DockerEngine } from "./engine.js";
import { endOfArchive, header, padding, types } from "./tar.js";
import type { Temporary } from "./temporary.js";

const label = "chalk.executable";
/** Images with other executables are removed when they are this old. */
const maximumAge = "168h";
const chunk = 1 << 20;

export interface ExecutableImageServices {
  readonly host: Pick<Host, "files">;
  readonly engine: DockerEngine;
  readonly temporary: Temporary;
  readonly log: DockerLog;
}

/** What the image holds is below this directory, so that nothing which engines put into images gets along. */
const root = "image";

class Archive {
  private readonly host: Pick<Host, "files">;
  private readonly file: OpenFile;
  private at = 0;

  constructor(host: Pick<Host, "files">, file: OpenFile) {
    this.host = host;
    this.file = file;
  }

  private put(bytes: Uint8Array): void {
    this.file.write(bytes, this.at);
    this.at += bytes.length;
  }

  add(source: string, name: string): void {
    const { files } = this.host;
    const stat = files.stat(source);
    const isDirectory = stat.kind === "directory";
    const text = encodeText(isDirectory ? `${name}/` : name);
    const seconds = Math.max(0, Math.floor(stat.modified / 1000));
    const [size, type] = isDirectory ? [0, types.directory] : [stat.size, types.file];
    // Times of directories differ from copy to copy.
    this.put(header(text, new Uint8Array(), 0o755, size, isDirectory ? 0 : seconds, type, new Uint8Array()));
    if (isDirectory) for (const entry of [...files.list(source)].sort()) this.add(`${source}/${entry}`, `${name}/${entry}`);
    else this.content(source, size);
  }

  private content(source: string, size: number): void {
    const input = this.host.files.open(source, "read");
    try {
      for (let at = 0; at < size; ) {
        const bytes = input.read(at, Math.min(chunk, size - at));
        if (bytes.length === 0) throw new HostError("EIO", "read", source);
        this.put(bytes);
        at += bytes.length;
      }
    } finally {
      input.close();
    }
    this.put(padding(size));
  }

  end(): void {
    this.put(endOfArchive);
    this.file.close();
  }
}

/** Makes the image; undefined if that fails. */
function makeImage(value: string, { path, isTree }: PreparedBinary, services: ExecutableImageServices): string | undefined {
  const { host, engine, temporary, log } = services;
  const target = `${temporary.directory()}/chalk.tar`;
  try {
    const archive = new Archive(host, host.files.open(target, "create-new", 0o600));
    archive.add(path, isTree ? root : `${root}/chalk`);
    archive.end();
    engine.pruneImages(label, maximumAge);
    return engine.importArchive(target, `LABEL ${value}`);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    log("trace", `docker: no image for the executable: ${error.message}`);
    return undefined;
  }
}

/**
 * The instruction that copies the executable out of its image, which is made if the engine hasn't got it yet. Undefined if that isn't possible.
 * @param identity what the image holds
 * @param prepare makes the copy of the executable. What it throws is thrown
 */
export function copyFromImage(
  identity: string,
  withLibraries: boolean,
  prepare: () => PreparedBinary,
  services: ExecutableImageServices,
): string | undefined {
  const value = `${label}=${identity}`;
  const image = services.engine.imageWith(value) ?? makeImage(value, prepare(), services);
  return image === undefined ? undefined : `COPY --from=${image} ${withLibraries ? `/${root} /` : `/${root}/chalk /chalk`}`;
}
