// insert, extract and delete by the compiled executable, where the operating system matters: names that are no UTF-8, programs that are running, attributes
// of files, signals (marks-and-codecs.md 4.2, 14; runtime-core.md 3.2).
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox } from "../helpers/sandbox.js";

const box = createSandbox();
/** The sandbox may be below /dev, where nothing is searched. */
const base = mkdtempSync(join(tmpdir(), "chalk-marks-"));
process.on("exit", () => rmSync(base, { recursive: true, force: true }));
const script = "#!/bin/sh\necho hello\n";
const isMarked = (path: string | Buffer): boolean => readFileSync(path).includes("dadfedabbadabbed");

/** A fresh directory with the given scripts. */
function folder(name: string, ...scripts: readonly string[]): string {
  const path = join(base, name);
  mkdirSync(path);
  for (const file of scripts) writeFileSync(join(path, file), script, { mode: 0o755 });
  return path;
}

test("names that are no UTF-8: found, marked, read, deleted; named on the command line; as working directory", () => {
  const place = folder("odd");
  const directory = Buffer.concat([Buffer.from(`${place}/d`), Buffer.of(0xe9)]);
  const path = Buffer.concat([directory, Buffer.from("/a"), Buffer.of(0xff, 0xfe), Buffer.from(".sh")]);
  mkdirSync(directory);
  writeFileSync(path, script, { mode: 0o755 });
  assert.match(box.run(["insert", place]).stderr, /mark successfully added/);
  assert.ok(isMarked(path));
  assert.is(statSync(path).mode & 0o777, 0o755);
  assert.match(box.run(["extract", place]).stderr, /Chalk mark extracted/);
  const given = spawnSync("sh", ["-c", `exec ${box.chalk} delete "$(printf 'odd/d\\351/a\\377\\376.sh')"`], {
    cwd: base,
    env: box.environment(),
    encoding: "utf8",
  });
  assert.match(given.stderr, /mark successfully deleted/);
  assert.is(readFileSync(path, "utf8"), script);
  const inside = spawnSync("sh", ["-c", `cd "$(printf 'odd/d\\351')" && exec ${box.chalk} insert`], {
    cwd: base,
    env: box.environment(),
    encoding: "utf8",
  });
  assert.match(inside.stderr, /mark successfully added/);
  assert.ok(isMarked(path));
});

const python = (code: string, ...args: string[]) => spawnSync("python3", ["-c", code, ...args], { encoding: "utf8" });
const hasPython = python("import os; os.getxattr").status === 0;

/** `user.note`, the ACL and (if we may set them) the file capabilities of a file, as hex. */
const readAttributes = (path: string): string =>
  python("import os,sys\nfor n in sorted(os.listxattr(sys.argv[1])): print(n, os.getxattr(sys.argv[1], n).hex())", path).stdout;

function setAttribute(path: string, name: string, hex: string): boolean {
  return python("import os,sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))", path, name, hex).status === 0;
}

/** An ACL that also lets user 1 read: version, then tag, permissions and id of each entry, little-endian. */
const accessList = [
  "02000000",
  "01000700ffffffff",
  "0200040001000000",
  "04000500ffffffff",
  "10000500ffffffff",
  "20000500ffffffff",
].join("");
/** cap_net_bind_service, effective and permitted. */
const capability = "0100000200040000000000000000000000000000";

if (!hasPython) console.log("SKIPPED extended attributes: there is no python3 to set them");
(hasPython ? test : test.skip)(
  "mode with set-id bits, owner, extended attributes, ACL and capabilities survive insert and delete",
  () => {
    const place = folder("attributes");
    const path = join(place, "true");
    copyFileSync("/bin/true", path);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(path, 1234, 2345);
    const set = [
      setAttribute(path, "user.note", Buffer.from("kept").toString("hex")),
      setAttribute(path, "system.posix_acl_access", accessList),
      isRoot && setAttribute(path, "security.capability", capability),
    ];
    chmodSync(path, 0o6755);
    const before = { stat: statSync(path), attributes: readAttributes(path) };
    assert.ok(!set[0] || before.attributes.includes("user.note"));
    for (const command of ["insert", "delete"]) {
      assert.match(box.run([command, path]).stderr, /mark successfully/);
      const after = statSync(path);
      assert.is(after.mode, before.stat.mode, command);
      assert.equal([after.uid, after.gid], [before.stat.uid, before.stat.gid]);
      assert.is(readAttributes(path), before.attributes, command);
      assert.is(spawnSync(path).status, 0);
    }
  },
);

test("a program that is running is marked, and so is its script", async () => {
  const place = folder("running");
  const path = join(place, "sleep");
  copyFileSync("/bin/sleep", path);
  chmodSync(path, 0o755);
  const running = spawn(path, ["3600"]);
  try {
    assert.throws(() => openSync(path, "r+"), /ETXTBSY/);
    assert.match(box.run(["insert", path]).stderr, /mark successfully added/);
    assert.ok(isMarked(path));
    assert.is(running.exitCode, null);
    assert.match(box.run(["delete", path]).stderr, /mark successfully deleted/);
  } finally {
    running.kill("SIGKILL");
  }
});

test("a read-only file in a writable directory is marked and stays read-only", () => {
  const place = folder("read-only", "a.sh");
  chmodSync(join(place, "a.sh"), 0o555);
  assert.match(box.run(["insert", place]).stderr, /mark successfully added/);
  assert.is(statSync(join(place, "a.sh")).mode & 0o777, 0o555);
  assert.ok(isMarked(join(place, "a.sh")));
});

test("a sparse program of 4 GB is read in pieces; a sparse script is no source file", () => {
  const place = folder("sparse", "huge.sh");
  copyFileSync("/bin/true", join(place, "huge"));
  const filler = Buffer.alloc(512, "#");
  writeFileSync(join(place, "huge.sh"), Buffer.concat([Buffer.from(script), filler]));
  for (const name of ["huge", "huge.sh"]) truncateSync(join(place, name), 4 * 1024 ** 3);
  const result = box.run(["extract", place]);
  assert.is(result.status, 0);
  assert.match(result.stderr, /huge: Artifact is unchalked/);
  assert.match(result.stderr, /huge\.sh: too long for a source file/);
  rmSync(place, { recursive: true });
});

/** Starts a command and sends it a signal once a temporary file is there; the result is its exit status, and the log. */
async function interrupted(
  place: string,
  command: string,
  signal: NodeJS.Signals,
): Promise<{ status: number | null; log: string }> {
  const child = box.start([command, place], ["ignore", "ignore", "pipe"]);
  let log = "";
  child.stderr?.on("data", (data: Buffer) => {
    log += data.toString();
  });
  const ended = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  while (child.exitCode === null && !readdirSync(place).some((name) => name.startsWith(".chalk-")))
    await new Promise((again) => setImmediate(again));
  child.kill(signal);
  return { status: await ended, log };
}

for (const [signal, number] of [
  ["SIGTERM", 15],
  ["SIGINT", 2],
] as const) {
  test(`${signal} while a file is written: whole files, no temporary file, status ${128 + number}`, async () => {
    const place = folder(`interrupted-${signal}`);
    const content = Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), Buffer.alloc(48 << 20, "#\n")]);
    const names = ["a.sh", "b.sh", "c.sh", "d.sh"];
    let marked: boolean[] = [];
    // On a busy machine the signal may come when all is done: again.
    for (let attempt = 1; marked.every(Boolean) && attempt <= 20; attempt++) {
      for (const name of names) writeFileSync(join(place, name), content, { mode: 0o755 });
      const { status, log } = await interrupted(place, "insert", signal);
      marked = names.map((name) => isMarked(join(place, name)));
      if (marked.every(Boolean)) continue;
      assert.is(status, 128 + number, log);
      assert.match(log, new RegExp(`${signal}\\(${number}\\)`));
    }
    assert.equal(readdirSync(place).sort(), names);
    assert.ok(marked.includes(false), "it ended before the last one");
    for (const [index, name] of names.entries()) {
      const now = readFileSync(join(place, name));
      assert.ok(now.subarray(0, content.length).equals(content), name);
      assert.is(now.length > content.length, marked[index], name);
    }
    rmSync(place, { recursive: true });
  });
}

test("what a killed insert leaves behind is removed by the next one; the file is whole all the time", async () => {
  const place = folder("killed");
  const content = Buffer.concat([Buffer.from("#!/bin/sh\nexit 0\n"), Buffer.alloc(48 << 20, "#\n")]);
  for (let attempt = 1; attempt <= 20; attempt++) {
    writeFileSync(join(place, "a.sh"), content, { mode: 0o755 });
    await interrupted(place, "insert", "SIGKILL");
    if (!isMarked(join(place, "a.sh"))) break;
  }
  assert.ok(readFileSync(join(place, "a.sh")).subarray(0, content.length).equals(content));
  assert.match(box.run(["insert", place]).stderr, /mark successfully added/);
  assert.equal(readdirSync(place), ["a.sh"]);
  assert.is(spawnSync(join(place, "a.sh")).status, 0);
  rmSync(place, { recursive: true });
});

test.after(() => box.stop());
test.run();
