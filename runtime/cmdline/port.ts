/**
 * The two doors between the command line and the configuration runtime: what the reader of specifications asks of the runtime that evaluated one
 * (`surroundings`), and how a parsed line is carried out in it (`commitPort`).
 */
import { entriesByName, fieldTypeText, type Schema, type SectionType, sectionType } from "../../compiler/schema/schema.js";
import { assignAttribute, setOverride } from "../evaluate/assign.js";
import { candidates } from "../evaluate/calls.js";
import { callFunction } from "../evaluate/evaluate.js";
import type { Runtime } from "../evaluate/runtime.js";
import { makeDict } from "../operations.js";
import { isUntouched } from "../shipped/snapshot.js";
import { lookup, type SectionNode, type Store, type StoreNode } from "../store.js";
import { textsUnify, typeFromText, typeText } from "../type-tools.js";
import { FunctionValue, type Value } from "../values.js";
import type { CommitPort } from "./commit.js";
import type { SpecSurroundings } from "./read-properties.js";
import type { CallbackReference, FlagValue } from "./spec.js";

/** Type text of the schema's field at a dotted path; undefined if the schema declares none there. */
export function fieldType(schema: Schema | undefined, path: string): string | undefined {
  if (schema === undefined) return undefined;
  const names = path.split(".");
  let section: SectionType = schema.root;
  for (let i = 0; i < names.length; i++) {
    const entry = entriesByName(section).get(names[i] as string);
    if (entry === undefined) return undefined;
    if (entry.kind === "field") return i === names.length - 1 ? fieldTypeText(entry) : undefined;
    const type = sectionType(schema, names[i] as string);
    if (type === undefined) return undefined;
    section = type;
    // The name of an instance stands between the type and its fields.
    if (type.kind === "object") i++;
  }
  return undefined;
}

export function surroundings(runtime: Runtime, schema: Schema | undefined): SpecSurroundings {
  return {
    store: runtime.store,
    typesFit: textsUnify,
    functionExists: (name, signature) => candidates(runtime, new FunctionValue(name, typeFromText(signature))).length > 0,
    fieldType: (path) => fieldType(schema, path),
    signatureText: (reference) => (reference.signature === undefined ? undefined : typeText(reference.signature)),
  };
}

function flagAsValue(flag: FlagValue): { readonly value: Value; readonly type: string } {
  if (typeof flag === "boolean") return { value: flag, type: "bool" };
  if (typeof flag === "string") return { value: flag, type: "string" };
  return { value: Object.freeze([...flag]), type: "list[string]" };
}

/** A copy of a tree that later changes to the original don't reach. */
function copySection(section: SectionNode): SectionNode {
  const members = new Map<string, StoreNode>();
  for (const [name, node] of section.members)
    members.set(name, node.kind === "section" ? copySection(node) : { ...node, history: [...node.history] });
  return { kind: "section", members, opened: [...section.opened] };
}

/** The commit port of a runtime. */
export function commitPort(runtime: Runtime, schema: Schema | undefined): CommitPort {
  return {
    call(callback: CallbackReference, argument: FlagValue) {
      const reference = new FunctionValue(
        callback.name,
        callback.signature === undefined ? undefined : typeFromText(callback.signature),
      );
      const result = callFunction(runtime, reference, [flagAsValue(argument).value]);
      if (!result.ok) return { diagnostic: result.diagnostic };
      return { text: typeof result.value === "string" ? result.value : "" };
    },
    override(field, flag, spelling) {
      const { value, type } = flagAsValue(flag);
      const path = field.split(".");
      const node = lookup(runtime.store, path);
      if (node?.kind === "section") return "section";
      const declared = node?.type ?? fieldType(schema, field);
      if (declared !== undefined && !textsUnify(declared, type)) return "type";
      setOverride(runtime, path, value, declared ?? type, { kind: "flag", flag: spelling });
      return "ok";
    },
    assign(attribute, content) {
      const origin = { kind: "host", by: "command line" } as const;
      const path = attribute.split(".");
      if (typeof content === "string") assignAttribute(runtime, { path, value: content, type: "string", origin });
      else if (content instanceof Map)
        assignAttribute(runtime, { path, value: makeDict([...content]), type: "dict[string, string]", origin });
      else
        assignAttribute(runtime, {
          path,
          value: Object.freeze([...(content as readonly string[])]),
          type: "list[string]",
          origin,
        });
    },
    checkpoint() {
      return snapshotOf(runtime.store);
    },
  };
}

/**
 * Remembers the tree; the result puts it back. Sections of a snapshot that nobody has read are not copied: reading thousands of shipped attributes
 * for a rollback that ends the program anyway would cost every start.
 */
function snapshotOf(store: Store): () => void {
  const copies = new Map<string, StoreNode>();
  for (const [name, node] of store.root.members) {
    if (node.kind === "attribute") copies.set(name, { ...node, history: [...node.history] });
    else copies.set(name, isUntouched(node) ? node : copySection(node));
  }
  return () => {
    store.root.members.clear();
    for (const [name, node] of copies) store.root.members.set(name, node);
  };
}
