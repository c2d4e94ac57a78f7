/**
 * What ships with the program, prepared when it was built: the evaluated base configuration, the schema, the command line, the functions that
 * configurations may call, and what the checker needs to know about all that. One file: a first line with the length of the head, the head as JSON, then
 * chunks of text that are read when somebody needs them. Everything is ASCII, so that a chunk can be cut out by its offset.
 */
import type { ModuleIr } from "../../compiler/ir.js";
import type { CommandLineSpec } from "../cmdline/spec.js";
import type { Host } from "../host/host.js";
import type { Store } from "../store.js";
import type { Value } from "../values.js";
import { restoreStore, restoreValue, type StoreSnapshot, storeValue } from "./snapshot.js";

/** Raised whenever the form of the file changes. */
export const shippedFormat = 3;

/** What the build puts in. */
export interface ShippedContents {
  readonly version: string;
  readonly store: StoreSnapshot;
  readonly commandLine: CommandLineSpec;
  readonly dockerCommandLine: CommandLineSpec;
  /** Files that are evaluated at every start, because they look at terminal, environment and command. */
  readonly startFiles: readonly ModuleIr[];
  /** Functions of the other shipped files: their modules, without bodies of the top level. */
  readonly functionFiles: readonly ModuleIr[];
  /** Exported variables and enum constants. */
  readonly cells: readonly (readonly [string, Value])[];
  /** Text of `saveLoadedSchema`. */
  readonly schema: string;
  /** JSON of `saveContext`. */
  readonly context: string;
  /** Markdown texts for `chalk help`, by name. */
  readonly documents: Readonly<Record<string, string>>;
  /** Texts of `saveReporting`. */
  readonly reporting: Readonly<Record<string, string>>;
}

/** A function of the shipped files: where to find it when it is called. */
export interface ShippedFunction {
  readonly name: string;
  readonly entry: string;
  /** Index into `functionFiles`, and of the function in its file. */
  readonly file: number;
  readonly index: number;
}

interface Head {
  readonly format: number;
  readonly version: string;
  readonly store: Omit<StoreSnapshot, "chunks">;
  readonly cells: readonly (readonly [string, unknown])[];
  readonly functions: readonly ShippedFunction[];
  /** Part (0: this file, 1: the other one), offset and length of each chunk, by name. */
  readonly chunks: Readonly<Record<string, readonly [number, number, number]>>;
}

/** The prepared configuration, opened. */
export interface Shipped {
  readonly version: string;
  /** A fresh store with the evaluated base configuration. */
  store(): Store;
  cells(): readonly (readonly [string, Value])[];
  commandLine(): CommandLineSpec;
  /** The command line of docker; read only if somebody asks. */
  dockerCommandLine(): CommandLineSpec;
  startFiles(): readonly ModuleIr[];
  functions(): readonly ShippedFunction[];
  functionFiles(): readonly ModuleIr[];
  schemaText(): string;
  contextText(): string;
  /** Markdown texts for `chalk help`, by name; read only if somebody asks. */
  documents(): Readonly<Record<string, string>>;
  /** A part of `saveReporting`, undefined if there is none of that name. */
  reportingText(name: string): string | undefined;
}

/** JSON with every character outside ASCII escaped. */
function ascii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Chunks that every start or report reads, and those that are so small that keeping them apart gains nothing. */
const hotChunks: ReadonlySet<string> = new Set(["commandLine", "startFiles"]);
const reportingPrefix = "reporting.";
const smallChunk = 5000;

/** The two parts of the prepared configuration: what every start reads, and the rest. */
export interface ShippedParts {
  readonly hot: string;
  readonly cold: string;
}

/** Writes the two parts. */
export function splitShipped(contents: ShippedContents): ShippedParts {
  const chunks: Record<string, readonly [number, number, number]> = {};
  const bodies: [string, string] = ["", ""];
  const add = (name: string, text: string): void => {
    const safe = ascii(text);
    const part = hotChunks.has(name) || name.startsWith(reportingPrefix) || safe.length < smallChunk ? 0 : 1;
    chunks[name] = [part, bodies[part].length, safe.length];
    bodies[part] += safe;
  };
  contents.store.chunks.forEach((chunk, index) => {
    add(`store.${index}`, chunk);
  });
  add("commandLine", JSON.stringify(contents.commandLine));
  add("dockerCommandLine", JSON.stringify(contents.dockerCommandLine));
  add("startFiles", JSON.stringify(contents.startFiles));
  add("functionFiles", JSON.stringify(contents.functionFiles));
  add("schema", contents.schema);
  add("context", contents.context);
  add("documents", JSON.stringify(contents.documents));
  for (const [name, text] of Object.entries(contents.reporting)) add(`${reportingPrefix}${name}`, text);
  const { chunks: _, ...store } = contents.store;
  const functions = contents.functionFiles.flatMap((module, file) =>
    module.functions.map(({ name, entry }, index) => ({ name, entry, file, index })),
  );
  const cells = contents.cells.map(([name, value]) => [name, storeValue(value)] as const);
  const head: Head = { format: shippedFormat, version: contents.version, store, cells, functions, chunks };
  const headText = ascii(JSON.stringify(head));
  return { hot: `${headText.length}\n${headText}${bodies[0]}`, cold: bodies[1] };
}

/** Both parts in one file, for tests and tools: the second part follows the first. */
export function writeShipped(contents: ShippedContents): string {
  const { hot, cold } = splitShipped(contents);
  return `${hot}${cold}`;
}

/** Where a chunk is: in which file, and where in it. */
class Parts {
  private readonly host: Pick<Host, "files">;
  private readonly coldPath: string | undefined;
  private readonly hot: Uint8Array;
  private readonly bodyStart: number;
  private readonly decoder = new TextDecoder("latin1");
  readonly head: Head;
  private cold: Uint8Array | undefined;

  constructor(host: Pick<Host, "files">, path: string, coldPath: string | undefined) {
    this.host = host;
    this.coldPath = coldPath;
    this.hot = host.files.readBytes(path);
    const newline = this.hot.indexOf(10);
    this.bodyStart = newline + 1 + Number(this.decoder.decode(this.hot.subarray(0, newline)));
    this.head = JSON.parse(this.decoder.decode(this.hot.subarray(newline + 1, this.bodyStart))) as Head;
  }

  chunk(name: string): string {
    const [part, offset, length] = this.head.chunks[name] as readonly [number, number, number];
    if (part === 0) return this.decoder.decode(this.hot.subarray(this.bodyStart + offset, this.bodyStart + offset + length));
    this.cold ??= this.coldPath === undefined ? this.hot.subarray(this.hotEnd()) : this.host.files.readBytes(this.coldPath);
    return this.decoder.decode(this.cold.subarray(offset, offset + length));
  }

  /** Where the first part ends in a file that holds both. */
  private hotEnd(): number {
    const ends = Object.values(this.head.chunks).map(([part, offset, length]) => (part === 0 ? offset + length : 0));
    return this.bodyStart + Math.max(0, ...ends);
  }
}

/**
 * Opens the prepared configuration; reads only its head. `coldPath`: the second part, if it is a file of its own. Throws an `Error` if it is of another
 * format (a build gone wrong).
 */
export function openShipped(host: Pick<Host, "files">, path: string, coldPath?: string): Shipped {
  const parts = new Parts(host, path, coldPath);
  const { head } = parts;
  if (head.format !== shippedFormat)
    throw new Error(`the prepared configuration has format ${head.format}, not ${shippedFormat}`);
  const parsed = new Map<string, unknown>();
  const read = <T>(name: string): T => {
    if (!parsed.has(name)) parsed.set(name, JSON.parse(parts.chunk(name)));
    return parsed.get(name) as T;
  };
  return {
    version: head.version,
    store: () => restoreStore(head.store, (index) => parts.chunk(`store.${index}`)),
    cells: () => head.cells.map(([name, value]) => [name, restoreValue(value as Parameters<typeof restoreValue>[0])] as const),
    commandLine: () => read<CommandLineSpec>("commandLine"),
    dockerCommandLine: () => read<CommandLineSpec>("dockerCommandLine"),
    startFiles: () => read<ModuleIr[]>("startFiles"),
    functions: () => head.functions,
    functionFiles: () => read<ModuleIr[]>("functionFiles"),
    schemaText: () => parts.chunk("schema"),
    contextText: () => parts.chunk("context"),
    documents: () => read<Record<string, string>>("documents"),
    reportingText: (name) =>
      Object.hasOwn(head.chunks, `${reportingPrefix}${name}`) ? parts.chunk(`${reportingPrefix}${name}`) : undefined,
  };
}
