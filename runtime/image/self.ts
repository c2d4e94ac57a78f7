/**
 * Reading the mark of an executable that holds chalk's own configuration (`runtime-core.md` 7.2). This is on the start-up path of every command, so it
 * reads no more than the ELF header, section headers, section names and the mark: four small reads, whatever the size of the file.
 */

import type { ByteSource } from "../codecs/candidate.js";
import { readMarkSection } from "../codecs/elf/codec.js";
import { findMarkQuickly, isElfMagic, readElfLayout } from "../codecs/elf/layout.js";
import { findAppendedMark } from "../codecs/elf-last-resort/codec.js";
import type { Hashing, Host } from "../host/host.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { isChalkExecutable, isMark } from "../marks/format.js";
import { configurationHash, KEY, type SelfState, stateOfMark } from "./state.js";

export { isChalkExecutable };

export interface SelfMark {
  readonly path: string;
  /** Name of the codec that the mark belongs to. */
  readonly codec: "elf" | "elf_last_resort";
  /** Undefined: not marked yet. */
  readonly mark: JsonObject | undefined;
  readonly state: SelfState;
  readonly chalkId: string | undefined;
  /** What was wrong with the mark or its members; for trace or warning messages. */
  readonly problems: readonly string[];
}

/**
 * Reads the self mark of an executable.
 * @returns undefined if the file is of no executable format that can hold one. Throws a `HostError` if it cannot be read.
 */
export function readSelfMark(host: Pick<Host, "files">, path: string): SelfMark | undefined {
  const file = host.files.open(path, "read");
  try {
    const source: ByteSource = { size: file.stat().size, read: (offset, length) => file.read(offset, length) };
    return readFrom(source, path);
  } finally {
    file.close();
  }
}

function readFrom(source: ByteSource, path: string): SelfMark | undefined {
  const problems: string[] = [];
  const problem = (reason: string) => problems.push(reason);
  const place = findMarkQuickly(source);
  if (place !== undefined) return selfMark(path, "elf", readMarkSection(source, place, problem), problems);
  const layout = readElfLayout(source);
  if (!("rejected" in layout) && layout.chalk !== undefined) {
    const { section, free } = layout.chalk;
    return selfMark(path, "elf", free ? undefined : readMarkSection(source, section, problem), problems);
  }
  const head = source.read(0, 64);
  if (!isElfMagic(head)) return undefined;
  const appended = findAppendedMark(source, head, path, problem);
  if (appended !== undefined && isMark(appended.object)) return selfMark(path, "elf_last_resort", appended.object, problems);
  return selfMark(path, "rejected" in layout ? "elf_last_resort" : "elf", undefined, problems);
}

function selfMark(path: string, codec: SelfMark["codec"], mark: JsonObject | undefined, problems: string[]): SelfMark {
  const state = stateOfMark(mark, (key) => problems.push(`${key} is not of the expected form, ignored`));
  const id = mark?.get("CHALK_ID");
  return { path, codec, mark, state, chalkId: typeof id === "string" ? id : undefined, problems };
}

/**
 * The compiled configuration in a self mark, if it was made by this version from exactly the configuration that is embedded.
 * @returns its text, or why it cannot be used (for a trace message); undefined if there is none.
 */
export function matchingIr(
  self: SelfMark,
  hashing: Hashing,
  format: number,
  version: string,
): string | { readonly mismatch: string } | undefined {
  const entry = self.mark?.get(KEY.ir);
  if (entry === undefined) return undefined;
  if (!isJsonObject(entry)) return { mismatch: "it is not an object" };
  const ir = entry.get("ir");
  if (entry.get("format") !== format) return { mismatch: "another format" };
  if (entry.get("chalk_version") !== version) return { mismatch: "another version of chalk" };
  if (entry.get("source_sha256") !== configurationHash(hashing, self.state))
    return { mismatch: "the configuration is not the one it was made from" };
  return typeof ir === "string" ? ir : { mismatch: "no text" };
}
