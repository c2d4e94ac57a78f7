/**
 * Contexts: the table of builtin functions that a host starts with, and names that come into being while files run (the host's own, schema
 * defaults, `add_override`, `copy_object`), which the checker knows from the next file on (`language.md` 5.2).
 */
import type { Location } from "../grammar/span.js";
import type { BuiltinSignature, CheckContext, DeclaredNode, FunctionEntry } from "./context.js";
import { typeFromText } from "./type-text.js";
import { type FunctionType, freshVariable, type Type } from "./types.js";
import { Trail, unify } from "./unify.js";

/** The key by which the IR names a builtin: its name followed by its type as written in the table. */
export function builtinKey(signature: BuiltinSignature): string {
  return signature.name + signature.type;
}

/** An entry for a builtin, whose type is parsed when it is first asked for: most files call few of them. */
class BuiltinEntry implements FunctionEntry {
  readonly name: string;
  readonly key: string;
  readonly origin = "builtin";
  readonly file = undefined;
  readonly location = undefined;
  readonly yields: boolean;
  private parsed: FunctionType | undefined;

  private readonly signature: BuiltinSignature;

  constructor(signature: BuiltinSignature) {
    this.signature = signature;
    this.name = signature.name;
    this.key = builtinKey(signature);
    this.yields = signature.yields ?? false;
  }

  get type(): FunctionType {
    this.parsed ??= functionTypeOf(this.signature.type);
    return this.parsed;
  }
}

/** The type of a function from its text. Throws if the text is no function type: tables are part of the program. */
function functionTypeOf(text: string): FunctionType {
  const type = typeFromText(text);
  if (type?.kind !== "function") throw new Error(`'${text}' is not the type of a function`);
  return type;
}

/** A context without files: nothing declared, and the given builtin functions. */
export function createContext(builtins: readonly BuiltinSignature[]): CheckContext {
  const functions = new Map<string, FunctionEntry[]>();
  for (const signature of builtins) {
    const entry = new BuiltinEntry(signature);
    const sameName = functions.get(signature.name);
    if (sameName === undefined) functions.set(signature.name, [entry]);
    else sameName.push(entry);
  }
  return {
    functions,
    root: { kind: "section", members: new Map(), location: undefined },
    cells: new Map(),
    components: new Map(),
  };
}

/** Forbids later files to replace the user functions of a name (C4M-N016). */
export function lockFunction(context: CheckContext, name: string): void {
  for (const entry of context.functions.get(name) ?? []) if (entry.origin === "user") entry.locked = true;
}

/** Declares the sections of a path; undefined if an attribute stands in the way. */
export function declareSection(
  context: CheckContext,
  path: readonly string[],
  location?: Location,
): Extract<DeclaredNode, { kind: "section" }> | undefined {
  let section = context.root;
  for (const name of path) {
    let next = section.members.get(name);
    if (next?.kind === "attribute") return undefined;
    if (next === undefined) {
      next = { kind: "section", members: new Map(), location };
      section.members.set(name, next);
    }
    section = next;
  }
  return section;
}

/**
 * Declares an attribute that came into being at run time, together with the sections above it. An attribute that is declared already gets the
 * type in addition to what is known. Returns false, and changes no type, if the path names a section or runs through an attribute, or if the types
 * clash. A text that is no type counts as an open type.
 */
export function declareAttribute(context: CheckContext, path: readonly string[], typeText: string, location?: Location): boolean {
  const section = declareSection(context, path.slice(0, -1), location);
  const name = path[path.length - 1];
  if (section === undefined || name === undefined) return false;
  const type: Type = typeFromText(typeText) ?? freshVariable();
  const node = section.members.get(name);
  if (node === undefined) section.members.set(name, { kind: "attribute", type, location });
  else if (node.kind === "section") return false;
  else return unify(node.type, type, new Trail());
  return true;
}
