/**
 * The lines of the report cache file (`runtime-core.md` 12): one object per distinct message with the sinks that still need it. A line that isn't one of
 * ours is kept as it is: it may come from another version.
 */
import { compact, isJsonList, isJsonObject, parseJson } from "../json.js";

export interface CacheEntry {
  readonly topic: string;
  /** The report object in compact style. */
  readonly message: string;
  /** Names of sink configurations that have not got it yet, in the order in which they failed. */
  readonly sinks: Set<string>;
}

export type CacheLine = CacheEntry | { readonly verbatim: string };

export const isEntry = (line: CacheLine): line is CacheEntry => !("verbatim" in line);

/** The text of one line, without line break. */
export function formatLine(line: CacheLine): string {
  if (!isEntry(line)) return line.verbatim;
  return compact(
    new Map<string, string | string[]>([
      ["$message", line.message],
      ["$topic", line.topic],
      ["$sinks", [...line.sinks]],
    ]),
  );
}

function parseLine(text: string): CacheLine {
  const parsed = parseJson(text);
  if (!("value" in parsed) || text.slice(parsed.end).trim() !== "" || !isJsonObject(parsed.value)) return { verbatim: text };
  const message = parsed.value.get("$message");
  const topic = parsed.value.get("$topic");
  const sinks = parsed.value.get("$sinks");
  if (typeof message !== "string" || typeof topic !== "string" || !isJsonList(sinks)) return { verbatim: text };
  if (!sinks.every((sink) => typeof sink === "string")) return { verbatim: text };
  return { topic, message, sinks: new Set(sinks as readonly string[]) };
}

/** The lines of a cache file; blank ones are skipped. */
export function parseLines(text: string): CacheLine[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parseLine);
}

/** Adds an entry, or its sinks to the one that has the same message. */
export function addEntry(lines: CacheLine[], entry: CacheEntry): void {
  const same = lines.find((line) => isEntry(line) && line.message === entry.message && line.topic === entry.topic);
  if (same === undefined || !isEntry(same)) lines.push({ ...entry, sinks: new Set(entry.sinks) });
  else for (const sink of entry.sinks) same.sinks.add(sink);
}

/** The newest lines that fit into the bounds. */
export function newestWithin(lines: readonly CacheLine[], maximumLines: number, maximumBytes: number): CacheLine[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  let from = lines.length;
  while (from > 0 && lines.length - from < maximumLines) {
    bytes += encoder.encode(formatLine(lines[from - 1] as CacheLine)).length + 1;
    if (bytes > maximumBytes) break;
    from--;
  }
  return lines.slice(from);
}
