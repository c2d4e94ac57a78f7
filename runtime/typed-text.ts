/**
 * The typed tree (`encoding.ts`) as text in the style of `pretty`, the members of sections sorted by name. It is written straight from the store: a
 * configuration has thousands of attributes, and a tree of maps in between would cost more than the text.
 */
import { plainJson, typedAttribute } from "./encoding.js";
import { isNonFinite, pretty, quoteJson, sortNames } from "./json.js";
import { type AttributeNode, effectiveValue, type SectionNode, type StoreNode } from "./store.js";

/** A section or attribute as `chalk config dump --json` shows it. `origins`: with the optional members; `indent`: of the line on which the text begins. */
export function typedText(node: StoreNode, origins: boolean, indent = ""): string {
  return node.kind === "section" ? sectionText(node, origins, indent) : attributeText(node, origins, indent);
}

function sectionText(section: SectionNode, origins: boolean, indent: string): string {
  const inner = `${indent}  `;
  let text = "";
  for (const name of sortNames([...section.members.keys()])) {
    const node = section.members.get(name) as StoreNode;
    text += `${text === "" ? "{\n" : ",\n"}${inner}${quoteJson(name)}: ${typedText(node, origins, inner)}`;
  }
  return text === "" ? "{}" : `${text}\n${indent}}`;
}

function attributeText(node: AttributeNode, origins: boolean, indent: string): string {
  const value = plainJson(effectiveValue(node));
  if (origins || isNonFinite(value)) return pretty(typedAttribute(node, origins), indent);
  const inner = `${indent}  `;
  return `{\n${inner}"type": ${quoteJson(node.type)},\n${inner}"value": ${pretty(value, inner)}\n${indent}}`;
}
