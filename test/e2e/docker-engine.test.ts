/**
 * `chalk docker` with a real engine, by both builders: images are built, containers run and report on themselves. Forms of ENTRYPOINT and CMD are in
 * `docker-engine-forms.test.ts`.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertSameBeats, DockerBench, isBeat } from "../helpers/docker-bench.js";
import { createSandbox, until } from "../helpers/sandbox.js";

const bench = await DockerBench.start("docker");

bench.check("heartbeats with the CHALK_ID of the image, in the logs and in the container's file", async (builder) => {
  bench.build(builder, "beats:1", 'FROM base:1\nENTRYPOINT ["sleep"]\nCMD ["1"]\n');
  const mark = JSON.parse(bench.run("--entrypoint=/bin/cat", "beats:1", "/chalk.json"));
  bench.docker("run", "-d", "--name=beating", "--network=none", "beats:1", "3600");
  const lines = await bench.killAfterBeats("beating", 2);
  for (const line of lines) {
    const [report] = JSON.parse(line);
    assert.is(report._OPERATION, "heartbeat");
    assert.is(report._CHALKS[0].CHALK_ID, mark.CHALK_ID);
  }
  const copy = join(bench.box.base, "beats.log");
  bench.docker("cp", "beating:/root/beats.log", copy);
  const inside = readFileSync(copy, "utf8").split("\n").filter(isBeat);
  assertSameBeats(inside, lines);
  bench.docker("rm", "beating");
  const report = bench.box.reports.filter((entry) => entry["_OPERATION"] === "build").at(-1);
  assert.is(report?.["_CHALKS"][0].CHALK_ID, mark.CHALK_ID);
  assert.is(
    `sha256:${report?.["_CHALKS"][0]._CURRENT_HASH}`,
    bench.docker("image", "inspect", "beats:1", "--format", "{{.Id}}").trim(),
  );
});

bench.check(
  "the executable reaches the engine once, and again when its image was removed",
  (builder) => {
    const held = () =>
      bench.docker("images", "--quiet", "--no-trunc", "--filter", "label=chalk.executable").split("\n").filter(Boolean);
    bench.build(builder, "once:1", 'FROM base:1\nCMD ["echo", "one"]\n');
    const before = held();
    bench.build(builder, "once:2", 'FROM base:1\nENV A=b\nCMD ["echo", "two"]\n');
    assert.equal(held(), before);
    assert.is.not(before.length, 0);
    bench.docker("rmi", ...before);
    bench.build(builder, "once:3", 'FROM base:1\nENV A=c\nCMD ["echo", "three"]\n');
    assert.is(held().length, 1);
    assert.match(bench.run("once:3"), /^three$/m);
  },
  ["classic"],
);

bench.check("libraries travel only where they are missing", (builder) => {
  bench.build(builder, "with:1", 'FROM base:1\nENTRYPOINT ["echo"]\n');
  assert.is(bench.entrypointOf("with:1")?.[0], "/chalk.d/ld");
  bench.build(builder, "without:1", 'FROM glibc:1\nENTRYPOINT ["echo"]\n');
  assert.is(bench.entrypointOf("without:1")?.[0], "/chalk");
  const folder = bench.context("static:1", 'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "echo", "alone"]\n');
  const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();
  copyFileSync(busybox, join(folder, "busybox"));
  const result = bench.tryBuild(builder, "static:1", folder);
  assert.is(result.status, 0, result.stderr);
  assert.is(bench.behaviour(["static:1"]).stdout, "alone\n");
  assert.equal(readdirSync(folder).sort(), ["Dockerfile", "busybox"]);
});

bench.check("an image that starts nothing is marked, not wrapped, and that is said", (builder) => {
  const log = bench.build(builder, "still:1", "FROM glibc:1\nENV X=1\n");
  assert.match(log, "docker: image not wrapped: it has neither ENTRYPOINT nor CMD");
  assert.is(bench.entrypointOf("still:1"), null);
  assert.ok(JSON.parse(bench.run("still:1", "cat", "/chalk.json")).CHALK_ID);
});

bench.check("docker stop reaches the program, which is PID 1, and its status comes out", async (builder) => {
  const script = "trap 'echo bye; exit 5' TERM; trap 'echo usr' USR1; echo up; while :; do sleep 0.05; done";
  bench.build(builder, "stops:1", `FROM base:1\nENTRYPOINT ["sh", "-c", ${JSON.stringify(script)}]\n`);
  bench.docker("run", "-d", "--name=stopping", "--network=none", "stops:1");
  const shown = (): string => bench.docker("logs", "stopping");
  await until("it runs", () => shown().includes("up\n"), 180);
  bench.docker("kill", "-s", "USR1", "stopping");
  await until("the signal", () => shown().includes("usr\n"), 180);
  bench.docker("stop", "-t", "300", "stopping");
  assert.match(shown(), "bye\n");
  assert.is(bench.docker("inspect", "stopping", "--format", "{{.State.ExitCode}}").trim(), "5");
  bench.docker("rm", "stopping");
});

bench.check("ignore files let our files through, and stay as they are", (builder) => {
  const folder = bench.context("ignoring:1", 'FROM base:1\nCOPY . /all\nENTRYPOINT ["ls", "/all"]\n');
  for (const [name, text] of Object.entries({
    keep: "",
    drop: "",
    ".dockerignore": "*\n!keep\n",
    "Dockerfile.dockerignore": "*\n!keep\n",
  }))
    writeFileSync(join(folder, name), text);
  const result = bench.tryBuild(builder, "ignoring:1", folder);
  assert.is(result.status, 0, result.stderr);
  assert.not.match(result.stderr, "without chalk");
  assert.match(bench.behaviour(["ignoring:1"]).stdout, "keep");
  assert.not.match(bench.behaviour(["ignoring:1"]).stdout, "drop");
  assert.ok(bench.entrypointOf("ignoring:1")?.includes("/chalk"));
  assert.equal(readdirSync(folder).sort(), [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "drop", "keep"]);
});

bench.check("the guide keeps its word for containers", async (builder) => {
  const guide = readFileSync("docs/guides/network-heartbeat.md", "utf8");
  const blocks = [...guide.matchAll(/^```c4m\n([\s\S]*?)^```$/gm)].map((match) => match[1] as string);
  const follower = createSandbox();
  follower.write("network.c4m", blocks.join("\n").replace("<<10 minutes>>", "<<500 ms>>"));
  assert.match(blocks.join("\n"), "docker.wrap_entrypoint: true");
  assert.is(follower.run(["load", "network.c4m", "--log-level=error"]).status, 0);
  follower.write("Dockerfile", 'FROM base:1\nENTRYPOINT ["sleep"]\nCMD ["3600"]\n');
  const built = follower.run(["docker", "build", "-t", "guide", "-f", "Dockerfile", "."], {
    environment: bench.engine.environment(builder),
  });
  assert.is(built.status, 0, built.stderr);
  bench.docker("run", "-d", "--network=none", "--name=guided", "guide");
  const lines = await bench.killAfterBeats("guided", 1);
  const [report] = JSON.parse(lines[0]!);
  assert.is(report._OPERATION, "heartbeat");
  assert.ok(report._CHALKS[0].CHALK_ID);
  const copy = join(follower.base, "network_heartbeat_log.log");
  bench.docker("cp", "guided:/root/network_heartbeat_log.log", copy);
  assertSameBeats(readFileSync(copy, "utf8").split("\n").filter(isBeat), lines);
  bench.docker("rm", "guided");
});

bench.check("a build on top without us does not inherit the mark", (builder) => {
  bench.build(builder, "parent:1", 'FROM base:1\nUSER web\nENTRYPOINT ["echo", "p"]\n');
  bench.buildPlain(builder, "child:1", "FROM parent:1\nLABEL x=y\n");
  const mark = JSON.parse(bench.run("--entrypoint=/bin/cat", "child:1", "/chalk.json"));
  const parent = JSON.parse(bench.run("--entrypoint=/bin/cat", "parent:1", "/chalk.json"));
  assert.is(mark.CHALK_ID, undefined);
  assert.is(mark.OLD_CHALK_METADATA_ID, parent.METADATA_ID);
  assert.is(mark.EMBEDDED_CHALK[0].CHALK_ID, parent.CHALK_ID);
  assert.match(bench.run("child:1"), "p\n");
  bench.build(builder, "grandchild:1", "FROM parent:1\n");
  assert.match(bench.run("grandchild:1"), "p\n");
  assert.is(bench.entrypointOf("grandchild:1")?.filter((word) => word === "/chalk").length, 1, "wrapped once");
});

bench.check("a failing build fails as it would without us, and leaves nothing in the context", (builder) => {
  for (const [lines, said] of [
    ['FROM base:1\nRUN ["/bin/sh", "-c", "echo the reason >&2; exit 3"]\n', "the reason"],
    ["FROM base:1\nCOPY missing /\n", "missing"],
    ["FROM base:1\nNONSENSE x\n", "NONSENSE"],
  ] as const) {
    const folder = bench.context("fails:1", lines);
    writeFileSync(join(folder, ".dockerignore"), "x\n");
    const ours = bench.tryBuild(builder, "fails:1", folder);
    const plain = bench.engine.try(["build", "--network=none", "-q", folder], builder);
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
