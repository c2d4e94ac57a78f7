// Finding files: ignore patterns, order, directories that cannot be read, links, system trees.
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../../runtime/host/create.js";
import { HostError } from "../../../runtime/host/host.js";
import { discover, type ScanOptions, type SymlinkBehavior } from "../../../runtime/scan/discover.js";
import { type Patterns, readPatterns } from "../../../runtime/scan/patterns.js";

const host = createHost();
const directory = mkdtempSync(join(tmpdir(), "scan-test-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const DEFAULTS = [
  "/dev/.*",
  "/proc/.*",
  "/sys/.*",
  ".*/\\..*",
  ".*/\\.git/.*",
  ".*/__pycache__/.*",
  ".*/.mypy_cache/.*",
  ".*\\.json",
];
const patterns = (sources: readonly string[] = DEFAULTS) => readPatterns(sources) as Patterns;

interface Found {
  readonly paths: string[];
  readonly lines: string[];
}
function find(
  roots: readonly string[],
  symlinks: SymlinkBehavior = "resolve",
  changes: Partial<ScanOptions> = {},
  with_ = host,
): Found {
  const lines: string[] = [];
  const say = (word: string) => (text: string) => void lines.push(`${word} ${text}`);
  const reporter = { error: say("error"), warn: say("warn"), missing: say("missing"), ourselves: () => false };
  const options: ScanOptions = { recursive: true, patterns: patterns(), symlinks, symlinkAttribute: "the_attribute", ...changes };
  const paths = [...discover(with_, roots, options, reporter)];
  return { paths: paths.map((path) => path.replace(`${directory}/`, "")), lines };
}

let folder = "";
let count = 0;
test.before.each(() => {
  folder = `t${count++}`;
  mkdirSync(join(directory, folder));
});
const at = (name: string) => join(directory, folder, name);
const names = (found: Found) => found.paths.map((path) => path.replace(`${folder}/`, ""));
const write = (...list: string[]) => {
  for (const name of list) {
    mkdirSync(join(at(name), ".."), { recursive: true });
    writeFileSync(at(name), "x");
  }
};

test("patterns are anchored at the start, not at the end", () => {
  const { ignores } = patterns();
  assert.equal(["/a/x.json", "/a/x.json.sh", "/a/x.jsonl", "/a/.git", "/a/.b/c", "/dev/null"].map(ignores), [
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
  assert.equal(["/a/json", "/a/b", "/a/dev/null"].map(ignores), [false, false, false]);
  assert.is(patterns(["(?i)/A/B"]).ignores("/a/b/c"), true);
  assert.ok("invalid" in readPatterns(["ok", "(("]));
});

test("a pattern that matches the root itself looks at the path below it", () => {
  const below = patterns().below("/home/me/.config");
  assert.equal(["/home/me/.config/a.sh", "/home/me/.config/.x", "/home/me/.config/a.json"].map(below), [false, true, true]);
  assert.is(patterns(["/a/b/c.*"]).below("/a/b")("/a/b/cd"), true);
});

test("breadth first, by bytes, links and special trees", () => {
  write("b", "A", "a/2", "a/1", "a/b/c", "z/1", ".hidden/x", "x.json");
  symlinkSync("a", at("link"));
  assert.equal(names(find([at(".")])), ["A", "b", "a/1", "a/2", "z/1", "a/b/c"]);
  assert.equal(names(find([at("."), at("a"), at("b")])), ["A", "b", "a/1", "a/2", "z/1", "a/b/c"]);
  assert.equal(names(find([at("b"), at(".")])), ["b", "A", "a/1", "a/2", "z/1", "a/b/c"]);
  assert.equal(names(find([at(".")], "resolve", { recursive: false })), ["A", "b"]);
  assert.equal(find(["/proc", "/sys", "/dev"]), { paths: [], lines: [] });
});

test("links to files, in all orders, once", () => {
  write("d/target");
  symlinkSync("d/target", at("a"));
  symlinkSync("d/target", at("z"));
  symlinkSync("target", at("d/before"));
  symlinkSync("nowhere", at("broken"));
  assert.equal(names(find([at(".")])), ["d/target"]);
  assert.equal(names(find([at("d"), at("a"), at(".")])), ["d/target"]);
  assert.equal(names(find([at("d/target"), at("a")])), ["d/target"]);
  assert.equal(names(find([at("a"), at("d/target")])), ["d/target"]);
  const left = find([at(".")], "leave");
  assert.equal(names(left), ["d/target"]);
  assert.is(left.lines.length, 3);
  assert.match(left.lines[0]!, "the_attribute");
  assert.equal(names(find([at(".")], "copy")), ["a", "z", "d/before", "d/target"]);
});

test("hard links are files of their own; loops of directories end", () => {
  write("a");
  linkSync(at("a"), at("b"));
  symlinkSync(".", at("loop"));
  assert.equal(names(find([at("."), at("loop")])), ["a", "b"]);
});

test("what does not exist, and what cannot be read", () => {
  write("a", "locked/x");
  assert.equal(find([at("nope"), at("a/below")]).lines, [`missing ${at("nope")}`, `missing ${at("a/below")}`]);
  const files = {
    ...host.files,
    list(path: string) {
      if (path.endsWith("locked")) throw new HostError("EACCES", "readdir", path);
      return host.files.list(path);
    },
  };
  const found = find([at(".")], "resolve", {}, { ...host, files });
  assert.equal(names(found), ["a"]);
  assert.is(found.lines.length, 1);
  assert.match(found.lines[0]!, /^warn .*locked/);
});

test("our own executable is left out", () => {
  write("a", "own");
  const processes = { ...host.processes, executable: at("own") };
  assert.equal(names(find([at("."), at("own")], "resolve", {}, { ...host, processes })), ["a"]);
});

test.run();
