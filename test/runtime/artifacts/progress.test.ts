/** The line that shows how far a scan is: at terminals only, not at once, out of the way of messages, gone at the end. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { showProgress } from "../../../runtime/artifacts/progress.js";
import { createMemoryHost, type MemoryHostOptions } from "../../../runtime/host/memory-host.js";
import { createLogger } from "../../../runtime/log/index.js";

const identity = { version: "1", commit: "c", date: "2026-01-01" };
const clear = "\r\x1b[K";

function scene(options: MemoryHostOptions) {
  const host = createMemoryHost(options);
  const logger = createLogger(host, identity, { level: "info" });
  return { host, logger, progress: showProgress(host, logger) };
}

const terminal: MemoryHostOptions = { terminals: [2], environment: { TERM: "xterm", NO_COLOR: "1" } };

test("nothing is shown before a second has passed, then the line is rewritten now and then", async () => {
  const { host, logger, progress } = scene(terminal);
  progress.step("/a");
  assert.is(host.written[2], "");
  await host.clock.sleep(1000);
  progress.step("/b");
  assert.is(host.written[2], `${clear}2 files, 2 artifacts /b`);
  progress.step("/c");
  assert.is(host.written[2], `${clear}2 files, 2 artifacts /b`);
  logger.info("x: marked");
  assert.ok(host.written[2].endsWith(`${clear}info:  x: marked\n2 files, 2 artifacts /b`), JSON.stringify(host.written[2]));
  await host.clock.sleep(200);
  progress.step(undefined);
  assert.ok(host.written[2].endsWith(`${clear}4 files, 3 artifacts `));
  progress.end();
  assert.ok(host.written[2].endsWith(`${clear}4 files, 3 artifacts ${clear}`));
  logger.info("done");
  assert.ok(host.written[2].endsWith(`${clear}info:  done\n`));
});

test("a long path is cut at its head, and cannot control the terminal", async () => {
  const { host, progress } = scene(terminal);
  await host.clock.sleep(1000);
  progress.step(`/${"x".repeat(200)}/\x1b]0;evil\x07end`);
  const line = host.written[2].slice(clear.length);
  assert.ok(line.length < 80, line);
  assert.match(line, /^1 files, 1 artifacts …x+\/\?\]0;evil\?end$/);
});

test("not shown: no terminal, a dumb one, messages for programs, no messages wanted", async () => {
  const quiet: readonly MemoryHostOptions[] = [
    { ...terminal, terminals: [] },
    { ...terminal, terminals: [1] },
    { ...terminal, environment: { TERM: "dumb" } },
    { ...terminal, environment: {} },
  ];
  for (const options of quiet) {
    const { host, progress } = scene(options);
    await host.clock.sleep(5000);
    progress.step("/a");
    progress.end();
    assert.is(host.written[2], "", JSON.stringify(options));
  }
  const host = createMemoryHost(terminal);
  const logger = createLogger(host, identity, { level: "none" });
  const progress = showProgress(host, logger);
  await host.clock.sleep(5000);
  progress.step("/a");
  assert.is(host.written[2], "");
});

test.run();
