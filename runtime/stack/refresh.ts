/**
 * A component that is loaded again is read anew, and so are the components that it uses, however indirectly (`runtime-core.md` 7.4, step 1): what was kept of
 * them may be older than they are. A dependency that cannot be got any more is taken as it was kept, so that a load needs no files that only another machine has.
 */
import { parse } from "../../grammar/parse.js";
import { sourceFromText } from "../../grammar/source.js";
import type { Components } from "./components.js";

interface Use {
  readonly module: string;
  readonly from: string | undefined;
}

/** The `use` statements of a file, wherever they stand. */
function usesOf(file: string, text: string): Use[] {
  const found: Use[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const item of node) visit(item);
    else if (typeof node === "object" && node !== null) {
      const { kind, module, from } = node as { kind?: string; module?: { text: string }; from?: { text: string } };
      if (kind === "use" && module !== undefined) found.push({ module: module.text, from: from?.text });
      for (const part of Object.values(node)) visit(part);
    }
  };
  visit(parse(sourceFromText(file, text)).ast);
  return found;
}

/**
 * Reads the component of that key and all that it uses anew. `keepsOld` is told of dependencies for which the kept text had to do, with the reason. What is wrong
 * with the component itself is left to the compiler, which asks for it again.
 */
export function refreshComponents(components: Components, root: string, keepsOld: (file: string, reason: string) => void): void {
  const seen = new Set([root]);
  for (const key of seen) {
    const kept = components.sources.get(key);
    components.forget(key);
    const loaded = components.load(key);
    if ("code" in loaded) {
      if (kept === undefined || key === root) continue;
      components.preload(key, kept.text);
      keepsOld(`${key}.c4m`, loaded.message);
    }
    const text = components.sources.get(key)?.text;
    if (text === undefined) continue;
    const file = `${key}.c4m`;
    for (const { module, from } of usesOf(file, text)) seen.add(components.key(module, from, file));
  }
}
