/**
 * `chalk docker` with a real engine, by both builders: images are built, containers run and report on themselves. What an image does with chalk is compared
 * with what the same Dockerfile does without.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Builder, OwnEngine, type Ran, startEngine } from "../helpers/docker-engine.js";
import { createSandbox } from "../helpers/sandbox.js";

const started = await startEngine();
const engine = started instanceof OwnEngine ? started : undefined;
if (engine === undefined) console.log(`SKIPPED docker with a real engine: ${started}`);
else if (engine.buildkitClient === undefined)
  console.log("SKIPPED BuildKit with a real engine: no client that knows it without buildx");
const box = createSandbox();
const builders: readonly Builder[] = ["classic", "buildkit"];

/** A test for each builder. */
function check(name: string, body: (builder: Builder) => void | Promise<void>): void {
  for (const builder of builders) {
    const can = engine !== undefined && (builder === "classic" || engine.buildkitClient !== undefined);
    (can ? test : test.skip)(`${builder}: ${name}`, () => body(builder));
  }
}

const docker = (...words: string[]): string => engine!.docker(words);
const isBeat = (line: string): boolean => line.startsWith("[ {");

function context(name: string, dockerfile: string): string {
  const folder = join(box.work, name.replace(":", "-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
  return folder;
}

/** Builds through chalk. There is no network, also not for RUN. */
function tryBuild(builder: Builder, tag: string, folder: string, ...flags: string[]) {
  return box.run(["docker", "build", "--network=none", "-q", "-t", tag, ...flags, folder], {
    environment: engine!.environment(builder),
  });
}

/** Builds through chalk; returns what was logged. */
function build(builder: Builder, tag: string, dockerfile: string, ...flags: string[]): string {
  const result = tryBuild(builder, tag, context(tag, dockerfile), ...flags);
  assert.is(result.status, 0, result.stderr);
  return result.stderr;
}

function buildPlain(builder: Builder, tag: string, dockerfile: string): void {
  engine!.docker(["build", "--network=none", "-q", "-t", tag, context(tag, dockerfile)], builder);
}

const run = (...words: string[]): string => docker("run", "--rm", "--network=none", ...words);

/** What a container does, without heartbeats. */
function behaviour(words: readonly string[]): Ran {
  const { status, stdout, stderr } = engine!.try(["run", "--rm", "--network=none", ...words]);
  return {
    status,
    stderr,
    stdout: stdout
      .split("\n")
      .filter((line) => !isBeat(line))
      .join("\n"),
  };
}

const entrypointOf = (tag: string): string[] | null =>
  JSON.parse(docker("image", "inspect", tag, "--format", "{{json .Config.Entrypoint}}"));

test.before(() => {
  if (engine === undefined) return;
  engine.importBusybox();
  engine.importGlibc();
  box.write(
    "watch.c4m",
    "docker.wrap_entrypoint: true\nexec.heartbeat.run: true\nexec.heartbeat.rate: <<500 ms>>\n" +
      "report_template beat {\n  key._OPERATION.use: true\n  key._CHALKS.use: true\n  key.CHALK_ID.use: true\n}\n" +
      'sink_config lines {\n  sink: "stdout"\n}\nsink_config beats {\n  sink: "file"\n  filename: "~/beats.log"\n}\n' +
      'custom_report beats {\n  report_template: "beat"\n  sink_configs: ["lines", "beats"]\n  use_when: ["heartbeat"]\n}\n',
  );
  assert.is(box.run(["load", "watch.c4m", "--log-level=error"]).status, 0);
});

test.after(() => engine?.stop());

check("heartbeats with the CHALK_ID of the image, in the logs and in the container's file", (builder) => {
  build(builder, "beats:1", 'FROM base:1\nENTRYPOINT ["sleep"]\nCMD ["1"]\n');
  const mark = JSON.parse(run("--entrypoint=/bin/cat", "beats:1", "/chalk.json"));
  docker("run", "--name=beating", "--network=none", "beats:1", "3");
  const lines = docker("logs", "beating").split("\n").filter(isBeat);
  assert.ok(lines.length >= 2, `${lines.length} heartbeats`);
  for (const line of lines) {
    const [report] = JSON.parse(line);
    assert.is(report._OPERATION, "heartbeat");
    assert.is(report._CHALKS[0].CHALK_ID, mark.CHALK_ID);
  }
  const copy = join(box.base, "beats.log");
  docker("cp", "beating:/root/beats.log", copy);
  const inside = spawnSync("cat", [copy], { encoding: "utf8" }).stdout.split("\n").filter(isBeat);
  assert.equal(inside, lines);
  docker("rm", "beating");
  const report = box.reports.filter((entry) => entry["_OPERATION"] === "build").at(-1);
  assert.is(report?.["_CHALKS"][0].CHALK_ID, mark.CHALK_ID);
  assert.is(
    `sha256:${report?.["_CHALKS"][0]._CURRENT_HASH}`,
    docker("image", "inspect", "beats:1", "--format", "{{.Id}}").trim(),
  );
});

(engine === undefined ? test.skip : test)(
  "classic: the executable reaches the engine once, and again when its image was removed",
  () => {
    const held = () =>
      docker("images", "--quiet", "--no-trunc", "--filter", "label=chalk.executable").split("\n").filter(Boolean);
    build("classic", "once:1", 'FROM base:1\nCMD ["echo", "one"]\n');
    const before = held();
    build("classic", "once:2", 'FROM base:1\nENV A=b\nCMD ["echo", "two"]\n');
    assert.equal(held(), before);
    assert.is.not(before.length, 0);
    docker("rmi", ...before);
    build("classic", "once:3", 'FROM base:1\nENV A=c\nCMD ["echo", "three"]\n');
    assert.is(held().length, 1);
    assert.match(run("once:3"), /^three$/m);
  },
);

const forms: readonly (readonly [lines: string, words?: readonly string[], flags?: readonly string[]])[] = [
  ['FROM base:1\nENTRYPOINT ["echo", "a b"]\nCMD ["c"]'],
  ['FROM base:1\nENTRYPOINT ["echo", "a b"]\nCMD ["c"]', ["d", "--", "-x"]],
  ['FROM base:1\nENTRYPOINT echo $0 "x y"; exit 9'],
  ['FROM base:1\nCMD ["echo", "only"]'],
  ["FROM base:1\nCMD echo shell $((1+2))"],
  ['FROM base:1\nSHELL ["/bin/sh", "-ec"]\nENTRYPOINT echo with; false; echo not'],
  ['FROM base:1\nENTRYPOINT []\nCMD ["echo", "reset"]'],
  ['FROM base:1\nENTRYPOINT ["sh", "-c", "exit 42"]'],
  ["FROM base:1\nUSER web\nWORKDIR /home/web\nENTRYPOINT id -un; pwd; id -g"],
  ['FROM base:1\nRUN echo made > /made\nUSER 1000:1000\nCMD ["cat", "/made"]'],
  ['FROM base:1\nENTRYPOINT ["sh", "-c", "touch /x; echo $?; id -u"]', [], ["--read-only"]],
  [
    'FROM base:1\nENTRYPOINT ["id", "-u"]',
    [],
    ["--user=4321", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"],
  ],
  ['FROM glibc:1\nENV A=b\nENTRYPOINT ["sh", "-c", "echo $A $$; exit 3"]'],
  ["FROM glibc:1\nCMD echo $$; id -u"],
  // The old builder drops an empty shell form, BuildKit runs it.
  ['FROM base:1\nENTRYPOINT \nCMD ["echo", "x"]'],
  ['FROM base:1 AS first\nRUN echo one > /one\nFROM glibc:1\nCOPY --from=first /one /two\nENTRYPOINT ["cat"]\nCMD ["/two"]'],
];

check("every form of ENTRYPOINT and CMD does what it does without us", (builder) => {
  for (const [lines, words = [], flags = []] of forms) {
    buildPlain(builder, "plain:1", `${lines}\n`);
    build(builder, "form:1", `${lines}\n`);
    assert.equal(behaviour([...flags, "form:1", ...words]), behaviour([...flags, "plain:1", ...words]), lines);
    assert.ok(entrypointOf("form:1")?.includes("/chalk"), lines);
  }
});

check("libraries travel only where they are missing", (builder) => {
  build(builder, "with:1", 'FROM base:1\nENTRYPOINT ["echo"]\n');
  assert.is(entrypointOf("with:1")?.[0], "/chalk.d/ld");
  build(builder, "without:1", 'FROM glibc:1\nENTRYPOINT ["echo"]\n');
  assert.is(entrypointOf("without:1")?.[0], "/chalk");
  const folder = context("static:1", 'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "echo", "alone"]\n');
  const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();
  copyFileSync(busybox, join(folder, "busybox"));
  const result = tryBuild(builder, "static:1", folder);
  assert.is(result.status, 0, result.stderr);
  assert.is(behaviour(["static:1"]).stdout, "alone\n");
  assert.equal(readdirSync(folder).sort(), ["Dockerfile", "busybox"]);
});

check("an image that starts nothing is marked, not wrapped, and that is said", (builder) => {
  const log = build(builder, "still:1", "FROM glibc:1\nENV X=1\n");
  assert.match(log, "docker: image not wrapped: it has neither ENTRYPOINT nor CMD");
  assert.is(entrypointOf("still:1"), null);
  assert.ok(JSON.parse(run("still:1", "cat", "/chalk.json")).CHALK_ID);
});

check("docker stop reaches the program, which is PID 1, and its status comes out", (builder) => {
  const script = "trap 'echo bye; exit 5' TERM; trap 'echo usr' USR1; echo up; while :; do sleep 0.05; done";
  build(builder, "stops:1", `FROM base:1\nENTRYPOINT ["sh", "-c", ${JSON.stringify(script)}]\n`);
  docker("run", "-d", "--name=stopping", "--network=none", "stops:1");
  const shown = (): string => docker("logs", "stopping");
  const wait = (text: string): void => {
    const end = Date.now() + 30_000;
    while (!shown().includes(text)) if (Date.now() > end) throw new Error(`no ${text}: ${shown()}`);
  };
  wait("up\n");
  docker("kill", "-s", "USR1", "stopping");
  wait("usr\n");
  docker("stop", "-t", "60", "stopping");
  assert.match(shown(), "bye\n");
  assert.is(docker("inspect", "stopping", "--format", "{{.State.ExitCode}}").trim(), "5");
  docker("rm", "stopping");
});

check("ignore files let our files through, and stay as they are", (builder) => {
  const folder = context("ignoring:1", 'FROM base:1\nCOPY . /all\nENTRYPOINT ["ls", "/all"]\n');
  for (const [name, text] of Object.entries({
    keep: "",
    drop: "",
    ".dockerignore": "*\n!keep\n",
    "Dockerfile.dockerignore": "*\n!keep\n",
  }))
    writeFileSync(join(folder, name), text);
  const result = tryBuild(builder, "ignoring:1", folder);
  assert.is(result.status, 0, result.stderr);
  assert.not.match(result.stderr, "without chalk");
  assert.match(behaviour(["ignoring:1"]).stdout, "keep");
  assert.not.match(behaviour(["ignoring:1"]).stdout, "drop");
  assert.ok(entrypointOf("ignoring:1")?.includes("/chalk"));
  assert.equal(readdirSync(folder).sort(), [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "drop", "keep"]);
});

check("the guide keeps its word for containers", (builder) => {
  const guide = readFileSync("docs/guides/network-heartbeat.md", "utf8");
  const blocks = [...guide.matchAll(/^```c4m\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
  const follower = createSandbox();
  follower.write("network.c4m", blocks.join("\n").replace("<<10 minutes>>", "<<500 ms>>"));
  assert.match(blocks.join("\n"), "docker.wrap_entrypoint: true");
  assert.is(follower.run(["load", "network.c4m", "--log-level=error"]).status, 0);
  follower.write("Dockerfile", 'FROM base:1\nENTRYPOINT ["sleep"]\nCMD ["2"]\n');
  const built = follower.run(["docker", "build", "-t", "guide", "-f", "Dockerfile", "."], {
    environment: engine!.environment(builder),
  });
  assert.is(built.status, 0, built.stderr);
  docker("run", "--network=none", "--name=guided", "guide");
  const lines = docker("logs", "guided").split("\n").filter(isBeat);
  assert.ok(lines.length > 0);
  const [report] = JSON.parse(lines[0]!);
  assert.is(report._OPERATION, "heartbeat");
  assert.ok(report._CHALKS[0].CHALK_ID);
  const copy = join(follower.base, "network_heartbeat_log.log");
  docker("cp", "guided:/root/network_heartbeat_log.log", copy);
  assert.equal(readFileSync(copy, "utf8").split("\n").filter(isBeat), lines);
  docker("rm", "guided");
});

check("a build on top without us does not inherit the mark", (builder) => {
  build(builder, "parent:1", 'FROM base:1\nUSER web\nENTRYPOINT ["echo", "p"]\n');
  buildPlain(builder, "child:1", "FROM parent:1\nLABEL x=y\n");
  const mark = JSON.parse(run("--entrypoint=/bin/cat", "child:1", "/chalk.json"));
  const parent = JSON.parse(run("--entrypoint=/bin/cat", "parent:1", "/chalk.json"));
  assert.is(mark.CHALK_ID, undefined);
  assert.is(mark.OLD_CHALK_METADATA_ID, parent.METADATA_ID);
  assert.is(mark.EMBEDDED_CHALK[0].CHALK_ID, parent.CHALK_ID);
  assert.match(run("child:1"), "p\n");
  build(builder, "grandchild:1", "FROM parent:1\n");
  assert.match(run("grandchild:1"), "p\n");
  assert.is(entrypointOf("grandchild:1")?.filter((word) => word === "/chalk").length, 1, "wrapped once");
});

check("a failing build fails as it would without us, and leaves nothing in the context", (builder) => {
  for (const [lines, said] of [
    ['FROM base:1\nRUN ["/bin/sh", "-c", "echo the reason >&2; exit 3"]\n', "the reason"],
    ["FROM base:1\nCOPY missing /\n", "missing"],
    ["FROM base:1\nNONSENSE x\n", "NONSENSE"],
  ] as const) {
    const folder = context("fails:1", lines);
    writeFileSync(join(folder, ".dockerignore"), "x\n");
    const ours = tryBuild(builder, "fails:1", folder);
    const plain = engine!.try(["build", "--network=none", "-q", folder], builder);
    assert.is(ours.status, plain.status);
    const lastLine = (text: string): string =>
      text
        .trim()
        .split("\n")
        .at(-1)!
        .replace(/\b[0-9a-f]{12,}\b/g, "…");
    assert.is(lastLine(ours.stderr), lastLine(plain.stderr), lines);
    assert.match(ours.stderr, said);
    assert.equal(readdirSync(folder).sort(), [".dockerignore", "Dockerfile"]);
    assert.equal(spawnSync("cat", [join(folder, ".dockerignore")], { encoding: "utf8" }).stdout, "x\n");
  }
});

test.run();
