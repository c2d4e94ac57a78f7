/** `chalk config diff A B`: differences of two evaluated configurations (`ours.md` 1.2). Exits 0 if there are none, 1 otherwise or on an error. */
import { hasErrors } from "../../../grammar/diagnostic.js";
import { plainJson } from "../../encoding.js";
import { compareBytewise, type Json } from "../../json.js";
import { equalValues } from "../../operations.js";
import { renderText } from "../../render/index.js";
import { valueSource } from "../../source-form.js";
import { type Chalk, commandArguments } from "../../start/chalk.js";
import { effectiveValue, type SectionNode, type Store } from "../../store.js";
import type { Value } from "../../values.js";
import { candidateFiles, evaluateCandidates, evaluateOptions } from "./candidates.js";
import { printJson, printText, wantsJson } from "./output.js";

function flatten(section: SectionNode, prefix: string, into: Map<string, Value>): void {
  for (const [name, node] of section.members) {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    if (node.kind === "section") flatten(node, path, into);
    else into.set(path, effectiveValue(node));
  }
}

async function evaluated(chalk: Chalk, file: string): Promise<Store | undefined> {
  const result = await evaluateCandidates(chalk, candidateFiles(chalk, [file]), evaluateOptions(chalk, "trial"));
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  if (!hasErrors(errors)) return result.store;
  chalk.host.terminal.write(2, `${renderText(errors, result.source, { color: false })}\n`);
  return undefined;
}

export async function diff(chalk: Chalk): Promise<number> {
  const [first, second] = commandArguments(chalk) as readonly [string, string];
  const before = await evaluated(chalk, first);
  const after = await evaluated(chalk, second);
  if (before === undefined || after === undefined) return 1;
  const [old, now] = [new Map<string, Value>(), new Map<string, Value>()];
  flatten(before.root, "", old);
  flatten(after.root, "", now);
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort(compareBytewise);
  const changed = paths.filter((path) => {
    const [left, right] = [old.get(path), now.get(path)];
    return left === undefined || right === undefined || !equalValues(left, right);
  });
  if (wantsJson(chalk)) {
    const rows = changed.map((path): Json => {
      const members = new Map<string, Json>([["path", path]]);
      const [left, right] = [old.get(path), now.get(path)];
      if (left !== undefined) members.set("before", plainJson(left));
      if (right !== undefined) members.set("after", plainJson(right));
      return members;
    });
    printJson(chalk, rows);
  } else if (changed.length > 0) {
    const lines = changed.flatMap((path) => {
      const [left, right] = [old.get(path), now.get(path)];
      return [
        ...(left === undefined ? [] : [`- ${path}: ${valueSource(left)}`]),
        ...(right === undefined ? [] : [`+ ${path}: ${valueSource(right)}`]),
      ];
    });
    printText(chalk, lines.join("\n"));
  }
  return changed.length === 0 ? 0 : 1;
}
