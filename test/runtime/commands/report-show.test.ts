// `chalk report show`: what the tables say about logs, good and bad ones.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { endpoint, readFacts, shortAddress } from "../../../runtime/commands/report/facts.js";
import { History } from "../../../runtime/commands/report/history.js";
import { logText, makeReports, start } from "../../helpers/report-log.js";
import { runSession, sessionFile } from "../../helpers/session.js";

const show = (text: string, ...flags: string[]) =>
  runSession(["report", "show", sessionFile("log.jsonl", text), ...flags], { columns: 120 });

const report = (beat: number, more: object = {}) => ({
  _OPERATION: beat === 0 ? "exec" : "heartbeat",
  _TIMESTAMP: start + beat * 1000,
  _EXEC_ID: "0123456789abcdef",
  ...(beat === 0 ? { _OP_HOSTNAME: "alpha" } : { _HEARTBEAT_COUNT: beat }),
  _CHALKS: [{ _PROCESS_PID: 77, _OP_ARTIFACT_PATH: "/usr/bin/orders" }],
  ...more,
});
const tcp = (...rows: unknown[][]) => ({ _OP_TCP_SOCKET_INFO: rows });
const listen = ["0.0.0.0", 80, "0.0.0.0", 0, "LISTEN", 0, 1];
const outward = (port: number) => ["10.0.0.1", port, "203.0.113.34", 443, "ESTABLISHED", 0, 2];
const inward = ["10.0.0.1", 80, "10.0.0.9", 50123, "ESTABLISHED", 0, 3];

test("one line for each report; what is the same everywhere stands below", async () => {
  const { status, stdout } = await show(logText([report(0, tcp(listen)), report(1, tcp(listen, outward(5), inward)), report(2)]));
  assert.is(status, 0);
  const lines = stdout.split("\n");
  assert.match(lines[0]!, /^Time +Operation +Beat +Program +PID +Connected +Remotes +Listening$/);
  assert.match(lines[2]!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +exec +orders +77 +0 +0 +1$/);
  assert.match(lines[3]!, /heartbeat +1 +orders +77 +2 +2 +1$/);
  assert.match(stdout, /3 reports of alpha, .*Z to .*Z \(\d+ (minutes?|seconds?|hours?)\)\n$/);
  for (const line of lines) assert.ok(line.length <= 120, line);
});

test("sockets: services and peers, by direction", async () => {
  const { stdout } = await show(
    logText([report(0, tcp(listen, outward(5), outward(6), inward)), report(1, tcp(listen, outward(5)))]),
    "--sockets",
  );
  assert.match(stdout, /tcp \*:80 +0 .* 2\n/);
  assert.match(stdout, /203\.0\.113\.34 +to +tcp\/443 +2 /);
  assert.match(stdout, /10\.0\.0\.9 +from +tcp\/80 +1 /);
  const none = await show(logText([report(0)]), "--sockets");
  assert.match(none.stdout, /No sockets/);
});

test("diff: connections, services, routes, neighbours from one report of a run to the next", async () => {
  const route = (gateway: string) => ({ _OP_IPV4_ROUTES: [["0.0.0.0", gateway, "0.0.0.0", "eth0", 3, 0, 0, 100, 0, 0, 0]] });
  const arp = (mac: string) => ({ _OP_ARP_TABLE: [["10.0.0.254", 1, 2, mac, "*", "eth0"]] });
  const text = logText([
    report(0, { ...tcp(listen), ...route("10.0.0.254"), ...arp("aa") }),
    report(1, { ...tcp(listen, outward(5)), ...route("10.0.0.253"), ...arp("bb") }),
    report(2, { ...route("10.0.0.253") }),
    report(3, tcp(outward(5))),
  ]);
  const { stdout } = await show(text, "--diff");
  const said = stdout.split("\n").filter((line) => /Z +\d+ +(opened|closed|listens|no longer|route|neighbour)/.test(line));
  assert.equal(
    said.map((line) => line.replace(/^.*?Z +(\d+) +/, "$1 ").replace(/ {2,}/g, ": ")),
    [
      "1 opened: tcp 10.0.0.1:5 - 203.0.113.34:443",
      "1 route added: 0.0.0.0/0 via 10.0.0.253 dev eth0 metric 100",
      "1 route removed: 0.0.0.0/0 via 10.0.0.254 dev eth0 metric 100",
      "1 neighbour changed: 10.0.0.254 dev eth0 was aa, is bb",
      "2 closed: tcp 10.0.0.1:5 - 203.0.113.34:443",
      "2 no longer listens: tcp *:80",
      "2 neighbour gone: 10.0.0.254 dev eth0",
      "3 opened: tcp 10.0.0.1:5 - 203.0.113.34:443",
      "3 route removed: 0.0.0.0/0 via 10.0.0.253 dev eth0 metric 100",
    ],
  );
  const same = await show(logText([report(0, tcp(listen)), report(1, tcp(listen))]), "--diff");
  assert.match(same.stdout, /No changes/);
});

test("a part that no report of the operation had is not missed", () => {
  const history = new History();
  history.add(report(0, tcp(listen, outward(5))));
  history.add(report(1));
  history.add(report(2));
  assert.equal(history.changes, []);
  assert.is([...history.peers.values()][0]!.reports, 1);
});

test("what heartbeats leave out is known from their run; a run without its first report is a host of its own", () => {
  const history = new History();
  history.add(report(0));
  history.add({ _OPERATION: "heartbeat", _EXEC_ID: "0123456789abcdef", _CHALKS: [{ CHALK_ID: "X" }] });
  history.add({ _OPERATION: "heartbeat", _EXEC_ID: "fedcba9876543210", _CHALKS: [{ CHALK_ID: "X" }] });
  history.add({
    _OPERATION: "insert",
    _OP_HOSTNAME: "beta",
    _CHALKS: [{ PATH_WHEN_CHALKED: "/a" }, { PATH_WHEN_CHALKED: "/b" }],
  });
  assert.equal(
    history.rows.map(({ host, facts }) => [host, facts.program, facts.pid, facts.artifacts]),
    [
      ["alpha", "orders", 77, 1],
      ["alpha", "orders", 77, 1],
      ["run fedcba98", undefined, undefined, 1],
      ["beta", undefined, undefined, 2],
    ],
  );
});

test("runs are followed one by one; their host is that of the first report", () => {
  const history = new History();
  for (const one of makeReports({ hosts: 3, beats: 20 })) history.add(one);
  assert.is(history.rows.length, 63);
  assert.equal([...new Set(history.rows.map((row) => row.host))], ["web-1.example", "web-2.example", "web-3.example"]);
  for (const peer of history.peers.values()) for (const span of peer.spans) assert.ok(span.from <= span.to && span.peak > 0);
  assert.is(history.changes.filter((change) => change.kind === "neighbour changed").length, 3);
});

test("JSON", async () => {
  const { stdout } = await show(
    logText([report(0, tcp(listen)), report(1, tcp(listen, inward))]),
    "--json",
    "--sockets",
    "--diff",
  );
  const data = JSON.parse(stdout);
  assert.is(data.reports[1].established, 1);
  assert.is(data.reports[1].beat, 1);
  assert.is(data.listeners[0].at, "*:80");
  assert.is(data.peers[0].direction, "in");
  assert.is(data.changes[0].kind, "opened");
});

test("narrow terminals, bare reports, lines that cannot be read, missing files", async () => {
  const path = sessionFile("mixed.jsonl", `${JSON.stringify(report(0))}\n\nnonsense\n[1]\n${JSON.stringify([report(1)])}`);
  const narrow = await runSession(["report", "show", path], { columns: 40 });
  assert.is(narrow.status, 0);
  for (const line of narrow.stdout.split("\n")) assert.ok(line.length <= 40, line);
  assert.match(narrow.stderr, /mixed\.jsonl:3: not JSON\n/);
  assert.match(narrow.stderr, /mixed\.jsonl:4: not a report\n/);
  assert.match(narrow.stdout, /2 reports of alpha/);
  const missing = await runSession(["report", "show", "/nonexistent/log"]);
  assert.is(missing.status, 1);
  assert.match(missing.stderr, /no such file/);
  assert.is((await show("not a log\n")).status, 1);
  assert.is((await show("")).status, 0);
  const piped = await runSession(["report", "show", "-"], { input: logText([report(0)]) });
  assert.match(piped.stdout, /1 report of alpha/);
});

test("values of any shape are survived", () => {
  for (const strange of [
    {},
    { _CHALKS: 3, _TIMESTAMP: "x" },
    { _CHALKS: [null, 1], _OP_TCP_SOCKET_INFO: [null, [1], "x", ["a", "b", "c"]] },
    { _OP_IPV4_ROUTES: [1], _OP_ARP_TABLE: [[]] },
  ]) {
    const history = new History();
    history.add(strange);
    history.add(strange);
    assert.is(history.rows.length, 2);
  }
  assert.is(readFacts({ _TIMESTAMP: "x" }).time, undefined);
});

test("addresses", () => {
  assert.is(shortAddress("2001:0db8:0000:0000:0000:0000:0000:0010"), "2001:db8::10");
  assert.is(shortAddress("0000:0000:0000:0000:0000:0000:0000:0000"), "::");
  assert.is(shortAddress("2001:0db8:0001:0002:0003:0004:0005:0006"), "2001:db8:1:2:3:4:5:6");
  assert.is(endpoint("2001:db8::1", 443), "[2001:db8::1]:443");
  assert.is(endpoint("::", 80), "*:80");
});

test.run();
