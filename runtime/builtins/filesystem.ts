/**
 * Files and paths (`builtins.md` 5). Everything goes through `Effects.files`, so the same code works on the disk and on the overlay of a trial. Failures are
 * in-band values (`false`, `""`, `[]`, `-1`), never errors, except for `~` without a home directory.
 */

import { joinPaths, splitPath } from "../effects/paths.js";
import { decodeBytes, encodeText } from "../text.js";
import { TupleValue, type Value } from "../values.js";
import { type Builtin, defineBuiltins, type Implementation } from "./builtin.js";
import type { BuiltinCall } from "./call.js";

/** Runs something that may fail in the file system; the fallback is the in-band failure value. */
function attempt<T extends Value>(fallback: T, work: () => T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}

function listDirectory(args: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve((args[0] as string | undefined) ?? "");
  const prefix = args.length === 0 ? "./" : path === "/" ? "/" : `${path}/`;
  call.effects.record("list_dir", path);
  return attempt<readonly string[]>([], () => call.effects.files.list(path).map((name) => prefix + name));
}

function readFile([name]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  return attempt("", () => {
    const text = decodeBytes(call.effects.files.read(path));
    call.effects.record("read_file", path);
    return text;
  });
}

function writeFile([name, text]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  return attempt(false, () => {
    call.effects.files.write(path, encodeText(text as string));
    call.effects.record("write_file", path);
    return true;
  });
}

function transfer(kind: "copy" | "move"): Implementation {
  return ([from, to], call) => {
    const source = call.effects.resolve(from as string);
    const target = call.effects.resolve(to as string);
    return attempt(false, () => {
      call.effects.files[kind](source, target);
      call.effects.record(`${kind}_file`, `${source} -> ${target}`);
      return true;
    });
  };
}

function removeFile([name]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  return attempt(false, () => {
    const kind = call.effects.files.find(path) === "directory" ? "rm_dir" : "rm_file";
    call.effects.files.remove(path);
    call.effects.record(kind, path);
    return true;
  });
}

function makeDirectory([name]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  return attempt(false, () => {
    call.effects.files.makeDirectories(path);
    call.effects.record("make_dir", path);
    return true;
  });
}

function changeMode([name, mode]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  const bits = mode as bigint;
  if (bits < 0n || bits > 0o7777n) return false;
  return attempt(false, () => {
    call.effects.files.chmod(path, Number(bits));
    call.effects.record("chmod", `${path} -> ${bits.toString(8).padStart(4, "0")}`);
    return true;
  });
}

function kindIs(kind: "directory" | "file" | "symlink"): Implementation {
  return ([name], call) => call.effects.files.find(call.effects.resolve(name as string)) === kind;
}

function toTemporaryFile([text, ending]: readonly Value[], call: BuiltinCall): Value {
  if ((ending as string).includes("/")) return "";
  return attempt("", () => {
    const directory = call.effects.files.makeTemporaryDirectory();
    call.effects.temporary.push(directory);
    const path = `${directory}/tmp${ending}`;
    call.effects.files.write(path, encodeText(text as string));
    call.effects.record("tmp_write", path);
    return path;
  });
}

/** Is it our own executable, under whatever name? Starting it again in place of a tool would never end. */
function isOurselves(path: string, call: BuiltinCall): boolean {
  const own = call.host.processes.executable;
  return path === own || attempt("", () => call.host.files.realPath(path)) === own;
}

function findExecutable([wanted, extra]: readonly Value[], call: BuiltinCall): Value {
  const [ownDirectory, name] = splitPath(wanted as string);
  if (name === "") return "";
  const search = (call.effects.variable("PATH") ?? "").split(":");
  const directories = [...(ownDirectory === "" ? [] : [ownDirectory]), ...(extra as readonly string[]), ...search];
  for (const directory of directories) {
    if (directory === "") continue;
    const path = `${call.effects.resolve(directory).replace(/\/$/, "")}/${name}`;
    if (call.effects.files.isExecutable(path) && !isOurselves(path, call)) return path;
  }
  return "";
}

function changeDirectory([name]: readonly Value[], call: BuiltinCall): Value {
  const path = call.effects.resolve(name as string);
  return attempt(false, () => {
    call.effects.chdir(path);
    return true;
  });
}

const reading = { classes: ["fs-read"], simulate: "run" } as const;
const writing = { classes: ["fs-write"], simulate: "run" } as const;

export const filesystemBuiltins: readonly Builtin[] = defineBuiltins(
  "filesystem",
  ["fs-read"],
  [
    ["list_dir", "() -> list[string]", "Entries of the working directory, as ./NAME.", listDirectory, reading],
    [
      "list_dir",
      "(string) -> list[string]",
      "Entries of a directory as absolute paths; empty if it cannot be read.",
      listDirectory,
      reading,
    ],
    ["read_file", "(string) -> string", "The whole file; empty if it cannot be read.", readFile, reading],
    ["write_file", "(string, string) -> bool", "Writes the second string to a file.", writeFile, writing],
    ["copy_file", "(string, string) -> bool", "Copies the contents of a file.", transfer("copy"), writing],
    ["move_file", "(string, string) -> bool", "Moves a file or directory.", transfer("move"), writing],
    ["rm_file", "(string) -> bool", "Removes a file, or a directory with everything in it.", removeFile, writing],
    ["mkdir", "(string) -> bool", "Creates a directory and those above it.", makeDirectory, writing],
    [
      "chmod",
      "(string, int) -> bool",
      "Sets the permission bits; 0600 is 384, as the language has no octal numbers.",
      changeMode,
      writing,
    ],
    ["is_dir", "(string) -> bool", "Is it a directory, and not a link to one?", kindIs("directory"), reading],
    ["is_file", "(string) -> bool", "Is it a regular file, and not a link to one?", kindIs("file"), reading],
    ["is_link", "(string) -> bool", "Is it a symbolic link?", kindIs("symlink"), reading],
    [
      "file_len",
      "(string) -> int",
      "Size of a file in bytes, -1 if it cannot be told.",
      ([name], call) => BigInt(call.effects.files.size(call.effects.resolve(name as string)) ?? -1),
      reading,
    ],
    [
      "to_tmp_file",
      "(string, string) -> string",
      "Writes the first string to a new temporary file whose name ends in the second, and returns its path.",
      toTemporaryFile,
      writing,
    ],
    [
      "tmp_dir",
      "() -> string",
      "The directory for temporary files.",
      (_, call) => call.effects.temporaryDirectory(),
      { classes: ["env-read"], simulate: () => "" },
    ],
    [
      "join_path",
      "(string, string) -> string",
      "Joins two paths with one slash and tidies them up.",
      ([a, b]) => joinPaths(a as string, b as string),
      { classes: ["pure"] },
    ],
    [
      "path_split",
      "(string) -> tuple[string, string]",
      "What stands before and behind the last slash.",
      ([path]) => new TupleValue(splitPath(path as string)),
      { classes: ["pure"] },
    ],
    [
      "resolve_path",
      "(string) -> string",
      "The absolute path, with ~ expanded.",
      ([path], call) => call.effects.resolve(path as string),
      { classes: ["env-read"], simulate: "run" },
    ],
    [
      "find_exe",
      "(string, list[string]) -> string",
      "Path of a program, looked for in the given directories and then in PATH; empty if there is none.",
      findExecutable,
      { classes: ["fs-read", "env-read"], simulate: () => "" },
    ],
    [
      "cwd",
      "() -> string",
      "The working directory.",
      (_, call) => call.effects.cwd(),
      { classes: ["env-read"], simulate: "run" },
    ],
    ["chdir", "(string) -> bool", "Changes the working directory.", changeDirectory, { classes: ["process"], simulate: "run" }],
  ],
);
