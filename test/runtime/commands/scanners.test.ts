// External scanners (`collection.md` 12) through the whole program: shell scripts play syft, trufflehog and a tool of the user's.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DockerStandIn } from "../../helpers/docker-stand-in.js";
import { createPlace, type Place, runChalk } from "../../helpers/program.js";

const tools = mkdtempSync(join(tmpdir(), "chalk-scanners-"));
process.on("exit", () => rmSync(tools, { recursive: true, force: true }));
const record = join(tools, "record");

function program(name: string, body: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\necho "${name} $*" >> ${record}\n${body}\n`);
  chmodSync(join(tools, name), 0o755);
}
const runs = (): string[] => (existsSync(record) ? readFileSync(record, "utf8").split("\n").filter(Boolean) : []);

program("syft", `echo '{"bomFormat": "CycloneDX", "components": []}'; echo noise >&2`);

const environment = { PATH: `${tools}:/usr/bin:/bin` };
const sbom = `run_sbom_tools: true\ntool.syft.syft_exe_dir: "${tools}"\ntool.trufflehog.trufflehog_exe_dir: "${tools}"\n`;

/** A directory with one script that can be marked. */
function place(repository = false): Place {
  const made = createPlace();
  mkdirSync(join(made.directory, "src"));
  writeFileSync(join(made.directory, "src", "it's.sh"), "#!/bin/sh\ntrue\n");
  if (repository) mkdirSync(join(made.directory, ".git"));
  rmSync(record, { force: true });
  return made;
}

function insert(where: Place, config: string, more: Record<string, string> = {}) {
  return runChalk(where, ["insert", "src"], { config, environment: { ...environment, CI: "", ...more } });
}

test("nothing runs unless its kind is switched on, and then only while marking", () => {
  const where = place();
  insert(where, "");
  assert.equal(runs(), []);
  runChalk(where, ["extract", "src"], { config: sbom, environment });
  assert.equal(runs(), []);
  insert(where, `${sbom}report_template.insertion_default.key.SBOM.use = false\n`);
  assert.equal(runs(), [], "nobody asks for the key");
  insert(where, `${sbom}tool.syft.enabled: false\n`);
  assert.equal(runs(), []);
});

test("the repository's root for the host, the file for the artifact; results under the tool's name", () => {
  const where = place(true);
  const file = join(where.directory, "src", "it's.sh");
  const { reports, status } = insert(where, sbom);
  assert.is(status, 0);
  assert.equal(runs(), [`syft ${where.directory} -o cyclonedx-json`, `syft ${file} -o cyclonedx-json`]);
  const inventory = { syft: { bomFormat: "CycloneDX", components: [] } };
  assert.equal(reports[0]!.SBOM, inventory);
  const [artifact] = reports[0]!._CHALKS;
  assert.equal(artifact.SBOM, inventory);
  assert.equal(Object.keys(reports[0]!.EXTERNAL_TOOL_DURATION.syft), [where.directory]);
  assert.equal(Object.keys(artifact.EXTERNAL_TOOL_DURATION.syft), [file]);
  assert.type(artifact.EXTERNAL_TOOL_DURATION.syft[file], "number");
  assert.not.ok(readFileSync(file, "utf8").includes("CycloneDX"), "the default mark stays small");
});

test("what runs is on record", () => {
  const where = place();
  const config = `${sbom}report_template.insertion_default.key._CHALK_EXTERNAL_ACTION_AUDIT.use = true\n`;
  const actions = insert(where, config).reports[0]!._CHALK_EXTERNAL_ACTION_AUDIT as [string, string][];
  assert.ok(
    actions.some(([kind, detail]) => kind === "run" && detail.includes("/syft ") && detail.includes("-o cyclonedx-json")),
  );
});

test("a scanner that isn't there and may not be installed is one error; nothing is fetched", () => {
  const where = place();
  const config = 'run_sbom_tools: true\ntool.syft.syft_exe_dir: "/nowhere"\ntool.syft.syft_installer: "http://127.0.0.1:1/x"\n';
  const { stderr, reports } = runChalk(where, ["insert", "src"], { config, environment: { PATH: "/usr/bin:/bin", CI: "" } });
  assert.is(stderr.match(/policy\.install_missing_tools/g)?.length, 1);
  assert.not.match(stderr, /installing/);
  assert.is(reports[0]!._CHALKS[0].SBOM, undefined);
});

const mine = (name: string, body: string, more = "") => `
tool ${name} {
  kind: "sbom"
  get_tool_location: func find_${name}(string) -> string
  attempt_install:   func install_${name}(string) -> bool
  get_command_args:  func args_${name}(string) -> string
  produce_keys:      func keys_${name}(string, int) -> dict[string, string]
  ${more}
}
func find_${name}(path: string) { return "echo" }
func install_${name}(path: string) { return false }
func args_${name}(path: string) { return "  '[1]' " }
func keys_${name}(output: string, code: int) { ${body} }
`;
const noSyft = "run_sbom_tools: true\ntool.syft.enabled: false\n";

test("tools of one's own: priority, messages, texts that hold JSON, stopping after a success", () => {
  const where = place();
  const config = [
    noSyft,
    mine("zz", 'return { "SBOM": output, "info": "zz was here" }', "priority: 1\n  stop_on_success: true"),
    mine("aa", 'return { "SBOM": "plain" }'),
  ].join("");
  const first = insert(where, config);
  assert.equal(first.reports[0]!._CHALKS[0].SBOM, { zz: [1] });
  assert.match(first.stderr, /zz: zz was here/);
  const failing = [
    noSyft,
    mine("zz", 'return { "SBOM": output, "error": "broken" }', "priority: 1\n  stop_on_success: true"),
    mine("aa", 'return { "SBOM": "plain", "warn": "hm" }'),
  ].join("");
  const second = insert(where, failing);
  assert.equal(second.reports[0]!._CHALKS[0].SBOM, { aa: "plain" });
  assert.match(second.stderr, /zz: broken/);
  assert.match(second.stderr, /aa: hm/);
  assert.ok(!("zz" in second.reports[0]!._CHALKS[0].EXTERNAL_TOOL_DURATION));
});

test("secrets: found ones are told by hash and hint, never as they are", () => {
  const where = place();
  program("trufflehog", `echo '{"DetectorName": "X", "Raw": "hunter2-is-long", "RawV2": "hunter2-is-long", "Redacted": ""}'`);
  const config = `run_secret_scanner_tools: true\ntool.trufflehog.trufflehog_exe_dir: "${tools}"\n`;
  const { reports, stderr, stdout } = insert(where, config);
  const [finding] = reports[0]!._CHALKS[0].SECRET_SCANNER.trufflehog;
  assert.is(finding.Redacted, "hunt<redacted>");
  assert.match(finding.RawHash, /^[0-9a-f]{64}$/);
  assert.not.ok([JSON.stringify(reports), stderr, stdout].some((text) => text.includes("hunter2")));
});

test("an image that is built: the context it is built from", () => {
  const where = place();
  const docker = new DockerStandIn(where.home, {
    images: { alpine: { Id: "sha256:a1", Os: "linux", Architecture: "amd64", Config: {} } },
  });
  const context = join(where.directory, "src");
  writeFileSync(join(context, "Dockerfile"), "FROM alpine\n");
  const { reports } = runChalk(where, ["docker", "build", "-t", "x", context], {
    config: `${sbom}docker.wrap_entrypoint: false\n`,
    environment: { ...environment, PATH: `${docker.directory}:${environment.PATH}`, CI: "" },
  });
  assert.equal(runs(), [`syft ${context} -o cyclonedx-json`], "once, although host and image are both about it");
  const [report] = reports.filter(({ _OPERATION }) => _OPERATION === "build");
  assert.equal(report!.SBOM, { syft: { bomFormat: "CycloneDX", components: [] } });
});

test("in a CI job the result is kept for the next chalk", () => {
  const where = place();
  const temporary = join(where.home, "runner");
  mkdirSync(temporary);
  const job = { CI: "true", RUNNER_TEMP: temporary };
  const first = insert(where, sbom, job);
  const count = runs().length;
  assert.is(count, 2);
  const file = join(where.directory, "src", "it's.sh");
  assert.ok(readdirSync(temporary).includes(`syft-${encodeURIComponent(file)}`));
  const again = insert(where, sbom, job);
  assert.is(runs().length, count);
  assert.equal(again.reports[0]!._CHALKS[0].SBOM, first.reports[0]!._CHALKS[0].SBOM);
  for (const name of readdirSync(temporary)) writeFileSync(join(temporary, name), "");
  const waiting = insert(where, sbom, job);
  assert.match(waiting.stderr, /another chalk is scanning/);
  assert.is(waiting.reports[0]!._CHALKS[0].SBOM, undefined);
  for (const name of readdirSync(temporary)) writeFileSync(join(temporary, name), "{ no");
  assert.match(insert(where, sbom, job).stderr, /does not hold the result/);
  assert.is(runs().length, count);
  for (const name of readdirSync(temporary)) rmSync(join(temporary, name));
  program("syft", "exit 3");
  insert(where, sbom, job);
  assert.not.ok(
    readdirSync(temporary).some((name) => name.startsWith("syft-")),
    "a failure leaves nothing behind",
  );
});

test.run();
