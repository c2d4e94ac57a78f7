// insert, extract and delete on archives, models, certificates and programs: the whole program in a child process.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createPlace, type ProgramOptions, type Report, runChalk, untilReported } from "../../helpers/program.js";
import { makeZip } from "../codecs/zip-maker.js";

const place = createPlace();
const script = "#!/bin/sh\necho hello\n";
const has = (tool: string) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;

let folder = "";
let count = 0;
const file = (name: string) => join(folder, name);
test.before.each(() => {
  folder = join(place.directory, `t${count++}`);
  mkdirSync(folder);
});

const chalk = (args: readonly string[], options: ProgramOptions = {}) => runChalk(place, args, { cwd: folder, ...options });
const all = ["--report-template=report_all"];
const report = (reports: Report[]): Report => {
  assert.is(reports.length, 1, JSON.stringify(reports).slice(0, 300));
  return reports[0]!;
};
const only = (reports: Report[]): Report => {
  const chalks = report(reports)._CHALKS;
  assert.is(chalks?.length, 1);
  return chalks[0];
};
const entries = [
  { name: "a.sh", content: script, mode: 0o100755 },
  { name: "lib/x.txt", content: "text" },
];

test("an archive that is marked anew names what it was before, if it was something else", () => {
  const before = "CMSP4C-336G-T34E-9RCSHK";
  const mark = { MAGIC: "dadfedabbadabbed", CHALK_ID: before, CHALK_VERSION: "1.0", METADATA_ID: "AAAAAA-AAAA-AAAA-AAAAAA" };
  writeFileSync(file("t.jar"), makeZip([...entries, { name: "chalk.json", content: JSON.stringify(mark) }]));
  const first = only(chalk([...all, "insert", "t.jar"]).reports);
  assert.is(first.DERIVED_FROM_CHALK_ID, before);
  assert.is.not(first.CHALK_ID, before);
  assert.not.ok("DERIVED_FROM_CHALK_ID" in only(chalk([...all, "insert", "t.jar"]).reports), "the same again");
});

test("an archive: insert, extract, delete", () => {
  const original = makeZip(entries);
  writeFileSync(file("t.jar"), original);
  const inserted = chalk(["insert", ...all, "t.jar"]);
  assert.match(inserted.stderr, "chalk mark successfully added");
  const made = only(inserted.reports);
  assert.is(made.ARTIFACT_TYPE, "JAR");
  assert.is(made.HASH, "1c9b7280c5eb0388992eb86448a0817ab4bcabfa5b0529379b9010edd2dddd86");
  assert.is.not(made._CURRENT_HASH, made.HASH);
  assert.not("EMBEDDED_TMPDIR" in made);
  if (has("unzip")) {
    const mark = execFileSync("unzip", ["-p", file("t.jar"), "chalk.json"], { encoding: "utf8" });
    assert.ok(mark.startsWith('{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : '));
    assert.is(JSON.parse(mark).METADATA_ID, made.METADATA_ID);
  }
  const extracted = only(chalk(["extract", "t.jar"]).reports);
  assert.is(extracted._VALIDATED_METADATA, true);
  assert.is(extracted.CHALK_ID, made.CHALK_ID);
  assert.is(only(chalk(["insert", "t.jar"]).reports).CHALK_ID, made.CHALK_ID);
  chalk(["delete", "t.jar"]);
  assert.equal(new Uint8Array(readFileSync(file("t.jar"))), original);
});

test("reproducible with SOURCE_DATE_EPOCH, as far as the mark is", () => {
  const options = {
    environment: { SOURCE_DATE_EPOCH: "1700000000" },
    config: "mark_template fixed { key.ARTIFACT_TYPE.use: true }\n",
  };
  const make = (name: string) => {
    writeFileSync(file(name), makeZip(entries));
    assert.is(chalk(["insert", "--mark-template=fixed", name], options).status, 0);
    return readFileSync(file(name));
  };
  assert.equal(make("a.zip"), make("b.zip"));
});

test("contained items are marked, read and unmarked", () => {
  const inner = makeZip([{ name: "b.sh", content: script, mode: 0o100755 }]);
  const original = makeZip([...entries, { name: "inner.zip", content: inner, stored: true }]);
  writeFileSync(file("t.zip"), original);
  const config = "chalk_contained_items: true\n";
  const made = only(chalk(["insert", ...all, "t.zip"], { config }).reports);
  assert.equal(
    made.EMBEDDED_CHALK.map((item: Report) => [item.PATH_WITHIN_ZIP, item.ARTIFACT_TYPE, item.CONTAINING_ARTIFACT_WHEN_CHALKED]),
    [
      ["/a.sh", "sh", made.CHALK_ID],
      ["/inner.zip", "ZIP", made.CHALK_ID],
    ],
  );
  const nested = made.EMBEDDED_CHALK[1].EMBEDDED_CHALK;
  assert.is(made.EMBEDDED_CHALK[0].PATH_WHEN_CHALKED, `${file("t.zip")}:/a.sh`);
  assert.is(nested[0].PATH_WHEN_CHALKED, `${file("t.zip")}:/inner.zip:/b.sh`);
  assert.not("EMBEDDED_TMPDIR" in made);
  assert.is(nested[0].PATH_WITHIN_ZIP, "/b.sh");
  assert.is(nested[0].CONTAINING_ARTIFACT_WHEN_CHALKED, made.EMBEDDED_CHALK[1].CHALK_ID);
  if (has("unzip")) {
    const text = execFileSync("unzip", ["-p", file("t.zip"), "a.sh"], { encoding: "utf8" });
    assert.is(JSON.parse(text.split("\n")[2]!.slice(2)).METADATA_ID, made.EMBEDDED_CHALK[0].METADATA_ID);
    assert.match(execFileSync("unzip", ["-Z", file("t.zip")], { encoding: "utf8" }), /-rwxr-xr-x.* a\.sh/);
  }
  const plain = only(chalk(["extract", "t.zip"]).reports);
  assert.is(plain._VALIDATED_METADATA, true);
  const read = chalk(["extract", ...all, "t.zip"], { config });
  assert.equal(
    only(read.reports).EMBEDDED_CHALK.map((item: Report) => item.CHALK_ID),
    made.EMBEDDED_CHALK.map((item: Report) => item.CHALK_ID),
  );
  chalk(["delete", "t.zip"]);
  const again = only(chalk(["insert", ...all, "t.zip"]).reports);
  assert.is(again.CHALK_ID, made.CHALK_ID);
  if (has("unzip")) assert.is(execFileSync("unzip", ["-p", file("t.zip"), "a.sh"], { encoding: "utf8" }), script);
});

test("an unmarked archive with marked content", () => {
  writeFileSync(file("a.sh"), script);
  chalk(["insert", "a.sh"]);
  writeFileSync(file("t.zip"), makeZip([{ name: "a.sh", content: readFileSync(file("a.sh")) }]));
  const read = chalk(["extract", "t.zip"], { config: "chalk_contained_items: true\n" });
  assert.match(read.stderr, /warn: .*marked content/);
  assert.equal(report(read.reports)._UNMARKED, [file("t.zip")]);
});

test("virtual marks of an archive and its content", () => {
  const original = makeZip(entries);
  writeFileSync(file("t.zip"), original);
  chalk(["insert", "-v", "t.zip"], { config: "chalk_contained_items: true\n" });
  assert.equal(new Uint8Array(readFileSync(file("t.zip"))), original);
  assert.is(readFileSync(file("virtual-chalk.json"), "utf8").trim().split("\n").length, 2);
});

test("a damaged archive: an error, not an artifact", () => {
  writeFileSync(file("t.zip"), makeZip([{ name: "../x", content: "y" }]));
  const result = chalk(["insert", ...all, "t.zip"]);
  assert.match(result.stderr, `error: ${file("t.zip")}: the name of entry '../x' leads out of the archive`);
  assert.is(report(result.reports)._OP_ERRORS.length, 1);
});

test("chalk cannot be added to an archive when it is no executable; the archive is marked all the same", () => {
  writeFileSync(file("t.zip"), makeZip(entries));
  const result = chalk(["insert", "--inject-binary-into-zip", "t.zip"]);
  assert.match(result.stderr, /error: .*could not be added/);
  assert.match(result.stderr, "chalk mark successfully added");
});

test("models, byte code, and a sidecar", () => {
  writeFileSync(file("m.onnx"), "weights");
  writeFileSync(file("m.safetensors"), Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from("{}")]));
  writeFileSync(file("m.pyc"), "code");
  const inserted = report(chalk(["insert"]).reports);
  assert.equal(
    inserted._CHALKS.map((item: Report) => item.ARTIFACT_TYPE),
    ["ML model", "Python Bytecode", "SafeTensors model"],
  );
  assert.ok(existsSync(file("m.onnx.chalk")));
  const extracted = report(chalk(["extract"]).reports);
  assert.equal(
    extracted._CHALKS.map((item: Report) => item._VALIDATED_METADATA),
    [true, true, true],
  );
  assert.not("_UNMARKED" in extracted);
  chalk(["delete"]);
  assert.equal(readdirSync(folder), ["m.onnx", "m.pyc", "m.safetensors"]);
  assert.is(readFileSync(file("m.pyc"), "utf8"), "code");
  chalk(["insert", "-v", "m.onnx"]);
  assert.not(existsSync(file("m.onnx.chalk")));
});

test("a Java class is untouched", () => {
  const bytes = Buffer.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 1, 2]);
  writeFileSync(file("A.class"), bytes);
  chalk(["insert"]);
  chalk(["delete"]);
  assert.equal(readFileSync(file("A.class")), bytes);
});

test("a program runs after marking, and keeps its mode", () => {
  copyFileSync("/bin/echo", file("echo"));
  chmodSync(file("echo"), 0o755);
  const before = readFileSync(file("echo"));
  const made = only(chalk(["insert", "echo"]).reports);
  assert.is(made.ARTIFACT_TYPE, "ELF");
  assert.is(execFileSync(file("echo"), ["works"], { encoding: "utf8" }), "works\n");
  assert.is(statSync(file("echo")).mode & 0o7777, 0o755);
  assert.is(only(chalk(["extract", "echo"]).reports)._VALIDATED_METADATA, true);
  if (has("strip")) {
    execFileSync("strip", [file("echo")]);
    assert.is(report(chalk(["extract", "echo"]).reports)._CHALKS[0].CHALK_ID, made.CHALK_ID);
  }
  assert.is.not(readFileSync(file("echo")).length, before.length);
  chalk(["delete", "echo"]);
  assert.is(execFileSync(file("echo"), ["works"], { encoding: "utf8" }), "works\n");
});

test("a program that is running is marked", () => {
  copyFileSync("/bin/sleep", file("sleep"));
  chmodSync(file("sleep"), 0o755);
  const shell = spawnSync("sh", ["-c", `${file("sleep")} 3600 > /dev/null & echo $!`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const result = chalk(["insert", "sleep"]);
  assert.is(spawnSync("kill", [shell.stdout.trim()]).status, 0, "it was running all the time");
  assert.match(result.stderr, "chalk mark successfully added");
});

test("certificates in files and in the environment, each once", () => {
  if (!has("openssl")) {
    console.log("SKIPPED certificates: no openssl");
    return;
  }
  const make = (name: string, serial: string) => {
    const words = [
      "req",
      "-x509",
      "-newkey",
      "rsa:1024",
      "-nodes",
      "-keyout",
      file(`${name}.secret`),
      "-out",
      file(`${name}.pem`),
      "-subj",
      "/CN=x",
      "-set_serial",
      serial,
    ];
    execFileSync("openssl", words, { stdio: "ignore" });
    return readFileSync(file(`${name}.pem`), "utf8");
  };
  const [one, two] = [make("one", "1"), make("two", "2")];
  writeFileSync(file("bundle.crt"), one + two);
  const environment = { CERT: one, OTHER: Buffer.from(two).toString("base64") };
  const read = report(chalk(["extract", ...all], { environment }).reports);
  const certificates = read._CHALKS.filter((item: Report) => item._OP_ARTIFACT_TYPE === "x509 Cert");
  assert.equal(
    certificates.map((item: Report) => item._X509_SERIAL),
    ["1", "2"],
  );
  assert.equal(
    certificates.map((item: Report) => item._VALIDATED_METADATA),
    [true, true],
  );
  assert.is(certificates[0]._OP_ARTIFACT_PATH, file("bundle.crt"));
  const config = "mark_template.mark_default.key.ARTIFACT_TYPE.use = false\n";
  const filtered = report(chalk(["extract", ...all, "one.pem"], { environment, config }).reports)._CHALKS[0];
  assert.not("ARTIFACT_TYPE" in filtered, "as the mark template says");
  assert.is(filtered._VALIDATED_METADATA, true);
  assert.is.not(filtered.METADATA_ID, certificates[0].METADATA_ID);
  const mine = make("mine", "3");
  const variable = report(chalk(["extract", ...all, "one.pem"], { environment: { MINE: mine } }).reports);
  assert.equal(
    variable._CHALKS.map((item: Report) => item._OP_ARTIFACT_ENV_VAR_NAME),
    [undefined, "MINE"],
  );
  assert.is(report(chalk(["extract", "--no-env-vars", "one.pem"], { environment: { MINE: mine } }).reports)._CHALKS.length, 1);
  const before = readFileSync(file("one.pem"));
  const inserted = report(chalk(["insert", ...all, "one.pem"], { environment: { MINE: mine } }).reports);
  assert.is(inserted._CHALKS.length, 2);
  chalk(["delete", "one.pem"], { environment: { MINE: mine } });
  assert.equal(readFileSync(file("one.pem")), before);
});

test("exec validates the program's mark and reports the environment's certificates", () => {
  copyFileSync("/bin/sh", file("shell"));
  chmodSync(file("shell"), 0o755);
  chalk(["insert", "shell"]);
  let environment: Record<string, string> = {};
  if (has("openssl")) {
    const words = [
      "req",
      "-x509",
      "-newkey",
      "rsa:1024",
      "-nodes",
      "-keyout",
      file("k"),
      "-out",
      file("c"),
      "-subj",
      "/CN=x",
      "-set_serial",
      "9",
    ];
    execFileSync("openssl", words, { stdio: "ignore" });
    environment = { MINE: readFileSync(file("c"), "utf8") };
  }
  const config = 'exec.initial_sleep_time: <<100 ms>>\noutconf.exec.report_template: "report_all"\n';
  const result = chalk(["exec", "--", file("shell"), "-c", untilReported(place)], { environment, config });
  assert.is(result.status, 0, result.stderr);
  const [program, certificate] = report(result.reports)._CHALKS;
  assert.is(program._VALIDATED_METADATA, true);
  assert.is(program._OP_ARTIFACT_TYPE, "ELF");
  if (has("openssl")) assert.equal([certificate._OP_ARTIFACT_ENV_VAR_NAME, certificate._X509_SERIAL], ["MINE", "9"]);
});

test("env in AWS Lambda reports the mark of the function's archive", () => {
  const mark = '{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "C9K68S-B1CN-H30E-33CSK6", "CHALK_VERSION" : "1" }';
  writeFileSync(file("chalk.json"), mark);
  const environment = { LAMBDA_TASK_ROOT: folder, AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001", AWS_LAMBDA_FUNCTION_NAME: "f" };
  assert.is(only(chalk(["env"], { environment }).reports).CHALK_ID, "C9K68S-B1CN-H30E-33CSK6");
  writeFileSync(file("chalk.json"), "[]");
  const broken = chalk(["env"], { environment });
  assert.match(broken.stderr, /error: .*chalk\.json/);
  assert.not("_CHALKS" in report(broken.reports));
});

test.run();
