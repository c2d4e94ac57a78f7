/** `chalk docgen`: the documentation of commands, settings, templates, keys and builtins as files in `chalk-docs/` (`runtime-core.md` 4.11). */
import { HostError } from "../host/host.js";
import { documentPages } from "../reference/markdown/pages.js";
import type { Chalk } from "../start/chalk.js";

const folder = "chalk-docs";

/** Runs the command; present files are replaced. Exits 1 if one cannot be written. */
export function docgen(chalk: Chalk): number {
  const { host, stack, schema, commandLine } = chalk;
  const target = `${host.processes.cwd()}/${folder}`;
  try {
    host.files.makeDirectories(target);
    for (const [name, text] of documentPages({ store: stack.runtime.store, schema: schema.schema, commandLine }))
      host.files.replace(`${target}/${name}`, text);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    host.terminal.write(2, `chalk docgen: ${error.path ?? target} cannot be written: ${error.code}\n`);
    return 1;
  }
  host.terminal.write(1, `${target}\n`);
  return 0;
}
