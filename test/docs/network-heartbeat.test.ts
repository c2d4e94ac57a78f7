/** The guide `docs/guides/network-heartbeat.md` keeps its word: its configuration is sound, and its commands do what it says. Docker's half is in `test/e2e/`. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type Report, until } from "../helpers/sandbox.js";

const guide = readFileSync("docs/guides/network-heartbeat.md", "utf8");
const blocks = [...guide.matchAll(/^```c4m\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
const box = createSandbox();

test("the pieces make a configuration without findings", () => {
  assert.is(blocks.length, 5);
  box.write("network.c4m", blocks.join("\n"));
  const result = box.run(["config", "lint", "network.c4m"]);
  assert.is(result.status, 0, result.stdout + result.stderr);
  assert.is(/C4M-/.test(result.stdout + result.stderr), false, result.stdout + result.stderr);
});

test("loaded, it makes chalk exec report on standard output and in the file", async () => {
  box.write("network.c4m", blocks.join("\n").replace("<<10 minutes>>", "<<300 ms>>"));
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  assert.match(box.run(["dump"]).stdout, "use network from");
  const child = spawn(box.chalk, ["exec", "--exec-command-name=sleep", "3600"], {
    cwd: box.work,
    env: box.environment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const ended = new Promise((done) => child.on("close", done));
  try {
    await until("two heartbeats", () => box.inHome("network_heartbeat_log.log").split("\n").length > 2);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
  await until("the last heartbeat is written", () => box.inHome("network_heartbeat_log.log") === output);
  const [report] = JSON.parse(output.split("\n")[0] as string) as Report[];
  assert.is(report?.["_OPERATION"], "heartbeat");
  assert.ok(report?.["_CHALKS"][0].CHALK_ID);
  assert.ok(report?.["_OP_HOST_NODENAME"]);
  assert.ok(report?.["_OP_IPV4_INTERFACES"] ?? report?.["_OP_IPV6_INTERFACES"]);
  assert.is(report?.["_OP_ERRORS"], undefined);
});

test.run();
