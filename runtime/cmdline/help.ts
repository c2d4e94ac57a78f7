/**
 * Help pages of a command line, from the specification alone (`getopts.md` 6.2): usage, description, sub-commands, flags, topics. Plain text wrapped to
 * a width; colours are the caller's business.
 */
import type { CommandLineSpec, CommandSpec, FlagSpec } from "./spec.js";
import { unlimited } from "./spec.js";

/** A line that stands for itself: an item of a list, a table's row, indented code. */
const ownLine = /^(\s{2,}|\s*[-*|]\s|\s*\d+\.\s|\s*\|)/;

/**
 * Breaks text into lines of at most `width` columns. Paragraphs stay apart; lines of lists and tables and indented lines stay lines, and only what is
 * longer than the width is broken.
 */
export function wrap(text: string, width: number): string[] {
  return wrapBlocks(text.trim(), width);
}

/** The same for a text that may begin with an indented line. */
export function wrapBlocks(text: string, width: number): string[] {
  const lines: string[] = [];
  const fill = (content: string, first: string, rest: string): void => {
    let line = "";
    let prefix = first;
    for (const word of content.split(/\s+/).filter((part) => part !== "")) {
      if (line !== "" && prefix.length + line.length + 1 + word.length > width) {
        lines.push(prefix + line);
        prefix = rest;
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(prefix + line);
  };
  for (const paragraph of text.split(/\n\s*\n/)) {
    if (lines.length > 0) lines.push("");
    let prose: string[] = [];
    const flush = (): void => {
      if (prose.length > 0) fill(prose.join(" "), "", "");
      prose = [];
    };
    for (const line of paragraph.split("\n")) {
      if (!ownLine.test(line)) {
        prose.push(line);
        continue;
      }
      flush();
      const indent = /^\s*/.exec(line)?.[0] ?? "";
      if (line.length <= width) lines.push(line.trimEnd());
      else fill(line, indent, `${indent}  `);
    }
    flush();
    if (paragraph === "") lines.push("");
  }
  return lines;
}

/** On terminals below this width, texts stand below long names instead of beside them. */
const twoColumns = 72;

/** Two columns: names, and texts wrapped beside them (below them on narrow terminals). */
export function columns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const longest = Math.max(0, ...rows.map(([name]) => name.length));
  const left = Math.min(longest, Math.max(18, Math.floor(width / 3)));
  const isNarrow = width < twoColumns && longest > Math.floor(width / 3);
  const lines: string[] = [];
  for (const [name, text] of rows) {
    if (isNarrow) {
      lines.push(...wrap(name, width - 2).map((line, i) => `${i === 0 ? "  " : "    "}${line}`));
      if (text !== "") lines.push(...wrap(text, width - 6).map((line) => `      ${line}`.trimEnd()));
      continue;
    }
    const beside = text === "" ? [""] : wrap(text, Math.max(20, width - left - 4));
    if (name.length <= left) {
      lines.push(`  ${name.padEnd(left)}  ${beside[0] ?? ""}`.trimEnd());
      beside.shift();
    } else lines.push(`  ${name}`);
    for (const line of beside) lines.push(`  ${" ".repeat(left)}  ${line}`.trimEnd());
  }
  return lines;
}

/** `Usage: chalk config lint [FLAGS] [FILE] ...` */
export function usage(program: string, command: CommandSpec): string {
  const parts = [program, ...(command.path === "" ? [] : command.path.split("."))];
  if (command.flags.length > 0) parts.push("[FLAGS]");
  for (let i = 0; i < command.minimum; i++) parts.push(command.argumentName);
  if (command.maximum > command.minimum) {
    parts.push(`[${command.argumentName}]`);
    if (command.maximum === unlimited) parts.push("...");
    else if (command.maximum - command.minimum > 1) parts.push(`(0, ${command.maximum - command.minimum})`);
  }
  if (command.commands.some((child) => !child.automatic)) parts.push(command.subCommandMandatory ? "COMMAND" : "[COMMANDS]");
  return `Usage: ${parts.join(" ")}`;
}

const dashed = (spelling: string): string => (spelling.length === 1 ? `-${spelling}` : `--${spelling}`);

/** How a flag is written: all its spellings, with what it takes. */
export function flagSpelling(flag: FlagSpec): string {
  const value =
    flag.kind === "choice"
      ? `=${flag.choices.join("|")}`
      : flag.kind === "multi-choice"
        ? `=${flag.choices.join(",")}`
        : flag.kind === "arg"
          ? flag.optionalArgument
            ? "[=ARG]"
            : "=ARG"
          : flag.kind === "multi-arg"
            ? "=ARG,…"
            : "";
  const longFirst = [...flag.shownYes].sort((a, b) => Number(a.length === 1) - Number(b.length === 1));
  return longFirst.map((spelling, index) => dashed(spelling) + (index === 0 ? value : "")).join(", ");
}

function flagRows(flags: readonly FlagSpec[]): (readonly [string, string])[] {
  return flags.map((flag) => {
    const extra: string[] = [];
    if (flag.kind === "yn" && flag.shownNo.length > 0) extra.push(`Off: ${flag.shownNo.map(dashed).join(", ")}.`);
    if (flag.choiceFlags) extra.push(`Short for its values: ${flag.choices.map(dashed).join(", ")}.`);
    if (flag.field !== undefined) extra.push(`Sets ${flag.field}.`);
    return [flagSpelling(flag), [flag.doc.trim() || "No documentation.", ...extra].join(" ")] as const;
  });
}

function commandRows(commands: readonly CommandSpec[]): (readonly [string, string])[] {
  const visible = commands.filter(
    (child) => !child.automatic && child.name !== "__" && child.name !== "login" && child.name !== "logout",
  );
  return visible.map((child) => [
    child.aliases.length === 0 ? child.name : `${child.name} (${child.aliases.join(", ")})`,
    child.shortdoc || "No documentation.",
  ]);
}

/** The page of a command; `root` gives the global flags. */
export function page(program: string, spec: CommandLineSpec, command: CommandSpec, width: number): string {
  const lines = [usage(program, command), ""];
  const text = command.doc.trim() || command.shortdoc;
  if (text !== "") lines.push(...wrap(text, width), "");
  const section = (title: string, rows: readonly (readonly [string, string])[]): void => {
    if (rows.length > 0) lines.push(`${title}:`, ...columns(rows, width), "");
  };
  section("Commands", commandRows(command.commands));
  section("Flags", flagRows(command.flags));
  if (command !== spec.root) section("Global flags", flagRows(spec.root.flags));
  const topics = Object.keys(command.topics).sort();
  if (topics.length > 0) lines.push(`Topics: ${topics.join(", ")}`, "");
  return lines.join("\n");
}

/** All commands with their dotted names. */
export function allCommands(command: CommandSpec): CommandSpec[] {
  return command.commands.filter((child) => !child.automatic).flatMap((child) => [child, ...allCommands(child)]);
}
