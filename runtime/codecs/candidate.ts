/**
 * A file that codecs look at. It is opened when first read, shared by all codecs that are asked, and closed between scan and write; when it is opened
 * again it must still be the same file with the same content (`marks-and-codecs.md` 14.5), otherwise `FileChanged` is thrown. Big files are read in
 * pieces, never as a whole.
 */
import type { FileStat, Host, OpenFile, PendingDigest } from "../host/host.js";

/** What codecs need of the host. */
export type CodecHost = Pick<Host, "files" | "hashing" | "machine">;

/** Random access to bytes. */
export interface ByteSource {
  readonly size: number;
  /** Up to `length` bytes at `offset`; shorter only at the end. */
  read(offset: number, length: number): Uint8Array;
  /** As `read`, into a buffer of the caller; returns how much was read. */
  readInto?(buffer: Uint8Array, offset: number): number;
}

/** The file is no longer the one that was scanned. */
export class FileChanged extends Error {
  constructor(path: string) {
    super(`${path}: the file changed while it was being processed`);
    this.name = "FileChanged";
  }
}

/** Same file, same content, as far as the directory entry tells. */
export function isSameFile(left: FileStat, right: FileStat): boolean {
  return (
    left.inode === right.inode && left.device === right.device && left.size === right.size && left.modified === right.modified
  );
}

const HEAD_LENGTH = 512;
/** Size of the pieces in which files are searched. */
export const CHUNK = 1 << 20;
/** Size of the one buffer through which a file is hashed or copied; it fits into the cache of a processor. */
const BUFFER = 1 << 18;

export class Candidate implements ByteSource {
  readonly host: CodecHost;
  readonly path: string;
  readonly stat: FileStat;
  private opened: OpenFile | undefined;
  private headBytes: Uint8Array | undefined;

  private constructor(host: CodecHost, path: string, opened: OpenFile) {
    this.host = host;
    this.path = path;
    this.opened = opened;
    this.stat = opened.stat();
  }

  /** Opens a file. Throws a `HostError` if that fails. */
  static open(host: CodecHost, path: string): Candidate {
    return new Candidate(host, path, host.files.open(path, "read"));
  }

  get size(): number {
    return this.stat.size;
  }

  read(offset: number, length: number): Uint8Array {
    return this.file().read(offset, length);
  }

  readInto(buffer: Uint8Array, offset: number): number {
    return this.file().readInto(buffer, offset);
  }

  /** Begins to hash content over this file in another thread; undefined where there is none. The file must stay open meanwhile. */
  hashBeside(content: Content): PendingDigest | undefined {
    const file = this.file();
    // An entry of an archive has no descriptor.
    return file.fd < 0 ? undefined : this.host.hashing.beside?.("sha256", file, content);
  }

  /** The first 512 bytes. */
  head(): Uint8Array {
    this.headBytes ??= this.read(0, HEAD_LENGTH);
    return this.headBytes;
  }

  /** Hex SHA-256 of the whole file. */
  hash(): string {
    return hashRange(this, 0, this.size);
  }

  close(): void {
    this.opened?.close();
    this.opened = undefined;
  }

  private file(): OpenFile {
    if (this.opened === undefined) {
      const file = this.host.files.open(this.path, "read");
      if (!isSameFile(file.stat(), this.stat)) {
        file.close();
        throw new FileChanged(this.path);
      }
      this.opened = file;
    }
    return this.opened;
  }
}

/** Calls `use` with the bytes of a range, piece by piece. They are there only until it returns. */
export function eachChunk(
  source: ByteSource,
  start: number,
  end: number,
  use: (bytes: Uint8Array, offset: number) => void,
): void {
  const buffer = source.readInto === undefined ? undefined : new Uint8Array(Math.min(BUFFER, Math.max(0, end - start)));
  for (let offset = start; offset < end; ) {
    const bytes =
      buffer === undefined
        ? source.read(offset, Math.min(CHUNK, end - offset))
        : buffer.subarray(0, (source as Required<ByteSource>).readInto(buffer.subarray(0, end - offset), offset));
    if (bytes.length === 0) return;
    use(bytes, offset);
    offset += bytes.length;
  }
}

/** Hex SHA-256 of a range of a file. */
export function hashRange(file: Candidate, start: number, end: number): string {
  return hashContent(file, [{ start, end }]);
}

/** New content of a file: ranges of the old one and new bytes, in order. */
export type Piece = Uint8Array | { readonly start: number; readonly end: number };
export type Content = readonly Piece[];

export function pieceLength(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.end - piece.start;
}

export function contentLength(content: Content): number {
  return content.reduce((sum, piece) => sum + pieceLength(piece), 0);
}

/** Content as one piece in memory. */
export function contentBytes(file: Candidate, content: Content): Uint8Array {
  const bytes = new Uint8Array(contentLength(content));
  let at = 0;
  const add = (part: Uint8Array) => {
    bytes.set(part, at);
    at += part.length;
  };
  for (const piece of content) {
    if (piece instanceof Uint8Array) add(piece);
    else eachChunk(file, piece.start, piece.end, add);
  }
  return bytes;
}

/** Hex SHA-256 of content over a file. */
export function hashContent(file: Candidate, content: Content): string {
  const hash = file.host.hashing.stream("sha256");
  for (const piece of content) {
    if (piece instanceof Uint8Array) hash.update(piece);
    else eachChunk(file, piece.start, piece.end, (bytes) => hash.update(bytes));
  }
  let text = "";
  for (const byte of hash.digest()) text += byte.toString(16).padStart(2, "0");
  return text;
}
