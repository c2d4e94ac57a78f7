/**
 * What /proc tells about one process (`collection.md` 2.9): four small files and two links, each read at most once and only when a field of it is
 * asked for. A field whose source cannot be read (the process is gone, or belongs to somebody else) is absent.
 */
import type { Host } from "../host/host.js";
import { Float, type Json } from "../json.js";
import { columns, decimal, lines, readKernelLink, readKernelText } from "./kernel-text.js";

const stateNames: Readonly<Record<string, string>> = {
  R: "Running",
  S: "Sleeping",
  D: "Waiting",
  Z: "Zombie",
  T: "Stopped",
  t: "Tracing stop",
  X: "Dead",
  x: "Dead",
  K: "Wakekill",
  W: "Waking",
  P: "Parked",
  I: "Idle",
};

const seccompNames: Readonly<Record<string, string>> = { "0": "disabled", "1": "strict", "2": "filter" };

/** Fields 3 and up of `stat`, by the numbers of proc(5). */
const firstStatField = 3;

/** The parsed `stat` file. */
export interface ProcessStat {
  readonly name: string;
  /** The text of field `number`. */
  field(number: number): string;
}

/** `stat`: the name may hold blanks and parentheses, so everything counts from the last one. Undefined if it is not readable as such. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const rest = text
    .slice(close + 1)
    .trim()
    .split(" ");
  if (rest.length < 20) return undefined;
  return { name: text.slice(open + 1, close), field: (number) => rest[number - firstStatField] ?? "" };
}

/** Start time of a process in clock ticks since boot and its state letter; undefined if there is no such process. */
export function processBirth(host: Host, pid: number): { readonly start: string; readonly state: string } | undefined {
  const stat = parseStat(readKernelText(host.files, `/proc/${pid}/stat`));
  return stat && { start: stat.field(22), state: stat.field(3) };
}

/** Ticks per second: the kernel tells every program at its start (auxiliary vector entry 17). */
export function clockRate(host: Host): number {
  try {
    const bytes = host.files.readBytes("/proc/self/auxv");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      if (view.getBigUint64(at, true) === 17n) return Number(view.getBigUint64(at + 8, true)) || 100;
    }
  } catch {}
  const answer = host.processes.run("getconf", ["CLK_TCK"], { timeout: 1000 });
  return Number.parseInt(new TextDecoder().decode(answer.stdout), 10) || 100;
}

/** The sources of one process, read when first used. */
export class ProcessSources {
  readonly pid: number;
  readonly #host: Host;
  readonly #rate: () => number;
  #stat: ProcessStat | undefined | null = null;
  #status: ReadonlyMap<string, string> | undefined;
  #argv: readonly string[] | undefined;
  #command: string | undefined;
  readonly #links = new Map<string, string | undefined>();

  constructor(host: Host, pid: number, rate: () => number) {
    this.#host = host;
    this.pid = pid;
    this.#rate = rate;
  }

  #text(name: string): string {
    return readKernelText(this.#host.files, `/proc/${this.pid}/${name}`);
  }

  get stat(): ProcessStat | undefined {
    if (this.#stat === null) this.#stat = parseStat(this.#text("stat"));
    return this.#stat;
  }

  /** Lines `Name: value` of `status`. */
  get status(): ReadonlyMap<string, string> {
    this.#status ??= new Map(
      lines(this.#text("status")).map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      }),
    );
    return this.#status;
  }

  /** Empty for kernel threads and vanished processes. */
  get argv(): readonly string[] {
    if (this.#argv === undefined) {
      const words = this.#text("cmdline").split("\0");
      if (words.at(-1) === "") words.pop();
      this.#argv = words;
    }
    return this.#argv;
  }

  get command(): string {
    this.#command ??= this.#text("comm").trim();
    return this.#command;
  }

  link(name: "cwd" | "exe"): string | undefined {
    if (!this.#links.has(name)) this.#links.set(name, readKernelLink(this.#host.files, `/proc/${this.pid}/${name}`));
    return this.#links.get(name);
  }

  /** A counter of ticks as seconds. */
  seconds(ticks: string): Float {
    return new Float(Number(decimal(ticks)) / this.#rate());
  }
}

type FieldFunction = (sources: ProcessSources) => Json | undefined;

const statText =
  (number: number, convert: (text: string, sources: ProcessSources) => Json): FieldFunction =>
  (sources) =>
    sources.stat && convert(sources.stat.field(number), sources);
const statNumber = (number: number) => statText(number, decimal);
const statSeconds = (number: number) => statText(number, (text, sources) => sources.seconds(text));

const statusValue =
  (name: string, convert: (text: string) => Json): FieldFunction =>
  (sources) => {
    const text = sources.status.get(name);
    return text === undefined ? undefined : convert(text);
  };
const numberList = (text: string): Json => columns(text).map(decimal);

/** The fields of a record, in their order. */
export const recordFields = {
  pid: (sources) => sources.pid,
  name: (sources) => sources.stat?.name,
  state: statText(3, (letter) => stateNames[letter] ?? letter),
  ppid: statNumber(4),
  pgrp: statNumber(5),
  sid: statNumber(6),
  tty_nr: statNumber(7),
  tpgid: statNumber(8),
  user_time: statSeconds(14),
  system_time: statSeconds(15),
  child_utime: statSeconds(16),
  child_stime: statSeconds(17),
  priority: statNumber(18),
  nice: statNumber(19),
  num_threads: statNumber(20),
  runtime: statSeconds(22),
  // Octal digits read as a decimal number, as the shell displays them.
  umask: statusValue("Umask", decimal),
  uid: statusValue("Uid", numberList),
  gid: statusValue("Gid", numberList),
  fdsize: statusValue("FDSize", decimal),
  groups: statusValue("Groups", numberList),
  seccomp: statusValue("Seccomp", (text) => seccompNames[text] ?? "unknown"),
  argv: (sources) => (sources.argv.length === 0 ? undefined : sources.argv),
  command: (sources) => sources.command || undefined,
  cwd: (sources) => sources.link("cwd"),
  path: (sources) => sources.link("exe"),
} as const satisfies Readonly<Record<string, FieldFunction>>;

export type RecordField = keyof typeof recordFields;

/** One field; undefined if its source is unreadable or does not parse. */
export function recordField(sources: ProcessSources, field: RecordField): Json | undefined {
  try {
    return recordFields[field](sources);
  } catch {
    return undefined;
  }
}

/** The whole record, undefined if there is no such process (any more). */
export function processRecord(sources: ProcessSources): Map<string, Json> | undefined {
  if (sources.stat === undefined) return undefined;
  const record = new Map<string, Json>();
  for (const field of Object.keys(recordFields) as RecordField[]) {
    const value = recordField(sources, field);
    if (value !== undefined) record.set(field, value);
  }
  return record;
}
