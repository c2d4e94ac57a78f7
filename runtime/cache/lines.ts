/**
 * The report cache file (`runtime-core.md` 12) as an index: one object per distinct message with the sinks that still need it. The messages themselves stay in the
 * file, since thousands of large reports may wait in it for as long as a server is down. A line that isn't one of ours is kept as it is: it may come from another
 * version.
 */
import { type Host, HostError, type OpenFile } from "../host/host.js";
import { compact } from "../json.js";

export interface CacheEntry {
  readonly topic: string;
  /** The report object in compact style. */
  readonly message: string;
  /** Names of sink configurations that have not got it yet, in the order in which they failed. */
  readonly sinks: Set<string>;
}

/** What is remembered of an entry. */
export interface IndexedEntry {
  readonly topic: string;
  /** Stands for topic and message. */
  readonly key: string;
  readonly sinks: Set<string>;
}

/** A line in the file; without `entry` it is not ours. */
export interface IndexedLine {
  readonly offset: number;
  /** Without the line break. */
  readonly length: number;
  readonly entry: IndexedEntry | undefined;
  /** The sinks are no longer those in the file. */
  changed: boolean;
}

const pieceLength = 1 << 18;
const lineBreak = 10;
const decoder = new TextDecoder();

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** What stands for a message of a topic in an index. */
export function keyOf(host: Host, topic: string, message: string): string {
  return `${topic}\n${host.hashing.hex("sha256", message)}`;
}

/** The text of an entry's line, without line break. */
export function formatLine(entry: CacheEntry): string {
  return compact(
    new Map<string, string | string[]>([
      ["$message", entry.message],
      ["$topic", entry.topic],
      ["$sinks", [...entry.sinks]],
    ]),
  );
}

/** The entry in a line; undefined if it is none of ours. */
export function parseLine(text: string): CacheEntry | undefined {
  let parsed: Record<string, unknown> | null;
  try {
    parsed = JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { $message: message, $topic: topic, $sinks: sinks } = parsed;
  if (typeof message !== "string" || typeof topic !== "string" || !Array.isArray(sinks)) return undefined;
  if (!sinks.every((sink) => typeof sink === "string")) return undefined;
  return { topic, message, sinks: new Set(sinks as string[]) };
}

function withFile<R>(host: Host, path: string, action: (file: OpenFile) => R): R {
  const file = host.files.open(path, "read");
  try {
    return action(file);
  } finally {
    file.close();
  }
}

/** The lines of a cache file; none if it isn't there, blank ones are skipped. `isWhole`: the last line has its line break. */
export function readIndex(host: Host, path: string): { readonly lines: IndexedLine[]; readonly isWhole: boolean } {
  const lines: IndexedLine[] = [];
  let isWhole = true;
  const add = (bytes: Uint8Array, offset: number) => {
    const text = decoder.decode(bytes);
    if (text.trim() === "") return;
    const entry = parseLine(text);
    const indexed = entry && { topic: entry.topic, key: keyOf(host, entry.topic, entry.message), sinks: entry.sinks };
    lines.push({ offset, length: bytes.length, entry: indexed, changed: false });
  };
  try {
    withFile(host, path, (file) => {
      let pending: Uint8Array = new Uint8Array(0);
      let start = 0;
      for (let offset = 0; ; ) {
        const piece = file.read(offset, pieceLength);
        offset += piece.length;
        const bytes = pending.length === 0 ? piece : joined(pending, piece);
        let from = 0;
        for (let end = bytes.indexOf(lineBreak); end >= 0; end = bytes.indexOf(lineBreak, from)) {
          add(bytes.subarray(from, end), start + from);
          from = end + 1;
        }
        pending = bytes.slice(from);
        start += from;
        if (piece.length < pieceLength) break;
      }
      isWhole = pending.length === 0;
      if (!isWhole) add(pending, start);
    });
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "ENOENT") throw error;
  }
  return { lines, isWhole };
}

/** The messages of lines, in order, as many as fit into `maximumBytes`, but at least one. */
export function readMessages(host: Host, path: string, lines: readonly IndexedLine[], maximumBytes: number): string[] {
  if (lines.length === 0) return [];
  return withFile(host, path, (file) => {
    const messages: string[] = [];
    let bytes = 0;
    for (const { offset, length, entry } of lines) {
      bytes += length;
      if (messages.length > 0 && bytes > maximumBytes) break;
      const found = parseLine(decoder.decode(file.read(offset, length)));
      // Somebody replaced the file just now.
      if (found === undefined || found.topic !== entry?.topic) break;
      messages.push(found.message);
    }
    return messages;
  });
}

/** The newest of some sizes that fit into the bounds: how many of the oldest have to go. Much at once, so that it need not be done at every report. */
export function surplus(sizes: readonly number[], maximumLines: number, maximumBytes: number): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length <= maximumLines && total <= maximumBytes) return 0;
  const [lineLimit, byteLimit] = [maximumLines, maximumBytes].map(
    (limit) => limit - (limit >= slackFrom ? Math.floor(limit / 20) : 0),
  );
  let bytes = total;
  let dropped = 0;
  while (sizes.length - dropped > lineLimit! || bytes > byteLimit!) bytes -= sizes[dropped++]!;
  return dropped;
}

/** Bounds from here on are undercut by a twentieth when they are exceeded. */
const slackFrom = 1000;

/** Writes lines of the old file, changed ones anew, and further ones (with their line breaks) into a new file that takes its place. */
export function rewrite(host: Host, path: string, kept: readonly IndexedLine[], added: readonly string[]): void {
  const { files } = host;
  const target = files.find(path) === undefined ? path : files.realPath(path);
  const temporary = `${target.slice(0, target.lastIndexOf("/") + 1)}.chalk-${Math.random().toString(16).slice(2)}${host.processes.pid.toString(16)}.tmp`;
  const encoder = new TextEncoder();
  const output = files.open(temporary, "create-new", 0o600);
  try {
    try {
      let position = 0;
      const write = (bytes: Uint8Array) => {
        output.write(bytes, position);
        position += bytes.length;
      };
      const copy = (input: OpenFile) => {
        for (const { offset, length, entry, changed } of kept) {
          const old = input.read(offset, length);
          const before = entry !== undefined && changed ? parseLine(decoder.decode(old)) : undefined;
          const line =
            before === undefined || entry === undefined ? old : encoder.encode(formatLine({ ...before, sinks: entry.sinks }));
          write(joined(line, Uint8Array.of(lineBreak)));
        }
      };
      if (kept.length > 0) withFile(host, path, copy);
      for (const text of added) write(encoder.encode(text));
      output.sync();
    } finally {
      output.close();
    }
    files.rename(temporary, target);
  } catch (error) {
    try {
      files.remove(temporary);
    } catch {}
    throw error;
  }
}
