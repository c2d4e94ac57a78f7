/** A command-line specification to throw words at. */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { buildCommandLine as readSpecification } from "../../runtime/cmdline/build.js";
import { commitLine, finalize } from "../../runtime/cmdline/commit.js";
import { parseCommandLine } from "../../runtime/cmdline/parse.js";
import { commitPort, surroundings } from "../../runtime/cmdline/port.js";
import type { CommandLineSpec } from "../../runtime/cmdline/spec.js";
import { createMemoryHost } from "../../runtime/host/memory-host.js";
import { ConfigStack } from "../../runtime/stack/stack.js";

const specification = `
cmd: ""
level: "x"
getopts {
  command_attribute: "cmd"
  flag_yn verbose { yes_aliases: ["v"]; no_aliases: ["V"] }
  flag_help { }
  flag_choice color { choices: ["always", "never"]; add_choice_flags: true; field_to_set: "level" }
  flag_multi_choice show { choices: ["name", "size", "date"]; max: 2 }
  command copy {
    args: (1, 3)
    flag_arg mode { aliases: ["m"]; optional_arg: true }
    command all { aliases: ["a"]; flag_multi_arg item { } }
  }
  command list { args: (0, high()); ignore_bad_flags: true }
  command run { args: (0, high()); ignore_all_flags: true }
}
`;

/** The specification, read. */
export async function commandLineOf(): Promise<{ readonly stack: ConfigStack; readonly spec: CommandLineSpec }> {
  const stack = new ConfigStack({ host: createMemoryHost(), output: () => {} });
  const result = await stack.run(sourceFromText("spec.c4m", specification));
  const built = readSpecification("getopts", surroundings(stack.runtime, undefined));
  if (!result.ok || built.spec === undefined || built.diagnostics.length > 0) throw new Error("the specification has faults");
  return { stack, spec: built.spec };
}

/** Everything that is wrong with a line. */
export function readLine(stack: ConfigStack, spec: CommandLineSpec, argv: readonly string[]): readonly Diagnostic[] {
  const outcome = parseCommandLine(spec, argv);
  if (outcome.kind === "error") return [outcome.diagnostic];
  const line = outcome.kind === "parsed" ? outcome.line : finalize(outcome, "list");
  if ("code" in line) return [line];
  const problem = commitLine(spec, line, commitPort(stack.runtime, undefined));
  return problem === undefined ? [] : [problem];
}
