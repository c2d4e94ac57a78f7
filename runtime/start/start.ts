/**
 * Start-up (`runtime-core.md` 1): from arguments to a complete configuration and a committed command line. Numbered as the stages of 1.2; stages 1-4, 6
 * and 9 were done when the project was built (`runtime/shipped/`), the rest happens here, in order.
 *
 * Configurations may fail. What that means depends on the command (7.6): some go on with the shipped configuration, `exec` and `docker` run the user's
 * program, all others end with exit code 1. `start` rebuilds the state without the failed configuration and reports what failed.
 */

import type { Capability } from "../../compiler/context.js";
import type { FunctionIr } from "../../compiler/ir.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import type { Builtin } from "../builtins/builtin.js";
import { builtins } from "../builtins/index.js";
import { commitLine, commitTopFlags, finalize } from "../cmdline/commit.js";
import { type ParseOutcome, parseCommandLine } from "../cmdline/parse.js";
import { commitPort } from "../cmdline/port.js";
import type { CommandSpec, ParsedLine } from "../cmdline/spec.js";
import type { Session } from "../collect/types.js";
import type { PolicyName } from "../effects/policy.js";
import { setOverride } from "../evaluate/assign.js";
import { callFunction } from "../evaluate/evaluate.js";
import { type LoadedModule, loadModules, sameOrigin } from "../evaluate/module.js";
import { defineFunction, type Runtime } from "../evaluate/runtime.js";
import { HostError } from "../host/host.js";
import { readSelfMark, type SelfMark } from "../image/self.js";
import { createSettings } from "../settings/create.js";
import type { Settings } from "../settings/settings.js";
import type { Shipped } from "../shipped/shipped.js";
import { isUntouched } from "../shipped/snapshot.js";
import { createPublisher, type Publisher } from "../sinks/publisher.js";
import { ConfigStack, type SourceParser } from "../stack/stack.js";
import { effectiveOrigin, lookup, type Origin } from "../store.js";
import { type LoadedSchema, restoreLoadedSchema } from "../validate/saved-schema.js";
import { TrustingValidator } from "../validate/trust.js";
import { FunctionValue } from "../values.js";
import type { Chalk, ConfigurationFailure, Environment } from "./chalk.js";
import { baseCommand, commandArguments, commandFlags } from "./chalk.js";
import { embeddedName, findExternal, resolvedPath, runEmbedded, runExternal, trialName } from "./configurations.js";
import { prepareEndings } from "./endings.js";
import { privilegeProblem } from "./privilege.js";
import { switchReports } from "./report-switches.js";
import { applyLogSettings, createServices, type ServiceState } from "./services.js";

export interface StartOptions {
  /** Which of the user's configurations to run; default both, unless flags say otherwise. */
  readonly embedded?: boolean;
  readonly external?: boolean;
  /** Nothing is logged or subscribed by configurations (self-check, trial, lint). */
  readonly silent?: boolean;
  /** What the configurations may do; default `trial` if silent, else `run` (`builtins.md` 0.5). */
  readonly policy?: PolicyName;
  /** Environment variables that a `lint` run may see. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Classes that run for real although the policy does not allow them. */
  readonly allow?: ReadonlySet<Capability>;
  /** Functions that the configuration may call besides the builtins. */
  readonly stubs?: readonly Builtin[];
  /** Facts of the session that another process of ours began (the reporter of `exec`). */
  readonly session?: Partial<Session>;
  /** Path of the executable that carries our mark; default: ours. */
  readonly executable?: string;
}

export type StartResult =
  | { readonly kind: "ready"; readonly chalk: Chalk }
  /** The command line is wrong. `command` is where it went wrong; `searchFor`: the unknown first word. */
  | {
      readonly kind: "usage";
      readonly problem: Diagnostic;
      readonly command: CommandSpec;
      readonly chalk: Chalk;
      readonly searchFor?: string;
    };

/** The state of one attempt to start. */
class Attempt implements ServiceState {
  readonly silent: boolean;
  private readonly skipsExternal: boolean;
  ambiguous = false;
  readonly chalk: Chalk;
  private outcome: ParseOutcome | undefined;
  /** Where the log level comes from that the shipped configuration has chosen. */
  private initialLevel: Origin | undefined;
  private doneFlags: ReadonlySet<string> = new Set();
  private readonly failed: ConfigurationFailure[] = [];
  private readonly texts = new Map<string, string>();

  constructor(environment: Environment, options: StartOptions, self: SelfMark | undefined, unreadable: string | undefined) {
    this.silent = options.silent === true;
    this.skipsExternal = options.external === false;
    const { host, shipped, logger, build } = environment;
    let schema: LoadedSchema | undefined;
    const loadSchema = (): LoadedSchema => {
      schema ??= restoreLoadedSchema(shipped.schemaText(), { host, builtins, services: createServices(this) }) as LoadedSchema;
      return schema;
    };
    const trust = new TrustingValidator(loadSchema, {
      builtInChanges: (file) => (file === embeddedName || file === trialName ? "warning" : undefined),
      alsoTouched: () => this.touchedByFlags(),
    });
    const known = options.stubs === undefined ? builtins : [...builtins, ...options.stubs];
    const stack = new ConfigStack({
      host,
      builtins: known,
      store: shipped.store(),
      services: createServices(this),
      policy: options.policy ?? (this.silent ? "trial" : "run"),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
      ...(options.allow === undefined ? {} : { allow: options.allow }),
      validator: trust.validate,
      beforeEvaluation: (runtime, compiled) => trust.before(runtime, compiled),
      parser: () => this.parser(),
      readsPolicy: true,
      contextKnows: isUntouched,
      context: async () => {
        const { restoreContext } = await import("../../compiler/serialize.js");
        const context = restoreContext(JSON.parse(shipped.contextText()), known);
        if (context === undefined) throw new Error("the prepared context is of another format");
        return context;
      },
    });
    const { runtime } = stack;
    registerShippedFunctions(runtime, shipped);
    for (const [name, value] of shipped.cells()) runtime.cells.set(name, value);
    // The schema is read only if a field is asked for that no stanza holds.
    const settings: Settings = createSettings(
      runtime.store,
      () => loadSchema().schema,
      (reference, args, what) => {
        if (!(reference instanceof FunctionValue) && typeof reference !== "string") return undefined;
        const result = callFunction(runtime, reference, args);
        if (result.ok) return result.value;
        logger.error(what === undefined ? result.diagnostic.message : `${what}: ${result.diagnostic.message}`);
        return undefined;
      },
    );
    const publisher: Publisher = createPublisher({ host, logger, settings: () => settings, version: build.version });
    const session = createSession(environment, options, self);
    const texts = this.texts;
    this.chalk = {
      ...environment,
      stack,
      publisher,
      settings,
      get schema() {
        return loadSchema();
      },
      commandLine: shipped.commandLine(),
      line: undefined,
      self,
      unreadable,
      session,
      failures: this.failed,
      ownVariables: new Set(),
      templateCopies: [],
      legacyFindings: [],
      source: (file) => texts.get(file) ?? componentText(stack, file),
    };
  }

  /** User files may use the spellings of older releases; what was read differently is kept for `config lint`. */
  private async parser(): Promise<SourceParser> {
    const [{ parse }, { modernize }] = await Promise.all([
      import("../../grammar/parse.js"),
      import("../../compiler/legacy/rewrite.js"),
    ]);
    return (source) => {
      const parsed = parse(source);
      const { ast, findings } = modernize(parsed.ast, source);
      this.chalk.legacyFindings.push(...findings);
      return { ast, diagnostics: parsed.diagnostics };
    };
  }

  /** Stage 7: the command line. Returns what is wrong with it. */
  parse(): Extract<StartResult, { kind: "usage" }> | undefined {
    const { chalk } = this;
    const outcome = parseCommandLine(chalk.commandLine, chalk.argv, {
      pathExists: (path) => chalk.host.files.find(path) !== undefined,
    });
    this.outcome = outcome;
    if (outcome.kind === "error") return this.usage(outcome.diagnostic, outcome.command);
    if (outcome.kind === "parsed") return this.commit(outcome.line);
    this.ambiguous = true;
    const problem = commitTopFlags(outcome.topFlags, this.port());
    this.doneFlags = new Set(outcome.topFlags.keys());
    return problem === undefined ? undefined : this.usage(problem, chalk.commandLine.root);
  }

  private port(): ReturnType<typeof commitPort> {
    return commitPort(this.chalk.stack.runtime, undefined);
  }

  private usage(problem: Diagnostic, command: CommandSpec, searchFor?: string): Extract<StartResult, { kind: "usage" }> {
    return { kind: "usage", problem, command, chalk: this.chalk, ...(searchFor === undefined ? {} : { searchFor }) };
  }

  private commit(line: ParsedLine): Extract<StartResult, { kind: "usage" }> | undefined {
    // Callbacks may ask for command and arguments.
    this.chalk.line = line;
    const problem = commitLine(this.chalk.commandLine, line, this.port(), { done: this.doneFlags });
    for (const [path, value] of this.chalk.oldSettings ?? []) {
      const type = typeof value === "string" ? "string" : "list[string]";
      setOverride(this.chalk.stack.runtime, path.split("."), value, type, { kind: "flag", flag: "--key-file" });
    }
    return problem === undefined ? undefined : this.usage(problem, line.path[line.path.length - 1] as CommandSpec);
  }

  /** Stage 8: what depends on terminal, environment and command. */
  io(): void {
    const { stack, shipped } = this.chalk;
    for (const module of shipped.startFiles()) stack.runCompiled({ module, components: new Map() }, "not even defaults");
    const level = lookup(stack.runtime.store, ["log_level"]);
    if (level?.kind === "attribute") this.initialLevel = effectiveOrigin(level);
    this.localSettings();
  }

  /** Local settings (1.2): what the configuration says about the log takes effect at once. */
  private localSettings(): void {
    if (!this.silent) applyLogSettings(this.chalk);
  }

  /** For configurations that may take their time. `exec` is as good as the program that it becomes, and ends as that would. */
  private prepareEndings(): void {
    if (baseCommand(this.chalk) !== "exec") prepareEndings(this.chalk);
  }

  /** Fields that flags have set. */
  private touchedByFlags(): string[] {
    const flags = this.chalk.line?.flags ?? (this.outcome?.kind === "ambiguous" ? this.outcome.topFlags : undefined) ?? new Map();
    return [...flags.values()].flatMap(({ flag }) => (flag.field === undefined ? [] : [flag.field]));
  }

  /** May a settled configuration go without validation? Not if a later file or the free text of a flag could break a rule together with it. */
  private mayTrust(): boolean {
    if (!this.withoutExternal()) return false;
    const flags = this.chalk.line?.flags.values() ?? [];
    return [...flags].every(
      ({ flag }) =>
        flag.field === undefined || flag.field === "exec.command_name" || (flag.kind !== "arg" && flag.kind !== "multi-arg"),
    );
  }

  private withoutExternal(): boolean {
    const { host, settings } = this.chalk;
    return (
      this.skipsExternal ||
      !settings.bool("load_external_config", true) ||
      (this.namedFile() === undefined && findExternal(host, settings) === undefined)
    );
  }

  /** Stages 11 and 12. False if the embedded configuration failed. */
  async embedded(): Promise<boolean> {
    const { chalk } = this;
    if (chalk.self === undefined || !chalk.settings.bool("load_embedded_config", true)) return true;
    const { config } = chalk.self.state;
    this.texts.set(embeddedName, config ?? "");
    const refused = config === undefined ? undefined : privilegeProblem(chalk.host, embeddedName);
    const diagnostics =
      refused === undefined
        ? await runEmbedded(chalk.stack, chalk.self, chalk.host, chalk.build.version, chalk.logger, this.mayTrust(), () =>
            this.prepareEndings(),
          )
        : [refused];
    this.localSettings();
    if (diagnostics.length === 0) return true;
    this.failed.push({ which: "embedded", file: embeddedName, diagnostics });
    return false;
  }

  /** Stage 13. False if the external configuration failed. */
  async external(): Promise<boolean> {
    const { chalk } = this;
    const { host, settings, logger } = chalk;
    if (!settings.bool("load_external_config", true)) return true;
    const named = this.namedFile();
    const found = named === undefined ? findExternal(host, settings) : { path: named, legacyName: false };
    if (found === undefined) return true;
    if (named === undefined) logger.info(`${found.path}: found config file.`);
    if (found.legacyName) logger.warn(`${found.path}: configuration files are called chalk.c4m now`);
    this.prepareEndings();
    const refused = privilegeProblem(host, found.path);
    const { text, diagnostics } =
      refused === undefined ? await runExternal(chalk.stack, host, found.path) : { text: undefined, diagnostics: [refused] };
    if (text !== undefined) this.texts.set(found.path, text);
    (chalk.session as { externalConfig: string | undefined }).externalConfig = text;
    this.localSettings();
    if (diagnostics.length === 0) return true;
    this.failed.push({ which: "external", file: found.path, diagnostics });
    return false;
  }

  /** The file that `--config-file` names: it is the only one, and must exist. */
  private namedFile(): string | undefined {
    const { outcome, chalk } = this;
    const flags = chalk.line?.flags ?? (outcome?.kind === "ambiguous" ? outcome.topFlags : undefined);
    const value = flags?.get("config-file")?.value;
    return typeof value === "string" ? (resolvedPath(chalk.host, value) ?? value) : undefined;
  }

  /** Stage 14: an undecided command line takes the default command. */
  finish(): Extract<StartResult, { kind: "usage" }> | undefined {
    const { chalk, outcome } = this;
    if (outcome?.kind !== "ambiguous") return undefined;
    const chosen = finalize(outcome, chalk.settings.string("default_command", "help"));
    this.ambiguous = false;
    if ("code" in chosen) {
      const word = chalk.argv.find((item) => !item.startsWith("-"));
      return this.usage(chosen, chalk.commandLine.root, word);
    }
    const problem = this.commit(withoutFlagWords(chosen, outcome.candidates));
    if (problem === undefined) this.quieten();
    return problem;
  }

  /**
   * The default command turns out to run other people's programs: the log level is that of such a command, unless somebody has set one (`facts/ioconfig.md` 1;
   * the rule itself is in `configs/ioconfig.c4m`).
   */
  private quieten(): void {
    const { chalk, initialLevel } = this;
    const command = baseCommand(chalk);
    const node = lookup(chalk.stack.runtime.store, ["log_level"]);
    if ((command !== "exec" && command !== "docker") || node?.kind !== "attribute") return;
    if (initialLevel === undefined || node.override !== undefined || !sameOrigin(effectiveOrigin(node), initialLevel)) return;
    const onTerminal = ([0, 1, 2] as const).some((fd) => chalk.host.terminal.isTerminal(fd));
    const level = command === "exec" && onTerminal ? "none" : "error";
    setOverride(chalk.stack.runtime, ["log_level"], level, "string", { kind: "host", by: "default_command" });
    this.localSettings();
  }

  /** Reports that flags turn on or off. Where a configuration failed, the names in it are not known, and its failure is what counts. */
  switchReports(): Extract<StartResult, { kind: "usage" }> | undefined {
    const { chalk } = this;
    if (chalk.failures.length > 0 || chalk.line?.flags === undefined) return undefined;
    const problem = switchReports(chalk);
    return problem === undefined ? undefined : this.usage(problem, chalk.line.path.at(-1) ?? chalk.commandLine.root);
  }

  /** Facts that are known only now. */
  seal(): void {
    const session = this.chalk.session as { commandFlags: readonly string[]; commandArgs: readonly string[] };
    if (session.commandFlags.length === 0) session.commandFlags = commandFlags(this.chalk);
    if (session.commandArgs.length === 0) session.commandArgs = commandArguments(this.chalk);
  }

  keepFailures(failures: readonly ConfigurationFailure[], texts: ReadonlyMap<string, string>): void {
    this.failed.push(...failures);
    for (const [file, text] of texts) if (!this.texts.has(file)) this.texts.set(file, text);
  }

  get sourceTexts(): ReadonlyMap<string, string> {
    return this.texts;
  }
}

/**
 * A `help` that was guessed has every word as argument, since it knows no flags (`--config-file x --help`). If another candidate found nothing but flags
 * in them, there is no topic.
 */
function withoutFlagWords(line: ParsedLine, candidates: readonly ParsedLine[]): ParsedLine {
  if (line.path.at(-1)?.ignoreAllFlags !== true) return line;
  const onlyFlags = candidates.some(
    (other) => other.path.at(-1)?.ignoreAllFlags !== true && (other.args.get(other.command) ?? []).length === 0,
  );
  return onlyFlags ? { ...line, args: new Map([...line.args, [line.command, []]]) } : line;
}

/** Makes the functions of the shipped files known. Their code is read when one of them is called. */
function registerShippedFunctions(runtime: Runtime, shipped: Shipped): void {
  let modules: readonly LoadedModule[] | undefined;
  const load = (): readonly LoadedModule[] => {
    if (modules === undefined) {
      modules = shipped.functionFiles().map((module) => loadModules(module, new Map(), (name) => name).main);
      for (const module of modules) runtime.modules.add(module);
    }
    return modules;
  };
  for (const { name, entry, file, index } of shipped.functions()) {
    defineFunction(runtime, entry, {
      kind: "user",
      name,
      get module() {
        return load()[file] as LoadedModule;
      },
      get ir() {
        return (load()[file] as LoadedModule).ir.functions[index] as FunctionIr;
      },
    });
  }
}

function componentText(stack: ConfigStack, file: string): string | undefined {
  return stack.components.sources.get(file.replace(/\.c4m$/, ""))?.text;
}

function createSession({ host, build }: Environment, options: StartOptions, self: SelfMark | undefined): Session {
  const { processes, clock, machine } = host;
  const random = (): string => [...machine.randomBytes(8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    version: build.version,
    commit: build.commit,
    execId: options.session?.execId ?? random(),
    startTime: options.session?.startTime ?? clock.now(),
    startMonotonic: options.session?.startMonotonic ?? clock.monotonic(),
    argv: options.session?.argv ?? [processes.executable, ...processes.argv],
    commandFlags: options.session?.commandFlags ?? [],
    commandArgs: options.session?.commandArgs ?? [],
    externalConfig: undefined,
    heartbeatCount: 0,
    selfChalkId: self?.chalkId,
    ...publicKeyOf(self),
  };
}

/** The key that marks are signed with, as marks name it; none before the executable was ever set up (`runtime-core.md` 15.1). */
function publicKeyOf(self: SelfMark | undefined): Pick<Session, "publicKey"> {
  const { loadCount = 0, publicKey } = self?.state ?? {};
  return loadCount > 0 && publicKey !== undefined ? { publicKey } : {};
}

/** Reads our own mark, or says why that cannot be done. */
function ownMark(
  { host }: Environment,
  options: StartOptions,
): { readonly self?: SelfMark | undefined; readonly problem?: string } {
  const path = options.executable ?? host.processes.executable;
  try {
    return { self: readSelfMark(host, path) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { problem: `${path}: chalk cannot read its own executable (${error.code}); chmod +rx makes it readable` };
  }
}

/**
 * Starts up: all stages for the given arguments. Configurations that fail are in `chalk.failures`, and the state is then that without them; what to do
 * about that is the caller's decision (7.6).
 */
export async function start(environment: Environment, options: StartOptions = {}): Promise<StartResult> {
  const { self, problem } = ownMark(environment, options);
  let withEmbedded = options.embedded !== false;
  let withExternal = options.external !== false;
  let failures: readonly ConfigurationFailure[] = [];
  let texts: ReadonlyMap<string, string> = new Map();
  for (;;) {
    const attempt = new Attempt(environment, options, self, problem);
    attempt.keepFailures(failures, texts);
    const wrong = attempt.parse();
    if (wrong !== undefined) return wrong;
    attempt.io();
    const again = (): void => {
      failures = attempt.chalk.failures;
      texts = attempt.sourceTexts;
    };
    if (withEmbedded && !(await attempt.embedded())) {
      withEmbedded = false;
      again();
      continue;
    }
    if (withExternal && !(await attempt.external())) {
      withExternal = false;
      again();
      continue;
    }
    const undecided = attempt.finish() ?? attempt.switchReports();
    if (undecided !== undefined) return undecided;
    attempt.seal();
    return { kind: "ready", chalk: attempt.chalk };
  }
}
