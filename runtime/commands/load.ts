/**
 * `chalk load` (`runtime-core.md` 7.4-7.6): works out the new embedded state, tries it without touching anything, writes the executable in one step, and
 * reports. What the new state is, is decided by the pure functions of `runtime/image/load.ts`.
 */
import { irFormat } from "../../compiler/ir.js";
import { type Diagnostic, hasErrors } from "../../grammar/diagnostic.js";
import { sourceFromText } from "../../grammar/source.js";
import { registerModules } from "../evaluate/evaluate.js";
import { HostError } from "../host/host.js";
import {
  type ComponentLocation,
  componentText,
  conflictingOptions,
  loadAll,
  loadComponent,
  loadDefault,
  loadPrevious,
  loadSource,
  rememberPrevious,
  type Transition,
} from "../image/load.js";
import { isChalkExecutable, readSelfMark, type SelfMark } from "../image/self.js";
import { type Configuration, irEntry, type SelfState } from "../image/state.js";
import type { JsonObject } from "../json.js";
import { renderForLog } from "../render/index.js";
import { type Chalk, commandArguments, flagValue } from "../start/chalk.js";
import { defaultConfiguration, embeddedName, installComponents, resolvedPath, trialName } from "../start/configurations.js";
import { privilegeProblem } from "../start/privilege.js";
import { type EmbeddedIr, isPlain, isRepeatable, newDefaults, writeEmbeddedIr } from "../start/settled.js";
import { start } from "../start/start.js";
import { settleParameters } from "./parameters.js";
import { abandonExecutable, type ClaimedExecutable, claimExecutable, writeConfiguration } from "./write-self.js";

/** A failure that the user is told, exit 1. */
class Refusal extends Error {}

/** Settings of one load, from flags and configuration. */
interface LoadOptions {
  readonly replace: boolean;
  readonly all: boolean;
  readonly params: boolean;
  readonly validate: boolean;
  readonly strict: boolean;
  readonly withEffects: boolean;
}

function optionsOf(chalk: Chalk): LoadOptions {
  const { settings } = chalk;
  return {
    replace: settings.bool("load.replace_conf", false),
    all: settings.bool("load.replace_all", false),
    params: settings.bool("load.params_via_stdin", false),
    validate: settings.bool("load.validate_configs_on_load", true),
    strict: flagValue(chalk, "strict") === true,
    withEffects: flagValue(chalk, "validate-with-effects") === true,
  };
}

/** The executable to change, with its mark. */
function targetOf(chalk: Chalk): SelfMark {
  const into = flagValue(chalk, "into");
  if (typeof into !== "string") {
    if (chalk.self === undefined) throw new Refusal("this executable cannot hold a configuration");
    return chalk.self;
  }
  const path = resolvedPath(chalk.host, into) ?? into;
  let self: SelfMark | undefined;
  try {
    self = readSelfMark(chalk.host, path);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new Refusal(`${into}: ${error.code === "ENOENT" ? "No such file or directory" : error.code}`);
  }
  if (self === undefined) throw new Refusal(`${into}: not an executable that can hold a configuration`);
  // A freshly packed executable of ours has no mark yet; it may be given its first.
  if (!isChalkExecutable(self.mark) && !(self.mark === undefined && commandArguments(chalk)[0] === "default"))
    throw new Refusal(`${into}: not a chalk executable`);
  return self;
}

function show(chalk: Chalk, trial: Chalk, diagnostics: readonly Diagnostic[], text: string): string {
  const sources = (file: string): string | undefined => (file === trialName ? text : (trial.source(file) ?? chalk.source(file)));
  return renderForLog(diagnostics, sources);
}

/** A fresh start without the user's configurations, under the policy of a trial. */
async function trialStart(chalk: Chalk, options: LoadOptions): Promise<Chalk> {
  const result = await start(chalk, {
    embedded: false,
    external: false,
    silent: true,
    ...(options.withEffects ? { policy: "run" as const } : {}),
  });
  return result.chalk;
}

interface Tried {
  readonly configuration: Configuration;
  readonly ir: EmbeddedIr | undefined;
}

/**
 * Compiles a candidate, settles its parameters and, unless told otherwise, evaluates and validates it as `[testing config]`. Returns what is to be stored.
 * `anew`: the component that is read anew, with what it uses.
 */
async function tryOut(chalk: Chalk, candidate: Configuration, options: LoadOptions, anew?: string): Promise<Tried> {
  const text = candidate.config ?? "";
  const refused = privilegeProblem(chalk.host, trialName);
  if (refused !== undefined) throw new Refusal(`${renderForLog([refused], () => text)}\nthe configuration is not loaded`);
  const trial = await trialStart(chalk, options);
  const { stack } = trial;
  installComponents(stack, candidate, (message) => chalk.logger.warn(message));
  if (anew !== undefined) {
    const { refreshComponents } = await import("../stack/refresh.js");
    refreshComponents(stack.components, anew, (file, reason) =>
      chalk.logger.warn(`${reason}; the copy of ${file} that was loaded earlier is used`),
    );
  }
  const source = sourceFromText(trialName, text);
  const { compiled, diagnostics } = await stack.compile(source);
  if (compiled === undefined) {
    const shown = show(chalk, trial, diagnostics, text);
    if (diagnostics.some((d) => d.code === "C4M-M004")) chalk.logger.error("Cyclical components are not allowed");
    if (diagnostics.some((d) => d.code === "C4M-M001" || d.code === "C4M-M002"))
      chalk.logger.error("Could not retrieve needed source file");
    throw new Refusal(`${shown}\nthe configuration is not loaded`);
  }
  const modules = stack.load(compiled);
  // Validators and computed defaults of parameters are functions of these files.
  registerModules(stack.runtime, modules);
  const settled = await settleParameters(chalk, trial, modules, candidate.parameters);
  if ("error" in settled) throw new Refusal(settled.error);
  let defaults: EmbeddedIr["defaults"];
  if (options.validate) {
    if (chalk.settings.bool("load.validation_warning", false))
      chalk.logger.warn("the configuration is evaluated once to see whether it works; use --no-validation to go without that");
    chalk.logger.info(`${trialName}: Validating configuration.`);
    stack.runtime.parameters.clear();
    installComponents(stack, { cache: new Map(), parameters: settled.parameters }, (message) => chalk.logger.warn(message));
    const result = stack.runCompiled(compiled, "all", modules);
    const serious = result.diagnostics.filter(
      (d) => d.severity === "error" || (d.code === "C4M-S017" && d.severity === "warning"),
    );
    if (hasErrors(serious) || (options.strict && serious.length > 0))
      throw new Refusal(`${show(chalk, trial, serious, text)}\nthe configuration is not loaded`);
    for (const warning of serious) chalk.logger.warn(show(chalk, trial, [warning], text));
    if (isRepeatable(compiled)) defaults = newDefaults(stack.runtime.store, chalk.shipped.store());
    chalk.logger.info(`${trialName}: Configuration successfully validated.`);
  } else chalk.logger.warn(`${trialName}: the configuration is embedded without being tried`);
  const cache = new Map(
    [...compiled.components.keys()].map((key) => [key, stack.components.sources.get(key)?.text ?? ""] as const),
  );
  return {
    configuration: { config: candidate.config, cache, parameters: settled.parameters },
    ir: { compiled, defaults, isPlain: defaults !== undefined && isPlain(compiled) },
  };
}

/** The compiled form that the next starts will run, under the name that they use. */
function irOf(chalk: Chalk, configuration: Configuration, ir: EmbeddedIr | undefined): JsonObject | undefined {
  if (ir === undefined || configuration.config === undefined) return undefined;
  const { module, components } = ir.compiled;
  const compiled = { module: { ...module, table: { ...module.table, file: embeddedName } }, components };
  return irEntry(chalk.host.hashing, configuration, irFormat, chalk.build.version, writeEmbeddedIr({ ...ir, compiled }));
}

async function loadLocation(
  chalk: Chalk,
  self: SelfMark,
  location: ComponentLocation,
  shown: string,
  options: LoadOptions,
): Promise<{ transition: Transition; ir: EmbeddedIr | undefined }> {
  chalk.logger.info(`Attempting to load module from: ${shown}`);
  const { state } = self;
  if (
    !location.base.startsWith("https://") &&
    chalk.host.files.find(location.file) === undefined &&
    chalk.host.files.find(location.key)?.kind === "directory"
  )
    throw new Refusal(`${shown}: this is a directory, not a configuration file`);
  const inUse = state.cache.has(location.key);
  const text = componentText(state.config, location, { inUse, replace: options.replace });
  const candidate: Configuration = options.replace
    ? { config: text, cache: new Map(), parameters: [] }
    : { config: text, cache: state.cache, parameters: state.parameters };
  const { configuration, ir } = await tryOut(chalk, candidate, options, location.key);
  return { transition: loadComponent(state, configuration), ir };
}

async function loadDump(
  chalk: Chalk,
  self: SelfMark,
  argument: string,
  options: LoadOptions,
): Promise<{ transition: Transition; ir: EmbeddedIr | undefined }> {
  let text: Uint8Array;
  try {
    text =
      argument === "-"
        ? chalk.host.terminal.readAll()
        : chalk.host.files.readBytes(resolvedPath(chalk.host, argument) ?? argument);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new Refusal(
      `Could not retrieve needed source file: ${argument}: ${error.code === "ENOENT" ? "No such file or directory" : error.code}`,
    );
  }
  const transition = loadAll(self.state, text, defaultConfiguration);
  if ("error" in transition || !transition.changed) return { transition, ir: undefined };
  const { configuration, ir } = await tryOut(chalk, transition.state, options);
  // Values that the dump left out have been asked for, or come with it.
  return { transition: { ...transition, state: { ...transition.state, parameters: configuration.parameters } }, ir };
}

async function newState(
  chalk: Chalk,
  self: SelfMark,
  argument: string,
  options: LoadOptions,
): Promise<{ transition: Transition; ir: EmbeddedIr | undefined }> {
  if (options.all && options.replace && argument !== "default") return loadDump(chalk, self, argument, options);
  // Before the argument is looked at: that of --all need not be the name of a component.
  if (options.all && !options.replace && argument === "-") throw new Refusal("--all needs --replace");
  const source = loadSource(argument, chalk.host.processes.cwd(), (user) => chalk.host.machine.home(user));
  if ("error" in source) throw new Refusal(source.error);
  const conflict = conflictingOptions(source.kind, options);
  if (conflict !== undefined) throw new Refusal(conflict);
  if (source.kind === "default") return { transition: loadDefault(self.state), ir: undefined };
  if (source.kind === "component") return loadLocation(chalk, self, source.location, argument, options);
  const transition = loadPrevious(self.state);
  if ("error" in transition) return { transition, ir: undefined };
  const { ir } = await tryOut(chalk, transition.state, { ...options, params: false });
  return { transition, ir };
}

/** True if the state that is about to be replaced could start; only such a one is worth remembering (7.6). */
function couldStart(chalk: Chalk): boolean {
  return !chalk.failures.some((failure) => failure.which === "embedded");
}

/** `chalk load SOURCE` */
export async function load(chalk: Chalk): Promise<number> {
  const options = optionsOf(chalk);
  const [argument] = commandArguments(chalk) as readonly [string];
  let claimed: ClaimedExecutable | undefined;
  try {
    const self = targetOf(chalk);
    claimed = claimExecutable(chalk, self);
    const { transition, ir } = await newState(chalk, self, argument, options);
    if ("error" in transition) throw new Refusal(transition.error);
    const state: SelfState = transition.changed ? rememberPrevious(self.state, transition.state, couldStart(chalk)) : self.state;
    if (!transition.changed) chalk.logger.info(`${self.path}: already using the same configuration`);
    return await writeConfiguration(chalk, self, {
      claimed,
      state,
      changed: transition.changed,
      ir: irOf(chalk, state, ir),
      validate: options.validate,
      isSettled: ir?.defaults !== undefined,
      foreign: self !== chalk.self,
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    chalk.logger.error(error.message);
    return 1;
  } finally {
    if (claimed !== undefined) abandonExecutable(claimed);
  }
}
