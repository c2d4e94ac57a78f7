/** `chalk config ir FILE`: the typed intermediate representation of a file, readable or as JSON (`ours.md` 1.2). */
import { printIr } from "../../../compiler/print-ir.js";
import { serializeModule } from "../../../compiler/serialize.js";
import { renderText } from "../../render/index.js";
import type { Chalk } from "../../start/chalk.js";
import { candidateFiles, evaluateCandidates, evaluateOptions } from "./candidates.js";
import { printText, wantsJson } from "./output.js";

export async function ir(chalk: Chalk): Promise<number> {
  const evaluated = await evaluateCandidates(chalk, candidateFiles(chalk), evaluateOptions(chalk, "lint"));
  const [stored] = evaluated.modules;
  if (stored === undefined) {
    chalk.host.terminal.write(
      2,
      `${renderText(
        evaluated.diagnostics.filter((d) => d.severity === "error"),
        evaluated.source,
        { color: false },
      )}\n`,
    );
    return 1;
  }
  if (wantsJson(chalk)) printText(chalk, JSON.stringify(JSON.parse(serializeModule(stored)), undefined, 2));
  else printText(chalk, [stored.module, ...stored.components.values()].map(printIr).join("\n"));
  return 0;
}
