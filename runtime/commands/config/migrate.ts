/** `chalk config migrate [--write] [FILE…]`: old spellings rewritten to current ones, comments and layout kept (`ours.md` 1.2). */
import { applyFindings, modernize } from "../../../compiler/legacy/rewrite.js";
import { parse } from "../../../grammar/parse.js";
import { renderText } from "../../render/index.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import { candidateFiles } from "./candidates.js";
import { replaceFile } from "./output.js";

export function migrate(chalk: Chalk): number {
  const { host } = chalk;
  const write = flagValue(chalk, "write") === true;
  const names = commandArguments(chalk);
  let status = 0;
  for (const [index, { source, diagnostics, embedded }] of candidateFiles(chalk).entries()) {
    const parsed = source === undefined ? undefined : parse(source);
    const problems = [...diagnostics, ...(parsed?.diagnostics ?? [])].filter((d) => d.severity === "error");
    if (source === undefined || parsed === undefined || problems.length > 0) {
      host.terminal.write(2, `${renderText(problems, () => source?.text, { color: false })}\n`);
      status = 1;
      continue;
    }
    const { findings } = modernize(parsed.ast, source);
    const text = applyFindings(source.text, findings);
    for (const finding of findings) {
      if (finding.fix === undefined)
        host.terminal.write(2, `${source.name}:${finding.location.line}: needs a hand: ${finding.message}\n`);
    }
    const name = names[index];
    if (!write || embedded || name === undefined || name === "-") host.terminal.write(1, text);
    else if (text !== source.text && !replaceFile(chalk, name, text)) status = 1;
  }
  return status;
}
