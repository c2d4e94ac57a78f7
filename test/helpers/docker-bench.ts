/**
 * What tests of `chalk docker` with a real engine work with: an engine of their own with base images, a chalk that wraps and sends heartbeats, and builds with
 * and without chalk by both builders.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Builder, OwnEngine, type Ran, startEngine } from "./docker-engine.js";
import { createSandbox, type RunResult, type Sandbox, until } from "./sandbox.js";

const builders: readonly Builder[] = ["classic", "buildkit"];
export const isBeat = (line: string): boolean => line.startsWith("[ {");

export class DockerBench {
  readonly box: Sandbox = createSandbox();
  readonly #engine: OwnEngine | undefined;

  /** Says why there is no engine, if there is none; then every `check` is skipped. */
  constructor(started: OwnEngine | string, what: string) {
    this.#engine = started instanceof OwnEngine ? started : undefined;
    if (typeof started === "string") console.log(`SKIPPED ${what} with a real engine: ${started}`);
    else if (started.buildkitClient === undefined)
      console.log(`SKIPPED BuildKit, ${what} with a real engine: no client that knows it without buildx`);
    test.before(() => this.#setUp());
    test.after(() => this.#engine?.stop());
  }

  static async start(what: string): Promise<DockerBench> {
    return new DockerBench(await startEngine(), what);
  }

  get engine(): OwnEngine {
    if (this.#engine === undefined) throw new Error("there is no engine");
    return this.#engine;
  }

  #setUp(): void {
    const { box } = this;
    if (this.#engine === undefined) return;
    this.engine.importBusybox();
    this.engine.importGlibc();
    box.write(
      "watch.c4m",
      "docker.wrap_entrypoint: true\nexec.heartbeat.run: true\nexec.heartbeat.rate: <<500 ms>>\n" +
        "report_template beat {\n  key._OPERATION.use: true\n  key._CHALKS.use: true\n  key.CHALK_ID.use: true\n}\n" +
        'sink_config lines {\n  sink: "stdout"\n}\nsink_config beats {\n  sink: "file"\n  filename: "~/beats.log"\n}\n' +
        'custom_report beats {\n  report_template: "beat"\n  sink_configs: ["lines", "beats"]\n  use_when: ["heartbeat"]\n}\n',
    );
    assert.is(box.run(["load", "watch.c4m", "--log-level=error"]).status, 0);
  }

  /** A test for each builder, or for those that are named. */
  check(name: string, body: (builder: Builder) => void | Promise<void>, which: readonly Builder[] = builders): void {
    for (const builder of which) {
      const can = this.#engine !== undefined && (builder === "classic" || this.#engine.buildkitClient !== undefined);
      (can ? test : test.skip)(`${builder}: ${name}`, () => body(builder));
    }
  }

  /** Runs docker, which must succeed; its output. */
  docker(...words: string[]): string {
    return this.engine.docker(words);
  }

  /** A directory with a Dockerfile. */
  context(name: string, dockerfile: string): string {
    const folder = join(this.box.work, name.replace(":", "-"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Dockerfile"), dockerfile);
    return folder;
  }

  /** Builds through chalk. There is no network, also not for RUN. */
  tryBuild(builder: Builder, tag: string, folder: string, ...flags: string[]): RunResult {
    return this.box.run(["docker", "build", "--network=none", "-q", "-t", tag, ...flags, folder], {
      environment: this.engine.environment(builder),
    });
  }

  /** Builds through chalk; returns what was logged. */
  build(builder: Builder, tag: string, dockerfile: string, ...flags: string[]): string {
    const result = this.tryBuild(builder, tag, this.context(tag, dockerfile), ...flags);
    assert.is(result.status, 0, result.stderr);
    return result.stderr;
  }

  buildPlain(builder: Builder, tag: string, dockerfile: string): void {
    this.engine.docker(["build", "--network=none", "-q", "-t", tag, this.context(tag, dockerfile)], builder);
  }

  /** Runs a container to its end, which must be a good one; its output. */
  run(...words: string[]): string {
    return this.docker("run", "--rm", "--network=none", ...words);
  }

  /** What a container does, without heartbeats. */
  behaviour(words: readonly string[]): Ran {
    const { status, stdout, stderr } = this.engine.try(["run", "--rm", "--network=none", ...words]);
    return {
      status,
      stderr,
      stdout: stdout
        .split("\n")
        .filter((line) => !isBeat(line))
        .join("\n"),
    };
  }

  entrypointOf(tag: string): string[] | null {
    return JSON.parse(this.docker("image", "inspect", tag, "--format", "{{json .Config.Entrypoint}}"));
  }

  /** Heartbeats on a container's standard output. */
  beatsOf(container: string): string[] {
    return this.docker("logs", container).split("\n").filter(isBeat);
  }

  /** Waits for a number of heartbeats of a container and kills it; the heartbeats. */
  async killAfterBeats(container: string, count: number): Promise<string[]> {
    await until(`${count} heartbeats`, () => this.beatsOf(container).length >= count, 180);
    this.docker("kill", container);
    return this.beatsOf(container);
  }
}

/** Two records of the same heartbeats, of which the last may be in only one: the reporter is killed with its container. */
export function assertSameBeats(some: readonly string[], others: readonly string[]): void {
  const common = Math.min(some.length, others.length);
  assert.ok(common > 0, "there are heartbeats");
  assert.ok(Math.max(some.length, others.length) <= common + 1, `${some.length} and ${others.length} heartbeats`);
  assert.equal(some.slice(0, common), others.slice(0, common));
}
