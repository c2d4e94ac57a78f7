/**
 * What collectors and the report engine share (`collection.md` 1, `runtime-core.md` 5): artifacts, phases, and the collector interface. A
 * collector ("plugin" in configurations) declares in `configs/base_plugins.c4m` which keys it can give in which phase; it runs only if one of
 * them is subscribed, and returns only what it was asked for.
 */

import type { Host } from "../host/host.js";
import type { Json } from "../json.js";
import type { Settings } from "../settings/settings.js";

/** Phase 1-4 of an operation; the names of the key lists in plugin sections. */
export type PhaseName = "pre_run_keys" | "pre_chalk_keys" | "post_chalk_keys" | "post_run_keys";

export type ResourceKind = "file" | "image" | "container" | "process" | "certificate";

/** One thing that is marked, read or reported on: an entry of `_CHALKS`. */
export interface Artifact {
  name: string;
  /** Resolved path, if it is a file. */
  path: string | undefined;
  pid: number | undefined;
  /** Start time of that process in clock ticks since boot, if known: tells it from a later process with the same PID. */
  processStart?: string;
  codec: string | undefined;
  readonly kinds: Set<ResourceKind>;
  /** Keys collected about it, in order of collection. */
  readonly data: Map<string, Json>;
  /** The mark that was found in it. */
  mark: ReadonlyMap<string, Json> | undefined;
  /** Hex SHA-256 of the unmarked content. */
  unmarkedHash: string | undefined;
  failed: boolean;
  readonly errors: string[];
  readonly failedKeys: Map<string, Json[]>;
  /** Reports say this about it, whatever happens now (`report/settled.ts`): a text for each of their templates. Everything else that was known is gone. */
  readonly texts?: readonly string[];
}

/** Why a key is missing; `code` is one of `collection.md` 16. */
export interface KeyFailure {
  readonly code: string;
  readonly error: string;
  readonly description: string;
}

/** What a collector gets to see. */
export interface CollectContext {
  readonly host: Host;
  readonly settings: Settings;
  /** Base command or `heartbeat`, `postexec`, `build` … */
  readonly operation: string;
  readonly artifacts: readonly Artifact[];
  /** The instant from which all time keys of this report derive, ms since the epoch, and the same by the monotonic clock. */
  readonly operationTime: number;
  readonly operationMonotonic: number;
  /** Is this key worth collecting? */
  subscribed(key: string): boolean;
  /** Files or directories given on the command line. */
  readonly searchPath: readonly string[];
  /** Logs a problem; it reaches `_OP_ERRORS` or the artifact's `_ERR_INFO` (`runtime-core.md` 5.7). */
  log(level: "error" | "warn" | "info" | "trace", message: string): void;
  /**
   * Records that a key could not be collected (`collection.md` 1.6): in `_FAILED_KEYS` of the artifact at hand, else in `_OP_FAILED_KEYS`.
   * Absent in contexts that make no report.
   */
  fail?(key: string, failure: KeyFailure): void;
  /** Puts something that was done to the outside on record, for `_CHALK_EXTERNAL_ACTION_AUDIT` (`collection.md` 4.7). Absent where no report is made. */
  recordAction?(kind: "run", detail: string): void;
  /** The keys that the operation's mark template takes of this artifact so far, in mark order (`attestation` hashes them). */
  selectForMark?(artifact: Artifact): Map<string, Json>;
  /** Scratch space that lives for one report. */
  readonly cache: Map<string, unknown>;
  /** Facts of this process that outlive a report. */
  readonly session: Session;
}

/** Facts that stay the same for a whole chalk process (`runtime-core.md` 5.5, 8.2). A reporter gets them from the process that started it. */
export interface Session {
  readonly version: string;
  readonly commit: string;
  /** `_EXEC_ID`: 16 lower-case hex digits. */
  readonly execId: string;
  /** Process start by both clocks, ms. */
  readonly startTime: number;
  readonly startMonotonic: number;
  /** Executable path and argv as started by the user. */
  readonly argv: readonly string[];
  readonly commandFlags: readonly string[];
  readonly commandArgs: readonly string[];
  /** Text of the external configuration file, if one was loaded. */
  readonly externalConfig: string | undefined;
  heartbeatCount: number;
  /** In a reporter: the program that it reports on, the first of its ancestors (`runtime-core.md` 8.2). */
  programPid?: number;
  /** PEM text of `$CHALK_PUBLIC_KEY` in our own mark. */
  readonly publicKey?: string;
  /** CHALK_ID of our own executable, if it is marked. */
  readonly selfChalkId: string | undefined;
}

export interface Collector {
  readonly name: string;
  /** Keys of the host, phases 1 and 4. */
  collectHost?(phase: "pre_run_keys" | "post_run_keys", context: CollectContext): Map<string, Json>;
  /** Phase 4 of collectors that wait for the network, in place of `collectHost`. What they are not to write counts as not subscribed. */
  collectReport?(context: CollectContext): Promise<Map<string, Json>>;
  /** Keys of one artifact, phases 2 and 3. */
  collectArtifact?(phase: "pre_chalk_keys" | "post_chalk_keys", artifact: Artifact, context: CollectContext): Map<string, Json>;
}
