/** `configs/docker_getopts.c4m` knows every command and flag that the facts list for docker, with the corrections of `getopts.md` 9. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCommandLine } from "../../runtime/cmdline/parse.js";
import { type CommandSpec, spellingKey } from "../../runtime/cmdline/spec.js";
import { createHost } from "../../runtime/host/create.js";
import { prepareShipped } from "../../runtime/shipped/prepare.js";

interface FactFlag {
  readonly name: string;
  readonly names?: readonly string[];
  readonly true_names?: readonly string[];
}
interface FactCommand {
  readonly name?: string;
  readonly flags?: readonly FactFlag[];
  readonly commands?: readonly FactCommand[];
}

const facts = JSON.parse(readFileSync("test/fixtures/facts/cli.json", "utf8")).docker as FactCommand;
const spec = prepareShipped("configs", "1.0.0", createHost()).contents.dockerCommandLine;

function compare(fact: FactCommand, command: CommandSpec): void {
  const spellings = new Set(command.flags.flatMap((flag) => Object.keys(flag.spellings)));
  for (const flag of fact.flags ?? [])
    for (const name of flag.names ?? flag.true_names ?? [])
      assert.ok(spellings.has(spellingKey(name)), `${command.path}: --${name}`);
  for (const inner of fact.commands ?? []) {
    const found = command.commands.find(({ name }) => name === inner.name);
    assert.ok(found !== undefined, `${command.path} ${inner.name}`);
    compare(inner, found as CommandSpec);
  }
}

test("commands and flags", () => compare(facts, spec.root));

test("words of docker are understood", () => {
  const parse = (...words: string[]) => {
    const outcome = parseCommandLine(spec, words);
    return outcome.kind === "parsed"
      ? [outcome.line.command, [...outcome.line.flags.keys()], outcome.line.args.get(outcome.line.command)]
      : outcome.kind;
  };
  assert.equal(parse("run", "--pull", "always", "--detach", "alpine"), ["run", ["pull-policy", "detach"], ["alpine"]]);
  assert.equal(parse("buildx", "build", "-t", "x", "--unknown", "."), ["buildx.build", ["tag"], ["--unknown", "."]]);
  assert.equal(parse("-H", "tcp://h:1", "push", "-q", "web"), ["push", ["host", "quiet"], ["web"]]);
});

test.run();
