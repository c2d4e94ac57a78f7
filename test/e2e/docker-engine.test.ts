/**
 * `chalk docker` with a real engine: images are built, containers run and report on themselves. The engine is one of our own, with a private socket and data
 * directory; base images are made of busybox, nothing is pulled. Runs only if asked for: CHALK_TEST_ENGINE=1, root, and Debian's docker.io and busybox-static.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, until } from "../helpers/sandbox.js";

const busybox = ["/bin/busybox", "/usr/bin/busybox"].find(existsSync);
let missing =
  process.env["CHALK_TEST_ENGINE"] !== "1"
    ? "CHALK_TEST_ENGINE=1 is not set"
    : process.getuid?.() !== 0
      ? "not root"
      : busybox === undefined
        ? "no busybox-static"
        : spawnSync("dockerd", ["--version"]).status !== 0
          ? "no dockerd"
          : undefined;

let daemon: ChildProcess | undefined;
// The socket's path must be short.
const home = missing === undefined ? mkdtempSync("/tmp/chalk-engine-") : "";
const socket = `unix://${home}/docker.sock`;
const box = createSandbox();
const environment = { DOCKER_HOST: socket, DOCKER_BUILDKIT: undefined };

function docker(...words: string[]): string {
  const result = spawnSync("docker", words, { encoding: "utf8", env: { ...process.env, DOCKER_HOST: socket } });
  if (result.status !== 0) throw new Error(`docker ${words.join(" ")}: ${result.stderr}`);
  return result.stdout;
}

async function startEngine(): Promise<void> {
  const log = openSync(join(home, "log"), "w");
  const words = [
    "--storage-driver=vfs",
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
    `--data-root=${home}/data`,
    `--exec-root=${home}/exec`,
    `--pidfile=${home}/pid`,
    "-H",
    socket,
  ];
  daemon = spawn("dockerd", words, { stdio: ["ignore", log, log] });
  await until(
    "the engine answers",
    () => spawnSync("docker", ["version"], { env: { ...process.env, DOCKER_HOST: socket } }).status === 0,
    60,
  );
}

function context(name: string, dockerfile: string): string {
  const folder = join(box.work, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  return folder;
}

/** Builds through chalk; returns what was logged. */
function build(tag: string, dockerfile: string, ...flags: string[]): string {
  const result = box.run(["docker", "build", "-q", "-t", tag, ...flags, context(tag.replace(":", "-"), dockerfile)], {
    environment,
  });
  assert.is(result.status, 0, result.stderr);
  return result.stderr;
}

const run = (...words: string[]): string => docker("run", "--rm", "--network=none", ...words);
const entrypointOf = (tag: string): string[] | null =>
  JSON.parse(docker("image", "inspect", tag, "--format", "{{json .Config.Entrypoint}}"));

if (missing === undefined) {
  try {
    await startEngine();
  } catch {
    // Engines need more rights than a container of a CI may have.
    missing = `dockerd doesn't start: ${readFileSync(join(home, "log"), "utf8").trim().split("\n").at(-1)}`;
    daemon?.kill("SIGKILL");
    daemon = undefined;
  }
}
const check = missing === undefined ? test : test.skip;
if (missing !== undefined) console.log(`SKIPPED docker with a real engine: ${missing}`);

test.before(async () => {
  if (missing !== undefined) return;
  const folder = context(
    "base",
    'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","--install","-s","/bin"]\nRUN ["/bin/sh","-c","mkdir -p /etc /home/web && echo root:x:0:0::/root:/bin/sh > /etc/passwd && echo web:x:1000:1000::/home/web:/bin/sh >> /etc/passwd && chown 1000 /home/web"]\nCMD ["sh"]\n',
  );
  copyFileSync(busybox!, join(folder, "busybox"));
  docker("build", "-q", "-t", "base:1", folder);
  box.write(
    "watch.c4m",
    "docker.wrap_entrypoint: true\nexec.heartbeat.run: true\nexec.heartbeat.rate: <<500 ms>>\n" +
      'report_template beat {\n  key._OPERATION.use: true\n  key._CHALKS.use: true\n  key.CHALK_ID.use: true\n}\nsink_config lines {\n  sink: "stdout"\n}\n' +
      'custom_report beats {\n  report_template: "beat"\n  sink_configs: ["lines"]\n  use_when: ["heartbeat"]\n}\n',
  );
  assert.is(box.run(["load", "watch.c4m", "--log-level=error"]).status, 0);
});

test.after(async () => {
  if (daemon !== undefined) {
    const ended = new Promise((done) => daemon?.on("exit", done));
    daemon.kill("SIGTERM");
    await ended;
  }
  if (home !== "") rmSync(home, { recursive: true, force: true });
});

check("a container sends heartbeats with the CHALK_ID of its image", () => {
  build("beats:1", 'FROM base:1\nENTRYPOINT ["sleep"]\nCMD ["1"]\n');
  const mark = JSON.parse(run("--entrypoint=/bin/cat", "beats:1", "/chalk.json"));
  const lines = run("beats:1", "3")
    .split("\n")
    .filter((line) => line.startsWith("["));
  assert.ok(lines.length >= 2, `${lines.length} heartbeats`);
  for (const line of lines) {
    const [report] = JSON.parse(line);
    assert.is(report._OPERATION, "heartbeat");
    assert.is(report._CHALKS[0].CHALK_ID, mark.CHALK_ID);
  }
  const reports = box.reports.filter((report) => report["_OPERATION"] === "build");
  assert.is(reports.at(-1)?.["_CHALKS"][0].CHALK_ID, mark.CHALK_ID);
  assert.is(
    `sha256:${reports.at(-1)?.["_CHALKS"][0]._CURRENT_HASH}`,
    docker("image", "inspect", "beats:1", "--format", "{{.Id}}").trim(),
  );
});

check("every form of ENTRYPOINT and CMD runs what it would run without us", () => {
  const forms: readonly (readonly [dockerfile: string, words: readonly string[]])[] = [
    ['ENTRYPOINT ["echo", "a b"]\nCMD ["c"]', []],
    ['ENTRYPOINT ["echo", "a b"]\nCMD ["c"]', ["d", "--", "-x"]],
    ['ENTRYPOINT echo $0 "x y"', []],
    ['CMD ["echo", "only"]', []],
    ["CMD echo shell $((1+2))", []],
    ['SHELL ["/bin/sh", "-ec"]\nENTRYPOINT echo with; false; echo not', []],
    ['ENTRYPOINT []\nCMD ["echo", "reset"]', []],
  ];
  for (const [i, [lines, words]] of forms.entries()) {
    const dockerfile = `FROM base:1\n${lines}\n`;
    const tag = `form:${i}`;
    docker("build", "-q", "-t", `plain:${i}`, context("plain", dockerfile));
    build(tag, dockerfile);
    const shown = (image: string) => {
      const { status, stdout } = spawnSync("docker", ["run", "--rm", "--network=none", image, ...words], {
        encoding: "utf8",
        env: { ...process.env, DOCKER_HOST: socket },
      });
      return {
        status,
        stdout: stdout
          .split("\n")
          .filter((line) => !line.startsWith("[ {"))
          .join("\n"),
      };
    };
    assert.equal(shown(tag), shown(`plain:${i}`), lines);
    assert.ok(entrypointOf(tag)?.includes("/chalk"), lines);
  }
});

check("images without anything else, and of other users", () => {
  const folder = context("static-1", 'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "echo", "alone"]\n');
  copyFileSync(busybox!, join(folder, "busybox"));
  const result = box.run(["docker", "build", "-q", "-t", "static:1", folder], { environment });
  assert.is(result.status, 0, result.stderr);
  assert.match(run("static:1"), "alone\n");
  build("user:1", 'FROM base:1\nUSER web\nENTRYPOINT ["id", "-un"]\n');
  assert.match(run("user:1"), "web\n");
});

check("a build on top without us does not inherit the mark", () => {
  build("parent:1", 'FROM base:1\nUSER web\nENTRYPOINT ["echo", "p"]\n');
  docker("build", "-q", "-t", "child:1", context("child", "FROM parent:1\nLABEL x=y\n"));
  const mark = JSON.parse(run("--entrypoint=/bin/cat", "child:1", "/chalk.json"));
  const parent = JSON.parse(run("--entrypoint=/bin/cat", "parent:1", "/chalk.json"));
  assert.is(mark.CHALK_ID, undefined);
  assert.is(mark.OLD_CHALK_METADATA_ID, parent.METADATA_ID);
  assert.is(mark.EMBEDDED_CHALK[0].CHALK_ID, parent.CHALK_ID);
  assert.match(run("child:1"), "p\n");
  build("grandchild:1", "FROM parent:1\n");
  assert.match(run("grandchild:1"), "p\n");
  assert.is(entrypointOf("grandchild:1")?.filter((word) => word === "/chalk").length, 1, "wrapped once");
});

check("a failing build fails as it would without us, and leaves nothing in the context", () => {
  const folder = context("fails", 'FROM base:1\nRUN ["/bin/false"]\n');
  const result = box.run(["docker", "build", folder], { environment });
  assert.is(result.status, 1);
  assert.equal(spawnSync("ls", [folder], { encoding: "utf8" }).stdout, "Dockerfile\n");
});

test.run();
