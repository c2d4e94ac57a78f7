/** What the checker must know about a store: names and types that came into being at run time and not by the text of a file. */
import type { CheckContext, DeclaredNode } from "../../compiler/context.js";
import { declareAttribute, declareSection } from "../../compiler/make-context.js";
import { originLocation } from "../encoding.js";
import { effectiveOrigin, type SectionNode } from "../store.js";
import { readType } from "../type-tools.js";

/**
 * Tells the checker about overrides, copied sections, schema defaults and values of the host (`language.md` 5.2). A run-time type replaces one that only
 * unexecuted code declared (`schema-language.md` 5.1). Sections of which `isKnown` is true are left out.
 */
export function declareStore(
  context: CheckContext,
  root: SectionNode,
  isKnown: (section: SectionNode) => boolean = () => false,
): void {
  const walk = (section: SectionNode, declared: DeclaredNode | undefined, path: readonly string[]): void => {
    for (const [name, node] of section.members) {
      if (node.kind === "section" && isKnown(node)) continue;
      const place = [...path, name];
      const known = declared?.kind === "section" ? declared.members.get(name) : undefined;
      if (node.kind === "section") walk(node, known ?? declareSection(context, place, node.opened[0]), place);
      else if (
        !declareAttribute(context, place, node.type, originLocation(effectiveOrigin(node))) &&
        known?.kind === "attribute"
      ) {
        const type = readType(node.type);
        if (type !== undefined) known.type = type;
      }
    }
  };
  walk(root, context.root, []);
}
