// `chalk report html`: the page's data, drawings and safety, without a browser.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { History } from "../../../runtime/commands/report/history.js";
import { hostMap } from "../../../runtime/commands/report/host-map.js";
import { embeddedJson, escapeText, shortened } from "../../../runtime/commands/report/markup.js";
import { makePage, type PageData, pageData } from "../../../runtime/commands/report/page.js";
import { ticks, timeline } from "../../../runtime/commands/report/timeline.js";
import { logText, type MadeReport, makeReports, start } from "../../helpers/report-log.js";
import { runSession, sessionFile, sessionFolder } from "../../helpers/session.js";

function historyOf(reports: readonly MadeReport[]): History {
  const history = new History();
  for (const report of reports) history.add(report);
  return history;
}
function pageOf(reports: readonly MadeReport[], sources = ["a.log"]): string {
  const lines = reports.map((report) => JSON.stringify([report]));
  return makePage({ history: historyOf(reports), lines, sources, made: start, version: "1" });
}
function dataOf(page: string): PageData {
  const found = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page);
  return JSON.parse(found![1]!);
}
const occurrences = (text: string, part: RegExp) => text.match(part)?.length ?? 0;

/** Every opened element is closed, in order. */
function assertBalanced(markup: string): void {
  const open: string[] = [];
  for (const [, close, name] of markup.matchAll(/<(\/?)([a-z]+)[^>]*>/gi)) {
    if (close === "") open.push(name!);
    else assert.is(open.pop(), name);
  }
  assert.equal(open, []);
}

test("the data holds every report, newest first, exactly as it was logged", () => {
  const reports = makeReports({ hosts: 2, beats: 5 });
  const { rows, lines } = dataOf(pageOf(reports));
  assert.is(rows.length, 12);
  assert.equal(JSON.parse(lines[rows[0]!.line!]!), [reports.at(-1)]);
  assert.equal(rows.at(-1)!.cells.slice(1, 5), ["exec", "", "web-1.example", "orders (4000)"]);
  const big = '[{"_OPERATION":"exec","n":18446744073709551615}]';
  const data = pageData({ history: historyOf([JSON.parse(big)[0]]), lines: [big] });
  assert.is(data.lines[data.rows[0]!.line!], big);
});

test("reports that would make the page too large are left out, the oldest first", () => {
  const line = `[{"x":"${"y".repeat(20 << 20)}"}]`;
  const lines = [line, `${line} `, `${line}  `];
  const { rows } = pageData({ history: historyOf([{}, {}, {}]), lines });
  assert.equal(
    rows.map((row) => row.line),
    [0, 1, null],
  );
});

test("the timeline has a lane for each address and a bar for each stretch", () => {
  const history = historyOf(makeReports({ hosts: 3, beats: 20 }));
  const drawing = timeline(history);
  const spans = [...history.peers.values()].reduce((sum, peer) => sum + peer.spans.length, 0);
  assert.is(occurrences(drawing, /<rect /g), spans);
  assert.is(occurrences(drawing, /class="label"/g), history.peers.size);
  assert.is(occurrences(drawing, /class="host"/g), 3);
  for (const [, x, width] of drawing.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g))
    assert.ok(Number(x) >= 290 && Number(x) + Number(width) <= 1120);
  assertBalanced(drawing);
});

test("the host map connects clients, hosts and services; many addresses share a box", () => {
  const drawing = hostMap(historyOf(makeReports({ hosts: 3, beats: 20 })));
  assertBalanced(drawing);
  assert.is(occurrences(drawing, /class="node own"/g), 3);
  assert.ok(occurrences(drawing, /class="edge in"/g) > 0 && occurrences(drawing, /class="edge out"/g) > 0);
  const rows = Array.from({ length: 80 }, (_, i) => ["10.0.0.1", 1000 + i, `192.0.2.${i}`, 443, "ESTABLISHED", 0, i]);
  const crowded = hostMap(historyOf([{ _OP_HOSTNAME: "a", _TIMESTAMP: start, _OP_TCP_SOCKET_INFO: rows }]));
  assert.is(occurrences(crowded, /class="node"/g), 24);
  assert.match(crowded, /57 more addresses/);
});

test("fleets: hosts beyond a number share a box and a line", () => {
  const history = historyOf(makeReports({ hosts: 60, beats: 2 }));
  const map = hostMap(history);
  assert.is(occurrences(map, /class="node own"/g), 40);
  assert.match(map, /21 more hosts/);
  assert.match(timeline(history), /and 20 more hosts/);
});

test("stretches too close to be told apart are one bar", () => {
  const row = ["10.0.0.1", 1, "192.0.2.1", 443, "ESTABLISHED", 0, 1];
  const beat = (i: number, on: boolean) => ({
    _EXEC_ID: "1",
    _TIMESTAMP: start + i * 1000,
    _OP_TCP_SOCKET_INFO: on ? [row] : [],
  });
  const history = historyOf(Array.from({ length: 4000 }, (_, i) => beat(i, i % 2 === 0)));
  assert.is([...history.peers.values()][0]!.spans.length, 2000);
  assert.ok(occurrences(timeline(history), /<rect /g) < 500);
});

test("one host that connects to another is named", () => {
  const socket = (own: string, port: number, other: string, remote: number) => [own, port, other, remote, "ESTABLISHED", 0, 2];
  const drawing = hostMap(
    historyOf([
      {
        _OP_HOSTNAME: "db",
        _EXEC_ID: "1",
        _TIMESTAMP: start,
        _OP_TCP_SOCKET_INFO: [["0.0.0.0", 5432, "0.0.0.0", 0, "LISTEN", 0, 1], socket("10.0.0.2", 5432, "10.0.0.1", 999)],
      },
      { _OP_HOSTNAME: "web", _EXEC_ID: "2", _TIMESTAMP: start, _OP_TCP_SOCKET_INFO: [socket("10.0.0.1", 999, "10.0.0.2", 5432)] },
    ]),
  );
  assert.match(drawing, /10\.0\.0\.1 \(web\)/);
  assert.match(drawing, /10\.0\.0\.2 \(db\)/);
});

test("nothing of a report becomes markup or script, and nothing comes from elsewhere", () => {
  const evil = `</script><img src=x onerror=alert(1)><!--"'&`;
  const page = pageOf(
    [
      {
        _OPERATION: evil,
        _TIMESTAMP: start,
        _OP_HOSTNAME: evil,
        _CHALKS: [{ _PROCESS_COMMAND_NAME: evil, _PROCESS_PID: 1 }],
        _OP_TCP_SOCKET_INFO: [
          [evil, 1, evil, 2, "ESTABLISHED", 0, 1],
          [evil, 3, "0.0.0.0", 0, "LISTEN", 0, 1],
        ],
        _OP_ARP_TABLE: [[evil, 1, 2, evil, "*", evil]],
      },
      { _OP_HOSTNAME: evil, _OPERATION: evil, _TIMESTAMP: start + 1, _OP_TCP_SOCKET_INFO: [] },
    ],
    [evil],
  );
  assert.is(occurrences(page, /<img/g), 0);
  assert.is(occurrences(page, /<script/g), 2);
  assert.is(occurrences(page, /<\/script>/g), 2);
  assert.is(dataOf(page).rows[0]!.cells[1], evil);
  const addresses = [...page.matchAll(/https?:\/\/[^"\s<]+/g)].map(([address]) => address);
  assert.equal([...new Set(addresses)], ["http://www.w3.org/2000/svg"]);
  assert.match(page, /default-src 'none'/);
  assertBalanced(
    page.replace(/<!doctype html>|<meta[^>]*>|<link[^>]*>|<input[^>]*>/g, "").replace(/<(style|script)\b[^>]*>.*?<\/\1>/gs, ""),
  );
});

test("logs without network, without times, with a single report", () => {
  for (const reports of [[{}], [{ _TIMESTAMP: start }], [{ _TIMESTAMP: 9e18 }], makeReports({ hosts: 1, beats: 0 })]) {
    const page = pageOf(reports);
    assert.is(dataOf(page).rows.length, reports.length);
    assert.not.match(page, /NaN|undefined|Infinity/);
  }
});

test("the command: writes one file, needs its name, refuses what it cannot do", async () => {
  const log = sessionFile("page.jsonl", logText(makeReports({ hosts: 1, beats: 3 })));
  const output = join(sessionFolder, "page.html");
  const done = await runSession(["report", "html", log, "-o", output]);
  assert.equal([done.status, done.stdout, done.stderr], [0, "", ""]);
  assert.match(readFileSync(output, "utf8"), /^<!doctype html>/);
  const relative = await runSession(["report", "html", "--output=second.html", log]);
  assert.is(relative.status, 0, relative.stderr);
  assert.ok(existsSync(join(sessionFolder, "second.html")));
  const nameless = await runSession(["report", "html", log]);
  assert.is(nameless.status, 1);
  assert.match(nameless.stderr, /--output/);
  assert.is((await runSession(["report", "html", sessionFile("empty.jsonl", ""), "-o", output])).status, 1);
  assert.is((await runSession(["report", "html", "/nonexistent", "-o", output])).status, 1);
  assert.is((await runSession(["report", "html", log, "-o", "/nonexistent/x.html"])).status, 1);
});

test("small tools", () => {
  assert.is(escapeText(`<a b="c">&'\u0001`), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\ufffd");
  assert.is(embeddedJson("</script>\u2028"), '"\\u003c/script>\\u2028"');
  assert.is(shortened("abcdefghij", 7), "abcd…ij");
  assert.ok(ticks(start, start + 1000).length >= 1);
  assert.ok(ticks(start, start + 400 * 86_400_000).length <= 9);
});

test.run();
