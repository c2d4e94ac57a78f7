/**
 * Reports that a sink did not take wait in a file until it does (`runtime-core.md` 12). The file is read once per process and never changed by reading; what
 * this process adds and delivers is remembered as changes and merged into the file under an exclusive lock, so that chalks that run at the same time lose
 * nothing of each other.
 */
import { type Host, HostError } from "../host/host.js";
import type { Logger } from "../log/index.js";
import { resolvePath } from "../paths.js";
import { addEntry, type CacheEntry, type CacheLine, formatLine, isEntry, newestWithin, parseLines } from "./lines.js";
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
  /** Cached report objects of a topic that the sink still needs, oldest first. */
  waiting(topic: string, sink: string): readonly string[];
  /** The sink has got these. */
  delivered(topic: string, sink: string, messages: readonly string[]): void;
  /** The sinks failed to take this report object. `if possible`: nothing is said if the cache cannot be written either. */
  queue(topic: string, message: string, sinks: readonly string[], how?: "if possible"): void;
  /** Brings the file up to date at the end of reporting. `takers` gives the sinks subscribed to a topic now. */
  writeBack(takers: (topic: string) => readonly string[]): void;
}

const defaultLines = 10_000;
const defaultBytes = 100 * 1024 * 1024;

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

/** Opens the cache; the file is only looked at when a report is published. */
export function createReportCache(options: CacheOptions): ReportCache {
  const { host, logger } = options;
  const path = resolvePath(host, options.location) ?? options.location;
  const lockPath = `${path}.lock`;
  const maximumLines = options.maximumLines ?? defaultLines;
  const maximumBytes = options.maximumBytes ?? defaultBytes;
  /** What the file held when it was last read, and how to tell that it has changed since: other processes deliver from it too. */
  let known: CacheLine[] = [];
  let stamp: string | undefined;
  /** Not yet in the file. */
  let added: CacheEntry[] = [];
  /** Those of them that may be lost. */
  let optional = new Set<CacheEntry>();
  /** Delivered, but still in the file. */
  let removed: { topic: string; sink: string; message: string }[] = [];
  let disabled = false;
  let brokenTold = false;
  let leftTold = false;

  function readFile(): CacheLine[] {
    if (host.files.find(path) === undefined) return [];
    const lines = parseLines(host.files.readText(path));
    const broken = lines.filter((line) => !isEntry(line)).length;
    if (broken > 0 && !brokenTold) {
      brokenTold = true;
      logger.warn(`report cache ${path}: ${broken} line${broken === 1 ? "" : "s"} could not be read; kept as they are`);
    }
    return lines;
  }

  /** Changes whenever the file does; it is always replaced as a whole or grows. */
  function currentStamp(): string {
    const found = host.files.find(path);
    return found === undefined ? "none" : `${found.device}:${found.inode}:${found.size}:${found.modified}`;
  }

  function load(): CacheLine[] {
    try {
      const now = currentStamp();
      if (now === stamp) return known;
      stamp = now;
      // Replacement is atomic, so reading needs the lock only against lines being appended; it is not worth waiting for a file that isn't there.
      known = now === "none" ? [] : withLock(host, lockPath, options.lockTimeout, readFile);
      for (const change of removed) take(known, change);
    } catch (error) {
      known = [];
      logger.warn(`report cache ${path} could not be read: ${error instanceof HostError ? error.code : String(error)}`);
    }
    return known;
  }

  /** Notes in the lines that a sink needs a message no more. */
  function take(lines: readonly CacheLine[], { topic, sink, message }: (typeof removed)[number]): void {
    for (const line of lines) if (isEntry(line) && line.topic === topic && line.message === message) line.sinks.delete(sink);
  }

  /** The file as it is now, with our changes. */
  function merged(): CacheLine[] {
    const lines = readFile();
    for (const change of removed) take(lines, change);
    for (const entry of added) addEntry(lines, entry);
    const left = lines.filter((line) => !isEntry(line) || line.sinks.size > 0);
    const kept = newestWithin(left, maximumLines, maximumBytes);
    if (kept.length < left.length)
      logger.warn(`report cache ${path} is full: ${left.length - kept.length} oldest entries dropped`);
    return kept;
  }

  function mergeIntoFile(): void {
    const lines = merged();
    if (lines.length > 0) {
      host.files.replace(path, lines.map((line) => `${formatLine(line)}\n`).join(""), 0o600);
      const count = lines.filter(isEntry).length;
      if (added.length > 0) logger.warn(`${count} report${count === 1 ? "" : "s"} waiting in the report cache ${path}`);
    } else if (host.files.find(path) !== undefined) {
      host.files.remove(path);
      logger.info(`report cache flushed: ${path}`);
    }
    known = lines;
    stamp = currentStamp();
  }

  function appendToFile(): void {
    for (const entry of added) host.files.append(path, `${formatLine(entry)}\n`, 0o600);
    logger.warn(`report cache ${path} is locked by another process: ${added.length} reports appended`);
  }

  function giveUp(error: unknown): void {
    const code = error instanceof HostError ? error.code : String(error);
    if (code === "EROFS") {
      disabled = true;
      logger.warn(`report cache disabled: ${path} is on a read-only filesystem`);
      return;
    }
    const needed = added.filter((entry) => !optional.has(entry));
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
    waiting(topic, sink) {
      if (disabled) return [];
      return load().flatMap((line) => (isEntry(line) && line.topic === topic && line.sinks.has(sink) ? [line.message] : []));
    },
    delivered(topic, sink, messages) {
      for (const message of new Set(messages)) {
        const change = { topic, sink, message };
        take(known, change);
        removed.push(change);
      }
    },
    queue(topic, message, sinks, how) {
      if (disabled || sinks.length === 0) return;
      const entry = { topic, message, sinks: new Set(sinks) };
      added.push(entry);
      if (how === "if possible") optional.add(entry);
    },
    writeBack(takers) {
      if (disabled) return;
      if (added.length > 0 || removed.length > 0) {
        try {
          withLock(host, lockPath, options.lockTimeout, (locked) => {
            if (locked) mergeIntoFile();
            else if (added.length > 0) appendToFile();
          });
        } catch (error) {
          giveUp(error);
        }
        added = [];
        optional = new Set();
        removed = [];
      }
      const orphans = load().filter((line) => isEntry(line) && !takers(line.topic).some((sink) => line.sinks.has(sink)));
      if (orphans.length > 0 && !leftTold) {
        leftTold = true;
        logger.warn(`report cache ${path}: no sink in use takes ${orphans.length} of its reports`);
      }
    },
  };
}
