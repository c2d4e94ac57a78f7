/** The page about commands and flags, from the same specification that reads them. */
import { allCommands, flagSpelling, usage } from "../../cmdline/help.js";
import type { CommandLineSpec, CommandSpec, FlagSpec } from "../../cmdline/spec.js";
import { cleanDoc } from "../text.js";
import { anchor, code, fenced, page, table } from "./markdown.js";

const program = "chalk";

/** Commands that are no users' business. */
const isInternal = (command: CommandSpec): boolean =>
  command.path === "__" || command.path.startsWith("__.") || command.name === "login" || command.name === "logout";

function flagRow(flag: FlagSpec): string[] {
  const off = flag.kind === "yn" ? flag.shownNo.map((name) => (name.length === 1 ? `-${name}` : `--${name}`)) : [];
  const meaning = [
    cleanDoc(flag.doc),
    ...(flag.choiceFlags ? [`Short for its values: ${flag.choices.map((choice) => code(`--${choice}`)).join(", ")}.`] : []),
    ...(flag.field === undefined ? [] : [`Sets ${code(flag.field)}.`]),
  ];
  return [flagSpelling(flag).split(", ").map(code).join(", "), off.map(code).join(", "), meaning.join(" ")];
}

function flags(command: CommandSpec): string {
  return table(["Flag", "Off", "Meaning"], command.flags.map(flagRow));
}

/** `docs/reference/command-line.md` */
export function commandLinePage(spec: CommandLineSpec): string {
  const commands = allCommands(spec.root).filter((command) => !isInternal(command));
  const title = (command: CommandSpec): string => `${program} ${command.path.replaceAll(".", " ")}`;
  return page([
    "# Command line",
    cleanDoc(spec.root.doc),
    table(
      ["Command", "", "What it does"],
      commands.map((command) => [
        `[\`${title(command)}\`](#${anchor(title(command))})`,
        command.aliases.map(code).join(", "),
        command.shortdoc,
      ]),
    ),
    "Exit status: 0 done; 1 an error of chalk or of its input. `exec` and `docker` give the status of the program they run.",
    "## Flags of all commands",
    "They may stand anywhere up to the arguments of `exec` and `docker`. Words with `_` and with `-` are the same.",
    flags(spec.root),
    ...commands.flatMap((command) => [
      `## ${title(command)}`,
      command.shortdoc === "" ? "" : `**${command.shortdoc}**`,
      fenced("", usage(program, command).replace(/^Usage: /, "")),
      cleanDoc(command.doc),
      flags(command),
    ]),
  ]);
}
