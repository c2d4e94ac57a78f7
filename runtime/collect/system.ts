/**
 * The `system` collector: time, identity, host and command line (`collection.md` 4, `runtime-core.md` 5.5). All time keys of a report derive from one
 * instant. It runs before all others.
 */
import type { Json } from "../json.js";
import { redactSource } from "../log/source-secrets.js";
import { oldMetadataKeys } from "../marks/build.js";
import { normalizePath } from "../paths.js";
import { visibleEnvironment } from "./environment.js";
import { type LocalTime, localTime } from "./local-time.js";
import { collectTable, type KeyFunction, type KeyTable } from "./tables.js";
import type { Artifact, CollectContext, Collector } from "./types.js";

export const markMagic = "dadfedabbadabbed";

/** Operations that write marks. */
const markingOperations = new Set(["insert", "build", "push", "load", "setup"]);

/** Does this operation write marks? */
export const isMarking = (operation: string): boolean => markingOperations.has(operation);

type HostKey = KeyFunction<CollectContext>;

/** The address whose route tells our public address; nothing is sent there. */
const publicProbe = "1.1.1.1";

function memoized<T>(context: CollectContext, name: string, make: () => T): T {
  const key = `system ${name}`;
  if (!context.cache.has(key)) context.cache.set(key, make());
  return context.cache.get(key) as T;
}

const uname = (context: CollectContext) => memoized(context, "uname", () => context.host.machine.uname());
const instant = (context: CollectContext) =>
  memoized(context, "time", () => localTime(context.operationTime, context.host.clock));
const timePart =
  (part: keyof LocalTime): HostKey =>
  (context) =>
    instant(context)[part];
const hostFact =
  (fact: "sysname" | "nodename" | "release" | "version" | "machine"): HostKey =>
  (context) =>
    uname(context)[fact];

/** Platform names that differ from `uname -s`. */
const platformNames: Readonly<Record<string, string>> = { Linux: "GNU/Linux" };

const platform: HostKey = (context) => {
  const { sysname, machine } = uname(context);
  return `${platformNames[sysname] ?? sysname} ${machine}`;
};
const publicAddress: HostKey = (context) => context.host.network.localAddressTowards(publicProbe);
const timestamp: HostKey = (context) => Math.trunc(context.operationTime);
const environment: HostKey = (context) =>
  memoized(context, "environment", () => visibleEnvironment(context.host.processes.environment(), context.settings));

/** Keys of phase 1, for operations that write marks. */
const earlyKeys: KeyTable<CollectContext> = {
  DATE_CHALKED: timePart("date"),
  TIME_CHALKED: timePart("time"),
  TZ_OFFSET_WHEN_CHALKED: timePart("offset"),
  DATETIME_WHEN_CHALKED: timePart("dateTime"),
  TIMESTAMP_WHEN_CHALKED: timestamp,
  INJECTOR_VERSION: (context) => context.session.version,
  INJECTOR_COMMIT_ID: (context) => context.session.commit,
  INJECTOR_ENV: environment,
  INJECTOR_CHALK_ID: (context) => context.session.selfChalkId,
  PLATFORM_WHEN_CHALKED: platform,
  PUBLIC_IPV4_ADDR_WHEN_CHALKED: publicAddress,
  HOST_SYSNAME_WHEN_CHALKED: hostFact("sysname"),
  HOST_NODENAME_WHEN_CHALKED: hostFact("nodename"),
  HOST_RELEASE_WHEN_CHALKED: hostFact("release"),
  HOST_VERSION_WHEN_CHALKED: hostFact("version"),
  HOST_MACHINE_WHEN_CHALKED: hostFact("machine"),
  HOSTINFO_WHEN_CHALKED: hostFact("version"),
  NODENAME_WHEN_CHALKED: hostFact("nodename"),
};

const executable = (context: CollectContext) => context.session.argv[0] ?? context.host.processes.executable;
const whole = (milliseconds: number) => Math.max(0, Math.trunc(milliseconds));

/** Keys of phase 4. The engine itself counts marked and unmarked artifacts. */
const lateKeys: KeyTable<CollectContext> = {
  _OPERATION: (context) => context.operation,
  _TIMESTAMP: timestamp,
  _DATE: timePart("date"),
  _TIME: timePart("time"),
  _TZ_OFFSET: timePart("offset"),
  _DATETIME: timePart("dateTime"),
  _MONOTIME: (context) => whole(context.operationMonotonic),
  _SINCE_MONOTIME: (context) => whole(context.operationMonotonic - context.session.startMonotonic),
  _SINCE_TIMESTAMP: (context) => whole(context.operationTime - context.session.startTime),
  _HEARTBEAT_COUNT: (context) => (context.operation === "heartbeat" ? context.session.heartbeatCount : undefined),
  _EXEC_ID: (context) => context.session.execId,
  _OP_ARGV: (context) => context.session.argv,
  _OP_EXE_NAME: (context) => executable(context).slice(executable(context).lastIndexOf("/") + 1),
  _OP_EXE_PATH: (context) => executable(context).slice(0, Math.max(1, executable(context).lastIndexOf("/"))),
  _OP_CMD_FLAGS: { compute: (context) => context.session.commandFlags, keepEmpty: true },
  _OP_CONFIG: ({ session }) => (session.externalConfig === undefined ? undefined : redactSource(session.externalConfig)),
  _OP_SEARCH_PATH: (context) => (isMarking(context.operation) ? context.searchPath : undefined),
  _OP_CHALKER_VERSION: (context) => context.session.version,
  _OP_CHALKER_COMMIT_ID: (context) => context.session.commit,
  _OP_PLATFORM: platform,
  _OP_HOSTNAME: (context) => context.host.machine.hostname(),
  _OP_HOST_SYSNAME: hostFact("sysname"),
  _OP_HOST_NODENAME: hostFact("nodename"),
  _OP_HOST_RELEASE: hostFact("release"),
  _OP_HOST_VERSION: hostFact("version"),
  _OP_HOST_MACHINE: hostFact("machine"),
  _OP_HOSTINFO: hostFact("version"),
  _OP_NODENAME: hostFact("nodename"),
  _OP_PUBLIC_IPV4_ADDR: publicAddress,
  _ENV: { compute: environment, keepEmpty: true },
};

interface ArtifactInput {
  readonly artifact: Artifact;
  readonly context: CollectContext;
}

/** What the mark that is being replaced tells. */
const fromOldMark =
  (key: string): KeyFunction<ArtifactInput> =>
  ({ artifact, context }) =>
    artifact.mark === undefined ? undefined : oldMetadataKeys(artifact.mark, context.host.hashing).get(key);

const markKeys: KeyTable<ArtifactInput> = {
  MAGIC: () => markMagic,
  OLD_CHALK_METADATA_HASH: fromOldMark("OLD_CHALK_METADATA_HASH"),
  OLD_CHALK_METADATA_ID: fromOldMark("OLD_CHALK_METADATA_ID"),
};

/** Absolute and normalised; symbolic links are not followed, and a file may have any name. */
const absolute = (path: string, context: CollectContext) =>
  normalizePath(path.startsWith("/") ? path : `${context.host.processes.cwd()}/${path}`);

const reportKeys: KeyTable<ArtifactInput> = {
  _OP_CHALKED_KEYS: ({ artifact, context }) =>
    isMarking(context.operation) && artifact.mark !== undefined ? [...artifact.mark.keys()] : undefined,
  _VIRTUAL: ({ context }) => (isMarking(context.operation) ? context.settings.bool("virtual_chalk", false) : undefined),
  _OP_ARTIFACT_PATH: ({ artifact, context }) => (artifact.path === undefined ? undefined : absolute(artifact.path, context)),
};

/** The `system` collector. */
export const system: Collector = {
  name: "system",
  collectHost(phase, context) {
    if (phase === "post_run_keys") return collectTable(lateKeys, context, context);
    const found = collectTable(earlyKeys, context, context);
    // A mark that will be signed must name the key, whether or not anybody subscribed to it.
    const { publicKey } = context.session;
    if (publicKey !== undefined) found.set("INJECTOR_PUBLIC_KEY", publicKey satisfies Json);
    return found;
  },
  collectArtifact(phase, artifact, context) {
    return collectTable(phase === "pre_chalk_keys" ? markKeys : reportKeys, { artifact, context }, context);
  },
};
