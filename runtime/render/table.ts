/**
 * Plain tables for terminals of any width: columns as wide as their cells if all fit, else the widest ones wrap; on terminals too narrow for that, each row
 * becomes a small block. No colours, no frames.
 */
import { displayWidth } from "./width.js";

const gap = 2;
/** A column of prose that wraps is not narrower than this; words are broken only if they are longer than `longest`. */
const narrowest = 18;
const longest = 40;
/** Below this width, a table that does not fit as it is becomes blocks. */
const twoColumns = 72;

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

/** The longest word of a text. */
const longestWord = (text: string): number => Math.max(0, ...text.split(/\s+/).map(displayWidth));

/** Widths of the columns, none below its least; undefined if that does not fit. */
function fit(natural: readonly number[], least: readonly number[], width: number): number[] | undefined {
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one, 0) - (width - gap * (natural.length - 1));
  while (excess > 0) {
    // The widest of those that may still become narrower gives way.
    let index = -1;
    for (const [i, one] of widths.entries())
      if (one > (least[i] as number) && (index < 0 || one >= (widths[index] as number))) index = i;
    if (index < 0) return undefined;
    widths[index] = (widths[index] as number) - 1;
    excess--;
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
  const natural = titles.map((title, i) =>
    Math.max(displayWidth(title), ...cells.map((row) => Math.max(...(row[i] as string).split("\n").map(displayWidth)))),
  );
  // Words stay whole; where that is impossible, rows become blocks. Long names stand on a line of their own.
  const least = natural.map((one, i) => {
    if (i === 0) return Math.min(one, Math.max(narrowest, Math.floor(width / 3)));
    const word = Math.max(
      longestWord(titles[i] as string),
      ...cells.map((row) => Math.min(longest, longestWord(row[i] as string))),
    );
    return Math.min(one, i === natural.length - 1 ? Math.max(word, narrowest) : word);
  });
  const widths = width < twoColumns ? undefined : fit(natural, least, width);
  const fits = natural.reduce((sum, one) => sum + one, 0) + gap * (natural.length - 1) <= width;
  if (widths === undefined && fits) return lay(titles, cells, natural);
  if (widths === undefined) return cells.flatMap((row) => block(titles, row, width));
  return lay(titles, cells, widths);
}

/** Lines of rows whose columns have given widths. */
function lay(titles: readonly string[], cells: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const line = (row: readonly string[]): string[] => {
    const [name, ...rest] = row as [string, ...string[]];
    const parts = rest.map((cell, i) => wrapText(cell, widths[i + 1] as number));
    const ownLine = displayWidth(name) > (widths[0] as number);
    const height = Math.max(1, ...parts.map((part) => part.length));
    const lines = Array.from({ length: height }, (_, y) =>
      [y === 0 && !ownLine ? name : "", ...parts.map((part) => part[y] ?? "")]
        .map((cell, i) => padded(cell, widths[i] as number))
        .join(" ".repeat(gap))
        .trimEnd(),
    );
    return ownLine ? [name, ...lines] : lines;
  };
  const indent = /^ */.exec(titles[0] as string)?.[0] ?? "";
  const rule = widths
    .map((one, i) => (i === 0 ? indent + "-".repeat(Math.max(1, one - indent.length)) : "-".repeat(one)))
    .join(" ".repeat(gap));
  return [...line(titles), rule, ...cells.flatMap(line)];
}

/** A row on a narrow terminal: its name, and the other cells indented below it, the last one (what it is) without its title. */
function block(titles: readonly string[], row: readonly string[], width: number): string[] {
  const [name, ...rest] = row as [string, ...string[]];
  const indent = /^ */.exec(name)?.[0] ?? "";
  const inner = `${indent}  `;
  return [
    ...wrapText(name, width - indent.length).map((line) => indent + line),
    ...rest.flatMap((cell, i) => {
      if (cell === "") return [];
      const text = i === rest.length - 1 ? cell : `${titles[i + 1]}: ${cell}`;
      return wrapText(text, Math.max(10, width - inner.length)).map((line) => inner + line);
    }),
  ];
}
