// Writes the generated documentation: docs/reference/*.md and docs/errors.md (runtime/reference/markdown/pages.ts).
// Usage: node .ci/reference.mjs [--check]      --check: writes nothing, lists pages that would change, exit status 1 if there are any
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, transpile } from "./transpile.mjs";

const out = await transpile();
const load = (name) => import(pathToFileURL(join(out, name)).href);
const [{ prepareShipped }, { createHost }, { referencePages }] = await Promise.all([
  load("runtime/shipped/prepare.js"),
  load("runtime/host/create.js"),
  load("runtime/reference/markdown/pages.js"),
]);
const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};
let changed = 0;
const { runtime, schema, contents } = prepareShipped(join(root, "configs"), "0.0.0", createHost());
for (const [name, text] of referencePages({ store: runtime.store, schema: schema.schema, commandLine: contents.commandLine })) {
  const path = join(root, "docs", name);
  if (read(path) === text) continue;
  changed++;
  console.log(`docs/${name}`);
  if (process.argv.includes("--check")) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
process.exit(changed > 0 && process.argv.includes("--check") ? 1 : 0);
