/** Shared by the tests of the grammar: the corpus of programs, comparison of trees, short forms of diagnostics. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { parse } from "../../grammar/parse.js";
import { decodeSource, type SourceFile, sourceFromText } from "../../grammar/source.js";

export const corpus = join(process.cwd(), "test/conformance/language");

/** An error as the corpus writes it. */
export interface ExpectedError {
  readonly phase: string;
  readonly line: number;
  readonly code: string;
  readonly col?: number;
  readonly file?: string;
}

export interface Case {
  readonly name: string;
  /** Programs in the order in which they run; components last. */
  readonly files: readonly string[];
  readonly errors: readonly ExpectedError[];
  /** Only the first error is given, further ones are not excluded. */
  readonly firstOnly: boolean;
  readonly warnings: readonly ExpectedError[];
}

/** All cases of the language corpus. */
export function cases(): Case[] {
  return readdirSync(corpus)
    .filter((name) => name.endsWith(".expect.json"))
    .sort()
    .map((name) => {
      const base = name.replace(".expect.json", "");
      const expected = JSON.parse(readFileSync(join(corpus, name), "utf8")) as {
        errors?: ExpectedError[];
        error?: ExpectedError;
        warnings?: ExpectedError[];
      };
      const path = join(corpus, base);
      const files = existsSync(`${path}.c4m`)
        ? [`${path}.c4m`]
        : readdirSync(path)
            .filter((file) => file.endsWith(".c4m"))
            .map((file) => join(path, file));
      const errors = expected.errors ?? (expected.error ? [expected.error] : []);
      const warnings = expected.warnings ?? [];
      return { name: base, files, errors, firstOnly: expected.errors === undefined, warnings };
    });
}

/** All files below a folder with one of the endings. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path, endings);
    return endings.some((ending) => name.endsWith(ending)) ? [path] : [];
  });
}

/** Reads and parses a file. */
export function parseFile(path: string): { source: SourceFile } & ReturnType<typeof parse> {
  const { source, diagnostics } = decodeSource(path, readFileSync(path));
  const parsed = parse(source);
  return { source, ast: parsed.ast, diagnostics: [...diagnostics, ...parsed.diagnostics] };
}

export function parseText(text: string): ReturnType<typeof parse> {
  return parse(sourceFromText("test.c4m", text));
}

/** `CODE line:col`, without the family prefix. */
export function brief(diagnostic: Diagnostic): string {
  return `${diagnostic.code.replace("C4M-", "")} ${diagnostic.location?.line}:${diagnostic.location?.col}`;
}

/** Problems of a text in short form, errors and warnings. */
export function problems(text: string): string {
  return parseText(text).diagnostics.map(brief).join(", ");
}

/** A tree without places: what must survive formatting. Comments count as a set. */
export function shape(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(shape);
  if (typeof node === "bigint") return `${node}n`;
  if (node === null || typeof node !== "object") return node;
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (["span", "header", "operatorSpan", "ownLine"].includes(key)) continue;
    if (key === "comments") result[key] = (value as { text: string }[]).map((comment) => comment.text.trimEnd()).sort();
    else result[key] = shape(value);
  }
  return result;
}
