/**
 * Text to tree: the entry of the grammar. This module loads Chevrotain; import it dynamically where start-up time counts. The parser itself is
 * made on the first call, because recording its grammar takes a few milliseconds.
 */
import type { FileNode } from "./ast.js";
import type { Diagnostic } from "./diagnostic.js";
import { Parser } from "./parser.js";
import type { ParseOptions } from "./parser-base.js";
import { Problems } from "./problems.js";
import { scan } from "./scanner.js";
import type { SourceFile } from "./source.js";

export type { ParseOptions } from "./parser-base.js";

let parser: Parser | undefined;

/**
 * Parses one file (`language.md` 1, 2). Always returns a tree; what could not be understood is `bad` in it. Diagnostics are those of the phases
 * lex and parse, and C4M-T030-T032, sorted by position (8.2).
 */
export function parse(source: SourceFile, options: ParseOptions = {}): { ast: FileNode; diagnostics: Diagnostic[] } {
  const problems = new Problems(source);
  const scanned = scan(source.text, problems);
  parser ??= new Parser();
  parser.begin(scanned, problems, options);
  const ast = parser.parseFile();
  return { ast, diagnostics: problems.list() };
}
