/**
 * `chalk config` and `--show-config`: what the configuration in force amounts to, as tables (`runtime-core.md` 4.9). Secrets and header values are
 * replaced. `--json` prints the same as one object.
 */
import { entriesByName, type SectionType, sectionType } from "../../../compiler/schema/schema.js";
import { plainJson } from "../../encoding.js";
import { type Json, pretty } from "../../json.js";
import { createRedactor } from "../../log/index.js";
import { listPlugins } from "../../reference/entities.js";
import { originRecord, originsOf, shownText, shownValue } from "../../reference/values.js";
import { renderTable } from "../../render/table.js";
import { internalTopics } from "../../sinks/index.js";
import { valueSource } from "../../source-form.js";
import type { Chalk } from "../../start/chalk.js";
import { effectiveValue, lookup } from "../../store.js";
import { decodeConstant } from "../../validate/constants.js";
import { printPaged, terminalWidth } from "../help.js";
import { sensitiveValues } from "../secrets.js";
import { printText, wantsJson } from "./output.js";

/** A table: its name in JSON, heading, columns, and rows as texts and as data. */
interface Table {
  readonly key: string;
  readonly title: string;
  readonly headers: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly record: ReadonlyMap<string, Json> }[];
}

/** Sections whose attributes are shown, in order; "" is the top level. */
const attributeSections = ["", "docker", "exec", "extract", "env_config", "source_marks"] as const;

function typeAt(chalk: Chalk, section: string): SectionType | undefined {
  const { schema } = chalk.schema;
  return section === "" ? schema.root : sectionType(schema, section);
}

/** The fields of one section with the values in force; hidden ones are left out. */
function attributes(chalk: Chalk, section: string, secrets: readonly string[]): Table {
  const type = typeAt(chalk, section);
  const redact = createRedactor(secrets);
  const fields =
    type === undefined
      ? []
      : [...entriesByName(type).values()].flatMap((entry) => (entry.kind === "field" && !entry.hidden ? [entry] : []));
  const rows = fields.map((field) => {
    const path = section === "" ? field.name : `${section}.${field.name}`;
    const node = lookup(chalk.stack.runtime.store, path.split("."));
    const attribute = node?.kind === "attribute" ? node : undefined;
    const fallback = attribute === undefined && "default" in field.presence ? decodeConstant(field.presence.default) : undefined;
    const shown =
      attribute !== undefined ? shownText(path, attribute, secrets) : fallback !== undefined ? valueSource(fallback) : "not set";
    const value = attribute !== undefined ? effectiveValue(attribute) : fallback;
    const [origin] = attribute === undefined ? [] : originsOf(attribute);
    const record = new Map<string, Json>([
      ["name", path],
      ["title", field.shortdoc ?? ""],
      ["value", value === undefined ? null : plainJson(shownValue(path, value, redact))],
    ]);
    if (origin !== undefined) record.set("origin", new Map(Object.entries(originRecord(origin))));
    return { cells: [path, field.shortdoc ?? "", shown], record };
  });
  return {
    key: section === "" ? "global" : section,
    title: section === "" ? "Global settings" : `Settings of ${section}`,
    headers: ["Setting", "What it is", "Value"],
    rows,
  };
}

function operations({ settings }: Chalk): Table {
  const rows = settings.sections("outconf").map((name) => {
    const [report, mark] = [settings.string(`outconf.${name}.report_template`), settings.string(`outconf.${name}.mark_template`)];
    return {
      cells: [name, report, mark],
      record: new Map<string, Json>([
        ["operation", name],
        ["report_template", report],
        ["mark_template", mark],
      ]),
    };
  });
  return { key: "operations", title: "Operations", headers: ["Operation", "Report template", "Mark template"], rows };
}

function customReports({ settings }: Chalk): Table {
  const rows = settings.sections("custom_report").map((name) => {
    const base = `custom_report.${name}`;
    const enabled = settings.bool(`${base}.enabled`, true);
    const template = settings.string(`${base}.report_template`);
    const when = settings.strings(`${base}.use_when`);
    const sinks = settings.strings(`${base}.sink_configs`);
    return {
      cells: [name, enabled ? "yes" : "no", template, when.join(", "), sinks.join(", ")],
      record: new Map<string, Json>([
        ["name", name],
        ["enabled", enabled],
        ["report_template", template],
        ["use_when", [...when]],
        ["sink_configs", [...sinks]],
      ]),
    };
  });
  return {
    key: "custom_reports",
    title: "Custom reports",
    headers: ["Report", "Enabled", "Template", "Operations", "Sinks"],
    rows,
  };
}

/** Fields of a sink_config that are no parameters of its sink. */
const common = new Set(["sink", "enabled", "priority", "filters", "loaded"]);

function sinkConfigs(chalk: Chalk, secrets: readonly string[]): Table {
  const { settings, publisher } = chalk;
  const redact = createRedactor(secrets);
  const reports = settings.sections("custom_report");
  const rows = settings.sections("sink_config").map((name) => {
    const base = `sink_config.${name}`;
    const sink = settings.string(`${base}.sink`);
    const enabled = settings.bool(`${base}.enabled`, true);
    const filters = settings.strings(`${base}.filters`);
    const parameters = settings.fields(base).flatMap((field) => {
      const value = common.has(field) ? undefined : settings.value(`${base}.${field}`);
      return value === undefined ? [] : [[field, shownValue(`${base}.${field}`, value, redact)] as const];
    });
    const topics = [
      ...internalTopics.filter((topic) => publisher.subscribed(topic).includes(name)),
      ...reports.filter((report) => settings.strings(`custom_report.${report}.sink_configs`).includes(name)),
    ];
    return {
      cells: [
        name,
        `${sink}${enabled ? "" : " (off)"}`,
        parameters.map(([field, value]) => `${field}: ${valueSource(value)}`).join("\n"),
        filters.join(", "),
        topics.join(", "),
      ],
      record: new Map<string, Json>([
        ["name", name],
        ["sink", sink],
        ["enabled", enabled],
        ["parameters", new Map(parameters.map(([field, value]) => [field, plainJson(value)] as const))],
        ["filters", [...filters]],
        ["topics", topics],
      ]),
    };
  });
  return {
    key: "sink_configs",
    title: "Sink configurations",
    headers: ["Name", "Sink", "Parameters", "Filters", "Topics"],
    rows,
  };
}

function plugins({ settings }: Chalk, codecs: boolean): Table {
  const rows = listPlugins(settings)
    .filter((plugin) => plugin.codec === codecs)
    .map(({ name, enabled, priority, ignore, overrides }) => ({
      cells: [name, enabled ? "yes" : "no", String(priority), ignore.join(", "), overrides.join(", ")],
      record: new Map<string, Json>([
        ["name", name],
        ["enabled", enabled],
        ["priority", priority],
        ["ignore", [...ignore]],
        ["overrides", [...overrides]],
      ]),
    }));
  return {
    key: codecs ? "codecs" : "plugins",
    title: codecs ? "Codecs" : "Other plugins",
    headers: ["Name", "Enabled", "Priority", "Ignores", "Overrides"],
    rows,
  };
}

function allTables(chalk: Chalk): readonly Table[] {
  const secrets = sensitiveValues(chalk);
  return [
    ...attributeSections.map((section) => attributes(chalk, section, secrets)),
    operations(chalk),
    customReports(chalk),
    sinkConfigs(chalk, secrets),
    plugins(chalk, true),
    plugins(chalk, false),
  ];
}

/** Chosen tables as text, by their JSON names; all if none is named. */
export function tablesText(chalk: Chalk, keys: readonly string[] = []): string {
  const width = terminalWidth(chalk);
  return allTables(chalk)
    .filter((table) => keys.length === 0 || keys.includes(table.key))
    .map(({ title, headers, rows }) =>
      [
        title,
        "",
        ...renderTable(
          headers,
          rows.map((row) => row.cells),
          width,
        ),
      ].join("\n"),
    )
    .join("\n\n");
}

/** Runs the command. */
export function tables(chalk: Chalk): number {
  if (wantsJson(chalk))
    printText(chalk, pretty(new Map(allTables(chalk).map(({ key, rows }) => [key, rows.map((row) => row.record)] as const))));
  else printPaged(chalk, tablesText(chalk));
  return 0;
}
