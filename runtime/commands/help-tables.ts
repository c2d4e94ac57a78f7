/** Tables of `chalk help`: keys, templates, sinks, plugins, builtins, sections, commands. Each takes the words behind the topic and gives a text. */
import { builtins } from "../builtins/index.js";
import { allCommands, columns, wrap } from "../cmdline/help.js";
import { listPlugins, listSinks, listTemplates, type TemplateDescription } from "../reference/entities.js";
import { type KeyDescription, listKeys } from "../reference/keys.js";
import { renderTable } from "../render/table.js";
import type { Chalk } from "../start/chalk.js";
import { listSections } from "../validate/describe.js";
import { tablesText } from "./config/tables.js";
import { terminalWidth } from "./help.js";

/** Words after `help keys` that choose by kind. */
const keyFilters: Readonly<Record<string, string>> = {
  chalk: "Chalk-Time",
  "chalk-time": "Chalk-Time",
  runtime: "Run-Time",
  "run-time": "Run-Time",
  host: "Host",
  artifact: "Artifact",
};

const aboutKeys = `Metadata keys are what marks and reports are made of. Each is collected at one of four moments:

- Chalk-Time, Host: once per run, before anything is marked; part of marks if their template says so
- Chalk-Time, Artifact: for each artifact that is marked
- Run-Time, Artifact: for each artifact, after the operation
- Run-Time, Host: once per run, for the report

Keys known at run time start with an underscore. Which keys are reported is up to the templates: chalk help templates.

chalk help keys chalk-time|run-time|host|artifact shows those of a kind, chalk help keys WORD those that mention a word, and chalk config explain KEY all about one.`;

function matches(key: KeyDescription, words: readonly string[]): boolean {
  return words.some((word) => `${key.name} ${key.title} ${key.doc}`.toLowerCase().includes(word.toLowerCase()));
}

/** `help keys [FILTER | WORD…]` */
export function keysTable(chalk: Chalk, words: readonly string[]): string {
  const width = terminalWidth(chalk);
  const [word] = words;
  if (words.length === 1 && word?.toLowerCase() === "help") return wrap(aboutKeys, width).join("\n");
  const filter = words.length === 1 && word !== undefined ? keyFilters[word.toLowerCase()] : undefined;
  const all = listKeys(chalk.settings);
  const chosen =
    words.length === 0
      ? all
      : filter !== undefined
        ? all.filter((key) => key.collection.includes(filter))
        : all.filter((key) => matches(key, words));
  if (chosen.length === 0) return `No metadata key mentions ${words.join(" ")}.`;
  const rows = chosen.map((key) => [key.name, key.collection, key.type, key.title]);
  return [
    `Metadata keys (${chosen.length})`,
    "",
    ...renderTable(["Key", "Collected", "Type", "What it is"], rows, width),
    "",
    ...wrap("chalk config explain KEY says all about one; chalk help keys help explains the kinds.", width),
  ].join("\n");
}

function templateRows(templates: readonly TemplateDescription[]): string[][] {
  return templates.map(({ name, kind, on, title }) => [
    name,
    kind === "mark_template" ? "marks" : "reports",
    String(on.length),
    title,
  ]);
}

function templateDetails({ kind, name, title, doc, on, off, usedBy }: TemplateDescription, width: number): string {
  const list = (heading: string, keys: readonly string[]): string[] =>
    keys.length === 0 ? [] : ["", `${heading} (${keys.length}):`, ...wrap(keys.join(" "), width - 2).map((line) => `  ${line}`)];
  return [
    ...wrap(`${kind} ${name}: ${title}`, width),
    "",
    ...wrap(doc, width),
    "",
    ...wrap(`Used by ${usedBy.length === 0 ? "nothing" : usedBy.join(", ")}.`, width),
    ...list("Keys", on),
    ...list("Off", off),
  ].join("\n");
}

/** `help templates [all | NAME…]` */
export function templatesTable(chalk: Chalk, names: readonly string[]): string {
  const width = terminalWidth(chalk);
  const all = listTemplates(chalk.settings);
  if (names.length === 0)
    return [
      "Templates",
      "",
      ...renderTable(["Name", "For", "Keys", "What it is"], templateRows(all), width),
      "",
      ...wrap("chalk help template NAME lists the keys of one.", width),
    ].join("\n");
  const chosen = names[0] === "all" ? all : all.filter(({ name }) => names.includes(name));
  if (chosen.length === 0)
    return wrap(`There is no template ${names.join(", ")}. There are: ${all.map(({ name }) => name).join(", ")}`, width).join(
      "\n",
    );
  return chosen.map((template) => templateDetails(template, width)).join("\n\n");
}

/** `help sinks [KIND…]` */
export function sinksTable(chalk: Chalk, names: readonly string[]): string {
  const width = terminalWidth(chalk);
  const all = listSinks(chalk.settings);
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  if (chosen.length === 0)
    return wrap(`There is no kind of sink ${names.join(", ")}. There are: ${all.map(({ name }) => name).join(", ")}`, width).join(
      "\n",
    );
  const kinds = chosen.map(({ name, title, doc, parameters }) =>
    [
      ...wrap(`${name}: ${title}`, width),
      ...wrap(doc, width - 2).map((line) => `  ${line}`.trimEnd()),
      ...renderTable(
        ["  Parameter", "Type", "Required"],
        parameters.map((parameter) => [`  ${parameter.name}`, parameter.type, parameter.required ? "yes" : ""]),
        width,
      ),
    ].join("\n"),
  );
  const intro = wrap(
    "A sink is a place that reports are sent to. A sink_config section configures one; custom_report sections and subscribe() refer to it by name.",
    width,
  ).join("\n");
  return names.length > 0 ? kinds.join("\n\n") : [intro, ...kinds, tablesText(chalk, ["sink_configs"])].join("\n\n");
}

/** `help plugins` */
export function pluginsTable(chalk: Chalk): string {
  const width = terminalWidth(chalk);
  const all = listPlugins(chalk.settings);
  const table = (codecs: boolean): string[] =>
    renderTable(
      ["Name", "Priority", "Enabled", "What it does"],
      all
        .filter((plugin) => plugin.codec === codecs)
        .map(({ name, priority, enabled, doc }) => [name, String(priority), enabled ? "" : "no", doc.split(/\n\s*\n/)[0] ?? ""]),
      width,
    );
  return [
    ...wrap("Codecs: read and write marks in one kind of artifact", width),
    "",
    ...table(true),
    "",
    "Other plugins: gather metadata",
    "",
    ...table(false),
    "",
    ...wrap("chalk config explain plugin NAME lists the keys of one.", width),
  ].join("\n");
}

/** `help builtins`: one table per category; introspection is for schemas and left out (`builtins.md` 11). */
export function builtinsTable(chalk: Chalk): string {
  const width = terminalWidth(chalk);
  const categories = [...new Set(builtins.map((builtin) => builtin.category))].filter((category) => category !== "introspection");
  return categories
    .map((category) => {
      const rows = builtins
        .filter((builtin) => builtin.category === category)
        .map((builtin) => [`${builtin.name}${builtin.type}`, builtin.doc] as const);
      return [`${category}:`, ...columns(rows, width)].join("\n");
    })
    .join("\n\n");
}

/** `help commands` */
export function commandsTable(chalk: Chalk): string {
  const rows = allCommands(chalk.commandLine.root)
    .filter((command) => !command.path.startsWith("__") && command.name !== "login" && command.name !== "logout")
    .map((command) => [command.path.replaceAll(".", " "), command.shortdoc] as const);
  return ["Commands", "", ...columns(rows, terminalWidth(chalk))].join("\n");
}

const aboutConfigurations = `chalk is configured in c4m. A configuration is embedded into the executable with chalk load, and another may lie in a file (chalk.c4m in /etc/chalk, /etc, the working directory, ~/.config/chalk or ~) that is read after it. Both change what ships with chalk.

chalk config lint FILE checks a file, chalk config explain NAME explains a setting and says who set it, chalk config shows what is in force.

These are the sections:`;

/** `help configs` */
export function configurationsText(chalk: Chalk): string {
  const width = terminalWidth(chalk);
  const sections = listSections(chalk.schema.schema).filter(
    (section) => section.path !== "" && !section.path.split(".").includes("getopts") && !section.hidden,
  );
  const rows = sections.map((section) => [section.path.replaceAll(".<name>", " NAME"), section.shortdoc] as const);
  return [...wrap(aboutConfigurations, width), "", ...columns(rows, width)].join("\n");
}

/** `help reports`: templates, what uses them, and where reports go. */
export function reportsText(chalk: Chalk): string {
  return [templatesTable(chalk, []), tablesText(chalk, ["operations", "custom_reports", "sink_configs"])].join("\n\n");
}
