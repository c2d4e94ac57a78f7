// Runs the test files: transpiles the tree with esbuild into build/ (one output file per source file), then starts every test/**/*.test.js
// under Node in a process of its own, two at a time, adds up what uvu reports and closes with "N passed, N failed". What failed is shown with the
// complete output of its file, and once more as a list at the end, for logs of which only the end is kept. Nothing is tried a second time: a test
// that fails now and then is wrong.
// A file that runs for longer than a quarter of an hour hangs: it's stopped, and fails.
// Usage: node .ci/test.mjs [PART-OF-PATH ...]   only files whose path contains one of the parts
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join, relative } from "node:path";
import { transpile, root } from "./transpile.mjs";

const limitSeconds = 900;
const filters = process.argv.slice(2);
const out = await transpile();
// Tests say what modes files have.
process.umask(0o022);

function walk(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

/** Files that take half a minute or more, the longest first: they are begun before the others, so that none of them is left to run alone at the end. */
const long = [
  "e2e/docker-engine-forms",
  "e2e/docker-engine",
  "grammar/properties",
  "property/limits",
  "e2e/faults",
  "e2e/exec",
  "e2e/broken-configuration",
  "e2e/docker",
  "e2e/docker-contexts",
  "e2e/docker-registry-engine",
  "e2e/docker-platforms",
  "e2e/docker-more",
  "e2e/docker-registry",
  "e2e/marks",
  "e2e/signing",
  "e2e/heartbeats",
  "e2e/load-interrupted",
  "e2e/external-configuration",
  "e2e/bad-configuration",
  "runtime/commands/archives",
  "runtime/commands/artifacts",
  "runtime/exec/exec",
  "runtime/host/executable",
  "configs/legacy",
];
const rank = (file) => {
  const at = long.findIndex((part) => file === `test/${part}.test.ts`);
  return at < 0 ? long.length : at;
};
const files = walk(join(root, "test"))
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => relative(root, path))
  .filter((path) => filters.length === 0 || filters.some((part) => path.includes(part)))
  .sort()
  .sort((a, b) => rank(a) - rank(b));

let passed = 0;
let failed = 0;
let skipped = 0;
/** Lines of the list at the end. */
const summary = [];

/** Names of failed tests with the first line of what was wrong, from uvu's output. */
function failuresOf(text) {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const name = /^\s*FAIL\s+(.*)$/.exec(line)?.[1];
    if (name === undefined) return [];
    const reason = lines.slice(at + 1).find((next) => next.trim() !== "");
    return [`    ${name}: ${(reason ?? "").trim().slice(0, 200)}`];
  });
}

function runOne(file) {
  return new Promise((done) => {
    const started = performance.now();
    const child = spawn(process.execPath, [join(out, file.replace(/\.ts$/, ".js"))], { cwd: root, env: { ...process.env, FORCE_COLOR: "0" }, timeout: limitSeconds * 1000, killSignal: "SIGKILL" });
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    child.stdout.on("data", (data) => (text += data));
    child.stderr.on("data", (data) => (text += data));
    child.on("close", (code, signal) => {
      const seconds = (performance.now() - started) / 1000;
      const count = (label) => [...text.matchAll(new RegExp(`^\\s*${label}:\\s+(\\d+)`, "gm"))].reduce((sum, m) => sum + Number(m[1]), 0);
      const total = count("Total");
      const good = count("Passed");
      const left = count("Skipped");
      const bad = total - good + (total === 0 && left === 0 ? 1 : 0) + (code !== 0 && total === good && total > 0 ? 1 : 0);
      passed += good;
      failed += bad;
      skipped += left;
      for (const line of text.split("\n")) if (/^SKIPPED /.test(line)) console.log(line);
      console.log(`${bad === 0 ? "ok  " : "FAIL"} ${file}  ${good}/${total}  ${seconds.toFixed(1)} s`);
      if (bad > 0) {
        console.log(text);
        const end = signal === null ? `ended with status ${code}` : seconds >= limitSeconds ? `stopped after ${limitSeconds} s` : `killed by ${signal}`;
        const failures = failuresOf(text);
        summary.push(`  ${file}`, ...(failures.length === 0 || signal !== null ? [...failures, `    the file ${end}`] : failures));
      }
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
if (summary.length > 0) console.log(["Failed:", ...summary].join("\n"));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed === 0 ? 0 : 1);
