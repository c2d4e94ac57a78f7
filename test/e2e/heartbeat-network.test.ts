// Issue 2, step 5: what heartbeats say about the network is what `ss`, `ip route`, `ip addr` and `ip neigh` say, in a network namespace that this test makes,
// with listening and connected sockets of TCP and UDP, IPv4 and IPv6.
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeNamespace } from "../helpers/network-namespace.js";
import { createSandbox, type Report } from "../helpers/sandbox.js";

const namespace = makeNamespace("e2e");

const sockets = `
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    listener = socket.socket(family); listener.bind((address, 0)); listener.listen(8); keep.append(listener)
    for _ in range(2):
        client = socket.socket(family); client.connect(listener.getsockname()[:2]); keep.append(client); keep.append(listener.accept()[0])
    bound = socket.socket(family, socket.SOCK_DGRAM); bound.bind((address, 0)); keep.append(bound)
    connected = socket.socket(family, socket.SOCK_DGRAM); connected.connect(bound.getsockname()[:2]); keep.append(connected)
`;

/** IPv6 addresses in reports are not shortened. */
function expand(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].map((group) => group.padStart(4, "0")).join(":");
}

function endpoint(text: string): string {
  const at = text.lastIndexOf(":");
  const address = text
    .slice(0, at)
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "");
  const port = text.slice(at + 1);
  return `${expand(address === "*" ? "::" : address)}|${port === "*" ? 0 : port}`;
}

const states: Readonly<Record<string, string>> = { LISTEN: "LISTEN", ESTAB: "ESTABLISHED" };

interface Address {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
}

interface Interface {
  readonly ifname: string;
  readonly addr_info: readonly Address[];
}

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
  readonly metric?: number;
}

function mask(length: number): string {
  return [0, 8, 16, 24]
    .map((from) => 256 - 2 ** (8 - Math.max(0, Math.min(8, length - from))))
    .map((byte) => byte % 256)
    .join(".");
}

if (typeof namespace === "string") {
  console.log(`SKIPPED heartbeats in a network namespace: ${namespace}`);
  test.skip("heartbeats in a network namespace", () => undefined);
} else {
  const box = createSandbox();
  let beat: Report;
  const json = <T>(...words: string[]) => JSON.parse(namespace.run("ip", "-json", ...words).stdout) as T;

  /** Sockets by `ss`, as `local|port|remote|port|state`, sorted. */
  const bySs = (flags: string): string[] => {
    const lines = namespace.run("ss", flags).stdout.trim().split("\n").filter(Boolean);
    return lines
      .map((line) => {
        const [state = "", , , local = "", remote = ""] = line.trim().split(/\s+/);
        return `${endpoint(local)}|${endpoint(remote)}|${flags.includes("u") ? "UNCONN" : states[state]}`;
      })
      .sort();
  };

  test.before(async () => {
    await namespace.hold(sockets);
    box.write("network.c4m", readFileSync("configs/examples/network.c4m", "utf8"));
    assert.is(box.run(["load", "network.c4m"]).status, 0);
  });

  test("the final heartbeat of a program in the namespace", () => {
    const result = box.run(["exec", "--", "sleep", "0.3"], { through: ["ip", "netns", "exec", namespace.name] });
    assert.is(result.status, 0);
    assert.is(result.stderr, "");
    const lines = box.inHome("network_heartbeat_log.log");
    assert.is(result.stdout, lines);
    const reports = JSON.parse(lines) as Report[];
    assert.is(reports.length, 1);
    beat = reports[0]!;
    assert.equal(
      Object.keys(beat).filter((key) => key.startsWith("_OP_")),
      [
        "_OP_ARP_TABLE",
        "_OP_HOSTINFO",
        "_OP_HOSTNAME",
        "_OP_IPV4_INTERFACES",
        "_OP_IPV4_ROUTES",
        "_OP_IPV6_INTERFACES",
        "_OP_IPV6_ROUTES",
        "_OP_NODENAME",
        "_OP_PLATFORM",
        "_OP_TCP_SOCKET_INFO",
        "_OP_UDP_SOCKET_INFO",
      ],
    );
  });

  test("sockets as by ss", () => {
    const text = (rows: readonly (readonly unknown[])[]) => rows.map((row) => row.slice(0, 5).join("|")).sort();
    assert.equal(text(beat["_OP_TCP_SOCKET_INFO"]), bySs("-tanH"));
    assert.equal(text(beat["_OP_UDP_SOCKET_INFO"]), bySs("-uanH"));
    assert.is(beat["_OP_TCP_SOCKET_INFO"].length, 10);
    assert.is(beat["_OP_UDP_SOCKET_INFO"].length, 4);
    for (const row of [...beat["_OP_TCP_SOCKET_INFO"], ...beat["_OP_UDP_SOCKET_INFO"]] as unknown[][]) {
      assert.equal(
        row.map((cell) => typeof cell),
        ["string", "number", "string", "number", "string", "number", "number"],
      );
      assert.is(row[5], 0, "the user of the socket");
      assert.ok((row[6] as number) > 0, "its inode");
    }
  });

  test("IPv4 routes as by ip route", () => {
    const expected = json<Route[]>("route", "show", "table", "main").map(({ dst, gateway, dev, metric }) => {
      const [network = "", length = "32"] = dst === "default" ? ["0.0.0.0", "0"] : dst.split("/");
      return [network, gateway ?? "0.0.0.0", mask(Number(length)), dev, metric ?? 0].join("|");
    });
    const found = (beat["_OP_IPV4_ROUTES"] as unknown[][]).map((row) => [row[0], row[1], row[2], row[3], row[7]].join("|"));
    assert.equal(found.sort(), expected.sort());
    assert.is(found.length, 3);
  });

  test("IPv6 routes as by ip -6 route", () => {
    const rows = (beat["_OP_IPV6_ROUTES"] as unknown[][]).map((row) => [row[0], row[1], row[4], row[5]].join("|"));
    for (const { dst, gateway, dev } of json<Route[]>("-6", "route", "show", "table", "main")) {
      const [network = "", length = "128"] = dst === "default" ? ["::", "0"] : dst.split("/");
      assert.ok(rows.includes([expand(network), length, expand(gateway ?? "::"), dev].join("|")), dst);
    }
  });

  test("interfaces and addresses as by ip addr", () => {
    const interfaces = json<Interface[]>("addr", "show");
    assert.equal(Object.keys(beat["_OP_IPV4_INTERFACES"]).sort(), interfaces.map(({ ifname }) => ifname).sort());
    for (const counters of Object.values(beat["_OP_IPV4_INTERFACES"]) as number[][][]) {
      assert.equal(
        counters.map((side) => side.length),
        [8, 8],
      );
    }
    assert.ok(beat["_OP_IPV4_INTERFACES"]["lo"][0][0] > 0, "bytes went over lo");
    const shown = beat["_OP_IPV6_INTERFACES"] as Record<string, unknown[]>;
    for (const { ifname, addr_info: addresses } of interfaces) {
      const six = addresses
        .filter(({ family }) => family === "inet6")
        .map(({ local, prefixlen }) => `${expand(local)}/${prefixlen}`);
      if (six.length === 0) assert.is(shown[ifname], undefined);
      else assert.ok(six.includes(`${shown[ifname]![0]}/${shown[ifname]![2]}`), ifname);
    }
  });

  test("neighbours as by ip neigh", () => {
    const neighbours = json<{ dst: string; lladdr: string; dev: string }[]>("-4", "neigh", "show");
    assert.is(neighbours.length, 1);
    assert.equal(
      (beat["_OP_ARP_TABLE"] as unknown[][]).map((row) => [row[0], row[3], row[5]]),
      neighbours.map(({ dst, lladdr, dev }) => [dst, lladdr, dev]),
    );
  });

  test.after(() => namespace.release());
}

test.run();
