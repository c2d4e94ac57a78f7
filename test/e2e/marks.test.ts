// insert, extract and delete by the compiled executable, where the operating system matters: names that are no UTF-8, programs that are running, attributes
// of files, signals (marks-and-codecs.md 4.2, 14; runtime-core.md 3.2).
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

test.after(() => box.stop());
test.run();
