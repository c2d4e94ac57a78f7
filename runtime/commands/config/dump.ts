/**
 * `chalk config dump`: what a configuration amounts to (`ours.md` 1.2): the typed tree as JSON with sorted keys (`language.md` 9.1), or canonical c4m
 * text. The same input gives the same bytes.
 */

import { hasErrors } from "../../../grammar/diagnostic.js";
import { suggest } from "../../../grammar/suggest.js";
import { originLocation } from "../../encoding.js";
import { compareBytewise } from "../../json.js";
import { renderText } from "../../render/index.js";
import { valueSource } from "../../source-form.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import {
  type AttributeNode,
  effectiveOrigin,
  effectiveValue,
  lookup,
  type SectionNode,
  type Store,
  type StoreNode,
} from "../../store.js";
import { typedText } from "../../typed-text.js";
import { candidateFiles, evaluateCandidates, evaluateOptions } from "./candidates.js";
import { printText, wantsJson } from "./output.js";

const plainName = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

function comment(node: AttributeNode, origins: boolean): string {
  if (!origins) return "";
  const origin = effectiveOrigin(node);
  const place = originLocation(origin);
  const parts = [
    place === undefined ? origin.kind : `${origin.kind === "assigned" ? "" : `${origin.kind} `}${place.file}:${place.line}`,
  ];
  for (const earlier of node.history) {
    const at = originLocation(earlier);
    parts.push(`before: ${at === undefined ? earlier.kind : `${at.file}:${at.line}`}`);
  }
  if (node.lock !== undefined) parts.push(`locked (${node.lock.reason})`);
  return `  # ${parts.join(", ")}`;
}

/** A section as c4m text, members sorted: attributes first, then sections. */
function sectionText(section: SectionNode, indent: string, origins: boolean): string[] {
  const members = [...section.members].sort(([a], [b]) => compareBytewise(a, b));
  const lines: string[] = [];
  for (const [name, node] of members)
    if (node.kind === "attribute") lines.push(`${indent}${name}: ${valueSource(effectiveValue(node))}${comment(node, origins)}`);
  for (const [name, node] of members) {
    if (node.kind !== "section") continue;
    lines.push(...childText(name, node, indent, origins));
  }
  return lines;
}

/** A child section; one that holds only sections is written with tags: `sink_config out { … }`. */
function childText(name: string, node: SectionNode, indent: string, origins: boolean): string[] {
  const children = [...node.members];
  const inner = `${indent}  `;
  if (children.length > 0 && children.every(([, child]) => child.kind === "section")) {
    return children
      .sort(([a], [b]) => compareBytewise(a, b))
      .flatMap(([tag, child]) => [
        `${indent}${name} ${plainName.test(tag) ? tag : JSON.stringify(tag)} {`,
        ...sectionText(child as SectionNode, inner, origins),
        `${indent}}`,
      ]);
  }
  return [`${indent}${name} {`, ...sectionText(node, inner, origins), `${indent}}`];
}

function find(store: Store, path: string): StoreNode | undefined {
  return path === "" ? store.root : lookup(store, path.split("."));
}

function nearPaths(store: Store, path: string): string[] {
  const parts = path.split(".");
  for (let length = parts.length - 1; length >= 0; length--) {
    const parent = find(store, parts.slice(0, length).join("."));
    if (parent?.kind !== "section") continue;
    return suggest(parts[length] as string, [...parent.members.keys()]).map((name) =>
      [...parts.slice(0, length), name].join("."),
    );
  }
  return [];
}

export async function dump(chalk: Chalk): Promise<number> {
  const explicit = commandArguments(chalk).length > 0;
  const options = evaluateOptions(chalk, "trial");
  let store: Store;
  if (!explicit && !options.bare && options.schema === undefined && chalk.failures.length === 0)
    store = chalk.stack.runtime.store;
  else {
    const evaluated = await evaluateCandidates(chalk, candidateFiles(chalk), options);
    const errors = evaluated.diagnostics.filter((d) => d.severity === "error");
    if (hasErrors(errors)) {
      chalk.host.terminal.write(2, `${renderText(errors, evaluated.source, { color: false })}\n`);
      return 1;
    }
    store = evaluated.store;
  }
  const path = flagValue(chalk, "path");
  const where = typeof path === "string" ? path : "";
  const node = find(store, where);
  if (node === undefined) {
    const near = nearPaths(store, where);
    chalk.host.terminal.write(
      2,
      `chalk config dump: there is no attribute or section '${where}'${near.length > 0 ? `; did you mean '${near[0]}'?` : ""}\n`,
    );
    return 1;
  }
  const origins = flagValue(chalk, "origins") === true;
  if (wantsJson(chalk)) {
    chalk.host.terminal.write(1, `${typedText(node, origins)}\n`);
  } else if (node.kind === "attribute")
    printText(chalk, `${where}: ${valueSource(effectiveValue(node))}${comment(node, origins)}`);
  else printText(chalk, sectionText(node, "", origins).join("\n"));
  return 0;
}
