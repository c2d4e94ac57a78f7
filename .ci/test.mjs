// Runs the test files: transpiles the tree with esbuild into build/ (one output file per source file), then starts every test/**/*.test.js
// under Node in a process of its own, two at a time, adds up what uvu reports and closes with "N passed, N failed".
// A file that runs for longer than ten minutes hangs: it's stopped, and fails.
// Usage: node .ci/test.mjs [PART-OF-PATH ...]   only files whose path contains one of the parts
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { transpile, root } from "./transpile.mjs";

const filters = process.argv.slice(2);
const out = await transpile();

function walk(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}
const files = walk(join(root, "test"))
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => relative(root, path))
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .sort();

let passed = 0;
let failed = 0;
let skipped = 0;
function runOne(file) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(out, file.replace(/\.ts$/, ".js"))], { cwd: root, env: { ...process.env, FORCE_COLOR: "0" }, timeout: 600_000, killSignal: "SIGKILL" });
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    child.stderr.on("data", (data) => (text += data));
    child.on("close", (code) => {
      const count = (label) => [...text.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);
      const total = count("Total");
      const good = count("Passed");
      const left = count("Skipped");
      const bad = total - good + (total === 0 && left === 0 ? 1 : 0) + (code !== 0 && total === good && total > 0 ? 1 : 0);
      passed += good;
      failed += bad;
      skipped += left;
      for (const line of text.split("\n")) if (/^SKIPPED /.test(line)) console.log(line);
      console.log(`${bad === 0 ? "ok  " : "FAIL"} ${file}  ${good}/${total}`);
      if (bad > 0) console.log(text);
      done();
    });
  });
}
const queue = [...files];
await Promise.all(
  Array.from({ length: Math.min(2, cpus().length) }, async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) await runOne(file);
  }),
);
if (files.length === 0) {
  console.error("no test file matches");
  failed = 1;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed === 0 ? 0 : 1);
