/** The commands that show what a configuration is made of: explain, schema, keys, config, help. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { displayWidth } from "../../../runtime/render/index.js";
import { renderTable } from "../../../runtime/render/table.js";
import { runSession, sessionFile, sessionFolder } from "../../helpers/session.js";

// biome-ignore lint/suspicious/noExplicitAny: JSON output is looked into freely
type Data = any;

const explain = async (names: readonly string[], config?: string): Promise<Data[]> => {
  const { status, stdout, stderr } = await runSession(
    ["config", "explain", "--json", ...names],
    config === undefined ? {} : { config },
  );
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
};

test("explain: a code of the language, one of the tool", async () => {
  const { status, stdout } = await runSession(["config", "explain", "C4M-N001", "chk-1"]);
  assert.is(status, 0);
  assert.match(stdout, /C4M-N001: name not defined here/);
  assert.match(stdout, /Wrong:\n/);
  assert.match(stdout, /CHK-001: old spelling/);
  const [first, second] = await explain(["c4m-n001", "CHK-001"]);
  assert.is(first.code, "C4M-N001");
  assert.is(second.severity, "warning");
});

test("explain: a field, with the value in force and everybody who set it", async () => {
  const [before] = await explain(["exec.heartbeat.rate"]);
  assert.is(before.type, "Duration");
  assert.is(before.default, "<<20 secs>>");
  assert.is(before.value, "<<20 secs>>");
  assert.is(before.origin.kind, "default");
  const config = 'exec.heartbeat.rate: <<1 min>>\n\nexec.heartbeat.rate: <<10 min>>\nlog_level: "warn"\n';
  const [field, level] = await explain(["exec.heartbeat.rate", "log_level"], config);
  assert.is(field.value, "<<10 mins>>");
  assert.is(field.origin.at, `${sessionFolder}/given.c4m:3:1`);
  assert.is(field.earlier[0].at, `${sessionFolder}/given.c4m:1:1`);
  assert.match(level.constraints[0], /^one of "verbose"/);
  const { stdout } = await runSession(["config", "explain", "log_level", "--log-level=trace"], { config });
  assert.match(stdout, /Now +"trace"/);
  assert.match(stdout, /Set by +the flag --log-level/);
  assert.match(stdout, /Before by +the default of the schema\n/, "assignments under an override are dropped");
});

test("explain: paths with names of instances, parameters of sinks, sections", async () => {
  const config =
    'sink_config my { sink: "post"; uri: "https://a.example"; headers: {"X-Key": "geheim"} }\nsink_config s { sink: "s3"; uid: "u1"; secret: "s1"; uri: "s3://b/c"; region: "r" }\n';
  const [filters, uri, headers, secret, section] = await explain(
    ["sink_config.my.filters", "sink_config.my.uri", "sink_config.my.headers", "sink_config.s.secret", "sink_config"],
    config,
  );
  assert.is(filters.type, "list[string]");
  assert.is(uri.value, '"https://a.example"');
  assert.equal(uri.kinds, ["post"]);
  assert.is(headers.value, '{"X-Key": "<<redact>>"}');
  assert.is(secret.value, '"<<redact>>"');
  assert.ok(section.instances.includes("my"));
});

test("explain: keys, sinks, templates, builtins, plugins, old names", async () => {
  const [key, sink, template, builtin, plugin, old] = await explain([
    "_OP_TCP_SOCKET_INFO",
    "sink",
    "post",
    "minimal",
    "split",
    "procfs",
    "_IMAGE_ID",
  ]);
  assert.is(key.collection, "Run-Time, Host");
  assert.equal(key.sources, ["plugin procfs"]);
  assert.ok(key.templates.includes("report_template report_all"));
  assert.not.match(key.doc, /^\s|\s$/);
  assert.ok(sink.parameters.some((one: Data) => one.name === "uri" && one.required));
  assert.is(template.on.length, 12);
  assert.is(builtin.signatures[0].type, "(string, string) -> list[string]");
  assert.ok(plugin.post_run_keys.includes("_OP_ARP_TABLE"));
  assert.is(old.now, "_IMAGE_CONFIG_DIGEST");
});

test("explain: unknown names give suggestions and status 1", async () => {
  for (const [name, near] of [
    ["exec.hartbeat.rate", "exec.heartbeat.rate"],
    ["sink_config.my.enabeld", ""],
    ["_OP_TCP_SOKET_INFO", "_OP_TCP_SOCKET_INFO"],
    ["C4M-N999", "C4M-N009"],
    ["keyspecs", "keyspec"],
    ["rlimit", "exec.heartbeat.rlimit"],
  ]) {
    const { status, stdout, stderr } = await runSession(["config", "explain", name as string]);
    assert.is(status, 1, name);
    assert.is(stdout, "", name);
    assert.ok(stderr.includes(near as string), `${name}: ${stderr}`);
  }
  const mixed = await runSession(["config", "explain", "nonsense1", "log_level"]);
  assert.is(mixed.status, 1);
  assert.match(mixed.stdout, /field log_level/);
});

test("config schema and config keys", async () => {
  const schema: Data[] = JSON.parse((await runSession(["config", "schema", "--json"])).stdout);
  const heartbeat = schema.find((section) => section.path === "exec.heartbeat");
  assert.is(heartbeat.fields.find((field: Data) => field.name === "rate").default, "<< 20 secs >>");
  assert.match((await runSession(["config", "schema"])).stdout, /exec\.heartbeat: /);
  const keys: Data[] = JSON.parse((await runSession(["config", "keys", "--json"])).stdout);
  assert.is(keys.length, 541);
  const some: Data[] = JSON.parse((await runSession(["config", "keys", "--json", "--match", "ARP"])).stdout);
  assert.ok(some.length < 20 && some.some((key) => key.name === "_OP_ARP_TABLE"));
  const own = await runSession(["config", "keys", "--match=_X_RACK"], {
    config: 'keyspec _X_RACK { kind: RunTimeHost; type: string; value: "r7"; shortdoc: "Rack" }\n',
  });
  assert.match(own.stdout, /_X_RACK +Run-Time, Host +string +Rack/);
  const none = await runSession(["config", "keys", "--match", "no such thing"]);
  assert.is(none.stdout, "");
  assert.is(none.status, 0);
});

test("config: tables, the same as JSON, redacted, and --show-config", async () => {
  const config =
    'sink_config my { sink: "post"; uri: "https://a.example"; headers: {"X-Key": "geheim"} }\nsubscribe("report", "my")\nenv_config.cache_fd_limit: 3\n'.replace(
      /env_config.*\n/,
      "",
    );
  const { stdout, status } = await runSession(["config"], { config, columns: 120 });
  assert.is(status, 0);
  for (const heading of [
    "Global settings",
    "Settings of docker",
    "Settings of source_marks",
    "Operations",
    "Custom reports",
    "Sink configurations",
    "Codecs",
    "Other plugins",
  ])
    assert.ok(stdout.includes(`${heading}\n`), heading);
  assert.not.match(stdout, /geheim/);
  assert.not.match(stdout, /valid_chalk_command_names/, "hidden fields");
  const json: Data = JSON.parse((await runSession(["config", "--json"], { config })).stdout);
  const sink = json.sink_configs.find((one: Data) => one.name === "my");
  assert.equal(sink.parameters.headers, { "X-Key": "<<redact>>" });
  assert.equal(sink.topics, ["report"]);
  assert.ok(json.codecs.some((one: Data) => one.name === "elf"));
  assert.is(json.operations.find((one: Data) => one.operation === "heartbeat").report_template, "heartbeat");
  const shown = await runSession(["version", "--show-config"], { config });
  assert.match(shown.stdout, /Chalk Version[\s\S]*Global settings/);
  assert.is((await runSession(["config", "--show-config"], { config })).stdout.split("Global settings").length, 2);
});

test("help fits its terminal", async () => {
  for (const columns of [40, 80, 120])
    for (const words of [
      ["keys"],
      ["keys", "help"],
      ["templates"],
      ["template", "minimal"],
      ["sinks"],
      ["plugins"],
      ["search", "socket"],
      ["configs"],
      ["topics"],
      ["commands"],
      [],
      ["extract"],
      ["reports"],
      ["builtins"],
    ]) {
      const { stdout, status } = await runSession(["help", ...words], { columns });
      assert.is(status, 0, words.join(" "));
      assert.ok(stdout.length > 40, words.join(" "));
      const wide = stdout
        .split("\n")
        .filter((line) => displayWidth(line) > columns && line.trim().includes(" ") && !/[[\]{}`"|=(]/.test(line));
      assert.equal(wide, [], `${columns} ${words.join(" ")}`);
    }
  const unknown = await runSession(["help", "hartbeat"]);
  assert.is(unknown.status, 0);
  const keys = await runSession(["help", "keys", "run-time"]);
  assert.not.match(keys.stdout, /Chalk-Time/);
});

test("tables: columns side by side, wrapped, or as blocks", () => {
  const rows = [
    ["a", "one two three four five six seven eight nine ten eleven twelve"],
    ["b", ""],
  ];
  assert.equal(
    renderTable(["Name", "Text"], rows, 80)[2],
    "a     one two three four five six seven eight nine ten eleven twelve",
  );
  assert.equal(renderTable(["Name", "Text"], rows, 40).slice(0, 2), ["a", "  one two three four five six seven"]);
  assert.equal(renderTable(["Name", "Text"], [], 80), []);
});

test("config dump reads files that explain says it read", async () => {
  const path = sessionFile("one.c4m", "exec.heartbeat.run: true\n");
  const { stdout, status } = await runSession(["config", "dump", "--path", "exec.heartbeat.run", "--origins", path]);
  assert.is(status, 0);
  assert.match(stdout, /exec\.heartbeat\.run: true {2}# .*one\.c4m:1/);
});

test("docgen writes pages that tell of the user's own keys, too", async () => {
  const { status } = await runSession(["docgen"], {
    config: 'keyspec _X_RACK { kind: RunTimeHost; type: string; value: "r7"; shortdoc: "Rack" }\n',
  });
  assert.is(status, 0);
  const pages = readdirSync(join(sessionFolder, "chalk-docs")).sort();
  assert.equal(pages, ["builtins.md", "command-line.md", "config-file.md", "metadata.md", "output-config.md"]);
  const metadata = readFileSync(join(sessionFolder, "chalk-docs/metadata.md"), "utf8");
  assert.match(metadata, /#### `_X_RACK`/);
  assert.match(metadata, /## The network of the host/);
  for (const page of pages) {
    const text = readFileSync(join(sessionFolder, "chalk-docs", page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([a-z-]+\.md)/g)) assert.ok(pages.includes(target), `${page}: ${target}`);
  }
});

test.run();
