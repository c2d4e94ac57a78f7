// Files, clock, hashing and identity of the host under Node.
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../../runtime/host/create.js";
import { HostError } from "../../../runtime/host/host.js";
import { loaderLaunch } from "../../../runtime/host/processes.js";
import { temporaryDirectory } from "../support/compile.js";

const host = createHost();
const { files } = host;
const directory = temporaryDirectory();
const at = (name: string) => join(directory, name);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.instance(error, HostError);
    return (error as HostError).code;
  }
  return "no error";
}

test("failures carry the errno name", () => {
  assert.is(
    codeOf(() => files.readBytes(at("nothing"))),
    "ENOENT",
  );
  assert.is(
    codeOf(() => files.list(at("nothing"))),
    "ENOENT",
  );
  assert.is(
    codeOf(() => files.readBytes(directory)),
    "EISDIR",
  );
  writeFileSync(at("exists"), "");
  assert.is(
    codeOf(() => files.open(at("exists"), "create-new")),
    "EEXIST",
  );
  assert.is(
    codeOf(() => files.stat(join(at("exists"), "x"))),
    "ENOTDIR",
  );
});

test("find tells absence from trouble", () => {
  assert.is(files.find(at("nothing")), undefined);
  assert.is(files.find(join(at("exists"), "x")), undefined);
  assert.is(files.find(directory)?.kind, "directory");
});

test("append adds to what is there and applies the permissions once", () => {
  files.append(at("log"), "one\n", 0o640);
  files.append(at("log"), "two\n", 0o666);
  assert.is(readFileSync(at("log"), "utf8"), "one\ntwo\n");
  assert.is(statSync(at("log")).mode & 0o777, 0o640 & ~process.umask());
});

test("replace keeps the mode of the file and leaves no temporary file", () => {
  writeFileSync(at("script"), "old");
  files.chmod(at("script"), 0o4751);
  files.replace(at("script"), "new");
  assert.is(readFileSync(at("script"), "utf8"), "new");
  assert.is(files.stat(at("script")).mode, 0o4751);
  files.replace(at("script"), "newer", 0o600);
  assert.is(files.stat(at("script")).mode, 0o600);
  assert.equal(
    files.list(directory).filter((name) => name.startsWith(".chalk-")),
    [],
  );
});

test("replace writes through a symbolic link", () => {
  writeFileSync(at("target"), "old");
  symlinkSync("target", at("link"));
  files.replace(at("link"), "new");
  assert.is(files.lstat(at("link")).kind, "symlink");
  assert.is(readFileSync(at("target"), "utf8"), "new");
});

test("a failed replace leaves everything as it was", () => {
  mkdirSync(at("folder"));
  assert.is.not(
    codeOf(() => files.replace(at("folder"), "x")),
    "no error",
  );
  assert.equal(
    files.list(directory).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("open files read and write at offsets", () => {
  const file = files.open(at("data"), "create-new", 0o600);
  file.write(Buffer.from("hello world"), 0);
  file.write(Buffer.from("W"), 6);
  assert.is(Buffer.from(file.read(6, 100)).toString(), "World");
  file.truncate(5);
  file.sync();
  assert.is(file.stat().size, 5);
  file.close();
  assert.is(files.readText(at("data")), "hello");
});

test("temporary directories are fresh; trees can be removed", () => {
  const made = files.makeTemporaryDirectory("chalk-");
  files.makeDirectories(join(made, "a/b"));
  files.write(join(made, "a/b/c"), "x");
  files.removeTree(made);
  assert.not(existsSync(made));
});

test("digests", () => {
  assert.is(host.hashing.hex("sha256", "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const stream = host.hashing.stream("sha1");
  stream.update(Buffer.from("ab"));
  stream.update(Buffer.from("c"));
  assert.is(Buffer.from(stream.digest()).toString("hex"), "a9993e364706816aba3e25717850c26c9cd0d89d");
});

test("home comes from HOME, else from the user database", () => {
  const before = process.env.HOME;
  process.env.HOME = "/somewhere";
  assert.is(host.machine.home(), "/somewhere");
  process.env.HOME = "";
  assert.is(host.machine.home("root"), "/root");
  assert.is(host.machine.home("no-such-user"), undefined);
  if (before === undefined) delete process.env.HOME;
  else process.env.HOME = before;
  assert.is(host.machine.userName(0), "root");
});

test("a loader that was started with our executable is recognised", () => {
  const line = ["/chalk.d/ld", "--library-path", "/chalk.d", "/chalk", "exec", "--", "--x"];
  assert.equal(loaderLaunch("/chalk.d/ld", line), ["/chalk.d/ld", "--library-path", "/chalk.d", "/chalk"]);
  assert.equal(loaderLaunch("/lib64/ld-linux-x86-64.so.2", ["ld", "--argv0", "x", "/c", "a"]), [
    "/lib64/ld-linux-x86-64.so.2",
    "--argv0",
    "x",
    "/c",
  ]);
  assert.is(loaderLaunch("/usr/bin/chalk", ["chalk", "exec"]), undefined);
  assert.is(loaderLaunch("/usr/bin/ldap-tool", ["ldap-tool", "x"]), undefined);
});

test("under Node the clock is the kernel's monotonic one", () => {
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  assert.ok(Math.abs(host.clock.monotonic() - uptime) < 60_000);
});

test("sharing makes a second name if mode and place allow it, else a copy of the same time", () => {
  writeFileSync(at("shared"), "content", { mode: 0o755 });
  files.chmod(at("shared"), 0o755);
  // A whole number of seconds: fractions are kept as well as a JavaScript number can.
  utimesSync(at("shared"), 1_234_567_890, 1_234_567_890);
  files.share(at("shared"), at("same-mode"), 0o755);
  assert.is(statSync(at("same-mode")).ino, statSync(at("shared")).ino);
  files.share(at("shared"), at("other-mode"), 0o444);
  const copy = statSync(at("other-mode"));
  assert.is(copy.mode & 0o777, 0o444);
  assert.is.not(copy.ino, statSync(at("shared")).ino);
  assert.is(copy.mtimeMs, 1_234_567_890_000);
  assert.is(statSync(at("shared")).mode & 0o777, 0o755, "the original keeps its mode");
});

test("names that are no UTF-8 are names like others", () => {
  const odd = Buffer.concat([Buffer.from(`${directory}/odd`), Buffer.of(0xff, 0xfe)]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from("/a"), Buffer.of(0xe9), Buffer.from(".sh")]), "one");
  const [folder] = files.list(directory).filter((name) => name.startsWith("odd")) as [string];
  const [name] = files.list(at(folder)) as [string];
  const path = `${at(folder)}/${name}`;
  assert.is(files.readText(path), "one");
  assert.is(files.realPath(path), path);
  files.replace(path, "two");
  files.copy(path, `${path}2`);
  files.rename(`${path}2`, `${path}3`);
  files.symlink(path, `${path}4`);
  assert.is(files.readLink(`${path}4`), path);
  assert.is(files.realPath(`${path}4`), path);
  assert.is(files.readText(`${path}4`), "two");
  assert.is(files.list(at(folder)).length, 3);
  assert.equal([...files.readBytes(`${path}3`)], [...Buffer.from("two")]);
  files.removeTree(at(folder));
  assert.is(existsSync(odd), false);
});

test.run();
