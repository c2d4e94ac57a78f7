// Every value in reports has the type that its key declares (`facts/keyspecs.json`), apart from the few that the specification excepts.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeValue } from "../../../runtime/encoding.js";
import { isJsonList, isJsonObject, type Json, type JsonObject, parseJson } from "../../../runtime/json.js";
import { readType } from "../../../runtime/type-tools.js";
import { createPlace, runChalk, untilReported } from "../../helpers/program.js";

const declared = JSON.parse(readFileSync("test/fixtures/facts/keyspecs.json", "utf8")) as Record<string, { type: string }>;
/** Values of another shape than their key declares (`collection.md` 2.8, 4.7, 8.1, 12.3). */
const excepted = new Set([
  "_OP_CPU_INFO",
  "_OP_UNMARKED_COUNT",
  "CLOUD_METADATA_WHEN_CHALKED",
  "SECRET_SCANNER",
  "_OP_ALL_PS_INFO",
]);

/** Keys whose value does not fit, with what is wrong. */
function misfits(object: JsonObject): string[] {
  return [...object].flatMap(([key, value]) => {
    if (key === "_CHALKS" || key === "_COLLECTED_ARTIFACTS") return (value as readonly JsonObject[]).flatMap(misfits);
    const spec = declared[key];
    if (spec === undefined || excepted.has(key)) return [];
    try {
      const type = readType(spec.type);
      if (type === undefined) return [`${key}: the type ${spec.type} cannot be read`];
      decodeValue(value, type);
      return [];
    } catch (error) {
      return [`${key}: ${(error as Error).message}`];
    }
  });
}

const place = createPlace();
const source = join(place.directory, "src");
mkdirSync(source);
writeFileSync(join(source, "a.sh"), "#!/bin/sh\ntrue\n");
writeFileSync(join(source, "AUTHORS"), "me\n");
const git = (...words: string[]) =>
  execFileSync("git", ["-C", source, "-c", "user.name=A", "-c", "user.email=a@b", ...words], { stdio: "pipe" });
git("init", "-q", "-b", "main");
git("add", ".");
git("commit", "-q", "-m", "first");
git("tag", "-a", "v1", "-m", "one");
git("remote", "add", "origin", "https://user:secret@git.example/x.git");
copyFileSync("/bin/sh", join(source, "shell"));
chmodSync(join(source, "shell"), 0o755);

const github = {
  GITHUB_SHA: "ab",
  GITHUB_RUN_ID: "1",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "o/r",
  GITHUB_ACTOR: "me",
  RUNNER_TEMP: place.home,
};
const log = join(place.home, ".local/chalk/chalk.log");

/** Reports of a run with the template that has everything, as they were written. */
function reports(args: readonly string[]): readonly JsonObject[] {
  const before = (() => {
    try {
      return readFileSync(log, "utf8").length;
    } catch {
      return 0;
    }
  })();
  const config = ["env", "insert", "extract", "exec"].map((name) => `outconf.${name}.report_template: "report_all"\n`).join("");
  const { status, stderr } = runChalk(place, args, { environment: github, config });
  assert.is(status, 0, stderr);
  return readFileSync(log, "utf8")
    .slice(before)
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const parsed = parseJson(line);
      const value: Json = "value" in parsed ? parsed.value : null;
      return (isJsonList(value) ? value : [value]).filter(isJsonObject);
    });
}

function check(args: readonly string[], expected: readonly string[]): void {
  const found = reports(args);
  assert.ok(found.length > 0);
  assert.equal(found.flatMap(misfits), []);
  const keys = new Set(
    found.flatMap((report) => [
      ...report.keys(),
      ...((report.get("_CHALKS") as JsonObject[]) ?? []).flatMap((one) => [...one.keys()]),
    ]),
  );
  assert.equal(
    expected.filter((key) => !keys.has(key)),
    [],
  );
}

test("env", () => {
  check(
    ["env"],
    ["_BUILD_ID", "_BUILD_CONTACT", "_OP_ANCESTOR_ARGVS", "_OP_CPU_INFO", "_OP_IPV4_INTERFACES", "_OP_ALL_PS_INFO", "_ENV"],
  );
});

test("insert and extract", () => {
  const early = [
    "COMMIT_ID",
    "TAG",
    "TAGGER",
    "TIMESTAMP_TAGGED",
    "ORIGIN_URI",
    "CODE_OWNERS",
    "VCS_DIFF_STAT",
    "BUILD_UNIQUE_ID",
  ];
  check(["insert", "src"], [...early, "_COMMIT_ID", "_OP_CHALKED_KEYS", "PRE_CHALK_HASH", "_OP_SEARCH_PATH", "INJECTOR_ARGV"]);
  check(["extract", "src"], ["_VALIDATED_METADATA", "_OP_ARTIFACT_PATH_WITHIN_VCTL"]);
});

test("exec", () => {
  const process = [
    "_PROCESS_PID",
    "_PROCESS_ARGV",
    "_PROCESS_UTIME",
    "_PROCESS_FD_INFO",
    "_PROCESS_MOUNT_INFO",
    "_PROCESS_DETAIL",
  ];
  check(["exec", "--chalk-as-parent", "--", join(source, "shell"), "-c", untilReported(place)], process);
});

test.run();
