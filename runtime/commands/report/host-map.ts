/** The host map of the page: who connects to the hosts on the left, the hosts in the middle, whom they connect to on the right. Plain SVG, made here. */
import type { History, Peer } from "./history.js";
import { element, escapeText, shortened } from "./markup.js";

const width = 1120;
const boxWidth = 260;
const boxHeight = 40;
const gap = 14;
const top = 34;
/** Addresses of one column, and hosts; the others share a box. */
const mostBoxes = 24;
const mostHosts = 40;

interface Box {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly weight: number;
}

interface Edge {
  readonly left: string;
  readonly right: string;
  readonly weight: number;
  readonly title: string;
  readonly kind: "in" | "out";
}

interface Column {
  readonly boxes: readonly Box[];
  /** Where an address ended up. */
  readonly placeOf: (address: string) => string;
}

function columnOf(history: History, peers: readonly Peer[], prefix: string): Column {
  const grouped = new Map<string, Peer[]>();
  for (const peer of peers) grouped.set(peer.address, [...(grouped.get(peer.address) ?? []), peer]);
  const all = [...grouped].map(([address, members]): Box => {
    const ports = [...new Set(members.map((peer) => `${peer.protocol}/${peer.port}`))];
    const known = history.addresses.get(address);
    const title = known === undefined ? address : `${address} (${known})`;
    const weight = members.reduce((sum, peer) => sum + peer.connections, 0);
    const shown = ports.slice(0, 3).join(", ") + (ports.length > 3 ? ` and ${ports.length - 3} more` : "");
    return { id: `${prefix}${address}`, title, detail: `${shown} · ${countText(weight)}`, weight };
  });
  all.sort((a, b) => b.weight - a.weight);
  const kept = all.length > mostBoxes ? all.slice(0, mostBoxes - 1) : all;
  const rest = all.slice(kept.length);
  const names = new Set(kept.map((box) => box.id));
  const others = `${prefix}others`;
  const weight = rest.reduce((sum, box) => sum + box.weight, 0);
  const boxes =
    rest.length === 0
      ? kept
      : [...kept, { id: others, title: `${rest.length} more addresses`, detail: countText(weight), weight }];
  return { boxes, placeOf: (address) => (names.has(prefix + address) ? prefix + address : others) };
}

const countText = (count: number) => (count === 1 ? "1 connection" : `${count} connections`);

function edgesOf(peers: readonly Peer[], column: Column, hosts: Column, kind: "in" | "out"): Edge[] {
  const edges = new Map<string, Edge>();
  for (const peer of peers) {
    const [hostId, other] = [hosts.placeOf(peer.host), column.placeOf(peer.address)];
    const [left, right] = kind === "in" ? [other, hostId] : [hostId, other];
    const key = `${left}\n${right}`;
    const weight = (edges.get(key)?.weight ?? 0) + peer.connections;
    const title = kind === "in" ? `${peer.address} to ${peer.host}` : `${peer.host} to ${peer.address}`;
    edges.set(key, { left, right, weight, title: `${title}: ${countText(weight)}`, kind });
  }
  return [...edges.values()];
}

const columnHeight = (count: number) => count * (boxHeight + gap) - gap;

/** The hosts that had connections, in the order in which they reported. */
function hostColumn(history: History, connected: ReadonlySet<string>): Column {
  const ports = new Map<string, string[]>();
  for (const { host, at } of history.listeners.values())
    if (!at.startsWith("127.") && !at.startsWith("[::1]")) ports.set(host, [...(ports.get(host) ?? []), at]);
  const all = [...new Set(history.rows.map((row) => row.host))].filter((host) => connected.has(host));
  const kept = all.length > mostHosts ? all.slice(0, mostHosts - 1) : all;
  const boxes = kept.map((host): Box => {
    const open = ports.get(host) ?? [];
    const detail = open.length === 0 ? "no open port seen" : `listens on ${open.slice(0, 4).join(", ")}`;
    return { id: `h ${host}`, title: host, detail, weight: 0 };
  });
  const rest = all.length - kept.length;
  if (rest > 0) boxes.push({ id: "h others", title: `${rest} more hosts`, detail: "", weight: 0 });
  const names = new Set(kept);
  return { boxes, placeOf: (host) => (names.has(host) ? `h ${host}` : "h others") };
}

/** The drawing; empty if the hosts were connected with nobody. */
export function hostMap(history: History): string {
  const peers = [...history.peers.values()];
  const [incoming, outgoing] = [
    peers.filter((peer) => peer.direction === "in"),
    peers.filter((peer) => peer.direction === "out"),
  ];
  if (incoming.length + outgoing.length === 0) return "";
  const [clients, services] = [columnOf(history, incoming, "c "), columnOf(history, outgoing, "s ")];
  const hosts = hostColumn(history, new Set([...incoming, ...outgoing].map((peer) => peer.host)));
  const columns = [clients.boxes, hosts.boxes, services.boxes];
  const height = Math.max(...columns.map((boxes) => columnHeight(boxes.length)));
  const centres = new Map<string, number>();
  const drawn = columns.map((boxes, i) => {
    const left = [0, (width - boxWidth) / 2, width - boxWidth][i] as number;
    // Shorter columns spread over the whole height, so that lines stay apart.
    const share = height / boxes.length;
    return boxes.map((one, at) => {
      const y = top + (at + 0.5) * share - boxHeight / 2;
      centres.set(one.id, y + boxHeight / 2);
      return drawBox(one, left, y, i === 1 ? "node own" : "node");
    });
  });
  const edges = [...edgesOf(incoming, clients, hosts, "in"), ...edgesOf(outgoing, services, hosts, "out")].map((edge) =>
    drawEdge(edge, centres),
  );
  const titles = ["Clients", "Hosts", "Services"].map((text, i) =>
    columns[i]?.length === 0 ? "" : element("text", { x: [0, width / 2, width][i], y: 16, class: `column c${i}` }, text),
  );
  const attributes = {
    viewBox: `0 0 ${width} ${top + height + 6}`,
    role: "img",
    "aria-label": "Who is connected with whom",
    class: "chart",
  };
  return element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...attributes },
    [...titles, ...edges, ...drawn.flat()].join("\n"),
  );
}

function drawBox(box: Box, x: number, y: number, kind: string): string {
  return element(
    "g",
    { class: kind },
    [
      element("title", {}, escapeText(`${box.title}: ${box.detail}`)),
      element("rect", { x, y, width: boxWidth, height: boxHeight, rx: 8 }),
      element("text", { x: x + 12, y: y + 17, class: "name" }, escapeText(shortened(box.title, 34))),
      element("text", { x: x + 12, y: y + 32, class: "detail" }, escapeText(shortened(box.detail, 44))),
    ].join(""),
  );
}

function drawEdge(edge: Edge, centres: ReadonlyMap<string, number>): string {
  const [start, end] = edge.kind === "in" ? [boxWidth, (width - boxWidth) / 2] : [(width + boxWidth) / 2, width - boxWidth];
  const [y1, y2] = [centres.get(edge.left) ?? 0, centres.get(edge.right) ?? 0];
  const bend = (end - start) / 2;
  const d = `M${start} ${y1}C${start + bend} ${y1} ${end - bend} ${y2} ${end} ${y2}`;
  const thickness = Math.min(9, 1.5 + Math.log2(edge.weight));
  return element(
    "path",
    { d, class: `edge ${edge.kind}`, "stroke-width": thickness },
    element("title", {}, escapeText(edge.title)),
  );
}
