/**
 * What the parts of the sink layer share (`runtime-core.md` 11). A *kind* (`file`, `post` …) turns the parameters of a `sink_config` section into a
 * *sink* that delivers messages. Kinds know nothing of topics, filters or failure counts: that is the publisher's business.
 */
import type { Host } from "../host/host.js";
import type { Logger } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import type { Parameters } from "./parameters.js";

/**
 * How grave a failure is (11.2): `hard` disables the sink at once, `soft` counts towards `disable_after_errors`, `unwritable` disables a file with one
 * warning, `output` (standard streams) is only logged.
 */
export type FailureGravity = "hard" | "soft" | "unwritable" | "output";

/** A delivery that failed. The message is one line without report text or secrets. */
export class SinkFailure extends Error {
  readonly gravity: FailureGravity;
  constructor(gravity: FailureGravity, message: string) {
    super(message);
    this.name = "SinkFailure";
    this.gravity = gravity;
  }
}

/** A configuration that gives no usable sink: it is not set up. `unwritable` is told as a warning, anything else as an error. */
export class SinkConfigurationError extends Error {
  readonly unwritable: boolean;
  constructor(message: string, unwritable = false) {
    super(message);
    this.name = "SinkConfigurationError";
    this.unwritable = unwritable;
  }
}

/** A message on its way to one sink, filters applied. */
export interface Message {
  readonly topic: string;
  readonly text: string;
}

/** What a sink may use. */
export interface SinkContext {
  readonly host: Host;
  readonly logger: Logger;
  readonly settings: Settings;
  /** Name of the `sink_config`. */
  readonly name: string;
  readonly parameters: Parameters;
  /** Program version. */
  readonly version: string;
  /** Operation and action of the report being sent. */
  readonly report: () => { readonly operation: string; readonly actionId: string | undefined };
  /** Headers of an `auth_config`; throws a `SinkConfigurationError`. */
  readonly auth: (name: string) => ReadonlyMap<string, string>;
  /** Tells of an I/O event at info level: `[FILE: ]EVENT (sink conf='NAME')` (11.1). */
  readonly event: (event: string, file?: string) => void;
}

export interface Sink {
  /** Delivers one message, at once for local sinks. Throws or rejects with a `SinkFailure`. */
  send(message: Message): void | Promise<void>;
}

export interface SinkKind {
  readonly name: string;
  /** Checks the parameters and makes the sink; nothing is opened or sent yet. Throws a `SinkConfigurationError`. */
  configure(context: SinkContext): Sink;
}
