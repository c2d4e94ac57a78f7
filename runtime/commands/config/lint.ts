/**
 * `chalk config lint`: every problem of a configuration at once, without any effect on the host (`ours.md` 1.2, `builtins.md` 0.5): language, schema,
 * old spellings, and which capabilities the files use. Exits 1 if anything is an error.
 */

import { capabilitiesUsed } from "../../../compiler/capabilities.js";
import type { Capability } from "../../../compiler/context.js";
import { type Diagnostic, hasErrors } from "../../../grammar/diagnostic.js";
import { type Location, position } from "../../../grammar/span.js";
import { builtins } from "../../builtins/index.js";
import { useColor } from "../../log/index.js";
import { renderGithub, renderJson, renderSarif, renderText, secretsOf, summary } from "../../render/index.js";
import { type Chalk, flagValue } from "../../start/chalk.js";
import { toolDiagnostic } from "../../tool-codes.js";
import {
  candidateFiles,
  type Evaluated,
  type EvaluateOptions,
  evaluateCandidates,
  evaluateOptions,
  optionProblem,
} from "./candidates.js";
import { configurationFindings } from "./findings.js";
import { printText, wantsJson } from "./output.js";

const classes = new Map<string, readonly Capability[]>();
for (const builtin of builtins)
  classes.set(builtin.name, [...new Set([...(classes.get(builtin.name) ?? []), ...builtin.classes])]);

/** Classes that every configuration may use without anybody having to know. */
const unremarkable: ReadonlySet<Capability> = new Set<Capability>(["pure", "config-read", "config-write"]);

/** Old spellings as diagnostics. */
function deprecations(evaluated: Evaluated): Diagnostic[] {
  return evaluated.findings.map((finding) =>
    toolDiagnostic("CHK-001", finding.location, `old spelling: ${finding.message}`, {
      hint:
        finding.fix === undefined
          ? "this one needs a decision of yours"
          : "`chalk config migrate --write FILE` rewrites old spellings",
      ...(finding.fix === undefined ? {} : { fix: { location: finding.fix.location, text: finding.fix.text } }),
    }),
  );
}

/** What is sound but probably not meant; nothing if there are errors, which would make much of it untrue. */
function suspicions({ diagnostics, store, stack, templateCopies, modules }: Evaluated, options: EvaluateOptions): Diagnostic[] {
  if (hasErrors(diagnostics) || options.bare || options.schema !== undefined) return [];
  const parts = modules.flatMap(({ module, components }) => [module, ...components.values()]);
  const own = new Set(parts.map((part) => part.table.file));
  const { simulated } = stack.runtime.effects;
  const isOwn = (location: Location | undefined) => location !== undefined && own.has(location.file);
  return configurationFindings({ store, templateCopies, simulated, isOwn, modules: parts });
}

/** Which capabilities the files use, one line a class, with the places. */
function capabilitySummary(evaluated: Evaluated): string[] {
  const places = new Map<Capability, string[]>();
  for (const { module, components } of evaluated.modules) {
    for (const part of [module, ...components.values()]) {
      for (const use of capabilitiesUsed(part, (name) => classes.get(name) ?? [])) {
        if (unremarkable.has(use.capability)) continue;
        const { line } = position(part.table, use.span[0]);
        const list = places.get(use.capability) ?? [];
        list.push(`${use.name} (${part.table.file}:${line})`);
        places.set(use.capability, list);
      }
    }
  }
  return [...places].map(([capability, uses]) => `uses ${capability}: ${[...new Set(uses)].join(", ")}`);
}

/** Sorted by file as given, then place; one of each. */
function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const rank = (d: Diagnostic): number => {
    const index = files.indexOf(d.location?.file ?? "");
    return index < 0 ? files.length : index;
  };
  const seen = new Set<string>();
  return diagnostics
    .filter((d) => {
      const key = `${d.code} ${d.location?.file}:${d.location?.line}:${d.location?.col} ${d.message}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .map((diagnostic, index) => ({ diagnostic, index }))
    .sort(
      (a, b) =>
        rank(a.diagnostic) - rank(b.diagnostic) ||
        (a.diagnostic.location?.line ?? 0) - (b.diagnostic.location?.line ?? 0) ||
        (a.diagnostic.location?.col ?? 0) - (b.diagnostic.location?.col ?? 0) ||
        a.index - b.index,
    )
    .map(({ diagnostic }) => diagnostic);
}

export async function lint(chalk: Chalk): Promise<number> {
  const files = candidateFiles(chalk);
  const options = evaluateOptions(chalk, "lint");
  const wrong = optionProblem(options);
  if (wrong !== undefined) {
    chalk.host.terminal.write(2, `chalk config lint: ${wrong}\n`);
    return 1;
  }
  const evaluated = await evaluateCandidates(chalk, files, options);
  const names = files.map((file) => file.source?.name ?? file.diagnostics[0]?.location?.file ?? "");
  const secrets = secretsOf(evaluated.source);
  const diagnostics = inOrder(
    [...evaluated.diagnostics, ...deprecations(evaluated), ...suspicions(evaluated, options)].map((d) => secrets.clean(d)),
    names,
  );
  const format = wantsJson(chalk) ? "json" : (flagValue(chalk, "format") ?? "text");
  if (format === "json") printText(chalk, renderJson(diagnostics));
  else if (format === "sarif") printText(chalk, renderSarif(diagnostics, chalk.build.version));
  else if (format === "github") {
    if (diagnostics.length > 0) printText(chalk, renderGithub(diagnostics));
  } else {
    const color = useColor(chalk.host, 1, chalk.logger.settings.color);
    const width = chalk.host.terminal.columns(1) ?? 0;
    const parts = [
      ...(diagnostics.length > 0 ? [renderText(diagnostics, evaluated.source, { color, width })] : []),
      ...capabilitySummary(evaluated),
      diagnostics.length === 0
        ? `${names.length === 0 ? "nothing is loaded" : names.join(", ")}: no problems`
        : summary(diagnostics),
    ];
    printText(chalk, parts.join("\n"));
  }
  return hasErrors(diagnostics) ? 1 : 0;
}
