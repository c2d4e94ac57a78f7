// Builds the library: dist/library.js, one ES module for Node, Bun and browsers, and its type declarations under dist/types/.
// The bundle may not reach a module of the system; esbuild's browser platform refuses it if it does.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./transpile.mjs";

const work = join(root, "build", `library-${process.pid}`);
mkdirSync(work, { recursive: true });
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

await build({
  entryPoints: [join(root, "runtime/library.ts")],
  outfile: join(root, "dist/library.js"),
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  sourcemap: true,
  logLevel: "warning",
});

const config = join(work, "tsconfig.json");
const types = join(root, "dist/types");
rmSync(types, { recursive: true, force: true });
writeFileSync(
  config,
  JSON.stringify({
    extends: join(root, "tsconfig.json"),
    compilerOptions: { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: types, types: [], lib: ["ES2023", "DOM"] },
    include: [],
    files: [join(root, "runtime/library.ts")],
  }),
);
const compiled = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { encoding: "utf8" });
if (compiled.status !== 0) {
  process.stderr.write(compiled.stdout + compiled.stderr);
  process.exit(1);
}
process.stderr.write("built dist/library.js\n");
