/**
 * Types written in declarations. A dict can only be declared with keys that can be keys (C4M-T013, `language.md` 3.1).
 */
import type { TypeNode } from "../../grammar/ast.js";
import { typeFromNode, typeText } from "../type-text.js";
import type { Type, TypeVariable } from "../types.js";
import type { ModuleDraft } from "./session.js";

const unfitKeys: ReadonlySet<TypeNode["kind"]> = new Set(["list", "dict", "tuple", "typespec", "signature", "anyfunc"]);

/** The type of an annotation; `variables` is the name space of the declaration. */
export function annotatedType(node: TypeNode, variables: Map<string, TypeVariable>, module: ModuleDraft): Type {
  checkKeys(node, module);
  return typeFromNode(node, variables);
}

function checkKeys(node: TypeNode, module: ModuleDraft): void {
  if (node.kind === "dict" && unfitKeys.has(node.key.kind)) {
    const actual = typeText(typeFromNode(node.key));
    module.report("C4M-T013", node.key.span, `${actual} cannot be the key of a dict`, { name: "key", actual });
  }
  for (const part of partsOfNode(node)) checkKeys(part, module);
}

function partsOfNode(node: TypeNode): readonly TypeNode[] {
  switch (node.kind) {
    case "list":
      return [node.item];
    case "dict":
      return [node.value];
    case "tuple":
      return node.items;
    case "union":
      return node.alternatives;
    default:
      return [];
  }
}
