/**
 * Parameters of components while loading (`runtime-core.md` 7.4 step 3, `language.md` 7.4): rows from stdin, or prompts on a terminal, or nothing if
 * every parameter has a value already. Values of sensitive parameters are read without echo and never printed.
 */
import { typeText } from "../../compiler/type-text.js";
import { decodeForeignValue, plainJson } from "../encoding.js";
import { configureParameter, listParameters, type ParameterInfo, parameterDefault } from "../evaluate/evaluate.js";
import type { ModuleSet } from "../evaluate/module.js";
import { mergeParameters, readParameterRows, reconcileParameters } from "../image/parameters.js";
import type { SavedParameter } from "../image/state.js";
import { redacted } from "../log/redact.js";
import type { Chalk } from "../start/chalk.js";
import { nestedText } from "../text-form.js";
import { readType, unifiable } from "../type-tools.js";
import { isOpen, typeOfValue } from "../value-types.js";
import type { Value } from "../values.js";

export type ParameterOutcome = { readonly parameters: readonly SavedParameter[] } | { readonly error: string };

/**
 * Reads a constant of a type from what a person typed: text as it is for strings, a literal otherwise; an int will do for a float. Where any type will do,
 * what is no literal is text.
 */
async function readTyped(line: string, info: ParameterInfo): Promise<Value | undefined> {
  const wanted = typeText(info.type);
  if (wanted === "string") return line;
  const { constantFromText } = await import("../stack/constants.js");
  const value = constantFromText(line);
  if (value === undefined) return isOpen(info.type) ? line : undefined;
  if (wanted === "float" && typeof value.value === "bigint") return Number(value.value);
  return unifiable(value.type, info.type) ? value.value : undefined;
}

class Configurator {
  private readonly chalk: Chalk;
  /** The runtime of the trial, in which defaults are computed and validators run. */
  private readonly trial: Chalk;
  private readonly modules: ModuleSet;

  constructor(chalk: Chalk, trial: Chalk, modules: ModuleSet) {
    this.chalk = chalk;
    this.trial = trial;
    this.modules = modules;
  }

  private row(info: ParameterInfo, value: Value): SavedParameter {
    return {
      isAttribute: info.isAttribute,
      url: info.component,
      symbol: info.name,
      type: typeText(isOpen(info.type) ? typeOfValue(value) : info.type),
      value: plainJson(value),
    };
  }

  private value(row: SavedParameter): Value | undefined {
    const type = readType(row.type);
    return type === undefined ? undefined : decodeForeignValue(row.value, type);
  }

  /** Values that are missing although nobody will be asked. */
  missing(saved: readonly SavedParameter[]): ParameterInfo[] {
    return listParameters(this.modules).filter(
      (info) =>
        !info.hasDefault &&
        !saved.some((row) => row.url === info.component && row.symbol === info.name && row.isAttribute === info.isAttribute),
    );
  }

  /** Rows for the parameters that have only a default: loading accepts it, as an empty line at the prompt would. */
  accepted(saved: readonly SavedParameter[]): SavedParameter[] {
    return listParameters(this.modules).flatMap((info) => {
      if (saved.some((row) => row.url === info.component && row.symbol === info.name && row.isAttribute === info.isAttribute))
        return [];
      const { value } = parameterDefault(this.trial.stack.runtime, this.modules, info.component, info.name);
      return value === undefined ? [] : [this.row(info, value)];
    });
  }

  /** Checks a value with the parameter's validator; the message if it is refused. */
  private refusal(info: ParameterInfo, value: Value): string | undefined {
    return configureParameter(this.trial.stack.runtime, this.modules, info.component, info.name, value, info.type)?.message;
  }

  /** Checks rows that came from outside. */
  check(rows: readonly SavedParameter[]): string | undefined {
    const infos = listParameters(this.modules);
    const unknown = rows.find(
      ({ url, symbol, isAttribute }) =>
        infos.some((info) => info.component === url) &&
        !infos.some((info) => info.component === url && info.name === symbol && info.isAttribute === isAttribute),
    );
    if (unknown !== undefined) {
      const kind = unknown.isAttribute ? "attribute" : "variable";
      return `${unknown.url} declares no ${kind} parameter '${unknown.symbol}'`;
    }
    for (const info of infos) {
      const row = rows.find(
        (candidate) =>
          candidate.url === info.component && candidate.symbol === info.name && candidate.isAttribute === info.isAttribute,
      );
      if (row === undefined) continue;
      const value = this.value(row);
      if (value === undefined)
        return `the value of parameter '${info.name}' of ${info.component} does not fit its type ${row.type}`;
      const refused = this.refusal(info, value);
      if (refused !== undefined) return `parameter '${info.name}' of ${info.component}: ${refused}`;
    }
    return undefined;
  }

  /** Asks for every parameter of every component. */
  async ask(saved: readonly SavedParameter[]): Promise<ParameterOutcome> {
    const { terminal } = this.chalk.host;
    const infos = listParameters(this.modules);
    const rows: SavedParameter[] = [];
    const write = (text: string): void => terminal.write(1, text);
    for (const component of new Set(infos.map((info) => info.component))) {
      write(`Configuring Component: ${component}\n`);
      for (const info of infos.filter((candidate) => candidate.component === component)) {
        const outcome = await this.askOne(info, saved, write);
        if ("error" in outcome) return outcome;
        rows.push(outcome);
      }
      write(`Finished configuration for ${component}\n`);
    }
    terminal.readLine(false, "Press enter to continue.");
    return { parameters: mergeParameters(saved, rows) };
  }

  private async askOne(
    info: ParameterInfo,
    saved: readonly SavedParameter[],
    write: (text: string) => void,
  ): Promise<SavedParameter | { readonly error: string }> {
    const { terminal } = this.chalk.host;
    const known = saved.find(
      (row) => row.url === info.component && row.symbol === info.name && row.isAttribute === info.isAttribute,
    );
    const computed =
      known === undefined
        ? parameterDefault(this.trial.stack.runtime, this.modules, info.component, info.name).value
        : this.value(known);
    write(
      `\n${info.name}${info.shortdoc === undefined ? "" : `: ${info.shortdoc}`}\n${info.doc === undefined ? "" : `${info.doc.trim()}\n`}`,
    );
    if (computed !== undefined) write(`Default: ${info.sensitive ? redacted : nestedText(computed)}\n`);
    for (;;) {
      const line = terminal.readLine(info.sensitive, "> ");
      const value = line === undefined || line === "" ? computed : await readTyped(line, info);
      if (value === undefined) {
        if (line === undefined) return { error: `parameter '${info.name}' of ${info.component} needs a value` };
        write(`A value of type ${typeText(info.type)} is needed.\n`);
        continue;
      }
      const refused = this.refusal(info, value);
      if (refused === undefined) return this.row(info, value);
      write(`${refused}\n`);
      if (line === undefined) return { error: `parameter '${info.name}' of ${info.component}: ${refused}` };
    }
  }
}

/** Settles the parameters of everything that the new configuration uses. `trial` has compiled it, but not run it. */
export async function settleParameters(
  chalk: Chalk,
  trial: Chalk,
  modules: ModuleSet,
  old: readonly SavedParameter[],
): Promise<ParameterOutcome> {
  const infos = listParameters(modules);
  const { kept, warnings } = reconcileParameters(old, (row) => {
    const declared = infos.find(
      (info) => info.component === row.url && info.name === row.symbol && info.isAttribute === row.isAttribute,
    );
    if (declared === undefined) return infos.some((info) => info.component === row.url) ? "not declared" : "unknown component";
    const type = readType(row.type);
    const fits = type !== undefined && unifiable(type, declared.type) && decodeForeignValue(row.value, type) !== undefined;
    return fits ? "fits" : "other type";
  });
  for (const warning of warnings) chalk.logger.warn(warning);
  const configurator = new Configurator(chalk, trial, modules);
  if (chalk.settings.bool("load.params_via_stdin", false)) {
    const rows = readParameterRows(chalk.host.terminal.readAll());
    if ("error" in rows) return { error: `--params: ${rows.error}` };
    const merged = mergeParameters(kept, rows);
    const wrong = configurator.check(merged);
    return wrong === undefined ? { parameters: mergeParameters(merged, configurator.accepted(merged)) } : { error: wrong };
  }
  if (infos.length === 0) return { parameters: kept };
  const missing = configurator.missing(kept);
  if (!chalk.host.terminal.isTerminal(0) && missing.length === 0)
    return { parameters: mergeParameters(kept, configurator.accepted(kept)) };
  return configurator.ask(kept);
}
