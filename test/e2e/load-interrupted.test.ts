// Loading is all or nothing also when something interferes: a signal, a kill, another load at the same time, running programs.
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { binary, copyExecutable } from "../helpers/binary.js";
import { createSandbox, sha256, until } from "../helpers/sandbox.js";

const box = createSandbox();
box.write("network.c4m", readFileSync("configs/examples/network.c4m", "utf8"));
const defaultLine = "# The default configuration: nothing has been loaded.\n";
const useLine = `use network from "${box.work}"\n`;
const temporary = () => readdirSync(box.work).filter((name) => name.endsWith(".tmp"));

for (const [signal, status] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} while the binary is written`, async () => {
    copyExecutable(binary(), box.chalk);
    const child = box.start(["load", "network.c4m"], "ignore");
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    await until("the new image is being written", () => temporary().length > 0);
    child.kill(signal);
    const [code, by] = await ended;
    assert.ok(code === status || by === signal, `${code} ${by}`);
    assert.equal(temporary(), []);
    const dump = box.run(["dump"]);
    assert.is(dump.status, 0);
    assert.ok([defaultLine, useLine].includes(dump.stdout), dump.stdout);
  });
}

test("killed while the binary is written: it is as it was", async () => {
  copyExecutable(binary(), box.chalk);
  const before = sha256(box.chalk);
  const child = box.start(["load", "network.c4m"], "ignore");
  const ended = once(child, "exit");
  await until("the new image is being written", () => temporary().length > 0);
  child.kill("SIGKILL");
  await ended;
  assert.is(sha256(box.chalk), before);
  for (const name of temporary()) rmSync(join(box.work, name));
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  assert.is(box.run(["dump"]).stdout, useLine);
});

test("two loads at the same time: the binary is that of one of them, and whoever wrote nothing says so", async () => {
  box.write("one.c4m", 'log_level: "info"\n');
  box.write("two.c4m", 'log_level: "warn"\n');
  copyExecutable(binary(), box.chalk);
  const children = ["one", "two"].map((name) => box.start(["load", `${name}.c4m`], "ignore"));
  const results = await Promise.all(children.map((child) => once(child, "exit") as Promise<[number | null]>));
  const codes = results.map(([code]) => code);
  assert.ok(codes.includes(0));
  const lines = box.run(["dump"]).stdout.trim().split("\n");
  const good = ["one", "two"].filter((_, index) => codes[index] === 0).map((name) => `use ${name} from "${box.work}"`);
  assert.equal([...lines].sort(), good.sort());
  assert.equal(temporary(), []);
});

test("a program under chalk goes on while its chalk is replaced", async () => {
  copyExecutable(binary(), box.chalk);
  const child = box.start(
    ["exec", "--chalk-as-parent", "--", "/bin/sh", "-c", "read line; exit 5"],
    ["pipe", "ignore", "ignore"],
  );
  const ended = once(child, "exit") as Promise<[number]>;
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  child.stdin!.end("\n");
  assert.is((await ended)[0], 5);
  assert.is(box.run(["dump"]).stdout, useLine);
});

test.after(() => box.stop());
test.run();
