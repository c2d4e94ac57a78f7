// insert, extract and delete as users run them: the whole program in a child process, on files in a temporary directory.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, type ProgramOptions, type Report, runChalk } from "../../helpers/program.js";

const place = createPlace();
const script = "#!/bin/sh\necho hello\n";
const placeholder = '{ "MAGIC" : "dadfedabbadabbed" }';
const scriptId = "C9K68S-B1CN-H30E-33CSK6";

let folder = "";
let count = 0;
const file = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(file(name), "utf8");
const sha = (name: string) =>
  createHash("sha256")
    .update(readFileSync(file(name)))
    .digest("hex");

/** A fresh working directory for one test. */
test.before.each(() => {
  folder = join(place.directory, `t${count++}`);
  mkdirSync(folder);
});

const chalk = (args: readonly string[], options: ProgramOptions = {}) => runChalk(place, args, { cwd: folder, ...options });
const write = (name: string, content: string | Uint8Array = script, mode = 0o644) => {
  writeFileSync(file(name), content);
  chmodSync(file(name), mode);
};
const report = (reports: Report[]): Report => {
  assert.is(reports.length, 1, JSON.stringify(reports).slice(0, 300));
  return reports[0]!;
};
const paths = (one: Report): string[] => (one._CHALKS ?? []).map((chalk_: Report) => chalk_._OP_ARTIFACT_PATH);
/** The templates with everything in them. */
const all = ["--report-template=report_all"];
const noLeftovers = () =>
  assert.equal(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );

test("insert, extract, insert again, delete", () => {
  write("a.sh", script, 0o750);
  const first = chalk(["insert", ...all, "a.sh"]);
  assert.is(first.status, 0, first.stderr);
  assert.match(first.stderr, `info:  ${file("a.sh")}: chalk mark successfully added`);
  const inserted = report(first.reports);
  assert.is(inserted._OPERATION, "insert");
  assert.is(inserted._OP_CHALK_COUNT, 1);
  assert.not("_UNMARKED" in inserted);
  const artifact = inserted._CHALKS[0];
  assert.is(artifact.CHALK_ID, scriptId);
  assert.is(artifact.ARTIFACT_TYPE, "sh");
  assert.is(artifact._OP_ARTIFACT_TYPE, "sh");
  assert.is(artifact._VIRTUAL, false);
  assert.is(artifact._CURRENT_HASH, sha("a.sh"));
  assert.is(artifact.PRE_CHALK_HASH, createHash("sha256").update(script).digest("hex"));
  assert.is(statSync(file("a.sh")).mode & 0o7777, 0o750);
  assert.ok(text("a.sh").startsWith(`${script}# { "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "${scriptId}", "CHALK_VERSION" : `));
  const mark = JSON.parse(text("a.sh").split("\n")[2]!.slice(2));
  assert.is(mark.METADATA_ID, artifact.METADATA_ID);
  assert.equal(artifact._OP_CHALKED_KEYS, Object.keys(mark));
  assert.is(spawnSync("sh", [file("a.sh")], { encoding: "utf8" }).stdout, "hello\n");

  const read = chalk(["extract", "a.sh"]);
  assert.is(read.status, 0);
  assert.match(read.stderr, `info:  ${file("a.sh")}: Chalk mark extracted`);
  const extracted = report(read.reports)._CHALKS[0];
  assert.is(extracted.METADATA_ID, mark.METADATA_ID);
  assert.is(extracted._VALIDATED_METADATA, true);
  assert.not("MAGIC" in extracted);

  const before = sha("a.sh");
  const second = chalk(["insert", ...all, "a.sh"]);
  assert.match(second.stderr, "Existing chalk mark extracted");
  const again = report(second.reports)._CHALKS[0];
  assert.is(again.CHALK_ID, scriptId);
  assert.is(again.PRE_CHALK_HASH, before);
  assert.is(again.OLD_CHALK_METADATA_ID, mark.METADATA_ID);
  assert.is.not(again.METADATA_ID, mark.METADATA_ID);
  assert.is(text("a.sh").split("MAGIC").length, 2);

  const gone = chalk(["delete", "a.sh"]);
  assert.match(gone.stderr, "chalk mark successfully deleted");
  assert.is(text("a.sh"), script);
  assert.is(statSync(file("a.sh")).mode & 0o7777, 0o750);
  const removed = report(gone.reports)._CHALKS[0];
  assert.is(removed.METADATA_ID, again.METADATA_ID);
  assert.is(removed._VALIDATED_METADATA, true);
  noLeftovers();
});

test("the default root is the working directory, names sorted, breadth first", () => {
  mkdirSync(file("sub/deep"), { recursive: true });
  for (const name of ["sub/a.sh", "sub/deep/a.sh", "z.sh", "B.sh", "a.sh"]) write(name);
  write("data.json");
  write("x.json.sh");
  mkdirSync(file(".hidden"));
  write(".hidden/a.sh");
  write("notes.txt", "#!/bin/sh\n");
  const result = chalk(["insert"]);
  assert.equal(paths(report(result.reports)), ["B.sh", "a.sh", "z.sh", "sub/a.sh", "sub/deep/a.sh"].map(file));
  assert.is(text("x.json.sh"), script);
});

test("not recursive", () => {
  mkdirSync(file("sub"));
  write("a.sh");
  write("sub/b.sh");
  assert.equal(paths(report(chalk(["insert", "--no-recursive"]).reports)), [file("a.sh")]);
  assert.equal(paths(report(chalk(["insert", "-R", "sub"]).reports)), [file("sub/b.sh")]);
});

test("an explicit hidden directory, a hidden working directory and a linked directory are walked", () => {
  mkdirSync(file(".hidden/.inner"), { recursive: true });
  write(".hidden/a.sh");
  write(".hidden/.inner/b.sh");
  assert.equal(paths(report(chalk(["extract", ".hidden"]).reports)), []);
  assert.equal(paths(report(chalk(["insert", ".hidden"]).reports)), [file(".hidden/a.sh")]);
  assert.equal(paths(report(chalk(["extract"], { cwd: file(".hidden") }).reports)), [file(".hidden/a.sh")]);
  symlinkSync(".hidden", file("link"));
  assert.equal(paths(report(chalk(["extract", "link"]).reports)), [file("link/a.sh")]);
  assert.equal(paths(report(chalk(["extract", "."]).reports)), []);
});

test("an explicit file that a pattern matches is taken", () => {
  write(".secret.sh");
  assert.equal(paths(report(chalk(["insert", ".secret.sh"]).reports)), [file(".secret.sh")]);
});

test("an invalid pattern is an error of the configuration", () => {
  write("a.sh");
  const result = chalk(["insert"], { config: 'ignore_patterns: ["(unclosed"]\n' });
  assert.is(result.status, 1);
  assert.match(result.stderr, "(unclosed");
  assert.is(text("a.sh"), script);
});

test("a missing path: error, exit code by policy", () => {
  write("a.sh");
  for (const command of ["insert", "extract", "delete"]) {
    const result = chalk([command, "nope", "a.sh"]);
    assert.is(result.status, 0);
    assert.match(result.stderr, `error: ${file("nope")}: No such file or directory`);
    const strict = chalk([command, ...all, "nope"], { config: "policy.strict_exit_codes: true\n" });
    assert.is(strict.status, 1);
    assert.is(report(strict.reports)._OP_EXIT_CODE, 1);
    assert.match(JSON.stringify(strict.reports[0]!._OP_ERRORS), "No such file or directory");
  }
});

test("extract of unmarked files", () => {
  write("a.sh");
  write("b.sh");
  const result = chalk(["extract", ".", "a.sh"]);
  assert.match(result.stderr, `warn:  ${file("a.sh")}: Artifact is unchalked`);
  const one = report(result.reports);
  assert.not("_CHALKS" in one);
  assert.equal(one._UNMARKED, [file("a.sh"), file("b.sh")]);
  assert.is(one._OP_UNMARKED_COUNT, 2);
  assert.is(one._OP_CHALK_COUNT, 0);
});

test("extract of nothing", () => {
  const result = chalk(["extract"]);
  assert.is(result.status, 0);
  assert.match(result.stderr, "No chalk marks extracted");
});

test("a changed body and a changed mark are told apart", () => {
  write("a.sh");
  chalk(["insert", "a.sh"]);
  const marked = text("a.sh");
  write("a.sh", marked.replace("hello", "HELLO"));
  const body = chalk(["extract", "a.sh"], { config: "policy.strict_exit_codes: true\n" });
  assert.is(body.status, 0);
  assert.is(report(body.reports)._CHALKS[0]._VALIDATED_METADATA, false);
  assert.match(JSON.stringify(body.reports[0]!._OP_ERRORS), "CHALK_ID");
  write("a.sh", marked.replace('"ARTIFACT_TYPE" : "sh"', '"ARTIFACT_TYPE" : "zsh"'));
  const metadata = chalk(["extract", "a.sh"]);
  assert.is(report(metadata.reports)._CHALKS[0]._VALIDATED_METADATA, false);
  assert.match(metadata.stderr, "METADATA_ID");
});

test("virtual marks change nothing", () => {
  write("a.sh");
  const result = chalk(["insert", "--virtual", ...all, "a.sh"]);
  assert.match(result.stderr, "virtual chalk created");
  assert.is(text("a.sh"), script);
  const lines = text("virtual-chalk.json").trim().split("\n");
  assert.is(lines.length, 1);
  const artifact = report(result.reports)._CHALKS[0];
  assert.is(JSON.parse(lines[0]!).METADATA_ID, artifact.METADATA_ID);
  assert.is(artifact._VIRTUAL, true);
  assert.equal(artifact._OP_CHALKED_KEYS, Object.keys(JSON.parse(lines[0]!)));
  assert.is(result.reports[0]!._OP_CHALK_COUNT, 1);
  chalk(["insert", "a.sh"]);
  const marked = text("a.sh");
  const gone = chalk(["delete", "-v", "a.sh"]);
  assert.is(text("a.sh"), marked);
  assert.is(report(gone.reports)._CHALKS.length, 1);
});

test("delete leaves unmarked files alone", () => {
  write("a.sh");
  const { ino, mtimeMs } = statSync(file("a.sh"));
  const result = chalk(["delete"]);
  assert.is(result.status, 0);
  const after = statSync(file("a.sh"));
  assert.equal([after.ino, after.mtimeMs], [ino, mtimeMs]);
  assert.not("_CHALKS" in report(result.reports));
});

test("symbolic links when marking: skip, clobber, copy", () => {
  mkdirSync(file("target"));
  mkdirSync(file("links"));
  write("target/a.sh", script, 0o711);
  symlinkSync("../target/a.sh", file("links/l.sh"));
  symlinkSync("../target/a.sh", file("links/m.sh"));
  symlinkSync("nowhere", file("links/broken"));
  const skipped = chalk(["insert", "links"]);
  assert.match(skipped.stderr, new RegExp(`warn: +${file("links/l.sh")}: .*symlink_behavior_chalking`));
  assert.is(text("target/a.sh"), script);

  const clobbered = chalk(["insert", "--clobber", "links"]);
  assert.equal(paths(report(clobbered.reports)), [file("target/a.sh")]);
  assert.ok(lstatSync(file("links/l.sh")).isSymbolicLink());
  assert.match(text("target/a.sh"), "MAGIC");

  write("target/a.sh", script, 0o711);
  const copied = chalk(["insert", "--copy", "links/l.sh"]);
  assert.equal(paths(report(copied.reports)), [file("links/l.sh")]);
  assert.ok(lstatSync(file("links/l.sh")).isFile());
  assert.is(statSync(file("links/l.sh")).mode & 0o777, 0o711);
  assert.match(text("links/l.sh"), "MAGIC");
  assert.is(text("target/a.sh"), script);
  assert.is(readlinkSync(file("links/m.sh")), "../target/a.sh");
});

test("symbolic links otherwise: follow, ignore; a target is handled once", () => {
  write("b.sh");
  chalk(["insert", "b.sh"]);
  symlinkSync("b.sh", file("a.sh"));
  symlinkSync("b.sh", file("c.sh"));
  assert.equal(paths(report(chalk(["extract"]).reports)), [file("b.sh")]);
  assert.equal(paths(report(chalk(["extract", "c.sh", "b.sh", "."]).reports)), [file("b.sh")]);
  assert.equal(paths(report(chalk(["extract", ".", "c.sh", "b.sh"]).reports)), [file("b.sh")]);
  const ignored = chalk(["extract", "--ignore"]);
  assert.equal(paths(report(ignored.reports)), [file("b.sh")]);
  assert.match(ignored.stderr, "symlink_behavior_non_chalking");
  assert.equal(report(chalk(["delete", "a.sh"]).reports)._CHALKS.length, 1);
  assert.is(text("b.sh"), script);
  assert.ok(lstatSync(file("a.sh")).isSymbolicLink());
});

test("hard links are severed, not written through", () => {
  write("a.sh");
  linkSync(file("a.sh"), file("other"));
  chalk(["insert", "a.sh"]);
  assert.match(text("a.sh"), "MAGIC");
  assert.is(text("other"), script);
});

test("the running chalk is left alone; extract may name it", () => {
  const own = place.program;
  const before = readFileSync(own, "utf8");
  for (const command of ["insert", "delete"]) {
    const result = chalk([command, own]);
    assert.is(result.status, 0);
    assert.match(result.stderr, /error: .*chalk load/);
  }
  assert.is(readFileSync(own, "utf8"), before);
  symlinkSync(own, file("own"));
  const walked = chalk(["insert", "--clobber", "."]);
  assert.not("_CHALKS" in report(walked.reports));
});

test("a mark with $CHALK_CONFIG is a chalk executable: skipped by insert, refused by delete", () => {
  const mark = `{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "${scriptId}", "CHALK_VERSION" : "1.0", "$CHALK_CONFIG" : "x", "$CHALK_IMPLEMENTATION_NAME" : "chalk-reference", "METADATA_ID" : "XXXXXX-XXXX-XXXX-XXXXXX" }`;
  write("a.sh", `${script}# ${mark}\n`);
  const before = text("a.sh");
  const inserted = chalk(["insert", "a.sh"]);
  assert.not("_CHALKS" in report(inserted.reports));
  const gone = chalk(["delete", "a.sh"], { config: "policy.strict_exit_codes: true\n" });
  assert.match(gone.stderr, /warn: .*cannot be unmarked/);
  assert.is(gone.status, 1);
  assert.is(text("a.sh"), before);
});

test("private members of an old mark survive, others do not", () => {
  const mark = `{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "${scriptId}", "CHALK_VERSION" : "1.0", "$CHALK_CACHED" : "keep", "X_MINE" : "drop", "METADATA_ID" : "XXXXXX-XXXX-XXXX-XXXXXX" }`;
  write("a.sh", `${script}# ${mark}\n`);
  chalk(["insert", "a.sh"]);
  const made = JSON.parse(text("a.sh").split("\n")[2]!.slice(2));
  assert.is(made.$CHALK_CACHED, "keep");
  assert.not("X_MINE" in made);
  assert.is(report(chalk(["extract", "a.sh"]).reports)._CHALKS[0]._VALIDATED_METADATA, true);
});

test("run-time keys in a mark are not believed, but were hashed", () => {
  const mark = `{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "${scriptId}", "CHALK_VERSION" : "1.0", "_OP_ARTIFACT_PATH" : "/lie", "_ERR_INFO" : ["lie"], "METADATA_ID" : "XXXXXX-XXXX-XXXX-XXXXXX" }`;
  write("a.sh", `${script}# ${mark}\n`);
  const read = report(chalk(["extract", ...all, "a.sh"]).reports)._CHALKS[0];
  assert.is(read._OP_ARTIFACT_PATH, file("a.sh"));
  assert.not("_ERR_INFO" in read);
  assert.is(read._VALIDATED_METADATA, false);
});

test("a plugin that is switched off claims nothing", () => {
  write("m.pyc", "code");
  const config = "plugin.python_pyc.enabled: false\n";
  assert.not("_CHALKS" in report(chalk(["insert", "m.pyc"], { config }).reports));
  assert.is(text("m.pyc"), "code");
});

test("a placeholder is replaced where it is", () => {
  write("a.sh", `#!/bin/sh\nX='${placeholder}'\necho hello\n`);
  chalk(["insert", "a.sh"]);
  assert.ok(text("a.sh").startsWith(`#!/bin/sh\nX='{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID"`));
  chalk(["delete", "a.sh"]);
  assert.is(text("a.sh"), `#!/bin/sh\nX='${placeholder}'\necho hello\n`);
});

test("a broken mark is an error of the artifact", () => {
  write("a.sh", '#!/bin/sh\n# { "MAGIC" : "dadfedabbadabbed", oops }\n');
  const result = chalk(["insert", ...all, "--mark-template=mark_all", "a.sh"]);
  const artifact = report(result.reports)._CHALKS[0];
  assert.match(JSON.stringify(artifact._ERR_INFO), "Invalid JSON");
  assert.not("_OP_ERRORS" in result.reports[0]!);
  const made = JSON.parse(text("a.sh").trim().split("\n").pop()!.slice(2));
  assert.match(JSON.stringify(made.ERR_INFO), "Invalid JSON");
  assert.is(report(chalk(["extract", ...all, "a.sh"]).reports)._OP_ERRORS?.length, 1);
});

test("a failing write: artifact failed, file untouched", () => {
  if (process.getuid?.() === 0 && spawnSync("chattr", ["+i", folder]).status === 0) spawnSync("chattr", ["-i", folder]);
  else if (process.getuid?.() === 0) {
    console.log("SKIPPED a failing write: root may write everywhere here");
    return;
  }
  write("a.sh");
  write("b.sh");
  if (process.getuid?.() === 0) spawnSync("chattr", ["+i", folder]);
  else chmodSync(folder, 0o555);
  const result = chalk(["insert", ...all, "a.sh"], { config: "policy.strict_exit_codes: true\n" });
  if (process.getuid?.() === 0) spawnSync("chattr", ["-i", folder]);
  else chmodSync(folder, 0o755);
  assert.is(result.status, 1);
  assert.is(text("a.sh"), script);
  const one = report(result.reports);
  assert.equal(one._UNMARKED, [file("a.sh")]);
  assert.is(one._OP_CHALK_COUNT, 0);
  assert.is(one._CHALKS.length, 1);
  assert.not("_OP_CHALKED_KEYS" in one._CHALKS[0]);
  assert.ok(one._CHALKS[0]._ERR_INFO.length > 0);
  noLeftovers();
});

test("templates by flag; CHALK_PTR is substituted before hashing", () => {
  write("a.sh");
  const config = 'mark_template mine {\n  key.CHALK_PTR.use: true\n}\nkeyspec.CHALK_PTR.value: "https://x.example/{chalk_id}"\n';
  const result = chalk(["insert", "--mark-template=mine", "a.sh"], { config });
  assert.is(result.status, 0, result.stderr);
  const mark = JSON.parse(text("a.sh").split("\n")[2]!.slice(2));
  assert.equal(Object.keys(mark), ["MAGIC", "CHALK_ID", "CHALK_VERSION", "CHALK_PTR", "HASH", "METADATA_ID"]);
  assert.is(mark.CHALK_PTR, `https://x.example/${scriptId}`);
  assert.is(report(chalk(["extract", "a.sh"]).reports)._CHALKS[0]._VALIDATED_METADATA, true);
});

test("FIFOs, sockets and unreadable things are passed by", () => {
  write("a.sh");
  spawnSync("mkfifo", [file("fifo")]);
  const result = chalk(["insert", ".", "fifo"]);
  assert.equal(paths(report(result.reports)), [file("a.sh")]);
  rmSync(file("fifo"));
});

test.run();
