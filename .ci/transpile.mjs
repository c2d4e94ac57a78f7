// Turns every TypeScript file of the tree into JavaScript under build/, same layout, without bundling: what tests and tools run under Node.
import { build } from "esbuild";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
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

/** Returns the output folder, one per process so that concurrent runs don't disturb each other; it is removed at exit. */
export async function transpile() {
  const outdir = join(root, "build", `run-${process.pid}`);
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const entryPoints = ["grammar", "compiler", "runtime", "configs", "test", "bench", "editors"].flatMap((dir) => sources(join(root, dir)));
  await build({ entryPoints, outdir, outbase: root, format: "esm", platform: "node", target: "node20", sourcemap: "inline", logLevel: "warning" });
  return outdir;
}
