/**
 * Comparing a work tree with the index without the git program (`collection.md` 5.6): versions 2 to 4 of the index file, trees of the commit, and the content
 * of files. Ignore rules are not known here, so untracked files are not.
 */

import { viewOf } from "../../bytes.js";
import { type FileStat, type Host, HostError } from "../../host/host.js";
import { compareBytewise } from "../../json.js";
import { hexOfBytes } from "../../marks/identifiers.js";
import { GitProblem } from "./bytes.js";
import type { Location } from "./discover.js";
import type { ObjectStore } from "./objects.js";
import type { WorkTreeStatus } from "./status.js";

interface IndexEntry {
  readonly path: string;
  readonly id: string;
  readonly mode: number;
  readonly size: number;
  /** Whole seconds. */
  readonly modified: number;
  readonly stage: number;
  /** Told not to look at the work tree, or only announced. */
  readonly skip: boolean;
}

const fixedPart = 40;
const extendedFlag = 0x4000;
const assumeValid = 0x8000;
const nameMask = 0xfff;
const skipWorkTree = 0x4000;
const intentToAdd = 0x2000;
const typeMask = 0o170000;
const symlinkType = 0o120000;
const submoduleType = 0o160000;
const directoryType = 0o040000;
const executableBit = 0o100;

/** Reads the entries of an index file. Throws a `GitProblem` for what it doesn't know. */
export function parseIndex(bytes: Uint8Array, idSize: number): IndexEntry[] {
  const view = viewOf(bytes);
  if (bytes.length < 12 || view.getUint32(0) !== 0x44495243) throw new GitProblem("the index is broken");
  const version = view.getUint32(4);
  if (version < 2 || version > 4) throw new GitProblem(`the index has version ${version}`);
  const decoder = new TextDecoder();
  const entries: IndexEntry[] = [];
  let previous = new Uint8Array(0);
  let at = 12;
  for (let left = view.getUint32(8); left > 0; left--) {
    const start = at;
    const flags = view.getUint16(at + fixedPart + idSize);
    at += fixedPart + idSize + 2;
    const more = version > 2 && flags & extendedFlag ? view.getUint16(at) : 0;
    if (version > 2 && flags & extendedFlag) at += 2;
    let kept = 0;
    if (version === 4) {
      let byte = bytes[at++] as number;
      let removed = byte & 0x7f;
      while (byte >= 0x80) {
        byte = bytes[at++] as number;
        removed = (removed + 1) * 128 + (byte & 0x7f);
      }
      kept = previous.length - removed;
    }
    const end = version < 4 && (flags & nameMask) < nameMask ? at + (flags & nameMask) : bytes.indexOf(0, at);
    if (end < 0 || end > bytes.length || kept < 0) throw new GitProblem("the index is cut off");
    const name = new Uint8Array(kept + end - at);
    name.set(previous.subarray(0, kept));
    name.set(bytes.subarray(at, end), kept);
    previous = name;
    entries.push({
      path: decoder.decode(name),
      id: hexOfBytes(bytes.subarray(start + fixedPart, start + fixedPart + idSize)),
      mode: view.getUint32(start + 24),
      size: view.getUint32(start + 36),
      modified: view.getUint32(start + 8),
      stage: (flags >> 12) & 3,
      skip: (flags & assumeValid) !== 0 || (more & (skipWorkTree | intentToAdd)) !== 0,
    });
    // Before version 4, entries are padded with one to eight zeros.
    at = version === 4 ? end + 1 : start + ((end - start + 8) & ~7);
  }
  return entries;
}

/** Files of a tree by path, with mode and id. */
function flatten(objects: ObjectStore, id: string, idSize: number, prefix = "", found = new Map<string, string>()) {
  const { data } = objects.read(id);
  const decoder = new TextDecoder();
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(0, at);
    if (end < 0) throw new GitProblem(`tree ${id} is broken`);
    const [mode = "", ...name] = decoder.decode(data.subarray(at, end)).split(" ");
    const child = hexOfBytes(data.subarray(end + 1, end + 1 + idSize));
    const path = prefix + name.join(" ");
    if (Number.parseInt(mode, 8) === directoryType) flatten(objects, child, idSize, `${path}/`, found);
    else found.set(path, `${Number.parseInt(mode, 8)} ${child}`);
    at = end + 1 + idSize;
  }
  return found;
}

export interface Comparison {
  readonly host: Host;
  readonly location: Location;
  readonly objects: ObjectStore;
  readonly idSize: number;
  /** Of HEAD's commit; undefined while there is none. */
  readonly tree: string | undefined;
}

/** Missing and modified files. Renames are not detected. */
export function compareIndex({ host, location, objects, idSize, tree }: Comparison): WorkTreeStatus {
  const { files } = host;
  const committed = tree === undefined ? new Map<string, string>() : flatten(objects, tree, idSize);
  const [missing, modified] = [new Set<string>(), new Set<string>()];
  const path = `${location.gitDirectory}/index`;
  const entries = files.find(path) === undefined ? [] : parseIndex(files.readBytes(path), idSize);
  for (const entry of entries) {
    const head = committed.get(entry.path);
    if (entry.stage > 0 || (head !== undefined && head !== `${entry.mode} ${entry.id}`)) modified.add(entry.path);
    if (entry.skip || (entry.mode & typeMask) === submoduleType) continue;
    const stat = lookAt(host, `${location.root}/${entry.path}`);
    if (stat === undefined) missing.add(entry.path);
    else if (differs(host, `${location.root}/${entry.path}`, stat, entry, idSize)) modified.add(entry.path);
  }
  for (const path of missing) modified.delete(path);
  const sorted = (paths: Set<string>) => [...paths].sort(compareBytewise);
  return { missing: sorted(missing), modified: sorted(modified), untracked: undefined };
}

function lookAt({ files }: Host, path: string): FileStat | undefined {
  try {
    return files.lstat(path);
  } catch (error) {
    if (error instanceof HostError && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
}

function differs({ files, hashing }: Host, path: string, stat: FileStat, entry: IndexEntry, idSize: number): boolean {
  const isLink = (entry.mode & typeMask) === symlinkType;
  if (stat.kind !== (isLink ? "symlink" : "file")) return true;
  if (!isLink && ((stat.mode & executableBit) !== 0) !== ((entry.mode & executableBit) !== 0)) return true;
  // As git itself: a file that looks untouched is not read. What filters make of content is not known here.
  const untouched = stat.size === entry.size && Math.floor(stat.modified / 1000) === entry.modified;
  if (untouched) return false;
  const content = isLink ? new TextEncoder().encode(files.readLink(path)) : files.readBytes(path);
  const hash = hashing.stream(idSize === 32 ? "sha256" : "sha1");
  hash.update(new TextEncoder().encode(`blob ${content.length}\0`));
  hash.update(content);
  return hexOfBytes(hash.digest()) !== entry.id;
}
