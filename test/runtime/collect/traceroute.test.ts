// The partial traceroute: silent unless told, one list per destination; against real pings in network namespaces where those can be made.
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerer, network } from "../../../runtime/collect/traceroute.js";
import { createHost } from "../../../runtime/host/create.js";
import type { RunResult } from "../../../runtime/host/host.js";
import { DictValue } from "../../../runtime/values.js";
import { contextOf, plain, settingsOf } from "../support/collect.js";
import { compileProgram, temporaryDirectory } from "../support/compile.js";

const key = "_NETWORK_PARTIAL_TRACEROUTE_IPS";

function trace(destinations: Readonly<Record<string, number>>, run: (words: readonly string[]) => RunResult) {
  const real = createHost();
  const logs: string[] = [];
  const entries = Object.entries(destinations).map(([name, hops]) => [name, [name, BigInt(hops)]] as const);
  const value = new DictValue(new Map(entries) as DictValue["entries"]);
  const host = { ...real, processes: { ...real.processes, run: (_: string, words: readonly string[]) => run(words) } };
  const settings = { ...settingsOf(), value: () => value };
  const log = (level: string, text: string) => void logs.push(`${level}: ${text}`);
  const found = network.collectHost!("post_run_keys", contextOf(host, [key], { settings, log }));
  return { found: plain(found) as Record<string, unknown>, logs };
}

const said = (text: string, status = 0): RunResult => ({
  status,
  stdout: new TextEncoder().encode(text),
  stderr: new Uint8Array(),
});

test("nothing is sent unless a destination is named", () => {
  const never = () => {
    throw new Error("a program was started");
  };
  assert.equal(trace({}, never).found, {});
  const named = trace({ "one.one.one.one": 2, "2606:4700::1111": 1, "1.2.3.256": 1, "1.1.1.1": 0 }, never);
  assert.equal(named.found, {});
  assert.is(named.logs.filter((line) => line.startsWith("warn")).length, 3);
});

test("hops in their places; destinations without any are left out", () => {
  const output = [
    "@1.1.1.1 2\nPING 1.1.1.1 (1.1.1.1) 5(33) bytes of data.\nFrom 192.168.1.1 icmp_seq=1 Time to live exceeded\n",
    "@9.9.9.9 1\n\n@1.1.1.1 3\n13 bytes from 1.1.1.1: icmp_seq=1 ttl=60\n",
  ].join("\n");
  let words: readonly string[] = [];
  const { found } = trace({ "1.1.1.1": 3, "9.9.9.9": 1 }, (given) => {
    words = given;
    return said(output);
  });
  assert.equal(found, { [key]: { "1.1.1.1": ["", "192.168.1.1", "1.1.1.1"] } });
  assert.equal(words.slice(3), ["1.1.1.1 1", "1.1.1.1 2", "1.1.1.1 3", "9.9.9.9 1"]);
  assert.equal(trace({ "1.1.1.1": 1 }, () => ({ ...said("", 127), failure: "ENOENT" })).found, {});
  assert.is(answerer("From 10.0.0.1 icmp_seq=1 Destination Host Unreachable"), "10.0.0.1");
});

const prefix = `chalk-tr-${process.pid}`;
const sh = (script: string) => spawnSync("sh", ["-c", script], { encoding: "utf8" });
const possible =
  sh("command -v ping").status === 0 &&
  sh(`ip netns add ${prefix}a && ip netns add ${prefix}b && ip netns add ${prefix}c`).status === 0 &&
  sh(`
set -e
ip link add ${"tr0"} netns ${prefix}a type veth peer name tr1 netns ${prefix}b
ip link add ${"tr2"} netns ${prefix}b type veth peer name tr3 netns ${prefix}c
ip -n ${prefix}a addr add 192.0.2.1/24 dev tr0; ip -n ${prefix}a link set tr0 up; ip -n ${prefix}a link set lo up
ip -n ${prefix}b addr add 192.0.2.2/24 dev tr1; ip -n ${prefix}b link set tr1 up
ip -n ${prefix}b addr add 198.51.100.1/24 dev tr2; ip -n ${prefix}b link set tr2 up
ip -n ${prefix}c addr add 198.51.100.2/24 dev tr3; ip -n ${prefix}c link set tr3 up
ip -n ${prefix}a route add default via 192.0.2.2; ip -n ${prefix}c route add default via 198.51.100.1
ip netns exec ${prefix}b sysctl -q -w net.ipv4.ip_forward=1`).status === 0;
process.on("exit", () => sh(`for n in a b c; do ip netns del ${prefix}$n; done`));

/** Does it until the outcome is the expected one, at most twenty times: on a busy machine a router's answer may come after its time. */
function repeated<T>(action: () => T, expected: unknown): T {
  for (let attempt = 1; ; attempt++) {
    const outcome = action();
    if (attempt === 20 || isDeepStrictEqual(outcome, expected)) return outcome;
  }
}

if (!possible) console.log("SKIPPED traceroute in namespaces: ip netns or ping isn't available");
(possible ? test : test.skip)("real routers", () => {
  const real = createHost();
  const inside = (words: readonly string[]) =>
    real.processes.run("ip", ["netns", "exec", `${prefix}a`, "sh", ...words], { timeout: 60_000 });
  const expected = { [key]: { "198.51.100.2": ["192.0.2.2", "198.51.100.2"] } };
  assert.equal(
    repeated(() => trace({ "198.51.100.2": 2 }, inside).found, expected),
    expected,
  );
});

(possible ? test : test.skip)(
  "real routers, asked by ourselves: with sockets for everybody, with raw ones, and with neither",
  () => {
    const directory = temporaryDirectory();
    const probe = compileProgram("test/runtime/support/probe.ts", directory);
    chmodSync(directory, 0o755);
    const range = (groups: string) => sh(`ip netns exec ${prefix}a sysctl -q -w net.ipv4.ping_group_range="${groups}"`);
    const ask = (destination: string, hops: number, user = "") => {
      const words = `${user} ${probe} hops ${destination} ${hops} 300`;
      return JSON.parse(sh(`ip netns exec ${prefix}a ${words}`).stdout) as unknown;
    };
    const expect = (destination: string, hops: number, route: unknown, user: string, why: string) =>
      assert.equal(
        repeated(() => ask(destination, hops, user), route),
        route,
        why,
      );
    const route = ["192.0.2.2", "198.51.100.2", "198.51.100.2"];
    const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all";
    range("1 0");
    expect("198.51.100.2", 3, route, "", "raw");
    assert.is(ask("198.51.100.2", 3, nobody), null, "not allowed");
    range("0 2147483647");
    expect("198.51.100.2", 3, route, nobody, "for everybody");
    expect("198.51.100.77", 2, ["192.0.2.2", ""], "", "nobody there");
    expect("203.0.113.1", 1, ["192.0.2.2"], "", "no route beyond the first router");
  },
);

test.run();
