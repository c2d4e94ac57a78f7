/**
 * The shape of the articles that `chalk config explain CODE` prints: what a code means in plain words, a small program that has the problem, and the
 * same program without it. Examples are data that a test runs (`test/compiler/articles.test.ts`), so none of them can go stale.
 */
import type { Code } from "../../grammar/catalogue.js";

/** What an example needs besides its text: what the program around c4m does. Only few codes come from there. */
export interface ExampleHost {
  /** What the host does, in one sentence for the reader. */
  readonly does: string;
  /** Encodes the configuration as Latin-1 instead of UTF-8. */
  readonly latin1?: true;
  /** Reports groupings that differ from con4m 0.2 (C4M-W010). */
  readonly warnsOfGrouping?: true;
  /** Status of the answer to every HTTPS request; absent: no connection. */
  readonly httpStatus?: number;
  /** Configures a parameter of the first file before it runs. Value in the plain JSON encoding. */
  readonly parameter?: { readonly name: string; readonly type: string; readonly value: bigint | string };
  /** Calls a function by name once all files have run. */
  readonly calls?: string;
  /** Refuses assignments to this attribute. */
  readonly refuses?: string;
  /** Forbids files after the first to replace this function. */
  readonly locks?: string;
  /** Allows pure functions only. */
  readonly pureOnly?: true;
  /** How many of the first files count as built into the program. */
  readonly builtInFiles?: number;
}

/** A program to be looked at and run. */
export interface Example {
  /** The configuration: one file, or several that run one after another. Absent for examples that are schemas only. */
  readonly config?: string | readonly string[];
  /** The schema that it is checked against. */
  readonly schema?: string;
  /** Components beside it, by name without ending. */
  readonly components?: Readonly<Record<string, string>>;
  /** Words of a command line; the configuration's `getopts` section reads them. */
  readonly argv?: readonly string[];
  readonly host?: ExampleHost;
}

export interface Article {
  readonly code: Code;
  /** Two to six sentences. */
  readonly explanation: string;
  /** Has the problem, and no other. */
  readonly wrong: Example;
  /** The same without it. */
  readonly right: Example;
}

/** A row of a table of articles; a text is an example of one file. */
export type ArticleRow = readonly [code: Code, explanation: string, wrong: string | Example, right: string | Example];

const exampleOf = (example: string | Example): Example => (typeof example === "string" ? { config: example } : example);

/** Makes articles of a table. */
export function defineArticles(rows: readonly ArticleRow[]): readonly Article[] {
  return rows.map(([code, explanation, wrong, right]) => ({
    code,
    explanation,
    wrong: exampleOf(wrong),
    right: exampleOf(right),
  }));
}
