/** `chalk config schema [--json]`: every section and field that a configuration may have (`ours.md` 1.2, `schema-language.md` 12). */
import { cleanDoc } from "../../reference/text.js";
import { renderTable } from "../../render/table.js";
import type { Chalk } from "../../start/chalk.js";
import { listSections, type SectionDescription } from "../../validate/describe.js";
import { terminalWidth } from "../help.js";
import { printText, wantsJson } from "./output.js";

/** A section as data: documentation cleaned, "None" as null. */
function record(section: SectionDescription) {
  const { path, kind, userDefOk, required, hidden, shortdoc, doc } = section;
  const fields = section.fields.map((field) => ({
    name: field.name,
    path: field.path,
    type: field.type,
    default: field.default === "None" ? null : field.default,
    required: field.required,
    constraints: field.constraints,
    ...(field.validator === undefined ? {} : { validator: field.validator }),
    hidden: field.hidden,
    title: field.shortdoc,
    doc: cleanDoc(field.doc),
  }));
  return { path, kind, userDefined: userDefOk, required, hidden, title: shortdoc, doc: cleanDoc(doc), fields };
}

function text(section: SectionDescription, width: number): string[] {
  const fields = section.fields.filter((field) => !field.hidden);
  const name = section.path === "" ? "Top level" : section.path;
  const more = section.userDefOk ? " (and fields of any other name)" : "";
  const rows = fields.map((field) => [
    `  ${field.name}`,
    field.type,
    field.required ? "(required)" : field.default === "None" ? "" : field.default,
    field.shortdoc,
  ]);
  return [`${name}: ${section.shortdoc}${more}`, ...renderTable(["  Field", "Type", "Default", "What it is"], rows, width), ""];
}

/** Runs the command. Hidden sections and fields are in the JSON only. */
export function schema(chalk: Chalk): number {
  const sections = listSections(chalk.schema.schema);
  if (wantsJson(chalk)) printText(chalk, JSON.stringify(sections.map(record), undefined, 2));
  else
    printText(
      chalk,
      sections
        .filter((section) => !section.hidden)
        .flatMap((section) => text(section, terminalWidth(chalk)))
        .join("\n"),
    );
  return 0;
}
