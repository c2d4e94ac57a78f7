/** Open descriptors and mounts of a process (`collection.md` 2.11, 2.12). */
import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import { reasonOf } from "../reason.js";
import { decimal, lines, listKernelDirectory, readKernelLink, readKernelText } from "./kernel-text.js";

function octal(text: string): Json {
  if (!/^[0-7]+$/.test(text)) throw new Error(`not an octal number: ${text}`);
  return Number.parseInt(text, 8);
}

/** Members of a descriptor's information that are numbers; all others stay text. */
const numericMembers: Readonly<Record<string, (text: string) => Json>> = {
  pos: decimal,
  mnt_id: decimal,
  ino: decimal,
  flags: octal,
};

/** Descriptor number -> its information and the target of its link. */
export function openDescriptors(host: Host, pid: number, bad: (problem: string) => void): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const name of listKernelDirectory(host.files, `/proc/${pid}/fdinfo`)) {
    const members = new Map<string, Json>();
    for (const line of lines(readKernelText(host.files, `/proc/${pid}/fdinfo/${name}`))) {
      const colon = line.indexOf(":");
      if (colon < 0) continue;
      const [key, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      try {
        members.delete(key);
        members.set(key, (numericMembers[key] ?? String)(value));
      } catch (error) {
        bad(reasonOf(error));
      }
    }
    if (members.size === 0) continue;
    const path = readKernelLink(host.files, `/proc/${pid}/fd/${name}`);
    if (path !== undefined) members.set("path", path);
    found.set(name, members);
  }
  return found;
}

/** Pieces of a line before the optional fields, and at least this many pieces in all. */
const fixedPieces = 6;
const neededPieces = 10;

function mountOfLine(line: string): Map<string, Json> | undefined {
  // Single blanks separate, since an empty source is legal.
  const pieces = line.split(" ");
  const separator = pieces.indexOf("-", fixedPieces);
  if (pieces.length < neededPieces || separator < 0) return undefined;
  const [id, parent, device, root, mountPoint, options] = pieces as [string, ...string[]];
  const [major, minor] = device!.split(":");
  return new Map<string, Json>([
    ["mount_id", decimal(id)],
    ["parent_id", decimal(parent!)],
    ["major", decimal(major!)],
    ["minor", decimal(minor ?? "")],
    ["root", root!],
    ["mount_point", mountPoint!],
    ["options", options!.split(",")],
    ["tags", pieces.slice(fixedPieces, separator)],
    ["fs_type", pieces[separator + 1] ?? ""],
    ["source", pieces[separator + 2] ?? ""],
    ["super", (pieces[separator + 3] ?? "").split(",")],
  ]);
}

/** The mounts that the process sees, in the kernel's order. */
export function mounts(text: string, bad: (problem: string) => void): Json[] {
  const found: Json[] = [];
  for (const line of lines(text)) {
    try {
      const mount = mountOfLine(line);
      if (mount !== undefined) found.push(mount);
    } catch (error) {
      bad(reasonOf(error));
    }
  }
  return found;
}
