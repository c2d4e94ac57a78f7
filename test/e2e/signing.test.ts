// `chalk setup`, signed marks and their verification (runtime-core.md 15), seen from outside. openssl checks the signature independently where it is there.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../runtime/host/create.js";
import { type JsonObject, parseJson } from "../../runtime/json.js";
import { metadataHash } from "../../runtime/marks/normal-form.js";
import { copyExecutable } from "../helpers/binary.js";
import { createSandbox, messagesOf, type Report, type RunOptions, type RunResult, sha256 } from "../helpers/sandbox.js";
import { startServer } from "../helpers/server.js";

const box = createSandbox();
const password = "a pässword";
const withPassword = { environment: { CHALK_PASSWORD: password } };
const script = "#!/bin/sh\necho hello\n";
const keyFile = () => join(box.work, "chalk.key");

const lastReport = (): Report => box.reports.at(-1) as Report;
const lastChalk = (): Report => (lastReport()["_CHALKS"] as Report[])[0] as Report;
const errorsOf = (result: RunResult): readonly string[] => result.messages.filter((text) => text.startsWith("error:"));

function markOf(path: string): JsonObject {
  const text = readFileSync(path, "utf8");
  const parsed = parseJson(text.slice(text.indexOf("{")));
  assert.ok("value" in parsed);
  return parsed.value as JsonObject;
}

/** As `box.run`, while servers in this process answer. */
async function runBeside(args: readonly string[], options: RunOptions = {}): Promise<{ status: number; messages: string[] }> {
  const child = box.start(args, ["ignore", "ignore", "pipe"], options);
  let text = "";
  child.stderr?.on("data", (data: Buffer) => {
    text += data.toString();
  });
  const status = await new Promise<number>((done) => child.on("close", (code) => done(code ?? -1)));
  return { status, messages: messagesOf(text) };
}

test("setup without terminal, password or keys: exit 1, nothing changed", () => {
  const before = sha256(box.chalk);
  const result = box.run(["setup"]);
  assert.is(result.status, 1);
  assert.match(errorsOf(result).join("\n"), /CHALK_PASSWORD/);
  assert.is(sha256(box.chalk), before);
  assert.not(existsSync(keyFile()));
});

test("setup load makes no keys", () => {
  const result = box.run(["setup", "load"], withPassword);
  assert.is(result.status, 1);
  assert.match(errorsOf(result).join("\n"), /no pair of key files/);
  assert.not(existsSync(keyFile()));
});

test("setup with CHALK_PASSWORD: key files, executable, report; the password is nowhere", () => {
  const result = box.run(["setup"], withPassword);
  assert.is(result.status, 0, result.stderr);
  assert.is(result.stdout, "");
  assert.is(statSync(keyFile()).mode & 0o777, 0o600);
  assert.is(statSync(join(box.work, "chalk.pub")).mode & 0o777, 0o644);
  assert.match(readFileSync(keyFile(), "utf8"), /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n/);
  assert.ok(result.messages.some((text) => text.includes(`Configuration replaced in binary: ${box.chalk}`)));
  assert.is(lastReport()["_OPERATION"], "setup");
  for (const text of [result.stderr, JSON.stringify(lastReport()), readFileSync(keyFile(), "utf8")])
    assert.not.match(text, new RegExp(password));
  assert.not.match(JSON.stringify(lastReport()), /ENCRYPTED/);
  assert.is(lastChalk()["$CHALK_PUBLIC_KEY"], readFileSync(join(box.work, "chalk.pub"), "utf8"));
  assert.equal(
    readdirSync(box.work).filter((name) => name.startsWith(".")),
    [],
  );
});

test("the executable still works, and its own mark is signed", () => {
  assert.is(box.run(["version"]).status, 0);
  assert.is(box.run(["extract", "chalk"]).status, 0);
  assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
});

test("insert signs; the signature is one of HASH and the hash of the metadata", () => {
  const path = box.write("a.sh", script);
  const result = box.run(["insert", "a.sh"], withPassword);
  assert.equal(errorsOf(result), []);
  const mark = markOf(path);
  assert.is(mark.get("SIGNING"), true);
  assert.is([...mark.keys()].at(-1), "SIGNATURE");
  const key = mark.get("INJECTOR_PUBLIC_KEY") as string;
  assert.is(key, readFileSync(join(box.work, "chalk.pub"), "utf8"));
  const { hashing, cryptography } = createHost();
  const message = `${mark.get("HASH")}${metadataHash(hashing, mark)}\n`;
  const signature = Buffer.from(mark.get("SIGNATURE") as string, "base64");
  assert.ok(cryptography.verify(key, Buffer.from(message), signature));
  assert.is(lastChalk()["SIGNATURE"], mark.get("SIGNATURE"));
  assert.is(lastReport()["INJECTOR_PUBLIC_KEY"], key);
  if (spawnSync("openssl", ["version"]).status !== 0) return;
  const file = (name: string, data: string | Uint8Array) => box.write(name, data);
  const [keyPath, signaturePath, messagePath] = [file("k.pub", key), file("s.bin", signature), file("m.txt", message)];
  const verified = spawnSync("openssl", ["dgst", "-sha256", "-verify", keyPath, "-signature", signaturePath, messagePath]);
  assert.is(verified.status, 0, verified.stderr.toString());
});

test("extract verifies without password, and with a chalk that was never set up", () => {
  box.run(["extract", "a.sh"]);
  assert.is(lastChalk()["_VALIDATED_METADATA"], true);
  assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
  assert.not("_INVALID_SIGNATURE" in lastChalk());
  const other = createSandbox();
  copyFileSync(join(box.work, "a.sh"), join(other.work, "a.sh"));
  const result = other.run(["extract", "a.sh"]);
  assert.equal(errorsOf(result), []);
  const [chalk] = (other.reports.at(-1) as Report)["_CHALKS"] as [Report];
  assert.is(chalk["_VALIDATED_SIGNATURE"], true);
});

test("delete reports what the removed mark was worth", () => {
  copyFileSync(join(box.work, "a.sh"), join(box.work, "b.sh"));
  box.run(["delete", "b.sh"]);
  assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
  assert.is(readFileSync(join(box.work, "b.sh"), "utf8"), script);
});

/** The table of 15.4: what is done to a signed mark, and what extract says. */
const tampered: readonly (readonly [name: string, change: (text: string) => string, expected: Report])[] = [
  [
    "signature of something else",
    (text) => text.replace(/"SIGNATURE" : "[^"]*"/, `"SIGNATURE" : "${otherSignature()}"`),
    { _VALIDATED_METADATA: true, _INVALID_SIGNATURE: true },
  ],
  ["signature taken away", (text) => text.replace(/, "SIGNATURE" : "[^"]*"/, ""), { _VALIDATED_METADATA: false }],
  [
    "signature and SIGNING taken away",
    (text) => text.replace(/, "SIGNATURE" : "[^"]*"/, "").replace(/"SIGNING" : true, /, ""),
    { _VALIDATED_METADATA: true },
  ],
  ["metadata changed", (text) => text.replace(/"CHALK_RAND" : "./, '"CHALK_RAND" : "z'), { _VALIDATED_METADATA: false }],
  ["content changed", (text) => text.replace("hello", "hallo"), { _VALIDATED_METADATA: false }],
];

/** A signature by the same key, of another mark. */
function otherSignature(): string {
  const path = box.write("other.sh", "#!/bin/sh\necho other\n");
  box.run(["insert", "other.sh"], withPassword);
  return markOf(path).get("SIGNATURE") as string;
}

const outcomes = ["_VALIDATED_METADATA", "_VALIDATED_SIGNATURE", "_INVALID_SIGNATURE"];
for (const [name, change, expected] of tampered) {
  test(`extract: ${name}`, () => {
    box.write("t.sh", change(readFileSync(join(box.work, "a.sh"), "utf8")));
    assert.is(box.run(["extract", "t.sh"]).status, 0);
    const found = Object.fromEntries(Object.entries(lastChalk()).filter(([key]) => outcomes.includes(key)));
    assert.equal(found, expected);
  });
}

test("no password, or a wrong one: error, unsigned mark, exit 0", () => {
  for (const environment of [{}, { CHALK_PASSWORD: "wrong" }]) {
    const path = box.write("u.sh", script);
    const result = box.run(["insert", "u.sh"], { environment });
    assert.is(result.status, 0);
    assert.is(errorsOf(result).length, 1);
    assert.match(errorsOf(result)[0] as string, /not signed/);
    assert.not(markOf(path).has("SIGNATURE"));
    assert.not(markOf(path).has("SIGNING"));
    box.run(["extract", "u.sh"]);
    assert.is(lastChalk()["_VALIDATED_METADATA"], true);
    assert.not("_VALIDATED_SIGNATURE" in lastChalk());
  }
});

test("always_try_to_sign: false, and nobody subscribes SIGNATURE: neither key nor password is asked for", () => {
  const config = box.write(
    "quiet.c4m",
    'always_try_to_sign: false\noutconf.insert.mark_template: "chalk_labels"\noutconf.insert.report_template: "null"\n',
  );
  const path = box.write("q.sh", script);
  const quiet = box.run([`--config-file=${config}`, "insert", "q.sh"]);
  assert.equal(errorsOf(quiet), []);
  assert.not(markOf(path).has("SIGNATURE"));
  box.write("quiet.c4m", "always_try_to_sign: false\n");
  box.run([`--config-file=${config}`, "insert", "q.sh"], withPassword);
  assert.ok(markOf(path).has("SIGNATURE"), "the default templates subscribe it");
});

test("a signed program still runs", () => {
  assert.is(spawnSync("sh", [join(box.work, "a.sh")], { encoding: "utf8" }).stdout, "hello\n");
});

test("a wrong password does not overwrite existing keys", () => {
  const before = readFileSync(keyFile(), "utf8");
  const result = box.run(["setup"], { environment: { CHALK_PASSWORD: "wrong" } });
  assert.is(result.status, 1);
  assert.match(errorsOf(result).join("\n"), /password is wrong.*not overwritten/s);
  assert.is(readFileSync(keyFile(), "utf8"), before);
});

test("setup gen does not look for keys, and does not overwrite them", () => {
  const result = box.run(["setup", "gen"], withPassword);
  assert.is(result.status, 1);
  assert.match(errorsOf(result).join("\n"), /not overwritten/);
});

test("load keeps the keys and signs the new mark", () => {
  box.write("some.c4m", "chalk_contained_items: true\n");
  assert.is(box.run(["load", "some.c4m"], withPassword).status, 0);
  box.run(["extract", "chalk"]);
  assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
  assert.is(lastChalk()["$CHALK_LOAD_COUNT"], 2);
});

test("keys of cosign are imported from where get_paths says", () => {
  const other = createSandbox();
  mkdirSync(join(other.base, "keys"));
  copyFileSync("test/fixtures/signing/pynacl.key", join(other.base, "keys/mine.key"));
  copyFileSync("test/fixtures/signing/pynacl.pub", join(other.base, "keys/mine.pub"));
  const config = other.write(
    "keys.c4m",
    `attestation.attestation_key_embed.filename: "mine.pub"
attestation.attestation_key_embed.get_paths: ["/nowhere", "${other.base}/keys"]
`,
  );
  const result = other.run([`--config-file=${config}`, "setup", "load"], {
    environment: { CHALK_PASSWORD: "pässword of a fixture" },
  });
  assert.is(result.status, 0, result.stderr);
  const path = other.write("a.sh", script);
  other.run(["insert", "a.sh"], { environment: { CHALK_PASSWORD: "pässword of a fixture" } });
  assert.is(markOf(path).get("INJECTOR_PUBLIC_KEY"), readFileSync("test/fixtures/signing/pynacl.pub", "utf8"));
});

test("--key-file of older releases names the pair", () => {
  const other = createSandbox();
  const result = other.run(["setup", "--key-file", join(other.base, "old.pub")], withPassword);
  assert.is(result.status, 0, result.stderr);
  assert.ok(existsSync(join(other.base, "old.key")));
  assert.ok(existsSync(join(other.base, "old.pub")));
});

const hasUnzip = spawnSync("unzip", ["-v"]).status === 0 && spawnSync("zip", ["-v"]).status === 0;
if (!hasUnzip) console.log("SKIPPED chalk in a signed archive: there is no zip and unzip");
(hasUnzip ? test : test.skip)("the chalk in an archive works, and has no private key; content and archive are signed", () => {
  const place = mkdtempSync(join(tmpdir(), "chalk-signing-"));
  try {
    writeFileSync(join(place, "x.sh"), script);
    assert.is(spawnSync("zip", ["-q", "a.zip", "x.sh"], { cwd: place }).status, 0);
    const config = box.write(
      "zip.c4m",
      "chalk_contained_items: true\nzip.inject_binary: true\nzip.inject_zip_size_threshold: <<1 gb>>\n",
    );
    const result = box.run([`--config-file=${config}`, "insert", join(place, "a.zip")], withPassword);
    assert.equal(errorsOf(result), []);
    assert.is(spawnSync("unzip", ["-q", "a.zip", "-d", "out"], { cwd: place }).status, 0);
    const copy = join(place, "out/chalk");
    assert.is(statSync(copy).mode & 0o777, 0o755);
    const secret = readFileSync(keyFile(), "utf8").split("\n")[2] as string;
    assert.ok(readFileSync(box.chalk).includes(secret));
    assert.not(readFileSync(copy).includes(secret));
    assert.is(box.run(["version"], { program: copy }).status, 0);
    assert.ok(markOf(join(place, "out/x.sh")).has("SIGNATURE"));
    box.run(["extract", join(place, "out/x.sh")]);
    assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
    box.run(["extract", join(place, "a.zip")]);
    assert.is(lastChalk()["_VALIDATED_SIGNATURE"], true);
  } finally {
    rmSync(place, { recursive: true });
  }
});

const hasScript = spawnSync("script", ["--version"]).status === 0;
if (!hasScript) console.log("SKIPPED setup at a terminal: there is no program `script`");
(hasScript ? test : test.skip)("at a terminal a password is made, printed once between rulers, and works", () => {
  const other = createSandbox();
  const result = spawnSync("script", ["-qec", `${other.chalk} --no-color setup`, "/dev/null"], {
    cwd: other.work,
    env: { ...other.environment(), TERM: "dumb" },
    encoding: "utf8",
    input: "",
  });
  assert.is(result.status, 0, result.stdout);
  const lines = result.stdout.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith("CHALK_PASSWORD="));
  assert.match(lines[at] as string, /^CHALK_PASSWORD=[A-Za-z0-9_-]{22}==$/);
  assert.match(lines[at - 1] as string, /^-+$/);
  assert.is(lines[at + 1], lines[at - 1]);
  assert.is(lines.filter((line) => line.includes("CHALK_PASSWORD=")).length, 1);
  const made = (lines[at] as string).slice("CHALK_PASSWORD=".length);
  const path = other.write("a.sh", script);
  other.run(["insert", "a.sh"], { environment: { CHALK_PASSWORD: made } });
  assert.ok(markOf(path).has("SIGNATURE"));
  assert.not.match(other.logLines.join(""), new RegExp(made));
});

test("key provider get: the service gives pair and password; its answers reach no message", async () => {
  const privateKey = readFileSync("test/fixtures/signing/pynacl.key", "utf8");
  const publicKey = readFileSync("test/fixtures/signing/pynacl.pub", "utf8");
  const all = JSON.stringify({ privateKey, publicKey, password: "pässword of a fixture" });
  const server = await startServer([
    { status: 500, body: "s3cret" },
    { status: 200, body: '{"password": "s3cret"}' },
    { status: 200, body: all },
    { status: 200, body: JSON.stringify({ password: "pässword of a fixture" }) },
    { status: 403 },
  ]);
  const own = copyExecutable(box.chalk, join(box.base, "getter"));
  const config = box.write(
    "get.c4m",
    `auth_config service {
  auth: "basic"
  username: "u"
  password: "p"
}
attestation.key_provider: "get"
attestation.attestation_key_get.uri: "${server.url}/keys?token=t0ken"
attestation.attestation_key_get.auth: "service"
attestation.attestation_key_get.timeout: <<10 sec>>
`,
  );
  const run = (...args: string[]) => runBeside([`--config-file=${config}`, ...args], { program: own });
  try {
    for (const reason of [/answers 500/, /lacks/]) {
      const { status, messages } = await run("setup");
      assert.is(status, 1);
      assert.match(messages.join("\n"), reason);
      assert.not.match(messages.join("\n"), /s3cret|t0ken/);
    }
    assert.is((await run("setup")).status, 0);
    const path = box.write("g.sh", script);
    await run("insert", path);
    assert.is(markOf(path).get("INJECTOR_PUBLIC_KEY"), publicKey);
    assert.equal(
      server.received.map(({ method, path: asked }) => `${method} ${asked}`),
      [...Array<string>(3).fill("GET /keys?token=t0ken"), "GET /keys?token=t0ken&only=password"],
    );
    assert.is(server.received[0]?.headers["authorization"], `Basic ${Buffer.from("u:p").toString("base64")}`);
    writeFileSync(path, script);
    const refused = await run("insert", path);
    assert.is(refused.status, 0);
    assert.match(refused.messages.join("\n"), /not signed: .*answers 403/);
    assert.not(markOf(path).has("SIGNATURE"));
  } finally {
    await server.stop();
    rmSync(own);
  }
});

test.after(() => box.stop());
test.run();
