/**
 * The story that a series of reports tells: who was connected with whom from when to when, who listened, and what changed from one report of a run to the
 * next. Reports of different runs and hosts may be mixed in a log; each run is followed by itself.
 */
import { endpoint, type Facts, type NetworkFacts, readFacts, readNetwork, type Socket } from "./facts.js";
import type { RawReport } from "./log.js";

/** How a connection came about: by the host, by the other side, or within the host. */
export type Direction = "out" | "in" | "local";

/** A stretch of consecutive reports in which a connection was seen. */
export interface Span {
  readonly from: number;
  to: number;
  /** Most connections at one time. */
  peak: number;
}

/** All connections of a host with one address over one service port. */
export interface Peer {
  readonly host: string;
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  /** Of the service: the other side's for outgoing connections, the own for incoming ones. */
  readonly port: number;
  readonly direction: Direction;
  readonly spans: Span[];
  /** Different connections seen. */
  connections: number;
  reports: number;
}

export interface Listener {
  readonly host: string;
  readonly protocol: "tcp" | "udp";
  readonly at: string;
  readonly uid: number;
  readonly first: number;
  last: number;
  reports: number;
}

export interface Change {
  readonly time: number;
  readonly host: string;
  readonly beat: number | undefined;
  readonly kind: string;
  readonly what: string;
}

export interface ReportRow {
  readonly time: number;
  readonly host: string;
  readonly facts: Facts;
}

export const unknownHost = "(unknown host)";

/** What a run's reports said last, to be compared with the next. */
interface Run {
  host: string;
  /** What heartbeats need not repeat. */
  program: string | undefined;
  pid: number | undefined;
  readonly seenBy: Map<string, string>;
  connections: Map<string, string>;
  listeners: Set<string>;
  udp: Set<string>;
  routes: ReadonlySet<string>;
  neighbours: ReadonlyMap<string, string>;
  /** Peers of the last report that had sockets. */
  active: Set<Peer>;
}

const isLoopback = (address: string) => address.startsWith("127.") || address === "::1";
const isUnspecified = (address: string) => address === "0.0.0.0" || address === "::";

const connectionName = (socket: Socket) =>
  `${socket.protocol} ${endpoint(socket.local, socket.localPort)} - ${endpoint(socket.remote, socket.remotePort)}`;

/** Collects reports in the order of the log. */
export class History {
  readonly rows: ReportRow[] = [];
  readonly peers = new Map<string, Peer>();
  readonly listeners = new Map<string, Listener>();
  readonly changes: Change[] = [];
  /** Hosts by the addresses that they used themselves. */
  readonly addresses = new Map<string, string>();
  readonly #runs = new Map<string, Run>();
  #lastTime = 0;
  readonly #withStory: boolean;

  /** `withStory` false: only the rows. */
  constructor(withStory = true) {
    this.#withStory = withStory;
  }

  add(report: RawReport): void {
    const facts = readFacts(report);
    const time = facts.time ?? this.#lastTime;
    this.#lastTime = time;
    const run = this.#run(facts);
    const { program, pid } = run;
    this.rows.push({ time, host: run.host, facts: { ...facts, program, pid } });
    if (!this.#withStory) return;
    const network = readNetwork(report);
    const note = (kind: string, what: string) => this.changes.push({ time, host: run.host, beat: facts.beat, kind, what });
    this.#sockets(run, facts.operation, network, time, note);
    this.#routes(run, facts.operation, network, note);
    this.#neighbours(run, facts.operation, network, note);
  }

  #run(facts: Facts): Run {
    const key = facts.run ?? `host ${facts.host ?? ""} ${facts.operation}`;
    let run = this.#runs.get(key);
    if (run === undefined) {
      run = {
        // The report that named the host may be in another log; runs must not be mixed up.
        host: facts.host ?? (facts.run === undefined ? unknownHost : `run ${facts.run.slice(0, 8)}`),
        program: undefined,
        pid: undefined,
        seenBy: new Map(),
        connections: new Map(),
        listeners: new Set(),
        udp: new Set(),
        routes: new Set(),
        neighbours: new Map(),
        active: new Set(),
      };
      this.#runs.set(key, run);
    }
    if (facts.host !== undefined) run.host = facts.host;
    run.program = facts.program ?? run.program;
    run.pid = facts.pid ?? run.pid;
    return run;
  }

  /**
   * May the absence of a part be believed? Empty lists are left out of reports, but so is what a template doesn't ask for: absence counts if an earlier
   * report of the same operation had it. `first` tells that there is nothing yet to compare with.
   */
  #presence(run: Run, part: string, operation: string, present: boolean): { readonly known: boolean; readonly first: boolean } {
    const mark = `${part} ${operation}`;
    const known = present || run.seenBy.has(mark);
    const first = !run.seenBy.has(part);
    if (present) {
      run.seenBy.set(mark, "");
      run.seenBy.set(part, "");
    }
    return { known, first };
  }

  #sockets(run: Run, operation: string, facts: NetworkFacts, time: number, note: (kind: string, what: string) => void): void {
    const { known, first } = this.#presence(run, "tcp", operation, facts.tcp !== undefined);
    if (known) {
      const tcp = facts.tcp ?? [];
      const open = tcp.filter((socket) => socket.state === "LISTEN");
      const ports = new Set(open.map((socket) => socket.localPort));
      const listening = new Set(open.map((socket) => `tcp ${endpoint(socket.local, socket.localPort)}`));
      const connected = tcp.filter((socket) => socket.state !== "LISTEN" && !isUnspecified(socket.remote));
      const connections = new Map(connected.map((socket) => [connectionName(socket), socket.state]));
      this.#peers(run, connected, ports, time);
      for (const socket of open) this.#listener(run.host, socket, time);
      if (!first) {
        compare(run.connections, connections, note, "opened", "closed");
        compare(run.listeners, listening, note, "listens", "no longer listens");
      }
      run.connections = connections;
      run.listeners = listening;
    }
    const datagrams = this.#presence(run, "udp", operation, facts.udp !== undefined);
    if (!datagrams.known) return;
    const udp = facts.udp ?? [];
    for (const socket of udp) if (isUnspecified(socket.remote)) this.#listener(run.host, socket, time);
    const bound = new Set(
      udp.map((socket) =>
        isUnspecified(socket.remote) ? `udp ${endpoint(socket.local, socket.localPort)}` : connectionName(socket),
      ),
    );
    if (!datagrams.first) compare(run.udp, bound, note, "opened", "closed");
    run.udp = bound;
  }

  #peers(run: Run, sockets: readonly Socket[], ports: ReadonlySet<number>, time: number): void {
    const now = new Map<Peer, number>();
    for (const socket of sockets) {
      if (!isLoopback(socket.local)) this.addresses.set(socket.local, run.host);
      const incoming = ports.has(socket.localPort);
      const direction = isLoopback(socket.remote) ? "local" : incoming ? "in" : "out";
      const port = incoming ? socket.localPort : socket.remotePort;
      const key = `${run.host} ${direction} ${socket.protocol} ${socket.remote} ${port}`;
      let peer = this.peers.get(key);
      if (peer === undefined) {
        const { protocol, remote: address } = socket;
        peer = { host: run.host, address, protocol, port, direction, spans: [], connections: 0, reports: 0 };
        this.peers.set(key, peer);
      }
      if (!run.connections.has(connectionName(socket))) peer.connections++;
      now.set(peer, (now.get(peer) ?? 0) + 1);
    }
    for (const [peer, count] of now) {
      const last = peer.spans.at(-1);
      peer.reports++;
      if (run.active.has(peer) && last !== undefined) {
        last.to = Math.max(last.to, time);
        last.peak = Math.max(last.peak, count);
      } else peer.spans.push({ from: time, to: time, peak: count });
    }
    run.active = new Set(now.keys());
  }

  #listener(host: string, socket: Socket, time: number): void {
    const at = endpoint(socket.local, socket.localPort);
    const key = `${host} ${socket.protocol} ${at}`;
    const known = this.listeners.get(key);
    if (known === undefined)
      this.listeners.set(key, { host, protocol: socket.protocol, at, uid: socket.uid, first: time, last: time, reports: 1 });
    else {
      known.last = time;
      known.reports++;
    }
  }

  #routes(run: Run, operation: string, facts: NetworkFacts, note: (kind: string, what: string) => void): void {
    const { known, first } = this.#presence(run, "routes", operation, facts.routes !== undefined);
    if (!known) return;
    const routes = new Set(facts.routes ?? []);
    if (!first) compare(run.routes, routes, note, "route added", "route removed");
    run.routes = routes;
  }

  #neighbours(run: Run, operation: string, facts: NetworkFacts, note: (kind: string, what: string) => void): void {
    const { known, first } = this.#presence(run, "neighbours", operation, facts.neighbours !== undefined);
    if (!known) return;
    const neighbours = facts.neighbours ?? new Map<string, string>();
    if (!first) {
      for (const [name, hardware] of neighbours) {
        const before = run.neighbours.get(name);
        if (before === undefined) note("neighbour new", `${name} is ${hardware}`);
        else if (before !== hardware) note("neighbour changed", `${name} was ${before}, is ${hardware}`);
      }
      for (const name of run.neighbours.keys()) if (!neighbours.has(name)) note("neighbour gone", name);
    }
    run.neighbours = neighbours;
  }
}

interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

function compare(before: Names, now: Names, note: (kind: string, what: string) => void, added: string, removed: string): void {
  for (const name of now.keys()) if (!before.has(name)) note(added, name);
  for (const name of before.keys()) if (!now.has(name)) note(removed, name);
}
