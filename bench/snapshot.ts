/**
 * One snapshot of the network with many TCP connections, in a warm process: what a heartbeat collects. Opens the connections itself, measures in turns
 * with `ss -tan`, and prints JSON. Argument: how many sockets.
 */
import { spawnSync } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import { procfs } from "../runtime/collect/procfs.js";
import type { CollectContext } from "../runtime/collect/types.js";
import { createHost } from "../runtime/host/create.js";
import { compact, type Json } from "../runtime/json.js";

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const keys = [
  "_OP_TCP_SOCKET_INFO",
  "_OP_UDP_SOCKET_INFO",
  "_OP_IPV4_ROUTES",
  "_OP_IPV6_ROUTES",
  "_OP_IPV4_INTERFACES",
  "_OP_IPV6_INTERFACES",
  "_OP_ARP_TABLE",
];
const wanted = Number(process.argv[2] ?? "10000");

const held: Socket[] = [];
const server = createServer((socket) => {
  socket.on("error", () => undefined);
  held.push(socket);
});
await new Promise<void>((done) => server.listen(0, "127.0.0.1", 4096, done));
const { port } = server.address() as { port: number };
while (held.length < wanted) {
  const batch = Array.from(
    { length: 100 },
    () =>
      new Promise<Socket>((done, fail) => {
        const socket = connect(port, "127.0.0.1", () => done(socket));
        socket.on("error", fail);
      }),
  );
  held.push(...(await Promise.all(batch)));
  await new Promise((done) => setTimeout(done, 1));
}

const host = createHost();
const get = (_: string, fallback?: unknown) => fallback;
const settings = { bool: get, string: get, strings: get, int: get, duration: get, size: get, isSet: () => false };
const context = () =>
  ({
    host,
    settings,
    operation: "heartbeat",
    artifacts: [],
    subscribed: (key: string) => keys.includes(key),
    searchPath: [],
    log() {},
    fail() {},
    cache: new Map(),
  }) as unknown as CollectContext;

let rows = 0;
function snapshot(): number {
  const begin = performance.now();
  const values = procfs.collectHost?.("post_run_keys", context()) as Map<string, Json>;
  // A report writes what was collected.
  compact(values);
  const taken = performance.now() - begin;
  rows = (values.get("_OP_TCP_SOCKET_INFO") as readonly Json[]).length;
  return taken;
}
function ss(): number {
  const begin = performance.now();
  spawnSync("sh", ["-c", "ss -tan > /dev/null"]);
  return performance.now() - begin;
}
const cold = snapshot();
const [ours, theirs]: [number[], number[]] = [[], []];
for (let i = 0; i < 12; i++) {
  theirs.push(ss());
  ours.push(snapshot());
}
console.log(JSON.stringify({ rows, cold, snapshot: median(ours), ss: median(theirs) }));
process.exit(0);
