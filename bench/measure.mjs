// Measuring programs: wall time by our own clock, peak memory by `time` (absent: not measured), medians over interleaved runs, so that a busy machine
// slows a program and its baseline alike.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const timeProgram = "/usr/bin/time";
export const canMeasureMemory = existsSync(timeProgram);

export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

export function pause(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Runs a program once; milliseconds. Throws if it fails. */
export function wall(command, { env, cwd } = {}) {
  const begin = performance.now();
  // No pipes: a reporter that `exec` leaves behind would hold them open.
  const result = spawnSync(command[0], command.slice(1), { env, cwd, stdio: "ignore" });
  const taken = performance.now() - begin;
  if (result.status !== 0) throw new Error(`${command.join(" ")} ends with status ${result.status}`);
  return taken;
}

/** Peak resident memory of one run in MB; undefined if that cannot be measured. `time` forks, so that our own size doesn't count as the program's. */
export function memory(command, { env, cwd } = {}) {
  if (!canMeasureMemory) return undefined;
  const result = spawnSync(timeProgram, ["-f", "%M", ...command], { env, cwd, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  return Number(result.stderr.trim().split("\n").at(-1)) / 1024;
}

/**
 * Medians of several programs, run in turns. Each case: `{ command, options?, before? }`; `before` prepares a run and isn't measured.
 * Returns for each case its median wall time and memory, and its best time, which tells how much a busy machine was in the way.
 */
export function compare(cases, { runs, withMemory = false, rest = 0 }) {
  const times = cases.map(() => []);
  const sizes = cases.map(() => []);
  for (let run = 0; run <= runs; run++) {
    cases.forEach(({ command, options, before }, index) => {
      before?.();
      const taken = wall(command, options);
      // The first round warms the page cache.
      if (run > 0) times[index].push(taken);
      if (rest > 0) pause(rest);
      if (withMemory && run > 0 && run <= 5) {
        before?.();
        sizes[index].push(memory(command, options) ?? Number.NaN);
        if (rest > 0) pause(rest);
      }
    });
  }
  return cases.map((_, index) => ({ wall: median(times[index]), best: Math.min(...times[index]), memory: withMemory ? median(sizes[index]) : Number.NaN }));
}
