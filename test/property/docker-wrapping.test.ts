/**
 * A wrapped image starts what it would start unwrapped (`docker.md` 21): for random ENTRYPOINT, CMD, SHELL and USER in up to three stages, the new Dockerfile,
 * read by docker's rules as they are written down here once more, gives the old program behind `chalk exec`.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemble } from "../../runtime/docker/assemble.js";
import { readInstructions } from "../../runtime/docker/dockerfile/lines.js";
import { ancestry, readStages, targetStage } from "../../runtime/docker/dockerfile/stages.js";
import { type BaseConfig, effective } from "../../runtime/docker/effective.js";
import { loaderLaunch, NotWrapped, plainLaunch, planWrapping } from "../../runtime/docker/wrap.js";

interface Start {
  entrypoint?: readonly string[] | undefined;
  cmd?: readonly string[] | undefined;
  shell: readonly string[];
  user: string;
}

/** How the image of a stage starts, by docker's rules. The legacy builder drops empty shell forms. */
function start(text: string, target: string, base: BaseConfig, legacy: boolean): Start {
  const stages = new Map<string, Start>();
  let current: Start = { shell: [], user: "" };
  let hasCmd = false;
  for (const line of text.split("\n").filter((candidate) => /^\s*[A-Za-z]/.test(candidate))) {
    const [, word = "", rest = ""] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const vector = (): readonly string[] => {
      try {
        const json: unknown = JSON.parse(rest);
        if (Array.isArray(json)) return json;
      } catch {}
      return rest === "" && legacy ? [] : [...current.shell, rest];
    };
    const keyword = word.toUpperCase();
    if (keyword === "FROM") {
      const [image = "", , name = ""] = rest.split(" ");
      const { entrypoint, cmd, shell = ["/bin/sh", "-c"], user = "" } = base;
      current = { ...(stages.get(image) ?? { entrypoint, cmd, shell, user }) };
      stages.set(name, current);
      hasCmd = false;
    } else if (keyword === "SHELL") current.shell = vector();
    else if (keyword === "USER") current.user = rest;
    else if (keyword === "CMD") {
      current.cmd = vector();
      hasCmd = true;
    } else if (keyword === "ENTRYPOINT") {
      current.entrypoint = vector();
      if (!hasCmd) current.cmd = undefined;
    }
  }
  return stages.get(target) as Start;
}

const isNothing = (vector: readonly string[] | undefined): boolean =>
  vector === undefined || vector.length === 0 || (vector.length === 1 && vector[0] === "");
const program = (vector: readonly string[] | undefined): readonly string[] => (isNothing(vector) ? [] : (vector ?? []));

/** What stands behind `chalk exec`. */
function unwrapped(vector: readonly string[] | undefined, launch: readonly string[]): readonly string[] {
  const words = vector ?? [];
  assert.equal(words.slice(0, launch.length + 1), [...launch, "exec"]);
  const rest = words.slice(launch.length + 1);
  if (rest[0] === "--") return rest.slice(1);
  assert.equal([rest[0], rest[2]], ["--exec-command-name", "--"]);
  return [rest[1] as string, ...rest.slice(3)];
}

const execForm = fc.constantFrom(
  ...[
    '["a"]',
    '["a","b c"]',
    "[]",
    '["x","--","-v"]',
    '["--","x"]',
    '["a",""]',
    '[""]',
    '["","y"]',
    '[ "q \\"z\\"" , "ü", "$X" ]',
  ],
);
const shellForm = fc.constantFrom("run it", "a # b", '["a" "b"]', 'echo $X "y"', "exec foo", "", "[not json", "'q'");
const line = fc.oneof(
  fc.tuple(fc.constantFrom("ENTRYPOINT", "CMD", "cmd"), fc.oneof(execForm, shellForm)).map((words) => words.join(" ")),
  fc.constantFrom('SHELL ["/bin/bash","-c"]', 'SHELL ["/bin/sh","-ec"]', "USER root", "USER web", "USER 0:0", "RUN x", "# CMD y"),
);
const dockerfile = fc
  .array(fc.record({ parent: fc.nat(3), lines: fc.array(line, { maxLength: 4 }) }), { minLength: 1, maxLength: 3 })
  .map((stages) =>
    stages.flatMap(({ parent, lines }, i) => [`FROM ${parent < i ? `s${parent}` : "base"} AS s${i}`, ...lines]).join("\n"),
  );
const base = fc.record(
  {
    entrypoint: fc.constantFrom(["/init"], ["/i", "j"]),
    cmd: fc.constantFrom(["serve"], ["sh", "-c", "x"]),
    shell: fc.constant(["/bin/ash", "-c"]),
    user: fc.constantFrom("", "web"),
  },
  { requiredKeys: [] },
);

test("what an image starts is what it would start unwrapped", () => {
  const launches = fc.constantFrom(plainLaunch, loaderLaunch);
  const property = fc.property(dockerfile, base, fc.boolean(), launches, (text, config, legacy, launch) => {
    const read = readStages(readInstructions(text), { buildArguments: {}, platformArguments: {} });
    for (const { name } of read.stages) {
      const target = targetStage(read.stages, name);
      const before = start(text, name, config, legacy);
      let lines: readonly string[];
      try {
        const settings = { wrapCmd: true, commandNameFromArguments: true, preparation: undefined, logFormat: "json" } as const;
        lines = planWrapping(effective(ancestry(read.stages, target), config), target, !legacy, settings).instructions(launch);
      } catch (error) {
        assert.instance(error, NotWrapped);
        const blank = !isNothing(before.entrypoint) && before.entrypoint?.[0]?.trim() === "";
        assert.ok(blank || (before.entrypoint === undefined && before.cmd === undefined), (error as Error).message);
        continue;
      }
      const wrapped = assemble(read, target, { helperStages: [], pins: new Map(), instructions: lines });
      const after = start(wrapped, name, config, legacy);
      assert.equal([...unwrapped(after.entrypoint, launch)], [...program(before.entrypoint)], wrapped);
      assert.equal(after.cmd ?? [], before.cmd ?? [], wrapped);
      assert.is(after.user, before.user, wrapped);
      const isRoot = ["", "root", "0:0"].includes(before.user);
      assert.is(lines.filter((added) => added.startsWith("ONBUILD USER ")).length, isRoot ? 0 : 2);
    }
  });
  fc.assert(property, { numRuns: 1000 });
});

test.run();
