/** How `config` sub-commands print: data on stdout, nothing else there; whether JSON was asked for. */
import { HostError } from "../../host/host.js";
import { type Json, pretty } from "../../json.js";
import { type Chalk, flagValue } from "../../start/chalk.js";

/** Prints a text with exactly one newline at its end. */
export function printText(chalk: Chalk, text: string): void {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 10) end--;
  chalk.host.terminal.write(1, `${text.slice(0, end)}\n`);
}

/** Replaces a file by a text, atomically; tells on stderr if that is impossible. True if it was done. */
export function replaceFile(chalk: Chalk, name: string, text: string): boolean {
  try {
    chalk.host.files.replace(name, text);
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    chalk.host.terminal.write(2, `${name}: cannot be written: ${error.code}\n`);
    return false;
  }
}

export function wantsJson(chalk: Chalk): boolean {
  return flagValue(chalk, "json") === true;
}

export function printJson(chalk: Chalk, json: Json): void {
  printText(chalk, pretty(json));
}
