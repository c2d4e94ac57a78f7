// The machine's clock is set while a reporter is at work: heartbeats keep their rate, reports tell the new time. A small library in front of the C library adds an
// offset to the real-time clock of chalk alone. And local time as TZ says it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createSandbox, type Report, until } from "../helpers/sandbox.js";

const box = createSandbox();
test.after(() => box.stop());

const source = box.write(
  "offset.c",
  `#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *offset;
static int (*kernel)(clockid_t, struct timespec *);
__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("OFFSET_FILE");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(0, 4096, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) offset = page;
  close(file);
}
static int before(clockid_t id, struct timespec *time) {
  if (!kernel) kernel = dlsym(RTLD_NEXT, "clock_gettime");
  return kernel(id, time);
}
int clock_gettime(clockid_t id, struct timespec *time) {
  int result = before(id, time);
  if (!result && offset && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) time->tv_sec += *offset;
  return result;
}
int gettimeofday(struct timeval *value, void *zone) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  value->tv_sec = time.tv_sec;
  value->tv_usec = time.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *value) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (value) *value = now.tv_sec;
  return now.tv_sec;
}
// The kernel compares the deadline with the clock as it is then, so a clock that is set back makes such a wait longer.
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
  static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!wait) wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  for (;;) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    double left = (double)(deadline->tv_sec - now.tv_sec) * 1e9 + (deadline->tv_nsec - now.tv_nsec);
    if (left <= 0) return ETIMEDOUT;
    long piece = left > 1e7 ? 10000000 : (long)left;
    before(CLOCK_REALTIME, &now);
    now.tv_nsec += piece;
    if (now.tv_nsec >= 1000000000) now.tv_nsec -= 1000000000, now.tv_sec++;
    int result = wait(condition, mutex, &now);
    if (result != ETIMEDOUT) return result;
  }
}
`,
);
const library = join(box.work, "offset.so");
const compiled =
  process.arch === "x64" &&
  spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]).status === 0 &&
  spawnSync("/bin/true", { env: { LD_PRELOAD: library } }).stderr.length === 0;
const withLibrary = compiled ? test : test.skip;
if (!compiled) console.log("SKIPPED clocks that are set: no C compiler, or not this machine's library");

const offsetFile = join(box.work, "offset");
/** Sets chalk's clock, seconds from the true time. */
function setClock(seconds: number): void {
  const page = Buffer.alloc(4096);
  page.writeBigInt64LE(BigInt(seconds));
  // In place: the page is mapped.
  writeFileSync(offsetFile, page, { flag: existsSync(offsetFile) ? "r+" : "w" });
}

const log = join(box.work, "beats.log");
const cache = join(box.work, "chalk-reports.jsonl");
const beats = (): Report[] => {
  // What follows the last newline is still being written.
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
  return lines.flatMap((line) => JSON.parse(line) as Report[]);
};
const hour = 3600;

withLibrary("the clock is set forward and back: heartbeats go on, tell the new time, sinks and cache work", async () => {
  setClock(0);
  box.write(
    "chalk.c4m",
    `exec.heartbeat.run: true
exec.heartbeat.rate: <<50 msec>>
report_template small {
  key._OPERATION.use = true
  key._HEARTBEAT_COUNT.use = true
  key._TIMESTAMP.use = true
  key._SINCE_MONOTIME.use = true
  key._SINCE_TIMESTAMP.use = true
}
sink_config rotating {
  sink: "rotating_log"
  filename: "${log}"
  max: 1000000
}
sink_config nobody {
  sink: "dns"
  domain_template: "x.test"
  dns_server: "127.0.0.1:9"
  dns_timeout: 1
  disable_after_errors: 1000000
}
custom_report beats {
  report_template: "small"
  sink_configs: ["rotating", "nobody"]
  use_when: ["heartbeat"]
}
`,
  );
  const environment = { LD_PRELOAD: library, OFFSET_FILE: offsetFile };
  const child = box.start(["exec", "--log-level=none", "--", "sleep", "3600"], "ignore", { environment });
  const more = (what: string) => {
    const now = beats().length;
    return until(`heartbeats ${what}`, () => beats().length >= now + 4);
  };
  await more("at the true time");
  for (const seconds of [5 * hour, -5 * hour, 100 * 365 * 24 * hour, 0]) {
    setClock(seconds);
    await more(`at ${seconds} s from it`);
    const shown = (beats().at(-1)!["_TIMESTAMP"] as number) / 1000 - seconds;
    assert.ok(Math.abs(shown - Date.now() / 1000) < 120, `${shown}`);
  }
  // While it waits for a lock that another process holds.
  writeFileSync(`${cache}.lock`, String(process.pid));
  const lines = () => readFileSync(cache, "utf8").split("\n").length;
  const waiting = lines();
  await new Promise((done) => setTimeout(done, 300));
  setClock(-3 * hour);
  await new Promise((done) => setTimeout(done, 300));
  rmSync(`${cache}.lock`);
  await until("cached reports after the lock", () => lines() > waiting + 3);
  await more("after the lock");
  child.kill("SIGKILL");
  const all = beats();
  assert.equal(
    all.map((report) => report["_HEARTBEAT_COUNT"] as number),
    all.map((_, index) => index + 1),
  );
  const since = all.map((report) => report["_SINCE_MONOTIME"] as number);
  assert.ok(since.every((time, index) => index === 0 || time > since[index - 1]!));
  assert.ok(since.at(-1)! < hour * 1000, "no offset is in it");
});

test("dates and times are local time as TZ says it", () => {
  box.write("chalk.c4m", 'subscribe("report", "json_console_out")\n');
  const cases: Readonly<Record<string, RegExp>> = {
    "<+0330>-3:30": /\+03:30$/,
    XXX5: /-05:00$/,
    "AAA-1BBB-1,M3.5.0,M10.5.0/3": /\+01:00$/,
    UTC0: /\+00:00$/,
    ":Asia/Kolkata": /\+05:30$/,
  };
  for (const [zone, offset] of Object.entries(cases)) {
    const [report] = JSON.parse(box.run(["env"], { environment: { TZ: zone } }).stdout) as Report[];
    assert.match(report!["_DATETIME"], offset, zone);
    assert.is(Date.parse(report!["_DATETIME"]), report!["_TIMESTAMP"], zone);
  }
});

test.run();
