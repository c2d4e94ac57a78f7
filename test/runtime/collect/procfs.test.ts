// The procfs collector against tables made up in the kernel's format: every key's exact shape, and what broken rows cost.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ipv4Text } from "../../../runtime/collect/kernel-text.js";
import { procfs } from "../../../runtime/collect/procfs.js";
import { tcpFilter, udpFilter } from "../../../runtime/collect/socket-rows.js";
import { socketTableRows } from "../../../runtime/collect/socket-tables.js";
import type { Json } from "../../../runtime/json.js";
import { readyText } from "../../../runtime/ready-list.js";
import { artifactOf, collectHost, compact, contextOf, plain, settingsOf } from "../support/collect.js";
import { fakeHost, type ReadCounts } from "../support/fake-host.js";

const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const tcp = `${header}   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 48213 1 0000000000000000 100 0 0 10 0
   1: 0A01A8C0:C3A2 227100CB:01BB 01 00000000:00000000 02:000A1B2C 00000000  1001        0 48377 2 0000000000000000 20 4 30 10 -1
   2: 0100007F:0CEA 0100007F:B1F4 06 00000000:00000000 03:00000A10 00000000     0        0 0 3 0000000000000000
`;
const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  412: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 17002 2 0000000000000000 0
  977: 0A01A8C0:D431 0101A8C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 17020 2 0000000000000000 0
`;
const tcp6 = `${header}   0: B80D0120000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 501 1
   1: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:C000 01 00000000:00000000 00:00000000 00000000    33        0 502 1
`;
const tcpRows = [
  ["0.0.0.0", 8080, "0.0.0.0", 0, "LISTEN", 1001, 48213],
  ["192.168.1.10", 50082, "203.0.113.34", 443, "ESTABLISHED", 1001, 48377],
];

const one = (path: string, content: string, key: string, settings = {}) => {
  const { values, failures } = collectHost(procfs, fakeHost({ files: { [path]: content } }), [key], {
    settings: settingsOf(settings),
  });
  return { value: plain(values.get(key)), failures };
};

test("TCP sockets: listening and established by default", () => {
  assert.equal(one("/proc/net/tcp", tcp, "_OP_TCP_SOCKET_INFO"), { value: tcpRows, failures: [] });
});

test("TCP sockets: the configured states", () => {
  const rows = (states: string[]) =>
    (one("/proc/net/tcp", tcp, "_OP_TCP_SOCKET_INFO", { "network.tcp_socket_statuses": states }).value as Json[] | undefined)
      ?.length;
  assert.is(rows(["*"]), 3);
  assert.is(rows(["TIME_WAIT"]), 1);
  assert.is(rows(["listen"]), undefined);
  assert.is(rows([]), undefined);
});

test("UDP sockets: all, always UNCONN", () => {
  assert.equal(one("/proc/net/udp", udp, "_OP_UDP_SOCKET_INFO").value, [
    ["127.0.0.1", 53, "0.0.0.0", 0, "UNCONN", 101, 17002],
    ["192.168.1.10", 54321, "192.168.1.1", 53, "UNCONN", 0, 17020],
  ]);
});

test("IPv6 sockets follow; mapped addresses are IPv4; the setting turns them off", () => {
  const host = fakeHost({ files: { "/proc/net/tcp": tcp, "/proc/net/tcp6": tcp6 } });
  const rows = (on: boolean) =>
    plain(
      collectHost(procfs, host, ["_OP_TCP_SOCKET_INFO"], { settings: settingsOf({ "network.ipv6_sockets": on }) }).values.get(
        "_OP_TCP_SOCKET_INFO",
      ),
    );
  assert.equal(rows(false), tcpRows);
  assert.equal(rows(true), [
    ...tcpRows,
    ["2001:0db8:0000:0000:0000:0000:0000:0001", 8080, "0000:0000:0000:0000:0000:0000:0000:0000", 0, "LISTEN", 0, 501],
    ["127.0.0.1", 80, "127.0.0.2", 49152, "ESTABLISHED", 33, 502],
  ]);
});

test("a big-endian machine prints its words the other way round", () => {
  const bytes = new TextEncoder().encode(`${header} 0: C0A8010A:1F90 00000000:0000 0A 0:0 0:0 0 5 0 7\n`);
  assert.equal(
    [...socketTableRows([[bytes]], tcpFilter(["*"]), false).rows],
    [["192.168.1.10", 8080, "0.0.0.0", 0, "LISTEN", 5, 7]],
  );
  assert.is(ipv4Text("C0A8010A", false), "192.168.1.10");
});

test("socket rows: short ones are skipped, broken ones cost themselves, the rest is exact", () => {
  const line = (local: string, state: string, uid: string, inode: string) =>
    ` 0: ${local} 00000000:0000 ${state} 0:0 0:0 0 ${uid} 0 ${inode}\n`;
  const table = [
    header,
    "  short line\n",
    "\n",
    line("0100007F:0050", "0B", "0", "18446744073709551615"),
    line("0100007F:XYZ", "0A", "0", "1"),
    line("0100007F:0051", "0A", "-1", "2"),
    line("ZZZZ007F:0052", "0A", "007", "3"),
    line("0100007F:0053", "FF", "0", "4"),
    line("0100007f:0x54", "0x0c", "0", "5").trimEnd(),
  ].join("");
  const { value, failures } = one("/proc/net/tcp", table, "_OP_TCP_SOCKET_INFO", { "network.tcp_socket_statuses": ["*"] });
  assert.equal((value as Json[]).slice(1), [
    ["", 82, "0.0.0.0", 0, "LISTEN", 7, 3],
    ["127.0.0.1", 83, "0.0.0.0", 0, "UNKNOWN", 0, 4],
    ["127.0.0.1", 84, "0.0.0.0", 0, "NEW_SYN_RECV", 0, 5],
  ]);
  const text = compact(
    collectHost(procfs, fakeHost({ files: { "/proc/net/udp": table } }), ["_OP_UDP_SOCKET_INFO"]).values.get(
      "_OP_UDP_SOCKET_INFO",
    )!,
  );
  assert.match(text, /"UNCONN", 0, 9223372036854775807]/);
  assert.equal(
    failures.map(([key, { code }]) => [key, code]),
    [["_OP_TCP_SOCKET_INFO", "KEY_COLLECTION_ERROR"]],
  );
});

test("socket rows are the same in whatever pieces the table comes", () => {
  const bytes = new TextEncoder().encode(tcp);
  const expected = readyText(socketTableRows([[bytes]], udpFilter).rows);
  for (let size = 1; size < bytes.length; size += 7) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    assert.is(readyText(socketTableRows([pieces], udpFilter).rows), expected);
  }
});

test("a ready list is an array to everybody", () => {
  const { rows } = socketTableRows([[new TextEncoder().encode(tcp)]], tcpFilter(["*"]));
  assert.ok(Array.isArray(rows));
  assert.is(rows.length, 3);
  assert.is(compact([...rows]), readyText(rows));
  assert.is(compact(rows), readyText(rows));
  assert.equal(rows.slice(0, 2), tcpRows);
});

test("interfaces: counters exact, clamped at 63 bits", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:   90412     611    0    0    0     0          0         0    90412     611    0    0    0     0       0          0
  ens3:88123001   70214    0   12    0     0          0       340  6120034   51120    0    0    0     0       0          0
  big0: 9007199254740993 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0
  odd: 1 2 3
`;
  assert.equal(one("/proc/net/dev", text, "_OP_IPV4_INTERFACES").value, {
    lo: [
      [90412, 611, 0, 0, 0, 0, 0, 0],
      [90412, 611, 0, 0, 0, 0, 0, 0],
    ],
    ens3: [
      [88123001, 70214, 0, 12, 0, 0, 0, 340],
      [6120034, 51120, 0, 0, 0, 0, 0, 0],
    ],
    big0: [
      [9007199254740993n, 9223372036854775807n, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ],
  });
});

const ifInet6 = `fe800000000000005054001234567890 02 40 20 80     ens3
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000010 02 40 00 80     ens3
20010db8000000000000000000000011 02 40 00 01     ens3
short 01
`;

test("IPv6 interfaces: one address per device, the first of the widest scope", () => {
  assert.equal(one("/proc/net/if_inet6", ifInet6, "_OP_IPV6_INTERFACES").value, {
    ens3: ["2001:0db8:0000:0000:0000:0000:0000:0010", 2, 64, 0, 128],
    lo: ["0000:0000:0000:0000:0000:0000:0000:0001", 1, 128, 16, 128],
  });
});

test("all addresses, sorted", () => {
  const addresses = [
    { device: "lo", address: "127.0.0.1", prefix: 8 },
    { device: "ens3", address: "192.0.2.9", prefix: 24 },
  ];
  const other = { network: { interfaceAddresses: () => addresses } } as never;
  const host = fakeHost({ files: { "/proc/net/if_inet6": ifInet6 }, other });
  const { values } = collectHost(procfs, host, ["_OP_IP_ADDRESSES"]);
  assert.equal(plain(values.get("_OP_IP_ADDRESSES")), [
    ["ens3", "ipv4", "192.0.2.9", 24, 0, 0],
    ["ens3", "ipv6", "2001:0db8:0000:0000:0000:0000:0000:0010", 64, 0, 128],
    ["ens3", "ipv6", "2001:0db8:0000:0000:0000:0000:0000:0011", 64, 0, 1],
    ["ens3", "ipv6", "fe80:0000:0000:0000:5054:0012:3456:7890", 64, 32, 128],
    ["lo", "ipv4", "127.0.0.1", 8, 0, 0],
    ["lo", "ipv6", "0000:0000:0000:0000:0000:0000:0000:0001", 128, 16, 128],
  ]);
});

test("IPv4 routes: counters are decimal, flags hex", () => {
  const text =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n" +
    "ens3\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t1500\t0\t0\n" +
    "ens3\t0001A8C0\t00000000\t0001\t0\t0\tx\t00FFFFFF\t0\t0\t0\n" +
    "docker0\t000011AC\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0  \n";
  const { value, failures } = one("/proc/net/route", text, "_OP_IPV4_ROUTES");
  assert.equal(value, [
    ["0.0.0.0", "192.168.1.1", "0.0.0.0", "ens3", 3, 0, 0, 100, 1500, 0, 0],
    ["172.17.0.0", "0.0.0.0", "255.255.0.0", "docker0", 513, 0, 0, 0, 0, 0, 0],
  ]);
  assert.is(failures.length, 1);
});

test("IPv6 routes", () => {
  const none = "0".repeat(32);
  const text = `20010db8000000000000000000000000 40 ${none} 00 ${none} 00000100 00000001 00000000 00000001     ens3
${none} 00 ${none} 00 ${none} ffffffff ffffffff 00000000 00200200       lo
`;
  const zero = "0000:0000:0000:0000:0000:0000:0000:0000";
  assert.equal(one("/proc/net/ipv6_route", text, "_OP_IPV6_ROUTES").value, [
    ["2001:0db8:0000:0000:0000:0000:0000:0000", 64, zero, 0, zero, "ens3", 1, 1, 0, 256],
    [zero, 0, zero, 0, zero, "lo", 2097664, -1, 0, 4294967295],
  ]);
});

test("ARP table and load", () => {
  const arp = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         52:54:00:aa:bb:cc     *        ens3
`;
  assert.equal(one("/proc/net/arp", arp, "_OP_ARP_TABLE").value, [["192.168.1.1", 1, 2, "52:54:00:aa:bb:cc", "*", "ens3"]]);
  assert.is(one("/proc/net/arp", arp.split("\n")[0]!, "_OP_ARP_TABLE").value, undefined);
  const load = collectHost(procfs, fakeHost({ files: { "/proc/loadavg": "0.42 1.00 0.18 2/317 90211\n" } }), [
    "_OP_CPU_INFO",
  ]).values;
  assert.is(
    compact(load.get("_OP_CPU_INFO")!),
    '{ "load" : { "1" : 0.42, "5" : 1.0, "15" : 0.18 }, "runnable_procs" : 2, "total_procs" : 317, "lastpid" : 90211 }',
  );
  assert.is(one("/proc/loadavg", "what", "_OP_CPU_INFO").value, undefined);
});

const stat = "4242 (my srv (v2)) S 4100 4242 4100 0 -1 4194304 900 0 3 0 153 47 12 5 20 0 8 0 1234567 1000 20\n";
const status =
  "Name:\tmy srv\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1001\t1001\t1001\t1001\nGid:\t1001\t1001\t1001\t1001\nFDSize:\t64\nGroups:\t4 27 1001 \nSeccomp:\t0\n";
const auxv = new Uint8Array(new BigUint64Array([6n, 4096n, 17n, 100n, 0n, 0n]).buffer);
const server = {
  "/proc/self/auxv": auxv,
  "/proc/4242/stat": stat,
  "/proc/4242/status": status,
  "/proc/4242/cmdline": "/srv/my srv\0--port\x008080\0",
  "/proc/4242/comm": "my srv (v2)\n",
};
const serverLinks = { "/proc/4242/cwd": "/srv", "/proc/4242/exe": "/srv/my srv" };
const record = {
  pid: 4242,
  name: "my srv (v2)",
  state: "Sleeping",
  ppid: 4100,
  pgrp: 4242,
  sid: 4100,
  tty_nr: 0,
  tpgid: -1,
  user_time: { float: 1.53 },
  system_time: { float: 0.47 },
  child_utime: { float: 0.12 },
  child_stime: { float: 0.05 },
  priority: 20,
  nice: 0,
  num_threads: 8,
  runtime: { float: 12345.67 },
  umask: 22,
  uid: [1001, 1001, 1001, 1001],
  gid: [1001, 1001, 1001, 1001],
  fdsize: 64,
  groups: [4, 27, 1001],
  seccomp: "disabled",
  argv: ["/srv/my srv", "--port", "8080"],
  command: "my srv (v2)",
  cwd: "/srv",
  path: "/srv/my srv",
};
const processKeys = [
  "_PROCESS_PID",
  "_PROCESS_DETAIL",
  "_PROCESS_ARGV",
  "_PROCESS_UTIME",
  "_PROCESS_STATE",
  "_PROCESS_GROUPS",
  "_PROCESS_CWD",
];

function ofProcess(
  files: Record<string, string | Uint8Array>,
  keys: readonly string[],
  start?: string,
  links: Record<string, string> = serverLinks,
  reads?: ReadCounts,
) {
  const context = contextOf(fakeHost({ files, links }, reads), keys);
  const artifact = artifactOf("/srv/my srv", { pid: 4242, ...(start === undefined ? {} : { processStart: start }) });
  return procfs.collectArtifact!("post_chalk_keys", artifact, context);
}

test("process record and keys; each file is read once", () => {
  const reads: ReadCounts = new Map();
  const values = ofProcess(server, processKeys, undefined, serverLinks, reads);
  assert.equal(plain(values.get("_PROCESS_DETAIL")), record);
  assert.equal(Object.keys(plain(values.get("_PROCESS_DETAIL")) as object), Object.keys(record));
  assert.is(values.get("_PROCESS_PID"), 4242);
  assert.equal(plain(values.get("_PROCESS_UTIME")), { float: 1.53 });
  assert.equal(values.get("_PROCESS_ARGV"), record.argv);
  assert.ok(
    [...reads.values()].every((count) => count === 1),
    [...reads].join(" "),
  );
});

test("a file that no subscribed key needs is not read", () => {
  const reads: ReadCounts = new Map();
  ofProcess(server, ["_PROCESS_PID", "_PROCESS_COMMAND_NAME"], undefined, serverLinks, reads);
  assert.equal([...reads.keys()].sort(), ["/proc/4242/comm", "/proc/4242/stat"]);
});

test("unreadable fields are absent, odd ones kept", () => {
  const files = {
    ...server,
    "/proc/4242/stat": stat.replace(" S ", " ? "),
    "/proc/4242/status": "Groups:\t \nSeccomp:\t9\nUmask:\tbad\n",
  };
  const values = ofProcess(files, [...processKeys, "_PROCESS_SECCOMP_STATUS", "_PROCESS_UMASK"], undefined, {});
  const detail = plain(values.get("_PROCESS_DETAIL")) as typeof record;
  assert.is(detail.state, "?");
  assert.equal(detail.groups, []);
  assert.not(values.has("_PROCESS_GROUPS"), "empty lists are absent as keys");
  assert.is(values.get("_PROCESS_SECCOMP_STATUS"), "unknown");
  assert.not(values.has("_PROCESS_UMASK"));
  assert.not(values.has("_PROCESS_CWD"));
});

test("after the end of the process only its PID is left", () => {
  const keysAfter = (files: Record<string, string | Uint8Array>, start: string) => [
    ...ofProcess(files, processKeys, start).keys(),
  ];
  assert.equal(keysAfter({}, "1234567"), ["_PROCESS_PID"]);
  assert.equal(keysAfter(server, "999"), ["_PROCESS_PID"], "another process has the PID now");
  assert.equal(keysAfter({ ...server, "/proc/4242/stat": stat.replace(" S ", " Z ") }, "1234567"), ["_PROCESS_PID"]);
  assert.is(keysAfter(server, "1234567").length, processKeys.length);
});

test("descriptors", () => {
  const files = {
    ...server,
    "/proc/4242/fdinfo/0": "pos:\t0\nflags:\t02\nmnt_id:\t27\n",
    "/proc/4242/fdinfo/3": "pos:\t512\nflags:\t0100002\nmnt_id:\t31\nino:\t90233\n",
    "/proc/4242/fdinfo/4": "pos:\t0\nflags:\t02\nmnt_id:\t15\ntfd: 5 events: 19\ntfd: 6 events: 1\neventfd-count:  3\n",
    "/proc/4242/fdinfo/5": "",
  };
  const links = { ...serverLinks, "/proc/4242/fd/3": "/var/log/srv.log", "/proc/4242/fd/5": "x" };
  assert.equal(plain(ofProcess(files, ["_PROCESS_FD_INFO"], undefined, links).get("_PROCESS_FD_INFO")), {
    0: { pos: 0, flags: 2, mnt_id: 27 },
    3: { pos: 512, flags: 32770, mnt_id: 31, ino: 90233, path: "/var/log/srv.log" },
    4: { pos: 0, flags: 2, mnt_id: 15, tfd: "6 events: 1", "eventfd-count": "3" },
  });
});

test("mounts", () => {
  const mountinfo = `36 25 0:31 / /var/lib/my\\040data rw,relatime shared:9 master:1 - ext4 /dev/vdb1 rw,discard
37 25 0:32 / /empty rw - tmpfs  rw
38 25 broken / /x rw - tmpfs none rw
short line
`;
  assert.equal(
    plain(ofProcess({ ...server, "/proc/4242/mountinfo": mountinfo }, ["_PROCESS_MOUNT_INFO"]).get("_PROCESS_MOUNT_INFO")),
    [
      {
        mount_id: 36,
        parent_id: 25,
        major: 0,
        minor: 31,
        root: "/",
        mount_point: "/var/lib/my\\040data",
        options: ["rw", "relatime"],
        tags: ["shared:9", "master:1"],
        fs_type: "ext4",
        source: "/dev/vdb1",
        super: ["rw", "discard"],
      },
      {
        mount_id: 37,
        parent_id: 25,
        major: 0,
        minor: 32,
        root: "/",
        mount_point: "/empty",
        options: ["rw"],
        tags: [],
        fs_type: "tmpfs",
        source: "",
        super: ["rw"],
      },
    ],
  );
});

test("all processes: those whose stat can be read", () => {
  const files = { ...server, "/proc/5/status": "Uid:\t0\t0\t0\t0\n", "/proc/uptime": "1 2" };
  const { values } = collectHost(procfs, fakeHost({ files, links: serverLinks }), ["_OP_ALL_PS_INFO"]);
  assert.equal(plain(values.get("_OP_ALL_PS_INFO")), { 4242: record });
});

const ancestry = {
  "/proc/self/stat": "77 (chalk) R 30 77 77 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
  "/proc/30/stat": "30 (sh) S 20 30 30 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
  "/proc/30/cmdline": "/bin/sh\0-c\0\0",
  "/proc/20/stat": "20 (kthread) S 1 20 20 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
  "/proc/20/cmdline": "",
  "/proc/1/stat": "1 (init) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n",
  "/proc/1/cmdline": "/sbin/init\0",
};

test("ancestors: nearest first, without empty command lines", () => {
  const of = (session = {}) => {
    const context = contextOf(fakeHost({ files: { ...ancestry, ...server } }), ["_OP_ANCESTOR_ARGVS"]);
    return procfs.collectHost!("post_run_keys", { ...context, session: { ...context.session, ...session } }).get(
      "_OP_ANCESTOR_ARGVS",
    );
  };
  assert.equal(of(), [["/bin/sh", "-c", ""], ["/sbin/init"]]);
  assert.equal(of({ programPid: 4242 }), [record.argv], "a reporter starts with the program; its parent is gone here");
});

test("missing tables give no keys and no failures", () => {
  const keys = [
    "_OP_TCP_SOCKET_INFO",
    "_OP_IPV4_ROUTES",
    "_OP_IPV4_INTERFACES",
    "_OP_IPV6_INTERFACES",
    "_OP_ARP_TABLE",
    "_OP_CPU_INFO",
    "_OP_ALL_PS_INFO",
  ];
  const { values, failures } = collectHost(procfs, fakeHost({}), keys);
  assert.is(values.size, 0);
  assert.equal(failures, []);
});

test("nothing is read for keys that nobody wants", () => {
  const reads: ReadCounts = new Map();
  collectHost(procfs, fakeHost({ files: { ...server, "/proc/net/tcp": tcp } }, reads), ["_OPERATION"]);
  assert.is(reads.size, 0);
});

test.run();
