// A reporter at a short interval for as long as it takes: its memory, its descriptors, and what a heartbeat costs.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median as middle, pause } from "./measure.mjs";

const status = (pid, field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
/** User and system time of a process in milliseconds (a tick of /proc is 10 ms). */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Descriptors of a process that stay open: the least of several looks, since a heartbeat opens files for a moment. */
function openDescriptors(pid) {
  const looks = Array.from({ length: 20 }, () => {
    pause(3);
    return readdirSync(`/proc/${pid}/fd`).length;
  });
  return Math.min(...looks);
}

/** PID of the reporter that was started for a program. */
function reporterOf(executable) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .find((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
        return words[0] === executable && words[1] === "__" && words[2] === "reporter";
      } catch {
        return false;
      }
    });
}

/**
 * Runs `sleep` under an executable whose loaded configuration beats every `interval` milliseconds until `beats` heartbeats were written. Returns the
 * memory in MB (after the first tenth of the beats, at the end: medians of many samples, some of which fall into a beat, and the highest), descriptors at
 * both ends, CPU milliseconds a beat.
 */
export async function measureHeartbeats({ chalk, home, example, beats, interval }) {
  const configuration = join(home, "network.c4m");
  writeFileSync(configuration, example.replace("<<10 minutes>>", `<<${interval} msec>>`));
  const env = { PATH: process.env.PATH, HOME: home, CI: "1" };
  const loaded = spawnSync(chalk, ["load", configuration], { env, encoding: "utf8" });
  if (loaded.status !== 0) throw new Error(loaded.stderr);
  const log = join(home, "network_heartbeat_log.log");
  rmSync(log, { force: true });
  const target = spawn(chalk, ["exec", "--", "sleep", "3600"], { env, stdio: "ignore" });
  const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const count = () => {
    try {
      return Number(spawnSync("wc", ["-l", log], { encoding: "utf8" }).stdout.split(" ")[0]);
    } catch {
      return 0;
    }
  };
  const samples = [];
  let first;
  let done = 0;
  try {
    let pid;
    while ((pid = reporterOf(chalk)) === undefined) await sleep(20);
    while ((done = count()) < beats) {
      await sleep(100);
      if (done < beats / 10) continue;
      first ??= { done, cpu: cpu(pid), descriptors: openDescriptors(pid) };
      samples.push(status(pid, "VmRSS") / 1024);
    }
    const cost = (cpu(pid) - first.cpu) / (done - first.done);
    const tenth = Math.max(1, Math.floor(samples.length / 10));
    const descriptors = [first.descriptors, openDescriptors(pid)];
    return { beats: done, cost, descriptors, memory: { first: middle(samples.slice(0, tenth)), last: middle(samples.slice(-tenth)), most: Math.max(...samples) } };
  } finally {
    target.kill("SIGKILL");
    while (reporterOf(chalk) !== undefined) await sleep(20);
    rmSync(log, { force: true });
  }
}
