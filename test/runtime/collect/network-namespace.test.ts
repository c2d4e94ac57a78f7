// The procfs collector against a real kernel: a network namespace of our own with sockets, addresses, routes and neighbours that we put there.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeNamespace } from "../../helpers/network-namespace.js";
import { compileProgram, temporaryDirectory } from "../support/compile.js";

const namespace = makeNamespace("procfs");

const sockets = `
def tcp(family, address):
    listener = socket.socket(family); listener.bind((address, 0)); listener.listen(4096); keep.append(listener)
    return listener
def pairs(listener, family, count):
    for _ in range(count):
        client = socket.socket(family); client.connect(listener.getsockname()[:2]); keep.append(client); keep.append(listener.accept()[0])
four = tcp(socket.AF_INET, "127.0.0.1"); six = tcp(socket.AF_INET6, "::1")
both = socket.socket(socket.AF_INET6); both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0); both.bind(("::", 0)); both.listen(5); keep.append(both)
mapped = socket.socket(); mapped.connect(("127.0.0.1", both.getsockname()[1])); keep.append(mapped); keep.append(both.accept()[0])
pairs(four, socket.AF_INET, int(sys.argv[1])); pairs(six, socket.AF_INET6, 2)
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    bound = socket.socket(family, socket.SOCK_DGRAM); bound.bind((address, 0)); keep.append(bound)
    connected = socket.socket(family, socket.SOCK_DGRAM); connected.connect(bound.getsockname()[:2]); keep.append(connected)
`;

/** `ss` prints `[::1]:80` and `127.0.0.1:80`; ours are uncompressed. */
function expand(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (mapped !== null) return mapped[1]!;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].map((group) => group.padStart(4, "0")).join(":");
}

function endpoint(text: string): [string, number] {
  const at = text.lastIndexOf(":");
  const [address, port] = [
    text
      .slice(0, at)
      .replace(/^\[|\]$/g, "")
      .replace(/%.*$/, ""),
    text.slice(at + 1),
  ];
  return [address === "*" ? expand("::") : expand(address), port === "*" ? 0 : Number(port)];
}

const stateOf: Readonly<Record<string, string>> = { LISTEN: "LISTEN", ESTAB: "ESTABLISHED", UNCONN: "UNCONN" };
type SocketRow = [string, number, string, number, string, number, number];

if (typeof namespace === "string") {
  console.log(`SKIPPED procfs in a network namespace: ${namespace}`);
  test.skip("procfs in a network namespace", () => undefined);
} else {
  const probe = compileProgram("test/runtime/support/network-probe.ts", temporaryDirectory());
  const collect = (...keys: string[]) => JSON.parse(namespace.run(probe, ...keys).stdout) as Record<string, readonly unknown[]>;

  /** Sockets by `ss`, as `local|port|remote|port|state`, sorted. */
  const bySs = (flags: string): string[] => {
    const rows = namespace.run("ss", flags).stdout.trim().split("\n");
    return rows
      .map((line) => {
        const [state, , , local, remote] = line.trim().split(/\s+/);
        const name = flags.includes("u") ? "UNCONN" : stateOf[state!];
        return [...endpoint(local!), ...endpoint(remote!), name].join("|");
      })
      .sort();
  };

  test.before(() => namespace.hold(sockets, "3"));
  test.after(() => namespace.release());

  test("TCP and UDP sockets are those of ss", () => {
    const found = collect("_OP_TCP_SOCKET_INFO", "_OP_UDP_SOCKET_INFO");
    const text = (rows: readonly SocketRow[]) => rows.map((row) => row.slice(0, 5).join("|")).sort();
    const tcp = bySs("-tanH").filter((row) => /(LISTEN|ESTABLISHED)$/.test(row));
    assert.ok(tcp.length > 10);
    assert.ok(tcp.some((row) => row.startsWith("0000:")));
    assert.equal(text(found._OP_TCP_SOCKET_INFO as readonly SocketRow[]), tcp);
    assert.equal(text(found._OP_UDP_SOCKET_INFO as readonly SocketRow[]), bySs("-uanH"));
    const [row] = found._OP_TCP_SOCKET_INFO as readonly SocketRow[];
    assert.equal(
      row!.map((cell) => typeof cell),
      ["string", "number", "string", "number", "string", "number", "number"],
    );
    assert.ok(row![6] > 0, "an inode");
  });

  test("the kernel's messages and its tables give the same rows in the same order", () => {
    const asText = collect("_OP_TCP_SOCKET_INFO", "--text")._OP_TCP_SOCKET_INFO!;
    assert.ok(asText.length > 10);
    assert.equal(collect("_OP_TCP_SOCKET_INFO")._OP_TCP_SOCKET_INFO, asText);
  });

  test("routes", () => {
    const found = collect("_OP_IPV4_ROUTES", "_OP_IPV6_ROUTES") as unknown as Record<string, (string | number)[][]>;
    // The kernel shows the advertised segment size plus headers as MTU.
    assert.equal(
      found._OP_IPV4_ROUTES!.find((row) => row[0] === "198.51.100.0"),
      ["198.51.100.0", "192.0.2.254", "255.255.255.0", "v0", 3, 0, 0, 77, 1400, 0, 0],
    );
    const six = found._OP_IPV6_ROUTES!.find((row) => row[0] === expand("2001:db8:2::"))!;
    assert.equal([six.length, six[1], six[4], six[5], six[9]], [10, 48, expand("2001:db8:1::2"), "v0", 1234]);
    assert.ok(found._OP_IPV6_ROUTES!.some((row) => row[5] === "lo"));
  });

  test("neighbours", () => {
    assert.equal(collect("_OP_ARP_TABLE")._OP_ARP_TABLE, [["192.0.2.254", 1, 6, "52:54:00:aa:bb:cc", "*", "v0"]]);
  });

  test("interfaces and addresses", () => {
    const found = collect("_OP_IPV4_INTERFACES", "_OP_IPV6_INTERFACES", "_OP_IP_ADDRESSES") as unknown as {
      _OP_IPV4_INTERFACES: Record<string, number[][]>;
      _OP_IPV6_INTERFACES: Record<string, unknown[]>;
      _OP_IP_ADDRESSES: unknown[][];
    };
    assert.equal(Object.keys(found._OP_IPV4_INTERFACES).sort(), ["lo", "v0", "v1"]);
    assert.equal(
      found._OP_IPV4_INTERFACES.lo!.map((side) => side.length),
      [8, 8],
    );
    assert.ok(found._OP_IPV4_INTERFACES.lo![0]![0]! > 0, "bytes went over lo");
    assert.equal([found._OP_IPV6_INTERFACES.v0![0], found._OP_IPV6_INTERFACES.v0![2]], [expand("2001:db8:1::1"), 64]);
    assert.equal(found._OP_IPV6_INTERFACES.lo, [expand("::1"), 1, 128, 16, 128]);
    const v0 = found._OP_IP_ADDRESSES.filter((row) => row[0] === "v0");
    assert.equal(v0[0], ["v0", "ipv4", "192.0.2.1", 24, 0, 0]);
    assert.equal(v0[1]!.slice(0, 4), ["v0", "ipv6", expand("2001:db8:1::1"), 64]);
    assert.equal(v0.length, 3, "and the link-local one");
  });

  test("processes of this machine", () => {
    const { _OP_ALL_PS_INFO: all } = collect("_OP_ALL_PS_INFO") as unknown as {
      _OP_ALL_PS_INFO: Record<string, Record<string, unknown>>;
    };
    const mine = all[String(process.pid)]!;
    assert.is(mine.ppid, process.ppid);
    assert.equal((mine.argv as string[]).slice(1), process.argv.slice(1));
    assert.is(mine.path, process.execPath);
    assert.equal(mine.uid, [process.getuid!(), process.geteuid!(), process.geteuid!(), process.geteuid!()]);
    assert.ok(Object.keys(all).length > 1);
  });

  test("ten thousand sockets", async () => {
    await namespace.hold(sockets, "5000");
    assert.ok(collect("_OP_TCP_SOCKET_INFO")._OP_TCP_SOCKET_INFO!.length > 10_000);
  });
}

test.run();
