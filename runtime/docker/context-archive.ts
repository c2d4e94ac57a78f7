/**
 * A build context as an archive (`docker.md` 18.7): gzip of ustar with names in order, so that equal contexts give equal archives but for times. It is
 * written piece by piece: contexts may be larger than memory.
 */
import { Gzip } from "fflate";
import type { FileStat, Host, OpenFile } from "../host/host.js";
import { hexOfBytes } from "../marks/identifiers.js";
import { encodeText } from "../text.js";
import type { IgnoreRules } from "./ignore.js";
import { endOfArchive, header, padding, types } from "./tar.js";

export interface ArchiveOptions {
  readonly host: Pick<Host, "files" | "hashing">;
  /** The context directory. */
  readonly directory: string;
  readonly rules: IgnoreRules;
  /** Bytes; larger files are left out. 0: no limit. */
  readonly maxFileSize: number;
  /** Bytes of the archive. 0: no limit. */
  readonly sizeThreshold: number;
}

export interface SkippedFile {
  /** Relative to the context. */
  readonly path: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly size: number;
}

export interface ContextArchive {
  readonly size: number;
  /** SHA-256 of the archive, hex. */
  readonly hash: string;
  readonly skipped: readonly SkippedFile[];
}

/** The archive grows beyond what is allowed. */
export class ContextTooLarge extends Error {}
/** The context cannot be put into an archive. */
export class ArchiveError extends Error {}

const chunk = 1 << 20;
const modes = { directory: 0o755, file: 0o644, symlink: 0o777 } as const;

/** Name and prefix of ustar; undefined if the name doesn't fit. */
function splitName(name: Uint8Array): readonly [name: Uint8Array, prefix: Uint8Array] | undefined {
  if (name.length <= 100) return [name, new Uint8Array()];
  // The slash between both is not stored; that of a directory's name stays at its end.
  for (let at = Math.min(155, name.length - 2); at >= name.length - 101 && at > 0; at--)
    if (name[at] === 0x2f) return [name.subarray(at + 1), name.subarray(0, at)];
  return undefined;
}

class Writer {
  private readonly file: OpenFile;
  private readonly sha256: { update(data: Uint8Array): void; digest(): Uint8Array };
  private readonly gzip: Gzip;
  private readonly limit: number;
  size = 0;

  constructor(file: OpenFile, { host, sizeThreshold }: ArchiveOptions) {
    this.file = file;
    this.limit = sizeThreshold;
    this.sha256 = host.hashing.stream("sha256");
    // No time and no name in its header, so that it depends on the content only.
    this.gzip = new Gzip({ mtime: 0 }, (bytes) => {
      file.write(bytes, this.size);
      this.sha256.update(bytes);
      this.size += bytes.length;
      if (this.limit > 0 && this.size > this.limit)
        throw new ContextTooLarge(`its archive is larger than ${this.limit} bytes (size_threshold)`);
    });
  }

  put(bytes: Uint8Array): void {
    if (bytes.length > 0) this.gzip.push(bytes);
  }

  end(): string {
    this.gzip.push(endOfArchive, true);
    this.file.sync();
    return hexOfBytes(this.sha256.digest());
  }
}

class Archiver {
  private readonly options: ArchiveOptions;
  private readonly writer: Writer;
  private readonly skipped: SkippedFile[] = [];

  constructor(options: ArchiveOptions, writer: Writer) {
    this.options = options;
    this.writer = writer;
  }

  run(): readonly SkippedFile[] {
    this.walk("");
    return this.skipped;
  }

  private walk(below: string): void {
    const { host, directory, rules } = this.options;
    for (const name of [...host.files.list(below === "" ? directory : `${directory}/${below}`)].sort(byBytes)) {
      const path = below === "" ? name : `${below}/${name}`;
      const stat = host.files.lstat(`${directory}/${path}`);
      const excluded = rules.isExcluded(path);
      if (stat.kind === "directory") {
        if (!excluded) this.entry(`${path}/`, stat, "directory");
        if (!excluded || rules.mustDescend(path)) this.walk(path);
      } else if (excluded) continue;
      else if (stat.kind === "symlink") this.entry(path, stat, "symlink", host.files.readLink(`${directory}/${path}`));
      else if (stat.kind === "file") this.content(path);
    }
  }

  private entry(path: string, stat: FileStat, kind: keyof typeof modes, target = ""): void {
    const seconds = Math.max(0, Math.floor(stat.modified / 1000));
    const size = kind === "file" ? stat.size : 0;
    const [name, link] = [encodeText(path), encodeText(target)];
    if (link.length > 100) this.long(link, types.longTarget);
    const split = splitName(name);
    if (split === undefined) this.long(name, types.longName);
    const [short, prefix] = split ?? [name.subarray(0, 100), new Uint8Array()];
    this.writer.put(header(short, prefix, modes[kind], size, seconds, types[kind], link.subarray(0, 100)));
  }

  /** A record of GNU's with a name that does not fit into the next header. */
  private long(text: Uint8Array, type: string): void {
    const bytes = new Uint8Array(text.length + 1);
    bytes.set(text);
    this.writer.put(header(encodeText("././@LongLink"), new Uint8Array(), 0, bytes.length, 0, type, new Uint8Array()));
    this.writer.put(bytes);
    this.writer.put(padding(bytes.length));
  }

  private content(path: string): void {
    const { host, directory, maxFileSize } = this.options;
    const file = host.files.open(`${directory}/${path}`, "read");
    try {
      const stat = file.stat();
      // Something else has taken its place since we looked.
      if (stat.kind !== "file") return;
      if (maxFileSize > 0 && stat.size > maxFileSize) {
        const sha256 = host.hashing.stream("sha256");
        this.read(file, path, stat.size, (bytes) => sha256.update(bytes));
        const hash = hexOfBytes(sha256.digest());
        this.skipped.push({ path, hash, size: stat.size });
        return;
      }
      this.entry(path, stat, "file");
      this.read(file, path, stat.size, (bytes) => this.writer.put(bytes));
      this.writer.put(padding(stat.size));
    } finally {
      file.close();
    }
  }

  private read(file: OpenFile, path: string, size: number, use: (bytes: Uint8Array) => void): void {
    let at = 0;
    while (at < size) {
      const bytes = file.read(at, Math.min(chunk, size - at));
      if (bytes.length === 0) break;
      // The reader may use its buffer again; the compressor keeps what it is given.
      use(bytes.slice());
      at += bytes.length;
    }
    if (at !== size || file.stat().size !== size) throw new ArchiveError(`${path} changes while it is read`);
  }
}

/** The order of names as bytes. */
function byBytes(left: string, right: string): number {
  const [a, b] = [encodeText(left), encodeText(right)];
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}

/**
 * Writes the archive of a context into a new file, which is removed if that fails. Throws `ContextTooLarge`, `ArchiveError`, or a `HostError`.
 * @param target must not exist
 */
export function archiveContext(options: ArchiveOptions, target: string): ContextArchive {
  const { files } = options.host;
  const file = files.open(target, "create-new", 0o600);
  try {
    const writer = new Writer(file, options);
    const skipped = new Archiver(options, writer).run();
    const hash = writer.end();
    file.close();
    return { size: writer.size, hash, skipped };
  } catch (error) {
    file.close();
    files.remove(target);
    throw error;
  }
}
