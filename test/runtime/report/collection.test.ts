/** Collection: subscription, phases, who may write what (`runtime-core.md` 5, `collection.md` 1). */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Collector } from "../../../runtime/collect/types.js";
import { compact, type Json } from "../../../runtime/json.js";
import { newArtifact } from "../../../runtime/report/index.js";
import { typeFromText } from "../../../runtime/type-tools.js";
import { TypeValue } from "../../../runtime/values.js";
import { config, hostCollector, keys, setUp } from "../../helpers/engine.js";
import type { Section } from "../../helpers/settings.js";

const parse = (text: string) => JSON.parse(text);

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
    hostCollector(name, () => {
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
  const bad = hostCollector("procfs", () => [
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

test("the system collector speaks for the core: it may give keys that it doesn't declare", async () => {
  const base = config();
  (base.report_template as Section).full = { key: keys("_TIMESTAMP", "_OP_SECRET") };
  const system = hostCollector("system", () => [
    ["_TIMESTAMP", 1],
    ["_OP_SECRET", "core"],
  ]);
  const { world, engine } = setUp(base, [system]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.is(operation.hostData.get("_OP_SECRET"), "core");
  assert.equal(
    world.logs().filter((line) => line.startsWith("error: ")),
    [],
  );
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

test("a callback that fails, or gives something of another type, costs its key, which is a failed key", async () => {
  const base = config();
  const keyspec = base.keyspec as Section;
  const kind = { kind: 3 };
  keyspec["_X_FAILS"] = { ...kind, type: new TypeValue(typeFromText("string")), callback: () => undefined };
  keyspec["_X_TEXT"] = { ...kind, type: new TypeValue(typeFromText("int")), callback: () => "a" };
  keyspec["_X_LIST"] = { ...kind, type: new TypeValue(typeFromText("list[int]")), callback: () => [1, "b"] };
  keyspec["_X_GOOD"] = { ...kind, type: new TypeValue(typeFromText("list[`x]")), callback: () => [1, 2] };
  (base.report_template as Section).full = {
    key: keys("_X_FAILS", "_X_TEXT", "_X_LIST", "_X_GOOD", "_OP_FAILED_KEYS", "_OP_ERRORS"),
  };
  const { world, engine } = setUp(base);
  const operation = engine.begin("extract");
  await operation.report();
  assert.equal([...operation.hostData.keys()], ["_X_GOOD", "_OP_ERRORS", "_OP_FAILED_KEYS"]);
  const failed = operation.hostData.get("_OP_FAILED_KEYS") as ReadonlyMap<string, readonly ReadonlyMap<string, string>[]>;
  assert.equal(
    [...failed].map(([key, [entry]]) => [key, entry?.get("code"), entry?.get("error")]),
    [
      ["_X_FAILS", "KEY_COLLECTION_ERROR", "the callback failed"],
      ["_X_TEXT", "KEY_COLLECTION_ERROR", "the callback gives string where the key is int"],
      ["_X_LIST", "KEY_COLLECTION_ERROR", "the callback gives string at $[1] where the key is list[int]"],
    ],
  );
  world.cleanUp();
});

test("a plugin that throws loses its keys, the others go on, the error is reported", async () => {
  const broken = hostCollector("system", () => {
    throw new Error("boom");
  });
  const { world, engine } = setUp(config(), [broken, hostCollector("procfs", () => [["_OP_TCP", "t"]])]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.is(operation.hostData.get("_OP_TCP"), "t");
  assert.equal(operation.hostData.get("_OP_ERRORS"), ["plugin 'system' failed in post_run_keys: boom"]);
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
  operation.collectHost();
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
  const git = hostCollector("vctl_git", () => [["HOST_KEY", "h"]]);
  const { world, engine } = setUp(config(), [git]);
  const operation = engine.begin("extract");
  operation.collectHost();
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
    void sub.collectReport();
  });
  assert.is(compact(embedded), '[{ "CHALK_ID" : "X" }]');
  assert.equal([operation.artifacts.length, operation.unmarked.length, operation.hostData.size], [0, 0, 0]);
  assert.equal(world.logs(), ["error: inside"]);
  assert.is(world.logger.settings.level, "info");
  assert.equal(world.logger.takeErrors(), []);
  world.cleanUp();
});

test("a key without a specification is an error that names plugin and key", async () => {
  const { world, engine } = setUp(config(), [
    hostCollector("procfs", () => [
      ["_NO_SUCH_KEY", 1],
      ["_OP_TCP", "t"],
    ]),
  ]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.equal(operation.hostData.get("_OP_ERRORS"), ["plugin 'procfs': key '_NO_SUCH_KEY' dropped: no keyspec of that name"]);
  assert.is(operation.hostData.get("_OP_TCP"), "t");
  world.cleanUp();
});

test("suspended plugins do nothing", async () => {
  const { world, engine } = setUp(config(), [hostCollector("procfs", () => [["_OP_TCP", "t"]])]);
  const operation = engine.begin("extract");
  await operation.suspend(["procfs"], () => operation.report());
  assert.not.ok(operation.hostData.has("_OP_TCP"));
  await operation.report();
  assert.ok(operation.hostData.has("_OP_TCP"));
  world.cleanUp();
});

test("collectors that wait for the network are waited for in their turn, and only asked for what they may add", async () => {
  const base = config();
  const plugin = base.plugin as Section;
  Object.assign(plugin, {
    cloud_metadata: { priority: 1000, post_run_keys: ["_OP_TCP", "_OP_SECRET"], ignore: ["_OP_SECRET"] },
    aws_ecs: { priority: 2000, post_run_keys: ["_OP_TCP"] },
    k8s: { priority: 3000, post_run_keys: ["_OP_EXIT_CODE"] },
  });
  const asked: string[] = [];
  const waiting = (name: string, keys: readonly string[], more: () => void = () => {}): Collector => ({
    name,
    async collectReport(context) {
      asked.push(`${name}: ${keys.filter((key) => context.subscribed(key))}`);
      await new Promise((done) => setTimeout(done, 1));
      more();
      return new Map(keys.map((key) => [key, name]));
    },
  });
  const { world, engine } = setUp(base, [
    waiting("aws_ecs", ["_OP_TCP"]),
    waiting("cloud_metadata", ["_OP_TCP", "_OP_SECRET"]),
    waiting("k8s", ["_OP_EXIT_CODE"]),
  ]);
  const operation = engine.begin("extract");
  await operation.report();
  assert.equal(asked, ["cloud_metadata: _OP_TCP"]);
  assert.is(operation.hostData.get("_OP_TCP"), "cloud_metadata");
  world.cleanUp();
  const failing = setUp(base, [
    waiting("cloud_metadata", ["_OP_TCP"], () => {
      throw new Error("cable cut");
    }),
    waiting("aws_ecs", ["_OP_TCP"]),
  ]);
  const second = failing.engine.begin("extract");
  await second.report();
  assert.is(second.hostData.get("_OP_TCP"), "aws_ecs");
  assert.equal(second.hostData.get("_OP_ERRORS"), ["plugin 'cloud_metadata' failed in post_run_keys: cable cut"]);
  failing.world.cleanUp();
});

test.run();
