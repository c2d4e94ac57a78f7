/**
 * The content of entries. What is stored is a window onto the archive; what is deflated is inflated into memory, or, if it is long, into a temporary
 * file. Inflating stops as soon as there is more than the entry announces, or more than the archive as a whole may hold: a bomb never gets to explode.
 */
import { Inflate, inflateSync } from "fflate";
import { type FileStat, type Files, HostError, type OpenFile } from "../../host/host.js";
import { reasonOf } from "../../reason.js";
import { type Candidate, type CodecHost, eachChunk } from "../candidate.js";
import { DEFLATED, type Entry, ZipError } from "./archive.js";
import { crc32 } from "./crc.js";

/** How much may be inflated for one archive, with everything in it. */
export interface Budget {
  left: number;
}

/** Limits that an archive shares with those inside of it. */
export interface ArchiveLimits {
  readonly depth: number;
  readonly budget: Budget;
}

export const DEEPEST_ARCHIVE = 8;
const FREE_BYTES = 2 ** 30;
const LIKELY_RATIO = 100;
/** Entries up to here are held in memory. */
const SHORT_ENTRY = 64 << 20;
/** Deflated data grows at most so much. */
const DEFLATE_LIMIT = 1032;
/** So much is handed over at once. */
const INPUT_PIECE = 32 << 10;

export function newBudget(archiveSize: number): Budget {
  return { left: FREE_BYTES + LIKELY_RATIO * archiveSize };
}

/** A host in which a path of an archive can be read; nothing can be written. */
export interface EntryHost extends CodecHost {
  /** The host of the machine. */
  readonly real: CodecHost;
}

export function realHost(host: CodecHost): CodecHost {
  return "real" in host ? (host as EntryHost).real : host;
}

function spend(budget: Budget, length: number): void {
  budget.left -= length;
  if (budget.left < 0) throw new ZipError("the archive holds far more data than its size allows for");
}

const broken = (entry: Entry, reason: string): never => {
  throw new ZipError(`entry '${entry.name}': ${reason}`);
};

/** Inflates piece by piece; `use` gets at most as many bytes as announced. */
function inflate(file: Candidate, entry: Entry, use: (bytes: Uint8Array) => void): void {
  let length = 0;
  let ended = false;
  const stream = new Inflate((bytes, final) => {
    length += bytes.length;
    if (length > entry.size) broken(entry, "there is more data than announced");
    if (bytes.length > 0) use(bytes);
    ended ||= final;
  });
  try {
    const end = entry.dataStart + entry.compressedSize;
    for (let at = entry.dataStart; at < end && !ended; at += INPUT_PIECE)
      stream.push(file.read(at, Math.min(INPUT_PIECE, end - at)), at + INPUT_PIECE >= end);
  } catch (error) {
    if (error instanceof ZipError || error instanceof HostError) throw error;
    broken(entry, `it cannot be inflated: ${reasonOf(error)}`);
  }
  if (length !== entry.size) broken(entry, "there is less data than announced");
}

/** An entry that is open for reading. */
export interface OpenEntry {
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

function inMemory(bytes: Uint8Array): OpenEntry {
  return { read: (offset, length) => bytes.subarray(offset, offset + length), close() {} };
}

function inTemporaryFile(file: Candidate, entry: Entry): OpenEntry {
  const { files } = realHost(file.host);
  const folder = files.makeTemporaryDirectory("chalk-");
  try {
    const output = files.open(`${folder}/entry`, "create-new", 0o600);
    try {
      let crc = 0;
      let offset = 0;
      inflate(file, entry, (bytes) => {
        output.write(bytes, offset);
        offset += bytes.length;
        crc = crc32(bytes, crc);
      });
      if (crc !== entry.crc) broken(entry, "its checksum is wrong");
    } catch (error) {
      output.close();
      throw error;
    }
    const close = () => {
      output.close();
      files.removeTree(folder);
    };
    return { read: (offset, length) => output.read(offset, length), close };
  } catch (error) {
    files.removeTree(folder);
    throw error;
  }
}

/** Opens an entry and checks its checksum. Throws a `ZipError` if it isn't what the archive says. */
export function openEntry(file: Candidate, entry: Entry, budget: Budget): OpenEntry {
  if (entry.method !== DEFLATED) {
    let crc = 0;
    eachChunk(file, entry.dataStart, entry.dataStart + entry.size, (bytes) => (crc = crc32(bytes, crc)));
    if (crc !== entry.crc) broken(entry, "its checksum is wrong");
    return {
      read: (offset, length) => file.read(entry.dataStart + offset, Math.max(0, Math.min(length, entry.size - offset))),
      close() {},
    };
  }
  if (entry.size > entry.compressedSize * DEFLATE_LIMIT + 64) broken(entry, "it announces more data than can be in it");
  spend(budget, entry.size);
  if (entry.size > SHORT_ENTRY || entry.compressedSize > SHORT_ENTRY) return inTemporaryFile(file, entry);
  let bytes: Uint8Array;
  try {
    // One byte more, so that data beyond the announced length shows.
    const output = new Uint8Array(entry.size + 1);
    if (entry.compressedSize === 0 && entry.size === 0) return inMemory(output.subarray(0, 0));
    bytes = inflateSync(file.read(entry.dataStart, entry.compressedSize), { out: output });
  } catch (error) {
    if (error instanceof HostError) throw error;
    return broken(entry, `it cannot be inflated: ${reasonOf(error)}`);
  }
  if (bytes.length !== entry.size) broken(entry, "there is another amount of data than announced");
  if (crc32(bytes) !== entry.crc) broken(entry, "its checksum is wrong");
  return inMemory(bytes);
}

/** All bytes of a short entry. */
export function entryBytes(file: Candidate, entry: Entry, budget: Budget): Uint8Array {
  const opened = openEntry(file, entry, budget);
  try {
    return opened.read(0, entry.size).slice();
  } finally {
    opened.close();
  }
}

/** A host whose files are the entries of an archive, by `/` and their name. */
export function entryHost(file: Candidate, entries: ReadonlyMap<string, Entry>, budget: Budget): EntryHost {
  const statOf = (entry: Entry): FileStat => ({
    ...file.stat,
    kind: entry.isDirectory ? "directory" : "file",
    size: entry.size,
    mode: entry.mode & 0o7777,
    inode: BigInt(entry.start),
    links: 1,
  });
  const find = (path: string) => entries.get(path.slice(1));
  const need = (path: string, call: string): Entry => {
    const entry = find(path);
    if (entry === undefined) throw new HostError("ENOENT", call, path);
    return entry;
  };
  const readOnly = (call: string) => (path: string) => {
    throw new HostError("EROFS", call, path);
  };
  function open(path: string): OpenFile {
    const entry = need(path, "open");
    const opened = openEntry(file, entry, budget);
    return {
      fd: -1,
      stat: () => statOf(entry),
      read: (offset, length) => opened.read(offset, length),
      readInto(buffer, offset) {
        const bytes = opened.read(offset, buffer.length);
        buffer.set(bytes);
        return bytes.length;
      },
      lock: () => undefined,
      write: () => readOnly("write")(path),
      truncate: () => readOnly("truncate")(path),
      sync() {},
      close: () => opened.close(),
    };
  }
  const files: Files = {
    ...file.host.files,
    stat: (path) => statOf(need(path, "stat")),
    lstat: (path) => statOf(need(path, "lstat")),
    find: (path) => {
      const entry = find(path);
      return entry === undefined ? undefined : statOf(entry);
    },
    canAccess: (path) => find(path) !== undefined,
    readBytes: (path) => entryBytes(file, need(path, "read"), budget),
    realPath: (path) => path,
    open,
    write: readOnly("write"),
    append: readOnly("append"),
    replace: readOnly("replace"),
    createTemporary: readOnly("createTemporary"),
    removeAbandoned() {},
    rename: readOnly("rename"),
    remove: readOnly("remove"),
    chmod: readOnly("chmod"),
  };
  return { ...file.host, files, real: realHost(file.host) };
}
