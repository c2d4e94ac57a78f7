/**
 * What `chalk config explain` knows about one thing, in a form that both of its outputs are made of: a heading, prose, facts, tables, and the same as
 * plain data.
 */
import { columns, wrap } from "../cmdline/help.js";

/** Plain data for `--json`. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain | undefined };

export interface Explanation {
  /** What the thing is: `field`, `key`, `sink` … */
  readonly what: string;
  readonly name: string;
  readonly title: string;
  readonly doc: string;
  readonly facts: readonly (readonly [label: string, text: string])[];
  readonly tables: readonly { readonly title: string; readonly rows: readonly (readonly [string, string])[] }[];
  readonly record: { readonly [name: string]: Plain | undefined };
}

/** Lines in which people tell the words from what they say. */
export function renderExplanation(explanation: Explanation, width: number, bold: (text: string) => string): string {
  const { what, name, title, doc, facts, tables } = explanation;
  const heading = `${what} ${name}${title === "" ? "" : `: ${title}`}`;
  const lines = wrap(heading, width).map(bold);
  if (doc !== "" && doc !== title) lines.push("", ...wrap(doc, width));
  if (facts.length > 0) lines.push("", ...columns(facts, width));
  for (const table of tables) {
    if (table.rows.length > 0) lines.push("", `${table.title}:`, ...columns(table.rows, width));
  }
  return lines.join("\n");
}
