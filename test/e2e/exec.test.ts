// Issue 2, step 4: under `chalk exec` a program cannot tell that chalk is there. Everything that it can see of its process is compared with a direct run,
// for both arrangements: the program in chalk's own process, and as chalk's child.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, isAlive, type RunOptions, until } from "../helpers/sandbox.js";

const box = createSandbox();
const parent = "--chalk-as-parent";

/** Processes that run a sandbox's chalk. */
function chalks(of = box): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/exe`) === of.chalk;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);

/** Runs a command directly. */
function directly(words: readonly string[], options: RunOptions = {}) {
  const all = [...(options.through ?? []), ...words];
  return spawnSync(all[0]!, all.slice(1), {
    cwd: box.work,
    env: box.environment(options.environment),
    input: options.input ?? "",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
}

/** Facts of its process that a program can look up. */
const facts: Readonly<Record<string, string>> = {
  environment: "env | sort",
  "open files":
    "ls -l /proc/self/fd | sed 's/.* \\([0-9]* -> \\)/\\1/; s/\\[[0-9]*\\]//; s/ [0-9]*$//; s,/proc/[0-9]*/fd,FD,' | tail -n +2",
  "signals: ignored, blocked, caught": "grep -E '^Sig(Ign|Blk|Cgt)|^ShdPnd' /proc/self/status",
  limits: "cat /proc/self/limits",
  "users, groups, capabilities": "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Umask)' /proc/self/status",
  "priority and processors":
    "nice; grep Cpus_allowed_list /proc/self/status; cat /proc/self/oom_score_adj; cat /proc/self/timerslack_ns",
  "working directory": "pwd; readlink /proc/self/cwd",
  namespaces: "readlink /proc/self/ns/*; cat /proc/self/cgroup",
};

for (const [name, script] of Object.entries(facts)) {
  test(`as in a direct run: ${name}`, () => {
    const expected = directly(["/bin/sh", "-c", script]);
    assert.is(expected.status, 0);
    for (const flags of [[], [parent]]) {
      const result = box.run(["exec", ...flags, "--", "/bin/sh", "-c", script]);
      assert.is(result.status, 0);
      assert.is(result.stdout, expected.stdout, flags.join(" "));
      assert.is(result.stderr, expected.stderr);
    }
  });
}

test("signals that were ignored when chalk started stay ignored, others are at their default", () => {
  const script = "grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status";
  const settings = ["trap '' HUP", "trap '' PIPE", "trap '' INT QUIT", "trap '' TTOU TTIN", "trap '' XFSZ USR1"];
  for (const setting of settings) {
    const options = { through: ["/bin/sh", "-c", `${setting}; exec "$@"`, "sh"] };
    const expected = directly(["/bin/sh", "-c", script], options);
    for (const flags of [[], [parent]]) {
      assert.is(
        box.run(["exec", ...flags, "--", "/bin/sh", "-c", script], options).stdout,
        expected.stdout,
        `${setting} ${flags}`,
      );
    }
  }
  const options = { through: ["nohup"] };
  const expected = directly(["/bin/sh", "-c", script], options);
  assert.is(box.run(["exec", "--", "/bin/sh", "-c", script], options).stdout, expected.stdout);
});

test("closed standard streams, further descriptors", () => {
  const script = "ls /proc/self/fd | tr '\\n' ' ' >&2";
  for (const streams of ["<&-", ">&-", "<&- >&-", "5</etc/passwd 7>/dev/null"]) {
    const options = { through: ["/bin/sh", "-c", `exec "$@" ${streams}`, "sh"] };
    const expected = directly(["/bin/sh", "-c", script], options);
    assert.is(box.run(["exec", "--", "/bin/sh", "-c", script], options).stderr, expected.stderr, streams);
  }
});

test("arguments come through verbatim", () => {
  const words = ["-c", "--color", "--log-level=trace", "a  b", "", "é", "--", "-", "*", "$HOME", "\n"];
  const expected = directly(["/usr/bin/printf", "%s|", ...words]);
  assert.is(box.run(["exec", "--", "/usr/bin/printf", "%s|", ...words]).stdout, expected.stdout);
  assert.is(box.run(["exec", "/usr/bin/printf", "%s|", ...words]).stdout, expected.stdout);
  assert.is(box.run(["exec", "--exec-command-name=printf", "--", "%s|", ...words]).stdout, expected.stdout);
  assert.is(box.run(["exec", parent, "--", "printf", "%s|", ...words]).stdout, expected.stdout);
  const arguments_ = box.run(["exec", "--", "cat", "/proc/self/cmdline"]).stdout.split("\0");
  assert.match(arguments_[0]!, /^\/.*\/cat$/);
});

test("stdin is the program's: every byte of it", () => {
  const input = Array.from({ length: 60_000 }, (_, line) => `line ${line}`).join("\n");
  for (const flags of [[], [parent]]) assert.ok(box.run(["exec", ...flags, "--", "cat"], { input }).stdout === input);
});

test("a terminal is the program's", () => {
  const inner = 'test -t 0 && test -t 1 && test -t 2 && tty && stty size && ps -o stat= -p $$ | grep -c "+"';
  const terminal = (command: string) =>
    spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8", cwd: box.work, env: box.environment(), input: "" });
  const strip = (text: string) => text.replace(/pts\/\d+/, "pts");
  const expected = terminal(`sh -c '${inner}'`);
  const result = terminal(`${box.chalk} exec -- sh -c '${inner}'`);
  assert.match(expected.stdout, /pts/);
  assert.is(strip(result.stdout), strip(expected.stdout));
  assert.is(result.status, 0);
});

test("PID and parent are those that chalk had; the reporter is no child of the program; nothing is left", async () => {
  // With heartbeats, so that the reporter stays until it has been looked at.
  const beating = createSandbox();
  assert.is(
    beating.run(["load", beating.write("beat.c4m", "exec.heartbeat.run = true\nexec.heartbeat.rate = <<1 sec>>\n")]).status,
    0,
  );
  const child = beating.start(["exec", "--", "/bin/sh", "-c", "echo $$ $PPID; read line; exit 3"], ["pipe", "pipe", "inherit"]);
  let printed = "";
  child.stdout!.on("data", (data) => (printed += data));
  await until("the program runs", () => printed.includes("\n"));
  assert.is(printed, `${child.pid} ${process.pid}\n`);
  assert.match(readlinkSync(`/proc/${child.pid}/exe`), /sh$/);
  await until("there is a reporter", () => chalks(beating).length === 1);
  const [reporter] = chalks(beating) as [number];
  await until("it has let go of its parents", () => parentOf(reporter) !== child.pid);
  assert.is(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim(), "", "the program has no children");
  child.stdin!.end("\n");
  const [status] = (await once(child, "exit")) as [number];
  assert.is(status, 3);
  await until("the reporter ends by itself", () => chalks(beating).length === 0);
  beating.stop();
});

test("as parent: the program is chalk's only child, chalk waits for it", async () => {
  const child = box.start(
    ["exec", parent, "--", "/bin/sh", "-c", "echo $$ $PPID; read line; exit 3"],
    ["pipe", "pipe", "inherit"],
  );
  let printed = "";
  child.stdout!.on("data", (data) => (printed += data));
  await until("the program runs", () => printed.includes("\n"));
  const [own, above] = printed.trim().split(" ").map(Number);
  assert.is(above, child.pid);
  assert.is(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim(), String(own));
  child.stdin!.end("\n");
  const [status] = (await once(child, "exit")) as [number];
  assert.is(status, 3);
  assert.equal(chalks(), []);
});

test("exit status", () => {
  for (const status of [0, 1, 42, 127, 255]) {
    assert.is(box.run(["exec", "--", "/bin/sh", "-c", `exit ${status}`]).status, status);
    assert.is(box.run(["exec", parent, "--", "/bin/sh", "-c", `exit ${status}`]).status, status);
  }
});

test("death by signal", () => {
  for (const [name, number] of [
    ["SIGTERM", 15],
    ["SIGKILL", 9],
    ["SIGSEGV", 11],
    ["SIGABRT", 6],
  ] as const) {
    const script = `ulimit -c 0; kill -${number} $$`;
    const result = box.run(["exec", "--", "/bin/sh", "-c", script]);
    assert.is(result.signal, name);
    const below = box.run(["exec", parent, "--", "/bin/sh", "-c", script]);
    assert.is(below.status, 128 + number);
  }
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const) {
  for (const flags of [[], [parent]]) {
    const how = flags.length === 0 ? "" : " (as parent)";
    test(`${signal} reaches the program, which may handle it${how}`, async () => {
      const script = `trap 'echo got; exit 7' ${signal.slice(3)}; echo ready; while :; do sleep 0.02; done`;
      const child = box.start(["exec", ...flags, "--", "/bin/sh", "-c", script], ["ignore", "pipe", "inherit"]);
      let printed = "";
      child.stdout!.on("data", (data) => (printed += data));
      await until("the program runs", () => printed === "ready\n");
      child.kill(signal);
      const [status] = (await once(child, "exit")) as [number];
      assert.is(status, 7);
      await until("its output", () => printed === "ready\ngot\n");
    });
  }

  test(`${signal} kills a program that does not handle it`, async () => {
    const child = box.start(["exec", "--", "sleep", "30"], "ignore");
    await until("the program runs", () => readFileSync(`/proc/${child.pid}/comm`, "utf8") === "sleep\n");
    child.kill(signal);
    const [, by] = (await once(child, "exit")) as [number, string];
    assert.is(by, signal);
    assert.not.ok(isAlive(child.pid!));
  });
}

test("a program that ends at once is reported all the same", async () => {
  await until("earlier reporters have ended", () => chalks().length === 0);
  box.clearLog();
  const child = box.start(["exec", "--", "/bin/true"], ["ignore", "ignore", "ignore"]);
  const [status] = (await once(child, "exit")) as [number];
  assert.is(status, 0);
  await until("the report", () => box.reports.length === 1);
  const [report] = box.reports;
  assert.is(report!["_OPERATION"], "exec");
  assert.match(report!["_UNMARKED"][0], /\/true$/);
  assert.is(report!["_CHALKS"].length, 1);
  assert.is(report!["_CHALKS"][0]["_PROCESS_PID"], child.pid);
  await until("the reporter ends", () => chalks().length === 0);
});

test("a reporter waits for its time before its engine starts", async () => {
  const patient = createSandbox();
  const config = patient.write("patient.c4m", "exec.initial_sleep_time = <<1 hour>>\n");
  assert.is(patient.run(["load", config]).status, 0);
  const child = patient.start(["exec", "--", "/bin/true"], "ignore");
  await once(child, "exit");
  const [reporter] = chalks(patient) as [number];
  let looks = 0;
  await until("it sleeps", () => {
    const status = readFileSync(`/proc/${reporter}/status`, "latin1");
    assert.match(status, /^Threads:\s+1$/m, "the engine would have several");
    looks = /^State:\s+S/m.test(status) ? looks + 1 : 0;
    return looks === 20;
  });
  process.kill(reporter, "SIGKILL");
  await until("it is gone", () => chalks(patient).length === 0);
  patient.stop();
});

test("bad input: program not found", async () => {
  const before = box.logLines.length;
  for (const words of [["no-such-program-anywhere"], ["/no/such/program"], ["./neither"]]) {
    for (const flags of [[], [parent]]) {
      const result = box.run(["exec", ...flags, "--", ...words]);
      assert.is(result.status, 1);
      assert.is(result.stdout, "");
      assert.ok(
        result.messages.some((message) => message.startsWith("error: ") && message.includes(words[0]!)),
        result.stderr,
      );
    }
  }
  assert.is(box.logLines.length, before);
  await until("no reporter is left", () => chalks().length === 0);
});

test("bad input: no program at all", () => {
  const result = box.run(["exec"]);
  assert.is(result.status, 1);
  assert.match(result.messages.join("\n"), /^error: .*no program to run/m);
});

test("bad input: program not executable", async () => {
  const before = box.logLines.length;
  const script = box.write("plain.sh", "#!/bin/sh\necho no\n");
  chmodSync(script, 0o644);
  mkdirSync(join(box.work, "folder"));
  for (const name of ["./plain.sh", "./folder", script]) {
    const result = box.run(["exec", "--", name]);
    assert.is(result.status, 1, name);
    assert.is(result.stdout, "");
    assert.match(result.messages.join("\n"), /^error: .*no executable program/m);
  }
  // Executable by its mode, but nothing that the kernel can execute.
  const broken = box.write("broken", "\x7fELF and no more");
  chmodSync(broken, 0o755);
  for (const flags of [[], [parent]]) {
    const result = box.run(["exec", ...flags, "--", "./broken"]);
    assert.is(result.status, 1);
    assert.match(result.messages.join("\n"), /^error: .*broken/m);
  }
  assert.is(box.logLines.length, before);
  await until("no reporter is left", () => chalks().length === 0);
});

test.after(() => box.stop());
test.run();
