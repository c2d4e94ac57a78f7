// Loading is all or nothing also when something interferes: a signal, a kill, another load at the same time, running programs.
import { spawn } from "node:child_process";
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

/**
 * Sends a signal to a load while its temporary file is there. On a busy machine we may come too late: then the executable is put back and it's done again,
 * until `isInTime` says that it was. Returns how the load ended.
 */
async function interruptedLoad(
  signal: NodeJS.Signals,
  isInTime: (code: number | null) => boolean,
): Promise<readonly [code: number | null, by: string | null]> {
  for (let attempt = 1; attempt <= 50; attempt++) {
    copyExecutable(binary(), box.chalk);
    const child = box.start(["load", "network.c4m"], "ignore");
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    await until("the new image is being written", () => temporary().length > 0 || child.exitCode !== null);
    child.kill(signal);
    const how = await ended;
    if (isInTime(how[0])) return how;
  }
  throw new Error("fifty loads were over before they could be interrupted");
}

for (const [signal, status] of [
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} while the binary is written`, async () => {
    const [code, by] = await interruptedLoad(signal, (code) => code !== 0);
    assert.ok(code === status || by === signal, `${code} ${by}`);
    assert.equal(temporary(), []);
    const dump = box.run(["dump"]);
    assert.is(dump.status, 0);
    assert.ok([defaultLine, useLine].includes(dump.stdout), dump.stdout);
  });
}

test("killed while the binary is written: it is as it was", async () => {
  // What was being written is still there: it was not put in place.
  await interruptedLoad("SIGKILL", () => temporary().length > 0);
  assert.is(sha256(box.chalk), sha256(binary()));
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  assert.is(box.run(["dump"]).stdout, useLine);
  assert.equal(temporary(), [], "the next load removes what the killed one left");
});

test("killed at any moment: the old binary or the new one, whole", async () => {
  const whole = new Set<string>();
  copyExecutable(binary(), box.chalk);
  whole.add(sha256(box.chalk));
  // From before anything is written until after the end, on a machine of any speed: the steps are parts of what an undisturbed load takes.
  const began = Date.now();
  assert.is(box.run(["load", "network.c4m"]).status, 0);
  const duration = Date.now() - began;
  for (let step = 1; step <= 8; step++) {
    copyExecutable(binary(), box.chalk);
    const child = box.start(["load", "network.c4m"], "ignore");
    const ended = once(child, "exit");
    await new Promise((done) => setTimeout(done, (duration * (step + 2)) / 10));
    child.kill("SIGKILL");
    await ended;
    const dump = box.run(["dump"]);
    assert.is(dump.status, 0);
    assert.ok([defaultLine, useLine].includes(dump.stdout), dump.stdout);
    if (dump.stdout === defaultLine) assert.ok(whole.has(sha256(box.chalk)));
    else assert.is(box.run(["version", "--log-level=error"]).status, 0);
  }
  assert.is(box.run(["load", "default"]).status, 0);
  assert.equal(temporary(), []);
});

test("what a killed chalk left is removed even if there is nothing to load, and by insert; what is in use stays", async () => {
  copyExecutable(binary(), box.chalk);
  const names = [".chalk-0123456789abcdef.tmp", ".chalk-fedcba9876543210.tmp"];
  const foreign = [".chalk-notes.tmp", "chalk-0123456789abcdef.tmp"];
  for (const name of [...names, ...foreign]) box.write(name, "left");
  // A lock as a running chalk holds it.
  const holder = spawn("flock", ["--shared", names[1]!, "sh", "-c", "echo held; read line"], {
    cwd: box.work,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(holder, "exit");
  try {
    await once(holder.stdout!, "data");
    assert.is(box.run(["load", "default"]).status, 0);
    assert.equal(temporary().sort(), [names[1], ...foreign].sort());
  } finally {
    holder.stdin!.end("\n");
    await gone;
  }
  box.write("script.sh", "#!/bin/sh\n");
  assert.is(box.run(["insert", "script.sh"]).status, 0);
  assert.equal(temporary().sort(), [...foreign].sort());
  for (const name of foreign) rmSync(join(box.work, name));
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
