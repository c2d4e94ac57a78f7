/**
 * Plain tables for terminals of any width: columns as wide as their cells if all fit, else the widest ones wrap; on terminals too narrow for that, each row
 * becomes a small block. No colours, no frames.
 */
import { displayWidth } from "./width.js";

const gap = 2;
/** A column that wraps is never narrower than this. */
const narrowest = 10;

/** Breaks a text into lines of at most `width` columns, at blanks if possible. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/\s+/).filter((part) => part !== "")) {
      let rest = word;
      if (line !== "" && displayWidth(`${line} ${rest}`) <= width) {
        line = `${line} ${rest}`;
        continue;
      }
      if (line !== "") lines.push(line);
      while (displayWidth(rest) > width) {
        const characters = [...rest];
        let end = Math.min(characters.length, width);
        while (end > 1 && displayWidth(characters.slice(0, end).join("")) > width) end--;
        lines.push(characters.slice(0, end).join(""));
        rest = characters.slice(end).join("");
      }
      line = rest;
    }
    lines.push(line);
  }
  return lines;
}

/** Widths of the columns, or undefined if they cannot be made to fit. */
function fit(natural: readonly number[], width: number): number[] | undefined {
  const room = width - gap * (natural.length - 1);
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one, 0) - room;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) return undefined;
    const index = widths.lastIndexOf(widest);
    const next = Math.max(narrowest, ...widths.filter((one) => one < widest));
    const cut = Math.min(excess, Math.max(1, widest - next));
    widths[index] = widest - cut;
    excess -= cut;
  }
  return widths;
}

const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - displayWidth(text)));

/** The table as lines of at most `width` columns. Columns that are empty in all rows are left out; without rows there are no lines. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  if (rows.length === 0) return [];
  const kept = headers.map((_, i) => i).filter((i) => rows.some((row) => (row[i] ?? "") !== ""));
  const titles = kept.map((i) => headers[i] as string);
  const cells = rows.map((row) => kept.map((i) => row[i] ?? ""));
  const natural = titles.map((title, i) => Math.max(displayWidth(title), ...cells.map((row) => Math.max(...(row[i] as string).split("\n").map(displayWidth)))));
  const widths = fit(natural, width);
  // Names must stay whole: better blocks than a first column that breaks them.
  if (widths === undefined || (widths[0] as number) < (natural[0] as number)) return cells.flatMap((row) => block(titles, row, width));
  const line = (row: readonly string[]): string[] => {
    const parts = row.map((cell, i) => wrapText(cell, widths[i] as number));
    const height = Math.max(...parts.map((part) => part.length));
    return Array.from({ length: height }, (_, y) => parts.map((part, i) => padded(part[y] ?? "", widths[i] as number)).join(" ".repeat(gap)).trimEnd());
  };
  return [...line(titles), widths.map((one) => "-".repeat(one)).join(" ".repeat(gap)), ...cells.flatMap(line)];
}

/** A row on a narrow terminal: its name, and the other cells indented below it. */
function block(titles: readonly string[], row: readonly string[], width: number): string[] {
  const [name, ...rest] = row;
  return [
    ...wrapText(name as string, width),
    ...rest.flatMap((cell, i) => {
      if (cell === "") return [];
      return wrapText(`${titles[i + 1]}: ${cell}`, Math.max(narrowest, width - 2)).map((line) => `  ${line}`);
    }),
  ];
}
