/** `chalk completion bash|zsh|fish`: the script that completes chalk's command line, to standard output (`ours.md` 1.2). */
import { type CompletionShell, completionScript, completionShells } from "../cmdline/completion.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { helpTopics } from "./help.js";

/** The script for a shell. */
export function completionText({ commandLine }: Chalk, shell: CompletionShell): string {
  const commands = commandLine.root.commands
    .filter((command) => !command.automatic && command.name !== "__")
    .map((command) => command.name);
  const words = { completion: completionShells, help: [...helpTopics, "search", ...commands], load: ["default", "previous"] };
  return completionScript(shell, "chalk", commandLine, words);
}

/** Runs the command. An unknown shell exits 1. */
export function completion(chalk: Chalk): number {
  const [wanted = ""] = commandArguments(chalk);
  const shell = completionShells.find((name) => name === wanted.toLowerCase());
  if (shell === undefined) {
    chalk.host.terminal.write(
      2,
      `chalk completion: there is no script for '${wanted}'; there are ${completionShells.join(", ")}\n`,
    );
    return 1;
  }
  chalk.host.terminal.write(1, completionText(chalk, shell));
  return 0;
}
