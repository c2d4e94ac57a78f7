/**
 * What ships with the program, prepared when it was built: the evaluated base configuration, the schema, the command line, the functions that
 * configurations may call, and what the checker needs to know about all that. One file: a first line with the length of the head, the head as JSON, then
 * chunks of text that are read when somebody needs them. Everything is ASCII, so that a chunk can be cut out by its offset.
 */
import type { ModuleIr } from "../../compiler/ir.js";
import type { CommandLineSpec } from "../cmdline/spec.js";
import type { Host } from "../host/host.js";
import type { Store } from "../store.js";
import { restoreStore, restoreValue, type StoreSnapshot, storeValue } from "./snapshot.js";
import type { Value } from "../values.js";

/** Raised whenever the form of the file changes. */
export const shippedFormat = 1;

/** What the build puts in. */
export interface ShippedContents {
  readonly version: string;
  readonly store: StoreSnapshot;
  readonly commandLine: CommandLineSpec;
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
}

interface Head {
  readonly format: number;
  readonly version: string;
  readonly store: Omit<StoreSnapshot, "chunks">;
  readonly cells: readonly (readonly [string, unknown])[];
  /** Offset and length of each chunk behind the head, by name. */
  readonly chunks: Readonly<Record<string, readonly [number, number]>>;
}

/** The prepared configuration, opened. */
export interface Shipped {
  readonly version: string;
  /** A fresh store with the evaluated base configuration. */
  store(): Store;
  cells(): readonly (readonly [string, Value])[];
  commandLine(): CommandLineSpec;
  startFiles(): readonly ModuleIr[];
  functionFiles(): readonly ModuleIr[];
  schemaText(): string;
  contextText(): string;
}

/** JSON with every character outside ASCII escaped. */
function ascii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Writes the file. */
export function writeShipped(contents: ShippedContents): string {
  const chunks: Record<string, readonly [number, number]> = {};
  let body = "";
  const add = (name: string, text: string): void => {
    const safe = ascii(text);
    chunks[name] = [body.length, safe.length];
    body += safe;
  };
  contents.store.chunks.forEach((chunk, index) => {
    add(`store.${index}`, chunk);
  });
  add("commandLine", JSON.stringify(contents.commandLine));
  add("startFiles", JSON.stringify(contents.startFiles));
  add("functionFiles", JSON.stringify(contents.functionFiles));
  add("schema", contents.schema);
  add("context", contents.context);
  const { chunks: _, ...store } = contents.store;
  const head: Head = { format: shippedFormat, version: contents.version, store, cells: contents.cells.map(([name, value]) => [name, storeValue(value)]), chunks };
  const headText = ascii(JSON.stringify(head));
  return `${headText.length}\n${headText}${body}`;
}

/** Opens the file; reads only its head. Throws an `Error` if it is of another format (a build gone wrong). */
export function openShipped(host: Pick<Host, "files">, path: string): Shipped {
  const bytes = host.files.readBytes(path);
  const decoder = new TextDecoder("latin1");
  const newline = bytes.indexOf(10);
  const headLength = Number(decoder.decode(bytes.subarray(0, newline)));
  const bodyStart = newline + 1 + headLength;
  const head = JSON.parse(decoder.decode(bytes.subarray(newline + 1, bodyStart))) as Head;
  if (head.format !== shippedFormat) throw new Error(`the prepared configuration has format ${head.format}, not ${shippedFormat}`);
  const chunk = (name: string): string => {
    const [offset, length] = head.chunks[name] as readonly [number, number];
    return decoder.decode(bytes.subarray(bodyStart + offset, bodyStart + offset + length));
  };
  const parsed = new Map<string, unknown>();
  const read = <T>(name: string): T => {
    if (!parsed.has(name)) parsed.set(name, JSON.parse(chunk(name)));
    return parsed.get(name) as T;
  };
  return {
    version: head.version,
    store: () => restoreStore(head.store, (index) => chunk(`store.${index}`)),
    cells: () => head.cells.map(([name, value]) => [name, restoreValue(value as Parameters<typeof restoreValue>[0])] as const),
    commandLine: () => read<CommandLineSpec>("commandLine"),
    startFiles: () => read<ModuleIr[]>("startFiles"),
    functionFiles: () => read<ModuleIr[]>("functionFiles"),
    schemaText: () => chunk("schema"),
    contextText: () => chunk("context"),
  };
}
