// What chalk adds to `docker build` and to the start of a container, with an engine of its own (test/helpers/docker-engine.ts): prints JSON, for run.mjs.
// Usage: docker.ts CHALK RUNS
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Builder, OwnEngine, startEngine } from "../test/helpers/docker-engine.js";
import { type Case, compare } from "./measure.mjs";

const [chalk = "", runsText = "7"] = process.argv.slice(2);
const runs = Number(runsText);
process.env["CHALK_TEST_ENGINE"] = "1";

const started = await startEngine();
if (!(started instanceof OwnEngine)) {
  console.log(JSON.stringify({ skipped: started }));
  process.exit(0);
}
const engine = started;
const place = mkdtempSync("/tmp/chalk-bench-docker-");

/** A context whose Dockerfile is written anew before every run, with a step of its own if `changing`. */
function context(name: string, base: string, changing: boolean) {
  const folder = join(place, name);
  mkdirSync(folder);
  let count = 0;
  const before = (): void => {
    const step = changing ? `COPY Dockerfile /changed-${count++}\n` : "";
    writeFileSync(join(folder, "Dockerfile"), `FROM ${base}\n${step}ENTRYPOINT ["echo"]\n`);
  };
  return { folder, before };
}

const builds: Record<string, unknown> = {};
try {
  engine.importBusybox();
  engine.importGlibc();
  writeFileSync(join(place, "wrap.c4m"), "docker.wrap_entrypoint: true\nexec.heartbeat.run: true\n");
  const home = { ...process.env, HOME: place } as Record<string, string>;
  const loaded = spawnSync(chalk, ["load", join(place, "wrap.c4m"), "--log-level=error"], { env: home, encoding: "utf8" });
  if (loaded.status !== 0) throw new Error(loaded.stderr);
  const builders: readonly Builder[] = engine.buildkitClient === undefined ? ["classic"] : ["classic", "buildkit"];
  for (const builder of builders)
    for (const changing of [false, true]) {
      const options = { env: { ...home, ...engine.environment(builder) }, cwd: place };
      const cases = ["plain", "ours"].map((kind): Case => {
        const { folder, before } = context(`${builder}-${changing}-${kind}`, "glibc:1", changing);
        const words = ["docker", "build", "-q", "-t", `${kind}:1`, folder];
        return { command: kind === "ours" ? [chalk, ...words] : words, options, before };
      });
      const [base, wrapped] = compare(cases, { runs });
      builds[`${builder} ${changing ? "changed" : "unchanged"}`] = { base, wrapped };
    }
  // What is written down stays in the container: its start is not the time to measure disks.
  const options = { env: { ...home, ...engine.environment() }, cwd: place };
  const start = (image: string) => ({ command: ["docker", "run", "--rm", "--network=none", image], options });
  const [base, wrapped] = compare([start("plain:1"), start("ours:1")], { runs: runs * 3, rest: 200 });
  console.log(JSON.stringify({ builds, start: { base, wrapped } }));
} finally {
  rmSync(place, { recursive: true, force: true });
  await engine.stop();
}
