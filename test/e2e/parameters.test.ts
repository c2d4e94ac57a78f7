// Parameters of components at `chalk load` (runtime-core.md 7.4 step 3): asked for on a terminal, read from stdin, saved, never shown if they are secret.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binary, copyExecutable } from "../helpers/binary.js";
import { createSandbox } from "../helpers/sandbox.js";

const box = createSandbox();
const url = join(box.work, "service");
box.write(
  "service.c4m",
  [
    'parameter var team {\n  shortdoc: "Team"\n  doc: "Who owns the service."\n  default: "blue"\n  validator: func check_team(string) -> string\n}',
    'parameter var token {\n  shortdoc: "Token"\n  sensitive: true\n}',
    "parameter sink_config.mine.enabled {\n  default: func start_enabled() -> bool\n}",
    'func check_team(team: string) {\n  result := ""\n  if team == "red" { result := "red is taken" }\n}',
    "func start_enabled() {\n  result := true\n}",
    'sink_config mine {\n  sink: "file"\n  filename: "~/mine.log"\n}',
    "exec.command_name: team",
    "keyspec X_TOKEN {\n  kind: ChalkTimeHost\n  type: string\n  value: token\n}\nmark_template mark_default {\n  key.X_TOKEN.use: true\n}\n",
  ].join("\n"),
);
const row = (isAttribute: boolean, name: string, type: string, value: unknown) => [isAttribute, url, name, type, value];
const rows = [
  row(false, "team", "string", "green"),
  row(false, "token", "string", "sesame-street"),
  row(true, "sink_config.mine.enabled", "bool", false),
];
const shown = (result: { stdout: string }) => JSON.parse(result.stdout) as unknown[];

function fresh(name: string): string {
  return copyExecutable(binary(), join(box.work, name));
}

test("--params: rows as dump params prints them; wrong ones are refused", () => {
  const program = fresh("given");
  const load = (input: string) => box.run(["load", "--params", "service.c4m"], { program, input });
  for (const [input, problem] of [
    ["", "--params: "],
    ["{}", "not a JSON array of parameters"],
    ["[[1]]", "row 1 is not [is_attribute, component, name, type, value]"],
    [JSON.stringify([row(false, "team", "string", "red"), rows[1]]), "red is taken"],
    [JSON.stringify([row(false, "team", "int", 3), rows[1]]), "team"],
  ] as const) {
    const refused = load(input);
    assert.is(refused.status, 1, input);
    assert.match(refused.messages.join("\n"), problem);
    assert.is(refused.stdout, "");
  }
  assert.is(box.run(["dump"], { program }).stdout.split(" ")[0], "#");
  const loaded = load(JSON.stringify(rows));
  assert.equal([loaded.status, loaded.stdout], [0, ""]);
  const dumped = box.run(["dump", "params"], { program });
  assert.equal(shown(dumped), [rows[0], rows[2]]);
  assert.match(dumped.messages.join("\n"), /the value of parameter 'token' of .* is sensitive and is left out/);
  const inserted = box.run(["config", "dump", "--json", "--path", "exec.command_name"], { program });
  assert.match(inserted.stdout, "green");
});

test("a secret is in no dump, report or table, not even if the configuration is off", () => {
  const program = join(box.work, "given");
  for (const args of [
    ["dump", "all"],
    ["dump", "params"],
    ["--no-use-embedded-config", "dump", "all"],
    ["config"],
    ["config", "--json"],
  ]) {
    const result = box.run(args, { program });
    assert.is(result.status, 0, args.join(" "));
    assert.not.match(result.stdout + result.stderr, "sesame-street");
  }
  assert.ok(box.reports.length > 0);
  assert.not.match(box.logLines.join("\n"), "sesame-street");
});

test("saved values are taken again without being asked for; without a terminal a missing one ends the load", () => {
  const program = join(box.work, "given");
  const again = box.run(["load", "service.c4m"], { program });
  assert.equal([again.status, again.stdout], [0, ""]);
  const missing = box.run(["load", "service.c4m"], { program: fresh("missing") });
  assert.is(missing.status, 1);
  assert.match(missing.messages.join("\n"), `parameter 'token' of ${url} needs a value`);
});

test("a dump goes into another binary; what it leaves out is asked for", () => {
  const all = box.run(["dump", "all"], { program: join(box.work, "given") }).stdout;
  box.write("all.json", all);
  const other = fresh("other");
  assert.is(box.run(["load", "--replace", "--all", "all.json"], { program: other }).status, 1);
  const secret = JSON.stringify([rows[1]]);
  const loaded = box.run(["load", "--replace", "--all", "--params", "all.json"], { program: other, input: secret });
  assert.is(loaded.status, 0, loaded.stderr);
  assert.is(box.run(["dump", "all"], { program: other }).stdout, all);
});

test("an updated component drops what it no longer declares, or declares with another type", () => {
  const program = join(box.work, "given");
  const text = "parameter var team {\n  default: 7\n}\ncache_fd_limit: team\n";
  box.write("service.c4m", text);
  const result = box.run(["load", "service.c4m"], { program });
  assert.is(result.status, 0, result.stderr);
  assert.is(result.messages.filter((message) => message.startsWith("warn:") && message.includes("is dropped")).length, 3);
  assert.equal(shown(box.run(["dump", "params"], { program })), [row(false, "team", "int", 7)]);
});

const hasScript = spawnSync("sh", ["-c", "command -v script"]).status === 0;
if (!hasScript) console.log("SKIPPED prompts: the program script is not there");
(hasScript ? test : test.skip)("prompts on a terminal: defaults, refused values, no echo of secrets", async () => {
  box.write(
    "asked.c4m",
    [
      'parameter var team {\n  shortdoc: "Team"\n  doc: "Who owns it."\n  default: "blue"\n  validator: func check_team(string) -> string\n}',
      'func check_team(team: string) {\n  result := ""\n  if team == "red" { result := "red is taken" }\n}',
      'parameter var token {\n  shortdoc: "Token"\n  sensitive: true\n}',
      "parameter var many {\n  default: 3\n}\nexec.command_name: team + token\ncache_fd_limit: many\n",
    ].join("\n"),
  );
  const program = fresh("asked");
  const child = spawn("script", ["--quiet", "--return", "--command", `'${program}' load asked.c4m`, "/dev/null"], {
    cwd: box.work,
    env: box.environment({ TERM: "xterm" }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = ["red", "", "sesame-street", "x y", "8", ""];
  let text = "";
  let seen = 0;
  child.stdout.on("data", (data: Buffer) => {
    text += data.toString();
    if (!/(> |continue\.)$/.test(text.slice(seen)) || answers.length === 0) return;
    seen = text.length;
    child.stdin.write(`${answers.shift()}\n`);
  });
  const status = await new Promise((done) => child.on("close", done));
  assert.is(status, 0, text);
  assert.equal(answers, []);
  assert.match(text, /Configuring Component: .*asked\r\n\r\nteam: Team\r\nWho owns it\.\r\nDefault: "blue"\r\n/);
  assert.match(text, "red is taken");
  assert.match(text, "A value of type int is needed.");
  assert.match(text, /Finished configuration for .*asked\r\nPress enter to continue\./);
  assert.not.match(text, "sesame-street");
  const saved = shown(box.run(["dump", "params"], { program })).map((one) => (one as unknown[]).slice(2));
  assert.equal(saved, [
    ["team", "string", "blue"],
    ["many", "int", 8],
  ]);
});

test.after(() => box.stop());
test.run();
