/** The report cache and its lock (`runtime-core.md` 12). */
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DeliverySettings, publishReport } from "../../../runtime/cache/deliver.js";
import { surplus } from "../../../runtime/cache/lines.js";
import { withLock } from "../../../runtime/cache/lock.js";
import { createReportCache } from "../../../runtime/cache/report-cache.js";
import { HostError } from "../../../runtime/host/host.js";
import { type Answer, startServer } from "../../helpers/server.js";
import type { Section } from "../../helpers/settings.js";
import { createWorld, realHost, type World } from "../../helpers/world.js";

const sinks: Section = { sink_config: { out: { sink: "stdout" } } };
const location = (world: World) => join(world.directory, "cache.jsonl");

function cacheOf(world: World, more = {}) {
  return createReportCache({ host: world.host, logger: world.logger, location: "cache.jsonl", lockTimeout: 100, ...more });
}
function delivery(world: World, cache = true, forceOutput = true): DeliverySettings {
  const { host, logger, publisher } = world;
  return { host, logger, publisher, cache: cache ? cacheOf(world) : undefined, forceOutput };
}

/** One process: publishes reports to sink `s`, a server with these answers, then writes the cache back. */
async function run(world: World, answers: Answer[], reports: string[], topic = "report") {
  const server = await startServer(answers);
  world.config.sink_config = { s: { sink: "post", uri: server.url } };
  const { host, logger, settings } = world;
  const { createPublisher } = await import("../../../runtime/sinks/index.js");
  const publisher = createPublisher({ host, logger, settings: () => settings, version: "1" });
  publisher.subscribe("report", "s");
  publisher.subscribe("audit", "s");
  const cache = cacheOf(world);
  for (const report of reports) await publishReport({ host, logger, publisher, cache, forceOutput: true }, topic, report);
  cache.writeBack((name) => publisher.subscribers(name));
  await server.stop();
  return server.received.map((request) => request.body);
}
const bad: Answer[] = [500, 500, 500];

test("a failed report waits in the file and goes out with the next one", async () => {
  const world = createWorld(sinks);
  assert.is((await run(world, bad, ['{ "_OPERATION" : "insert" }'])).length, 3);
  assert.is(
    readFileSync(location(world), "utf8"),
    '{ "$message" : "{ \\"_OPERATION\\" : \\"insert\\" }", "$topic" : "report", "$sinks" : ["s"] }\n',
  );
  assert.is(statSync(location(world)).mode & 0o777, 0o600);
  const logs = world.logs();
  assert.ok(logs.some((line) => line.startsWith("error:") && line.includes("publish failures will be cached")));
  assert.ok(
    logs.some((line) => line.startsWith("warn:") && line.includes(`1 report waiting in the report cache ${location(world)}`)),
  );
  assert.equal(await run(world, [], ["{ }"]), ['[ { }, { "_OPERATION" : "insert" } ]\n']);
  assert.not.ok(existsSync(location(world)));
  assert.ok(world.logs().some((line) => line.startsWith("info:") && line.includes("flushed")));
  assert.not.ok(existsSync(`${location(world)}.lock`));
  world.cleanUp();
});

test("within one process: later reports take the cached ones along, the sink stays subscribed", async () => {
  const world = createWorld(sinks);
  const bodies = await run(world, [...bad, 200], ["{1}", "{2}", "{3}"]);
  assert.equal(bodies.slice(3), ["[ {2} ]\n", "[ {3} ]\n"]);
  assert.ok(existsSync(location(world)), "the file is brought up to date once, after the reports");
  assert.equal(await run(world, [], ["{4}"]), ["[ {4}, {1} ]\n"]);
  world.cleanUp();
});

test("topics and sinks are kept apart", async () => {
  const world = createWorld(sinks);
  await run(world, bad, ["{a}"], "audit");
  assert.equal(await run(world, [], ["{b}"], "report"), ["[ {b} ]\n"]);
  assert.ok(existsSync(location(world)));
  assert.equal(await run(world, [], ["{c}"], "audit"), ["[ {c}, {a} ]\n"]);
  world.cleanUp();
});

test("a cached report that the server refuses doesn't block the sink", async () => {
  const world = createWorld(sinks);
  await run(world, bad, ["{poison}"]);
  assert.equal(await run(world, [400, 200], ["{new}"]), ["[ {new}, {poison} ]\n", "[ {new} ]\n"]);
  assert.ok(readFileSync(location(world), "utf8").includes("poison"));
  const logs = world.logs();
  assert.not.ok(logs.some((line) => line.includes("disabled: Post")));
  const told = logs.filter((line) => line.startsWith("warn:  1 report waiting in the report cache "));
  assert.is(told.length, 2, "what is left is told by each process, also by one that adds nothing");
  world.cleanUp();
});

test("parallel processes lose nothing of each other; one message is one line", () => {
  const world = createWorld(sinks);
  const [first, second] = [cacheOf(world), cacheOf(world)];
  first.waiting("report", "s");
  second.waiting("report", "s");
  first.queue("report", "{1}", ["s"]);
  second.queue("report", "{2}", ["s"]);
  second.queue("report", "{1}", ["t"]);
  first.writeBack(() => ["s"]);
  second.writeBack(() => ["s", "t"]);
  const lines = readFileSync(location(world), "utf8").trim().split("\n");
  assert.equal(lines.length, 2);
  assert.ok(lines[0]!.includes('"$sinks" : ["s", "t"]'), lines[0]);
  const third = cacheOf(world);
  assert.equal(third.waiting("report", "s"), ["{1}", "{2}"]);
  third.delivered("report", "s", ["{1}", "{2}"]);
  third.writeBack(() => ["s"]);
  assert.equal(cacheOf(world).waiting("report", "t"), ["{1}"]);
  assert.equal(cacheOf(world).waiting("report", "s"), []);
  world.cleanUp();
});

test("what another process has delivered meanwhile is not delivered again", () => {
  const world = createWorld(sinks);
  const [first, second] = [cacheOf(world), cacheOf(world)];
  first.queue("report", "{1}", ["s"]);
  first.queue("report", "{2}", ["s"]);
  first.writeBack(() => ["s"]);
  assert.equal(second.waiting("report", "s"), ["{1}", "{2}"]);
  first.delivered("report", "s", ["{1}"]);
  assert.equal(first.waiting("report", "s"), ["{2}"]);
  first.writeBack(() => ["s"]);
  assert.equal(second.waiting("report", "s"), ["{2}"]);
  first.delivered("report", "s", ["{2}"]);
  first.writeBack(() => ["s"]);
  assert.equal(second.waiting("report", "s"), []);
  world.cleanUp();
});

test("reading changes nothing; foreign lines are kept and told once", () => {
  const world = createWorld(sinks);
  const before = 'garbage\n{ "other" : 1 }\n';
  writeFileSync(location(world), before);
  const cache = cacheOf(world);
  assert.equal(cache.waiting("report", "s"), []);
  cache.writeBack(() => []);
  assert.is(readFileSync(location(world), "utf8"), before);
  cache.queue("report", "{}", ["s"]);
  cache.writeBack(() => ["s"]);
  assert.ok(readFileSync(location(world), "utf8").startsWith(before));
  assert.is(world.logs().filter((line) => line.includes("could not be read")).length, 1);
  world.cleanUp();
});

test("reports that no sink in use takes are told, once", () => {
  const world = createWorld(sinks);
  writeFileSync(location(world), '{ "$message" : "{}", "$topic" : "gone", "$sinks" : ["s"] }\n');
  const cache = cacheOf(world);
  cache.writeBack(() => []);
  cache.writeBack(() => []);
  assert.is(world.logs().filter((line) => line.startsWith("warn:") && line.includes("no sink in use")).length, 1);
  world.cleanUp();
});

test("a large backlog is kept back until a sink that failed takes a report again; it goes in portions", async () => {
  const world = createWorld(sinks);
  const server = await startServer([...bad, ...bad, 200]);
  world.config.sink_config = { s: { sink: "post", uri: server.url, disable_after_errors: 10 } };
  world.publisher.subscribe("report", "s");
  const { host, logger, publisher } = world;
  const before = cacheOf(world);
  const large = (name: string) => `{ "name" : "${name}", "text" : "${"x".repeat(1_500_000)}" }`;
  for (const name of ["a", "b", "c", "d"]) before.queue("report", large(name), ["s"]);
  before.writeBack(() => ["s"]);
  const cache = cacheOf(world);
  const publish = async (report: string) => {
    await publishReport({ host, logger, publisher, cache, forceOutput: true }, "report", report);
    cache.writeBack(() => ["s"]);
  };
  const named = (body: string) => (JSON.parse(body) as { name: string }[]).map(({ name }) => name);
  await publish('{ "name" : "1" }');
  await publish('{ "name" : "2" }');
  await publish('{ "name" : "3" }');
  const sent = server.received.map(({ body }) => named(body));
  assert.equal(sent[0], ["1", "a", "b"], "as much as fits into one message");
  assert.equal(sent[3], ["2"], "alone");
  assert.equal(sent.slice(6), [["3"], ["a", "b"]]);
  await publish('{ "name" : "4" }');
  assert.equal(named(server.received.at(-1)!.body), ["4", "c", "d", "1", "2"]);
  assert.not.ok(existsSync(location(world)));
  await server.stop();
  world.cleanUp();
});

test("the file grows by what is new and is not written anew", () => {
  const world = createWorld(sinks);
  const cache = cacheOf(world);
  cache.queue("report", "{1}", ["s"]);
  cache.writeBack(() => ["s"]);
  const { ino } = statSync(location(world));
  for (const message of ["{2}", "{3}"]) {
    cache.queue("report", message, ["s"]);
    cache.writeBack(() => ["s"]);
  }
  assert.is(statSync(location(world)).ino, ino);
  assert.equal(cache.waiting("report", "s"), ["{1}", "{2}", "{3}"]);
  assert.equal(cacheOf(world).waiting("report", "s"), ["{1}", "{2}", "{3}"]);
  writeFileSync(location(world), readFileSync(location(world), "utf8").trimEnd());
  cache.queue("report", "{4}", ["s"]);
  cache.writeBack(() => ["s"]);
  assert.is(readFileSync(location(world), "utf8").split("\n").length, 5, "a line that was cut off is ended first");
  world.cleanUp();
});

test("bounds: the oldest go", () => {
  const world = createWorld(sinks);
  const cache = cacheOf(world, { maximumLines: 3 });
  for (let i = 0; i < 5; i++) cache.queue("report", `{${i}}`, ["s"]);
  cache.writeBack(() => ["s"]);
  assert.equal(cacheOf(world).waiting("report", "s"), ["{2}", "{3}", "{4}"]);
  assert.ok(world.logs().some((line) => line.startsWith("warn:") && line.includes("2 oldest")));
  assert.is(surplus([5, 5, 5], 10, 10), 1);
  assert.is(surplus([5, 5, 5], 10, 15), 0);
  assert.is(
    surplus(
      Array.from({ length: 2001 }, () => 1),
      2000,
      1e9,
    ),
    101,
    "many at once where there are many",
  );
  world.cleanUp();
});

test("a read-only file system: one warning, then silence", () => {
  const fail = (path: string) => {
    throw new HostError("EROFS", "open", path);
  };
  const world = createWorld(sinks, { files: { open: fail, append: fail, replace: fail } });
  const cache = cacheOf(world);
  for (let i = 0; i < 3; i++) {
    cache.queue("report", `{${i}}`, ["s"]);
    cache.writeBack(() => ["s"]);
  }
  const logs = world.logs();
  assert.is(logs.length, 1);
  assert.ok(logs[0]!.startsWith("warn:  report cache disabled: ") && logs[0]!.includes("read-only filesystem"));
  world.cleanUp();
});

test("a read-only file system: later reports are not said to be cached", async () => {
  const fail = (path: string) => {
    throw new HostError("EROFS", "open", path);
  };
  const world = createWorld(
    { sink_config: { s: { sink: "post", uri: "http://127.0.0.1:9/", disable_after_errors: 9 } } },
    {
      files: { open: fail, append: fail, replace: fail },
    },
  );
  world.publisher.subscribe("report", "s");
  const settings = delivery(world);
  const logged: string[][] = [];
  for (const report of ["{1}", "{2}"]) {
    await publishReport(settings, "report", report);
    settings.cache?.writeBack(() => ["s"]);
    logged.push(world.logs());
  }
  const [first, all] = logged.map((lines) => lines.join("\n")) as [string, string];
  assert.match(first, /publish failures will be cached[\s\S]*report cache disabled/);
  const second = all.startsWith(first) ? all.slice(first.length) : all;
  assert.not.match(second, /will be cached/);
  assert.match(second, /not delivered to 's': it is lost, since the report cache is disabled/);
  world.cleanUp();
});

test("not writable otherwise: the reports are shown, nothing is dropped silently", () => {
  const fail = (path: string) => {
    throw new HostError("EACCES", "open", path);
  };
  const world = createWorld(sinks, { files: { open: fail, append: fail, replace: fail } });
  const cache = cacheOf(world);
  cache.queue("report", "{lost}", ["s"]);
  cache.writeBack(() => ["s"]);
  assert.ok(world.logs().join("\n").includes("{lost}"));
  world.cleanUp();
});

test("a lock that stays held: entries are appended", () => {
  const world = createWorld(sinks);
  writeFileSync(`${location(world)}.lock`, String(process.pid));
  const host = { ...world.host, processes: { ...world.host.processes, pid: 1 } };
  const cache = cacheOf({ ...world, host } as World);
  cache.queue("report", "{1}", ["s"]);
  cache.writeBack(() => ["s"]);
  assert.ok(readFileSync(location(world), "utf8").includes("{1}"));
  assert.ok(world.logs().some((line) => line.includes("locked by another process")));
  assert.ok(existsSync(`${location(world)}.lock`), "it isn't ours to remove");
  world.cleanUp();
});

test("locks of processes that are gone, and very old ones, are taken over", () => {
  const world = createWorld(sinks);
  const path = join(world.directory, "x.lock");
  writeFileSync(path, "2147483646");
  assert.is(
    withLock(world.host, path, 50, (locked) => locked),
    true,
  );
  assert.not.ok(existsSync(path));
  writeFileSync(path, String(process.pid));
  const old = (world.time - 120_000) / 1000;
  utimesSync(path, old, old);
  assert.is(
    withLock(world.host, path, 50, (locked) => locked),
    true,
  );
  // The clock has been set: what is old by it was made just now, and what is from the future will never grow old.
  writeFileSync(path, String(process.pid));
  const tomorrow = world.time / 1000 + 86_400;
  utimesSync(path, tomorrow, tomorrow);
  assert.is(
    withLock(world.host, path, 15_000, (locked) => locked),
    true,
  );
  writeFileSync(path, String(process.pid));
  const before = world.time;
  const clock = { ...world.host.clock, now: () => world.time + 86_400_000 };
  assert.is(
    withLock({ ...world.host, clock }, path, 60_000, (locked) => locked),
    true,
  );
  assert.ok(world.time - before >= 5000, "it was watched for a while");
  mkdirSync(join(world.directory, "d"));
  assert.is(
    withLock(world.host, join(world.directory, "d/none/x.lock"), 50, (locked) => locked),
    false,
    "no place for a lock",
  );
  world.cleanUp();
});

test("the lock is free again when the body throws", () => {
  const world = createWorld(sinks);
  const path = join(world.directory, "x.lock");
  assert.throws(() =>
    withLock(world.host, path, 50, () => {
      assert.ok(existsSync(path));
      throw new Error("x");
    }),
  );
  assert.not.ok(existsSync(path));
  world.cleanUp();
});

test("cache off: the report is shown if nobody took it", async () => {
  const shown: string[] = [];
  const world = createWorld(
    { sink_config: { s: { sink: "nope" }, t: { sink: "nope" } } },
    {
      files: {
        append(path: string, bytes: string | Uint8Array) {
          if (path === "/dev/tty") shown.push(String(bytes));
          else realHost.files.append(path, bytes);
        },
      },
    },
  );
  world.publisher.subscribe("report", "s");
  await publishReport(delivery(world, false), "report", "{1}");
  assert.is(shown.length, 1);
  assert.ok(shown[0]!.includes("[ {1} ]\n"));
  assert.ok(world.logs().some((line) => line.startsWith("error:") && line.includes("not delivered to 's'")));
  world.publisher.subscribe("report", "t");
  await publishReport(delivery(world, false, false), "report", "{1}");
  assert.is(shown.length, 1);
  assert.ok(world.logs().some((line) => line.includes("use_report_cache")));
  world.cleanUp();
});

test("a topic without subscribers: info only", async () => {
  const world = createWorld(sinks);
  await publishReport(delivery(world), "report", "{1}");
  const logs = world.logs();
  assert.is(logs.length, 1);
  assert.ok(logs[0]!.startsWith("info:"));
  assert.not.ok(existsSync(location(world)));
  world.cleanUp();
});

test("a file sink that fails feeds the cache too", async () => {
  const world = createWorld({ sink_config: { f: { sink: "file", filename: "no/such/x.log", use_search_path: false } } });
  world.publisher.subscribe("report", "f");
  const settings = delivery(world);
  await publishReport(settings, "report", "{1}");
  settings.cache?.writeBack(() => []);
  assert.ok(readFileSync(location(world), "utf8").includes('"$sinks" : ["f"]'));
  world.cleanUp();
});

test.run();
