/**
 * `chalk config explain NAME…` (`ours.md` 1.2): what an error code, a field, a section, a key, a sink, a template, a plugin or a builtin is, and for
 * fields also what is in force and who set it. A word such as `sink` in front of a name says which of several things of that name is meant.
 */

import picocolors from "picocolors";
import { articles, findArticle } from "../../../compiler/articles.js";
import { placeOf } from "../../../compiler/schema/places.js";
import { entriesByName } from "../../../compiler/schema/schema.js";
import { type Code, catalogue } from "../../../grammar/catalogue.js";
import { didYouMean, suggest } from "../../../grammar/suggest.js";
import { useColor } from "../../log/index.js";
import { type Explanation, renderExplanation } from "../../reference/explanation.js";
import { explainOldName } from "../../reference/old-names.js";
import { type Configuration, explainPath } from "../../reference/paths.js";
import { subjects } from "../../reference/subjects.js";
import { type Chalk, commandArguments } from "../../start/chalk.js";
import { findToolCode, toolCodes } from "../../tool-codes.js";
import { listFields, listSections } from "../../validate/describe.js";
import { terminalWidth } from "../help.js";
import { sensitiveValues } from "../secrets.js";
import { articleRecord, renderArticle } from "./explain-article.js";
import { printText, wantsJson } from "./output.js";

/** A thing found: as text for a terminal, as data. */
interface Found {
  text(width: number, color: boolean): string;
  readonly record: unknown;
}

const fromExplanation = (explanation: Explanation): Found => ({
  text: (width, color) => renderExplanation(explanation, width, picocolors.createColors(color).bold),
  record: { what: explanation.what, ...explanation.record },
});

/** Error codes: the language's have articles, the tool's stand in their own table. */
function codeFound(name: string): Found | undefined {
  const article = /^(c4m-)?[a-z]\d{3}$/i.test(name.trim()) ? findArticle(name) : undefined;
  if (article !== undefined) {
    return {
      text: (width, color) => renderArticle(article, { width, color }),
      record: { what: "code", ...articleRecord(article) },
    };
  }
  const tool = findToolCode(name);
  if (tool === undefined) return undefined;
  const [code, { severity, title, explanation, wrong, right }] = tool;
  const sample = (text: string): string =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`)
      .join("\n");
  const page: Explanation = { what: severity, name: code, title, doc: explanation, facts: [], tables: [], record: {} };
  return {
    text: (width, color) =>
      `${(fromExplanation(page)).text(width, color)}\n\nWrong:\n${sample(wrong)}\n\nRight:\n${sample(right)}\n`,
    record: { what: "code", code, severity, phase: "tool", title, explanation, wrong, right },
  };
}

/** Everything that a name means. */
function meanings(configuration: Configuration, name: string): Found[] {
  const code = codeFound(name);
  if (code !== undefined) return [code];
  const path = explainPath(configuration, name);
  const present = [
    ...Object.values(subjects).flatMap((subject) => subject.explain(configuration.settings, name)),
    ...(path === undefined ? [] : [path]),
  ];
  const old = present.length > 0 ? undefined : explainOldName(name);
  return (old === undefined ? present : [old]).map(fromExplanation);
}

/** Words of the command line as requests: `sink file` is one, `exec.use_path _TIMESTAMP` are two. */
function requests(words: readonly string[]): { readonly kind: string | undefined; readonly name: string }[] {
  const all = words.flatMap((word) => word.split(/\s+/).filter((part) => part !== ""));
  const found: { kind: string | undefined; name: string }[] = [];
  for (let i = 0; i < all.length; i++) {
    const word = all[i] as string;
    const kind = word.replace(/s$/, "");
    const next = all[i + 1];
    if (next !== undefined && Object.hasOwn(subjects, kind)) {
      found.push({ kind, name: next });
      i++;
    } else found.push({ kind: undefined, name: word });
  }
  return found;
}

/** Names that an unknown one may stand for. */
function nearNames({ schema, settings }: Configuration, kind: string | undefined, name: string): readonly string[] {
  if (kind !== undefined) return suggest(name, subjects[kind]?.names(settings) ?? []);
  if (/^(c4m|chk)-/i.test(name)) return suggest(name.toUpperCase(), [...articles.keys(), ...Object.keys(toolCodes)]);
  const place = name.includes(".") ? placeOf(schema, name.split(".")) : undefined;
  if (place?.kind === "unknown") {
    const parts = name.split(".");
    const near = suggest(parts[place.index] as string, entriesByName(place.section).keys());
    if (near.length > 0)
      return near.map((one) => [...parts.slice(0, place.index), one, ...parts.slice(place.index + 1)].join("."));
  }
  const fields = listFields(schema).map((field) => field.path);
  // A field's own name without the path to it.
  const inside = fields.filter((path) => path.endsWith(`.${name}`)).slice(0, 3);
  if (inside.length > 0) return inside;
  const all = [
    ...Object.values(subjects).flatMap((subject) => subject.names(settings)),
    ...fields,
    ...listSections(schema).map((section) => section.path.replace(/\.<name>$/, "")),
  ];
  const near = suggest(name, all);
  return near.length > 0 ? near : sameBeginning(name, all);
}

/** Names that begin as the unknown one does, for more than half of its length. */
function sameBeginning(name: string, all: readonly string[]): readonly string[] {
  for (let length = name.length; length > Math.max(3, name.length / 2); length--) {
    const found = all.filter((one) => one.startsWith(name.slice(0, length)));
    if (found.length > 0) return [...new Set(found)].slice(0, 3);
  }
  return [];
}

/** Codes whose title holds the words, for those who remember the message and not the code. */
function codesAbout(name: string): readonly string[] {
  const text = name.toLowerCase();
  return (Object.keys(catalogue) as Code[])
    .filter((code) => text.length > 3 && catalogue[code].title.toLowerCase().includes(text))
    .slice(0, 3);
}

/** What to try instead of an unknown name. */
function nextStep(chalk: Chalk, configuration: Configuration, kind: string | undefined, name: string): string {
  if (kind === undefined && chalk.commandLine.root.commands.some((command) => command.name === name))
    return `chalk help ${name} explains the command of that name`;
  const near = nearNames(configuration, kind, name);
  return didYouMean(near.length > 0 ? near : codesAbout(name)) ?? `chalk help search ${name} looks everywhere`;
}

/** Runs the command. Exits 1 if a name is unknown; the others are explained all the same. */
export function explain(chalk: Chalk): number {
  const configuration: Configuration = {
    schema: chalk.schema.schema,
    store: chalk.stack.runtime.store,
    settings: chalk.settings,
    secrets: sensitiveValues(chalk),
  };
  const found: Found[] = [];
  let status = 0;
  for (const { kind, name } of requests(commandArguments(chalk))) {
    const one =
      kind === undefined
        ? meanings(configuration, name)
        : (subjects[kind]?.explain(chalk.settings, name) ?? []).map(fromExplanation);
    found.push(...one);
    if (one.length > 0) continue;
    status = 1;
    const what = kind === undefined ? `nothing is called '${name}'` : `there is no ${kind} '${name}'`;
    chalk.host.terminal.write(2, `chalk config explain: ${what}; ${nextStep(chalk, configuration, kind, name)}\n`);
  }
  if (wantsJson(chalk))
    printText(
      chalk,
      JSON.stringify(
        found.map(({ record }) => record),
        undefined,
        2,
      ),
    );
  else if (found.length > 0) {
    const color = useColor(chalk.host, 1, chalk.logger.settings.color);
    printText(chalk, found.map((one) => one.text(terminalWidth(chalk), color).trimEnd()).join("\n\n"));
  }
  return status;
}
