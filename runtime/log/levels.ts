/**
 * Log levels (`runtime-core.md` 2.1): `none < error < warn < info < trace`. A message is shown when the level in force reaches down to it.
 */

export type LogLevel = "none" | "error" | "warn" | "info" | "trace";
/** A level that a message can have. */
export type MessageLevel = Exclude<LogLevel, "none">;

const rank: Readonly<Record<LogLevel, number>> = { none: 0, error: 1, warn: 2, info: 3, trace: 4 };

/** Plain prefixes, padded to seven columns; tools match them word for word (`ours.md` 7). */
export const levelPrefix: Readonly<Record<MessageLevel, string>> = {
  error: "error: ",
  warn: "warn:  ",
  info: "info:  ",
  trace: "trace: ",
};

/** Does a setting of `level` show messages of `message`? */
export function shows(level: LogLevel, message: MessageLevel): boolean {
  return rank[message] <= rank[level];
}

/** The level of that name (`verbose` is `trace`), or undefined. */
export function parseLevel(name: string): LogLevel | undefined {
  if (name === "verbose") return "trace";
  return name in rank ? (name as LogLevel) : undefined;
}
