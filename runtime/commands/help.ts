/** `chalk help` (`runtime-core.md` 4.12): pages of commands, tables of keys, templates, sinks and builtins, and a search over all of them. */
import { builtins } from "../builtins/index.js";
import { allCommands, columns, flagSpelling, page, usage, wrap } from "../cmdline/help.js";
import type { CommandSpec } from "../cmdline/spec.js";
import { suggest } from "../../compiler/suggest.js";
import { type Chalk, commandArguments } from "../start/chalk.js";

type Rows = readonly (readonly [string, string])[];

const programName = "chalk";

/** Columns that texts for people may use. */
export function terminalWidth(chalk: Chalk): number {
  return Math.max(40, Math.min(chalk.host.terminal.columns(1) ?? 100, 120));
}

/** Prints through the pager on a terminal, as `use_pager` says (`runtime-core.md` 2.4). */
function print(chalk: Chalk, text: string): void {
  const body = `${text.replace(/\n+$/, "")}\n`;
  const { host, settings } = chalk;
  const rows = body.split("\n").length;
  if (host.terminal.isTerminal(1) && rows > 40 && settings.bool("use_pager", true)) {
    for (const [pager, args] of [["less", ["-r", "-F"]], ["more", []]] as const) {
      const result = host.processes.run(pager, args, { input: body, inherit: true });
      if (result.failure === undefined) return;
    }
  }
  host.terminal.write(1, body);
}

/** The usage line of a command. */
export function usageLine(command: CommandSpec): string {
  return usage(programName, command);
}

/** The page of a command. */
export function helpFor(chalk: Chalk, command: CommandSpec): number {
  print(chalk, page(programName, chalk.commandLine, command, terminalWidth(chalk)));
  return 0;
}

// ---- tables ----------------------------------------------------------------------------------------------------------------------------

const keyKinds: Readonly<Record<string, string>> = { "0": "Chalk-Time, Host", "1": "Chalk-Time, Artifact", "2": "Run-Time, Artifact", "3": "Run-Time, Host" };

function keyRows(chalk: Chalk): { name: string; kind: string; text: string }[] {
  const { settings } = chalk;
  return settings.sections("keyspec").map((name) => ({
    name,
    kind: keyKinds[String(settings.int(`keyspec.${name}.kind`, 0))] ?? "",
    text: settings.string(`keyspec.${name}.shortdoc`, ""),
  }));
}

function keysTable(chalk: Chalk, words: readonly string[]): string {
  const filters: Readonly<Record<string, string>> = { chalk: "Chalk-Time", "chalk-time": "Chalk-Time", runtime: "Run-Time", "run-time": "Run-Time", host: "Host", artifact: "Artifact" };
  const rows = keyRows(chalk);
  const [word] = words;
  const filter = words.length === 1 && word !== undefined ? filters[word.toLowerCase()] : undefined;
  const chosen =
    words.length === 0
      ? rows
      : filter !== undefined
        ? rows.filter((row) => row.kind.includes(filter))
        : rows.filter((row) => words.some((text) => `${row.name} ${row.text}`.toLowerCase().includes(text.toLowerCase())));
  if (chosen.length === 0) return `No metadata key matches ${words.join(" ")}.`;
  const lines = columns(chosen.map((row) => [row.name, `${row.text} (${row.kind})`] as const), terminalWidth(chalk));
  return [`Metadata keys (${chosen.length}):`, ...lines, "", "chalk help keys chalk-time|run-time|host|artifact|WORD shows fewer."].join("\n");
}

function templatesTable(chalk: Chalk, names: readonly string[]): string {
  const { settings } = chalk;
  const all = (["mark_template", "report_template"] as const).flatMap((kind) => settings.sections(kind).map((name) => ({ kind, name })));
  if (names.length === 0) {
    return ["Templates:", ...columns(all.map(({ kind, name }) => [name, `${kind === "mark_template" ? "marks" : "reports"}: ${settings.string(`${kind}.${name}.shortdoc`, "")}`] as const), terminalWidth(chalk)), "", "chalk help template NAME lists its keys."].join("\n");
  }
  const chosen = names[0] === "all" ? all : all.filter(({ name }) => names.includes(name));
  if (chosen.length === 0) return `There is no template ${names.join(", ")}. Known: ${all.map(({ name }) => name).join(", ")}`;
  return chosen
    .map(({ kind, name }) => {
      const keys = settings.sections(`${kind}.${name}.key`).filter((key) => settings.bool(`${kind}.${name}.key.${key}.use`, true));
      return [`${kind} ${name} (${keys.length} keys)`, ...wrap(settings.string(`${kind}.${name}.doc`, ""), terminalWidth(chalk)), ...wrap(keys.join(" "), terminalWidth(chalk) - 2).map((line) => `  ${line}`)].join("\n");
    })
    .join("\n\n");
}

function sinksTable(chalk: Chalk): string {
  const { settings } = chalk;
  const configured = settings.sections("sink_config").map((name) => [name, `kind ${settings.string(`sink_config.${name}.sink`, "")}${settings.bool(`sink_config.${name}.enabled`, true) ? "" : ", off"}`] as const);
  const kinds = settings.sections("sink").map((name) => [name, settings.string(`sink.${name}.shortdoc`, "")] as const);
  return ["Kinds of sinks:", ...columns(kinds, terminalWidth(chalk)), "", "Sink configurations:", ...columns(configured, terminalWidth(chalk))].join("\n");
}

function builtinsTable(chalk: Chalk): string {
  const parts: string[] = [];
  for (const category of new Set(builtins.map((builtin) => builtin.category))) {
    if (category === "introspection") continue;
    const rows: Rows = builtins.filter((builtin) => builtin.category === category).map((builtin) => [`${builtin.name}${builtin.type}`, builtin.doc]);
    parts.push([`${category}:`, ...columns(rows, terminalWidth(chalk))].join("\n"));
  }
  return parts.join("\n\n");
}

function commandsTable(chalk: Chalk): string {
  const rows = allCommands(chalk.commandLine.root)
    .filter((command) => !command.path.startsWith("__"))
    .map((command) => [command.path.replaceAll(".", " "), command.shortdoc] as const);
  return ["Commands:", ...columns(rows, terminalWidth(chalk))].join("\n");
}

/** What a search looks through: title, text, and what the hit is. */
function searchable(chalk: Chalk): { what: string; name: string; text: string }[] {
  const entries: { what: string; name: string; text: string }[] = [];
  for (const command of [chalk.commandLine.root, ...allCommands(chalk.commandLine.root)]) {
    if (command.path !== "") entries.push({ what: "command", name: command.path.replaceAll(".", " "), text: command.shortdoc });
    for (const flag of command.flags) entries.push({ what: "flag", name: `${command.path.replaceAll(".", " ")} ${flagSpelling(flag)}`.trim(), text: `${flag.doc} ${flag.field ?? ""}` });
  }
  for (const row of keyRows(chalk)) entries.push({ what: "key", name: row.name, text: row.text });
  for (const builtin of builtins) entries.push({ what: "builtin", name: builtin.name, text: builtin.doc });
  for (const field of chalk.settings.fields("")) entries.push({ what: "setting", name: field, text: "" });
  return entries;
}

/** Full-text search; any word matches. */
export function searchHelp(chalk: Chalk, words: readonly string[]): number {
  const needles = words.map((word) => word.toLowerCase());
  const hits = searchable(chalk).filter(({ name, text }) => needles.some((needle) => `${name} ${text}`.toLowerCase().includes(needle)));
  const rows: Rows = hits.map(({ what, name, text }) => [name, `${what}: ${text}`.replace(/: $/, "")]);
  print(chalk, hits.length === 0 ? `Nothing in the help mentions ${words.join(" ")}.` : [`Help that mentions ${words.join(", ")}:`, ...columns(rows, terminalWidth(chalk))].join("\n"));
  return 0;
}

const topics: Readonly<Record<string, (chalk: Chalk, words: readonly string[]) => string>> = {
  keys: keysTable,
  key: keysTable,
  metadata: keysTable,
  template: templatesTable,
  templates: templatesTable,
  sinks: sinksTable,
  builtins: builtinsTable,
  commands: commandsTable,
};

/** `chalk help [TOPIC…]` */
export function help(chalk: Chalk): number {
  const words = commandArguments(chalk).filter((word) => !word.startsWith("-"));
  const [first, ...rest] = words;
  if (first === undefined) return helpFor(chalk, chalk.commandLine.root);
  if (first === "search" && rest.length > 0) return searchHelp(chalk, rest);
  const topic = topics[first];
  if (topic !== undefined) {
    print(chalk, topic(chalk, rest));
    return 0;
  }
  const named = allCommands(chalk.commandLine.root).find((command) => command.path === words.join(".") || command.aliases.includes(first));
  if (named !== undefined) return helpFor(chalk, named);
  const each = words.map((word) => chalk.commandLine.root.commands.find((command) => command.name === word));
  if (each.every((command) => command !== undefined)) {
    for (const command of each) helpFor(chalk, command as CommandSpec);
    return 0;
  }
  const near = suggest(first, [...Object.keys(topics), ...chalk.commandLine.root.commands.map((command) => command.name)]);
  if (near.length > 0) chalk.host.terminal.write(2, `There is no help topic '${first}'; did you mean '${near[0]}'?\n`);
  return searchHelp(chalk, words);
}
