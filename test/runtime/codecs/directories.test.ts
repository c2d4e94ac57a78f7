// Writing many files: each directory is synced once, and not before the last rename in it.
import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Candidate, type CodecHost } from "../../../runtime/codecs/candidate.js";
import { ChangedDirectories } from "../../../runtime/codecs/directories.js";
import { replaceContent } from "../../../runtime/codecs/write.js";
import { host, path } from "./workbench.js";

/** A host that notes renames, and syncs of what is no temporary file. */
function watched(events: string[]): CodecHost {
  const { files } = host;
  const open: typeof files.open = (name, mode, permissions) => {
    const file = files.open(name, mode, permissions);
    if (name.endsWith(".tmp")) return file;
    return {
      ...file,
      sync: () => {
        events.push(`sync ${name}`);
        file.sync();
      },
    };
  };
  const rename: typeof files.rename = (from, to) => {
    events.push(`rename ${to}`);
    files.rename(from, to);
  };
  return { ...host, files: { ...files, open, rename } };
}

const names = ["one", "two"].map((name) => path(`directories-${name}`));
const folder = names[0]!.slice(0, names[0]!.lastIndexOf("/") + 1);

function write(at: CodecHost, name: string, directories?: ChangedDirectories): void {
  writeFileSync(name, "old");
  const file = Candidate.open(at, name);
  const result = replaceContent(file, [new TextEncoder().encode("new")], directories === undefined ? {} : { directories });
  file.close();
  assert.is(result.kind, "written");
}

test("one sync for all files of a directory, when it is asked for", () => {
  const events: string[] = [];
  const at = watched(events);
  const directories = new ChangedDirectories(at);
  for (const name of names) write(at, name, directories);
  assert.equal(
    events,
    names.map((name) => `rename ${name}`),
  );
  directories.sync();
  directories.sync();
  assert.equal(events.slice(2), [`sync ${folder}`]);
});

test("a single file: at once", () => {
  const events: string[] = [];
  write(watched(events), names[0]!);
  assert.equal(events, [`rename ${names[0]}`, `sync ${folder}`]);
});

test.run();
