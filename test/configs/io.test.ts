/** Decisions of ioconfig.c4m (`facts/ioconfig.md` 3) for terminals, CI systems and commands. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encoded } from "./facts.js";
import { Shipped, type Situation } from "./shipped.js";

const start = (situation: Situation): Promise<Shipped> => new Shipped(situation).start();
const enabled = (shipped: Shipped): Record<string, unknown> =>
  Object.fromEntries(
    ["terminal_chalk_time", "terminal_other_op", "github_group_chalk_time", "gitlab_group_chalk_time"].map((name) => [
      name,
      shipped.value("custom_report", name, "enabled"),
    ]),
  );
const reports = (terminal: boolean, github = false, gitlab = false) => ({
  terminal_chalk_time: terminal,
  terminal_other_op: terminal,
  github_group_chalk_time: github,
  gitlab_group_chalk_time: gitlab,
});

test("terminal rule, first match wins", async () => {
  const cases: [Situation, colour: boolean, terminal: boolean][] = [
    [{}, false, false],
    [{ terminals: [2] }, true, true],
    [{ terminals: [0], environment: { NO_COLOR: "" } }, false, true],
    [{ terminals: [1], environment: { TERM: "dumb" } }, false, true],
    [{ terminals: [1], environment: { TERM: "xterm" } }, true, true],
    [{ environment: { TERM: "xterm" } }, false, false],
  ];
  for (const [situation, colour, terminal] of cases) {
    const shipped = await start(situation);
    assert.is(shipped.value("color"), colour, JSON.stringify(situation));
    assert.equal(enabled(shipped), reports(terminal), JSON.stringify(situation));
    assert.ok(shipped.log.some(([level]) => level === "trace"));
  }
});

test("reports in the logs of GitHub and GitLab need CI as well", async () => {
  assert.equal(enabled(await start({ environment: { CI: "true", GITHUB_SHA: "5c4b" } })), reports(false, true));
  assert.equal(enabled(await start({ environment: { CI: "", GITLAB_CI: "true" } })), reports(false, false, true));
  assert.equal(enabled(await start({ environment: { GITHUB_SHA: "5c4b", GITLAB_CI: "true" } })), reports(false));
});

test("a flag against summary reports", async () => {
  const shipped = new Shipped({ terminals: [1] });
  await shipped.run("flag.c4m", "skip_summary_report: true\n", "not even defaults");
  await shipped.start();
  assert.equal(enabled(shipped), reports(false));
});

const always = [
  ["report", "default_out"],
  ["audit", "default_out"],
  ["version", "console_out"],
  ["virtual", "virtual_chalk_log"],
  ["help", "console_out"],
];

test("subscriptions", async () => {
  assert.equal((await start({ command: "insert" })).subscriptions, always);
  assert.equal((await start({ command: "dump" })).subscriptions, [...always, ["confdump", "console_out"]]);
  const dump = await start({ command: "dump", arguments: ["out.c4m"] });
  assert.equal(dump.subscriptions, [...always, ["confdump", "dump_out"]]);
  assert.is(dump.value("sink_config", "dump_out", "enabled"), true);
  assert.is(dump.value("sink_config", "dump_out", "filename"), "out.c4m");
});

test("log level by command and terminal", async () => {
  const level = async (situation: Situation) => (await start(situation)).value("log_level");
  assert.is(await level({ command: "docker", terminals: [1] }), "error");
  assert.is(await level({ command: "docker" }), "error");
  assert.is(await level({ command: "exec", terminals: [1] }), "none");
  assert.is(await level({ command: "exec" }), "error");
  assert.is(await level({ command: "insert", terminals: [1] }), "info");
  assert.is(await level({ command: "not_supplied" }), "info");
});

test("search path of exec", async () => {
  const path = async (environment: Record<string, string>) =>
    encoded((await start({ environment })).value("exec", "search_path"));
  assert.equal(await path({ PATH: "/usr/bin:/bin" }), ["/usr/bin", "/bin", "."]);
  assert.equal(await path({}), ["."]);
});

test("callbacks of keys", async () => {
  const shipped = await start({ command: "insert", arguments: ["a", "b"] });
  assert.match(String(shipped.call("call_rand", "")), /^[0-9a-f]{16}$/);
  assert.equal(shipped.call("get_args", ""), ["a", "b"]);
});

test("sections that exist from the start", async () => {
  const shipped = await start({});
  const sections = [
    "exec.heartbeat",
    "exec.postexec.access_watch",
    "exec.exec_deployment",
    "extract",
    "source_marks",
    "docker.scan_context",
    "load",
    "git",
    "cloud_provider.cloud_instance_hw_identifiers",
    "network",
    "certs",
    "attestation.attestation_key_embed",
    "attestation.attestation_key_get",
    "zip",
    "policy",
  ];
  for (const path of sections) assert.ok(shipped.section(...path.split(".")), path);
  assert.not(shipped.section("env_config"));
  assert.is(shipped.value("default_command"), "help");
});

test.run();
