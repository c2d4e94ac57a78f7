/** The guide `docs/guides/collection.md` keeps its word: its configuration is sound, the scanner in it scans, its envelope is understood. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox } from "../helpers/sandbox.js";

const guide = readFileSync("docs/guides/collection.md", "utf8");
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map((match) => match[1] as string);
const box = createSandbox();

test("the pieces make a configuration without findings", () => {
  assert.is(blocks("c4m").length, 5);
  box.write("all.c4m", blocks("c4m").join("\n"));
  const result = box.run(["config", "lint", "all.c4m"]);
  assert.is(result.status, 0, result.stdout + result.stderr);
  assert.is(/C4M-/.test(result.stdout + result.stderr), false, result.stdout + result.stderr);
});

test("a scanner and a key of one's own, and the caller's envelope", () => {
  const script = "#!/bin/sh\ntrue\n";
  box.write("run.sh", script);
  const file = join(box.work, "run.sh");
  const digest = createHash("sha256").update(script).digest("hex");
  const envelope = (blocks("json")[0] as string).replace("/srv/app/run.sh", file).replace("<64 hex digits>", digest);
  const config = blocks("c4m")
    .join("\n")
    .replace(/run_sast_tools: +false/, "run_sast_tools: true");
  box.write("all.c4m", `${config}set_template_keys("report_template", "insertion_default", ["_X_RACK"], true, false)\n`);
  const words = ["--config-file=all.c4m", "insert", "run.sh"];
  const { status, stderr } = box.run(words, { environment: { CHALK_CALLER_ATTESTATION: envelope, RACK: "r7" } });
  assert.is(status, 0, stderr);
  const log = box.inHome(".local/chalk/chalk.log").trimEnd().split("\n").at(-1) as string;
  const [report] = JSON.parse(log) as { _X_RACK: string; CALLER_ATTESTED_INFO: unknown; _CHALKS: Record<string, unknown>[] }[];
  assert.is(report!._X_RACK, "r7");
  assert.equal(report!.CALLER_ATTESTED_INFO, { agent: "builder-7" });
  assert.equal(report!._CHALKS[0]!.SAST, { line_counter: `2 ${file}` });
  assert.equal(report!._CHALKS[0]!.CALLER_ATTESTED_ARTIFACT_INFO, { status: "match", info: { src: "mirror" } });
});

test.run();
