/**
 * Explanations of fields and sections by dotted path: what the schema says, and what the configuration in force holds there and who set it
 * (`schema-language.md` 12).
 */
import { placeOf } from "../../compiler/schema/places.js";
import { type Schema, sectionType } from "../../compiler/schema/schema.js";
import type { Settings } from "../settings/settings.js";
import { type AttributeNode, lookup, type Store } from "../store.js";
import { describeField, describeSection } from "../validate/describe.js";
import { listAuths, listSinks } from "./entities.js";
import type { Explanation, Plain } from "./explanation.js";
import { cleanDoc } from "./text.js";
import { originRecord, originsOf, originText, shownText } from "./values.js";

/** What explanations of paths look at. */
export interface Configuration {
  readonly schema: Schema;
  readonly store: Store;
  readonly settings: Settings;
  /** Values of sensitive parameters. */
  readonly secrets: readonly string[];
}

/** Literals of quantities as the rest of the program prints them: without blanks inside of the brackets. */
const compact = (literal: string): string => literal.replace(/<< (.*?) >>/g, "<<$1>>");

/** What is in force at a path: rows for people, members for programs. */
function present(
  { store, secrets }: Configuration,
  path: string,
): { readonly facts: readonly (readonly [string, string])[]; readonly record: Readonly<Record<string, Plain>> } {
  const node = lookup(store, path.split("."));
  if (node?.kind !== "attribute") return { facts: [["Now", "not set"]], record: {} };
  const attribute: AttributeNode = node;
  const [now, ...earlier] = originsOf(attribute);
  const value = shownText(path, attribute, secrets);
  return {
    facts: [
      ["Now", value],
      ["Set by", now === undefined ? "" : originText(now)],
      ...(earlier.length === 0 ? [] : [["Before by", earlier.map(originText).join("; ")] as const]),
      ...(attribute.lock === undefined ? [] : [["Locked", attribute.lock.reason] as const]),
    ],
    record: {
      value,
      ...(now === undefined ? {} : { origin: originRecord(now) }),
      earlier: earlier.map(originRecord),
      ...(attribute.lock === undefined ? {} : { locked: attribute.lock.reason }),
    },
  };
}

function fieldExplanation(configuration: Configuration, path: string): Explanation | undefined {
  const field = describeField(configuration.schema, path);
  if (field === undefined) return undefined;
  const now = present(configuration, path);
  const isRequired = field.required ? "required, no default" : field.default === "None" ? "none" : compact(field.default);
  return {
    what: "field",
    name: path,
    title: field.shortdoc,
    doc: cleanDoc(field.doc),
    facts: [
      ["Type", field.type],
      ["Default", isRequired],
      ...field.constraints.map((text, i) => [i === 0 ? "Constraints" : "", text] as const),
      ...(field.validator === undefined ? [] : [["Checked by", `${field.validator} (schema)`] as const]),
      ...now.facts,
    ],
    tables: [],
    record: {
      path,
      type: field.type,
      default: field.default === "None" ? null : compact(field.default),
      required: field.required,
      constraints: field.constraints,
      validator: field.validator,
      title: field.shortdoc,
      doc: cleanDoc(field.doc),
      ...now.record,
    },
  };
}

function sectionExplanation({ schema, settings }: Configuration, path: string): Explanation | undefined {
  const section = describeSection(schema, path);
  if (section === undefined) return undefined;
  const place = placeOf(schema, path === "" ? [] : path.split("."));
  const isList = place.kind === "instances";
  const shape =
    path === ""
      ? "the top level"
      : section.kind === "object"
        ? isList
          ? "named sections"
          : "a named section"
        : "a single section";
  const type = place.kind === "section" || place.kind === "instances" ? place.type : undefined;
  const inner = (type?.entries ?? []).flatMap((entry) => {
    const child = entry.kind === "section" ? sectionType(schema, entry.name) : undefined;
    return child === undefined || child.hidden
      ? []
      : [[child.kind === "object" ? `${entry.name} NAME` : entry.name, child.shortdoc ?? ""] as const];
  });
  const instances = isList ? settings.sections(path) : [];
  const fields = section.fields.filter((field) => !field.hidden);
  const rows = fields.map(
    (field) =>
      [
        field.name,
        `${field.type}${field.required ? ", required" : field.default === "None" ? "" : ` = ${compact(field.default)}`}. ${field.shortdoc}`,
      ] as const,
  );
  return {
    what: "section",
    name: path === "" ? "(top level)" : path,
    title: section.shortdoc,
    doc: cleanDoc(section.doc),
    facts: [
      ["Kind", shape],
      ...(section.userDefOk ? [["Fields", "those below, and any others"] as const] : []),
      ...(isList ? [["Exist now", instances.length === 0 ? "none" : instances.join(", ")] as const] : []),
    ],
    tables: [
      { title: "Fields", rows },
      { title: "Sections", rows: inner },
    ],
    record: {
      path,
      kind: section.kind,
      title: section.shortdoc,
      doc: cleanDoc(section.doc),
      userDefined: section.userDefOk,
      ...(isList ? { instances } : {}),
      fields: fields.map((field) => ({
        name: field.name,
        type: field.type,
        default: field.default === "None" ? null : compact(field.default),
        required: field.required,
        title: field.shortdoc,
      })),
      sections: inner.map(([name]) => name),
    },
  };
}

/** A parameter of a sink_config or auth_config: the schema leaves those to the kind that the section names. */
function parameterExplanation(configuration: Configuration, path: string): Explanation | undefined {
  const [section, instance, name, ...rest] = path.split(".");
  if ((section !== "sink_config" && section !== "auth_config") || instance === undefined || name === undefined || rest.length > 0)
    return undefined;
  const word = section === "sink_config" ? "sink" : "auth";
  const { settings } = configuration;
  const chosen = settings.string(`${section}.${instance}.${word}`);
  const all = word === "sink" ? listSinks(settings) : listAuths(settings);
  const having = all.filter(
    (kind) => (chosen === "" || kind.name === chosen) && kind.parameters.some((parameter) => parameter.name === name),
  );
  const parameter = having[0]?.parameters.find((one) => one.name === name);
  if (parameter === undefined) return undefined;
  const now = present(configuration, path);
  const mandatory = having
    .filter((kind) => kind.parameters.some((one) => one.name === name && one.required))
    .map((kind) => kind.name);
  return {
    what: "parameter",
    name: path,
    title: `of ${word}s of kind ${having.map((kind) => kind.name).join(", ")}`,
    doc: having.length === 1 ? (having[0]?.doc ?? "") : "",
    facts: [
      ["Type", parameter.type],
      ["Required", mandatory.length === 0 ? "no" : chosen === "" ? `by ${mandatory.join(", ")}` : "yes"],
      ...now.facts,
    ],
    tables: [],
    record: { path, type: parameter.type, kinds: having.map((kind) => kind.name), requiredBy: mandatory, ...now.record },
  };
}

/** What a dotted path means, if anything: a field or section of the schema, a parameter, or an attribute that only the configuration has. */
export function explainPath(configuration: Configuration, path: string): Explanation | undefined {
  if (path === "" || path.split(".").includes("")) return undefined;
  const known =
    fieldExplanation(configuration, path) ?? sectionExplanation(configuration, path) ?? parameterExplanation(configuration, path);
  if (known !== undefined) return known;
  const node = lookup(configuration.store, path.split("."));
  if (node?.kind !== "attribute") return undefined;
  const now = present(configuration, path);
  return {
    what: "attribute",
    name: path,
    title: "not part of the schema",
    doc: "",
    facts: [["Type", node.type], ...now.facts],
    tables: [],
    record: { path, type: node.type, ...now.record },
  };
}
