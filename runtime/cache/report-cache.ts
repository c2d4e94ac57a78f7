/**
 * Reports that a sink did not take wait in a file until it does (`runtime-core.md` 12). The file is read once per process and never changed by reading; what
 * this process adds and delivers is remembered as changes and merged into the file under an exclusive lock, so that chalks that run at the same time lose
 * nothing of each other.
 */
import { type Host, HostError } from "../host/host.js";
import type { Logger } from "../log/index.js";
import { resolvePath } from "../paths.js";
import { type CacheEntry, formatLine, type IndexedLine, keyOf, readIndex, readMessages, rewrite, surplus } from "./lines.js";
import { withLock } from "./lock.js";

export interface CacheOptions {
  readonly host: Host;
  readonly logger: Logger;
  /** `report_cache_location`. */
  readonly location: string;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly maximumLines?: number;
  readonly maximumBytes?: number;
}

export interface ReportCache {
  /** Cached report objects of a topic that the sink still needs, oldest first; no more than can be sent in one message. */
  waiting(topic: string, sink: string): readonly string[];
  /** How many bytes wait for the sink. */
  waitingBytes(topic: string, sink: string): number;
  /** The file system has turned out to be read-only: nothing can be kept. */
  readonly disabled: boolean;
  /** Sinks whose latest delivery in this process failed. */
  readonly failing: Set<string>;
  /** The sink has got these. */
  delivered(topic: string, sink: string, messages: readonly string[]): void;
  /** The sinks failed to take this report object. `if possible`: nothing is said if the cache cannot be written either. */
  queue(topic: string, message: string, sinks: readonly string[], how?: "if possible"): void;
  /** Brings the file up to date at the end of reporting. `takers` gives the sinks subscribed to a topic now. */
  writeBack(takers: (topic: string) => readonly string[]): void;
}

const defaultLines = 10_000;
const defaultBytes = 100 * 1024 * 1024;
/** So much is sent along with a new report; the rest goes with the next ones. */
const messageBytes = 4 * 1024 * 1024;

/** Writes text where a person may see it: the controlling terminal, else stderr, else stdout. */
export function writeToPerson(host: Host, text: string): void {
  const ways = [
    () => host.files.append("/dev/tty", text),
    () => host.terminal.write(2, text),
    () => host.terminal.write(1, text),
  ];
  for (const way of ways) {
    try {
      way();
      return;
    } catch {
      // The next one, then.
    }
  }
}

/** An entry that is new to the file. */
interface Fresh {
  readonly key: string;
  readonly entry: CacheEntry;
  /** With its line break. */
  readonly text: string;
  /** In bytes. */
  readonly size: number;
}

/** Opens the cache; the file is only looked at when a report is published. */
export function createReportCache(options: CacheOptions): ReportCache {
  const { host, logger } = options;
  const path = resolvePath(host, options.location) ?? options.location;
  const lockPath = `${path}.lock`;
  const maximumLines = options.maximumLines ?? defaultLines;
  const maximumBytes = options.maximumBytes ?? defaultBytes;
  /** What the file held when it was last read, and how to tell that it has changed since: other processes deliver from it too. */
  let known: IndexedLine[] = [];
  let isWhole = true;
  let stamp: string | undefined;
  /** Not yet in the file, by key. */
  let added = new Map<string, CacheEntry>();
  /** Those of them that may be lost. */
  let optional = new Set<CacheEntry>();
  /** Delivered, but still in the file. */
  let removed: { readonly key: string; readonly sink: string }[] = [];
  let disabled = false;
  let brokenTold = false;
  let leftTold = false;
  let waitingTold = false;

  /** Changes whenever the file does; it is always replaced as a whole or grows. */
  function currentStamp(): string {
    const found = host.files.find(path);
    return found === undefined ? "none" : `${found.device}:${found.inode}:${found.size}:${found.modified}`;
  }

  /** Brings the index up to date with the file. */
  function refresh(): void {
    const now = currentStamp();
    if (now === stamp) return;
    const read = readIndex(host, path);
    known = read.lines;
    isWhole = read.isWhole;
    stamp = now;
    for (const change of removed) take(change);
    const broken = known.filter(({ entry }) => entry === undefined).length;
    if (broken === 0 || brokenTold) return;
    brokenTold = true;
    logger.warn(`report cache ${path}: ${broken} line${broken === 1 ? "" : "s"} could not be read; kept as they are`);
  }

  function load(): readonly IndexedLine[] {
    try {
      // Replacement is atomic, so reading needs the lock only against lines being appended; it is not worth waiting for a file that isn't there.
      const now = currentStamp();
      if (now === "none") [known, stamp] = [[], now];
      else if (now !== stamp) withLock(host, lockPath, options.lockTimeout, refresh);
    } catch (error) {
      known = [];
      logger.warn(`report cache ${path} could not be read: ${error instanceof HostError ? error.code : String(error)}`);
    }
    return known;
  }

  function linesFor(topic: string, sink: string): readonly IndexedLine[] {
    return disabled ? [] : load().filter(({ entry }) => entry?.topic === topic && entry.sinks.has(sink));
  }

  /** Notes that a sink needs a message no more. */
  function take({ key, sink }: (typeof removed)[number]): void {
    for (const line of known) if (line.entry?.key === key && line.entry.sinks.delete(sink)) line.changed = true;
  }

  /** Adds our entries to those that have the same message; what is left is new. */
  function mergeAdded(): Fresh[] {
    const byKey = new Map(known.flatMap((line) => (line.entry === undefined ? [] : [[line.entry.key, line] as const])));
    return [...added].flatMap(([key, entry]): Fresh[] => {
      const line = byKey.get(key);
      if (line?.entry === undefined) {
        const text = `${formatLine(entry)}\n`;
        return [{ key, entry, text, size: new TextEncoder().encode(text).length }];
      }
      for (const sink of entry.sinks) {
        if (line.entry.sinks.has(sink)) continue;
        line.entry.sinks.add(sink);
        line.changed = true;
      }
      return [];
    });
  }

  /** Brings the file up to date. It is only written anew when something in it has changed; otherwise it grows. */
  function mergeIntoFile(): void {
    refresh();
    const fresh = mergeAdded();
    const left = known.filter(({ entry }) => entry === undefined || entry.sinks.size > 0);
    const dropped = surplus(
      [...left.map(({ length }) => length + 1), ...fresh.map(({ size }) => size)],
      maximumLines,
      maximumBytes,
    );
    if (dropped > 0) logger.warn(`report cache ${path} is full: ${dropped} oldest entries dropped`);
    const kept = left.slice(dropped);
    const lines = fresh.slice(Math.max(0, dropped - left.length));
    const count = kept.filter(({ entry }) => entry !== undefined).length + lines.length;
    if (kept.length + lines.length === 0) {
      if (stamp === "none") return;
      host.files.remove(path);
      [known, stamp] = [[], "none"];
      logger.info(`report cache flushed: ${path}`);
      return;
    }
    if (stamp === "none" || !isWhole || kept.length < known.length || kept.some(({ changed }) => changed)) {
      rewrite(
        host,
        path,
        kept,
        lines.map(({ text }) => text),
      );
      stamp = undefined;
    } else if (lines.length > 0) {
      grow(lines);
    }
    if (added.size > 0) tellWaiting(count);
  }

  function tellWaiting(count: number): void {
    waitingTold = true;
    logger.warn(`${count} report${count === 1 ? "" : "s"} waiting in the report cache ${path}`);
  }

  /** One write at the end of the file, which is then on disk. What we know already need not be read again. */
  function grow(lines: readonly Fresh[]): void {
    const sizeNow = () => host.files.find(path)?.size ?? 0;
    let offset = sizeNow();
    host.files.append(path, lines.map(({ text }) => text).join(""), 0o600);
    const file = host.files.open(path, "read");
    try {
      file.sync();
    } finally {
      file.close();
    }
    const grown = lines.reduce((sum, { size }) => sum + size, offset);
    if (sizeNow() !== grown) {
      // Somebody without the lock was there too.
      stamp = undefined;
      return;
    }
    for (const { key, entry, size } of lines) {
      known.push({ offset, length: size - 1, entry: { topic: entry.topic, key, sinks: entry.sinks }, changed: false });
      offset += size;
    }
    stamp = currentStamp();
  }

  function appendToFile(): void {
    for (const entry of added.values()) host.files.append(path, `${formatLine(entry)}\n`, 0o600);
    logger.warn(`report cache ${path} is locked by another process: ${added.size} reports appended`);
  }

  function giveUp(error: unknown): void {
    const code = error instanceof HostError ? error.code : String(error);
    if (code === "EROFS") {
      disabled = true;
      logger.warn(`report cache disabled: ${path} is on a read-only filesystem`);
      return;
    }
    const needed = [...added.values()].filter((entry) => !optional.has(entry));
    if (needed.length > 0) {
      logger.error(`report cache ${path} could not be written: ${code}`);
      const lines = needed.map((entry) => `${formatLine(entry)}\n`).join("");
      writeToPerson(
        host,
        `Reports that could not be delivered. To have them sent later, append these lines to the file that report_cache_location names:\n${lines}`,
      );
    }
  }

  return {
    get disabled() {
      return disabled;
    },
    failing: new Set(),
    waitingBytes: (topic, sink) => linesFor(topic, sink).reduce((sum, { length }) => sum + length, 0),
    waiting(topic, sink) {
      const lines = linesFor(topic, sink);
      try {
        return readMessages(host, path, lines, messageBytes);
      } catch {
        // The file was replaced or removed just now; what it holds goes with a later report.
        return [];
      }
    },
    delivered(topic, sink, messages) {
      for (const message of new Set(messages)) {
        const change = { key: keyOf(host, topic, message), sink };
        take(change);
        removed.push(change);
      }
    },
    queue(topic, message, sinks, how) {
      if (disabled || sinks.length === 0) return;
      const key = keyOf(host, topic, message);
      const same = added.get(key);
      if (same !== undefined) {
        for (const sink of sinks) same.sinks.add(sink);
        if (how === undefined) optional.delete(same);
        return;
      }
      const entry = { topic, message, sinks: new Set(sinks) };
      added.set(key, entry);
      if (how === "if possible") optional.add(entry);
    },
    writeBack(takers) {
      if (disabled) return;
      if (added.size > 0 || removed.length > 0) {
        try {
          withLock(host, lockPath, options.lockTimeout, (locked) => {
            if (locked) mergeIntoFile();
            else if (added.size > 0) appendToFile();
          });
        } catch (error) {
          giveUp(error);
          // What the index says may not have come into the file.
          stamp = undefined;
        }
        added = new Map();
        optional = new Set();
        removed = [];
      }
      if (leftTold && waitingTold) return;
      const left = load().flatMap(({ entry }) => entry ?? []);
      const orphans = left.filter(({ topic, sinks }) => !takers(topic).some((sink) => sinks.has(sink))).length;
      // What waited before is told once, what this process adds each time.
      if (left.length > orphans && !waitingTold) tellWaiting(left.length);
      if (orphans > 0 && !leftTold) {
        leftTold = true;
        logger.warn(`report cache ${path}: no sink in use takes ${orphans} of its reports`);
      }
    },
  };
}
