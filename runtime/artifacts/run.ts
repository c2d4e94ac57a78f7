/**
 * What insert, extract and delete have in common: the operation, the roots, words about paths that cannot be worked on, the exit code, the report.
 * Failing artifacts and missing paths leave the exit code 0, unless `policy.strict_exit_codes` says otherwise (`runtime-core.md` 3.1). A signal that wants to
 * end us waits for the file that is being written; there is no report then.
 */
import { ChangedDirectories } from "../codecs/directories.js";
import { connectEngine } from "../commands/engine.js";
import { heldSignals } from "../commands/interruption.js";
import { directoryOf } from "../paths.js";
import { reasonOf } from "../reason.js";
import type { Engine } from "../report/index.js";
import type { Operation } from "../report/operation.js";
import { resolveRoot } from "../scan/discover.js";
import { signerFor } from "../signing/own-keys.js";
import type { Signer } from "../signing/signer.js";
import type { Chalk } from "../start/chalk.js";
import { commandArguments } from "../start/chalk.js";
import { showProgress } from "./progress.js";
import { type ArtifactScan, type FoundArtifact, prepareScan } from "./scan.js";

export interface ArtifactRun {
  readonly chalk: Chalk;
  readonly engine: Engine;
  readonly operation: Operation;
  readonly scan: ArtifactScan;
  readonly virtual: boolean;
  /** Signs marks; undefined if nothing can, or nothing is marked. */
  readonly signer: Signer | undefined;
  /** Directories of what was written; synced before the report. */
  readonly directories: ChangedDirectories;
  /** An artifact could not be dealt with: matters for the exit code. */
  fail(): void;
}

export interface ArtifactCommand {
  readonly operation: "insert" | "extract" | "delete";
  /** Are environment variables searched (3.5)? */
  readonly environment: boolean;
  /** Said of a path that does not exist. */
  readonly missing: string;
  /** What is searched; absent: the arguments, else the configured search path. */
  readonly roots?: readonly string[];
  /** Deals with an argument that is no path; false if it is nothing else either. */
  elsewhere?(run: ArtifactRun, name: string): Promise<boolean>;
  /** Our own executable was named: undefined if that is allowed, else what to say. */
  readonly ourselves?: string;
  /** Deals with one artifact. */
  process(run: ArtifactRun, found: FoundArtifact): void | Promise<void>;
  /** Before the report. */
  finish?(run: ArtifactRun, count: number): void | Promise<void>;
}

/** The roots as reports name them: as given, a file by its directory. */
function searchPath(chalk: Chalk, roots: readonly string[]): string[] {
  return roots.map((root) => {
    const path = resolveRoot(chalk.host, root);
    let isFile = false;
    try {
      isFile = path !== undefined && chalk.host.files.find(path)?.kind === "file";
    } catch {}
    if (!isFile) return root;
    return root.includes("/") ? directoryOf(root) : ".";
  });
}

/** Runs a command over all artifacts that it finds, and reports. */
export async function runOverArtifacts(chalk: Chalk, command: ArtifactCommand): Promise<number> {
  const { settings, logger } = chalk;
  let problems = 0;
  const exitCode = () => (problems > 0 && settings.bool("policy.strict_exit_codes", false) ? 1 : 0);
  const engine = connectEngine(chalk, exitCode);
  const given = commandArguments(chalk);
  const roots = command.roots ?? (given.length > 0 ? given : settings.strings("artifact_search_path", ["."]));
  const operation = engine.begin(command.operation, { searchPath: searchPath(chalk, roots) });
  const scan = prepareScan(chalk, operation);
  if ("invalid" in scan) {
    logger.error(`ignore_patterns: '${scan.invalid}' is not a regular expression: ${scan.reason}`);
    return 1;
  }
  const signer = operation.chalking ? await signerFor(chalk, operation) : undefined;
  const fail = () => void problems++;
  const virtual = settings.bool("virtual_chalk", false);
  const directories = new ChangedDirectories(chalk.host);
  const run: ArtifactRun = { chalk, engine, operation, scan, virtual, signer, directories, fail };
  operation.collectHost();
  let count = 0;
  const noPaths: string[] = [];
  const lookElsewhere = async (path: string): Promise<void> => {
    const name = roots.find((root) => resolveRoot(chalk.host, root) === path) ?? path;
    if ((await command.elsewhere?.(run, name)) === true) {
      count += 1;
      return;
    }
    fail();
    logger.error(`${path}: ${command.missing}`);
  };
  const reporter = {
    error: (text: string) => {
      fail();
      logger.error(text);
    },
    warn: (text: string) => logger.warn(text),
    missing: (path: string) => void noPaths.push(path),
    ourselves: (path: string) => {
      if (command.ourselves === undefined) return true;
      logger.error(`${path}: ${command.ourselves}`);
      return false;
    },
  };
  const held = command.operation === "extract" || run.virtual ? undefined : heldSignals(chalk.host);
  const progress = showProgress(chalk.host, logger);
  for (const found of scan.steps(roots, reporter, command.environment)) {
    if ((await held?.pause()) !== undefined) break;
    progress.step(found?.artifact.name);
    if (found === undefined) continue;
    count += 1;
    try {
      await command.process(run, found);
    } catch (error) {
      logger.error(`${found.artifact.name}: ${reasonOf(error)}`);
      found.artifact.failed = true;
      fail();
    }
    operation.settle(found.artifact);
  }
  directories.sync();
  progress.end();
  const interruption = await held?.release();
  if (interruption !== undefined) {
    logger.error(interruption.message);
    return 128 + interruption.signal;
  }
  for (const path of noPaths) await lookElsewhere(path);
  await command.finish?.(run, count);
  await operation.report();
  await chalk.publisher.flush();
  return exitCode();
}
