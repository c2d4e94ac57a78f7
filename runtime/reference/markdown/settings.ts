/** The page about sections and fields: what the schema says, with all defaults. */
import type { Schema } from "../../../compiler/schema/schema.js";
import { type FieldDescription, listSections, type SectionDescription } from "../../validate/describe.js";
import { cleanDoc } from "../text.js";
import { anchor, code, page, table } from "./markdown.js";

const nameOf = (section: SectionDescription): string =>
  section.path === "" ? "Top level" : section.path.replaceAll(".<name>", " NAME");

const defaultOf = (field: FieldDescription): string =>
  field.required ? "*required*" : field.default === "None" ? "" : code(field.default.replace(/<< (.*?) >>/g, "<<$1>>"));

function row(field: FieldDescription): string[] {
  const doc = cleanDoc(field.doc);
  const title = field.shortdoc === "" || /[.?!]$/.test(field.shortdoc) ? field.shortdoc : `${field.shortdoc}.`;
  const about = doc === field.shortdoc ? title : `${title} ${doc}`.trim();
  const constraints =
    field.constraints.length === 0
      ? ""
      : ` *${field.constraints.map((text) => text[0]?.toUpperCase() + text.slice(1)).join("; ")}.*`;
  const type = field.type.startsWith("a ") || field.type.startsWith("type set") ? field.type : code(field.type);
  return [code(field.name), type, defaultOf(field), about + constraints];
}

/** `docs/reference/settings.md` */
export function settingsPage(schema: Schema): string {
  const sections = listSections(schema).filter((section) => !section.hidden && !section.path.split(".").includes("getopts"));
  return page([
    "# Sections and fields",
    "All that a configuration may set, with types and defaults. A field below a section is written `section { field: value }` or `section.field: value`; sections with a NAME are yours to name: `sink_config mine { … }`. `chalk config explain PATH` shows the value in force and who set it.",
    "Command lines (`getopts`) are described in c4m, too, but not meant to be changed by configurations.",
    ["Contents:", ...sections.map((section) => `- [${nameOf(section)}](#${anchor(nameOf(section))}): ${section.shortdoc}`)].join(
      "\n",
    ),
    ...sections.flatMap((section) => {
      const fields = section.fields.filter((field) => !field.hidden);
      return [
        `## ${nameOf(section)}`,
        section.shortdoc === "" ? "" : `**${section.shortdoc}**`,
        cleanDoc(section.doc),
        section.userDefOk ? "Fields of any other name are allowed." : "",
        table(["Field", "Type", "Default", "Meaning"], fields.map(row)),
      ];
    }),
  ]);
}
