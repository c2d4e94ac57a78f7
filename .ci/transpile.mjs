// Turns every TypeScript file of the tree into JavaScript under build/, same layout, without bundling: what tests and tools run under Node.
// Usage: node .ci/transpile.mjs   (or import { transpile, root })
import { build } from "esbuild";
import { readdirSync, statSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

function sources(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return name === "node_modules" ? [] : sources(path);
    return path.endsWith(".ts") && !path.endsWith(".d.ts") ? [path] : [];
  });
}

/** Returns the output folder. */
export async function transpile() {
  const outdir = join(root, "build");
  const entryPoints = ["grammar", "compiler", "runtime", "configs", "test", "bench", "editors"].flatMap((dir) => sources(join(root, dir)));
  await build({ entryPoints, outdir, outbase: root, format: "esm", platform: "node", target: "node20", sourcemap: "inline", logLevel: "warning" });
  return outdir;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await transpile());
