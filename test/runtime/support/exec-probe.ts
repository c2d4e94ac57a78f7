/**
 * `chalk exec` with everything around it replaced by the least that works: `exec-probe SETTINGS LOG PROGRAM ARGUMENTS…` runs a program; its reports are
 * JSON lines in LOG with the process keys and sockets of the real collectors. SETTINGS is a JSON object that overrides the plain settings.
 */
import { procfs } from "../../../runtime/collect/procfs.js";
import { system } from "../../../runtime/collect/system.js";
import type { Artifact, CollectContext, Session } from "../../../runtime/collect/types.js";
import { runReporter } from "../../../runtime/exec/reporter.js";
import { runExec } from "../../../runtime/exec/run.js";
import { type ExecSettings, plainSettings } from "../../../runtime/exec/settings.js";
import type { ReportPort } from "../../../runtime/exec/types.js";
import { createHost } from "../../../runtime/host/create.js";
import { compact, type Json } from "../../../runtime/json.js";
import type { Settings } from "../../../runtime/settings/settings.js";

const host = createHost();

const settingsStub = {
  bool: (_path: string, fallback?: boolean) => fallback ?? false,
  strings: (_path: string, fallback?: readonly string[]) => fallback ?? [],
  string: (_path: string, fallback?: string) => fallback ?? "",
} as unknown as Settings;

const hostKeys = new Set([
  "_OPERATION",
  "_EXEC_ID",
  "_HEARTBEAT_COUNT",
  "_SINCE_MONOTIME",
  "_OP_ANCESTOR_ARGVS",
  "_OP_TCP_SOCKET_INFO",
]);

/** In every so manieth heartbeat objects are counted; in between memory is the reporter's own business. */
const countEvery = 50;

/** Objects that are in use: what is left when all garbage has been thrown away. The same after each heartbeat, give or take a handful. */
function liveObjects(): number {
  const { Bun } = globalThis as unknown as { Bun: { gc(synchronous: boolean): void } };
  const engine = process.getBuiltinModule("bun:jsc" as "module") as unknown as { heapStats(): { objectCount: number } };
  Bun.gc(true);
  return engine.heapStats().objectCount;
}

/** A report engine that knows no templates: everything that was asked for is written down. */
function createPort(session: Session, log: string): ReportPort {
  return {
    begin(operation, options = {}) {
      const artifacts: Artifact[] = [...(options.artifacts ?? [])];
      const context: CollectContext = {
        host,
        settings: settingsStub,
        operation,
        artifacts,
        operationTime: host.clock.now(),
        operationMonotonic: host.clock.monotonic(),
        subscribed: (key) => hostKeys.has(key) || /^_PROCESS_(PID|ARGV|STATE|COMMAND_NAME)$/.test(key),
        searchPath: [],
        log() {},
        cache: new Map(),
        session,
      };
      const unmarked: string[] = [];
      return {
        artifacts,
        unmarked,
        collectArtifact(phase, artifact) {
          for (const key of artifact.data.keys()) if (key.startsWith("_")) artifact.data.delete(key);
          for (const [key, value] of procfs.collectArtifact!(phase, artifact, context)) artifact.data.set(key, value);
        },
        async report() {
          const report = new Map<string, Json>([
            ...system.collectHost!("post_run_keys", context),
            ...procfs.collectHost!("post_run_keys", context),
            ["_CHALKS", artifacts.map((artifact) => new Map(artifact.data))],
            ["names", artifacts.map((artifact) => artifact.name)],
            ["unmarked", unmarked],
            ["resident", host.control.residentMemory()],
            ["objects", session.heartbeatCount % countEvery === 0 ? liveObjects() : null],
            ["descriptors", host.files.list("/proc/self/fd").length],
            ["nice", Number(host.files.readText("/proc/self/stat").split(") ")[1]!.split(" ")[16])],
          ]);
          // Like a file sink: one append for each report.
          host.files.append(log, `${compact(report)}\n`);
        },
      };
    },
  };
}

const now = { startTime: host.clock.now(), startMonotonic: host.clock.monotonic() };
const session = (facts: Partial<Session>): Session => ({
  version: "0",
  commit: "",
  execId: "0123456789abcdef",
  ...now,
  argv: [host.processes.executable, ...host.processes.argv],
  commandFlags: [],
  commandArgs: [],
  externalConfig: undefined,
  heartbeatCount: 0,
  selfChalkId: undefined,
  ...facts,
});

const identify = (path: string) =>
  path.endsWith("unclaimed")
    ? undefined
    : { codec: "elf", kinds: ["file"] as const, mark: undefined, unmarkedHash: "ab".repeat(32) };
const toSettings = (text: string): ExecSettings => {
  const given = JSON.parse(text) as Partial<ExecSettings>;
  return { ...plainSettings, reportingProbability: 100, ...given, heartbeat: { ...plainSettings.heartbeat, ...given.heartbeat } };
};
const log = (level: string, message: string) => {
  if (level === "error") host.terminal.write(2, `${level}: ${message}\n`);
};

const { argv } = host.processes;
if (argv[0] === "__") {
  const status = await runReporter(host, (state) => {
    const own = session(state.session);
    return { port: createPort(own, state.extra.log!), settings: toSettings(state.argv[0]!), session: own, identify, log };
  });
  host.processes.exit(status);
}
const [settingsText = "{}", logFile = "", ...args] = argv;
const own = session({});
const reports = {
  session: own,
  connect: () => ({ port: createPort(own, logFile), identify, reportAccess: async () => undefined }),
  extra: { log: logFile },
};
host.processes.exit(await runExec({ host, settings: toSettings(settingsText), args, log, reports }));
