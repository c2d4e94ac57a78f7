/**
 * The two shapes of a log line on stderr (`runtime-core.md` 2.2): `info:  text` for people and CI logs, and one JSON object per line for
 * everything that collects logs. Neither holds escape sequences unless colour is on.
 */
import type { MessageLevel } from "./levels.js";
import { levelPrefix } from "./levels.js";

export type LogFormat = "auto" | "plain" | "json";

/** Facts of the build that each JSON line carries. */
export interface BuildIdentity {
  readonly version: string;
  readonly commit: string;
}

const prefixColor: Readonly<Record<MessageLevel, string>> = {
  error: "\x1b[1;31m",
  warn: "\x1b[1;33m",
  info: "\x1b[1;32m",
  trace: "\x1b[1;36m",
};
const resetColor = "\x1b[0m";
const escapeSequence = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** The text without ANSI escape sequences and stray escape characters. */
export function stripAnsi(text: string): string {
  return text.includes("\x1b") ? text.replace(escapeSequence, "").replaceAll("\x1b", "") : text;
}

/**
 * A plain line, without its line break. Colour is for the prefix alone: messages quote names and contents of files, and no escape sequence in them may
 * reach a terminal.
 */
export function formatPlain(level: MessageLevel | undefined, text: string, color: boolean): string {
  if (level === undefined) return stripAnsi(text);
  const prefix = levelPrefix[level];
  const word = prefix.trimEnd();
  const shown = color ? `${prefixColor[level]}${word}${resetColor}${prefix.slice(word.length)}` : prefix;
  return shown + stripAnsi(text);
}

/** A JSON string whose control characters are all `\u00XX` with upper-case digits. */
function quote(text: string): string {
  const escaped = text.replace(/["\\]|[\x00-\x1f]/g, (c) =>
    c === '"' || c === "\\" ? `\\${c}` : `\\u00${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return `"${escaped}"`;
}

/** A JSON line, without its line break; members and their order are fixed. `time` is ms since the epoch. */
export function formatJson(level: MessageLevel | undefined, text: string, identity: BuildIdentity, time: number): string {
  const members = [
    `"msg":${quote(stripAnsi((level === undefined ? "" : levelPrefix[level]) + text))}`,
    `"chalk_version":${quote(identity.version)}`,
    `"chalk_commit":${quote(identity.commit)}`,
    `"chalk_magic":"dadfedabbadabbed"`,
    `"timestamp":${quote(new Date(time).toISOString())}`,
  ];
  if (level !== undefined) members.push(`"log_level":${quote(level)}`);
  return `{${members.join(",")}}`;
}
