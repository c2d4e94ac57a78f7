/**
 * The meta-schema: which properties a schema document may have, and of what kind of value (`schema-language.md` 2.1 to 2.3). Tables, because
 * that is what they are in the chapter; `build-schema.ts` walks a schema document by them.
 */
import { FunctionValue, TupleValue, TypeValue, type Value } from "../values.js";

export interface PropertyRule {
  /** How messages call what the property takes. */
  readonly expected: string;
  readonly accepts: (value: Value) => boolean;
  /** Accepted and ignored: code generation of other tools (C4M-S119). */
  readonly ignored?: boolean;
}

const bool: PropertyRule = { expected: "bool", accepts: (v) => typeof v === "boolean" };
const text: PropertyRule = { expected: "string", accepts: (v) => typeof v === "string" };
const int: PropertyRule = { expected: "int", accepts: (v) => typeof v === "bigint" };
const validator: PropertyRule = { expected: "func", accepts: (v) => v instanceof FunctionValue };
const ignoredText: PropertyRule = { ...text, ignored: true };
const ignoredBool: PropertyRule = { ...bool, ignored: true };

const documented = { doc: text, shortdoc: text, hidden: bool } as const;

const everySection: Readonly<Record<string, PropertyRule>> = {
  user_def_ok: bool,
  validator,
  ...documented,
  gen_typename: ignoredText,
  extra_decls: ignoredText,
  gen_field_decls: ignoredBool,
  gen_loader: ignoredBool,
  gen_setters: ignoredBool,
  gen_getters: ignoredBool,
};

/** Properties of section types, by kind (2.1). */
export const sectionProperties: Readonly<Record<"root" | "singleton" | "object", Readonly<Record<string, PropertyRule>>>> = {
  root: { ...everySection, prologue: ignoredText },
  singleton: { ...everySection, gen_fieldname: ignoredText },
  object: { ...everySection, gen_fieldname: ignoredText },
};

/** Sub-sections of section types: `field NAME { }`, `allow NAME { }`, `require NAME { }`, `exclusions { }`. */
export const sectionParts: ReadonlySet<string> = new Set(["field", "allow", "require", "exclusions"]);

/** Properties of a field (2.2). */
export const fieldProperties: Readonly<Record<string, PropertyRule>> = {
  type: { expected: "typespec or string", accepts: (v) => v instanceof TypeValue || typeof v === "string" },
  default: { expected: "any value", accepts: () => true },
  require: bool,
  choice: { expected: "list", accepts: (v) => Array.isArray(v) },
  range: { expected: "tuple of two", accepts: (v) => v instanceof TupleValue && v.items.length === 2 },
  min_items: int,
  max_items: int,
  validator,
  write_lock: bool,
  stack_limit: int,
  ...documented,
  gen_field_decl: ignoredBool,
  gen_loader: ignoredBool,
  gen_setter: ignoredBool,
  gen_getter: ignoredBool,
  gen_fieldname: ignoredText,
};

/** Properties of an `allow` or `require` entry (2.3). */
export const entryProperties: Readonly<Record<string, PropertyRule>> = { write_lock: bool };

/** The properties that a type pointer may not have (3). */
export const pointerForbids: readonly string[] = ["default", "choice", "range", "min_items", "max_items"];
