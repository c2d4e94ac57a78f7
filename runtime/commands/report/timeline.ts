/** The timeline of the page: a lane for each address that a host was connected with, a bar for each stretch of time. Plain SVG, made here. */
import type { History, Peer, Span } from "./history.js";
import { element, escapeText, shortened } from "./markup.js";

const width = 1120;
const labels = 300;
const right = 24;
const laneHeight = 24;
const hostHeight = 34;
const top = 34;
const mostLanes = 40;
const mostHosts = 40;
/** Stretches that would be drawn closer to each other than this are one bar. */
const closest = 2;
const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800, 2592000,
];
const mostTicks = 8;
const arrows: Readonly<Record<Peer["direction"], string>> = { out: "→", in: "←", local: "↺" };
const rank: Readonly<Record<Peer["direction"], number>> = { out: 0, in: 1, local: 2 };

const span = (peer: Peer) => peer.spans.reduce((sum, one) => sum + one.to - one.from, 0);

/** Times at which a line is drawn: round ones. */
export function ticks(from: number, to: number): number[] {
  const seconds = Math.max(1, (to - from) / 1000);
  const step = (steps.find((one) => seconds / one <= mostTicks) ?? Math.ceil(seconds / mostTicks / 86400) * 86400) * 1000;
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

function tickText(time: number, step: number): string {
  const text = new Date(time).toISOString();
  if (step >= 86_400_000) return text.slice(5, 10);
  return step >= 60_000 ? text.slice(11, 16) : text.slice(11, 19);
}

const clock = (time: number) => new Date(time).toISOString().slice(0, 19).replace("T", " ");

/** The first and last time that any report names; undefined if none does. */
export function period(history: History): readonly [from: number, to: number] | undefined {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { time } of history.rows) {
    if (time <= 0 || time > 8.64e15) continue;
    from = Math.min(from, time);
    to = Math.max(to, time);
  }
  return to === 0 ? undefined : [from, to];
}

/** The drawing; empty if there were no connections or times. */
export function timeline(history: History): string {
  const range = period(history);
  if (range === undefined || history.peers.size === 0) return "";
  const [from, to] = range;
  const plot = width - labels - right;
  const x = (time: number) => labels + (to === from ? 0 : ((Math.min(Math.max(time, from), to) - from) / (to - from)) * plot);
  const parts: string[] = [];
  let y = top;
  const hosts = [...new Set([...history.peers.values()].map((peer) => peer.host))];
  for (const host of hosts.slice(0, mostHosts)) {
    const peers = [...history.peers.values()].filter((peer) => peer.host === host);
    peers.sort((a, b) => rank[a.direction] - rank[b.direction] || span(b) - span(a) || b.reports - a.reports);
    parts.push(element("text", { x: 0, y: y + 22, class: "host" }, escapeText(shortened(host, 44))));
    y += hostHeight;
    for (const peer of peers.slice(0, mostLanes)) {
      parts.push(lane(peer, y, x));
      y += laneHeight;
    }
    if (peers.length > mostLanes) {
      parts.push(
        element("text", { x: 12, y: y + 16, class: "note" }, `and ${peers.length - mostLanes} more, seen for a shorter time`),
      );
      y += laneHeight;
    }
  }
  if (hosts.length > mostHosts) {
    parts.push(element("text", { x: 0, y: y + 22, class: "note" }, `and ${hosts.length - mostHosts} more hosts`));
    y += hostHeight;
  }
  const times = ticks(from, to);
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 1000;
  const grid = times.map((time) => {
    const line = element("line", { x1: x(time), x2: x(time), y1: top - 6, y2: y, class: "grid" });
    return line + element("text", { x: x(time), y: 18, class: "tick" }, tickText(time, step));
  });
  const attributes = { viewBox: `0 0 ${width} ${y + 8}`, role: "img", "aria-label": "Connections over time", class: "chart" };
  return element("svg", { xmlns: "http://www.w3.org/2000/svg", ...attributes }, grid.join("") + parts.join("\n"));
}

function merged(spans: readonly Span[], x: (time: number) => number): Span[] {
  const found: Span[] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last !== undefined && x(span.from) - x(last.to) < closest) {
      last.to = span.to;
      last.peak = Math.max(last.peak, span.peak);
    } else found.push({ ...span });
  }
  return found;
}

function lane(peer: Peer, y: number, x: (time: number) => number): string {
  const name = `${arrows[peer.direction]} ${shortened(peer.address, 28)}`;
  const most = Math.max(...peer.spans.map((one) => one.peak));
  const bars = merged(peer.spans, x).map((one) => {
    const start = x(one.from);
    const title = `${peer.address} ${peer.protocol}/${peer.port}: ${clock(one.from)} to ${clock(one.to)}Z, up to ${one.peak} at a time`;
    const opacity = 0.55 + (0.45 * one.peak) / most;
    const place = { x: start - 2, y: y + 5, width: Math.max(x(one.to) - start + 4, 5), height: laneHeight - 10, rx: 4 };
    return element("rect", { ...place, opacity, class: peer.direction }, element("title", {}, escapeText(title)));
  });
  return [
    element("line", { x1: labels, x2: width - right, y1: y + laneHeight / 2, y2: y + laneHeight / 2, class: "lane" }),
    element("text", { x: 12, y: y + 16, class: "label" }, escapeText(name)),
    element("text", { x: labels - 14, y: y + 16, class: "port" }, escapeText(`${peer.protocol}/${peer.port}`)),
    ...bars,
  ].join("");
}
