/** Reading command lines, references and Dockerfiles (`docker.md` 2, 4, 17.1), beyond the cases of the corpus. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readDockerCommand } from "../../../runtime/docker/arguments.js";
import { readInstructions } from "../../../runtime/docker/dockerfile/lines.js";
import { readStages } from "../../../runtime/docker/dockerfile/stages.js";
import { parseReference } from "../../../runtime/docker/references.js";

const commandOf = (line: string) => readDockerCommand(line.split(" "), () => undefined).command;
const read = (text: string, buildArguments = {}) => readStages(readInstructions(text), { buildArguments, platformArguments: {} });

test("whoever asks docker for help or its version builds nothing", () => {
  for (const line of ["--help build .", "-v build .", "--version build .", "image --help build .", "buildx --help build ."])
    assert.is(commandOf(line), "other", line);
  for (const line of ["-D build .", "image build .", "buildx --builder b build ."]) assert.is(commandOf(line), "build", line);
});

test("an ARG without a value is no mistake, a name that nobody declared is", () => {
  assert.equal(read("FROM a\nARG REVISION\nLABEL r=$REVISION\n").warnings, []);
  assert.is(read("FROM a\nLABEL r=$REVISION\n").warnings.length, 1);
  // Builders set it where the base image doesn't.
  assert.equal(read("FROM scratch\nENV PATH=$PATH:/app\n").warnings, []);
});

test("names that every object has are ordinary names of arguments", () => {
  assert.is(read("ARG constructor=1\nFROM a:$constructor\n").stages[0]?.image, "a:1");
});

test("only what follows an @ is a digest", () => {
  const hex = "ab".repeat(32);
  assert.equal(parseReference("tool-sha256:12"), { repository: "tool-sha256", tag: "12", digest: "" });
  assert.equal(parseReference(`a:1@sha256:${hex}`), { repository: "a", tag: "1", digest: hex });
  assert.equal(parseReference(`sha256:${hex}`), { repository: "", tag: "", digest: hex });
});

test.run();
