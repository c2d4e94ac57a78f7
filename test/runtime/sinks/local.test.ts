/** Filters, topics, and the sinks that write to this machine (`runtime-core.md` 10, 11.1-11.5). */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { HostError } from "../../../runtime/host/host.js";
import { applyFilters } from "../../../runtime/sinks/filters.js";
import { withoutFirstLines } from "../../../runtime/sinks/rotating-log/sink.js";
import { type Section, size } from "../../helpers/settings.js";
import { createWorld, realHost, type World } from "../../helpers/world.js";

/** A world with one sink configuration `s` on topic `report`. */
function withSink(sink: Section, changes: Parameters<typeof createWorld>[1] = {}): World {
  const world = createWorld({ sink_config: { s: sink } }, changes);
  world.publisher.subscribe("report", "s");
  return world;
}
const read = (world: World, name: string) => readFileSync(join(world.directory, name), "utf8");

const context = { topic: "report", level: undefined, logLevel: "warn", now: 1795442095737 } as const;
const filter = (name: string, text: string, more = {}) => applyFilters([name], text, { ...context, ...more });

test("filters", () => {
  assert.is(filter("pretty_json", '[ { "a" : 1, "b" : [] } ]\n'), '[\n  {\n    "a": 1,\n    "b": []\n  }\n]');
  assert.is(filter("pretty_json", "no json"), undefined);
  assert.is(filter("pretty_json", "{} {}"), undefined);
  assert.is(filter("pretty_json", "[9223372036854775807, 1.0]"), "[\n  9223372036854775807,\n  1.0\n]");
  assert.is(filter("fix_new_line", "a"), "a\n");
  assert.is(filter("fix_new_line", "a\n"), "a\n");
  for (const name of ["add_topic", "show_topic"])
    assert.is(filter(name, "a\nb\n"), "[[start report]]\n  a\n  b\n[[end report]]\n");
  assert.is(filter("wrap", "a"), "a");
  assert.is(filter("github_log_group", "a\n"), "::group::Chalk Report\na\n::endgroup::\n");
  assert.is(
    filter("gitlab_log_section", "a\n"),
    "\x1b[0Ksection_start:1795442095:chalk_report[collapsed=true]\r\x1b[0KChalk Report\na\n\x1b[0Ksection_end:1795442095:chalk_report\r\x1b[0K",
  );
  assert.is(filter("log_level", "x", { level: "info" }), undefined);
  assert.is(filter("log_level", "x", { level: "warn" }), "x");
  assert.is(filter("log_prefix", "x", { level: "warn" }), "warn:  x");
  assert.is(
    applyFilters(["pretty_json", "github_log_group", "fix_new_line"], "[]", context),
    "::group::Chalk Report\n[]\n::endgroup::\n",
  );
});

test("stdout and stderr: one write with its line break", async () => {
  const world = withSink({ sink: "stdout" });
  await world.publisher.publish("report", "a");
  await world.publisher.publish("report", "b\n");
  assert.equal(world.stdout, ["a\n", "b\n"]);
  world.cleanUp();
});

test("a closed pipe is ignored, another failure is logged and the sink stays", async () => {
  let code = "EPIPE";
  const world = withSink(
    { sink: "stdout" },
    {
      terminal: {
        write(fd: number, text: string | Uint8Array) {
          if (fd === 1) throw new HostError(code, "write");
          world.stderr.push(String(text));
        },
      },
    },
  );
  assert.equal((await world.publisher.publish("report", "a")).delivered, ["s"]);
  assert.equal(world.logs(), []);
  code = "EIO";
  assert.equal((await world.publisher.publish("report", "a")).failed, ["s"]);
  assert.ok(world.logs()[0]!.endsWith("(sink conf='s')"));
  assert.is((await world.publisher.publish("report", "a")).subscribers, 1);
  world.cleanUp();
});

test("file: as it is, one append per message, directories made, event and message", async () => {
  const world = withSink({ sink: "file", filename: "~/a/b/c.log", on_write_msg: "\nFull chalk report appended to: ~/c.log\n" });
  await world.publisher.publish("report", "one\n");
  await world.publisher.publish("report", "two");
  assert.is(read(world, "home/a/b/c.log"), "one\ntwo");
  assert.equal(world.logs(), [
    `info:  ${world.directory}/home/a/b/c.log: Open (sink conf='s')`,
    "info:  Full chalk report appended to: ~/c.log",
    "info:  Full chalk report appended to: ~/c.log",
  ]);
  assert.is(statSync(join(world.directory, "home/a/b/c.log")).mode & 0o777, 0o666 & ~process.umask());
  world.cleanUp();
});

test("file: relative names lie in the working directory; an existing file is appended to; removed directories are made anew", async () => {
  const world = withSink({ sink: "file", filename: "d/x.log" });
  mkdirSync(join(world.directory, "d"));
  writeFileSync(join(world.directory, "d/x.log"), "old\n");
  await world.publisher.publish("report", "new\n");
  assert.is(read(world, "d/x.log"), "old\nnew\n");
  rmSync(join(world.directory, "d"), { recursive: true });
  await world.publisher.publish("report", "again\n");
  assert.is(read(world, "d/x.log"), "again\n");
  world.cleanUp();
});

test("file: writes through symbolic links and into special files", async () => {
  const world = withSink({ sink: "file", filename: "link" });
  writeFileSync(join(world.directory, "target"), "");
  symlinkSync("target", join(world.directory, "link"));
  await world.publisher.publish("report", "x\n");
  assert.is(read(world, "target"), "x\n");
  world.cleanUp();
  const device = withSink({ sink: "file", filename: "/dev/null" });
  assert.equal((await device.publisher.publish("report", "x\n")).delivered, ["s"]);
  device.cleanUp();
});

/** Changes to the world: writing below these paths fails with that code. */
function refusing(code: string, refused: (path: string) => boolean) {
  const { files } = realHost;
  const guard = (call: string, path: string) => {
    if (refused(path)) throw new HostError(code, call, path);
  };
  return {
    files: {
      append(path: string, bytes: string | Uint8Array, permissions?: number) {
        guard("append", path);
        files.append(path, bytes, permissions);
      },
      makeDirectories(path: string) {
        guard("mkdir", path);
        files.makeDirectories(path);
      },
      canAccess: (path: string, what: "read" | "write" | "execute") =>
        (what !== "write" || !refused(path)) && files.canAccess(path, what),
    },
  };
}

test("file: falls back along the search path, says so once, without on_write_msg", async () => {
  const world = withSink(
    { sink: "file", filename: "/chalk-nowhere/x.log", log_search_path: ["/chalk-nowhere/b", "~/logs"], on_write_msg: "written" },
    refusing("EROFS", (path) => path.startsWith("/chalk-nowhere")),
  );
  await world.publisher.publish("report", "x\n");
  await world.publisher.publish("report", "y\n");
  assert.is(read(world, "home/logs/x.log"), "x\ny\n");
  const logs = world.logs();
  assert.is(logs.length, 2);
  assert.ok(logs[0]!.startsWith("warn:  sink 's': /chalk-nowhere/x.log is not writable (EROFS)"), logs[0]!);
  assert.ok(logs[1]!.includes("Open"));
  world.cleanUp();
});

test("file: the shared log_search_path is the default; without search path no directory is made", async () => {
  const world = createWorld(
    { log_search_path: ["./shared"], sink_config: { s: { sink: "file", filename: "/chalk-nowhere/x.log" } } },
    refusing("EACCES", (path) => path.startsWith("/chalk-nowhere")),
  );
  world.publisher.subscribe("report", "s");
  await world.publisher.publish("report", "x\n");
  assert.is(read(world, "shared/x.log"), "x\n");
  world.cleanUp();
  const strict = withSink({ sink: "file", filename: "missing/x.log", use_search_path: false });
  assert.equal((await strict.publisher.publish("report", "x\n")).failed, ["s"]);
  assert.not.ok(existsSync(join(strict.directory, "missing")));
  assert.is(strict.logs().filter((line) => line.startsWith("warn:") && line.includes("not writable")).length, 1);
  strict.cleanUp();
});

test("file: an unwritable directory or unknown home switches it off with one warning, the rest goes on", async () => {
  const world = createWorld(
    { sink_config: { s: { sink: "file", filename: "/etc/x.log" }, out: { sink: "stdout" } } },
    refusing("EROFS", (path) => path.startsWith("/etc")),
  );
  world.publisher.subscribe("report", "s");
  world.publisher.subscribe("report", "out");
  for (let i = 0; i < 3; i++) await world.publisher.publish("report", "x\n");
  assert.equal(world.logs(), ["warn:  sink 's' disabled: /etc/x.log is not writable"]);
  assert.is(world.stdout.length, 3);
  world.cleanUp();
  const homeless = withSink({ sink: "file", filename: "~/x.log" }, { machine: { home: () => undefined } });
  await homeless.publisher.publish("report", "x\n");
  await homeless.publisher.publish("report", "x\n");
  const logs = homeless.logs();
  assert.is(logs.length, 1);
  assert.ok(logs[0]!.startsWith("warn:  sink 's' disabled: ~/x.log is not writable"));
  homeless.cleanUp();
});

test("file: a real read-only directory", async () => {
  if (process.getuid?.() === 0) {
    console.log("SKIPPED read-only directory: running as root");
    return;
  }
  const world = withSink({ sink: "file", filename: "ro/x.log" });
  mkdirSync(join(world.directory, "ro"));
  chmodSync(join(world.directory, "ro"), 0o555);
  await world.publisher.publish("report", "x\n");
  assert.ok(world.logs()[0]!.includes("not writable"));
  world.cleanUp();
});

test("rotating_log: whole lines go, mode stays, no lock is left behind", async () => {
  assert.is(new TextDecoder().decode(withoutFirstLines(new TextEncoder().encode("aaa\nbbb\nccc\n"), 5)), "ccc\n");
  assert.is(new TextDecoder().decode(withoutFirstLines(new TextEncoder().encode("aaa\nbbb\nccc\n"), 4)), "bbb\nccc\n");
  const world = withSink({ sink: "rotating_log", filename: "r.log", max: size(1024), truncation_amount: 300 });
  const file = join(world.directory, "r.log");
  writeFileSync(file, "");
  chmodSync(file, 0o640);
  const line = (i: number) => String(i).padStart(99, "0");
  for (let i = 0; i < 10; i++) await world.publisher.publish("report", line(i));
  assert.is(statSync(file).size, 1000);
  await world.publisher.publish("report", line(10));
  assert.is(read(world, "r.log"), Array.from({ length: 8 }, (_, i) => `${line(i + 3)}\n`).join(""));
  assert.is(statSync(file).mode & 0o777, 0o640);
  assert.equal(
    world.logs().map((text) => text.replace(file, "F")),
    ["info:  F: Open (sink conf='s')", "info:  F: Truncate (sink conf='s')"],
  );
  assert.equal(readdirSync(world.directory).sort(), ["home", "r.log"]);
  world.cleanUp();
});

test("rotating_log: limits that make no sense", async () => {
  for (const limits of [{ max: 1023 }, { max: 2000, truncation_amount: 2000 }]) {
    const world = withSink({ sink: "rotating_log", filename: "r.log", ...limits });
    assert.equal((await world.publisher.publish("report", "x")).failed, ["s"]);
    assert.ok(world.logs()[0]!.startsWith("error: sink 's' disabled: "));
    assert.is((await world.publisher.publish("report", "x")).subscribers, 0);
    world.cleanUp();
  }
});

test("subscribing: unknown, disabled, twice, order of service, unsubscribing", async () => {
  const order: string[] = [];
  const world = createWorld(
    {
      custom_report: { mine: {} },
      sink_config: {
        low: { sink: "stdout" },
        high: { sink: "stderr", priority: 10 },
        late: { sink: "stdout", filters: ["fix_new_line", "add_topic"] },
        off: { sink: "stdout", enabled: false },
      },
    },
    { terminal: { write: (fd: number) => void order.push(String(fd)) } },
  );
  const { publisher, logger } = world;
  logger.setConsole("logs", false);
  const subscribe = (topic: string, name: string) => publisher.subscribe(topic, name);
  assert.is(subscribe("report", "nothing"), false);
  assert.is(subscribe("nowhere", "low"), false);
  assert.is(logger.takeErrors().length, 2);
  assert.is(subscribe("report", "off"), false);
  assert.is(logger.takeErrors().length, 0);
  assert.is(subscribe("mine", "low"), true, "the topic of a custom report");
  assert.is(subscribe("report", "low"), true);
  assert.is(subscribe("report", "low"), true);
  assert.is(subscribe("report", "late"), true);
  assert.is(subscribe("report", "high"), true);
  assert.equal(publisher.subscribers("report"), ["high", "low", "late"]);
  await publisher.publish("report", "x");
  assert.equal(order, ["2", "1", "1"]);
  assert.is(publisher.unsubscribe("report", "low"), true);
  assert.is(publisher.unsubscribe("report", "low"), false);
  assert.equal(publisher.subscribers("report"), ["high", "late"]);
  world.cleanUp();
});

test("a sink is configured when first used, so later changes of its section count", async () => {
  const sink: Section = { sink: "file", filename: "first.log" };
  const world = withSink(sink);
  sink.filename = "second.log";
  await world.publisher.publish("report", "x\n");
  assert.ok(existsSync(join(world.directory, "second.log")));
  world.cleanUp();
});

test("topic logs: the console can be silenced, other sinks can listen, a failing one doesn't loop", async () => {
  const world = createWorld({
    sink_config: {
      f: { sink: "file", filename: "l.log", filters: ["log_level", "log_prefix", "fix_new_line"] },
      bad: { sink: "nope" },
    },
  });
  assert.is(world.publisher.subscribe("logs", "f"), true);
  assert.is(world.publisher.subscribe("logs", "bad"), true);
  assert.is(world.publisher.unsubscribe("logs", "log_hook"), true);
  assert.is(world.publisher.unsubscribe("logs", "log_hook"), false);
  world.logger.warn("to the file");
  world.logger.trace("too quiet");
  assert.ok(read(world, "l.log").startsWith("warn:  to the file\n"));
  assert.not.ok(read(world, "l.log").includes("too quiet"));
  assert.equal(world.logs(), []);
  assert.is(world.publisher.subscribe("logs", "log_hook"), true);
  world.logger.warn("back");
  assert.equal(world.logs(), ["warn:  back"]);
  world.cleanUp();
});

test("a kind that doesn't exist fails clearly", async () => {
  const world = withSink({ sink: "carrier_pigeon" });
  assert.equal((await world.publisher.publish("report", "x")).failed, ["s"]);
  assert.equal(world.logs(), ["error: sink 's' disabled: this chalk has no sink 'carrier_pigeon'"]);
  world.cleanUp();
});

test.run();
