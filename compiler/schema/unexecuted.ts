/**
 * A schema's view of code that did not run (`schema-language.md` 5.4). Only executed code makes sections and attributes, so the validator proper
 * never sees the rest; but the checker knows what every statement would have made, and a misspelling in a branch that is not taken today is a
 * failure tomorrow. So unknown names and clashing types there are warnings, and a section that only such code opens is noted (C4M-S018).
 */
import { type Diagnostic, diagnostic } from "../../grammar/diagnostic.js";
import { type Location, locate } from "../../grammar/span.js";
import type { ModuleIr } from "../ir.js";
import { fits } from "./fits.js";
import { placeOf } from "./places.js";
import type { Schema } from "./schema.js";
import { attributeForSection, instanceNameForgotten, sectionForField, unknownName, wrongType } from "./verdicts.js";

/** An attribute or section that the text declares, whether executed or not. */
export interface Declared {
  readonly kind: "attribute" | "section";
  readonly path: readonly string[];
  /** Type text of an attribute. */
  readonly type: string;
  readonly location: Location;
}

/** What a path is after execution. `default`: an attribute that only the schema has set. */
export type Existence = "absent" | "assigned" | "default" | "section";

/** The declarations of a compiled module with their places. */
export function moduleDeclarations(module: ModuleIr): readonly Declared[] {
  return module.declarations.map((declaration) => ({
    kind: declaration.kind,
    path: declaration.path,
    type: module.types[declaration.type] ?? "",
    location: locate(module.table, { start: declaration.span[0], end: declaration.span[1] }),
  }));
}

/**
 * Checks what was declared and not executed: C4M-S001, S002, S009–S011 as warnings, C4M-S018 as note. One report per path.
 * `exists` tells what has come of a path. For a check without running anything, let it answer "absent".
 */
export function checkUnexecuted(
  schema: Schema,
  declared: readonly Declared[],
  exists: (path: readonly string[]) => Existence,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const reported = new Set<string>();
  /** Sections with C4M-S018. */
  const absent = new Set<string>();
  const report = (path: readonly string[], make: () => Diagnostic) => {
    const key = path.join(".");
    if (reported.has(key)) return;
    reported.add(key);
    diagnostics.push(make());
  };
  // Below a section that merely does not exist, what is wrong is worth telling all the same.
  const reportedAbove = (path: readonly string[]) =>
    path.some((_, i) => i > 0 && reported.has(path.slice(0, i).join(".")) && !absent.has(path.slice(0, i).join(".")));
  for (const declaration of declared) {
    const state = exists(declaration.path);
    if (state === "assigned" || state === "section" || reportedAbove(declaration.path)) continue;
    const subject = { path: declaration.path, location: declaration.location, severity: "warning" } as const;
    const place = placeOf(schema, declaration.path);
    if (place.kind === "unknown") {
      const path = declaration.path.slice(0, place.index + 1);
      const node = place.index < declaration.path.length - 1 ? "section" : declaration.kind;
      if (exists(path) === "absent") report(path, () => unknownName(schema, place.section, node, { ...subject, path }));
    } else if (place.kind === "below field") {
      const path = declaration.path.slice(0, place.index + 1);
      if (exists(path) === "absent") report(path, () => sectionForField(place.field, { ...subject, path }));
    } else if (declaration.kind === "attribute") {
      if (place.kind === "section") {
        const above = declaration.path.slice(0, -1);
        const instanceOf = placeOf(schema, above);
        if (instanceOf.kind === "instances") report(declaration.path, () => instanceNameForgotten(instanceOf.type, subject));
        else report(declaration.path, () => attributeForSection(place.type, subject));
      } else if (place.kind === "instances") report(declaration.path, () => attributeForSection(place.type, subject));
      else if (place.kind === "field" && "text" in place.field.type && !fits(place.field.type.text, declaration.type))
        report(declaration.path, () => wrongType(place.field, declaration.type, undefined, undefined, subject));
    } else if (place.kind === "field") report(declaration.path, () => sectionForField(place.field, subject));
    else if (place.kind === "section") {
      absent.add(declaration.path.join("."));
      report(declaration.path, () =>
        diagnostic(
          "C4M-S018",
          declaration.location,
          `section '${declaration.path.join(".")}' is opened only by code that did not run, so it does not exist`,
          {
            path: declaration.path.join("."),
          },
        ),
      );
    }
  }
  return diagnostics;
}
