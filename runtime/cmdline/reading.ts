/** Markdown as text for a terminal: what helps a program to lay it out goes, what helps a reader stays. */
import { wrapBlocks } from "./help.js";

/** A part of a document: its heading, and the text below it. */
export interface DocumentPart {
  readonly heading: string;
  readonly text: string;
}

const listItem = /^\s*([-*]|\d+\.)\s/;

/** Lines without marks of layout: code is indented, links are their text, an item of a list is one line. */
function plainLines(markdown: string): string[] {
  let inCode = false;
  let inItem = false;
  const lines: string[] = [];
  for (const line of markdown.split("\n")) {
    const goesOn: boolean = inItem && !inCode && /^\s{2,}\S/.test(line) && !listItem.test(line);
    inItem = listItem.test(line) || goesOn;
    if (/^\s*```/.test(line)) inCode = !inCode;
    else if (inCode) lines.push(`    ${line}`);
    else if (goesOn) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replaceAll("**", ""));
  }
  return lines;
}

/** The parts of a document, each with its heading; text before the first one has none. */
export function documentParts(markdown: string): readonly DocumentPart[] {
  const parts: { heading: string; lines: string[] }[] = [];
  for (const line of plainLines(markdown)) {
    const heading = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    if (heading !== undefined) parts.push({ heading, lines: [] });
    else if (parts.length > 0) parts.at(-1)?.lines.push(line);
    else if (line.trim() !== "") parts.push({ heading: "", lines: [line] });
  }
  return parts.map(({ heading, lines }) => ({ heading, text: lines.join("\n").replace(/^\s*\n|\s+$/g, "") }));
}

/** A whole document, wrapped to a width. */
export function readableText(markdown: string, width: number): string {
  return documentParts(markdown)
    .map(({ heading, text }) => [
      ...(heading === "" ? [] : [heading, "-".repeat(Math.min(width, heading.length))]),
      ...wrapBlocks(text, width),
    ])
    .map((lines) => lines.join("\n").trimEnd())
    .join("\n\n");
}
