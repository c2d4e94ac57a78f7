/**
 * What builtins need of the rest of chalk (`builtins.md` 10). The program implements it; a bare run of the language, a test or a linter uses the neutral
 * one, which knows no command, no sinks and no mark.
 */

export type LogLevel = "error" | "warn" | "info" | "trace";

export interface ChalkServices {
  version(): string;
  /** First part of the command; `""` until the command line is parsed, `not_supplied` while it is ambiguous. */
  commandName(): string;
  commandArguments(): readonly string[];
  /** Logs a message of the configuration through topic `logs`. */
  log(level: LogLevel, message: string): void;
  subscribe(topic: string, sinkConfiguration: string): boolean;
  unsubscribe(topic: string, sinkConfiguration: string): boolean;
  /** Why a subscription would fail; undefined if it would not. For trial runs, which subscribe nothing. */
  subscriptionProblem(topic: string, sinkConfiguration: string): string | undefined;
  /** Header names and values of `auth_config.NAME`, in order; empty (and logged) if it is unknown or bad. */
  authHeaders(name: string): readonly (readonly [name: string, value: string])[];
  /** The value under `$CHALK_MEMOIZE` in the own mark. */
  memoized(name: string): string | undefined;
  memoize(name: string, value: string): void;
  /** The real docker; `""` if there is none. */
  dockerExecutable(): string;
  copyReportTemplateKeys(from: string, to: string): void;
  /** `exec` and `docker` go on after an `abort` of the configuration (README, decision 3); other commands end. Called after the message is printed. */
  aborted(message: string): void;
}

export const neutralServices: ChalkServices = {
  version: () => "0.0.0",
  commandName: () => "",
  commandArguments: () => [],
  log: () => {},
  subscribe: () => false,
  unsubscribe: () => false,
  subscriptionProblem: () => undefined,
  authHeaders: () => [],
  memoized: () => undefined,
  memoize: () => {},
  dockerExecutable: () => "",
  copyReportTemplateKeys: () => {},
  aborted: () => {},
};
