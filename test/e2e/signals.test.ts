// Signals that end chalk (runtime-core.md 3.2) and its temporary files (3.3): a line in the log, exit status 128 + signal, nothing left behind.
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, messagesOf, until } from "../helpers/sandbox.js";

const box = createSandbox();
const temporary = join(box.work, "tmp");
mkdirSync(temporary);
// Waits for a tool, which JavaScript could not be called away from; the tool says when it runs.
box.write(
  "slow.c4m",
  `func wait() {\n  file := to_tmp_file("text", ".txt")\n  result := run("touch ${box.work}/ready; sleep 100")\n}\nwait()\n`,
);
box.write("quick.c4m", 'func make() {\n  result := to_tmp_file("text", ".txt")\n}\nfile := make()\n');

/** Ends `chalk env` with signals while it waits; the result is the exit status, how it was ended, and what it logged. */
async function ended(signals: readonly NodeJS.Signals[], flags: readonly string[] = [], through: readonly string[] = []) {
  rmSync(join(box.work, "ready"), { force: true });
  const child = box.start(["env", "--config-file=slow.c4m", ...flags], ["ignore", "ignore", "pipe"], {
    environment: { TMPDIR: temporary },
    through,
  });
  let log = "";
  child.stderr?.on("data", (data: Buffer) => {
    log += data.toString();
  });
  const end = once(child, "close") as Promise<[number | null, string | null]>;
  await until("chalk waits", () => existsSync(join(box.work, "ready")));
  for (const signal of signals) child.kill(signal);
  const [status, by] = await end;
  return { pid: child.pid, status, by, messages: messagesOf(log) };
}

for (const name of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGABRT", "SIGBUS", "SIGSEGV", "SIGTERM"] as const) {
  test(`${name} while chalk waits for a program`, async () => {
    const number = constants.signals[name];
    const { pid, status, by, messages } = await ended([name]);
    assert.equal([status, by], [128 + number, null]);
    assert.equal(messages.slice(-1), [`error: pid ${pid} ends by ${name}(${number})`]);
    assert.equal(readdirSync(temporary), []);
  });
}

test("--debug keeps temporary files and says where", async () => {
  const { status, messages } = await ended(["SIGTERM"], ["--debug"]);
  assert.is(status, 143);
  const [kept = ""] = readdirSync(join(box.work, "chalk-tmp"));
  assert.equal(readdirSync(join(box.work, "chalk-tmp", kept)), ["tmp.txt"]);
  assert.ok(
    messages.some((text) => text.startsWith("error: ") && text.endsWith(`/chalk-tmp/${kept}`)),
    messages.join("\n"),
  );
});

test("a signal that the caller ignores ends nothing", async () => {
  const { status } = await ended(["SIGTERM", "SIGHUP", "SIGINT"], [], ["sh", "-c", 'trap "" TERM HUP; exec "$@"', "sh"]);
  assert.is(status, 130);
});

test("temporary files are gone at the end of a command", () => {
  const result = box.run(["env", "--config-file=quick.c4m"], { environment: { TMPDIR: temporary } });
  assert.is(result.status, 0, result.stderr);
  assert.equal(readdirSync(temporary), []);
});

test.after(() => box.stop());

test.run();
