/**
 * Filters between a topic and a sink (`runtime-core.md` 10.4). Each takes the text and gives what goes on, or undefined to drop the message for this
 * sink. They run in the order of the sink configuration's list, each sink on its own copy.
 */
import { parseJson, pretty } from "../json.js";
import { type LogLevel, levelPrefix, type MessageLevel, shows } from "../log/index.js";

export interface FilterContext {
  readonly topic: string;
  /** Only messages of the log have one. */
  readonly level: MessageLevel | undefined;
  /** `log_level` in force. */
  readonly logLevel: LogLevel;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Filter = (text: string, context: FilterContext) => string | undefined;

const withoutLastBreak = (text: string) => (text.endsWith("\n") ? text.slice(0, -1) : text);

function prettyJson(text: string): string | undefined {
  const parsed = parseJson(text);
  if (!("value" in parsed) || text.slice(parsed.end).trim() !== "") return undefined;
  return pretty(parsed.value);
}

function showTopic(text: string, { topic }: FilterContext): string {
  const body = withoutLastBreak(text).split("\n");
  return `[[start ${topic}]]\n${body.map((line) => `  ${line}`).join("\n")}\n[[end ${topic}]]\n`;
}

const eraseLine = "\x1b[0K";

const filters: Readonly<Record<string, Filter>> = {
  log_level: (text, { level, logLevel }) => (level === undefined || shows(logLevel, level) ? text : undefined),
  log_prefix: (text, { level }) => (level === undefined ? text : levelPrefix[level] + text),
  pretty_json: prettyJson,
  fix_new_line: (text) => (text.endsWith("\n") ? text : `${text}\n`),
  add_topic: showTopic,
  show_topic: showTopic,
  wrap: (text) => text,
  github_log_group: (text) => `::group::Chalk Report\n${withoutLastBreak(text)}\n::endgroup::\n`,
  gitlab_log_section: (text, { now }) => {
    const seconds = Math.floor(now / 1000);
    const start = `${eraseLine}section_start:${seconds}:chalk_report[collapsed=true]\r${eraseLine}Chalk Report\n`;
    return `${start}${withoutLastBreak(text)}\n${eraseLine}section_end:${seconds}:chalk_report\r${eraseLine}`;
  },
};

/** The filter names that a configuration may use. */
export const filterNames: readonly string[] = Object.keys(filters);

/** Runs the named filters one after the other; unknown names (validation refuses them) do nothing. */
export function applyFilters(names: readonly string[], text: string, context: FilterContext): string | undefined {
  let current: string | undefined = text;
  for (const name of names) {
    if (current === undefined) return undefined;
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (filter !== undefined) current = filter(current, context);
  }
  return current;
}
