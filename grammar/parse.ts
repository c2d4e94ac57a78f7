/**
 * Text to tree: the entry of the grammar. Import this module dynamically where start-up time counts. The parser itself is made on the first call.
 */
import type { Expression, FileNode } from "./ast.js";
import { countUnclosed, isBalanced } from "./braces.js";
import { repairBrackets } from "./brackets.js";
import { type Diagnostic, diagnostic, hasErrors } from "./diagnostic.js";
import { lostQuotes } from "./lost-quotes.js";
import { Parser } from "./parser.js";
import type { ParseOptions } from "./parser-base.js";
import { Problems } from "./problems.js";
import { type ScanResult, scan } from "./scanner.js";
import { type SourceFile, sourceFromText } from "./source.js";
import { locate } from "./span.js";
import { TokenList } from "./token-list.js";

export type { ParseOptions } from "./parser-base.js";

let parser: Parser | undefined;

/**
 * Parses one file (`language.md` 1, 2). Always returns a tree; what could not be understood is `bad` in it. Diagnostics are those of the phases
 * lex and parse, and C4M-T030-T032, sorted by position (8.2).
 */
export function parse(source: SourceFile, options: ParseOptions = {}): { ast: FileNode; diagnostics: Diagnostic[] } {
  const problems = new Problems(source);
  const scanned = scan(source.text, problems);
  const read = parseTokens(scanned, problems, options);
  return hasErrors(read.diagnostics) ? parseAgain(source, options, scanned, read) : read;
}

interface Reading {
  readonly ast: FileNode;
  readonly diagnostics: Diagnostic[];
}

/** Reads a file with errors once more, with quotes and brackets put right that must be slips. Returns the reading that has fewer errors. */
function parseAgain(source: SourceFile, options: ParseOptions, scanned: ScanResult, read: Reading): Reading {
  // Text that is read inside out gives errors wherever there is prose, and mostly one more at the end.
  const lost = scanned.truncated || countErrors(read.diagnostics) > 2 ? lostQuotes(source.text) : undefined;
  const problems = new Problems(source);
  const again = scan(source.text, problems, lost);
  const repaired = repairBrackets(again.tokens.all(), (token) => problems.locate({ start: token.startOffset, end: token.end }));
  if (lost === undefined && repaired === undefined) return read;
  for (const { token, code, message } of repaired?.slips ?? [])
    problems.report(code, { start: token.startOffset, end: token.end }, message);
  const tokens = repaired === undefined ? again.tokens : TokenList.of(source.text, repaired.tokens);
  const second = parseTokens({ ...again, tokens, unclosed: countUnclosed(tokens.all()) }, problems, options);
  return countErrors(second.diagnostics) <= countErrors(read.diagnostics) ? second : read;
}

function parseTokens(scanned: ScanResult, problems: Problems, options: ParseOptions): Reading {
  parser ??= new Parser();
  parser.begin(scanned, problems, options);
  const ast = parser.parseFile();
  return { ast, diagnostics: problems.list(() => isBalanced(scanned.tokens.all())) };
}

function countErrors(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter((d) => d.severity === "error").length;
}

/** Whether the expression is a constant (`language.md` 7.4): scalars, `<<…>>`, signed numbers, and containers of constants. */
export function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case "literal":
      return true;
    case "paren":
      return isConstant(expression.inner);
    case "unary":
      return (
        expression.operator !== "!" && expression.operand.kind === "literal" && ["int", "float"].includes(expression.operand.type)
      );
    case "list":
    case "tuple":
      return expression.items.every(isConstant);
    case "dict":
      return expression.entries.every((entry) => isConstant(entry.key) && isConstant(entry.value));
    default:
      return false;
  }
}

/**
 * Reads one constant, as a prompt for a component parameter does (`language.md` 7.4). Fails with the diagnostics of the text, C4M-P001 if it is
 * empty, C4M-P002 if more than one expression stands there, C4M-N023 if it is no constant.
 */
export function parseConstant(text: string, name = "<input>"): { expression: Expression } | { diagnostics: Diagnostic[] } {
  const source = sourceFromText(name, text);
  const { ast, diagnostics } = parse(source);
  if (hasErrors(diagnostics)) return { diagnostics };
  const [first, second] = ast.items;
  const failure = (code: "C4M-P001" | "C4M-P002" | "C4M-N023", span: { start: number; end: number }, message: string) => ({
    diagnostics: [diagnostic(code, locate(source.table, span), message)],
  });
  if (first === undefined) return failure("C4M-P001", { start: 0, end: 0 }, "a value is expected");
  if (second !== undefined) return failure("C4M-P002", second.span, "the value should end here");
  if (first.kind !== "expression" || !isConstant(first.expression))
    return failure("C4M-N023", first.span, "this is not a constant");
  return { expression: first.expression };
}
