/**
 * The page of `chalk report html`: one file without anything from elsewhere. Charts and tables are made here; the reports travel as data, which a small script
 * shows on demand.
 */
import type { History } from "./history.js";
import { hostMap } from "./host-map.js";
import { element, embeddedJson, escapeText, table } from "./markup.js";
import { script, style } from "./page-assets.js";
import { period, timeline } from "./timeline.js";

/** Reports beyond this many characters are left out of the page, the oldest first. */
const rawLimit = 48 << 20;
const mostChanges = 500;

export interface PageInput {
  readonly history: History;
  /** The line of each row of the history. */
  readonly lines: readonly string[];
  /** Names of the logs. */
  readonly sources: readonly string[];
  /** Milliseconds since the epoch. */
  readonly made: number;
  readonly version: string;
}

export interface PageRow {
  readonly cells: readonly string[];
  /** Index of the report's line in the data; null if it was left out. */
  readonly line: number | null;
}

export interface PageData {
  readonly rows: readonly PageRow[];
  readonly lines: readonly string[];
}

const instant = (time: number) =>
  time > 0 && time <= 8.64e15 ? `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z` : "";

/** What the page's script works with: newest reports first. */
export function pageData({ history, lines }: Pick<PageInput, "history" | "lines">): PageData {
  const kept: string[] = [];
  const places = new Map<string, number>();
  let size = 0;
  const rows = history.rows.map(({ time, host, facts }, i): PageRow => {
    const { tcp } = facts;
    const sockets = tcp === undefined ? "" : `${tcp.established} connected, ${tcp.listening} listening`;
    const program = facts.program === undefined ? "" : `${facts.program}${facts.pid === undefined ? "" : ` (${facts.pid})`}`;
    const cells = [instant(time), facts.operation, facts.beat === undefined ? "" : `#${facts.beat}`, host, program, sockets];
    return { cells, line: i };
  });
  const placed = rows.reverse().map(({ cells, line }): PageRow => {
    const text = lines[line as number] as string;
    let place = places.get(text);
    if (place === undefined && size + text.length <= rawLimit) {
      size += text.length;
      place = kept.push(text) - 1;
      places.set(text, place);
    }
    return { cells, line: place ?? null };
  });
  return { rows: placed, lines: kept };
}

function numbers(history: History): string {
  const rows = history.rows;
  const peers = [...history.peers.values()].filter((peer) => peer.direction !== "local");
  const programs = new Set(rows.flatMap((row) => row.facts.program ?? []));
  const facts: readonly (readonly [string, number])[] = [
    ["Reports", rows.length],
    ["Hosts", new Set(rows.map((row) => row.host)).size],
    ["Programs", programs.size],
    ["Remote addresses", new Set(peers.map((peer) => peer.address)).size],
    ["Listening sockets", history.listeners.size],
    ["Changes", history.changes.length],
  ];
  const boxes = facts.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${value.toLocaleString("en-US")}</dd></div>`);
  return element("dl", { class: "numbers" }, boxes.join(""));
}

const section = (title: string, hint: string, content: string) =>
  element("section", {}, `<h2>${escapeText(title)}</h2><p class="hint">${escapeText(hint)}</p>${content}`);

const legend = element(
  "div",
  { class: "legend" },
  '<span><i class="out"></i>to a remote service</span><span><i class="in"></i>from a client</span><span><i class="local"></i>within the host</span>',
);

function connectionSections(history: History): string[] {
  const [lanes, map] = [timeline(history), hostMap(history)];
  const scroll = (content: string) => element("div", { class: "scroll" }, content);
  const found: string[] = [];
  if (lanes !== "")
    found.push(
      section(
        "Connections over time",
        "Each lane is one address and port; a bar lasts from the first report to the last in which the connection was seen. Times are UTC.",
        legend + scroll(lanes),
      ),
    );
  if (map !== "")
    found.push(
      section("Host map", "Who connects to the hosts, and whom they connect to. Thicker lines: more connections.", scroll(map)),
    );
  return found;
}

function tableSections(history: History): string[] {
  const found: string[] = [];
  if (history.listeners.size > 0) {
    const rows = [...history.listeners.values()].map((one) => [
      one.host,
      `${one.protocol} ${one.at}`,
      String(one.uid),
      instant(one.first),
      instant(one.last),
      String(one.reports),
    ]);
    found.push(
      section(
        "Listening",
        "Sockets that wait for others.",
        table(["Host", "Address", "UID", "First seen", "Last seen", "Reports"], rows),
      ),
    );
  }
  if (history.changes.length > 0) {
    const rows = history.changes
      .slice(-mostChanges)
      .reverse()
      .map((one) => [instant(one.time), one.host, one.beat === undefined ? "" : `#${one.beat}`, one.kind, one.what]);
    const which = history.changes.length > mostChanges ? `The last ${mostChanges} of ${history.changes.length}` : "All";
    const content = table(["Time", "Host", "Beat", "Change", "What"], rows);
    const hint = "What was different from one report of a run to the next: connections, services, routes, neighbours.";
    found.push(section("Changes", hint, `<details><summary>${which}, newest first</summary>${content}</details>`));
  }
  return found;
}

/** The whole page. */
export function makePage(input: PageInput): string {
  const { history, sources, made, version } = input;
  const range = period(history);
  const when = range === undefined ? "" : `${instant(range[0])} to ${instant(range[1])} · `;
  const lead = `${when}${sources.join(", ")} · made ${instant(made)} by chalk ${version}`;
  const reports = section(
    "Reports",
    "Newest first. Open one to see all of it.",
    '<input id="filter" type="search" placeholder="Search in reports" aria-label="Search in reports"> <span id="count"></span><div id="list"></div><button id="more" type="button" hidden>Show more</button>',
  );
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">',
    `<title>Reports: ${escapeText(sources.join(", "))}</title><style>${style}</style></head><body><main>`,
    `<h1>Reports</h1><p class="lead">${escapeText(lead)}</p>`,
    numbers(history),
    ...connectionSections(history),
    ...tableSections(history),
    reports,
    "</main>",
    `<script type="application/json" id="data">${embeddedJson(pageData(input))}</script>`,
    `<script>${script}</script></body></html>`,
    "",
  ].join("\n");
}
