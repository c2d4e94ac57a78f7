/**
 * Where archives of build contexts wait for the push of their image (`docker.md` 18.4): a directory below the temporary directory that nobody else can write
 * to. It also remembers which marks were made here: paths in a mark from elsewhere are not believed (18.5).
 */
import type { Host } from "../host/host.js";
import { baseName, normalizePath } from "../paths.js";

/** The directory cannot be trusted. */
export class UnsafeCache extends Error {}

const recorded = "recorded";

export class ContextCache {
  private readonly host: Host;
  readonly directory: string;

  constructor(host: Host) {
    this.host = host;
    const parent = host.processes.variable("TMPDIR") || "/tmp";
    this.directory = `${parent.replace(/\/+$/, "")}/chalk-build-contexts`;
  }

  /** Makes a directory of ours below it. Throws `UnsafeCache` if somebody else could have made or changed it. */
  private make(name: string): string {
    const { files, machine } = this.host;
    files.makeDirectories(this.directory);
    const { kind, uid } = files.lstat(this.directory);
    if (kind !== "directory" || uid !== machine.effectiveUid())
      throw new UnsafeCache(`${this.directory} belongs to somebody else`);
    files.chmod(this.directory, 0o700);
    const path = `${this.directory}/${name}`;
    files.makeDirectories(path);
    return path;
  }

  /** A path for a new archive. Throws `UnsafeCache`. */
  place(name: string): string {
    const { clock } = this.host;
    const time = new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
    return `${this.make(time)}/${name}`;
  }

  /** Remembers that a mark was made here. Throws `UnsafeCache`. */
  record(metadataId: string): void {
    this.host.files.write(`${this.make(recorded)}/${metadataId}`, "", 0o600);
  }

  /** Was the mark made here? */
  isRecorded(metadataId: string): boolean {
    const isId = /^[0-9A-Z-]+$/.test(metadataId);
    return isId && this.isOurs() && this.host.files.find(`${this.directory}/${recorded}/${metadataId}`) !== undefined;
  }

  /** Is it the path of an archive in here? */
  holds(path: string): boolean {
    return normalizePath(path) === path && path.startsWith(`${this.directory}/`) && this.isOurs();
  }

  private isOurs(): boolean {
    const { files, machine } = this.host;
    if (files.find(this.directory) === undefined) return false;
    const { kind, uid } = files.lstat(this.directory);
    return kind === "directory" && uid === machine.effectiveUid();
  }

  /** Removes archives that are older than so many milliseconds; 0 keeps all. */
  tidy(maxAge: number): void {
    const { files, clock } = this.host;
    if (maxAge <= 0 || !this.isOurs()) return;
    for (const name of files.list(this.directory)) {
      const path = `${this.directory}/${name}`;
      if (baseName(path) !== recorded && files.lstat(path).modified < clock.now() - maxAge) files.removeTree(path);
    }
  }
}
