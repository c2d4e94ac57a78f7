/**
 * The `procfs` collector: network tables of our own network namespace and process records of our own PID namespace (`collection.md` 2). Linux only.
 * Tables are read afresh for every report; within one report each file of a process is read at most once.
 */
import type { OpenFile } from "../host/host.js";
import type { Json } from "../json.js";
import { listKernelDirectory, readKernelText } from "./kernel-text.js";
import {
  allAddresses,
  arpTable,
  cpuLoad,
  type Ipv6Address,
  interfaceCounters,
  ipv4Routes,
  ipv6Addresses,
  ipv6Interfaces,
  ipv6Routes,
} from "./network-tables.js";
import { mounts, openDescriptors } from "./process-details.js";
import { clockRate, ProcessSources, parseStat, processRecord, type RecordField, recordField } from "./process-record.js";
import { socketMessageRows } from "./socket-messages.js";
import { type SocketFilter, tcpFilter, udpFilter } from "./socket-rows.js";
import { socketTableRows } from "./socket-tables.js";
import { collectTable, type KeyFunction, type KeyTable, recordFailure } from "./tables.js";
import type { Artifact, CollectContext, Collector } from "./types.js";

/** A value that is computed once per report. */
function perReport<T>(context: CollectContext, name: string, make: () => T): T {
  const key = `procfs ${name}`;
  if (!context.cache.has(key)) context.cache.set(key, make());
  return context.cache.get(key) as T;
}

const text = (context: CollectContext, path: string) => readKernelText(context.host.files, path);
const bad = (context: CollectContext, key: string) => (problem: string) => recordFailure(context, key, problem);

function sourcesOf(context: CollectContext, pid: number): ProcessSources {
  const rate = () => perReport(context, "clock rate", () => clockRate(context.host));
  return perReport(context, `process ${pid}`, () => new ProcessSources(context.host, pid, rate));
}

/** Size of the pieces in which socket tables are read. */
const pieceLength = 1 << 16;

/** The bytes of a table in pieces, none if it is missing. */
function* tablePieces(context: CollectContext, path: string): Generator<Uint8Array> {
  let file: OpenFile;
  try {
    file = context.host.files.open(path, "read");
  } catch {
    return;
  }
  try {
    for (let offset = 0; ; ) {
      const piece = file.read(offset, pieceLength);
      if (piece.length === 0) return;
      yield piece;
      offset += piece.length;
      if (piece.length < pieceLength) return;
    }
  } finally {
    file.close();
  }
}

/** The rows of a protocol from its tables of /proc. */
function socketsFromTables(
  context: CollectContext,
  key: string,
  protocol: "tcp" | "udp",
  filter: SocketFilter,
  withIpv6: boolean,
): readonly Json[] {
  const tables = [tablePieces(context, `/proc/net/${protocol}`)];
  if (withIpv6) tables.push(tablePieces(context, `/proc/net/${protocol}6`));
  const { rows, bad: lost } = socketTableRows(tables, filter);
  if (lost > 0) recordFailure(context, key, `${lost} rows were not understood`);
  return rows;
}

const wantsIpv6 = (context: CollectContext) => context.settings.bool("network.ipv6_sockets", true);

function tcpSockets(context: CollectContext): readonly Json[] {
  const filter = tcpFilter(context.settings.strings("network.tcp_socket_statuses", ["LISTEN", "ESTABLISHED"]));
  return (
    socketMessageRows(context.host.network, filter, wantsIpv6(context)) ??
    socketsFromTables(context, "_OP_TCP_SOCKET_INFO", "tcp", filter, wantsIpv6(context))
  );
}

const udpSockets = (context: CollectContext) =>
  socketsFromTables(context, "_OP_UDP_SOCKET_INFO", "udp", udpFilter, wantsIpv6(context));

const ipv6Of = (context: CollectContext, key: string): readonly Ipv6Address[] =>
  perReport(context, "if_inet6", () => ipv6Addresses(text(context, "/proc/net/if_inet6"), bad(context, key)));

/** Rows of one file by one of the table readers. */
const table =
  (key: string, path: string, read: (content: string, bad: (problem: string) => void) => Json): KeyFunction<CollectContext> =>
  (context) =>
    read(text(context, path), bad(context, key));

function allProcesses(context: CollectContext): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const name of listKernelDirectory(context.host.files, "/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const record = processRecord(sourcesOf(context, Number(name)));
    if (record !== undefined) found.set(name, record);
  }
  return found;
}

/** Longest chain of ancestors that is followed: a guard against a table that changes under our feet. */
const ancestorLimit = 1000;

/** Command lines of our ancestors, nearest first. A reporter's first ancestor is the program that it reports on. */
function ancestors(context: CollectContext): Json {
  const found: Json[] = [];
  const ownParent = () => Number(parseStat(text(context, "/proc/self/stat"))?.field(4) ?? 0);
  let pid = context.session.programPid ?? ownParent();
  for (let count = 0; pid > 0 && count < ancestorLimit; count++) {
    const sources = sourcesOf(context, pid);
    if (sources.stat === undefined) break;
    if (sources.argv.length > 0) found.push(sources.argv);
    pid = Number(sources.stat.field(4));
  }
  return found;
}

const hostKeys: KeyTable<CollectContext> = {
  _OP_TCP_SOCKET_INFO: tcpSockets,
  _OP_UDP_SOCKET_INFO: udpSockets,
  _OP_IPV4_INTERFACES: table("_OP_IPV4_INTERFACES", "/proc/net/dev", interfaceCounters),
  _OP_IPV6_INTERFACES: (context) => ipv6Interfaces(ipv6Of(context, "_OP_IPV6_INTERFACES")),
  _OP_IP_ADDRESSES: (context) => allAddresses(context.host.network.interfaceAddresses(), ipv6Of(context, "_OP_IP_ADDRESSES")),
  _OP_IPV4_ROUTES: table("_OP_IPV4_ROUTES", "/proc/net/route", ipv4Routes),
  _OP_IPV6_ROUTES: table("_OP_IPV6_ROUTES", "/proc/net/ipv6_route", ipv6Routes),
  _OP_ARP_TABLE: table("_OP_ARP_TABLE", "/proc/net/arp", arpTable),
  _OP_CPU_INFO: (context) => cpuLoad(text(context, "/proc/loadavg")),
  _OP_ALL_PS_INFO: allProcesses,
  _OP_ANCESTOR_ARGVS: ancestors,
};

interface ProcessInput {
  readonly context: CollectContext;
  readonly sources: ProcessSources;
}

const field =
  (name: RecordField): KeyFunction<ProcessInput> =>
  ({ sources }) =>
    recordField(sources, name);

const processKeys: KeyTable<ProcessInput> = {
  _PROCESS_ARGV: field("argv"),
  _PROCESS_CWD: field("cwd"),
  _PROCESS_EXE_PATH: field("path"),
  _PROCESS_COMMAND_NAME: field("command"),
  _PROCESS_PARENT_PID: field("ppid"),
  _PROCESS_PGID: field("pgrp"),
  _PROCESS_START_TIME: field("runtime"),
  _PROCESS_UTIME: field("user_time"),
  _PROCESS_STIME: field("system_time"),
  _PROCESS_CHILDREN_UTIME: field("child_utime"),
  _PROCESS_CHILDREN_STIME: field("child_stime"),
  _PROCESS_STATE: field("state"),
  _PROCESS_UMASK: field("umask"),
  _PROCESS_UID: field("uid"),
  _PROCESS_GID: field("gid"),
  _PROCESS_NUM_FD_SIZE: field("fdsize"),
  _PROCESS_GROUPS: field("groups"),
  _PROCESS_SECCOMP_STATUS: field("seccomp"),
  _PROCESS_FD_INFO: ({ context, sources }) => openDescriptors(context.host, sources.pid, bad(context, "_PROCESS_FD_INFO")),
  _PROCESS_MOUNT_INFO: ({ context, sources }) =>
    mounts(text(context, `/proc/${sources.pid}/mountinfo`), bad(context, "_PROCESS_MOUNT_INFO")),
  _PROCESS_DETAIL: ({ sources }) => processRecord(sources),
};

/** Is the process that the artifact stands for still there, rather than gone, a zombie, or another one with its PID? */
function isAlive(artifact: Artifact, sources: ProcessSources): boolean {
  if (sources.stat === undefined) return false;
  if (artifact.processStart === undefined) return true;
  return sources.stat.field(22) === artifact.processStart && !["Z", "X", "x"].includes(sources.stat.field(3));
}

/** The `procfs` collector. Install it on Linux only. */
export const procfs: Collector = {
  name: "procfs",
  collectHost: (phase, context) => (phase === "post_run_keys" ? collectTable(hostKeys, context, context) : new Map()),
  collectArtifact(phase, artifact, context) {
    if (phase !== "post_chalk_keys" || artifact.pid === undefined) return new Map();
    const { pid } = artifact;
    const sources = sourcesOf(context, pid);
    const found = collectTable({ _PROCESS_PID: () => pid }, undefined, context);
    if (isAlive(artifact, sources)) {
      for (const [key, value] of collectTable(processKeys, { context, sources }, context)) found.set(key, value);
    }
    return found;
  },
};
