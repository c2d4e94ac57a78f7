/**
 * Names of sections that a configuration refers to and that are in no file: nothing fails when it is loaded, only later, when a report is sent or built.
 * Calls count where their arguments are written as literals, also in functions that no run of the linter reaches.
 */
import type { ModuleIr } from "../../../compiler/ir.js";
import { visitModule } from "../../../compiler/walk-ir.js";
import type { Diagnostic } from "../../../grammar/diagnostic.js";
import { type Location, locate } from "../../../grammar/span.js";
import { didYouMean, suggest } from "../../../grammar/suggest.js";
import type { Settings } from "../../settings/settings.js";
import { toolDiagnostic } from "../../tool-codes.js";

/** Functions whose arguments are names: the kind of section for each argument. */
const functions: Readonly<Record<string, readonly string[]>> = {
  auth_headers: ["auth_config"],
  copy_report_template_keys: ["report_template", "report_template"],
};

/** A finding if there is no section of that kind and name. */
export function unknownSection(settings: Settings, kind: string, name: string, place: Location, path?: string): Diagnostic[] {
  const known = settings.sections(kind);
  if (known.includes(name)) return [];
  const suggestions = suggest(name, known);
  const hint = didYouMean(suggestions);
  return [
    toolDiagnostic("CHK-009", place, `there is no ${kind} '${name}'`, {
      ...(path === undefined ? {} : { path }),
      ...(hint === undefined ? {} : { hint, suggestions }),
    }),
  ];
}

/** Findings about the calls in compiled files. */
export function unknownNamesInCalls(modules: readonly ModuleIr[], settings: Settings): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const module of modules) {
    visitModule(module, (expression) => {
      if (expression.k !== "call" || !Object.hasOwn(functions, expression.name)) return;
      expression.args.forEach((argument, index) => {
        const kind = functions[expression.name]?.[index];
        const constant = argument.k === "const" ? module.constants[argument.c] : undefined;
        if (kind === undefined || constant?.t !== "string") return;
        const [start, end] = expression.whole;
        found.push(...unknownSection(settings, kind, constant.v, locate(module.table, { start, end })));
      });
    });
  }
  return found;
}
