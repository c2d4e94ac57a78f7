// Reading and writing the self mark (runtime-core.md 7.1, 7.2, 7.5, 7.6), on small programs and on a real compiled executable.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CodecHost } from "../../../runtime/codecs/candidate.js";
import { identifyNative } from "../../../runtime/codecs/index.js";
import { createHost } from "../../../runtime/host/create.js";
import { HostError, type OpenFile } from "../../../runtime/host/host.js";
import { isChalkExecutable, matchingIr, readSelfMark, type SelfMark } from "../../../runtime/image/self.js";
import { EMPTY_STATE, irEntry } from "../../../runtime/image/state.js";
import { type SelfChange, type SelfWriteResult, writeSelf } from "../../../runtime/image/write.js";
import { compact, type Json } from "../../../runtime/json.js";
import { validateMark } from "../../../runtime/marks/validate.js";
import { failingHost } from "../codecs/workbench.js";

const host: CodecHost = createHost();
const directory = mkdtempSync(join(tmpdir(), "image-test-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
const path = (name: string) => join(directory, name);
const leftovers = (where = directory) => readdirSync(where).filter((name) => name.endsWith(".tmp"));

const ORDER: Record<string, bigint> = { MAGIC: 0n, CHALK_ID: 1n, CHALK_VERSION: 2n, METADATA_ID: (1n << 63n) - 201n };
const orderOf = (key: string) => ORDER[key];
const KEYS = new Map<string, Json>([
  ["CHALK_VERSION", "1.0"],
  ["TIMESTAMP_WHEN_CHALKED", 1700000000000],
]);

function fresh(name: string): SelfMark {
  copyFileSync("/bin/true", path(name));
  chmodSync(path(name), 0o755);
  return read(name);
}
function read(name: string, from: CodecHost = host): SelfMark {
  const self = readSelfMark(from, path(name));
  if (self === undefined) throw new Error("no executable");
  return self;
}
function load(
  name: string,
  config: string | undefined,
  change: Partial<SelfChange> = {},
  on: CodecHost = host,
): Promise<SelfWriteResult> {
  const self = read(name);
  return writeSelf(on, self, { keys: KEYS, state: { ...self.state, config }, orderOf, ...change });
}

test("first write, later writes, reading back", async () => {
  const self = fresh("chalk");
  assert.equal([self.codec, self.mark, self.state], ["elf", undefined, EMPTY_STATE]);
  const first = await load("chalk", "x: 1");
  assert.ok(first.kind === "written" && !first.fallback && first.path === path("chalk"));
  assert.match(
    first.mark.text,
    /^\{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "[^"]*", "CHALK_VERSION" : "1.0", "\$CHALK_CONFIG" : "x: 1", "\$CHALK_IMPLEMENTATION_NAME" : "chalk-ts", "\$CHALK_LOAD_COUNT" : 0, "HASH"/,
  );
  const one = read("chalk");
  assert.is(compact(one.mark!), first.mark.text);
  assert.ok(isChalkExecutable(one.mark));
  assert.equal([one.state.config, one.state.loadCount, one.problems], ["x: 1", 0, []]);
  assert.is(spawnSync(path("chalk")).status, 0);
  const hash = identifyNative(path("chalk"), host, () => {})!.unmarkedHash();
  assert.is(validateMark(one.mark!, { hashing: host.hashing, hash, signable: true }).failed, false);
  assert.is((await load("chalk", undefined, { keys: new Map([...KEYS, ["METADATA_HASH", "wanted"]]) })).kind, "written");
  const two = read("chalk");
  assert.equal([two.state.config, two.state.loadCount, two.chalkId], [undefined, 1, one.chalkId]);
  assert.is(two.mark!.get("HASH"), hash);
  assert.is(validateMark(two.mark!, { hashing: host.hashing, hash, signable: true }).failed, false, "with METADATA_HASH");
});

test("compiled form: used only for exactly this configuration and version", async () => {
  fresh("ir");
  const state = { ...EMPTY_STATE, config: "x: 1", cache: new Map([["/a", "y"]]) };
  await load("ir", "", { state, ir: irEntry(host.hashing, state, 3, "1.0", "compiled") });
  const self = read("ir");
  assert.is(matchingIr(self, host.hashing, 3, "1.0"), "compiled");
  assert.equal(matchingIr(self, host.hashing, 4, "1.0"), { mismatch: "another format" });
  assert.equal(matchingIr(self, host.hashing, 3, "1.1"), { mismatch: "another version of chalk" });
  assert.match(
    (matchingIr({ ...self, state: { ...state, config: "x: 2" } }, host.hashing, 3, "1.0") as { mismatch: string }).mismatch,
    "not the one",
  );
  assert.is(matchingIr(fresh("ir"), host.hashing, 3, "1.0"), undefined);
});

test("signing happens over the finished metadata", async () => {
  fresh("signed");
  let signedOver = "";
  const result = await load("signed", "x", {
    keys: new Map([...KEYS, ["INJECTOR_PUBLIC_KEY", "pem"]]),
    sign: (hash, metadata) => {
      signedOver = `${hash}${metadata}\n`;
      return new Map<string, Json>([
        ["SIGNING", true],
        ["SIGNATURE", "sig"],
      ]);
    },
  });
  assert.ok(result.kind === "written");
  const verify = (key: string, message: string) => key === "pem" && message === signedOver;
  const validated = validateMark(read("signed").mark!, {
    hashing: host.hashing,
    hash: result.mark.mark.get("HASH") as string,
    signable: true,
    verify,
  });
  assert.is(validated.keys.get("_VALIDATED_SIGNATURE"), true);
});

test("mode, links and symbolic links", async () => {
  fresh("real");
  chmodSync(path("real"), 0o4711);
  symlinkSync(path("real"), path("link"));
  assert.is((await load("link", "x")).kind, "written");
  assert.is(statSync(path("real")).mode & 0o7777, 0o4711);
  assert.is(readFileSync(path("link")).compare(readFileSync(path("real"))), 0);
  assert.is(read("real").state.config, "x");
});

test("what is no executable, or damaged", async () => {
  writeFileSync(path("text"), "#!/bin/sh\n");
  assert.is(readSelfMark(host, path("text")), undefined);
  writeFileSync(path("text"), "");
  assert.is(readSelfMark(host, path("text")), undefined);
  assert.throws(
    () => readSelfMark(host, path("absent")),
    (error: unknown) => error instanceof HostError && error.code === "ENOENT",
  );
  fresh("appended");
  await load("appended", "x: 1");
  const marked = readFileSync(path("appended"));
  writeFileSync(path("broken"), Buffer.from(marked.toString("latin1").replace("dadfedabbadabbed", "dadfedabbadabbeX"), "latin1"));
  const self = readSelfMark(host, path("broken"))!;
  assert.equal([self.mark, self.state, self.problems.length], [undefined, EMPTY_STATE, 1]);
  assert.is((await load("broken", "y")).kind, "written", "and can be loaded again");
  assert.is(read("broken").state.config, "y");
});

test("an executable with appended data keeps it: the mark goes behind", async () => {
  fresh("payload");
  writeFileSync(path("payload"), Buffer.concat([readFileSync("/bin/true"), Buffer.from("PAYLOAD")]));
  assert.is((await load("payload", "x: 1")).kind, "written");
  assert.equal([read("payload").codec, read("payload").state.config], ["elf_last_resort", "x: 1"]);
  assert.is((await load("payload", "x: 2")).kind, "written");
  assert.equal([read("payload").state.config, read("payload").state.loadCount], ["x: 2", 1]);
  assert.ok(readFileSync(path("payload")).includes("PAYLOAD{ "));
});

test("the check sees the finished image and can veto", async () => {
  fresh("checked");
  const before = readFileSync(path("checked"));
  let seen: SelfMark | undefined;
  const veto = await load("checked", "x", {
    fallbackDirectory: directory,
    check: async (image) => {
      seen = readSelfMark(host, image);
      assert.is(spawnSync(image).status, 0, "it can be started");
      return "line 1: no";
    },
  });
  assert.is(seen?.state.config, "x");
  assert.equal(veto, { kind: "failed", code: "CHECK", reason: "line 1: no", warnings: [] });
  assert.is(readFileSync(path("checked")).compare(before), 0);
  assert.equal(leftovers(), []);
});

test("a failure or crash at any step: the old executable, no temporary file", async () => {
  fresh("steps");
  const before = readFileSync(path("steps"));
  const counting = failingHost(0);
  await load("steps", "x", {}, counting.host);
  assert.ok(counting.calls() >= 6, String(counting.calls()));
  for (let step = 1; step <= counting.calls(); step += 1) {
    fresh("steps");
    const result = await load("steps", "x", {}, failingHost(step).host);
    if (result.kind === "failed") {
      assert.is(result.code, "ENOSPC");
      assert.is(readFileSync(path("steps")).compare(before), 0, `step ${step}`);
    } else assert.is(read("steps").state.config, "x");
    assert.equal(leftovers(), []);
  }
});

/** A host that may not write beside this file. */
function locked(target: string, code: string): CodecHost {
  const refuse = (name: string) => {
    if (dirname(name) === dirname(target)) throw new HostError(code, "open", name);
  };
  return {
    ...host,
    files: {
      ...host.files,
      open: (name, mode, permissions): OpenFile => {
        if (mode !== "read") refuse(name);
        return host.files.open(name, mode, permissions);
      },
      createTemporary(beside) {
        refuse(beside);
        return host.files.createTemporary(beside);
      },
    },
  };
}

test("fallback copy where the executable cannot be changed", async () => {
  fresh("fixed");
  chmodSync(path("fixed"), 0o4700);
  const before = readFileSync(path("fixed"));
  const cwd = path("cwd");
  mkdirSync(cwd);
  for (const [code, count] of [
    ["EACCES", 0],
    ["EROFS", 0],
    ["ETXTBSY", 0],
  ] as const) {
    const result = await load("fixed", "x: 1", { fallbackDirectory: cwd }, locked(path("fixed"), code));
    assert.ok(result.kind === "written" && result.fallback, code);
    assert.is(result.path, join(cwd, "fixed"));
    assert.is(result.warnings.length, 2);
    assert.match(result.warnings[1]!, join(cwd, "fixed"));
    assert.is(statSync(result.path).mode & 0o7777, 0o711);
    assert.equal(
      [readSelfMark(host, result.path)!.state.config, readSelfMark(host, result.path)!.state.loadCount],
      ["x: 1", count],
    );
    assert.is(readFileSync(path("fixed")).compare(before), 0);
  }
  writeFileSync(join(cwd, "fixed"), "mine");
  const foreign = await load("fixed", "x: 1", { fallbackDirectory: cwd }, locked(path("fixed"), "EACCES"));
  assert.ok(foreign.kind === "failed" && foreign.code === "EEXIST");
  assert.match(foreign.reason, "is not a chalk executable");
  assert.is(readFileSync(join(cwd, "fixed"), "utf8"), "mine");
  assert.ok((await load("fixed", "x", {}, locked(path("fixed"), "EACCES"))).kind === "failed", "no fallback asked for");
  const nowhere = await load("fixed", "x", { fallbackDirectory: directory }, locked(path("fixed"), "EACCES"));
  assert.ok(
    nowhere.kind === "failed" && nowhere.warnings[1]!.includes(`${path("fixed")}.new`),
    "the copy has another name in the same directory",
  );
  assert.ok(
    (await load("fixed", "x", { fallbackDirectory: path("no/such") }, locked(path("fixed"), "EACCES"))).kind === "failed",
  );
  assert.equal([leftovers(), leftovers(cwd)], [[], []]);
});

test("a mark that would be invalid is not written", async () => {
  fresh("invalid");
  const result = await load("invalid", "x", { keys: new Map() });
  assert.ok(result.kind === "failed" && result.code === "INVALID");
});

const child = join(dirname(fileURLToPath(import.meta.url)), "load-child.js");
function start(...args: string[]): {
  output: () => string;
  ended: Promise<string>;
  waitFor: (text: string) => Promise<void>;
  kill: () => void;
} {
  const running = spawn(process.execPath, [child, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  running.stdout.on("data", (data) => (text += data));
  const ended = new Promise<string>((done) => running.on("close", () => done(text)));
  const waitFor = async (word: string) => {
    while (!text.includes(word) && running.exitCode === null) await new Promise((go) => setTimeout(go, 5));
  };
  return { output: () => text, ended, waitFor, kill: () => running.kill("SIGKILL") };
}

test("two loads at once: one wins whole, the other says so", async () => {
  fresh("both");
  const slow = start(path("both"), "slow", "pause");
  await slow.waitFor("checking");
  const quick = start(path("both"), "quick");
  assert.match(await quick.ended, /written/);
  assert.match(await slow.ended, /ECHANGED/);
  const self = read("both");
  assert.equal([self.state.config, self.state.loadCount], ["quick", 0]);
  assert.is(spawnSync(path("both")).status, 0);
  assert.equal(leftovers(), []);
});

test("many loads at once: the result is one of them, whole", async () => {
  fresh("many");
  const outputs = await Promise.all(["a", "b", "c", "d"].map((text) => start(path("many"), text).ended));
  const winners = ["a", "b", "c", "d"].filter((_, index) => outputs[index]!.includes("written"));
  assert.ok(winners.length >= 1);
  const self = read("many");
  assert.ok(winners.includes(self.state.config!));
  assert.is(
    validateMark(self.mark!, {
      hashing: host.hashing,
      hash: identifyNative(path("many"), host, () => {})!.unmarkedHash(),
      signable: true,
    }).failed,
    false,
  );
  assert.equal(leftovers(), []);
});

test("killed in the middle: the old executable stays", async () => {
  fresh("killed");
  const before = readFileSync(path("killed"));
  const victim = start(path("killed"), "never", "hang");
  await victim.waitFor("checking");
  victim.kill();
  await victim.ended;
  assert.is(readFileSync(path("killed")).compare(before), 0);
  for (const name of leftovers()) rmSync(path(name));
  assert.is((await load("killed", "after")).kind, "written");
});

test("as an ordinary user: a read-only program in one's own directory, and a foreign one", async () => {
  if (process.getuid?.() !== 0) {
    console.log("SKIPPED ordinary user: needs root to become one");
    return;
  }
  const own = mkdtempSync(join(tmpdir(), "image-user-"));
  try {
    chmodSync(own, 0o755);
    const words = ["-e", "for (const path of process.argv.slice(1)) require('node:fs').readdirSync(path)", dirname(child), own];
    if (spawnSync(process.execPath, words, { uid: 65534, gid: 65534 }).status !== 0) {
      console.log("SKIPPED ordinary user: one may not read this tree, the temporary directory or node");
      return;
    }
    copyFileSync("/bin/true", join(own, "program"));
    chmodSync(join(own, "program"), 0o555);
    chownSync(join(own, "program"), 65534, 65534);
    const asUser = () =>
      spawnSync(process.execPath, [child, join(own, "program"), "mine"], { uid: 65534, gid: 65534, encoding: "utf8" }).stdout;
    assert.match(asUser(), /EACCES/, "the directory is not writable");
    chownSync(own, 65534, 65534);
    assert.match(asUser(), /written/);
    assert.equal([statSync(join(own, "program")).mode & 0o7777, statSync(join(own, "program")).uid], [0o555, 65534]);
    assert.is(readSelfMark(host, join(own, "program"))!.state.config, "mine");
    assert.equal(leftovers(own), []);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
});

/** A host that knows how many bytes were read from a file at most at once. */
function readingHost(): { host: CodecHost; largest: () => number } {
  let most = 0;
  const noted = (bytes: Uint8Array): Uint8Array => {
    most = Math.max(most, bytes.length);
    return bytes;
  };
  const files: CodecHost["files"] = {
    ...host.files,
    readBytes: (...given) => noted(host.files.readBytes(...given)),
    open: (...given) => {
      const file = host.files.open(...given);
      return { ...file, read: (...range) => noted(file.read(...range)) };
    },
  };
  return { host: { ...host, files }, largest: () => most };
}

const bun = join(process.cwd(), "node_modules/.bin/bun");
test("a compiled executable of real size", async () => {
  const built = existsSync(bun) && statSync(directory).isDirectory();
  if (!built) {
    console.log("SKIPPED compiled executable: bun is not installed");
    return;
  }
  writeFileSync(path("hello.ts"), 'console.log("hello", process.argv.slice(2).join("+"));\nprocess.exit(3);\n');
  execFileSync(bun, ["build", "--compile", path("hello.ts"), "--outfile", path("hello")], { stdio: "ignore" });
  const hasReadelf = spawnSync("readelf", ["--version"]).status === 0;
  if (!hasReadelf) console.log("SKIPPED headers of a compiled executable: no readelf");
  const headersOf = () => (hasReadelf ? execFileSync("readelf", ["-lW", path("hello")], { encoding: "utf8" }) : "");
  const headers = headersOf();
  const { host: watching, largest } = readingHost();
  for (const [config, count] of [
    ["x: 1", 0],
    [`y: "${"z".repeat(1_000_000)}"`, 1],
    [undefined, 2],
  ] as const) {
    const result = await load("hello", config, {}, watching);
    assert.ok(result.kind === "written", JSON.stringify(result).slice(0, 300));
    const self = read("hello");
    assert.equal([self.codec, self.state.config, self.state.loadCount], ["elf", config, count]);
    const run = spawnSync(path("hello"), ["a", "b"], { encoding: "utf8" });
    assert.equal([run.status, run.stdout], [3, "hello a+b\n"]);
    assert.is(headersOf(), headers);
    if (!hasReadelf) continue;
    const inspected = spawnSync("readelf", ["-aW", path("hello")], { encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal([inspected.status, inspected.stderr], [0, ""]);
  }
  assert.ok(
    largest() > 0 && largest() < statSync(path("hello")).size / 4,
    `the executable is not read at once: ${largest()} bytes`,
  );
  assert.equal(leftovers(), []);
});

test.run();
