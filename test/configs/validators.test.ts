/**
 * The validators of chalk's schema (`test/fixtures/facts/validators.md`), each with what it accepts and refuses. They run over a small configuration that
 * stands in for the shipped one.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFromText } from "../../grammar/source.js";
import { builtins } from "../../runtime/builtins/index.js";
import { neutralServices } from "../../runtime/builtins/services.js";
import { createHost } from "../../runtime/host/create.js";
import { ConfigStack } from "../../runtime/stack/stack.js";
import { schemaValidator } from "../../runtime/validate/config.js";
import { loadSchema } from "../../runtime/validate/load-schema.js";

const host = createHost();
const read = (file: string) => ({ file, text: readFileSync(join(process.cwd(), "configs", file), "utf8") });
const order = JSON.parse(read("order.json").text) as { schema: string[] };
const logged: string[] = [];
const services = { ...neutralServices, log: (level: string, message: string) => logged.push(`${level}: ${message}`) };
const { loaded } = loadSchema(order.schema.map(read), { host, builtins, services });

const base = `
enum ChalkTimeHost, ChalkTimeArtifact, RunTimeArtifact, RunTimeHost
keyspec CH { kind: ChalkTimeHost; type: string; standard: true }
keyspec CA { kind: ChalkTimeArtifact; type: string; standard: true }
keyspec CN { kind: ChalkTimeArtifact; type: string; standard: true; never_early: true }
keyspec _RA { kind: RunTimeArtifact; type: string; standard: true }
keyspec _RH { kind: RunTimeHost; type: int; standard: true }
plugin finder { codec: true; pre_chalk_keys: ["CA"] }
plugin system { pre_run_keys: ["CH"] }
mark_template marks { key CA { use: true } }
mark_template chalk_labels { key CH { use: true } }
report_template reports { key _RH { use: true } }
outconf insert { mark_template: "marks"; report_template: "reports" }
outconf build { mark_template: "marks"; report_template: "reports" }
outconf push { mark_template: "marks"; report_template: "reports" }
outconf load { mark_template: "marks"; report_template: "reports" }
outconf setup { mark_template: "marks"; report_template: "reports" }
sink file { filename: true; log_search_path: false; on_write_msg: false; doc: "text" }
sink post { uri: true; headers: false; timeout: false; disallow_http: false; pinned_cert: false; pinned_cert_file: false; disable_after_errors: false }
sink rotating_log { filename: true; max: true; truncation_amount: false }
sink dns { record_type: false }
sink otlp { uri: true; gzip: false; batch_size: false }
auth basic { username: true; password: true }
auth_config me { auth: "basic"; username: "u"; password: "p" }
object_store_config store { object_store: "presign"; object_store_presign { uri: "https://x" } }
sink_config out { sink: "file"; filename: "/tmp/x" }
exec { postexec { access_watch { scan_codecs: ["finder"] } } }
docker { scan_context { codecs: [] } }
attestation { attestation_key_embed { }; attestation_key_get { } }
`;

/** The user's file on top of the base; findings as `CODE path`. */
async function findings(text: string): Promise<readonly string[]> {
  assert.ok(loaded);
  if (loaded === undefined) return [];
  const stack = new ConfigStack({ host, builtins, validator: schemaValidator(loaded) });
  const first = await stack.run(sourceFromText("base.c4m", base), "none");
  assert.equal(first.diagnostics, []);
  logged.length = 0;
  return (await stack.run(sourceFromText("user.c4m", text))).diagnostics.map((d) => `${d.code} ${d.path}`);
}

const sound: readonly string[] = [
  "",
  'plugin system { pre_run_keys: ["CH", "CA", "*"] }',
  'plugin finder { pre_chalk_keys: ["CH", "CA", "CN", "_RA"]; overrides: ["CA"] }',
  'plugin any { post_run_keys: ["*"]; overrides: ["CH"] }',
  "keyspec X_MINE { kind: ChalkTimeHost; type: int; value: 1 }",
  "keyspec _X_MINE { kind: RunTimeHost; type: int; value: 1 }",
  'sink_config p { sink: "post"; uri: "u"; timeout: 5 }',
  'sink_config p { sink: "post"; uri: "u"; timeout: <<5 s>>; pinned_cert: "PEM"; headers: {"a": "b"} }',
  'sink_config p { sink: "rotating_log"; filename: "f"; max: 5000; truncation_amount: <<1 kb>> }',
  'sink_config p { sink: "otlp"; uri: "u"; gzip: false; batch_size: 10000 }',
  "sink_config p { anything: 1 }",
  'sink_config p { sink: "dns"; record_type: "AAAA"; filters: ["show_topic", "add_topic"] }',
  'custom_report r { report_template: "reports"; sink_configs: []; use_when: ["build", "__", "heartbeat"] }',
  "exec.append_command_line_args: true",
  "exec.append_command_line_args: true\nexec.override_ok: false",
  'default_command: "extract.all"',
  'default_command: "completion"',
  'docker.label_prefix: "a.b-$9"',
  'docker.label_template: ""',
  'zip_extensions: ["zip", "keras"]',
  'object_store_config other { object_store_presign { uri: "u"; read_auth: "me" } }',
  'attestation.key_provider: "get"\nattestation.attestation_key_get.uri: "https://keys"',
  'report_template t { default_object_store { object_store: "store" } }',
];

for (const text of sound) test(`sound: ${text}`, async () => assert.equal(await findings(text), []));

const refused: readonly (readonly [text: string, ...expected: string[]])[] = [
  ['plugin system { pre_run_keys: ["CN"] }', "C4M-S013 plugin.system.pre_run_keys"],
  ['plugin system { pre_run_keys: ["_RH"] }', "C4M-S013 plugin.system.pre_run_keys"],
  ['plugin finder { pre_chalk_keys: ["_RH"] }', "C4M-S013 plugin.finder.pre_chalk_keys"],
  ['plugin finder { post_chalk_keys: ["CA"] }', "C4M-S013 plugin.finder.post_chalk_keys"],
  ['plugin finder { post_run_keys: ["_RA"] }', "C4M-S013 plugin.finder.post_run_keys"],
  ['plugin finder { post_run_keys: ["NO"] }', "C4M-S013 plugin.finder.post_run_keys"],
  ['plugin finder { overrides: ["CH"] }', "C4M-S013 plugin.finder.overrides"],
  ["keyspec CH { never_early: true }", "C4M-S013 keyspec.CH.never_early"],
  ["keyspec MINE { kind: ChalkTimeHost; type: int; value: 1 }", "C4M-S014 "],
  ["keyspec X_MINE { kind: RunTimeHost; type: int; value: 1 }", "C4M-S014 "],
  ["keyspec X_A { kind: 0; type: int; value: 1; callback: func f }", "C4M-S005 keyspec.X_A.value"],
  ['keyspec X_A { kind: 0; type: int; value: "1" }', "C4M-S016 keyspec.X_A.value"],
  ['outconf extract { mark_template: "marks"; report_template: "reports" }', "C4M-S013 outconf.extract.mark_template"],
  ['outconf insert { mark_template: "" }', "C4M-S014 "],
  ['outconf insert { report_template: "" }', "C4M-S013 outconf.insert.report_template"],
  // Five operations use it, but it is one mistake.
  ["mark_template marks { key _RH { use: false } }", "C4M-S013 outconf.insert.mark_template"],
  ['custom_report r { sink_configs: ["out"] }', "C4M-S013 custom_report.r.report_template"],
  ['custom_report r { report_template: "reports" }', "C4M-S003 custom_report.r.sink_configs"],
  ['custom_report r { report_template: "reports"; sink_configs: ["no"] }', "C4M-S013 custom_report.r.sink_configs"],
  ['custom_report logs { report_template: "reports"; sink_configs: [] }', "C4M-S013 custom_report.logs"],
  [
    'custom_report r { report_template: "reports"; sink_configs: []; use_when: ["*", "build"] }',
    "C4M-S013 custom_report.r.use_when",
  ],
  ['custom_report r { report_template: "reports"; sink_configs: []; use_when: ["report"] }', "C4M-S013 custom_report.r.use_when"],
  ['sink_config p { filters: ["shout"] }', "C4M-S013 sink_config.p.filters"],
  ['sink_config p { sink: "nowhere" }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "post" }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "post"; uri: 5 }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "post"; uri: "u"; max: 5 }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "post"; uri: "u"; disable_after_errors: 0 }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "post"; uri: "u"; pinned_cert: "a"; pinned_cert_file: "b" }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "dns"; record_type: "MX" }', "C4M-S013 sink_config.p"],
  ['sink_config p { sink: "otlp"; uri: "u"; batch_size: 10001 }', "C4M-S013 sink_config.p"],
  ["getopts { args: (0, 1); agrs: (0, 1) }", "C4M-G111 getopts.agrs"],
  ["docker.getopts.command.run.nothing: 1", "C4M-G111 docker.getopts.command.run.nothing"],
  ["sink mine { a: 5 }", "C4M-S013 sink.mine"],
  ["auth mine { a: 5 }", "C4M-S013 auth.mine"],
  ['auth_config p { username: "u" }', "C4M-S013 auth_config.p"],
  ['auth_config p { auth: "nothing" }', "C4M-S013 auth_config.p"],
  ['auth_config p { auth: "basic"; username: "u" }', "C4M-S013 auth_config.p"],
  ['auth_config p { auth: "basic"; username: "u"; password: 5 }', "C4M-S013 auth_config.p"],
  ['auth_config p { auth: "basic"; username: "u"; password: "p"; more: "x" }', "C4M-S013 auth_config.p"],
  ['object_store_config s { object_store: "ftp" }', "C4M-S007 object_store_config.s.object_store"],
  [
    'object_store_config other { object_store_presign { uri: "u"; write_auth: "you" } }',
    "C4M-S013 object_store_config.other.object_store_presign.write_auth",
  ],
  ['report_template t { key _RH { object_store: "no" } }', "C4M-S013 report_template.t.key._RH.object_store"],
  ["exec.append_command_line_args: true\nexec.override_ok: true", "C4M-S013 exec.override_ok"],
  ["exec.reporting_probability: 0", "C4M-S013 exec.reporting_probability"],
  ["exec.reporting_probability: 101", "C4M-S013 exec.reporting_probability"],
  ['exec.postexec.access_watch.scan_codecs: ["system"]', "C4M-S013 exec.postexec.access_watch.scan_codecs"],
  ['docker.scan_context.codecs: ["nobody"]', "C4M-S013 docker.scan_context.codecs"],
  ['docker.label_prefix: "a_b"', "C4M-S013 docker.label_prefix"],
  ['docker.custom_labels: {"a b": "c"}', "C4M-S013 docker.custom_labels"],
  ['docker.label_template: "no"', "C4M-S013 docker.label_template"],
  ['docker.arch_binary_locations: {"linux-arm64": "/x"}', "C4M-S013 docker.arch_binary_locations"],
  ['default_command: "fly"', "C4M-S013 default_command"],
  ['zip_extensions: ["rar"]', "C4M-S013 zip_extensions"],
  ['pyc_extensions: ["py"]', "C4M-S013 pyc_extensions"],
  ['attestation.attestation_key_embed.filename: "keys/chalk.key"', "C4M-S013 attestation.attestation_key_embed.filename"],
  ['attestation.key_provider: "get"', "C4M-S013 attestation.key_provider"],
  [
    'docker { docker_registry r { uri: "u"; docker_push p { repository: "r"; tags: []; docker_context_upload { mode: "half"; strategy: "tape" } } } }',
    "C4M-S007 docker.docker_registry.r.docker_push.p.docker_context_upload.strategy",
    "C4M-S013 docker.docker_registry.r.docker_push.p.docker_context_upload.mode",
  ],
];

for (const [text, ...expected] of refused)
  test(`refused: ${text}`, async () => assert.equal([...(await findings(text))].sort(), [...expected].sort()));

test("warnings are logged", async () => {
  assert.equal(await findings('attestation.attestation_key_embed.filename: "chalk.txt"'), []);
  assert.match(logged.join(), /warn: .*should end in .key or .pub/);
  assert.equal(
    await findings(
      "func number(p: string) { return 5 }\nkeyspec X_N { kind: 0; type: string; callback: func number(string) -> int }",
    ),
    [],
  );
  assert.match(logged.join(), /warn: keyspec.X_N.callback: .*dropped/);
  // Without a signature the type of the function itself counts.
  const short =
    "keyspec X_A { kind: 0; type: string; callback: func number }\nkeyspec X_B { kind: 0; type: int; callback: func number }";
  assert.equal(await findings(`func number(p) { return 5 }\n${short}\n`), []);
  assert.match(logged.join(), /warn: keyspec.X_A.callback: .*dropped/);
  assert.not.match(logged.join(), /X_B/);
});

test.run();
