/**
 * Wrapping keeps how an image starts (`docker.md` 21): for any ENTRYPOINT, CMD and SHELL in base image and stages, what docker makes of the new Dockerfile, with
 * the `/chalk exec` prefix taken away, is what it makes of the old one.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDockerCommand, rewrite } from "../../runtime/docker/arguments.js";
import { assemble } from "../../runtime/docker/assemble.js";
import { DockerfileError, readInstructions } from "../../runtime/docker/dockerfile/lines.js";
import { ancestry, type Dockerfile, readStages } from "../../runtime/docker/dockerfile/stages.js";
import { type BaseConfig, type Effective, type EffectiveCommand, effective } from "../../runtime/docker/effective.js";
import { loaderLaunch, NotWrapped, plainLaunch, planWrapping } from "../../runtime/docker/wrap.js";

/** A small generator of random numbers, so that a failure can be repeated. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;
const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)] as T;
const vectors: readonly (readonly string[])[] = [
  [],
  [""],
  ["run"],
  ["run", "-a", "b c"],
  ["/bin/sh", "-c", "x | y"],
  ["a", ""],
  ['q"\\', "ü", "$X"],
  ["--", "x"],
];
const texts = ["run it", "exec a $B", "['no json']", "x && \\\n  y", "", "a # b", '["a" "b"]'];
const shells = [
  ["/bin/bash", "-c"],
  ["/bin/sh", "-ec"],
];

function instruction(random: Random): string {
  const keyword = pick(random, ["ENTRYPOINT", "CMD", "SHELL", "RUN"]);
  if (keyword === "SHELL") return `SHELL ${JSON.stringify(pick(random, shells))}`;
  if (keyword === "RUN") return "RUN x";
  return `${keyword} ${random(2) === 0 ? JSON.stringify(pick(random, vectors)) : pick(random, texts)}`;
}

function dockerfileText(random: Random): string {
  const stages = 1 + random(3);
  const lines: string[] = [];
  for (let i = 0; i < stages; i++) {
    lines.push(`FROM ${i === 0 || random(4) === 0 ? "base" : `s${random(i)}`} AS s${i}`);
    for (let k = random(4); k > 0; k--) lines.push(instruction(random));
  }
  return `${lines.join("\n")}\n`;
}

function baseConfig(random: Random): BaseConfig {
  const some = (): readonly string[] | undefined => (random(2) === 0 ? undefined : pick(random, vectors));
  return { entrypoint: some(), cmd: some(), shell: random(3) === 0 ? pick(random, shells) : undefined, user: "" };
}

const read = (text: string): Dockerfile => readStages(readInstructions(text), { buildArguments: {}, platformArguments: {} });
const startOf = (dockerfile: Dockerfile, base: BaseConfig): Effective =>
  effective(ancestry(dockerfile.stages, dockerfile.stages.length - 1), base);

/** The vector that docker stores. */
function vector(command: EffectiveCommand | "unknown" | undefined): readonly string[] | undefined {
  if (command === undefined || command === "unknown") return undefined;
  return command.command.form === "exec" ? command.command.value : [...(command.shell ?? []), command.command.value];
}

/** The vector without our prefix. */
function unwrapped(found: readonly string[], launch: readonly string[]): readonly string[] {
  assert.equal(found.slice(0, launch.length + 1), [...launch, "exec"]);
  const rest = found.slice(launch.length + 1);
  if (rest[0] === "--") return rest.slice(1);
  assert.is(rest[0], "--exec-command-name");
  assert.is(rest[2], "--");
  return [rest[1] as string, ...rest.slice(3)];
}

/** An entry point of nothing starts nothing. */
const withoutEmpty = (list: readonly string[] | undefined): readonly string[] =>
  list === undefined || (list.length === 1 && list[0] === "") ? [] : list;

test("ENTRYPOINT and CMD survive wrapping", () => {
  let wrapped = 0;
  for (let seed = 1; seed <= 4000; seed++) {
    const random = randomOf(seed);
    const text = dockerfileText(random);
    const base = baseConfig(random);
    const launch = pick(random, [plainLaunch, loaderLaunch]);
    const before = read(text);
    const target = before.stages.length - 1;
    const old = startOf(before, base);
    let instructions: readonly string[];
    try {
      instructions = planWrapping(old, target, true, {
        wrapCmd: true,
        commandNameFromArguments: true,
        preparation: undefined,
        logFormat: "json",
      }).instructions(launch);
    } catch (error) {
      if (error instanceof NotWrapped) continue;
      throw error;
    }
    const after = startOf(read(assemble(before, target, { helperStages: [], pins: new Map(), instructions })), base);
    const place = `seed ${seed}\n${text}${JSON.stringify(base)}\n${instructions.join("\n")}`;
    assert.equal(unwrapped(vector(after.entrypoint) ?? [], launch), withoutEmpty(vector(old.entrypoint)), place);
    assert.equal(vector(after.cmd), vector(old.cmd), place);
    wrapped++;
  }
  assert.ok(wrapped > 2000, `${wrapped} were wrapped`);
});

test("garbage gives stages or a reason, never a crash", () => {
  const pieces = [
    "FROM a",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Docker
    "FROM --platform=$X ${A:-b} AS c",
    "\n",
    " ",
    "\\",
    "`",
    "# escape=`\n",
    "${",
    "$",
    "'",
    '"',
    "<<A",
    "A\n",
    "ARG A=",
    "ENV",
    "COPY --from=",
    "[",
    '["x"',
    "]",
    "USER $U",
    "CMD",
    "ENTRYPOINT [1]",
    "LABEL a=",
    "ONBUILD RUN <<E",
    "SHELL []",
    "\t",
    "\uFEFF",
    "é",
    ":",
    "-",
    "}",
    "=",
  ];
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = randomOf(seed);
    const text = Array.from({ length: 1 + random(25) }, () => pick(random, pieces)).join(random(2) === 0 ? "" : "\n");
    try {
      const { stages } = read(text);
      for (const stage of stages) effective(ancestry(stages, stage.index), undefined);
    } catch (error) {
      assert.instance(error, DockerfileError, `seed ${seed}: ${JSON.stringify(text)}: ${String(error)}`);
    }
  }
});

test("any words are a docker command or another's business", () => {
  const words = [
    "build",
    "buildx",
    "image",
    "b",
    "push",
    "-",
    "--",
    "-f",
    "-qf",
    "-t=",
    "--tag",
    "--platform=a,,b",
    "--push=x",
    "--push=1",
    "-h",
    "--secret",
    'id="a,b',
    "--output",
    'type=image,"name=a',
    ".",
    "",
    "-c",
    "=",
    "--=",
    "https://x/y.git#:z",
    "--label",
    "=v",
  ];
  for (let seed = 1; seed <= 20_000; seed++) {
    const random = randomOf(seed);
    const argv = Array.from({ length: random(8) }, () => pick(random, words));
    const command = readDockerCommand(argv, () => undefined);
    if (command.command !== "build") continue;
    // Added words leave all others in their order.
    const rewritten = rewrite(command, ["--added"]);
    assert.equal(
      rewritten.filter((word) => word !== "--added"),
      command.remaining,
      JSON.stringify(argv),
    );
  }
});

test("a large Dockerfile is read", () => {
  // Quadratic time would run into the limit that .ci/test.mjs sets for a file.
  const text = `FROM base\nENV A=${"x".repeat(200_000)}\n${`RUN x \${B:-\${C:-d}} "q" \\\n  y\n`.repeat(20_000)}`;
  assert.is(read(text).stages.length, 1);
});

test.run();
