// What the executable is made of, as one hash: lets tests reuse a build as long as nothing that goes into it has changed.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./transpile.mjs";

const ingredients = ["grammar", "compiler", "runtime", "configs", "docs/changelog.md", "docs/language.md", "docs/guides", "package-lock.json", ".ci/build.mjs", ".ci/transpile.mjs", ".ci/entry-stub.mjs"];

/** Hex SHA-256 over paths and contents. */
export function sourcesHash() {
  const hash = createHash("sha256");
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) add(join(path, name));
    else hash.update(`${path}\0`).update(readFileSync(full)).update("\0");
  };
  for (const path of ingredients) add(path);
  return hash.digest("hex");
}

/** Beside an executable: the hash of what it was made from. */
export const recordName = "chalk.sources";
