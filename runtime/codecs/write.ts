/**
 * Putting new content in place of a file (`marks-and-codecs.md` 4.2, `runtime-core.md` 7.5, 7.6): a temporary file in the target's own directory, filled,
 * given the original's attributes, synced, and renamed over the target. At every moment the target is either the old file or the new one, whole; on any
 * failure the temporary file is removed.
 *
 * Where most of the old content stays at its place (programs), the file system copies it (`Files.copy`: reflink or copy_file_range), and only the
 * changed parts are written over.
 */
import { type FileStat, HostError, type OpenFile, type TemporaryFile } from "../host/host.js";
import {
  type Candidate,
  type CodecHost,
  type Content,
  contentLength,
  eachChunk,
  FileChanged,
  isSameFile,
  pieceLength,
} from "./candidate.js";
import { type Claim, isRefusal } from "./codec.js";
import { type ChangedDirectories, directoryOf, syncDirectory } from "./directories.js";

export type WriteResult =
  | { readonly kind: "written" }
  /** The content would be the same: nothing was touched. */
  | { readonly kind: "unchanged" }
  /** The file is no longer the one that was read: look at it again. */
  | { readonly kind: "changed" }
  /** `code`: errno name, `REFUSED` (the codec cannot do it) or `CHECK` (the caller's check failed). */
  | { readonly kind: "failed"; readonly code: string; readonly reason: string };

export interface WriteOptions {
  /** Where the content goes if not over the file itself. */
  readonly target?: string;
  /** Mode bits, if not the original's. */
  readonly permissions?: number;
  /** Looks at the finished temporary file before it is renamed; returns what is wrong with it. */
  readonly check?: (path: string) => string | undefined;
  /** It need not survive a crash of the machine: nobody waits for the disk. */
  readonly temporary?: boolean;
  /** Where the directory is noted, to be synced with others; absent: it is synced at once. */
  readonly directories?: ChangedDirectories;
}

/** Below this much unmoved content a plain write is cheaper than copy and patch. */
const WORTH_COPYING = 1 << 20;

/** How long another process may take to put its version in place, in milliseconds. */
const PATIENCE = 2000;

interface PlacedPiece {
  readonly piece: Content[number];
  readonly offset: number;
}

function place(content: Content): PlacedPiece[] {
  let offset = 0;
  return content.map((piece) => {
    const placed = { piece, offset };
    offset += pieceLength(piece);
    return placed;
  });
}

function isInPlace({ piece, offset }: PlacedPiece): boolean {
  return !(piece instanceof Uint8Array) && piece.start === offset;
}

/** Would the file be byte for byte what it is? */
export function isUnchanged(file: Candidate, content: Content): boolean {
  if (contentLength(content) !== file.size) return false;
  return place(content).every((placed) => {
    const { piece, offset } = placed;
    if (isInPlace(placed)) return true;
    let same = true;
    const compare = (bytes: Uint8Array, at: number) => {
      const old = file.read(at, bytes.length);
      if (same && !bytes.every((byte, index) => byte === old[index])) same = false;
    };
    if (piece instanceof Uint8Array) compare(piece, offset);
    else eachChunk(file, piece.start, piece.end, (bytes, at) => compare(bytes, offset + at - piece.start));
    return same;
  });
}

function fill(file: Candidate, content: Content, output: OpenFile, copied: boolean): void {
  for (const placed of place(content)) {
    const { piece, offset } = placed;
    if (copied && isInPlace(placed)) continue;
    if (piece instanceof Uint8Array) {
      if (piece.length > 0) output.write(piece, offset);
    } else eachChunk(file, piece.start, piece.end, (bytes, at) => output.write(bytes, offset + at - piece.start));
  }
  if (copied) output.truncate(contentLength(content));
}

function writeTemporary(host: CodecHost, file: Candidate, content: Content, path: string, permissions: number | undefined): void {
  const unmoved = place(content).reduce((sum, placed) => sum + (isInPlace(placed) ? pieceLength(placed.piece) : 0), 0);
  const copied = unmoved >= WORTH_COPYING;
  if (copied) host.files.copy(file.path, path);
  const output = host.files.open(path, "write");
  try {
    fill(file, content, output, copied);
    // After the writing, which clears set-id bits and file capabilities; through the open descriptor, since the new mode may forbid to write.
    host.files.copyAttributes(file.path, path);
    if (permissions !== undefined) host.files.chmod(path, permissions);
  } finally {
    output.close();
  }
}

/** Directories in which nothing is left of processes that were killed. */
const tidied = new Set<string>();

/**
 * New content of a file, complete beside it, but not in its place yet: a caller can look at it, and wait until it is on disk. It ends with `commit` or
 * `discard`.
 */
export class PreparedFile {
  readonly path: string;
  private readonly file: Candidate;
  private readonly target: string;
  private readonly before: FileStat | undefined;
  private readonly isLasting: boolean;
  private readonly directories: ChangedDirectories | undefined;
  private readonly temporary: TemporaryFile;
  private ended = false;

  /** Throws a `HostError` if it cannot be written; then nothing is left of it. */
  constructor(file: Candidate, content: Content, options: Omit<WriteOptions, "check">) {
    const { host } = file;
    this.file = file;
    this.target = options.target ?? file.path;
    this.isLasting = options.temporary !== true;
    this.directories = options.directories;
    this.before = host.files.find(this.target);
    const directory = directoryOf(this.target);
    if (!tidied.has(directory)) host.files.removeAbandoned(directory);
    tidied.add(directory);
    this.temporary = host.files.createTemporary(this.target);
    this.path = this.temporary.path;
    try {
      writeTemporary(host, file, content, this.path, options.permissions);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Waits until the content is on disk, while this thread does other things. Must have happened before `commit`. */
  sync(): Promise<void> {
    return this.temporary.sync();
  }

  /** The same, blocking. */
  syncNow(): void {
    const opened = this.file.host.files.open(this.path, "read");
    try {
      opened.sync();
    } finally {
      opened.close();
    }
  }

  /** Puts the content in place, unless the file is no longer what was read. */
  commit(): WriteResult {
    const { host, path } = this.file;
    const release = lockTarget(host, this.target);
    try {
      const now = host.files.find(path);
      if (now === undefined || !isSameFile(now, this.file.stat) || !isStill(host, this.target, this.before))
        return { kind: "changed" };
      host.files.rename(this.path, this.target);
      this.end();
    } finally {
      this.discard();
      release();
    }
    if (this.isLasting) {
      const directory = directoryOf(this.target);
      if (this.directories === undefined) syncDirectory(host, directory);
      else this.directories.add(directory);
    }
    return { kind: "written" };
  }

  /** Removes it, if it isn't in its place already. */
  discard(): void {
    if (this.ended) return;
    try {
      this.file.host.files.remove(this.path);
    } catch {}
    this.end();
  }

  private end(): void {
    this.ended = true;
    this.temporary.close();
  }
}

/** Keeps others from putting their version in place between our last look and our rename. Whoever comes second finds another file there. */
function lockTarget(host: CodecHost, target: string): () => void {
  try {
    const opened = host.files.open(target, "read");
    opened.lock("exclusive", PATIENCE);
    return () => opened.close();
  } catch {
    // Nothing there to be replaced, or nothing that we may read.
    return () => {};
  }
}

function isStill(host: CodecHost, path: string, before: FileStat | undefined): boolean {
  const now = host.files.find(path);
  return before === undefined || now === undefined ? before === now : isSameFile(before, now);
}

/** A failed write as a result. Throws what is neither a failing system call nor a changed file. */
export function writeFailure(error: unknown, target: string): WriteResult {
  if (error instanceof FileChanged) return { kind: "changed" };
  if (error instanceof HostError) return { kind: "failed", code: error.code, reason: `${target}: ${error.message}` };
  throw error;
}

/**
 * Replaces a file (or, with `target`, makes another file from it). `file.path` must be resolved: a symbolic link there would be replaced by a file.
 * Never throws for failing system calls: they are the result.
 */
export function replaceContent(file: Candidate, content: Content, options: WriteOptions = {}): WriteResult {
  let prepared: PreparedFile | undefined;
  try {
    if (options.target === undefined && isUnchanged(file, content)) return { kind: "unchanged" };
    prepared = new PreparedFile(file, content, options);
    const problem = options.check?.(prepared.path);
    if (problem !== undefined) return { kind: "failed", code: "CHECK", reason: problem };
    if (options.temporary !== true) prepared.syncNow();
    return prepared.commit();
  } catch (error) {
    return writeFailure(error, options.target ?? file.path);
  } finally {
    prepared?.discard();
  }
}

/** How to look at a file again that changed between scan and write; undefined if it is nothing for the codec any more. */
export type Rescan = () => Claim | undefined;

/**
 * Writes a mark into a claimed file, or takes it out (`mark` undefined), and closes it. If the file changed since it was scanned, it is scanned again
 * once; a mark is then written only if the unmarked content, which the mark names, is still the same.
 */
export function writeMark(claim: Claim, mark: string | undefined, rescan: Rescan, options: WriteOptions = {}): WriteResult {
  const first = writeOnce(claim, mark, options);
  if (first.kind !== "changed") return first;
  const again = rescan();
  const reason = `${claim.file.path}: the file changed while it was being processed`;
  if (again === undefined || again.codec !== claim.codec) return { kind: "failed", code: "ECHANGED", reason };
  if (mark === undefined && again.mark === undefined) return { kind: "unchanged" };
  if (mark !== undefined && !isSameContent(claim, again)) return { kind: "failed", code: "ECHANGED", reason };
  const second = writeOnce(again, mark, options);
  return second.kind === "changed" ? { kind: "failed", code: "ECHANGED", reason } : second;
}

/** Both have the same unmarked content. If the hash of the first was never asked for, no mark can name it, and it cannot be told any more. */
function isSameContent(before: Claim, now: Claim): boolean {
  try {
    return before.unmarkedHash() === now.unmarkedHash();
  } catch (error) {
    if (error instanceof FileChanged || error instanceof HostError) return false;
    throw error;
  }
}

function writeOnce(claim: Claim, mark: string | undefined, options: WriteOptions): WriteResult {
  const { path } = claim.file;
  try {
    if (claim.place !== undefined) return claim.place(mark);
    const content = mark === undefined ? claim.withoutMark() : claim.withMark(mark);
    if (isRefusal(content)) return { kind: "failed", code: "REFUSED", reason: `${path}: ${content.refused}` };
    const finish = claim.finish?.bind(claim);
    return replaceContent(claim.file, content, finish === undefined ? options : { ...options, check: finish });
  } catch (error) {
    if (error instanceof FileChanged) return { kind: "changed" };
    if (error instanceof HostError) return { kind: "failed", code: error.code, reason: `${path}: ${error.message}` };
    throw error;
  } finally {
    claim.file.close();
  }
}
