// TCP sockets from the kernel's messages: the same rows as from its text, and the text where the messages can't be had or say something else.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { procfs } from "../../../runtime/collect/procfs.js";
import { socketMessageRows } from "../../../runtime/collect/socket-messages.js";
import { tcpFilter } from "../../../runtime/collect/socket-rows.js";
import { HostError, type Network } from "../../../runtime/host/host.js";
import { collectHost, plain, settingsOf } from "../support/collect.js";
import { fakeHost } from "../support/fake-host.js";

interface Socket {
  readonly state: number;
  /** Four or sixteen bytes. */
  readonly local: readonly number[];
  readonly remote: readonly number[];
  readonly ports: readonly [number, number];
  readonly owner: number;
  readonly inode: number;
}

/** `struct inet_diag_msg`. */
function message(socket: Socket, little = true): Uint8Array {
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  bytes.set([socket.local.length === 4 ? 2 : 10, socket.state]);
  view.setUint16(4, socket.ports[0], false);
  view.setUint16(6, socket.ports[1], false);
  bytes.set(socket.local, 8);
  bytes.set(socket.remote, 24);
  view.setUint32(64, socket.owner, little);
  view.setUint32(68, socket.inode, little);
  return bytes;
}

const nowhere = Array.from({ length: 16 }, () => 0);
const mapped = (...address: readonly number[]) => [...nowhere.slice(0, 10), 255, 255, ...address];
const listening: Socket = { state: 10, local: [0, 0, 0, 0], remote: [0, 0, 0, 0], ports: [8080, 0], owner: 1001, inode: 48213 };
const connected: Socket = { ...listening, state: 1, local: [192, 168, 1, 10], remote: [203, 0, 113, 34], ports: [50082, 443] };
const six: Socket = { ...listening, local: [0x20, 1, 0xd, 0xb8, ...nowhere.slice(5), 1], remote: nowhere };
const both: Socket = { ...connected, local: mapped(127, 0, 0, 1), remote: mapped(127, 0, 0, 2), ports: [65535, 1] };
const large: Socket = { ...listening, ports: [1, 0], owner: 4294967294, inode: 4294967295 };

/** A kernel that knows these sockets; notes what it was asked for. */
function kernel(sockets: readonly Socket[], asked: number[] = [], little = true): Network {
  const dumpTcpSockets: Network["dumpTcpSockets"] = (states, told) => {
    asked.push(states);
    for (const socket of sockets) {
      if ((states & (1 << socket.state)) === 0) continue;
      const bytes = new Uint8Array(100);
      bytes.set(message(socket, little), 16);
      told(bytes, 16);
    }
  };
  return { dumpTcpSockets } as Network;
}

const rowsOf = (network: Network, statuses = ["LISTEN", "ESTABLISHED"], withIpv6 = true, little = true) =>
  socketMessageRows(network, tcpFilter(statuses), withIpv6, little)?.map((row) => plain(row));

const [listeningRow, connectedRow] = [
  ["0.0.0.0", 8080, "0.0.0.0", 0, "LISTEN", 1001, 48213],
  ["192.168.1.10", 50082, "203.0.113.34", 443, "ESTABLISHED", 1001, 48213],
];
const sixRow = [
  "2001:0db8:0000:0000:0000:0000:0000:0001",
  8080,
  "0000:0000:0000:0000:0000:0000:0000:0000",
  0,
  "LISTEN",
  1001,
  48213,
];
const bothRow = ["127.0.0.1", 65535, "127.0.0.2", 1, "ESTABLISHED", 1001, 48213];

test("rows of both families, those of IPv6 after the others, mapped addresses as IPv4", () => {
  assert.equal(rowsOf(kernel([six, listening, both, connected])), [listeningRow, connectedRow, sixRow, bothRow]);
  assert.equal(rowsOf(kernel([six, both])), [sixRow, bothRow]);
  assert.equal(rowsOf(kernel([six, listening]), undefined, false), [listeningRow]);
  assert.equal(rowsOf(kernel([])), []);
});

test("owners and inodes are unsigned, in the byte order of the machine", () => {
  assert.equal(rowsOf(kernel([large])), [["0.0.0.0", 1, "0.0.0.0", 0, "LISTEN", 4294967294, 4294967295]]);
  assert.equal(rowsOf(kernel([connected], [], false), undefined, true, false), [connectedRow]);
});

test("only the wanted states are asked for", () => {
  const asked: number[] = [];
  assert.equal(rowsOf(kernel([listening, connected], asked), ["LISTEN"]), [listeningRow]);
  assert.equal(rowsOf(kernel([listening, connected], asked), ["listen"]), []);
  assert.equal(asked, [1 << 10], "nothing wanted, nothing asked");
});

test("many rows: the text grows", () => {
  const rows = rowsOf(kernel(Array.from({ length: 3000 }, (_, index) => ({ ...connected, inode: index }))));
  assert.is(rows?.length, 3000);
  assert.equal(rows?.at(-1), [...connectedRow.slice(0, 6), 2999]);
});

test("states that messages tell differently, and kernels that send none: the tables are read", () => {
  for (const status of ["*", "SYN_RECEIVED", "NEW_SYN_RECV", "UNKNOWN"])
    assert.is(rowsOf(kernel([listening]), ["LISTEN", status]), undefined, status);
  const broken = {
    dumpTcpSockets(_states, told) {
      told(message(connected), 0);
      throw new HostError("ENOENT", "sock_diag");
    },
  } as Partial<Network> as Network;
  assert.is(rowsOf(broken), undefined);
  const table = "header\n 0: 0100007F:0050 00000000:0000 0A 0:0 0:0 0 33 0 7\n";
  const host = fakeHost({ files: { "/proc/net/tcp": table }, other: { network: broken } });
  const { values, failures } = collectHost(procfs, host, ["_OP_TCP_SOCKET_INFO"], { settings: settingsOf({}) });
  assert.equal(plain(values.get("_OP_TCP_SOCKET_INFO")), [["127.0.0.1", 80, "0.0.0.0", 0, "LISTEN", 33, 7]]);
  assert.equal(failures, []);
});

test.run();
