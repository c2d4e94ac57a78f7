/** Explanations of names that older releases had: what they are called now, or why they are gone. */
import { deprecatedKeys, legacyFields, legacyKeys, legacySections } from "../../compiler/legacy/table.js";
import type { Explanation } from "./explanation.js";

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("."), path.split(".")];
  return wanted.length === given.length && wanted.every((part, i) => part === "*" || part === given[i]);
}

function rowOf<T>(table: Readonly<Record<string, T>>, path: string): T | undefined {
  return Object.entries(table).find(([pattern]) => fits(pattern, path))?.[1];
}

/** What an old name of a key, field or section means today; undefined if no release knew it. */
export function explainOldName(name: string): Explanation | undefined {
  const describe = (text: string, now: string | null): Explanation => ({
    what: "old name",
    name,
    title: "",
    doc: text,
    facts: now === null ? [] : [["Now", now]],
    tables: [],
    record: { name, now, text },
  });
  const twin = Object.hasOwn(deprecatedKeys, name) ? deprecatedKeys[name] : undefined;
  if (twin !== undefined)
    return describe(`This key has the same value as ${twin}, which newer configurations use. It stays available.`, twin);
  const key = Object.hasOwn(legacyKeys, name) ? legacyKeys[name] : undefined;
  if (key === null)
    return describe(
      "This metadata key of older releases does not exist any more. Templates that name it are accepted, and the name is ignored.",
      null,
    );
  if (key !== undefined)
    return describe(
      `This metadata key of older releases is called ${key} now. Templates that name it are read as naming ${key}.`,
      key,
    );
  const field = rowOf(legacyFields, name);
  if (field !== undefined) {
    switch (field.kind) {
      case "rename":
        return describe(
          "This setting of older releases has another name now. Both are accepted; `chalk config migrate` rewrites the old one.",
          field.to,
        );
      case "drop":
        return describe(`This setting of older releases is accepted and has no effect: ${field.why}.`, null);
      case "key-file":
        return describe(
          "This setting of older releases named a file; its parts are separate settings now. `chalk config migrate` splits it.",
          `${field.section}.filename, .save_path, .get_paths`,
        );
      case "key-provider":
        return describe(
          "This setting of older releases chose where the signing key is kept. Today that is said by name.",
          field.to,
        );
    }
  }
  const section = rowOf(legacySections, name);
  if (section === undefined) return undefined;
  if ("to" in section)
    return describe(
      "This section of older releases has another name now. Both are accepted; `chalk config migrate` rewrites the old one.",
      section.to,
    );
  return describe(`This section of older releases is accepted and has no effect: ${section.why}.`, null);
}
