/**
 * What a whole file says, for old spellings whose meaning depends on it: which keys its templates name, whether it configures a section at all, what a
 * setting is. Collected only when such a spelling is met.
 */
import type { Expression, FileNode, Statement } from "../../grammar/ast.js";

export interface Mentions {
  /** Is anything at or below this dotted path assigned or opened? */
  has(path: string): boolean;
  /** Is the attribute assigned this string, literally, anywhere? */
  assigns(path: string, text: string): boolean;
}

/** Reads a file's assignments and sections; paths are as written, from the root. */
export function collectMentions(file: FileNode): Mentions {
  const paths = new Set<string>();
  const texts = new Set<string>();
  const add = (path: readonly string[]): void => {
    for (let length = 1; length <= path.length; length++) paths.add(path.slice(0, length).join("."));
  };
  const literal = (value: Expression): string | undefined =>
    value.kind === "literal" && value.type === "string" ? value.value : undefined;
  const visit = (items: readonly Statement[], above: readonly string[]): void => {
    for (const item of items) {
      switch (item.kind) {
        case "assign": {
          const path = [...above, ...item.path.map((name) => name.text)];
          add(path);
          const text = literal(item.value);
          if (text !== undefined) texts.add(`${path.join(".")}=${text}`);
          break;
        }
        case "section": {
          const path = [...above, item.name.text, ...(item.tag === undefined ? [] : [item.tag.text])];
          add(path);
          if (item.body !== undefined) visit(item.body.items, path);
          break;
        }
        case "if":
          for (const branch of item.branches) visit(branch.body.items, above);
          if (item.otherwise !== undefined) visit(item.otherwise.items, above);
          break;
        case "for":
          visit(item.body.items, above);
          break;
        case "function":
          // Functions assign by paths from the root.
          visit(item.body.items, []);
          break;
      }
    }
  };
  visit(file.items, []);
  return { has: (path) => paths.has(path), assigns: (path, text) => texts.has(`${path}=${text}`) };
}
