// Many short programs under `chalk exec`, several at a time: is every one of them reported, is anything left behind, and what does each start cost?
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Runs a command; wall milliseconds. Throws if it fails. */
function once(command, options) {
  return new Promise((done, fail) => {
    const begin = performance.now();
    const child = spawn(command[0], command.slice(1), { ...options, stdio: "ignore" });
    child.on("error", fail);
    child.on("exit", (status) => (status === 0 ? done(performance.now() - begin) : fail(new Error(`${command.join(" ")} ends with status ${status}`))));
  });
}

async function inBatches(command, runs, atOnce, options, settle) {
  const times = [];
  for (let started = 0; started < runs; started += atOnce) {
    times.push(...(await Promise.all(Array.from({ length: atOnce }, () => once(command, options)))));
    await settle();
  }
  return times.sort((a, b) => a - b);
}

/** Processes of an executable. */
function running(executable) {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").startsWith(`${executable}\0`);
    } catch {
      return false;
    }
  }).length;
}

/**
 * Runs `/bin/true` so many times under an executable, `atOnce` at a time; the next batch waits until the reporters of the one before are done, which is what
 * machines with a few cores would otherwise spend their time on. Returns the 99th percentile of the overhead over the median of `/bin/true`
 * alone (ms), how many reports are missing, and how many processes are left.
 */
export async function measureBatches({ chalk, log, options, runs, atOnce }) {
  const reports = () => {
    try {
      return readFileSync(log, "utf8").split('"_OPERATION" : "exec"').length - 1;
    } catch {
      return 0;
    }
  };
  const before = reports();
  const settled = async (limit) => {
    const end = performance.now() + limit;
    while (running(chalk) > 0 && performance.now() < end) await pause(5);
  };
  const base = await inBatches(["/bin/true"], Math.min(runs, 200), atOnce, options, () => pause(1));
  const ours = await inBatches([chalk, "exec", "--", "/bin/true"], runs, atOnce, options, () => settled(10_000));
  await settled(30_000);
  const overhead = (share) => ours[Math.min(ours.length - 1, Math.floor(ours.length * share))] - base[base.length >> 1];
  return { median: overhead(0.5), p99: overhead(0.99), missing: runs - (reports() - before), left: running(chalk) };
}
