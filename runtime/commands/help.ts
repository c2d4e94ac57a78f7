/** `chalk help` (`runtime-core.md` 4.12): pages of commands, tables of what a configuration can name, and a search over all of them. */
import { suggest } from "../../grammar/suggest.js";
import { builtins } from "../builtins/index.js";
import { allCommands, columns, flagSpelling, page, usage, wrap } from "../cmdline/help.js";
import { documentParts, readableText } from "../cmdline/reading.js";
import type { CommandSpec } from "../cmdline/spec.js";
import { listKeys } from "../reference/keys.js";
import { type Chalk, commandArguments } from "../start/chalk.js";
import { listFields } from "../validate/describe.js";
import * as tables from "./help-tables.js";

const programName = "chalk";
const interrupt = 2;

/** Columns that texts for people may use. */
export function terminalWidth(chalk: Chalk): number {
  return Math.max(40, Math.min(chalk.host.terminal.columns(1) ?? 100, 120));
}

/** Prints through the pager on a terminal, as `use_pager` says (`runtime-core.md` 2.4). */
export function printPaged(chalk: Chalk, text: string): void {
  const body = `${text.replace(/\n+$/, "")}\n`;
  const { host, settings } = chalk;
  const rows = body.split("\n").length;
  if (host.terminal.isTerminal(1) && rows > 40 && settings.bool("use_pager", true)) {
    for (const [pager, args] of [
      ["less", ["-r", "-F"]],
      ["more", []],
    ] as const) {
      // Ctrl-C is the pager's; we stay until it ends, lest it be left alone with the terminal.
      host.control.onSignal(interrupt, () => {});
      const result = host.processes.run(pager, args, { input: body, inherit: true });
      host.control.onSignal(interrupt, undefined);
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
  printPaged(chalk, page(programName, chalk.commandLine, command, terminalWidth(chalk)));
  return 0;
}

/** What a search looks through: title, text, and what the hit is. */
function searchable(chalk: Chalk): { what: string; name: string; title: string; text: string }[] {
  const entries: { what: string; name: string; title: string; text: string }[] = [];
  for (const command of [chalk.commandLine.root, ...allCommands(chalk.commandLine.root)]) {
    const name = command.path.replaceAll(".", " ");
    if (name.startsWith("__")) continue;
    if (name !== "") entries.push({ what: "command", name, title: command.shortdoc, text: command.doc });
    for (const flag of command.flags)
      entries.push({
        what: "flag",
        name: `${name} ${flagSpelling(flag)}`.trim(),
        title: flag.doc.trim(),
        text: flag.field ?? "",
      });
  }
  for (const field of listFields(chalk.schema.schema))
    if (!field.hidden) entries.push({ what: "setting", name: field.path, title: field.shortdoc, text: field.doc });
  for (const key of listKeys(chalk.settings)) entries.push({ what: "key", name: key.name, title: key.title, text: key.doc });
  for (const builtin of builtins)
    entries.push({ what: "builtin", name: `${builtin.name}${builtin.type}`, title: builtin.doc, text: "" });
  for (const [name, markdown] of Object.entries(chalk.shipped.documents()))
    for (const { heading, text } of documentParts(markdown)) entries.push({ what: "document", name, title: heading, text });
  return entries;
}

/** Full-text search; any word matches. */
export function searchHelp(chalk: Chalk, words: readonly string[]): number {
  const needles = words.map((word) => word.toLowerCase());
  const hits = searchable(chalk).filter(({ name, title, text }) =>
    needles.some((needle) => `${name} ${title} ${text}`.toLowerCase().includes(needle)),
  );
  const rows = hits.map(({ what, name, title }) => [name, title === "" ? what : `${what}: ${title}`] as const);
  const heading = `Help that mentions ${words.join(", ")} (${hits.length})`;
  printPaged(
    chalk,
    hits.length === 0
      ? `Nothing in the help mentions ${words.join(" ")}.`
      : [heading, "", ...columns(rows, terminalWidth(chalk))].join("\n"),
  );
  return 0;
}

type Topic = (chalk: Chalk, words: readonly string[]) => string;

/** Topics that take further words, and those that stand alone; with what `help topics` says of them. */
const topics: readonly {
  readonly names: readonly string[];
  readonly about: string;
  readonly text: Topic;
  readonly takesWords: boolean;
}[] = [
  { names: ["keys", "key", "metadata"], about: "metadata keys, also by kind or word", text: tables.keysTable, takesWords: true },
  {
    names: ["templates", "template"],
    about: "mark and report templates, with their keys",
    text: tables.templatesTable,
    takesWords: true,
  },
  { names: ["sinks", "sink"], about: "where reports can go", text: tables.sinksTable, takesWords: true },
  {
    names: ["reports", "output", "reporting"],
    about: "what is reported when and where",
    text: tables.reportsText,
    takesWords: false,
  },
  {
    names: ["configs", "conf", "conffile", "configuration", "configurations"],
    about: "configuration files and their sections",
    text: tables.configurationsText,
    takesWords: false,
  },
  { names: ["plugins"], about: "codecs and collectors", text: tables.pluginsTable, takesWords: false },
  { names: ["builtins"], about: "functions of c4m", text: tables.builtinsTable, takesWords: false },
  { names: ["commands"], about: "all commands", text: tables.commandsTable, takesWords: false },
  {
    names: ["changelog", "release", "releases"],
    about: "which release this is, and what is new",
    text: releaseText,
    takesWords: false,
  },
  { names: ["topics"], about: "this list", text: topicsText, takesWords: false },
];

/** The first name of each topic, for completion. */
export const helpTopics: readonly string[] = topics.map(({ names }) => names[0] as string);

function releaseText(chalk: Chalk): string {
  const { version, date } = chalk.build;
  const head = `This is chalk ${version}${date === "" ? "" : `, built ${date}`}.`;
  return `${head}\n\n${readableText(chalk.shipped.documents()["changelog"] ?? "", terminalWidth(chalk))}`;
}

/** Documents that are not topics already. */
function documentNames({ shipped }: Chalk): readonly string[] {
  return Object.keys(shipped.documents()).filter((name) => !topics.some(({ names }) => names.includes(name)));
}

/** The document that a word names, with or without `.md` and a prefix that says what it is. */
function documentText(chalk: Chalk, word: string): string | undefined {
  const name = word.replace(/\.md$/, "").replace(/^(core|howto|guide)-/, "");
  const documents = chalk.shipped.documents();
  const markdown = Object.hasOwn(documents, name) ? documents[name] : undefined;
  return markdown === undefined ? undefined : readableText(markdown, terminalWidth(chalk));
}

function topicsText(chalk: Chalk): string {
  const rows = topics.map(({ names, about }) => [names.join(", "), about] as const);
  return [
    "Topics",
    "",
    ...columns(
      [
        ...rows,
        [documentNames(chalk).join(", "), "documents"],
        ["search WORD…", "everything that mentions a word"],
        ["COMMAND", "a command and its flags"],
      ],
      terminalWidth(chalk),
    ),
  ].join("\n");
}

/** The commands that a request names: a whole path, or one after the other. */
function commandPages(chalk: Chalk, word: string): readonly CommandSpec[] {
  const { root } = chalk.commandLine;
  const named = root.commands.find((command) => command.name === word || command.aliases.includes(word));
  if (named === undefined) return [];
  return named.name === "extract" ? [named, ...allCommands(named)] : [named];
}

/** The text that one word stands for; undefined if it is no topic and no command. */
function wordText(chalk: Chalk, word: string): string | undefined {
  const topic = topics.find(({ names }) => names.includes(word));
  if (topic !== undefined) return topic.text(chalk, []);
  const pages = commandPages(chalk, word);
  return pages.length === 0
    ? documentText(chalk, word)
    : pages.map((command) => page(programName, chalk.commandLine, command, terminalWidth(chalk)).trimEnd()).join("\n\n");
}

/** `chalk help [TOPIC…]` */
export function help(chalk: Chalk): number {
  const words = commandArguments(chalk).filter((word) => !word.startsWith("-"));
  const [first, ...rest] = words;
  if (first === undefined) {
    const overview = page(programName, chalk.commandLine, chalk.commandLine.root, terminalWidth(chalk)).trimEnd();
    printPaged(
      chalk,
      [overview, "", ...wrap("chalk help TOPIC says more; chalk help topics lists the topics.", terminalWidth(chalk))].join("\n"),
    );
    return 0;
  }
  if (first === "search" && rest.length > 0) return searchHelp(chalk, rest);
  const topic = topics.find(({ names, takesWords }) => takesWords && names.includes(first));
  if (topic !== undefined) {
    printPaged(chalk, topic.text(chalk, rest));
    return 0;
  }
  const whole = allCommands(chalk.commandLine.root).find((command) => command.path === words.join("."));
  if (whole !== undefined && words.length > 1) return helpFor(chalk, whole);
  const texts = words.map((word) => wordText(chalk, word));
  const unknown = words[texts.indexOf(undefined)];
  if (unknown === undefined) {
    printPaged(chalk, texts.join("\n\n"));
    return 0;
  }
  const near = suggest(unknown, [
    ...topics.flatMap(({ names }) => names),
    ...documentNames(chalk),
    ...chalk.commandLine.root.commands.map((command) => command.name),
  ]);
  if (near.length > 0) chalk.host.terminal.write(2, `There is no help topic '${unknown}'; did you mean '${near[0]}'?\n`);
  return searchHelp(chalk, words);
}
