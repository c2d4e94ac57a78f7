/** The pages about sinks, templates, plugins and builtins. */
import { builtins } from "../../builtins/index.js";
import type { Settings } from "../../settings/settings.js";
import { listAuths, listPlugins, listSinks, listTemplates, type SinkDescription } from "../entities.js";
import { anchor, code, details, page, plain, table } from "./markdown.js";

function kindEntry(what: string, { name, title, doc, parameters }: SinkDescription): string[] {
  const rows = parameters.map((parameter) => [code(parameter.name), code(parameter.type), parameter.required ? "yes" : ""]);
  return [
    `## ${what}${name}`,
    title === "" ? "" : `**${title}**`,
    doc,
    rows.length === 0 ? "No parameters." : table(["Parameter", "Type", "Required"], rows),
  ];
}

/** `docs/reference/sinks.md` */
export function sinksPage(settings: Settings): string {
  const sinks = listSinks(settings);
  const shipped = settings
    .sections("sink_config")
    .map((name) => [
      code(name),
      code(settings.string(`sink_config.${name}.sink`)),
      settings.bool(`sink_config.${name}.enabled`, true) ? "" : "off",
    ]);
  return page([
    "# Sinks",
    'A sink is a place that reports are sent to. A section `sink_config NAME { sink: "KIND" … }` configures one; custom reports and `subscribe()` refer to it by NAME. Besides the parameters below, every sink_config may set `enabled`, `priority` and `filters` ([settings](settings.md#sink_config-name)).',
    ["Kinds:", ...sinks.map(({ name, title }) => `- [${name}](#${anchor(name)}): ${title}`)].join("\n"),
    ...sinks.flatMap((sink) => kindEntry("", sink)),
    "## Configurations that exist from the start",
    table(["Name", "Kind", ""], shipped),
    "# Authentication",
    'A section `auth_config NAME { auth: "KIND" … }` holds credentials for the parameter `auth` of sinks.',
    ...listAuths(settings).flatMap((auth) => kindEntry("auth ", auth)),
  ]);
}

/** `docs/reference/templates.md` */
export function templatesPage(settings: Settings): string {
  const templates = listTemplates(settings);
  const keyList = (keys: readonly string[]): string => keys.map(code).join(" ");
  return page([
    "# Templates",
    "A template says which [keys](keys.md) a mark or a report has: `report_template mine { key._TIMESTAMP.use: true }`. What ships can be changed in the same way; keys that a template does not mention are not used.",
    table(
      ["Template", "For", "Keys", "What it is", "Used by"],
      templates.map(({ kind, name, on, title, usedBy }) => [
        `[${code(name)}](#${anchor(`${kind} ${name}`)})`,
        kind === "mark_template" ? "marks" : "reports",
        String(on.length),
        title,
        usedBy.join(", "),
      ]),
    ),
    ...templates.flatMap(({ kind, name, title, doc, on, off }) => [
      `## ${kind} ${name}`,
      `**${title}**`,
      doc,
      on.length === 0 ? "No keys." : details(`${on.length} keys`, keyList(on)),
      off.length === 0 ? "" : details(`${off.length} keys that are off, to be switched on`, keyList(off)),
    ]),
  ]);
}

/** `docs/reference/plugins.md` */
export function pluginsPage(settings: Settings): string {
  const all = listPlugins(settings);
  const rows = (codecs: boolean): string[][] =>
    all
      .filter((plugin) => plugin.codec === codecs)
      .map(({ name, priority, doc, keys }) => [
        code(name),
        priority > 1_000_000n ? "last" : String(priority),
        String(new Set([...keys.values()].flat().filter((key) => key !== "*")).size || ""),
        doc,
      ]);
  return page([
    "# Plugins",
    "Codecs read and write marks in one kind of artifact; the other plugins gather metadata. Those with a smaller priority run earlier. `plugin NAME { enabled: false }` switches one off, except for the few that chalk cannot work without; `chalk config explain plugin NAME` lists the keys of one.",
    "## Codecs",
    table(["Codec", "Priority", "Keys", "What it does"], rows(true)),
    "## Other plugins",
    table(["Plugin", "Priority", "Keys", "What it does"], rows(false)),
  ]);
}

/** `docs/reference/builtins.md` */
export function builtinsPage(): string {
  const categories = [...new Set(builtins.map((builtin) => builtin.category))];
  const names = new Set(builtins.map((builtin) => builtin.name));
  return page([
    "# Builtin functions",
    `The ${names.size} functions that every configuration can call. \`f(x, y)\` may also be written \`x.f(y)\`. The class says what a function touches: \`chalk config lint\` runs only \`pure\`, \`config-read\` and \`config-write\` ones for real, unless \`--allow\` names more.`,
    ["Contents:", ...categories.map((category) => `- [${category}](#${anchor(category)})`)].join("\n"),
    ...categories.flatMap((category) => [
      `## ${category}`,
      table(
        ["Function", "Class", "What it does"],
        builtins
          .filter((builtin) => builtin.category === category)
          .map(({ name, type, classes, doc }) => [code(`${name}${type}`), classes.join(", "), plain(doc)]),
      ),
    ]),
  ]);
}
