// Mutation fuzzing of the codecs: each one's files are changed at random, claimed, marked and unmarked (test/runtime/codecs/fuzz-target.ts). Each codec runs
// in a process of its own; an exception, a broken promise (the mark is not found again, HASH changes) or a file that takes longer than five seconds is
// reported, with the file kept.
// Usage: node .ci/fuzz.mjs [SECONDS] [CODEC ...]      default: 60 seconds for each codec
import { fork } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const SLOW = 5000;
const MOST_FINDINGS = 5;

if (process.argv[2] === "--child") await child(process.argv.slice(3));
else await parent();

/** Fuzzes one codec, telling the parent which file it is at. */
async function child([module, name, seconds, first]) {
  const { targets, mutated, tryFile } = await import(module);
  const target = targets[name];
  const end = Date.now() + Number(seconds) * 1000;
  let claimed = 0;
  let seed = Number(first);
  let told = 0;
  for (; Date.now() < end; seed += 1) {
    const bytes = mutated(target, seed);
    const start = Date.now();
    if (start - told > 500) {
      told = start;
      process.send({ seed });
    }
    try {
      if (tryFile(target.path, bytes) === "claimed") claimed += 1;
      if (Date.now() - start > SLOW) process.send({ seed, slow: Date.now() - start });
    } catch (error) {
      process.send({ seed, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  process.send({ done: true, seed, claimed });
  process.disconnect();
}

async function parent() {
  const { transpile } = await import("./transpile.mjs");
  const words = process.argv.slice(2);
  const seconds = /^\d+$/.test(words[0] ?? "") ? Number(words.shift()) : 60;
  const out = await transpile();
  const module = pathToFileURL(join(out, "test/runtime/codecs/fuzz-target.js")).href;
  const { targets, mutated } = await import(module);
  const kept = join(tmpdir(), "chalk-fuzz");
  mkdirSync(kept, { recursive: true });
  let findings = 0;

  function keep(name, seed, what) {
    findings += 1;
    const file = join(kept, `${name}-${seed}`);
    writeFileSync(file, mutated(targets[name], seed));
    console.log(`${name}: seed ${seed}: ${what}\n  file kept: ${file}`);
  }

  const run = (name, time, first) =>
    new Promise((resolve) => {
      const process_ = fork(fileURLToPath(import.meta.url), ["--child", module, name, String(time), String(first)], { execArgv: ["--max-old-space-size=1500"] });
      let last = { seed: first, at: Date.now() };
      let found = 0;
      let result;
      const watch = setInterval(() => {
        if (Date.now() - last.at < 4 * SLOW) return;
        keep(name, last.seed, `it hangs at this file or one of the next`);
        process_.kill("SIGKILL");
      }, 1000);
      process_.on("message", (message) => {
        last = { seed: message.seed, at: Date.now() };
        if (message.done) result = message;
        if (message.slow !== undefined) keep(name, message.seed, `takes ${message.slow} ms`);
        if (message.error !== undefined) {
          found += 1;
          if (found <= MOST_FINDINGS) keep(name, message.seed, message.error);
          else findings += 1;
        }
      });
      process_.on("exit", (code, signal) => {
        clearInterval(watch);
        if (result === undefined && signal !== "SIGKILL") keep(name, last.seed, `the process died (${signal ?? code}) at this file or one of the next`);
        resolve(result);
      });
    });

  for (const name of Object.keys(targets)) {
    if (words.length > 0 && !words.includes(name)) continue;
    const first = Math.floor(Math.random() * 2 ** 30);
    const result = await run(name, seconds, first);
    if (result !== undefined) console.log(`${name}: ${result.seed - first} files from seed ${first}, ${result.claimed} claimed`);
  }
  console.log(findings === 0 ? "nothing found" : `${findings} findings`);
  process.exit(findings === 0 ? 0 : 1);
}
