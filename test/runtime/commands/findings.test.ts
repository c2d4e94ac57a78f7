/** The tool's own codes: each is documented, and its example has exactly the problem it shows (`runtime/tool-codes.ts`). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { toolCodes } from "../../../runtime/tool-codes.js";
import { runSession, sessionFile } from "../../helpers/session.js";

interface Record {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly line: number;
}

async function lint(text: string): Promise<{ status: number; found: readonly Record[] }> {
  const { status, stdout } = await runSession(["config", "lint", "--json", sessionFile("linted.c4m", text)]);
  return { status, found: JSON.parse(stdout) };
}

for (const [code, { severity, wrong, right, explanation, title }] of Object.entries(toolCodes)) {
  test(`${code}: ${title}`, async () => {
    const bad = await lint(wrong);
    const hits = bad.found.filter((one) => one.code === code);
    assert.is(hits.length, 1, JSON.stringify(bad.found));
    assert.is(hits[0]?.severity, severity);
    assert.ok(hits[0]?.line !== undefined);
    assert.is(bad.status, 0, "works all the same");
    const good = await lint(right);
    assert.is(good.status, 0);
    assert.equal(
      good.found.filter((one) => one.code === code),
      [],
      right,
    );
    assert.ok(explanation.split(/[.;] /).length >= 2, explanation);
  });
}

test("codes are numbered without gaps", () => {
  assert.equal(
    Object.keys(toolCodes),
    Object.keys(toolCodes).map((_, i) => `CHK-${String(i + 1).padStart(3, "0")}`),
  );
});

test("nothing is said about what ships, about errors' consequences, or without chalk's schema", async () => {
  assert.equal((await lint("# nothing\n")).found, []);
  const broken = await lint('report_template unused { key.NO_SUCH.use: true }\nexec.heartbeat.run: "yes"\n');
  assert.is(broken.status, 1);
  assert.ok(broken.found.every((one) => !one.code.startsWith("CHK")));
  const bare = await runSession([
    "config",
    "lint",
    "--bare",
    "--json",
    sessionFile("linted.c4m", "report_template unused { key.NO_SUCH.use: true }\n"),
  ]);
  assert.equal(JSON.parse(bare.stdout), []);
});

test("options of config lint that mean nothing are errors", async () => {
  const file = sessionFile("linted.c4m", "# nothing\n");
  for (const [options, said] of [
    [["--allow", "env-red"], "did you mean 'env-read'?"],
    [["--allow", "fs-read,everything"], "there is no capability class 'everything'"],
    [["--stub", "bad"], "--stub: 'bad' is not"],
  ] as const) {
    const { status, stderr } = await runSession(["config", "lint", ...options, file]);
    assert.is(status, 1);
    assert.ok(stderr.includes(said), stderr);
  }
  assert.is((await runSession(["config", "lint", "--allow", "fs-read,env-read", "--stub", "f(int) -> int", file])).status, 0);
});

test("names of sections that are in no file", async () => {
  const { found } = await lint(`
auth_config collector { auth: "jwt"; token: "a.b.c" }
sink_config web { sink: "post"; uri: "https://example.com"; auth: "colector" }
sink_config good { sink: "post"; uri: "https://example.com"; auth: "collector" }
sink_config without { sink: "post"; uri: "https://example.com"; auth: "" }
func later(name: string) { result := auth_headers("nobody"); result := auth_headers(name); result := auth_headers("collector") }
copy_report_template_keys("report_al", "mine")
report_template mine { key._OPERATION.use: true }
custom_report mine { report_template: "mine"; sink_configs: ["good"]; use_when: ["env"] }
`);
  assert.equal(
    found.map(({ code, line, message }) => [code, line, message]),
    [
      ["CHK-009", 3, "there is no auth_config 'colector'"],
      ["CHK-009", 6, "there is no auth_config 'nobody'"],
      ["CHK-009", 7, "there is no report_template 'report_al'"],
    ],
  );
});

test("a template that is copied from, or used by a report, a label or an operation, is used", async () => {
  for (const use of [
    'copy_report_template_keys("mine", "report_default")',
    'outconf.extract.report_template: "mine"',
    'custom_report r { report_template: "mine"; sink_configs: [] }',
  ]) {
    const { found } = await lint(`report_template mine { key._OPERATION.use: true }\n${use}\n`);
    assert.equal(found, [], use);
  }
  const label = await lint('mark_template mine { key.CHALK_ID.use: true }\ndocker.label_template: "mine"\n');
  assert.equal(label.found, []);
  const mark = await lint("mark_template mine {\n  key.CHALK_ID.use: true\n  key._OPERATION.use: false\n}\n");
  assert.equal(
    mark.found.map(({ code, line }) => [code, line]),
    [
      ["CHK-002", 1],
      ["CHK-003", 3],
    ],
  );
});

test("shipped examples are clean apart from old spellings", async () => {
  for (const example of ["network", "containers", "otlp", "rotation", "jenkins", "scanners", "http"]) {
    const { stdout } = await runSession(["config", "lint", "--json", `${process.cwd()}/configs/examples/${example}.c4m`]);
    const found = (JSON.parse(stdout) as Record[]).filter((one) => one.code.startsWith("CHK") && one.code !== "CHK-001");
    assert.equal(found, [], example);
  }
});

test.run();
