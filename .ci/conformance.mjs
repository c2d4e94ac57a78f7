// Runs conformance cases: `npm run conformance -- [DIR]` (default test/conformance) takes every case in the folders language/, schema/, getopts/ and
// docker/ below DIR (or in DIR itself if it is such a folder), lists the failures with their reasons and closes with "N passed, N failed".
// The runner of a kind is the export `corpus` of runtime/conformance/KIND.ts (see corpus.ts there); the cases of a kind without runner fail.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { transpile, root } from "./transpile.mjs";

const kinds = ["language", "schema", "getopts", "docker"];
const start = resolve(process.argv[2] ?? join(root, "test/conformance"));
if (!existsSync(start)) {
  console.error(`${start} does not exist`);
  process.exit(2);
}
const out = await transpile();
const load = (path) => import(pathToFileURL(join(out, path)).href);
const host = (await load("runtime/host/create.js")).createHost();

async function corpusOf(kind) {
  for (const name of [`${kind}-corpus`, kind]) {
    const path = `runtime/conformance/${name}.js`;
    if (!existsSync(join(out, path))) continue;
    const { corpus } = await load(path);
    if (corpus !== undefined) return corpus;
  }
  return undefined;
}

/** Cases of a kind that nobody can run: folders, lists in JSON files, expectations. */
function countedCases(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const list = statSync(path).isDirectory() ? join(path, "cases.json") : path;
    if (!existsSync(list)) return [name];
    if (!list.endsWith(".json")) return [];
    const data = JSON.parse(readFileSync(list, "utf8"));
    const cases = Object.values(Array.isArray(data) ? { data } : data).filter(Array.isArray).flat();
    return cases.length === 0 ? [name] : cases.map((_, i) => `${name} ${i + 1}`);
  });
}

let passed = 0;
const failures = [];
const folders = kinds.includes(basename(start)) ? [start] : kinds.map((kind) => join(start, kind)).filter((path) => existsSync(path));
for (const folder of folders) {
  const kind = basename(folder);
  const corpus = await corpusOf(kind);
  for (const name of corpus === undefined ? countedCases(folder) : corpus.cases(folder, host)) {
    let reason = "no runner yet";
    if (corpus !== undefined) {
      try {
        reason = await corpus.run(folder, name, host);
      } catch (error) {
        reason = `the runner failed: ${error?.stack ?? error}`;
      }
    }
    if (reason === undefined) passed++;
    else failures.push(`${kind}/${name}: ${reason}`);
  }
}
if (folders.length === 0) failures.push(`no folder of cases (${kinds.join(", ")}) in ${start}`);
for (const failure of failures) console.log(`FAIL ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
