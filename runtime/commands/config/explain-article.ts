/**
 * Articles about codes as people and programs read them (`chalk config explain CODE`, `ours.md` 1): a heading, the explanation wrapped to the terminal,
 * and the two examples side by side with what surrounds them. Pure functions; finding the article and printing the text is the command's work.
 */
import picocolors from "picocolors";
import type { Article, Example } from "../../../compiler/articles.js";
import { catalogue } from "../../../grammar/catalogue.js";
import { displayWidth } from "../../render/width.js";

export interface ArticleOptions {
  /** Columns of the terminal; 0 or absent: 80. */
  readonly width?: number;
  /** Emit ANSI colours. */
  readonly color?: boolean;
}

const indent = "    ";

/** Breaks a text into lines of at most `width` columns, at blanks. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && displayWidth(`${line} ${word}`) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** A line of an example: control characters made visible, cut if it is longer than the terminal. */
function codeLine(line: string, width: number): string {
  const visible = line
    .replace(/\t/g, "  ")
    .replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => (c === "\r" ? "␍" : c === "\0" ? "␀" : "\ufffd"));
  const room = Math.max(20, width - indent.length);
  return indent + (visible.length > room ? `${visible.slice(0, room - 1)}…` : visible);
}

/** The parts of an example with the name of each file; a single file needs none. */
function parts(example: Example): readonly { readonly name: string; readonly text: string }[] {
  const configs = example.config === undefined ? [] : typeof example.config === "string" ? [example.config] : example.config;
  const named = [
    ...(example.schema === undefined ? [] : [{ name: "schema.c42spec", text: example.schema }]),
    ...configs.map((text, i) => ({ name: configs.length === 1 ? "config.c4m" : `${i + 1}.c4m`, text })),
    ...Object.entries(example.components ?? {}).map(([name, text]) => ({ name: `${name}.c4m`, text })),
  ];
  return named.length === 1 ? [{ name: "", text: named[0]!.text }] : named;
}

function exampleLines(example: Example, width: number, dim: (text: string) => string): string[] {
  const lines: string[] = [];
  for (const { name, text } of parts(example)) {
    if (name !== "") lines.push(indent + dim(`# ${name}`));
    for (const line of text.replace(/\n+$/, "").replaceAll("\r\n", "\n").split("\n")) lines.push(codeLine(line, width).trimEnd());
  }
  if (example.argv !== undefined && example.argv.length > 0) lines.push(`${indent}${dim("$")} prog ${example.argv.join(" ")}`);
  if (example.host !== undefined)
    for (const line of wrap(`(${example.host.does})`, width - indent.length)) lines.push(indent + dim(line));
  return lines;
}

/** An article as text: heading, explanation, what is wrong, what is right. Ends in a line break; holds no escape sequences unless `color` is on. */
export function renderArticle(article: Article, options: ArticleOptions = {}): string {
  const width = options.width === undefined || options.width <= 0 ? 80 : Math.max(30, options.width);
  const { bold, dim, red, green } = picocolors.createColors(options.color === true);
  const { severity, phase, title } = catalogue[article.code];
  return [
    ...wrap(`${article.code}: ${title}`, width).map((line) => bold(line)),
    dim(`${severity}, found in phase ${phase}`),
    "",
    ...wrap(article.explanation, width),
    "",
    red("Wrong:"),
    ...exampleLines(article.wrong, width, dim),
    "",
    green("Right:"),
    ...exampleLines(article.right, width, dim),
    "",
  ].join("\n");
}

/** An example in JSON: files by name in order, the command line, and what the program does. */
interface ExampleRecord {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly argv?: readonly string[];
  readonly host?: string;
}

function exampleRecord(example: Example): ExampleRecord {
  const files = parts(example).map(({ name, text }) => ({ name: name === "" ? soleName(example) : name, text }));
  return {
    files,
    ...(example.argv === undefined ? {} : { argv: example.argv }),
    ...(example.host === undefined ? {} : { host: example.host.does }),
  };
}

const soleName = (example: Example) => (example.schema === undefined ? "config.c4m" : "schema.c42spec");

/** An article as plain data for `--json`. */
export function articleRecord(article: Article): {
  readonly code: string;
  readonly severity: string;
  readonly phase: string;
  readonly title: string;
  readonly explanation: string;
  readonly wrong: ExampleRecord;
  readonly right: ExampleRecord;
} {
  const { severity, phase, title } = catalogue[article.code];
  const { code, explanation } = article;
  return { code, severity, phase, title, explanation, wrong: exampleRecord(article.wrong), right: exampleRecord(article.right) };
}
