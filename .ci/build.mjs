// Builds the standalone executable dist/chalk:
//   1. prepares what ships in c4m: compiles and evaluates configs/ into two files (runtime/shipped/prepare.ts), so that no start parses it
//   2. bundles the program with esbuild
//   3. packs bundle and prepared configuration with `bun build --compile`
//   4. gives the executable its first mark, as `chalk load default` would (only if it can run here)
//   5. --all: puts the loader and libraries of the other platform beside its executable, for images that have none (NAME.d; from Debian's cross packages)
// Usage: node .ci/build.mjs [--all] [--no-mark] [--out DIR]      --all: linux x64 and arm64; --out: instead of dist
import { build } from "esbuild";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { arch } from "node:process";
import { recordName, sourcesHash } from "./sources.mjs";
import { addEntryStub, renameEngineVariables } from "./entry-stub.mjs";
import { root, transpile } from "./transpile.mjs";

const words = process.argv.slice(2);
const outAt = words.indexOf("--out");
const out = outAt < 0 ? join(root, "dist") : resolve(words.splice(outAt, 2)[1]);
const options = new Set(words);
const require = createRequire(import.meta.url);
const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
const say = (text) => process.stderr.write(`${text}\n`);

/** Path of the bun executable that npm installed. */
function bunExecutable() {
  const folder = dirname(require.resolve("bun/package.json"));
  for (const candidate of [join(folder, "bin/bun.exe"), join(root, `node_modules/@oven/bun-linux-${arch === "arm64" ? "aarch64" : "x64"}/bin/bun`)]) {
    // The package ships a small stub in its place until its install script has run.
    if (existsSync(candidate) && readFileSync(candidate).length > 1_000_000) return candidate;
  }
  execFileSync(process.execPath, [join(folder, "install.js")], { stdio: "inherit" });
  return join(folder, "bin/bun.exe");
}

/** Renames, also to another file system. */
function move(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== "EXDEV") throw error;
    cpSync(from, `${to}.new`);
    renameSync(`${to}.new`, to);
    rmSync(from);
  }
}

const libraryPlaces = {
  arm64: { loader: "ld-linux-aarch64.so.1", directories: ["/usr/aarch64-linux-gnu/lib", "/lib/aarch64-linux-gnu"], package: "libc6-arm64-cross" },
  x64: { loader: "ld-linux-x86-64.so.2", directories: ["/usr/x86_64-linux-gnu/lib", "/lib/x86_64-linux-gnu"], package: "libc6-amd64-cross" },
};

/** What an executable needs in an image without a C library (`docker.md` 10.7). The one that is built for this machine finds its own. */
function addLibraries(name, architecture) {
  const { loader, directories, package: cross } = libraryPlaces[architecture];
  const directory = directories.find((place) => existsSync(join(place, loader)));
  rmSync(join(out, `${name}.d`), { recursive: true, force: true });
  if (directory === undefined) {
    say(`${name} comes without libraries for images that have none: ${cross} isn't installed`);
    return;
  }
  mkdirSync(join(out, `${name}.d`));
  for (const [file, as] of [[loader, "ld"], ...["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2"].map((library) => [library, library])])
    cpSync(join(directory, file), join(out, `${name}.d`, as), { dereference: true });
}

function commit() {
  const git = spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" });
  return git.status === 0 ? git.stdout.trim() : "";
}

const started = Date.now();
const work = join(root, "build", `pack-${process.pid}`);
mkdirSync(work, { recursive: true });
mkdirSync(out, { recursive: true });
const madeFrom = sourcesHash();
rmSync(join(out, recordName), { force: true });
process.on("exit", () => rmSync(work, { recursive: true, force: true }));

const facts = {
  __CHALK_VERSION__: JSON.stringify(version),
  __CHALK_COMMIT__: JSON.stringify(commit()),
  __CHALK_BUILT__: JSON.stringify(process.env.SOURCE_DATE_EPOCH ? new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString() : new Date().toISOString()),
};

say("preparing the shipped configuration");
const transpiled = await transpile();
const { engineOptions } = await import(join(transpiled, "runtime/host/engine-options.js"));
execFileSync(process.execPath, [join(transpiled, "runtime/shipped/prepare-main.js"), join(root, "configs"), join(work, "shipped.bin"), join(work, "shipped-rest.bin"), join(work, "places.json"), version], { stdio: ["ignore", "inherit", "inherit"] });

say("bundling");
const common = { outdir: work, bundle: true, format: "esm", platform: "node", target: "node20", define: facts, logLevel: "warning" };
// The entry stands alone: what answers quickly (runtime/start/quick.ts) shall be one module.
await build({ ...common, entryPoints: [join(root, "runtime/entry.ts")], external: ["bun:ffi", "./main.js"] });
await build({
  ...common,
  entryPoints: [join(root, "runtime/main.ts")],
  // Commands that need a part load it then: parser, sinks, validation stay out of a start that doesn't use them.
  splitting: true,
  external: ["bun:ffi"],
  // Code of packages that expects CommonJS.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
});
writeFileSync(
  join(work, "start.js"),
  [
    'import shipped from "./shipped.bin" with { type: "file" };',
    'import rest from "./shipped-rest.bin" with { type: "file" };',
    'import { enter } from "./entry.js";',
    `enter(shipped, rest, ${readFileSync(join(work, "places.json"), "utf8")});`,
    "",
  ].join("\n"),
);

const targets = [{ name: "chalk", target: `bun-linux-${arch === "arm64" ? "arm64" : "x64"}` }];
const other = arch === "arm64" ? "x64" : "arm64";
if (options.has("--all")) targets.push({ name: `chalk-linux-${other === "x64" ? "amd64" : other}`, target: `bun-linux-${other}` });
const bun = bunExecutable();
for (const { name, target } of targets) {
  say(`packing ${name}`);
  const fresh = join(work, name);
  const packed = spawnSync(bun, ["build", "--compile", "--minify", "--bytecode", "--splitting", "--format=esm", "--no-compile-autoload-dotenv", "--no-compile-autoload-bunfig", `--target=${target}`, join(work, "start.js"), "--outfile", fresh], { cwd: work, encoding: "utf8" });
  if (packed.status !== 0) {
    say(packed.stdout + packed.stderr);
    process.exit(1);
  }
  // What must be done before the engine runs; and variables of the engine in the environment of the program that `exec` starts are not meant for us.
  addEntryStub(fresh, engineOptions);
  renameEngineVariables(fresh);
  move(fresh, join(out, name));
  if (name !== "chalk") addLibraries(name, other);
}

if (!options.has("--no-mark")) {
  for (const { name } of targets) {
    const args = name === "chalk" ? ["load", "default"] : ["load", "--into", join(out, name), "default"];
    const marked = spawnSync(join(out, "chalk"), [...args, "--skip-command-report", "--skip-custom-reports", "--no-use-external-config", "--log-level=error"], { encoding: "utf8", env: { ...process.env, CI: "1" } });
    if (marked.status !== 0) {
      say(`${join(out, name)} could not be given its first mark:\n${marked.stdout}${marked.stderr}`);
      process.exit(1);
    }
  }
}
if (!options.has("--no-mark") && sourcesHash() === madeFrom) writeFileSync(join(out, recordName), `${madeFrom}\n`);
say(`built ${join(out, "chalk")} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
