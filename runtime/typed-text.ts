/**
 * The typed tree (`encoding.ts`) as text in the style of `pretty`, the members of sections sorted by name. It is written straight from the store: a
 * configuration has thousands of attributes, and a tree of maps in between would cost more than the text.
 */
import { plainJson, typedAttribute } from "./encoding.js";
import { pretty, quoteJson, sortNames } from "./json.js";
import { type AttributeNode, effectiveValue, type SectionNode, type StoreNode } from "./store.js";
import type { Value } from "./values.js";

/** A section or attribute as `chalk config dump --json` shows it. `origins`: with the optional members. */
export function typedText(node: StoreNode, origins: boolean): string {
  const writer = new Writer(origins);
  if (node.kind === "section") writer.section(node, "");
  else writer.attribute(node, "");
  return writer.text;
}

class Writer {
  text = "";
  private readonly origins: boolean;
  /** What stands before the values of attributes of one type, by indentation and type: there are few of these. */
  private readonly heads = new Map<string, Map<string, string>>();

  constructor(origins: boolean) {
    this.origins = origins;
  }

  /** `indent`: of the line on which the text begins; so everywhere here. */
  section(section: SectionNode, indent: string): void {
    if (section.members.size === 0) {
      this.text += "{}";
      return;
    }
    const inner = `${indent}  `;
    let before = `{\n${inner}`;
    for (const name of sortNames([...section.members.keys()])) {
      this.text += `${before}${quoteJson(name)}: `;
      before = `,\n${inner}`;
      const node = section.members.get(name) as StoreNode;
      if (node.kind === "section") this.section(node, inner);
      else this.attribute(node, inner);
    }
    this.text += `\n${indent}}`;
  }

  attribute(node: AttributeNode, indent: string): void {
    const value = effectiveValue(node);
    if (this.origins || typeof value === "number") {
      // A float that JSON cannot express is left out.
      this.text += pretty(typedAttribute(node, this.origins), indent);
      return;
    }
    this.text += `${this.head(node.type, indent)}${valueText(value, `${indent}  `)}\n${indent}}`;
  }

  private head(type: string, indent: string): string {
    let heads = this.heads.get(indent);
    if (heads === undefined) this.heads.set(indent, (heads = new Map()));
    let head = heads.get(type);
    if (head === undefined) heads.set(type, (head = `{\n${indent}  "type": ${quoteJson(type)},\n${indent}  "value": `));
    return head;
  }
}

function valueText(value: Value, indent: string): string {
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value) || value.length === 0) return pretty(plainJson(value), indent);
  let text = "";
  const inner = `${indent}  `;
  for (const item of value as readonly Value[]) text += `${text === "" ? "[\n" : ",\n"}${inner}${valueText(item, inner)}`;
  return `${text}\n${indent}]`;
}
