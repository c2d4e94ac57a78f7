/** `chalk config fmt [--check] [FILE…]`: the canonical layout (`ours.md` 1.2). Files are replaced atomically; a file with syntax errors is left alone. */
import { hasErrors } from "../../../grammar/diagnostic.js";
import { parse } from "../../../grammar/parse.js";
import { print } from "../../../grammar/print.js";
import { renderText } from "../../render/index.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import { candidateFiles } from "./candidates.js";
import { replaceFile } from "./output.js";

export function format(chalk: Chalk): number {
  const { host } = chalk;
  const check = flagValue(chalk, "check") === true;
  const names = commandArguments(chalk).length === 0 ? ["-"] : commandArguments(chalk);
  const files = candidateFiles(chalk, names);
  let status = 0;
  for (const [index, { source, diagnostics }] of files.entries()) {
    const name = names[index] as string;
    const parsed = source === undefined ? undefined : parse(source);
    const problems = [...diagnostics, ...(parsed?.diagnostics ?? [])].filter((d) => d.severity === "error");
    if (source === undefined || parsed === undefined || hasErrors(problems)) {
      host.terminal.write(2, `${renderText(problems, () => source?.text, { color: false })}\n${name} is left as it is\n`);
      status = 1;
      continue;
    }
    const text = print(parsed.ast, source);
    const changed = text !== source.text;
    if (check) {
      if (changed) {
        host.terminal.write(1, `${name}\n`);
        status = 1;
      }
    } else if (name === "-") host.terminal.write(1, text);
    else if (changed && !replaceFile(chalk, name, text)) status = 1;
  }
  return status;
}
