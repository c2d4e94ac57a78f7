/** Enforces the direction of imports and the one door to the operating system (DESIGN.md, layout). */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = process.cwd();

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

/** Module specifiers that a file imports, statically or dynamically. */
function imports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((m) => m[1] as string);
}

/** Which top-level folders a folder may import from. */
const allowed: Record<string, readonly string[]> = {
  grammar: ["grammar"],
  compiler: ["grammar", "compiler"],
  runtime: ["grammar", "compiler", "runtime"],
};

for (const [folder, targets] of Object.entries(allowed)) {
  test(`${folder}/ imports only from ${targets.join(", ")}`, () => {
    const wrong: string[] = [];
    for (const path of sources(join(root, folder))) {
      for (const specifier of imports(path)) {
        if (!specifier.startsWith(".")) continue;
        const top = relative(root, resolve(dirname(path), specifier)).split("/")[0] as string;
        // Generated data of the build is reached through runtime/shipped only.
        if (!targets.includes(top)) wrong.push(`${relative(root, path)} imports ${specifier}`);
      }
    }
    assert.equal(wrong, []);
  });
}

test("only runtime/host/ touches the operating system", () => {
  const wrong: string[] = [];
  for (const folder of Object.keys(allowed)) {
    for (const path of sources(join(root, folder))) {
      const place = relative(root, path);
      if (place.startsWith("runtime/host/")) continue;
      for (const specifier of imports(path))
        if (/^(node:|bun:|fs$|path$|os$|child_process$)/.test(specifier)) wrong.push(`${place} imports ${specifier}`);
    }
  }
  assert.equal(wrong, []);
});

test.run();
