/**
 * What validators look at: which top-level names the validators of each section name in their texts, in themselves or in the functions they call. Found
 * out when the project is built and saved with the schema, because it means reading all of its code.
 */
import type { FunctionIr, ModuleIr } from "../../compiler/ir.js";
import { type Schema, type SectionType, sectionType } from "../../compiler/schema/schema.js";
import type { LoadedSchema } from "./saved-schema.js";
import { visitNodes } from "./visit-ir.js";

export interface Dependencies {
  /** Top-level section -> top-level names that validators in it look at. */
  readonly bySection: ReadonlyMap<string, ReadonlySet<string>>;
  readonly finalCheck: ReadonlySet<string>;
}

/** JSON form. */
export interface SavedDependencies {
  readonly bySection: readonly (readonly [section: string, names: readonly string[]])[];
  readonly finalCheck: readonly string[];
}

const dependencies = new WeakMap<LoadedSchema, Dependencies>();

/** The dependencies of a schema's validators, as they were saved or found out now. */
export function dependenciesOf(loaded: LoadedSchema): Dependencies {
  let found = dependencies.get(loaded);
  if (found === undefined) {
    found = loaded.dependencies === undefined ? findDependencies(loaded) : restoreDependencies(loaded.dependencies);
    dependencies.set(loaded, found);
  }
  return found;
}

/** For saving with the schema. */
export function saveDependencies(loaded: LoadedSchema): SavedDependencies {
  const { bySection, finalCheck } = dependenciesOf(loaded);
  return { bySection: [...bySection].map(([section, names]) => [section, [...names]] as const), finalCheck: [...finalCheck] };
}

function restoreDependencies({ bySection, finalCheck }: SavedDependencies): Dependencies {
  return {
    bySection: new Map(bySection.map(([section, names]) => [section, new Set(names)] as const)),
    finalCheck: new Set(finalCheck),
  };
}

function findDependencies({ schema, modules }: LoadedSchema): Dependencies {
  const topLevel = new Set(schema.root.entries.map((entry) => entry.name));
  const functions = new Map<string, { readonly module: ModuleIr; readonly ir: FunctionIr }[]>();
  for (const module of modules.flatMap((file) => [file.module, ...file.components.values()])) {
    for (const ir of module.functions) functions.set(ir.name, [...(functions.get(ir.name) ?? []), { module, ir }]);
  }
  const lookedAt = (start: readonly string[]): ReadonlySet<string> => {
    const names = new Set<string>();
    const reached = new Set(start);
    for (const name of reached) {
      for (const { module, ir } of functions.get(name) ?? []) {
        visitNodes(ir.body, (node) => {
          if (node.k === "call") reached.add(node.name as string);
          const constant = node.k === "const" ? module.constants[node.c as number] : undefined;
          const first = constant?.t === "string" ? (constant.v.split(".")[0] as string) : "";
          if (topLevel.has(first)) names.add(first);
        });
      }
    }
    return names;
  };
  const bySection = new Map<string, ReadonlySet<string>>();
  for (const entry of schema.root.entries) {
    const type = entry.kind === "section" ? sectionType(schema, entry.name) : undefined;
    if (type !== undefined) bySection.set(entry.name, lookedAt([...validatorsBelow(typesBelow(schema, type))]));
  }
  return { bySection, finalCheck: lookedAt(["final_check"]) };
}

/** A section type with all types that may occur inside it. */
function typesBelow(schema: Schema, type: SectionType): ReadonlySet<SectionType> {
  const reached = new Set([type]);
  for (const each of reached) {
    for (const entry of each.entries) {
      const child = entry.kind === "section" ? sectionType(schema, entry.name) : undefined;
      if (child !== undefined) reached.add(child);
    }
  }
  return reached;
}

/** Names of the validators of some section types and their fields. */
function validatorsBelow(types: ReadonlySet<SectionType>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const type of types) {
    if (type.validator !== undefined) names.add(type.validator.name);
    for (const entry of type.entries)
      if (entry.kind === "field" && entry.validator !== undefined) names.add(entry.validator.name);
  }
  return names;
}
