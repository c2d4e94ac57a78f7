/** Report logs made up for tests of `chalk report` and for looking at its page: programs on several hosts, each with heartbeats, whose connections come and go. */

// biome-ignore lint/suspicious/noExplicitAny: reports are free-form
export type MadeReport = Record<string, any>;

export interface LogShape {
  readonly hosts: number;
  readonly beats: number;
  /** Milliseconds between heartbeats. */
  readonly period?: number;
}

const services = [
  ["203.0.113.34", 443],
  ["198.51.100.7", 5432],
  ["198.51.100.9", 6379],
  ["192.0.2.80", 443],
  ["2001:0db8:0000:0000:0000:0000:0000:0053", 853],
  ["203.0.113.99", 22],
] as const;
export const start = 1_795_440_000_000;

/** A generator of the same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Reports in the order in which they would arrive in one log. */
export function makeReports({ hosts, beats, period = 10_000 }: LogShape): MadeReport[] {
  const reports: MadeReport[] = [];
  for (let beat = 0; beat <= beats; beat++)
    for (let host = 0; host < hosts; host++) {
      const random = numbers(host * 7919 + Math.floor(beat / 5) * 104729 + 1);
      const own = `10.0.${host}.10`;
      const tcp: unknown[][] = [
        ["0.0.0.0", 8080, "0.0.0.0", 0, "LISTEN", 1001, 48213],
        ["127.0.0.1", 6060, "0.0.0.0", 0, "LISTEN", 0, 48214],
      ];
      services.forEach(([address, port], i) => {
        if (random() < 0.55) tcp.push([own, 40000 + i + Math.floor(beat / 5), address, port, "ESTABLISHED", 1001, 50000 + i]);
      });
      const clients = Math.floor(random() * 4);
      for (let i = 0; i < clients; i++)
        tcp.push([own, 8080, `10.9.${i}.${20 + host}`, 51000 + Math.floor(beat / 5), "ESTABLISHED", 1001, 60000 + i]);
      const process = { CHALK_ID: "AB12CD-34EF-56GH-78JK90", _PROCESS_PID: 4000 + host, _PROCESS_COMMAND_NAME: "orders" };
      reports.push({
        _OPERATION: beat === 0 ? "exec" : "heartbeat",
        _TIMESTAMP: start + beat * period + host * 700,
        _DATETIME: new Date(start + beat * period).toISOString(),
        _EXEC_ID: `${host}`.repeat(16).slice(0, 16),
        ...(beat === 0 ? { _OP_HOSTNAME: `web-${host + 1}.example` } : { _HEARTBEAT_COUNT: beat }),
        _CHALKS: [process],
        _OP_TCP_SOCKET_INFO: tcp,
        _OP_UDP_SOCKET_INFO: [["127.0.0.53", 53, "0.0.0.0", 0, "UNCONN", 101, 17002]],
        _OP_IPV4_ROUTES: [
          ["0.0.0.0", beat > 12 ? "10.0.0.254" : "10.0.0.1", "0.0.0.0", "eth0", 3, 0, 0, 100, 0, 0, 0],
          ["10.0.0.0", "0.0.0.0", "255.255.0.0", "eth0", 1, 0, 0, 100, 0, 0, 0],
        ],
        _OP_ARP_TABLE: [["10.0.0.1", 1, 2, beat > 6 ? "52:54:00:aa:bb:dd" : "52:54:00:aa:bb:cc", "*", "eth0"]],
      });
    }
  return reports;
}

/** Reports as a log: each line a list of one. */
export const logText = (reports: readonly MadeReport[]): string =>
  reports.map((report) => `${JSON.stringify([report])}\n`).join("");
