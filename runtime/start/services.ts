/** What builtins of the configuration ask of the running program (`builtins.md` 10), connected to its log, publisher, command line and self mark. */
import { didYouMean, suggest } from "../../grammar/suggest.js";
import type { ChalkServices } from "../builtins/services.js";
import { findDocker } from "../docker/find.js";
import { parseLevel } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import { internalTopics } from "../sinks/publisher.js";
import { SinkConfigurationError } from "../sinks/types.js";
import { discardTemporaries } from "../temporary-files.js";
import { baseCommand, type Chalk, commandArguments } from "./chalk.js";
import { followLogSettings } from "./endings.js";

/** The mutable side of a run, as far as services need it. */
export interface ServiceState {
  readonly chalk: Chalk;
  /** The command line fits several commands. */
  ambiguous: boolean;
  /** Nothing may be subscribed or logged: self-check and trial runs. */
  readonly silent: boolean;
}

/** Applies the settings that the log depends on (`runtime-core.md` 1.2, local settings). */
export function applyLogSettings(chalk: Chalk): void {
  const { logger, settings } = chalk;
  const level = parseLevel(settings.string("log_level", "warn"));
  const capture = parseLevel(settings.string("chalk_log_level", "error"));
  const format = settings.string("log_format", "auto");
  const color = settings.value("color");
  logger.configure({
    ...(level === undefined ? {} : { level }),
    ...(capture === undefined ? {} : { captureLevel: capture }),
    ...(format === "auto" || format === "plain" || format === "json" ? { format } : {}),
    color: { color: typeof color === "boolean" ? color : undefined, explicit: chalk.line?.flags.has("color") === true },
  });
  followLogSettings(chalk);
}

/** Why a subscription would fail as things stand, with what may have been meant. */
function subscriptionProblem(settings: Settings, topic: string, sink: string): string | undefined {
  const unknown = (what: string, name: string, known: readonly string[]): string | undefined => {
    if (known.includes(name)) return undefined;
    const hint = didYouMean(suggest(name, known));
    return `there is no ${what} '${name}' at this point${hint === undefined ? "" : `; ${hint}`}`;
  };
  return (
    unknown("topic", topic, [...internalTopics, ...settings.sections("custom_report")]) ??
    unknown("sink_config", sink, settings.sections("sink_config"))
  );
}

export function createServices(state: ServiceState): ChalkServices {
  const memoized = new Map<string, string>();
  return {
    version: () => state.chalk.build.version,
    commandName: () => (state.ambiguous ? "not_supplied" : baseCommand(state.chalk)),
    commandArguments: () => commandArguments(state.chalk),
    log(level, message) {
      if (state.silent) return;
      applyLogSettings(state.chalk);
      state.chalk.logger.log(level, message);
    },
    subscribe: (topic, sink) => state.silent || state.chalk.publisher.subscribe(topic, sink),
    unsubscribe: (topic, sink) => state.silent || state.chalk.publisher.unsubscribe(topic, sink),
    subscriptionProblem: (topic, sink) => subscriptionProblem(state.chalk.settings, topic, sink),
    authHeaders(name) {
      try {
        return [...state.chalk.publisher.auth(name)];
      } catch (error) {
        if (!(error instanceof SinkConfigurationError)) throw error;
        state.chalk.logger.error(error.message);
        return [];
      }
    },
    memoized(name) {
      const stored = memoized.get(name) ?? state.chalk.self?.state.memoize.get(name);
      return typeof stored === "string" ? stored : undefined;
    },
    memoize: (name, value) => void memoized.set(name, value),
    dockerExecutable: () => {
      const { host, settings, logger } = state.chalk;
      return findDocker({ host, configured: settings.string("docker_exe", ""), warn: (message) => logger.warn(message) }) ?? "";
    },
    copyReportTemplateKeys: (from, to) => void state.chalk.templateCopies.push([from, to]),
    aborted(message) {
      if (state.silent) return;
      state.chalk.logger.trace(`the configuration called abort: ${message}`);
      const command = baseCommand(state.chalk);
      if (command === "exec" || command === "docker") return;
      const { host, logger, settings } = state.chalk;
      discardTemporaries(host, host.files.temporaryDirectories(), settings.bool("chalk_debug", false), (text) =>
        logger.error(text),
      );
      host.processes.exit(1);
    },
  };
}
