/**
 * Schema documents into schemas (`schema-language.md` 2, 9.2). A schema file is evaluated like any c4m program; this module turns the tree that it,
 * or several such files one after another, left behind into the rules of `compiler/schema/schema.ts`. Faults (C4M-S101 to S119) are all
 * reported at once; a document with an error yields no schema.
 */

import type { FunctionEntry } from "../../compiler/context.js";
import {
  type Entry,
  type Exclusion,
  type FieldRule,
  type Schema,
  type SectionRule,
  type SectionType,
  schemaFormat,
} from "../../compiler/schema/schema.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import type { SectionNode, Store } from "../store.js";
import { TupleValue, TypeValue, type Value } from "../values.js";
import { checkField } from "./check-field.js";
import { encodeConstant, typeTextOf } from "./constants.js";
import { DocumentReader, type Property } from "./document.js";
import { entryProperties, fieldProperties, sectionParts, sectionProperties } from "./meta-schema.js";
import { hasFinalCheck, resolveValidator } from "./validator-lookup.js";

export interface BuildResult {
  /** Present if the document has no error. */
  readonly schema: Schema | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The function table of the runtime in which the schema files were evaluated. */
export type FunctionTable = ReadonlyMap<string, readonly FunctionEntry[]>;

/**
 * Compiles the rules of a schema document.
 * @param store the tree that the schema files left behind
 * @param functions the functions known there, for validators
 * @param files names of the schema files in the order of their evaluation
 */
export function buildSchema(store: Store, functions: FunctionTable, files: readonly string[]): BuildResult {
  const reader = new DocumentReader(files);
  const builder = new SchemaBuilder(reader, functions, store.root);
  const schema = builder.build(files);
  const diagnostics = [...reader.diagnostics].sort((a, b) => reader.compare(a.location, b.location));
  return { schema: hasErrors(diagnostics) ? undefined : schema, diagnostics };
}

type Kind = SectionType["kind"];

/** The section of command lines. Its type is that of the schema which applications load before their own (`schema-language.md` 9.2), so they don't declare it. */
const commandLines = "getopts";

class SchemaBuilder {
  readonly #reader: DocumentReader;
  readonly #functions: FunctionTable;
  readonly #document: SectionNode;
  /** Names of all declared section types. */
  readonly #known = new Set<string>();

  constructor(reader: DocumentReader, functions: FunctionTable, document: SectionNode) {
    this.#reader = reader;
    this.#functions = functions;
    this.#document = document;
  }

  build(files: readonly string[]): Schema {
    const types = this.#declareTypes();
    const compiled = types.map(({ kind, name, node }) => this.#section(kind, name, node, [kind, name]));
    const rootNode = this.#document.members.get("root");
    let root: SectionType = { kind: "root", name: "", userDefOk: false, entries: [], exclusions: [], hidden: false };
    if (rootNode?.kind === "section") root = this.#section("root", "", rootNode, ["root"]);
    else if (rootNode === undefined)
      this.#reader.fault("C4M-S101", ["root"], this.#reader.fileStart(), "a schema needs a root { … } section");
    else
      this.#reader.fault("C4M-S106", ["root"], this.#reader.place(rootNode), "'root' is a section: write root { … }", {
        expected: "section",
        actual: rootNode.type,
      });
    return { format: schemaFormat, files, root, types: compiled, finalCheck: hasFinalCheck(this.#functions) };
  }

  /** Registers all types before any is filled in, so that they may refer to each other (2). */
  #declareTypes(): readonly { kind: Kind; name: string; node: SectionNode }[] {
    const reader = this.#reader;
    const types: { kind: Kind; name: string; node: SectionNode }[] = [];
    for (const kind of ["singleton", "object"] as const) {
      for (const [name, node] of reader.parts(this.#document, [], kind)) {
        types.push({ kind, name, node });
        this.#known.add(name);
      }
    }
    types.sort((a, b) => reader.compare(a.node.opened[0], b.node.opened[0]));
    const first = new Map<string, SectionNode>();
    for (const { kind, name, node } of types) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, node);
      else
        reader.fault("C4M-S114", [kind, name], node.opened[0], `'${name}' is already declared as another kind of section`, {
          notes: [{ message: `'${name}' is first declared here`, location: earlier.opened[0] }],
        });
    }
    reader.properties(this.#document, [], {}, (name) => name === "root" || name === "singleton" || name === "object");
    return types;
  }

  #section(kind: Kind, name: string, node: SectionNode, path: readonly string[]): SectionType {
    const reader = this.#reader;
    const properties = reader.properties(node, path, sectionProperties[kind], (member) => sectionParts.has(member));
    const location = node.opened[0];
    if (!node.members.has("user_def_ok"))
      reader.fault(
        "C4M-S102",
        [...path, "user_def_ok"],
        location,
        "'user_def_ok' is mandatory: may this section contain names that the schema does not list?",
        {
          hint: "add user_def_ok: false",
        },
      );
    const fieldNodes = reader.parts(node, path, "field");
    const siblings = new Map(fieldNodes);
    const fields = fieldNodes.map(([field, body]) => this.#field(field, body, [...path, "field", field], siblings));
    const required = this.#children(node, path, "require");
    const allowed = this.#children(node, path, "allow");
    const entries: Entry[] = [...fields.filter((field) => field !== undefined), ...required, ...allowed];
    this.#duplicates(path, [
      ...fieldNodes.map(([field, body]) => ({ part: "field", name: field, location: body.opened[0] })),
      ...required.map((rule) => ({ part: "require", name: rule.name, location: rule.location })),
      ...allowed.map((rule) => ({ part: "allow", name: rule.name, location: rule.location })),
    ]);
    const names = [
      ...fieldNodes.map(([field]) => field),
      ...required.map((rule) => rule.name),
      ...allowed.map((rule) => rule.name),
    ];
    // Several schema files may open the root; the one that declares most of it comes after the general ones.
    const declaredAt = kind === "root" ? node.opened[Math.min(1, node.opened.length - 1)] : location;
    const check = properties.get("validator");
    const validator = check && resolveValidator(reader, this.#functions, check, undefined, [...path, "validator"]);
    return {
      kind,
      name,
      userDefOk: properties.get("user_def_ok")?.value === true,
      ...(validator ? { validator } : {}),
      entries,
      exclusions: this.#exclusions(node, path, names),
      ...documentation(properties),
      ...(declaredAt ? { location: declaredAt } : {}),
    };
  }

  /** One field; undefined if it is too faulty to become a rule. */
  #field(
    name: string,
    node: SectionNode,
    path: readonly string[],
    siblings: ReadonlyMap<string, SectionNode>,
  ): FieldRule | undefined {
    const reader = this.#reader;
    const location = node.opened[0];
    if (name === "*") reader.fault("C4M-S105", path, location, "a field cannot be named '*'", { hint: "use user_def_ok: true" });
    const properties = reader.properties(node, path, fieldProperties);
    if (!node.members.has("type"))
      reader.fault("C4M-S102", [...path, "type"], location, `field '${name}' has no type`, { hint: "add type: TYPE" });
    const presence = this.#presence(name, node, properties, path);
    const typeProperty = properties.get("type");
    if (typeProperty === undefined) return undefined;
    const type =
      typeProperty.value instanceof TypeValue
        ? { text: typeTextOf(typeProperty.value) }
        : { pointer: typeProperty.value as string };
    const range = tupleItems(properties.get("range")?.value);
    const choice = properties.get("choice")?.value as readonly Value[] | undefined;
    const minItems = properties.get("min_items")?.value as bigint | undefined;
    const maxItems = properties.get("max_items")?.value as bigint | undefined;
    const check = properties.get("validator");
    const validator = check && resolveValidator(reader, this.#functions, check, type, [...path, "validator"]);
    const field: FieldRule = {
      kind: "field",
      name,
      type,
      presence: presence ?? { require: false },
      ...(choice ? { choice: choice.map(encodeConstant) } : {}),
      ...(range ? { range: [encodeConstant(range[0] as Value), encodeConstant(range[1] as Value)] } : {}),
      ...(minItems !== undefined ? { minItems: Number(minItems) } : {}),
      ...(maxItems !== undefined ? { maxItems: Number(maxItems) } : {}),
      ...(validator ? { validator } : {}),
      writeLock: properties.get("write_lock")?.value === true,
      stackLimit: Number((properties.get("stack_limit")?.value as bigint | undefined) ?? -1n),
      ...documentation(properties),
      ...(location ? { location } : {}),
    };
    checkField(reader, field, properties, path, siblings);
    return field;
  }

  /** `default` or `require`: exactly one of them (C4M-S103, S104); over several files the later one replaces the other (9.2). */
  #presence(
    name: string,
    node: SectionNode,
    properties: ReadonlyMap<string, Property>,
    path: readonly string[],
  ): FieldRule["presence"] | undefined {
    const reader = this.#reader;
    const value = properties.get("default");
    const require = properties.get("require");
    if (!node.members.has("default") && !node.members.has("require")) {
      reader.fault("C4M-S103", path, node.opened[0], `field '${name}' has neither 'default' nor 'require'`, {
        hint: "add a default, or require: true (must be set) or require: false (may be absent)",
      });
      return undefined;
    }
    if (value !== undefined && require !== undefined) {
      const order = reader.fileIndex(value.location) - reader.fileIndex(require.location);
      if (order < 0) return { require: require.value === true };
      if (order === 0)
        reader.fault("C4M-S104", [...path, "default"], value.location, `field '${name}' has both 'default' and 'require'`, {
          notes: [{ message: "'require' is here", location: require.location }],
        });
    }
    if (value !== undefined)
      return { default: encodeConstant(value.value), ...(value.location ? { location: value.location } : {}) };
    return require === undefined ? undefined : { require: require.value === true };
  }

  /** The `allow` or `require` entries of a section. */
  #children(node: SectionNode, path: readonly string[], part: "allow" | "require"): readonly SectionRule[] {
    return this.#reader.parts(node, path, part).map(([name, body]) => {
      const here = [...path, part, name];
      const location = body.opened[0];
      const properties = this.#reader.properties(body, here, entryProperties);
      if (!this.#known.has(name) && name !== commandLines)
        this.#reader.fault("C4M-S116", here, location, `there is no singleton or object type '${name}'`);
      return {
        kind: "section",
        name,
        required: part === "require",
        writeLock: properties.get("write_lock")?.value === true,
        ...(location ? { location } : {}),
      };
    });
  }

  /** C4M-S115: a name may appear once over `field`, `allow` and `require`. */
  #duplicates(path: readonly string[], declared: { part: string; name: string; location: FieldRule["location"] }[]): void {
    const first = new Map<string, (typeof declared)[number]>();
    for (const entry of declared.sort((a, b) => this.#reader.compare(a.location, b.location))) {
      const earlier = first.get(entry.name);
      if (earlier === undefined) first.set(entry.name, entry);
      else
        this.#reader.fault(
          "C4M-S115",
          [...path, entry.part, entry.name],
          entry.location,
          `'${entry.name}' is already declared here by '${earlier.part}'`,
          {
            notes: [{ message: "the earlier declaration", location: earlier.location }],
          },
        );
    }
  }

  /** The pairs of `exclusions { a: "b"; c: ["d", "e"] }`, each once (6). */
  #exclusions(node: SectionNode, path: readonly string[], names: readonly string[]): readonly Exclusion[] {
    const reader = this.#reader;
    const part = node.members.get("exclusions");
    if (part === undefined) return [];
    const here = [...path, "exclusions"];
    if (part.kind === "attribute") {
      reader.fault("C4M-S106", here, reader.place(part), "'exclusions' is a section: write exclusions { A: \"B\" }", {
        expected: "section",
        actual: part.type,
      });
      return [];
    }
    const pairs: Exclusion[] = [];
    for (const [left, member] of part.members) {
      const at = [...here, left];
      if (member.kind === "section") {
        reader.fault("C4M-S105", at, member.opened[0], "exclusions have no sub-sections");
        continue;
      }
      const location = reader.place(member);
      const others = typeof member.value === "string" ? [member.value] : member.value;
      if (!Array.isArray(others) || !others.every((other) => typeof other === "string")) {
        reader.fault("C4M-S106", at, location, "the excluded name must be a string or a list of strings", {
          expected: "string or list[string]",
          actual: member.type,
        });
        continue;
      }
      const undeclared = [left, ...others].filter((name) => !names.includes(name));
      if (undeclared.length > 0)
        reader.fault(
          "C4M-S117",
          at,
          location,
          `${undeclared.map((name) => `'${name}'`).join(" and ")} ${undeclared.length === 1 ? "is" : "are"} not declared in this section`,
        );
      for (const right of others) {
        if (right === left) continue;
        const [first, second] = names.indexOf(left) <= names.indexOf(right) ? [left, right] : [right, left];
        if (!pairs.some((pair) => pair.first === first && pair.second === second))
          pairs.push({ first, second, ...(location ? { location } : {}) });
      }
    }
    return pairs;
  }
}

function documentation(properties: ReadonlyMap<string, Property>): {
  readonly shortdoc?: string;
  readonly doc?: string;
  readonly hidden: boolean;
} {
  const shortdoc = properties.get("shortdoc")?.value as string | undefined;
  const doc = properties.get("doc")?.value as string | undefined;
  return {
    ...(shortdoc === undefined ? {} : { shortdoc }),
    ...(doc === undefined ? {} : { doc }),
    hidden: properties.get("hidden")?.value === true,
  };
}

/** The items of a tuple value. */
function tupleItems(value: Value | undefined): readonly Value[] | undefined {
  return value instanceof TupleValue ? value.items : undefined;
}
