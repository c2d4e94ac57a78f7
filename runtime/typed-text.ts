/**
 * The typed tree (`encoding.ts`) as text in the style of `pretty`, the members of sections sorted by name. It is written straight from the store: a
 * configuration has thousands of attributes, and a tree of maps in between would cost more than the text.
 */
import { NameTable } from "../compiler/name-table.js";
import { plainJson, typedAttribute } from "./encoding.js";
import { pretty, quoteJson, sortNames } from "./json.js";
import { type AttributeNode, effectiveValue, type SectionNode, type StoreNode } from "./store.js";
import type { Value } from "./values.js";

/** A section or attribute as `chalk config dump --json` shows it. `origins`: with the optional members. */
export function typedText(node: StoreNode, origins: boolean): string {
  const writer = new Writer(origins);
  if (node.kind === "section") writer.section(node, "");
  else writer.text = writer.attribute(node, "", "\n}");
  return writer.text;
}

class Writer {
  text = "";
  private readonly origins: boolean;
  /** What stands before the values of attributes of one type, by indentation and type: there are few of these. */
  private readonly heads = new Map<string, Map<string, string>>();

  private readonly keys = new Map<string, string>();

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
    const names = sortNames(namesOf(section));
    const { members } = section;
    let before = `{\n${inner}`;
    const next = `,\n${inner}`;
    const end = `\n${inner}}`;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const node = members.get(name) as StoreNode;
      const key = this.key(name);
      if (node.kind === "section") {
        this.text += before + key;
        this.section(node, inner);
      } else this.text += before + key + this.attribute(node, inner, end);
      before = next;
    }
    this.text += `\n${indent}}`;
  }

  /** The name of a member: there are few different ones. */
  private key(name: string): string {
    let key = this.keys.get(name);
    if (key === undefined) this.keys.set(name, (key = `${quoteJson(name)}: `));
    return key;
  }

  /** `end`: the brace behind it. */
  attribute(node: AttributeNode, indent: string, end: string): string {
    const value = effectiveValue(node);
    // A float that JSON cannot express is left out.
    if (this.origins || typeof value === "number") return pretty(typedAttribute(node, this.origins), indent);
    return this.head(node.type, indent) + valueText(value, `${indent}  `) + end;
  }

  private head(type: string, indent: string): string {
    let heads = this.heads.get(indent);
    if (heads === undefined) this.heads.set(indent, (heads = new Map()));
    let head = heads.get(type);
    if (head === undefined) heads.set(type, (head = `{\n${indent}  "type": ${quoteJson(type)},\n${indent}  "value": `));
    return head;
  }
}

function namesOf({ members }: SectionNode): string[] {
  return members instanceof NameTable ? members.list() : [...members.keys()];
}

function valueText(value: Value, indent: string): string {
  if (typeof value === "string") return quoteJson(value);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (!Array.isArray(value) || value.length === 0) return pretty(plainJson(value), indent);
  const inner = `${indent}  `;
  const items = value as readonly Value[];
  const between = `,\n${inner}`;
  let text = `[\n${inner}${valueText(items[0] as Value, inner)}`;
  for (let i = 1; i < items.length; i++) text += between + valueText(items[i] as Value, inner);
  return `${text}\n${indent}]`;
}
