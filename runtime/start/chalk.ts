/**
 * One run of the program: everything that start-up (`start.ts`) makes and commands use. A command gets this object and returns an exit code. Parts that many
 * runs don't need (schema, engine, codecs) are made when they are first asked for.
 */
import type { LegacyFinding } from "../../compiler/legacy/rewrite.js";
import type { Diagnostic } from "../../grammar/diagnostic.js";
import type { CommandLineSpec, ParsedLine } from "../cmdline/spec.js";
import { reportedFlags } from "../cmdline/spec.js";
import type { Session } from "../collect/types.js";
import type { Host } from "../host/host.js";
import type { SelfMark } from "../image/self.js";
import type { BuildIdentity, Logger } from "../log/index.js";
import type { Settings } from "../settings/settings.js";
import type { Shipped } from "../shipped/shipped.js";
import type { Publisher } from "../sinks/publisher.js";
import type { ConfigStack } from "../stack/stack.js";
import type { LoadedSchema } from "../validate/saved-schema.js";
import type { SetupForm } from "./old-words.js";

/** Facts of the build. */
export interface Build extends BuildIdentity {
  /** ISO 8601. */
  readonly date: string;
}

/** What never changes during a run. */
export interface Environment {
  readonly host: Host;
  readonly shipped: Shipped;
  readonly build: Build;
  readonly logger: Logger;
  /** Arguments as chalk understands them (`docker` put in front if we were called so, old spellings read as new ones). */
  readonly argv: readonly string[];
  /** Settings that flags of older releases stand for, by path. */
  readonly oldSettings?: ReadonlyMap<string, string | readonly string[]>;
  /** What an old form of `setup` asks for: only to make keys, or only to find them. */
  readonly setupForm?: SetupForm;
}

/** A configuration source that could not be used. */
export interface ConfigurationFailure {
  readonly which: "embedded" | "external";
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Chalk extends Environment {
  readonly stack: ConfigStack;
  readonly publisher: Publisher;
  /** The configuration as it is now; complete once `start` has returned. */
  readonly settings: Settings;
  readonly schema: LoadedSchema;
  readonly commandLine: CommandLineSpec;
  /** The command line, once it is committed. */
  line: ParsedLine | undefined;
  /** The mark of our own executable; undefined if it cannot hold one. */
  readonly self: SelfMark | undefined;
  /** Why our own executable, and with it its configuration, cannot be read; undefined if it can. */
  readonly unreadable: string | undefined;
  readonly session: Session;
  /** Configurations that failed to load; commands that go on regardless look here. */
  readonly failures: readonly ConfigurationFailure[];
  /** Variables that we have set in our environment, for the programs that we ask; those of the user don't get them. */
  readonly ownVariables: Set<string>;
  /** Texts of configuration files by the names that diagnostics use. */
  source(file: string): string | undefined;
  /** `copy_report_template_keys` calls. */
  /** Old spellings in the files that were compiled from source. */
  readonly legacyFindings: LegacyFinding[];
  readonly templateCopies: (readonly [from: string, to: string])[];
}

/** Dotted command; "" before it is known. */
export function commandOf(chalk: Pick<Chalk, "line">): string {
  return chalk.line?.command ?? "";
}

/** First part of the command: the operation (`runtime-core.md` 4). */
export function baseCommand(chalk: Pick<Chalk, "line">): string {
  return commandOf(chalk).split(".")[0] as string;
}

/** Positional arguments of the command. */
export function commandArguments(chalk: Pick<Chalk, "line">): readonly string[] {
  return chalk.line?.args.get(chalk.line.command) ?? [];
}

/** The value of a flag that has no field of its own; undefined if it was not given. */
export function flagValue(chalk: Pick<Chalk, "line">, name: string): boolean | string | readonly string[] | undefined {
  return chalk.line?.flags.get(name)?.value;
}

/** Flags as reports show them. */
export function commandFlags(chalk: Pick<Chalk, "line">): readonly string[] {
  return chalk.line === undefined ? [] : reportedFlags(chalk.line);
}
