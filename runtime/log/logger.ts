/**
 * The program's log: topic `logs` (`runtime-core.md` 2, 5.7). Each message goes to the console on stderr (sink config `log_hook`), to whatever
 * else is subscribed to the topic, and, if it is grave enough, into the list of errors that the next report shows. Where errors go at a moment
 * (the operation, one artifact, nowhere) is the business of the report engine, which redirects them.
 */
import type { Host } from "../host/host.js";
import { type ColorChoice, useColor } from "./color.js";
import { type BuildIdentity, formatJson, formatPlain, type LogFormat } from "./format.js";
import { type LogLevel, type MessageLevel, shows } from "./levels.js";

export interface LogSettings {
  readonly level: LogLevel;
  /** From which level on messages are kept for reports (`chalk_log_level`). */
  readonly captureLevel: LogLevel;
  readonly format: LogFormat;
  readonly color: ColorChoice;
}

/** Receives each message of the topic, whatever its level. */
export type LogListener = (level: MessageLevel, text: string) => void;

export interface Logger {
  readonly settings: LogSettings;
  /** Changes some of the settings. */
  configure(changes: Partial<LogSettings>): void;
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  trace(text: string): void;
  log(level: MessageLevel, text: string): void;
  /** A message of topic `con4m`: level and prefix, never JSON (2.2). */
  compiler(level: MessageLevel, text: string): void;
  /** Would a message of that level be shown? */
  shows(level: MessageLevel): boolean;
  /** A line below all messages, rewritten in its place; undefined removes it. Standard error must be a terminal. */
  setStatus(text: string | undefined): void;
  /** Switches the console of a topic off and on (`unsubscribe("logs", "log_hook")`). */
  setConsole(topic: "logs" | "con4m", on: boolean): void;
  consoleOn(topic: "logs" | "con4m"): boolean;
  /** Other subscribers of topic `logs`; undefined removes them. */
  setListener(listener: LogListener | undefined): void;
  /** Errors of the operation so far, which are thereby forgotten. */
  takeErrors(): string[];
  /** From now on errors go to that list, or nowhere; returns a function that restores what was before. */
  redirectErrors(target: string[] | "drop"): () => void;
  /** The line as the console would show it, line break included. */
  format(level: MessageLevel | undefined, text: string): string;
}

const initialSettings: LogSettings = {
  level: "warn",
  captureLevel: "error",
  format: "auto",
  color: { color: undefined, explicit: false },
};

/** Do messages come as plain lines, not as JSON objects (2.2)? */
export function isPlainLog(host: Pick<Host, "terminal" | "processes">, { format, color }: LogSettings): boolean {
  if (format !== "auto") return format === "plain";
  return useColor(host, 2, color) || host.terminal.isTerminal(2) || (host.processes.variable("CI") ?? "") !== "";
}

/** To the first column, and nothing behind it. */
const CLEAR_LINE = "\r\x1b[K";

/** Makes a logger that writes to stderr of the host. Before the configuration is known, level `warn` and format `auto` apply. */
export function createLogger(host: Host, identity: BuildIdentity, initial: Partial<LogSettings> = {}): Logger {
  let settings: LogSettings = { ...initialSettings, ...initial };
  const consoles = { logs: true, con4m: true };
  let listener: LogListener | undefined;
  let listening = false;
  let pending: string[] = [];
  let target: string[] | "drop" | undefined;

  const color = () => useColor(host, 2, settings.color);
  const trimmed = (text: string) => text.replace(/[\r\n]+$/, "");

  function format(level: MessageLevel | undefined, text: string): string {
    const body = trimmed(text);
    return `${isPlainLog(host, settings) ? formatPlain(level, body, color()) : formatJson(level, body, identity, host.clock.now())}\n`;
  }

  let status = "";

  function write(line: string): void {
    try {
      host.terminal.write(2, status === "" ? line : `${CLEAR_LINE}${line}${status}`);
    } catch {
      // A log line that cannot be written must not end the program; there is nowhere to say so.
    }
  }

  function keep(level: MessageLevel, text: string): void {
    if (!shows(settings.captureLevel, level) || target === "drop") return;
    (target ?? pending).push(trimmed(text));
  }

  function log(level: MessageLevel, text: string): void {
    keep(level, text);
    if (consoles.logs && shows(settings.level, level)) write(format(level, text));
    // A subscriber that logs while it takes a message (its sink fails) must not be called again for that.
    if (listener === undefined || listening) return;
    listening = true;
    try {
      listener(level, trimmed(text));
    } finally {
      listening = false;
    }
  }

  return {
    get settings() {
      return settings;
    },
    configure(changes) {
      settings = { ...settings, ...changes };
    },
    error: (text) => log("error", text),
    warn: (text) => log("warn", text),
    info: (text) => log("info", text),
    trace: (text) => log("trace", text),
    log,
    compiler(level, text) {
      keep(level, text);
      if (consoles.con4m && shows(settings.level, level)) write(`${formatPlain(level, trimmed(text), color())}\n`);
    },
    shows: (level) => shows(settings.level, level),
    setStatus(text) {
      const before = status;
      status = text?.replace(/[\x00-\x1f\x7f]/g, "?") ?? "";
      if (status === before) return;
      try {
        host.terminal.write(2, `${CLEAR_LINE}${status}`);
      } catch {}
    },
    setConsole(topic, on) {
      consoles[topic] = on;
    },
    consoleOn: (topic) => consoles[topic],
    setListener(next) {
      listener = next;
    },
    takeErrors() {
      const taken = pending;
      pending = [];
      return taken;
    },
    redirectErrors(next) {
      const before = target;
      target = next;
      return () => {
        target = before;
      };
    },
    format,
  };
}
