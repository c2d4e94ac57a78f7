/** What the viewer takes out of a report (`keys.tsv`). Reports may come from anywhere, so nothing about their shape is taken for granted. */
import ipaddr from "ipaddr.js";
import type { RawReport } from "./log.js";

export interface Socket {
  readonly protocol: "tcp" | "udp";
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: string;
  readonly uid: number;
}

export interface Facts {
  /** Milliseconds since the epoch; undefined if the report tells no time. */
  readonly time: number | undefined;
  readonly operation: string;
  readonly host: string | undefined;
  readonly run: string | undefined;
  readonly beat: number | undefined;
  readonly program: string | undefined;
  readonly pid: number | undefined;
  readonly artifacts: number;
  readonly errors: number;
  /** Sockets that are connected and that listen, and addresses at other ends; undefined if the report has no sockets. */
  readonly tcp: { readonly established: number; readonly listening: number; readonly remotes: number } | undefined;
}

/** What a report tells about the network. A part that the report doesn't have is undefined. */
export interface NetworkFacts {
  readonly tcp: readonly Socket[] | undefined;
  readonly udp: readonly Socket[] | undefined;
  readonly routes: readonly string[] | undefined;
  /** `address device` -> hardware address. */
  readonly neighbours: ReadonlyMap<string, string> | undefined;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as RawReport)[key] : undefined;

/** Shortens IPv6 text as RFC 5952 says; anything else stays as it is. */
export function shortAddress(address: string): string {
  return address.includes(":") && ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address).toRFC5952String() : address;
}

/** `address:port`, with brackets where they are needed; `*` for any address. */
export function endpoint(address: string, port: number): string {
  const shown = address === "0.0.0.0" || address === "::" ? "*" : address.includes(":") ? `[${address}]` : address;
  return `${shown}:${port === 0 ? "*" : port}`;
}

function sockets(protocol: "tcp" | "udp", value: unknown): readonly Socket[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((row): Socket[] => {
    const [local, localPort, remote, remotePort, state, uid] = list(row);
    if (typeof local !== "string" || typeof remote !== "string") return [];
    return [
      {
        protocol,
        local: shortAddress(local),
        localPort: number(localPort) ?? 0,
        remote: shortAddress(remote),
        remotePort: number(remotePort) ?? 0,
        state: text(state) ?? "",
        uid: number(uid) ?? 0,
      },
    ];
  });
}

const maskBits = (mask: string): number =>
  ipaddr.IPv4.isValid(mask) ? (ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask() ?? 0) : 0;

function routes(report: RawReport): readonly string[] | undefined {
  const [four, six] = [report["_OP_IPV4_ROUTES"], report["_OP_IPV6_ROUTES"]];
  if (!Array.isArray(four) && !Array.isArray(six)) return undefined;
  const rows = list(four).map((row) => {
    const [destination, gateway, mask, device, , , , metric] = list(row);
    const via = gateway === "0.0.0.0" ? "" : ` via ${gateway}`;
    return `${destination}/${maskBits(String(mask))}${via} dev ${device} metric ${metric}`;
  });
  const others = list(six).map((row) => {
    const [destination, bits, , , gateway, device, , , , metric] = list(row);
    const next = shortAddress(String(gateway));
    return `${shortAddress(String(destination))}/${bits}${next === "::" ? "" : ` via ${next}`} dev ${device} metric ${metric}`;
  });
  return [...rows, ...others];
}

function neighbours(value: unknown): ReadonlyMap<string, string> | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Map(
    value.map((row) => {
      const [address, , , hardware, , device] = list(row);
      return [`${address} dev ${device}`, String(hardware)] as const;
    }),
  );
}

/** Operations whose artifact is the program that runs. */
const aboutPrograms = new Set(["exec", "heartbeat", "postexec"]);
const hostKeys = ["_OP_HOSTNAME", "_OP_HOST_NODENAME", "_OP_NODENAME", "HOST_NODENAME_WHEN_CHALKED"];

/** What a report tells. */
export function readFacts(report: RawReport): Facts {
  const chalks = list(report["_CHALKS"]);
  const operation = text(report["_OPERATION"]) ?? "";
  const process =
    chalks.find((one) => member(one, "_PROCESS_PID") !== undefined) ?? (aboutPrograms.has(operation) ? chalks[0] : undefined);
  const path =
    text(member(process, "_OP_ARTIFACT_PATH")) ??
    text(member(process, "_PROCESS_EXE_PATH")) ??
    text(member(process, "PATH_WHEN_CHALKED"));
  return {
    time: number(report["_TIMESTAMP"]),
    operation,
    host: hostKeys.map((key) => text(report[key])).find((name) => name !== undefined),
    run: text(report["_EXEC_ID"]),
    beat: number(report["_HEARTBEAT_COUNT"]),
    program: text(member(process, "_PROCESS_COMMAND_NAME")) ?? path?.slice(path.lastIndexOf("/") + 1),
    pid: number(member(process, "_PROCESS_PID")),
    artifacts: chalks.length,
    errors: list(report["_OP_ERRORS"]).length,
    tcp: countSockets(report["_OP_TCP_SOCKET_INFO"]),
  };
}

function countSockets(value: unknown): Facts["tcp"] {
  if (!Array.isArray(value)) return undefined;
  let [established, listening] = [0, 0];
  const remotes = new Set<unknown>();
  for (const row of value) {
    const [, , remote, , state] = list(row);
    if (state === "LISTEN") listening++;
    if (state !== "ESTABLISHED") continue;
    established++;
    remotes.add(remote);
  }
  return { established, listening, remotes: remotes.size };
}

/** What a report tells about the network. */
export function readNetwork(report: RawReport): NetworkFacts {
  return {
    tcp: sockets("tcp", report["_OP_TCP_SOCKET_INFO"]),
    udp: sockets("udp", report["_OP_UDP_SOCKET_INFO"]),
    routes: routes(report),
    neighbours: neighbours(report["_OP_ARP_TABLE"]),
  };
}
