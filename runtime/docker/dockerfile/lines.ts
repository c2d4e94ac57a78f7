/**
 * A Dockerfile as instructions (`docker.md` 4.1): lines, directives, comments, continuations, heredocs. One pass, linear in the size of the text. What the
 * instructions mean is `stages.ts`' business; unknown ones are no error here.
 */
import { splitWords } from "./words.js";

/** The Dockerfile cannot be used: the build goes on without us. */
export class DockerfileError extends Error {}

export interface Instruction {
  /** Upper case. */
  readonly keyword: string;
  /** Continuations joined, without surrounding blanks. */
  readonly text: string;
  /** Lines, counted from 1, inclusive, heredocs included. */
  readonly start: number;
  readonly end: number;
  /** The bodies of heredocs follow the instruction. */
  readonly heredocs: boolean;
}

export interface DockerfileLines {
  readonly lines: readonly string[];
  readonly directives: Readonly<Record<string, string>>;
  readonly escapeWith: string;
  readonly instructions: readonly Instruction[];
}

const knownDirectives: ReadonlySet<string> = new Set(["syntax", "escape", "check"]);
const directivePattern = /^\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+?)\s*$/;
const isComment = (line: string): boolean => /^\s*#/.test(line);
const isBlank = (line: string): boolean => /^\s*$/.test(line);
const heredocKeywords: ReadonlySet<string> = new Set(["RUN", "COPY", "ADD"]);

function readDirectives(lines: readonly string[]): Record<string, string> {
  const directives: Record<string, string> = {};
  for (const line of lines) {
    const match = directivePattern.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || !knownDirectives.has(name)) break;
    if (directives[name] !== undefined) throw new DockerfileError(`the directive ${name} occurs twice`);
    directives[name] = match[2] as string;
  }
  if (directives.escape !== undefined && directives.escape !== "\\" && directives.escape !== "`")
    throw new DockerfileError("the directive escape must be \\ or `");
  return directives;
}

/** Does the line go on? Returns what it contributes then. An escaped escape character does not continue. */
function continued(line: string, escapeWith: string): string | undefined {
  const text = line.replace(/[ \t]+$/, "");
  if (!text.endsWith(escapeWith)) return undefined;
  const before = text.slice(0, -1);
  return before.endsWith(escapeWith) ? undefined : before;
}

interface HeredocMarker {
  readonly word: string;
  readonly stripTabs: boolean;
}

/** The heredocs that the arguments of an instruction begin. */
function heredocMarkers(keyword: string, text: string, escapeWith: string): HeredocMarker[] {
  let [name, rest] = [keyword, text];
  if (name === "ONBUILD") {
    const match = /^(\S+)\s*([\s\S]*)$/.exec(text);
    [name, rest] = [(match?.[1] ?? "").toUpperCase(), match?.[2] ?? ""];
  }
  if (!heredocKeywords.has(name) || !rest.includes("<<")) return [];
  return splitWords(rest, escapeWith).flatMap((raw) => {
    const match = /^\d*<<(-?)([^<]+)$/.exec(raw);
    if (match === null) return [];
    const word = (match[2] as string).replace(/["']/g, "").replaceAll(escapeWith, "");
    return word === "" ? [] : [{ word, stripTabs: match[1] === "-" }];
  });
}

/** Splits the text of a Dockerfile. Throws `DockerfileError` where nothing sensible can be made of it. */
export function readInstructions(text: string): DockerfileLines {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  const directives = readDirectives(lines);
  const escapeWith = directives.escape ?? "\\";
  const instructions: Instruction[] = [];
  let at = 0;
  while (at < lines.length) {
    const first = lines[at] as string;
    if (isBlank(first) || isComment(first)) {
      at++;
      continue;
    }
    const start = at;
    const pieces: string[] = [];
    let end = at;
    for (let line: string | undefined = first; line !== undefined; line = lines[at]) {
      at++;
      if (pieces.length > 0 && (isBlank(line) || isComment(line))) continue;
      end = at - 1;
      const piece = continued(line, escapeWith);
      pieces.push(piece ?? line);
      if (piece === undefined) break;
    }
    const match = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(pieces.join(""));
    if (match === null) continue;
    const keyword = (match[1] as string).toUpperCase();
    const body = match[2] as string;
    const markers = heredocMarkers(keyword, body, escapeWith);
    for (const { word, stripTabs } of markers) {
      for (;;) {
        const line = lines[at++];
        if (line === undefined) throw new DockerfileError(`line ${start + 1}: the heredoc ${word} never ends`);
        if ((stripTabs ? line.replace(/^\t+/, "") : line) === word) break;
      }
      end = at - 1;
    }
    instructions.push({ keyword, text: body, start: start + 1, end: end + 1, heredocs: markers.length > 0 });
  }
  return { lines, directives, escapeWith, instructions };
}
