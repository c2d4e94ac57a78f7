/**
 * The verdicts of a schema that running code and unexecuted code share: unknown names, types that do not fit, sections and attributes in each
 * other's place (`schema-language.md` 10, 11). Each function makes one complete diagnostic, with suggestion, hint and the place of the
 * declaration.
 */
import { type Diagnostic, diagnostic, type Note, type Severity } from "../../grammar/diagnostic.js";
import type { Location } from "../../grammar/span.js";
import { didYouMean, suggest } from "../../grammar/suggest.js";
import { homesOf, placeOf, sectionLabel } from "./places.js";
import { entriesByName, type FieldRule, fieldTypeText, type Schema, type SectionType } from "./schema.js";

/** What every verdict is about. */
export interface Subject {
  /** Names from the root. */
  readonly path: readonly string[];
  readonly location: Location | undefined;
  /** Default: error. Code that was not executed gets warnings (5.4). */
  readonly severity?: Severity;
}

/** `{file, line}` of a declaration, for the `schema` member. */
export function schemaPlace(location: Location | undefined): { readonly file: string; readonly line: number } | undefined {
  return location === undefined ? undefined : { file: location.file, line: location.line };
}

/** A note at a place of the schema, if that place is known. */
export function declaredHere(message: string, location: Location | undefined): readonly Note[] {
  return location === undefined ? [] : [{ message, location }];
}

/** Is the last name of the path inside a command-line specification? */
function isInGetopts(schema: Schema, path: readonly string[]): boolean {
  return path.some((name, index) => {
    if (name !== "getopts" || index === path.length - 1) return false;
    const place = placeOf(schema, path.slice(0, index + 1));
    return place.kind === "section" && place.type.name === "getopts";
  });
}

/**
 * C4M-S001: a name that its section neither declares nor covers by `user_def_ok`. Inside a command-line specification it is C4M-G111 (`diagnostics.md` 4.2).
 */
export function unknownName(schema: Schema, section: SectionType, node: "attribute" | "section", subject: Subject): Diagnostic {
  const name = subject.path[subject.path.length - 1] as string;
  const where = subject.path.length === 1 ? "at the top level" : `in section ${subject.path.slice(0, -1).join(".")}`;
  const suggestions = suggest(name, [...entriesByName(section).keys()]);
  const homes = suggestions.length > 0 ? [] : homesOf(schema, name);
  const hint =
    suggestions.length > 0
      ? didYouMean(suggestions)
      : homes.length > 0
        ? `'${name}' belongs to ${homes.slice(0, 3).map(sectionLabel).join(" or ")}`
        : undefined;
  const isCommandLine = isInGetopts(schema, subject.path);
  return diagnostic(
    isCommandLine ? "C4M-G111" : "C4M-S001",
    subject.location,
    `unknown ${node === "section" ? "section" : "field"} '${name}' ${where}`,
    {
      severity: subject.severity ?? "error",
      path: subject.path.join("."),
      kind: isCommandLine ? "spec-unknown-property" : "unknown",
      suggestions: suggestions.length > 0 ? suggestions : undefined,
      hint,
      notes: declaredHere(
        section.kind === "root" ? "the top level is declared here" : `'${section.name}' is declared here`,
        section.location,
      ),
      schema: schemaPlace(section.location),
    },
  );
}

/** C4M-S002: an attribute whose type does not fit its field. `value`: how messages show the value, if there is one. */
export function wrongType(
  field: FieldRule,
  actual: string,
  value: string | undefined,
  hint: string | undefined,
  subject: Subject,
): Diagnostic {
  const expected = fieldTypeText(field);
  const path = subject.path.join(".");
  const what = value === undefined ? "its value here" : value;
  return diagnostic("C4M-S002", subject.location, `'${path}' must be ${expected}, but ${what} is ${actual}`, {
    severity: subject.severity ?? "error",
    path,
    kind: "type",
    expected: "pointer" in field.type ? field.type.pointer : field.type.text,
    actual,
    hint,
    notes: fieldNotes(field),
    schema: schemaPlace(field.location),
  });
}

/** The declaration of a field, with its summary as help line (11, item 4). */
export function fieldNotes(field: FieldRule): readonly Note[] {
  const summary = field.shortdoc === undefined || field.shortdoc === "" ? "" : `: ${field.shortdoc}`;
  return declaredHere(`'${field.name}' is declared here${summary}`, field.location);
}

/** C4M-S009: an attribute where the schema has a section. */
export function attributeForSection(type: SectionType, subject: Subject): Diagnostic {
  const path = subject.path.join(".");
  return diagnostic("C4M-S009", subject.location, `'${path}' is a section, but a value is assigned to it`, {
    severity: subject.severity ?? "error",
    path,
    kind: "type",
    expected: type.kind,
    hint: type.kind === "object" ? `write ${type.name} NAME { … }` : `write ${type.name} { … }`,
    notes: declaredHere(`'${type.name}' is declared here`, type.location),
    schema: schemaPlace(type.location),
  });
}

/** C4M-S010: a section where the schema has a field. */
export function sectionForField(field: FieldRule, subject: Subject): Diagnostic {
  const path = subject.path.join(".");
  return diagnostic("C4M-S010", subject.location, `'${path}' is a field, but it is used as a section`, {
    severity: subject.severity ?? "error",
    path,
    kind: "type",
    expected: fieldTypeText(field),
    actual: "section",
    hint: `write ${field.name}: VALUE`,
    notes: fieldNotes(field),
    schema: schemaPlace(field.location),
  });
}

/** C4M-S011: an attribute directly inside an object type. */
export function instanceNameForgotten(type: SectionType, subject: Subject): Diagnostic {
  const path = subject.path.join(".");
  return diagnostic(
    "C4M-S011",
    subject.location,
    `'${path}' stands directly in '${type.name}', which needs a name for each section`,
    {
      severity: subject.severity ?? "error",
      path,
      kind: "type",
      hint: `write ${type.name} NAME { … } around it`,
      notes: declaredHere(`'${type.name}' is declared here`, type.location),
      schema: schemaPlace(type.location),
    },
  );
}
