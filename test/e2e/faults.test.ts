// What fails around a reporter, with the real executable: servers that misbehave in every way, full disks, logs that others move away. The program never notices, no
// report is lost that can be kept, and the reporter neither grows nor stays.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type Report, until } from "../helpers/sandbox.js";

const box = createSandbox();
const cache = join(box.work, "chalk-reports.jsonl");

/** Reporters of this sandbox. */
const reporters = (): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readlinkSync(`/proc/${name}/exe`) === box.chalk && readFileSync(`/proc/${name}/cmdline`, "latin1").includes("\0__\0")
        );
      } catch {
        return false;
      }
    })
    .map(Number);
const nobodyLeft = () => until("the reporter's end", () => reporters().length === 0, 120);
const residentOf = (pid: number) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
const lines = (path: string): string[] => (existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : []);
const objects = (path: string): Report[] => lines(path).flatMap((line) => JSON.parse(line) as Report[]);

/** Heartbeats at a rate, each reported to one sink; nothing is left of earlier ones. */
function configure(sink: string, rate = "100 msec"): void {
  rmSync(cache, { force: true });
  box.clearLog();
  change(sink, rate);
}

function change(sink: string, rate = "100 msec"): void {
  box.write(
    "chalk.c4m",
    `exec.heartbeat.run: true
exec.heartbeat.rate: <<${rate}>>
report_template small {
  key._OPERATION.use = true
  key._HEARTBEAT_COUNT.use = true
  key._ACTION_ID.use = true
}
sink_config under_test {
  ${sink.trim().split("\n").join("\n  ")}
}
custom_report beats {
  report_template: "small"
  sink_configs: ["under_test"]
  use_when: ["heartbeat"]
}
`,
  );
}

type Misbehaviour = (response: ServerResponse, received: string) => void;

/** A server that does what `behave` says at the moment. */
class BadServer {
  behave: Misbehaviour = (response) => response.end();
  readonly bodies: string[] = [];
  readonly #server: Server;
  constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => {
        this.bodies.push(body);
        this.behave(response, body);
      });
      request.on("error", () => undefined);
    });
  }
  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const small = join(box.base, "small");
mkdirSync(small);
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "chalk-test", small]).status === 0;
const onSmallDisk = canMount ? test : test.skip;
if (!canMount) console.log("SKIPPED a disk that runs full: no file system can be mounted");

const server = new BadServer();
let url = "";
test.before(async () => {
  url = await server.start();
  // Sanity: it answers at all.
  await new Promise<void>((done) =>
    connect(Number(new URL(url).port), "127.0.0.1", done)
      .once("connect", done)
      .end(),
  );
});
test.after(() => {
  server.stop();
  box.stop();
  if (canMount) spawnSync("umount", ["-l", small]);
});

/** A program that does visible work; what it prints and how it ends must not depend on anything of ours. */
const program = ["exec", "--log-level=none", "--", "/bin/sh", "-c", "for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done; exit 7"];
/** Runs chalk while our own server goes on. */
async function run(args: readonly string[]): Promise<readonly [status: number | null, stdout: string]> {
  const child = box.start(args, ["ignore", "pipe", "inherit"]);
  let stdout = "";
  child.stdout?.on("data", (piece: Buffer) => {
    stdout += piece.toString();
  });
  const [status] = (await once(child, "close")) as [number | null];
  await nobodyLeft();
  return [status, stdout];
}

const misbehaviours: Readonly<Record<string, Misbehaviour>> = {
  "always answers 500": (response) => response.writeHead(500).end(),
  "resets the connection": (response) => response.socket?.resetAndDestroy(),
  "resets in the midst of its answer": (response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
    setTimeout(() => response.socket?.resetAndDestroy(), 5);
  },
  "never answers": () => undefined,
  "answers without end": (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(1000)), 10);
    response.on("close", () => clearInterval(timer));
  },
  "sends us in circles": (response) => response.writeHead(307, { location: "/again" }).end(),
};

for (const [what, behave] of Object.entries(misbehaviours)) {
  test(`a server that ${what}: reports wait, and go out when it is well again`, async () => {
    const sink = `sink: "post"\nuri: "${url}/x"\ndisable_after_errors: 1000\ntimeout:`;
    configure(`${sink} 150`);
    server.behave = behave;
    assert.equal(await run(program), [7, "1\n2\n3\n4\n5\n6\n"]);
    const waiting = lines(cache).map((line) => JSON.parse(line) as { $message: string; $sinks: string[] });
    assert.ok(waiting.length >= 1, "reports are cached");
    assert.ok(waiting.every(({ $sinks }) => $sinks.join() === "under_test"));
    server.behave = (response) => response.end();
    server.bodies.length = 0;
    change(`${sink} 60000`);
    assert.equal(await run(["exec", "--log-level=none", "--", "sleep", "0.2"]), [0, ""]);
    const arrived = server.bodies.flatMap((body) => JSON.parse(body) as Report[]);
    const ids = new Set(arrived.map((report) => report["_ACTION_ID"]));
    for (const { $message } of waiting) assert.ok(ids.has((JSON.parse($message) as Report)["_ACTION_ID"]), "delivered later");
    assert.not.ok(existsSync(cache), "the cache is flushed");
  });
}

test("a thousand heartbeats with a sink that takes nothing: the cache is complete, memory does not grow, the program is undisturbed", async () => {
  // The redirect is no place to repeat the report at, so that nothing is tried again and a beat takes no longer than its own work.
  server.behave = (response) => response.writeHead(302, { location: "http://127.0.0.2:9/" }).end();
  configure(`sink: "post"\nuri: "${url}/x"\ntimeout: 60000\ndisable_after_errors: 100000`, "1 msec");
  // Only this report, so that nothing else takes time or disk.
  writeFileSync(join(box.work, "chalk.c4m"), `${readFileSync(join(box.work, "chalk.c4m"), "utf8")}\nskip_command_report: true\n`);
  const child = box.start(
    ["exec", "--log-level=none", "--", "/bin/sh", "-c", "read line; echo $line; exit 3"],
    ["pipe", "pipe", "ignore"],
  );
  let said = "";
  child.stdout?.on("data", (piece: Buffer) => (said += piece.toString()));
  server.bodies.length = 0;
  const beats = () => server.bodies.length;
  await until("heartbeats", () => beats() >= 10, 120);
  const [pid] = reporters() as [number];
  // The size at a moment depends on when garbage was collected, the smallest of a while doesn't.
  const smallest = async (heartbeats: number): Promise<number> => {
    let size = Number.POSITIVE_INFINITY;
    const enough = () => {
      size = Math.min(size, residentOf(pid));
      return beats() >= heartbeats;
    };
    await until(`${heartbeats} heartbeats`, enough, 240);
    return size;
  };
  const early = await smallest(300);
  await smallest(700);
  const late = await smallest(1000);
  assert.ok(late < early + 24_000, `${early} kB, then ${late} kB`);
  child.stdin?.end("undisturbed\n");
  const [status] = (await once(child, "close")) as [number | null];
  await nobodyLeft();
  assert.equal([status, said], [3, "undisturbed\n"]);
  const messages = lines(cache).map((line) => JSON.parse((JSON.parse(line) as { $message: string }).$message) as Report);
  const counts = messages.map((report) => report["_HEARTBEAT_COUNT"] as number);
  assert.ok(counts.length >= 1000);
  assert.equal(
    counts,
    counts.map((_, index) => index + 1),
  );
  assert.is(statSync(cache).mode & 0o777, 0o600);
});

test("a dead sink is given up after three failures; the rest of the reports is made", async () => {
  configure(`sink: "post"\nuri: "http://127.0.0.1:9/x"`, "20 msec");
  const child = box.start(["exec", "--log-level=none", "--", "sleep", "3600"], "ignore");
  await until("ten reports", () => box.logLines.length >= 10, 120);
  child.kill("SIGKILL");
  await nobodyLeft();
  assert.is(lines(cache).length, 3);
});

test("a log that somebody moves or removes between heartbeats is made anew, and nothing is written to the old one", async () => {
  const log = join(box.work, "beats.log");
  const old = join(box.work, "beats.log.1");
  configure(`sink: "file"\nfilename: "${log}"\nuse_search_path: false`);
  const child = box.start(["exec", "--log-level=none", "--", "sleep", "3600"], "ignore");
  await until("heartbeats", () => lines(log).length >= 2);
  renameSync(log, old);
  await until("heartbeats in a new file", () => lines(log).length >= 2);
  const moved = statSync(old).size;
  unlinkSync(log);
  await until("heartbeats in another new file", () => lines(log).length >= 2);
  child.kill("SIGKILL");
  await nobodyLeft();
  assert.is(statSync(old).size, moved);
  const counts = [...objects(old), ...objects(log)].map((report) => report["_HEARTBEAT_COUNT"] as number);
  assert.equal(
    counts,
    [...counts].sort((a, b) => a - b),
  );
  assert.not.ok(existsSync(cache));
});

onSmallDisk("a disk that runs full: whole lines only, the reports wait, the program goes on", async () => {
  const log = join(small, "beats.log");
  configure(`sink: "file"\nfilename: "${log}"\nuse_search_path: false`, "10 msec");
  const child = box.start(["exec", "--log-level=none", "--", "sleep", "3600"], "ignore");
  await until("the disk is full", () => existsSync(cache), 120);
  assert.is(child.exitCode, null);
  child.kill("SIGKILL");
  await nobodyLeft();
  const written = objects(log).map((report) => report["_HEARTBEAT_COUNT"] as number);
  assert.equal(
    written,
    written.map((_, index) => index + 1),
  );
  const [kept] = lines(cache).map((line) => JSON.parse((JSON.parse(line) as { $message: string }).$message) as Report);
  assert.is(kept?.["_HEARTBEAT_COUNT"], written.length + 1, "the first that had no room");
});

test("a full device as standard output and as log: an error each, exit 0", () => {
  box.write("chalk.c4m", 'subscribe("report", "json_console_out")\nsink_config default_out {\n  filename: "/dev/full"\n}\n');
  const result = box.run(["env"], { through: ["/bin/sh", "-c", 'exec "$@" > /dev/full', "sh"] });
  assert.is(result.status, 0);
  assert.ok(
    result.messages.some((text) => text.startsWith("error:") && text.includes("ENOSPC")),
    result.stderr,
  );
});

test.run();
