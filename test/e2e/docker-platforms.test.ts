/**
 * An image for another platform than this machine's, with a real engine: the executable of `npm run build:all` goes into it with our configuration and with
 * the libraries of its platform, and what is in the image runs under qemu.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OwnEngine, startEngine } from "../helpers/docker-engine.js";
import { createSandbox } from "../helpers/sandbox.js";

const emulator = "qemu-aarch64-static";
const out = mkdtempSync("/tmp/chalk-platforms-");
process.on("exit", () => rmSync(out, { recursive: true, force: true }));

/** Why it cannot be tried here; the engine if it can. */
async function prepare(): Promise<OwnEngine | string> {
  if (process.arch !== "x64") return "this machine is no x64";
  if (process.env["CHALK_TEST_ENGINE"] !== "1") return "CHALK_TEST_ENGINE=1 is not set";
  if (spawnSync(emulator, ["--version"]).status !== 0) return `no ${emulator}`;
  if (!existsSync("/usr/aarch64-linux-gnu/lib/libc.so.6")) return "no libc6-arm64-cross";
  const built = spawnSync("node", [".ci/build.mjs", "--all", "--out", out], { encoding: "utf8" });
  if (built.status !== 0) return `npm run build:all: ${built.stderr.trim().split("\n").at(-1)}`;
  const engine = await startEngine();
  if (!(engine instanceof OwnEngine) || engine.buildkitClient !== undefined) return engine;
  await engine.stop();
  return "no client that builds with BuildKit without buildx";
}

const engine = await prepare();
const check = engine instanceof OwnEngine ? test : test.skip;
if (typeof engine === "string") console.log(`SKIPPED docker with another platform: ${engine}`);
test.after(() => (engine instanceof OwnEngine ? engine.stop() : undefined));

check("an image for arm64 has an executable that runs there, with our configuration", () => {
  const { docker, environment } = {
    docker: (...words: string[]) => (engine as OwnEngine).docker(words, "buildkit"),
    environment: (engine as OwnEngine).environment("buildkit"),
  };
  const box = createSandbox();
  const chalk = join(out, "chalk");
  const foreign = join(out, "chalk-linux-arm64");
  box.write(
    "arm.c4m",
    `docker.wrap_entrypoint: true\nexec.heartbeat.run: true\ndocker.arch_binary_locations: {"linux/arm64": "${foreign}"}\n`,
  );
  assert.is(box.run(["load", "arm.c4m", "--log-level=error"], { program: chalk }).status, 0);
  mkdirSync(join(box.work, "app"));
  box.write("app/Dockerfile", 'FROM scratch\nCOPY Dockerfile /x\nENTRYPOINT ["/bin/x"]\n');
  const words = ["docker", "build", "--platform", "linux/arm64", "-q", "-t", "arm:1", "app"];
  const built = box.run(words, { program: chalk, environment });
  assert.is(built.status, 0, built.stderr);
  assert.is(built.stderr, "");
  const inspected = JSON.parse(docker("image", "inspect", "arm:1", "--format", "{{json .}}"));
  assert.is(inspected.Architecture, "arm64");
  assert.equal(inspected.Config.Entrypoint.slice(0, 5), ["/chalk.d/ld", "--library-path", "/chalk.d", "/chalk", "exec"]);
  const container = docker("create", "--entrypoint=x", "arm:1").trim();
  const root = join(box.base, "root");
  docker("cp", `${container}:/`, root);
  const inImage = (...args: string[]) =>
    spawnSync(emulator, [`${root}/chalk.d/ld`, "--library-path", `${root}/chalk.d`, `${root}/chalk`, ...args], {
      encoding: "utf8",
      env: box.environment({ CI: "1" }),
    });
  assert.match(inImage("version").stdout, /Build CPU\s+arm64/);
  assert.match(inImage("dump").stdout, "use arm from");
  assert.ok(JSON.parse(readFileSync(join(root, "chalk.json"), "utf8")).CHALK_ID);
});

test.run();
