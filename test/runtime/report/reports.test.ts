/** Reports: templates, command and custom reports, errors, heartbeats (`runtime-core.md` 5.7, 6.2, 9). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Collector } from "../../../runtime/collect/types.js";
import { newArtifact } from "../../../runtime/report/index.js";
import { config, hostCollector, keys, setUp } from "../../helpers/engine.js";
import type { Section } from "../../helpers/settings.js";

const parse = (text: string) => JSON.parse(text);

test("command report: chosen keys in order, one array on one line", async () => {
  const tcp = hostCollector("procfs", () => [["_OP_TCP", [["0.0.0.0", 80]]]]);
  const system = hostCollector("system", (c) => [
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
    operation.published.map(({ topic, count }) => [topic, count]),
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

test("of artifacts that are done with only the text is kept, and reports say the same", async () => {
  const reports: Section = {
    each: { report_template: "full", sink_configs: ["out"], per_chalk: true },
    little: { report_template: "small", sink_configs: ["out"] },
  };
  const run = async (settles: boolean): Promise<string[]> => {
    const { world, engine } = setUp(config({ custom_report: reports }));
    const operation = engine.begin("extract");
    const marks = [new Map([["CHALK_ID", "A"]]), undefined, new Map([["BRANCH", 'm"\u00e4']]), new Map([["CHALK_ID", "C"]])];
    for (const [index, mark] of marks.entries()) {
      const artifact = { ...newArtifact(`a${index}`, `/a${index}`), mark };
      operation.artifacts.push(artifact);
      // What is found elsewhere, such as images, is not settled.
      if (settles && index < 3) operation.settle(artifact);
    }
    if (settles)
      assert.equal(operation.artifacts[0]!.data.size + (operation.artifacts[0]!.mark?.has("CHALK_ID") === true ? 1 : 0), 0);
    await operation.report();
    world.cleanUp();
    return [...world.stdout];
  };
  const settled = await run(true);
  assert.is(settled.length, 5);
  assert.equal(settled, await run(false));
});

test("a report that lists its keys needs artifacts as they are", () => {
  const listing = {
    outconf: { extract: { report_template: "listing" } },
    report_template: { listing: { key: keys("_OP_ARTIFACT_REPORT_KEYS") } },
  };
  const { world, engine } = setUp(config(listing));
  const operation = engine.begin("extract");
  const artifact = newArtifact("a");
  operation.artifacts.push(artifact);
  operation.settle(artifact);
  assert.is(operation.artifacts[0], artifact);
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

test("secrets are replaced in every report", async () => {
  const { world, engine } = setUp(config(), [hostCollector("procfs", () => [["_OP_TCP", [["k", "pa55"]]]])], {
    secrets: () => ["pa55"],
  });
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
  const system = hostCollector("system", (c) => [["_TIMESTAMP", c.operationTime]]);
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
