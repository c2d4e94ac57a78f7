/** `chalk config keys [--json] [--match TEXT]`: the metadata keys of the configuration in force, those of the user included (`ours.md` 1.2). */
import { listKeys } from "../../reference/keys.js";
import { renderTable } from "../../render/table.js";
import { type Chalk, flagValue } from "../../start/chalk.js";
import { terminalWidth } from "../help.js";
import { printText, wantsJson } from "./output.js";

/** Runs the command. Exits 0 also if no key matches. */
export function keys(chalk: Chalk): number {
  const wanted = flagValue(chalk, "match");
  const text = typeof wanted === "string" ? wanted.toLowerCase() : "";
  const chosen = listKeys(chalk.settings).filter(({ name, title, doc }) =>
    `${name}\n${title}\n${doc}`.toLowerCase().includes(text),
  );
  if (wantsJson(chalk)) printText(chalk, JSON.stringify(chosen, undefined, 2));
  else if (chosen.length === 0) chalk.host.terminal.write(2, `chalk config keys: no key mentions '${wanted}'\n`);
  else {
    const rows = chosen.map((key) => [key.name, key.collection, key.type, key.title]);
    printText(
      chalk,
      [
        ...renderTable(["Key", "Collected", "Type", "What it is"], rows, terminalWidth(chalk)),
        "",
        `${chosen.length} keys; chalk config explain KEY says more.`,
      ].join("\n"),
    );
  }
  return 0;
}
