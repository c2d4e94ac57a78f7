/**
 * Configurations that a `config` sub-command looks at: files named on the command line, evaluated as a stack in an environment of their own, or the
 * configuration in force (`ours.md` 1.2). Nothing here has an effect on the host: evaluation runs under a capability policy.
 */
import type { Capability } from "../../../compiler/context.js";
import type { LegacyFinding } from "../../../compiler/legacy/rewrite.js";
import type { Schema } from "../../../compiler/schema/schema.js";
import { checkUnexecuted } from "../../../compiler/schema/unexecuted.js";
import type { StoredModule } from "../../../compiler/serialize.js";
import { type Diagnostic, hasErrors } from "../../../grammar/diagnostic.js";
import { decodeSource, type SourceFile, sourceFromText } from "../../../grammar/source.js";
import { didYouMean, suggest } from "../../../grammar/suggest.js";
import { type Builtin, stubBuiltin } from "../../builtins/builtin.js";
import { builtins } from "../../builtins/index.js";
import type { PolicyName } from "../../effects/policy.js";
import { ConfigStack } from "../../stack/stack.js";
import { type Chalk, commandArguments, flagValue } from "../../start/chalk.js";
import { embeddedName, findExternal, installComponents, readConfiguration, resolvedPath } from "../../start/configurations.js";
import { privilegeProblem } from "../../start/privilege.js";
import { start } from "../../start/start.js";
import type { Store } from "../../store.js";
import { readType } from "../../type-tools.js";
import { schemaValidator } from "../../validate/config.js";
import { loadSchema } from "../../validate/load-schema.js";

/** One source of a candidate, read. */
export interface CandidateFile {
  readonly source: SourceFile | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Components and parameters that the embedded configuration brings along. */
  readonly embedded: boolean;
}

export interface Evaluated {
  readonly diagnostics: readonly Diagnostic[];
  readonly store: Store;
  readonly stack: ConfigStack;
  /** Files that compiled. */
  readonly modules: readonly StoredModule[];
  readonly findings: readonly LegacyFinding[];
  /** `copy_report_template_keys` calls. */
  readonly templateCopies: Chalk["templateCopies"];
  source(file: string): string | undefined;
}

export interface EvaluateOptions {
  readonly policy: PolicyName;
  readonly bare: boolean;
  readonly schema: string | undefined;
  /** Variables that a lint run may see. */
  readonly environment: Readonly<Record<string, string>>;
  /** Classes that run for real although the policy doesn't allow them. */
  readonly allow: ReadonlySet<Capability>;
  /** Functions of an application, as `name(types) -> type`. */
  readonly stubs: readonly string[];
}

/** Reads the files of the command line; `-` is standard input. Without any: the configuration in force. */
export function candidateFiles(chalk: Chalk, names: readonly string[] = commandArguments(chalk)): CandidateFile[] {
  if (names.length === 0) return inForce(chalk);
  return names.map((name) => {
    if (name === "-") {
      const { source, diagnostics } = decodeSource("<stdin>", chalk.host.terminal.readAll());
      return { source, diagnostics, embedded: false };
    }
    return {
      ...readConfiguration(chalk.host, name.startsWith("~") ? (resolvedPath(chalk.host, name) ?? name) : name),
      embedded: false,
    };
  });
}

/** The embedded configuration, then the external file. */
function inForce(chalk: Chalk): CandidateFile[] {
  const files: CandidateFile[] = [];
  const { settings, self, host } = chalk;
  if (self?.state.config !== undefined && settings.bool("load_embedded_config", true)) {
    files.push({ source: sourceFromText(embeddedName, self.state.config), diagnostics: [], embedded: true });
  }
  const named = flagValue(chalk, "config-file");
  const external = !settings.bool("load_external_config", true)
    ? undefined
    : typeof named === "string"
      ? (resolvedPath(host, named) ?? named)
      : findExternal(host, settings)?.path;
  if (external !== undefined) files.push({ ...readConfiguration(host, external), embedded: false });
  return files;
}

/** The builtin that a text `name(types) -> type` declares; nothing if it declares none. */
function stubOf(text: string): readonly Builtin[] {
  const match = /^\s*([^\s(]+)\s*(\(.*)$/s.exec(text);
  const type = match === null ? undefined : readType(match[2] as string);
  return match === null || type?.kind !== "function" ? [] : [stubBuiltin(match[1] as string, type)];
}

/** A stack for the candidates: chalk's start without the user's configurations, or the bare language. */
async function openStack(
  chalk: Chalk,
  options: EvaluateOptions,
): Promise<{
  stack: ConfigStack;
  diagnostics: readonly Diagnostic[];
  findings: LegacyFinding[];
  templateCopies: Chalk["templateCopies"];
  text: (file: string) => string | undefined;
  schema: (() => Schema) | undefined;
}> {
  const stubs = options.stubs.flatMap(stubOf);
  if (!options.bare && options.schema === undefined) {
    const { chalk: fresh } = await start(chalk, {
      embedded: false,
      external: false,
      silent: true,
      policy: options.policy,
      environment: options.environment,
      allow: options.allow,
      stubs,
    });
    return {
      stack: fresh.stack,
      diagnostics: [],
      findings: fresh.legacyFindings,
      templateCopies: fresh.templateCopies,
      text: fresh.source,
      schema: () => fresh.schema.schema,
    };
  }
  const base = {
    host: chalk.host,
    builtins: [...builtins, ...stubs],
    policy: options.policy,
    environment: options.environment,
    allow: options.allow,
  };
  let diagnostics: readonly Diagnostic[] = [];
  let validator: ReturnType<typeof schemaValidator> | undefined;
  let schema: Schema | undefined;
  const texts = new Map<string, string>();
  if (options.schema !== undefined) {
    const read = readConfiguration(chalk.host, options.schema);
    diagnostics = read.diagnostics;
    if (read.source !== undefined) {
      texts.set(options.schema, read.source.text);
      const { loaded, diagnostics: problems } = loadSchema([{ file: options.schema, text: read.source.text }], base);
      diagnostics = [...diagnostics, ...problems];
      if (loaded !== undefined) {
        validator = schemaValidator(loaded);
        schema = loaded.schema;
      }
    }
  }
  return {
    stack: new ConfigStack({ ...base, ...(validator === undefined ? {} : { validator }) }),
    diagnostics,
    findings: [],
    templateCopies: [],
    text: (file) => texts.get(file),
    schema: schema === undefined ? undefined : () => schema as Schema,
  };
}

/** Evaluates candidates in order; the first that fails ends the stack. */
export async function evaluateCandidates(
  chalk: Chalk,
  files: readonly CandidateFile[],
  options: EvaluateOptions,
): Promise<Evaluated> {
  const opened = await openStack(chalk, options);
  const { stack, findings } = opened;
  const diagnostics: Diagnostic[] = [...opened.diagnostics];
  const modules: StoredModule[] = [];
  const texts = new Map(
    files.flatMap((file) => (file.source === undefined ? [] : [[file.source.name, file.source.text] as const])),
  );
  for (const file of files) {
    if (file.source === undefined || hasErrors(file.diagnostics) || hasErrors(diagnostics)) {
      diagnostics.push(...file.diagnostics);
      continue;
    }
    const refused = privilegeProblem(chalk.host, file.source.name);
    if (refused !== undefined) {
      diagnostics.push(refused);
      continue;
    }
    if (file.embedded && chalk.self !== undefined) installComponents(stack, chalk.self.state, () => {});
    const result = await stack.run(file.source, "all", file.diagnostics);
    diagnostics.push(...result.diagnostics);
    // Names that no schema knows, and types that it refuses, are worth telling even if the file cannot be evaluated; not where the text itself is broken, since much of it was skipped.
    if (
      result.declared !== undefined &&
      opened.schema !== undefined &&
      !result.diagnostics.some((d) => d.severity === "error" && (d.phase === "lex" || d.phase === "parse"))
    )
      diagnostics.push(...checkUnexecuted(opened.schema(), result.declared, () => "absent").filter((d) => d.code !== "C4M-S018"));
    if (result.compiled !== undefined) modules.push(result.compiled);
  }
  const source = (file: string): string | undefined =>
    texts.get(file) ?? opened.text(file) ?? stack.components.sources.get(file.replace(/\.c4m$/, ""))?.text;
  return { diagnostics, store: stack.runtime.store, stack, modules, findings, templateCopies: opened.templateCopies, source };
}

/** What is wrong with the options of a command line: classes that don't exist, functions whose form is not `name(type, …) -> type`. */
export function optionProblem({ allow, stubs }: EvaluateOptions): string | undefined {
  const classes = [...new Set(builtins.flatMap((builtin) => builtin.classes))].sort();
  for (const name of allow) {
    if (classes.includes(name)) continue;
    const hint = didYouMean(suggest(name, classes));
    return `--allow: there is no capability class '${name}'; ${hint ?? `there are ${classes.join(", ")}`}`;
  }
  const stub = stubs.find((text) => stubOf(text).length === 0);
  return stub === undefined ? undefined : `--stub: '${stub}' is not of the form 'name(type, …) -> type'`;
}

/** Options of a command line for evaluation under a policy. */
export function evaluateOptions(chalk: Chalk, policy: PolicyName): EvaluateOptions {
  const list = (name: string): readonly string[] => {
    const value = flagValue(chalk, name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  };
  const environment = Object.fromEntries(
    list("env").map((pair) => {
      const equals = pair.indexOf("=");
      return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
  const schema = flagValue(chalk, "schema");
  return {
    policy,
    bare: flagValue(chalk, "bare") === true,
    schema: typeof schema === "string" ? schema : undefined,
    environment,
    allow: new Set(list("allow") as readonly Capability[]),
    stubs: list("stub"),
  };
}
