/** The page about error codes, from the catalogue, the articles and the tool's own table: `docs/errors.md`. */
import { articles, type Example } from "../../../compiler/articles.js";
import { type Code, catalogue } from "../../../grammar/catalogue.js";
import { type ToolCodeName, toolCodes } from "../../tool-codes.js";
import { anchor, fenced, page, plain, table } from "./markdown.js";

/** Families of codes by their letter. */
const families: Readonly<Record<string, string>> = {
  L: "Reading characters",
  P: "Grammar",
  N: "Names",
  T: "Types",
  D: "Declarations",
  M: "Files and components",
  E: "Evaluation",
  W: "Warnings",
  S: "Schemas",
  G: "Command lines",
};

/** Control characters of an example, made visible. */
const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (c) => (c === "\r" ? "␍" : c === "\0" ? "␀" : "\ufffd"));

function exampleBlocks(example: Example): string[] {
  const configs = example.config === undefined ? [] : typeof example.config === "string" ? [example.config] : example.config;
  const parts = [
    ...(example.schema === undefined ? [] : [["schema.c42spec", example.schema] as const]),
    ...configs.map((text, i) => [configs.length === 1 ? "config.c4m" : `${i + 1}.c4m`, text] as const),
    ...Object.entries(example.components ?? {}).map(([name, text]) => [`${name}.c4m`, text] as const),
  ];
  const blocks = parts.map(([name, text]) => fenced("c4m", visible(parts.length === 1 ? text : `# ${name}\n${text}`)));
  if (example.argv !== undefined && example.argv.length > 0) blocks.push(fenced("", `$ prog ${example.argv.join(" ")}`));
  if (example.host !== undefined) blocks.push(`(${plain(example.host.does)})`);
  return blocks;
}

function entry(code: Code): string[] {
  const { severity, phase, title } = catalogue[code];
  const article = articles.get(code);
  return [
    `### ${code}`,
    `**${plain(title)}** (${severity}, phase ${phase})`,
    ...(article === undefined
      ? []
      : [plain(article.explanation), "Wrong:", ...exampleBlocks(article.wrong), "Right:", ...exampleBlocks(article.right)]),
  ];
}

function toolEntry(code: ToolCodeName): string[] {
  const { severity, title, explanation, wrong, right } = toolCodes[code];
  return [
    `### ${code}`,
    `**${plain(title)}** (${severity}, phase tool)`,
    explanation,
    "Wrong:",
    fenced("c4m", wrong),
    "Right:",
    fenced("c4m", right),
  ];
}

/** `docs/errors.md` */
export function errorsPage(): string {
  const codes = Object.keys(catalogue) as Code[];
  const letters = [...new Set(codes.map((code) => code[4] as string))];
  const own = Object.keys(toolCodes) as ToolCodeName[];
  const link = (code: string): string => `[${code}](#${anchor(code)})`;
  return page([
    "# Error codes",
    "Every problem that chalk reports about a configuration, a schema or a command line has a code. Codes never change their meaning and are never reused. `chalk config explain CODE` prints the same.",
    [
      "Contents:",
      ...letters.map((letter) => `- [${families[letter] ?? letter}](#${anchor(families[letter] ?? letter)})`),
      "- [Findings of chalk itself](#findings-of-chalk-itself)",
    ].join("\n"),
    ...letters.flatMap((letter) => {
      const family = codes.filter((code) => code[4] === letter);
      return [
        `## ${families[letter] ?? letter}`,
        table(
          ["Code", "Severity", "Title"],
          family.map((code) => [link(code), catalogue[code].severity, plain(catalogue[code].title)]),
        ),
        ...family.flatMap(entry),
      ];
    }),
    "## Findings of chalk itself",
    table(
      ["Code", "Severity", "Title"],
      own.map((code) => [link(code), toolCodes[code].severity, plain(toolCodes[code].title)]),
    ),
    ...own.flatMap(toolEntry),
  ]);
}
