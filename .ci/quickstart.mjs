// The five-minute tour as one command: builds dist/chalk, loads the network example (with a rate of one second instead of ten minutes) into a copy of
// it, runs a small program under `chalk exec`, and tells in plain words what came of it. Touches nothing outside a temporary directory and dist/.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./transpile.mjs";

const say = (text = "") => console.log(text);
const started = Date.now();

say("1. Building dist/chalk");
execFileSync(process.execPath, [join(root, ".ci/build.mjs")], { stdio: ["ignore", "ignore", "inherit"] });

const place = mkdtempSync(join(tmpdir(), "chalk-quickstart-"));
process.on("exit", () => rmSync(place, { recursive: true, force: true }));
const chalk = join(place, "chalk");
copyFileSync(join(root, "dist/chalk"), chalk);
chmodSync(chalk, 0o755);
const example = readFileSync(join(root, "configs/examples/network.c4m"), "utf8");
const quick = example.replace("<<10 minutes>>", "<<1 second>>");
if (quick === example) throw new Error("configs/examples/network.c4m no longer names a rate of ten minutes");
writeFileSync(join(place, "network.c4m"), quick);
const environment = { ...process.env, HOME: place };

say("2. Loading configs/examples/network.c4m into it: chalk load network.c4m");
const load = spawnSync(chalk, ["load", "network.c4m"], { cwd: place, env: { ...environment, CI: "1" }, encoding: "utf8" });
for (const line of load.stderr.trim().split("\n")) say(`   ${line}`);
if (load.status !== 0) {
  say(load.stdout);
  say(`   chalk load failed with exit code ${load.status}`);
  process.exit(1);
}
say(`   The executable now carries the configuration; chalk dump prints: ${execFileSync(chalk, ["dump"], { cwd: place, env: environment, encoding: "utf8" }).trim()}`);

say("3. Running a program for four seconds: chalk exec -- node server.mjs");
const log = join(place, "network_heartbeat_log.log");
// Four seconds, and longer on a machine that needs more for three heartbeats.
writeFileSync(
  join(place, "server.mjs"),
  `import { existsSync, readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
const server = createServer(() => {}).listen(0, "127.0.0.1", () => connect(server.address().port, "127.0.0.1"));
const beats = () => (existsSync(${JSON.stringify(log)}) ? readFileSync(${JSON.stringify(log)}, "utf8").split("\\n").length - 1 : 0);
const began = performance.now();
setInterval(() => {
  const seconds = (performance.now() - began) / 1000;
  if ((seconds >= 4 && beats() >= 3) || seconds > 120) process.exit(0);
}, 100);
`,
);
const child = spawn(chalk, ["exec", "--", process.execPath, "server.mjs"], { cwd: place, env: environment, stdio: ["ignore", "pipe", "inherit"] });
let printed = "";
child.stdout.on("data", (data) => (printed += data));
// The reporter, which holds the same stream, has ended when it is closed: all heartbeats are there, also the final one.
const status = await new Promise((done) => child.on("close", done));
say(`   The program ended with status ${status}.`);

const all = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean).flatMap((line) => JSON.parse(line)) : [];
if (status !== 0 || all.length < 3) {
  say(`   Expected at least three heartbeats in ${log}, found ${all.length}.`);
  process.exit(1);
}

say("4. What it reported");
say(`   ${all.length} heartbeats were written to ~/network_heartbeat_log.log, one JSON array per line, and ${printed.split("\n").filter(Boolean).length} of the same lines to stdout.`);
const last = all[Math.max(0, all.length - 2)];
say(`   The last but one, of ${new Date(last._TIMESTAMP).toISOString()}, from host ${last._OP_HOSTNAME} (${last._OP_PLATFORM}), about the program with CHALK_ID ${last._CHALKS?.[0]?.CHALK_ID ?? "unknown"}:`);
const tcp = last._OP_TCP_SOCKET_INFO ?? [];
say(`   TCP sockets (${tcp.length}):`);
for (const [local, port, remote, remotePort, state] of tcp.slice(0, 6)) say(`     ${state.padEnd(12)} ${local}:${port} -> ${remote}:${remotePort}`);
const routes = last._OP_IPV4_ROUTES ?? [];
say(`   IPv4 routes (${routes.length}):`);
for (const [destination, gateway, mask, device] of routes.slice(0, 4)) say(`     ${destination}/${mask} via ${gateway} on ${device}`);
const interfaces = Object.entries(last._OP_IPV4_INTERFACES ?? {});
say(`   Interfaces: ${interfaces.map(([name, [received]]) => `${name} (${received[0]} bytes received)`).join(", ")}`);
say();
say(`Done in ${((Date.now() - started) / 1000).toFixed(1)} s. Next: edit network.c4m, check it with dist/chalk config lint network.c4m, load it with dist/chalk load network.c4m.`);
