/**
 * Sinks at work (`runtime-core.md` 10.2, 11.1, 11.2): a sink configuration becomes a sink when it is first used, so that users may change any field of a
 * shipped one; each keeps count of its failures and is switched off when there are too many.
 */
import type { Host } from "../host/host.js";
import { isSecretName, type Logger, type MessageLevel, redacted } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import { applyFilters } from "./filters.js";
import type { Parameters } from "./parameters.js";
import { type Sink, SinkConfigurationError, type SinkContext, SinkFailure, type SinkKind } from "./types.js";

/**
 * What became of one message at one sink. `dropped`: a filter refused it, or the sink is off; neither delivered nor failed. `unwritable`: its file cannot
 * be written, which the user has been told.
 */
export type Outcome = "delivered" | "dropped" | "unwritable" | "soft failure" | "hard failure";

export interface Outgoing {
  readonly topic: string;
  readonly text: string;
  readonly level?: MessageLevel | undefined;
  /** Success and failure are only traced (usage statistics). */
  readonly quiet?: boolean | undefined;
  /** A refusal may be the fault of what is sent along, so it doesn't switch the sink off (flushing the report cache). */
  readonly tentative?: boolean | undefined;
}

/** Where a sink's configuration comes from. */
export interface SinkSource {
  readonly kind: string;
  readonly filters: readonly string[];
  readonly priority: number;
  readonly enabled: boolean;
  readonly parameters: Parameters;
}

export interface InstanceServices {
  readonly host: Host;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly version: string;
  readonly kinds: ReadonlyMap<string, SinkKind>;
  readonly auth: (name: string) => ReadonlyMap<string, string>;
  readonly report: () => { readonly operation: string; readonly actionId: string | undefined };
}

const defaultErrorLimit = 3;

export class SinkInstance {
  readonly name: string;
  readonly source: SinkSource;
  readonly #services: InstanceServices;
  readonly #errorLimit: number;
  #sink: Sink | undefined;
  #off = false;
  #quiet = false;
  #failedInARow = 0;

  constructor(name: string, source: SinkSource, services: InstanceServices) {
    this.name = name;
    this.source = source;
    this.#services = services;
    this.#errorLimit = Math.max(1, source.parameters.int("disable_after_errors", defaultErrorLimit));
    this.#off = !source.enabled;
  }

  /** False when the configuration or failures have switched it off. */
  get enabled(): boolean {
    return !this.#off;
  }

  /**
   * Delivers one message through the filters. Never throws; failures are logged here. Local sinks are done when the call returns, so the result is
   * only a promise when the network is involved.
   */
  deliver(message: Outgoing): Outcome | Promise<Outcome> {
    if (this.#off) return "dropped";
    const { logger, host } = this.#services;
    this.#quiet = message.quiet === true;
    const text = applyFilters(this.source.filters, message.text, {
      topic: message.topic,
      level: message.level,
      logLevel: logger.settings.level,
      now: host.clock.now(),
    });
    if (text === undefined) return "dropped";
    try {
      this.#sink ??= this.#configure();
      const done = this.#sink.send({ topic: message.topic, text });
      if (done === undefined) return this.#succeeded();
      return done.then(
        () => this.#succeeded(),
        (error: unknown) => this.#failed(error, message),
      );
    } catch (error) {
      return this.#failed(error, message);
    }
  }

  #configure(): Sink {
    const { kinds, ...services } = this.#services;
    const kind = kinds.get(this.source.kind);
    if (kind === undefined)
      throw new SinkConfigurationError(
        this.source.kind === "" ? "no sink is set" : `this chalk has no sink '${this.source.kind}'`,
      );
    const context: SinkContext = {
      ...services,
      settings: services.settings(),
      name: this.name,
      parameters: this.source.parameters,
      event: (event, file) => {
        services.logger.log(
          this.#quiet ? "trace" : "info",
          `${file === undefined ? "" : `${file}: `}${event} (sink conf='${this.name}')`,
        );
      },
    };
    return kind.configure(context);
  }

  #succeeded(): Outcome {
    this.#failedInARow = 0;
    return "delivered";
  }

  #failed(error: unknown, message: Outgoing): Outcome {
    const { logger } = this.#services;
    const say = (level: MessageLevel, text: string) => (message.quiet === true ? logger.trace(text) : logger.log(level, text));
    const disable = (level: MessageLevel, text: string, outcome: Outcome = "hard failure"): Outcome => {
      this.#off = true;
      say(level, text);
      return outcome;
    };
    const unwritable = (reason: string) => disable("warn", `sink '${this.name}' disabled: ${reason}`, "unwritable");
    if (error instanceof SinkConfigurationError)
      return error.unwritable ? unwritable(error.message) : disable("error", `sink '${this.name}' disabled: ${error.message}`);
    const failure = error instanceof SinkFailure ? error : new SinkFailure("soft", `internal error: ${String(error)}`);
    const text = `${failure.message} (sink conf='${this.name}')`;
    if (logger.shows("trace")) logger.trace(`${text} ${this.#describe()}`);
    switch (failure.gravity) {
      case "output":
        say("error", text);
        return "soft failure";
      case "unwritable":
        return unwritable(failure.message);
      case "hard":
        if (message.tentative === true) {
          say("warn", text);
          return "hard failure";
        }
        return disable("error", `sink '${this.name}' disabled: ${failure.message}`);
      case "soft":
        this.#failedInARow++;
        say("error", text);
        if (this.#failedInARow >= this.#errorLimit)
          disable("error", `sink '${this.name}' disabled after ${this.#failedInARow} consecutive failures`);
        return "soft failure";
    }
  }

  /** The parameters for trace output, without secrets. */
  #describe(): string {
    const { parameters } = this.source;
    const shown = parameters.names().map((name) => {
      if (isSecretName(name)) return `${name}=${redacted}`;
      const value = parameters.value(name);
      if (typeof value === "string" || typeof value === "bigint" || typeof value === "boolean") return `${name}=${value}`;
      return name === "headers" ? `headers=${[...parameters.map(name).keys()].join(",")} ${redacted}` : `${name}=…`;
    });
    return `[${shown.join("; ")}]`;
  }
}
