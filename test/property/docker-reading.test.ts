/** Whatever command lines and Dockerfiles hold (`docker.md` 2, 4): readers give an answer or a reason, and take no longer than its size allows. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDockerCommand, rewrite } from "../../runtime/docker/arguments.js";
import { DockerfileError, readInstructions } from "../../runtime/docker/dockerfile/lines.js";
import { ancestry, type Dockerfile, readStages } from "../../runtime/docker/dockerfile/stages.js";
import { effective } from "../../runtime/docker/effective.js";

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

const read = (text: string): Dockerfile => readStages(readInstructions(text), { buildArguments: {}, platformArguments: {} });

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
