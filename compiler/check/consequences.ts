/**
 * One mistake gives one error (`language.md` 8.2): which complaints of the checker are consequences of something that was reported already. Text that
 * could not be read may have defined, or may have ended, anything; so complaints about names that it mentions, and about scopes where blocks
 * could not be matched, say nothing new.
 */
import type * as ast from "../../grammar/ast.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import type { SourceFile } from "../../grammar/source.js";
import type { LineTable, Span } from "../../grammar/span.js";

/** A complaint of the checker and its place in the text. */
export interface Report {
  readonly diagnostic: Diagnostic;
  readonly start: number;
  readonly end: number;
  /** Which names would have to have which other types for the complaint to go away (`blame.ts`). */
  readonly blame: readonly string[];
}

const identifier = /[\p{L}\p{Nl}_$][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}$]*/gu;

const codes = (...families: readonly string[]): ReadonlySet<string> =>
  new Set(families.flatMap((text) => text.split(" ")).map((code) => `C4M-${code}`));

/** Codes that say what a name is or isn't. */
const nameCodes = codes("N001 N002 N003 N004 N005 N006 N007 N008 N019 T026");

/** Codes that depend on what a function takes and returns. */
const callCodes = codes("T016 T018 T019 T020");

/** Codes of broken text behind which blocks, functions and loops may begin and end elsewhere than their author meant. */
const structuralCodes = codes("L002 L003 L004 L005 L006", "P003 P004 P005 P006 P008 P010 P028 P032 P035");

/** Codes about the operands of an operator. */
const operatorCodes = codes("T003 T004 T006 T022");

/** Codes that say that something stands in the wrong block. */
const blockCodes = codes("N011 N012");

/** Codes of text that takes the rest of the file. */
const swallowingCodes = codes("L003 L004 L006");

/** Codes of statements whose beginning, and so the name that they define, cannot be told. */
const headlessCodes = codes("P009 P010 P011 P013");

/** The same, if the error is at the sign of an assignment: `return := 5`. */
const signCodes = codes("P001 P002 P012");

/** The reports that are mistakes of their own. `parsed` are the diagnostics of the parser for the same text. */
export function withoutConsequences(
  reports: readonly Report[],
  parsed: readonly Diagnostic[],
  tree: ast.FileNode,
  source: SourceFile,
): Diagnostic[] {
  const broken = parsed.filter((d) => d.severity === "error" && (d.phase === "lex" || d.phase === "parse"));
  if (broken.length === 0 && reports.filter(({ diagnostic: d }) => d.severity === "error").length < 2)
    return reports.map((report) => report.diagnostic);
  const isConsequence = broken.length === 0 ? [] : [ofBrokenText(broken, tree, source), ofLostNames(reports, broken, source)];
  if (broken.some((d) => structuralCodes.has(d.code))) isConsequence.push(ofLostBlocks(reports, source));
  isConsequence.push(
    ofMissingOperators(reports, tree),
    ofDoubledOperators(reports),
    ofWrongDefinitions(reports),
    ofWrongFunctions(reports, tree, source),
  );
  return reports.filter((report) => !isConsequence.some((test) => test(report))).map((report) => report.diagnostic);
}

type Test = (report: Report) => boolean;

const namesIn = (text: string): string[] => [...text.matchAll(identifier)].map(([name]) => name);

function lineOf({ lineStarts }: LineTable, line: number, last = line): Span {
  return { start: lineStarts[line - 1] ?? 0, end: lineStarts[last] ?? Number.POSITIVE_INFINITY };
}

/** Names that stand in broken text, functions with broken text inside, and whatever is on a line with it. */
function ofBrokenText(broken: readonly Diagnostic[], tree: ast.FileNode, { text, table }: SourceFile): Test {
  const names = new Set<string>();
  const gather = ({ start, end }: Span): void => {
    for (const name of namesIn(text.slice(start, end))) names.add(name);
  };
  for (const { code, location } of broken) {
    if (location === undefined) continue;
    const { start, end } = lineOf(table, location.line, location.endLine);
    // What follows quotes or a comment that are never closed was not read at all.
    gather({ start, end: swallowingCodes.has(code) ? text.length : end });
  }
  for (const span of badSpans(tree.items)) gather(span);
  // `func fx)`: nobody can tell where the name of the function ends.
  const functionNames = tree.items.flatMap((item) =>
    item.kind === "bad" && item.defines?.kind === "function" ? item.defines.path.map((name) => name.text) : [],
  );
  const functions = brokenFunctions(broken, tree, table);
  const calledNames = new Set(functions.map((item) => item.name.text));
  const brokenLines = new Set(broken.map(({ location }) => location?.line));
  return ({ diagnostic: d, start, end }) => {
    if (d.severity === "error" && brokenLines.has(d.location?.line ?? 0)) return true;
    if (d.code === "C4M-T020" && functions.some(({ span }) => start >= span.start && end <= span.end)) return true;
    const suspects = nameCodes.has(d.code) ? names : callCodes.has(d.code) ? calledNames : undefined;
    if (suspects === undefined) return false;
    return namesIn(text.slice(start, end)).some(
      (name) => suspects.has(name) || functionNames.some((found) => found.startsWith(name)),
    );
  };
}

/** Functions with broken text inside: what they take and return is not known. */
function brokenFunctions(
  broken: readonly Diagnostic[],
  tree: ast.FileNode,
  { lineStarts }: LineTable,
): ast.FunctionDeclaration[] {
  const isWithin = ({ location: at }: Diagnostic, { start, end }: Span) =>
    at !== undefined && (lineStarts[at.line] ?? Number.POSITIVE_INFINITY) > start && (lineStarts[at.line - 1] ?? 0) <= end;
  return tree.items.flatMap((item) => (item.kind === "function" && broken.some((d) => isWithin(d, item.span)) ? [item] : []));
}

/**
 * Statements whose beginning could not be read, such as `:= 5` or `func (x) { … }`, defined a name that nobody knows: as many names may be missing
 * without having been forgotten by anyone else.
 */
function ofLostNames(reports: readonly Report[], broken: readonly Diagnostic[], { text, table }: SourceFile): Test {
  const lines = new Set<number>();
  let functions = 0;
  for (const { code, location } of broken) {
    if (location === undefined) continue;
    const { end } = lineOf(table, location.line);
    const rest = text.slice((table.lineStarts[location.line - 1] ?? 0) + location.col - 1, end);
    if (headlessCodes.has(code) && (code === "C4M-P009" || /[=:{]/.test(rest))) lines.add(location.line);
    else if (signCodes.has(code) && /^(:=|[=:])/.test(rest)) lines.add(location.line);
    else if (code === "C4M-P032" && /^[^\w{]/.test(rest)) functions++;
  }
  const lost = { "C4M-N001": lines.size, "C4M-N008": lines.size, "C4M-N019": functions };
  const excused = new Set<string>();
  for (const { diagnostic: d, start, end } of reports) {
    const left = lost[d.code as keyof typeof lost] ?? 0;
    const key = `${d.code} ${text.slice(start, end)}`;
    if (left === 0 || excused.has(key)) continue;
    lost[d.code as keyof typeof lost] = left - 1;
    excused.add(key);
  }
  return ({ diagnostic: d, start, end }) => excused.has(`${d.code} ${text.slice(start, end)}`);
}

/** Where blocks could not be matched: names that the text has mentioned before are in another scope, and `return` in another function. */
function ofLostBlocks(reports: readonly Report[], { text }: SourceFile): Test {
  const reported = new Set(reports.map((report) => report.start));
  const firstUse = new Map<string, number>();
  for (const match of text.matchAll(identifier))
    if (!firstUse.has(match[0]) && !reported.has(match.index)) firstUse.set(match[0], match.index);
  return ({ diagnostic: d, start, end }) => {
    if (blockCodes.has(d.code)) return true;
    return d.code === "C4M-N001" && (firstUse.get(text.slice(start, end)) ?? start) < start;
  };
}

/** `total + [1]` for `total := [1]`: a statement that begins with an unknown name was to define it, and what the operator makes of its types says nothing. */
function ofMissingOperators(reports: readonly Report[], tree: ast.FileNode): Test {
  const unknown = new Map(reports.filter(({ diagnostic: d }) => d.code === "C4M-N001").map((report) => [report.start, report]));
  if (unknown.size === 0) return () => false;
  const first = new Map<string, number>();
  const spans: Span[] = [];
  const visit = (items: readonly ast.Statement[]): void => {
    for (const item of items) {
      if (item.kind === "expression") {
        const message = unknown.get(item.span.start)?.diagnostic.message;
        if (message === undefined) continue;
        spans.push(item.span);
        if (!first.has(message)) first.set(message, item.span.start);
      } else for (const block of blocksOf(item)) visit(block);
    }
  };
  visit(tree.items);
  return ({ diagnostic: d, start }) => {
    if (d.code === "C4M-N001") return (first.get(d.message) ?? start) < start;
    return operatorCodes.has(d.code) && spans.some((span) => span.start <= start && start < span.end);
  };
}

/** `a <- b`: two operators in a row are one mistake. */
function ofDoubledOperators(reports: readonly Report[]): Test {
  const ends = new Set(reports.filter(({ diagnostic: d }) => operatorCodes.has(d.code)).map((report) => report.end));
  return ({ diagnostic: d, start }) => operatorCodes.has(d.code) && ends.has(start);
}

/** A name that was defined with the wrong type: its uses after the first that clashes in the same way. */
function ofWrongDefinitions(reports: readonly Report[]): Test {
  const told = new Set<string>();
  const repeated = new Set<Report>();
  for (const report of [...reports].sort((a, b) => a.start - b.start)) {
    if (report.blame.some((name) => told.has(name))) repeated.add(report);
    for (const name of report.blame) told.add(name);
  }
  return (report) => repeated.has(report);
}

/** Calls of functions that have mistakes inside: what they take and return is not what their author meant. */
function ofWrongFunctions(reports: readonly Report[], tree: ast.FileNode, { text }: SourceFile): Test {
  const errors = reports.filter(({ diagnostic: d }) => d.severity === "error");
  const functions = tree.items.flatMap((item) => (item.kind === "function" ? [item] : []));
  const isWithin = ({ start }: Report, { span }: ast.FunctionDeclaration) => start >= span.start && start < span.end;
  const wrong = new Map(
    functions.filter((item) => errors.some((report) => isWithin(report, item))).map((item) => [item.name.text, item]),
  );
  return (report) => {
    const called = callCodes.has(report.diagnostic.code)
      ? wrong.get(namesIn(text.slice(report.start, report.end))[0] ?? "")
      : undefined;
    return called !== undefined && !isWithin(report, called);
  };
}

/** The blocks of a statement. */
function blocksOf(item: ast.Statement): readonly (readonly ast.Statement[])[] {
  switch (item.kind) {
    case "section":
      return item.body === undefined ? [] : [item.body.items];
    case "function":
    case "for":
      return [item.body.items];
    case "if":
      return [...item.branches.map((branch) => branch.body.items), item.otherwise?.items ?? []];
    default:
      return [];
  }
}

/** Places of statements that did not parse. */
function badSpans(items: readonly ast.Statement[]): Span[] {
  return items.flatMap((item): Span[] => {
    if (item.kind === "bad") return [item.span];
    if (item.kind === "assign" || item.kind === "set" || item.kind === "unpack")
      return item.value.kind === "bad" ? [item.span] : [];
    return blocksOf(item).flatMap(badSpans);
  });
}
