/** The report engine: subscription, phases, write rules, reports (`runtime-core.md` 5, 6, 9). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectContext, Collector, Session } from "../../../runtime/collect/types.js";
import { compact, type Json } from "../../../runtime/json.js";
import { createEngine, type EngineOptions, newArtifact } from "../../../runtime/report/index.js";
import type { Section } from "../../helpers/settings.js";
import { createWorld, type World } from "../../helpers/world.js";

const session: Session = {
  version: "0.1.0",
  commit: "abc",
  execId: "0123456789abcdef",
  startTime: 0,
  startMonotonic: 0,
  argv: ["/usr/bin/chalk"],
  commandFlags: [],
  commandArgs: [],
  externalConfig: undefined,
  heartbeatCount: 0,
  selfChalkId: undefined,
};

const keys = (...names: string[]): Section => Object.fromEntries(names.map((name) => [name, { use: true }]));

/** A configuration with the keys that the tests use. */
function config(changes: Section = {}): Section {
  const spec = (kind: number, more: Section = {}): Section => ({ kind, type: "string", ...more });
  return {
    keyspec: {
      MAGIC: spec(0, { system: true, conf_as_system: true, normalized_order: 0, value: "dadfedabbadabbed" }),
      CHALK_ID: spec(1, { normalized_order: 1 }),
      CHALK_VERSION: spec(1, { system: true, conf_as_system: true, normalized_order: 2, value: "1.0" }),
      HASH: spec(1),
      PATH_WHEN_CHALKED: spec(1),
      PRE_CHALK_HASH: spec(1),
      METADATA_ID: spec(1, { normalized_order: 9223372036854775607n }),
      CHALK_PTR: spec(1, { apply_substitutions: true, value: "https://x/{chalk_id}/{nothing}/{hash}" }),
      CHALK_RAND: spec(1, { callback: () => "00ff" }),
      ERR_INFO: spec(1, { system: true }),
      BRANCH: spec(1),
      HOST_KEY: spec(0),
      _OPERATION: spec(3, { system: true, normalized_order: 0 }),
      _TIMESTAMP: spec(3, { system: true, normalized_order: 1 }),
      _CHALKS: spec(3, { system: true, normalized_order: 6 }),
      _COLLECTED_ARTIFACTS: spec(3, { system: true, normalized_order: 7 }),
      _ACTION_ID: spec(3, { system: true, conf_as_system: true, callback: () => "action" }),
      _UNMARKED: spec(3, { system: true }),
      _OP_ERRORS: spec(3, { system: true }),
      _OP_FAILED_KEYS: spec(3, { system: true }),
      _OP_EXIT_CODE: spec(3, { system: true }),
      _OP_CHALK_COUNT: spec(3, { system: true, normalized_order: 9223372036854775707n }),
      _OP_UNMARKED_COUNT: spec(3, { system: true }),
      _OP_HOST_REPORT_KEYS: spec(3, { system: true }),
      _OP_SECRET: spec(3, { system: true }),
      _OP_TCP: spec(3),
      _X_RACK: spec(3, { callback: () => "r1" }),
      _ERR_INFO: spec(2, { system: true }),
      _PROCESS_PID: spec(2),
      _CURRENT_HASH: spec(2),
    },
    plugin: {
      conffile: {
        priority: 9223372036854775805n,
        pre_run_keys: ["*"],
        pre_chalk_keys: ["*"],
        post_chalk_keys: ["*"],
        post_run_keys: ["*"],
      },
      metsys: { priority: 9223372036854775807n, post_run_keys: ["_OP_ERRORS", "_OP_FAILED_KEYS", "_OP_EXIT_CODE"] },
      system: { priority: 0, post_run_keys: ["_TIMESTAMP", "_OPERATION"], pre_run_keys: [] },
      procfs: { priority: 50, post_run_keys: ["_OP_TCP"], post_chalk_keys: ["_PROCESS_PID"] },
      vctl_git: { priority: 50, pre_chalk_keys: ["BRANCH"], pre_run_keys: ["HOST_KEY"] },
    },
    mark_template: { mark_default: { key: keys("CHALK_PTR", "BRANCH", "CHALK_RAND", "HASH", "HOST_KEY") } },
    report_template: {
      null: {},
      full: {
        key: keys(
          "_TIMESTAMP",
          "_OPERATION",
          "_ACTION_ID",
          "_UNMARKED",
          "_OP_ERRORS",
          "_OP_TCP",
          "CHALK_ID",
          "_PROCESS_PID",
          "BRANCH",
        ),
      },
      small: { key: { _OPERATION: { use: true }, _ACTION_ID: { use: true, order: 0 }, _OP_TCP: { use: false } } },
    },
    outconf: {
      insert: { mark_template: "mark_default", report_template: "full" },
      extract: { report_template: "full" },
      heartbeat: { report_template: "small" },
    },
    custom_report: {},
    sink_config: { out: { sink: "stdout" }, log: { sink: "file", filename: "log" } },
    use_report_cache: false,
    ...changes,
  };
}

interface Setup {
  world: World;
  engine: ReturnType<typeof createEngine>;
}

function setUp(configuration: Section, collectors: Collector[] = [], more: Partial<EngineOptions> = {}): Setup {
  const world = createWorld(configuration);
  world.publisher.subscribe("report", "out");
  const { host, settings, logger, publisher } = world;
  return { world, engine: createEngine({ host, settings, session, collectors, logger, publisher, ...more }) };
}
const host = (name: string, values: (context: CollectContext) => [string, Json][]): Collector => ({
  name,
  collectHost: (_, context) => new Map(values(context)),
});
const parse = (text: string) => JSON.parse(text);

test("command report: chosen keys in order, one array on one line", async () => {
  const tcp = host("procfs", () => [["_OP_TCP", [["0.0.0.0", 80]]]]);
  const system = host("system", (c) => [
    ["_TIMESTAMP", c.operationTime],
    ["_OPERATION", c.operation],
  ]);
  const { world, engine } = setUp(config(), [tcp, system]);
  const operation = engine.begin("extract");
  operation.unmarked.push("/b", "/a", "/b");
  await operation.report();
  assert.equal(world.stdout, [
    '[ { "_OPERATION" : "extract", "_TIMESTAMP" : 1795442095737, "_ACTION_ID" : "action", "_OP_TCP" : [["0.0.0.0", 80]], "_UNMARKED" : ["/b", "/a"] } ]\n',
  ]);
  world.cleanUp();
});

test("nothing selected still gives a report", async () => {
  const { world, engine } = setUp(config({ outconf: { extract: { report_template: "" } } }));
  await engine.begin("extract").report();
  assert.equal(world.stdout, ["[ {  } ]\n"]);
  world.cleanUp();
});

test("a plugin runs only if one of its keys is subscribed, and only subscribed keys are stored", async () => {
  const runs: string[] = [];
  const collector = (name: string): Collector => ({
    name,
    collectHost(phase) {
      runs.push(`${name} ${phase}`);
      return new Map<string, Json>([
        ["_OP_TCP", []],
        ["_TIMESTAMP", 0],
      ]);
    },
  });
  const { world, engine } = setUp(config(), [collector("procfs"), collector("system"), collector("nobody")]);
  const beat = engine.begin("heartbeat");
  await beat.report();
  assert.equal(runs, ["system post_run_keys"]);
  assert.not.ok(beat.hostData.has("_TIMESTAMP"), "not subscribed");
  runs.length = 0;
  const full = engine.begin("extract");
  await full.report();
  assert.equal(runs, ["system post_run_keys", "procfs post_run_keys"]);
  assert.is(full.hostData.get("_TIMESTAMP"), 0, "zero says something");
  assert.not.ok(full.hostData.has("_OP_TCP"), "an empty list doesn't");
  world.cleanUp();
});

test("disabled plugins, ignored keys, priorities, overrides", async () => {
  const order: string[] = [];
  const named = (name: string): Collector =>
    host(name, () => {
      order.push(name);
      return [["_OP_TCP", name]];
    });
  const run = async (plugin: Section) => {
    order.length = 0;
    const base = config();
    const { world, engine } = setUp(
      { ...base, plugin: { ...(base.plugin as Section), ...plugin } },
      ["procfs", "network", "k8s"].map(named),
    );
    const operation = engine.begin("extract");
    await operation.report();
    world.cleanUp();
    return operation.hostData.get("_OP_TCP");
  };
  const own = { post_run_keys: ["_OP_TCP"] };
  assert.is(await run({ k8s: own, network: own }), "procfs", "ties go by the table");
  assert.equal(order, ["procfs"], "nobody else has anything to add");
  assert.is(await run({ k8s: { ...own, priority: 1 } }), "k8s");
  assert.is(await run({ k8s: own, procfs: { ...own, enabled: false } }), "k8s");
  assert.is(await run({ k8s: own, procfs: { ...own, ignore: ["_OP_TCP"] } }), "k8s");
  assert.is(await run({ k8s: { ...own, overrides: ["_OP_TCP"] } }), "k8s", "the override replaces");
  assert.equal(order, ["procfs", "k8s"]);
});

test("write rules: undeclared, system and unknown keys are refused with an error", async () => {
  const base = config();
  (base.report_template as Section).full = { key: keys("_OP_TCP", "_OP_SECRET", "_X_RACK", "_NOT_A_KEY") };
  const bad = host("procfs", () => [
    ["_OP_TCP", "ok"],
    ["_X_RACK", "undeclared"],
    ["_OP_SECRET", 1],
    ["_NOT_A_KEY", 1],
  ]);
  const { world, engine } = setUp(base, [bad]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.equal([...operation.hostData.keys()].filter((k) => k !== "_OP_HOST_REPORT_KEYS").sort(), ["_OP_TCP", "_X_RACK"]);
  assert.is(operation.hostData.get("_X_RACK"), "r1", "from the configuration");
  const errors = world.logs().filter((line) => line.startsWith("error: "));
  assert.is(errors.length, 3);
  assert.ok(errors.every((line) => line.includes("'procfs'")));
  world.cleanUp();
});

test("the configuration can set system keys only where the keyspec allows it", async () => {
  const base = config();
  ((base.keyspec as Section)._OP_SECRET as Section).value = "forged";
  (base.report_template as Section).full = { key: keys("_OP_SECRET", "_X_RACK") };
  const { world, engine } = setUp(base);
  const operation = engine.begin("extract");
  await operation.report();
  assert.equal([...operation.hostData.keys()], ["_X_RACK"]);
  assert.ok(world.logs().some((line) => line.includes("_OP_SECRET")));
  world.cleanUp();
});

test("a plugin that throws loses its keys, the others go on, the error is reported", async () => {
  const broken = host("system", () => {
    throw new Error("boom");
  });
  const { world, engine } = setUp(config(), [broken, host("procfs", () => [["_OP_TCP", "t"]])]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.is(operation.hostData.get("_OP_TCP"), "t");
  assert.equal(operation.hostData.get("_OP_ERRORS"), ["plugin 'system' failed in post_run_keys: boom"]);
  world.cleanUp();
});

test("errors: those logged before and during the operation; those while publishing go to the next report", async () => {
  const { world, engine } = setUp(
    config({ outconf: { extract: { report_template: "full" }, heartbeat: { report_template: "full" } } }),
  );
  world.publisher.subscribe("report", "log");
  (world.config.sink_config as Section).log = { sink: "nonsense" };
  world.logger.error("from the configuration");
  world.logger.warn("not grave enough");
  await engine.begin("extract").report();
  assert.equal(parse(world.stdout[0]!)[0]._OP_ERRORS, ["from the configuration"]);
  await engine.begin("heartbeat").report();
  const second = parse(world.stdout[1]!)[0]._OP_ERRORS;
  assert.is(second.length, 2);
  assert.ok(second[0].includes("nonsense"));
  await engine.begin("heartbeat").report();
  assert.is(parse(world.stdout[2]!)[0]._OP_ERRORS, undefined);
  world.cleanUp();
});

test("marking: core keys, configured keys, substitutions, errors per artifact, mark selection", async () => {
  const git: Collector = {
    name: "vctl_git",
    collectHost: () => new Map([["HOST_KEY", "h"]]),
    collectArtifact: (_, __, context) => {
      context.log("error", "git is odd");
      context.fail?.("BRANCH", { code: "KEY_COLLECTION_ERROR", error: "e", description: "d" });
      return new Map([["BRANCH", "main"]]);
    },
  };
  const { world, engine } = setUp(config(), [git]);
  const operation = engine.begin("insert");
  operation.collectHost("pre_run_keys");
  const artifact = newArtifact("x.sh", join(world.directory, "x.sh"));
  artifact.kinds.add("file");
  artifact.unmarkedHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  operation.artifacts.push(artifact);
  operation.collectArtifact("pre_chalk_keys", artifact);
  const hash = artifact.unmarkedHash;
  assert.is(
    compact(operation.selectForMark(artifact)),
    `{ "MAGIC" : "dadfedabbadabbed", "CHALK_ID" : "CMSP4C-336G-T34E-9RCSHK", "CHALK_VERSION" : "1.0", "BRANCH" : "main", "CHALK_PTR" : "https://x/CMSP4C-336G-T34E-9RCSHK/{nothing}/${hash}", "CHALK_RAND" : "00ff", "HASH" : "${hash}", "HOST_KEY" : "h" }`,
  );
  assert.equal(artifact.errors, ["git is odd"]);
  assert.ok(artifact.failedKeys.has("BRANCH"));
  await operation.report();
  const [report] = parse(world.stdout[0]!);
  assert.is(report._OP_ERRORS, undefined);
  assert.equal(report._CHALKS, [{ CHALK_ID: "CMSP4C-336G-T34E-9RCSHK", BRANCH: "main" }]);
  world.cleanUp();
});

test("phases 1 and 2 belong to operations that mark", () => {
  const git = host("vctl_git", () => [["HOST_KEY", "h"]]);
  const { world, engine } = setUp(config(), [git]);
  const operation = engine.begin("extract");
  operation.collectHost("pre_run_keys");
  operation.collectArtifact("pre_chalk_keys", newArtifact("x"));
  assert.is(operation.hostData.size, 0);
  world.cleanUp();
});

test("only the artifact's own codec runs, and plugins whose kinds fit", () => {
  const base = config();
  Object.assign(base.plugin as Section, {
    elf: { priority: 45, codec: true, pre_chalk_keys: ["BRANCH"] },
    zip: { priority: 1, codec: true, pre_chalk_keys: ["BRANCH"] },
  });
  const ran: string[] = [];
  const collector = (name: string): Collector => ({
    name,
    collectArtifact() {
      ran.push(name);
      return new Map();
    },
  });
  const { world, engine } = setUp(base, ["elf", "zip", "vctl_git"].map(collector));
  const operation = engine.begin("insert");
  const artifact = { ...newArtifact("c"), codec: "elf" };
  artifact.kinds.add("certificate");
  operation.collectArtifact("pre_chalk_keys", artifact);
  assert.equal(ran, ["elf"]);
  artifact.kinds.add("file");
  operation.collectArtifact("pre_chalk_keys", artifact);
  assert.equal(ran, ["elf", "elf", "vctl_git"]);
  world.cleanUp();
});

test("extract shows the mark, ordered; artifacts without anything are left out", async () => {
  const { world, engine } = setUp(config());
  const operation = engine.begin("extract");
  const marked = {
    ...newArtifact("a"),
    mark: new Map([
      ["BRANCH", "main"],
      ["CHALK_ID", "I"],
      ["MAGIC", "m"],
    ]),
  };
  operation.artifacts.push(marked, newArtifact("nothing"));
  await operation.report();
  assert.ok(world.stdout[0]!.includes('"_CHALKS" : [{ "CHALK_ID" : "I", "BRANCH" : "main" }]'), world.stdout[0]!);
  world.cleanUp();
});

test("custom reports: use_when, enabled, own template, order, several sinks, per_chalk", async () => {
  const reports: Section = {
    first: { report_template: "small", sink_configs: ["out", "log"], use_when: ["heartbeat"] },
    off: { report_template: "full", sink_configs: ["out"], enabled: false },
    other: { report_template: "full", sink_configs: ["out"], use_when: ["insert"] },
    each: { report_template: "full", sink_configs: ["out"], per_chalk: true },
  };
  const { world, engine } = setUp(config({ custom_report: reports }));
  assert.not.ok(engine.subscribed("heartbeat", "_UNMARKED_X"));
  const operation = engine.begin("heartbeat");
  operation.artifacts.push({ ...newArtifact("a"), mark: new Map([["CHALK_ID", "A"]]) });
  operation.artifacts.push({ ...newArtifact("b"), mark: new Map([["CHALK_ID", "B"]]) });
  operation.artifacts.push({ ...newArtifact("c"), mark: new Map([["BRANCH", "x"]]) });
  await operation.report();
  const small = '[ { "_ACTION_ID" : "action", "_OPERATION" : "heartbeat" } ]\n';
  assert.is(world.stdout.length, 5);
  assert.is(world.stdout[1], small, "template order wins; _CHALKS only if selected");
  assert.is(readFileSync(join(world.directory, "log"), "utf8"), small);
  assert.equal(
    world.stdout.slice(2).map((line) => parse(line)[0]._CHALKS),
    [undefined, undefined, undefined],
    "the template 'full' is not that of the command report and doesn't select _CHALKS",
  );
  assert.equal(
    operation.published.map(({ topic, objects }) => [topic, objects.length]),
    [
      ["report", 1],
      ["first", 1],
      ["each", 3],
    ],
  );
  world.cleanUp();
});

test("a custom report with the command report's template shows artifacts as that does; per_chalk gives one report each", async () => {
  const reports: Section = { each: { report_template: "full", sink_configs: ["out"], per_chalk: true } };
  const { world, engine } = setUp(config({ custom_report: reports }));
  const operation = engine.begin("extract");
  for (const id of ["A", "B"]) operation.artifacts.push({ ...newArtifact(id), mark: new Map([["CHALK_ID", id]]) });
  await operation.report();
  assert.equal(
    world.stdout.map((line) => parse(line)[0]._CHALKS.map((chalk: { CHALK_ID: string }) => chalk.CHALK_ID)),
    [["A", "B"], ["A"], ["B"]],
  );
  world.stdout.length = 0;
  await engine.begin("extract").report();
  assert.is(world.stdout.length, 1, "no artifacts, nothing to report on one by one");
  world.cleanUp();
});

test("a disabled custom report subscribes nothing; a wrong one is named and skipped", async () => {
  const reports: Section = {
    off: { report_template: "full", sink_configs: ["out"], enabled: false },
    lost: { report_template: "missing", sink_configs: ["out"] },
    logs: { report_template: "small", sink_configs: ["out"] },
    bare: { report_template: "small", sink_configs: [] },
    broken: { report_template: "small", sink_configs: ["none", "out"] },
  };
  const { world, engine } = setUp(config({ custom_report: reports }));
  assert.not.ok(engine.subscribed("heartbeat", "_OP_TCP"));
  for (let i = 0; i < 2; i++) await engine.begin("heartbeat").report();
  const logs = world.logs();
  const count = (part: string) => logs.filter((line) => line.includes(part)).length;
  assert.is(count("no report template 'missing'"), 1);
  assert.is(count("internal topic"), 1);
  assert.is(count("'bare' has no sinks"), 1);
  assert.is(count("no sink_config 'none'"), 1);
  assert.is(world.stdout.length, 4, "command report and the report 'broken', twice");
  world.cleanUp();
});

test("skipping reports", async () => {
  const reports: Section = { mine: { report_template: "small", sink_configs: ["out"] } };
  const run = async (changes: Section) => {
    const { world, engine } = setUp(config({ custom_report: reports, ...changes }));
    await engine.begin("heartbeat").report();
    world.cleanUp();
    return world.stdout.length;
  };
  assert.is(await run({}), 2);
  assert.is(await run({ skip_command_report: true }), 1);
  assert.is(await run({ skip_custom_reports: true }), 1);
  assert.is(await run({ skip_command_report: true, skip_custom_reports: true }), 0);
});

test("the audit report needs publish_audit and gets a rotating log", async () => {
  const reports: Section = { audit: { report_template: "small", sink_configs: [] } };
  const without = setUp(config({ custom_report: reports }));
  await without.engine.begin("heartbeat").report();
  assert.is(without.world.stdout.length, 1);
  without.world.cleanUp();
  const { world, engine } = setUp(config({ custom_report: reports, publish_audit: true, audit_location: "audit.json" }));
  await engine.begin("heartbeat").report();
  assert.is(
    readFileSync(join(world.directory, "audit.json"), "utf8"),
    '[ { "_ACTION_ID" : "action", "_OPERATION" : "heartbeat" } ]\n',
  );
  assert.not.ok(world.logs().some((line) => line.includes("no sinks")));
  world.cleanUp();
});

test("usage statistics without a URL: a warning, nothing is sent", async () => {
  const reports: Section = { chalk_usage_stats: { report_template: "small", sink_configs: [] } };
  const { world, engine } = setUp(config({ custom_report: reports }));
  await engine.begin("heartbeat").report();
  assert.ok(world.logs().some((line) => line.startsWith("warn:") && line.includes("crashoverride_usage_reporting_url")));
  assert.is(world.stdout.length, 1);
  world.cleanUp();
});

test("templates: copies, cycles, alias, default names", () => {
  const base = config();
  Object.assign(base.report_template as Section, {
    a: { key: { _OP_TCP: { use: false }, _X_RACK: { use: true } } },
    b: { key: keys("_OP_TCP", "_OPERATION") },
    c: { key: {} },
  });
  (base.mark_template as Section).reproducable = { key: keys("HASH") };
  const copies = [
    ["b", "a"],
    ["a", "b"],
    ["a", "c"],
    ["gone", "c"],
  ] as const;
  const { world, engine } = setUp(base, [], { templateCopies: () => copies });
  const used = (name: string) => engine.templates.get("report_template", name)?.sequence;
  assert.equal(used("a"), ["_OPERATION", "_X_RACK"], "own switches win over copies");
  assert.equal(used("b"), ["_OPERATION", "_OP_TCP", "_X_RACK"]);
  assert.equal(used("c"), ["_OPERATION", "_X_RACK"]);
  assert.equal(used(""), []);
  assert.equal([...engine.templates.get("mark_template", "reproducible")!.keys], ["HASH"]);
  assert.is(engine.templates.get("report_template", "nope"), undefined);
  assert.ok(world.logs().some((line) => line.includes("'gone'")));
  world.cleanUp();
});

test("sub-scans keep their artifacts, errors and messages to themselves", () => {
  const { world, engine } = setUp(config());
  const operation = engine.begin("insert");
  const embedded = operation.subScan("extract", (sub) => {
    world.logger.error("inside");
    world.logger.info("quiet");
    sub.artifacts.push({
      ...newArtifact("in"),
      mark: new Map([
        ["CHALK_ID", "X"],
        ["HASH", "no"],
      ]),
    });
    sub.unmarked.push("/in");
    sub.collectHost("post_run_keys");
  });
  assert.is(compact(embedded), '[{ "CHALK_ID" : "X" }]');
  assert.equal([operation.artifacts.length, operation.unmarked.length, operation.hostData.size], [0, 0, 0]);
  assert.equal(world.logs(), ["error: inside"]);
  assert.is(world.logger.settings.level, "info");
  assert.equal(world.logger.takeErrors(), []);
  world.cleanUp();
});

test("suspended plugins do nothing", async () => {
  const { world, engine } = setUp(config(), [host("procfs", () => [["_OP_TCP", "t"]])]);
  const operation = engine.begin("extract");
  await operation.suspend(["procfs"], () => operation.report());
  assert.not.ok(operation.hostData.has("_OP_TCP"));
  await operation.report();
  assert.ok(operation.hostData.has("_OP_TCP"));
  world.cleanUp();
});

test("secrets are replaced in every report", async () => {
  const { world, engine } = setUp(config(), [host("procfs", () => [["_OP_TCP", [["k", "pa55"]]]])], { secrets: () => ["pa55"] });
  await engine.begin("extract").report();
  assert.ok(world.stdout[0]!.includes('[["k", "<<redact>>"]]'));
  world.cleanUp();
});

test("heartbeats: new action and time, old artifact, flat memory", async () => {
  let count = 0;
  const base = config({ outconf: { heartbeat: { report_template: "full" } } });
  ((base.keyspec as Section)._ACTION_ID as Section).callback = () => `id${++count}`;
  const procfs: Collector = {
    name: "procfs",
    collectHost: () => new Map([["_OP_TCP", Array.from({ length: 100 }, (_, i) => [i])]]),
    collectArtifact: () => new Map([["_PROCESS_PID", count]]),
  };
  const system = host("system", (c) => [["_TIMESTAMP", c.operationTime]]);
  const { world, engine } = setUp(base, [procfs, system]);
  const artifact = { ...newArtifact("a"), mark: new Map([["CHALK_ID", "A"]]) };
  artifact.data.set("BRANCH", "b");
  const beat = async () => {
    const operation = engine.begin("heartbeat", { artifacts: [artifact] });
    operation.collectArtifact("post_chalk_keys", artifact);
    world.logger.error("e");
    await operation.report();
    world.time += 1000;
    world.stderr.length = 0;
    return parse(world.stdout.splice(0)[0]!)[0];
  };
  const first = await beat();
  const second = await beat();
  assert.equal([first._ACTION_ID, second._ACTION_ID], ["id1", "id2"]);
  assert.is(second._TIMESTAMP - first._TIMESTAMP, 1000);
  assert.equal(second._CHALKS, [{ CHALK_ID: "A", BRANCH: "b", _PROCESS_PID: 1 }]);
  assert.equal(second._OP_ERRORS, ["e"]);
  for (let i = 0; i < 500; i++) await beat();
  assert.is(artifact.data.size, 2);
  assert.is(artifact.errors.length, 0);
  world.cleanUp();
});

test.run();
