/** Pieces of Markdown as GitHub shows it: tables, code, anchors. */

/** Text of a table's cell: no line breaks, no column separators. */
export function cell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")
    .trim();
}

/** Plain text as Markdown: nothing in it is markup. Names with underscores need no help. */
export function plain(text: string): string {
  return text.replace(/[\\*`<[\]]/g, (character) => `\\${character}`);
}

/** Inline code, also if the text holds backticks. */
export function code(text: string): string {
  if (text === "") return "";
  if (!text.includes("`")) return `\`${text}\``;
  return `\`\` ${text} \`\``;
}

/** A table; columns that are empty in all rows are left out. Nothing without rows. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const kept = headers.map((_, i) => i).filter((i) => rows.some((row) => (row[i] ?? "") !== ""));
  const line = (cells: readonly string[]): string => `| ${kept.map((i) => cell(cells[i] ?? "")).join(" | ")} |`;
  return [line(headers), `|${kept.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** The anchor that GitHub gives a heading. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/** A page: parts with blank lines between them, one line break at the end. Empty parts are left out. */
export function page(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** A fenced block. */
export function fenced(language: string, text: string): string {
  const content = text.replace(/\n+$/, "");
  const fence = content.includes("```") ? "````" : "```";
  return `${fence}${language}\n${content}\n${fence}`;
}

/** A block that opens on a click. */
export function details(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${text}\n\n</details>`;
}
