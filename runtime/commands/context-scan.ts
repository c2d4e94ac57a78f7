/**
 * What lies in the directories that an image is built from (`docker.md` 5, step 7): with `chalk_contained_items` its files are marked, and their marks
 * become EMBEDDED_CHALK of the image; with `docker.scan_context.run` it is looked through for artifacts of some kinds, which become collected artifacts.
 */
import { checkMark } from "../artifacts/check.js";
import type { ArtifactRun } from "../artifacts/run.js";
import { type FoundArtifact, prepareScan } from "../artifacts/scan.js";
import { ChangedDirectories } from "../codecs/directories.js";
import type { Json, JsonObject } from "../json.js";
import { isPrivateKey } from "../marks/format.js";
import { reasonOf } from "../reason.js";
import type { Engine } from "../report/index.js";
import type { Operation } from "../report/operation.js";
import { signerFor } from "../signing/own-keys.js";
import type { Chalk } from "../start/chalk.js";
import { insertOne } from "./insert.js";

function runOn(chalk: Chalk, engine: Engine, operation: Operation): Omit<ArtifactRun, "signer"> | undefined {
  const scan = prepareScan(chalk, operation, { recursive: true });
  if ("invalid" in scan) {
    chalk.logger.error(`ignore_patterns: '${scan.invalid}' is not a regular expression: ${scan.reason}`);
    return undefined;
  }
  const virtual = chalk.settings.bool("virtual_chalk", false);
  return { chalk, engine, operation, scan, virtual, directories: new ChangedDirectories(chalk.host), fail: () => {} };
}

/** What a scan says; our own executable, which may lie in the context, is left alone. */
function reporterOf({ logger }: Chalk) {
  return {
    error: (text: string) => logger.error(text),
    warn: (text: string) => logger.warn(text),
    missing: (path: string) => logger.error(`${path}: No such file or directory`),
    ourselves: () => false,
  };
}

/** Marks the files of build contexts; returns the value of EMBEDDED_CHALK. Errors are logged, no more. */
export async function markContexts(chalk: Chalk, engine: Engine, parent: Operation, roots: readonly string[]): Promise<Json[]> {
  if (roots.length === 0 || !chalk.settings.bool("chalk_contained_items", false)) return [];
  try {
    return await parent.subScanAsync("insert", async (operation) => {
      const run = runOn(chalk, engine, operation);
      if (run === undefined) return;
      const signer = await signerFor(chalk, operation);
      for (const found of run.scan.artifacts(roots, reporterOf(chalk), false)) await insertOne({ ...run, signer }, found);
      run.directories.sync();
    });
  } catch (error) {
    chalk.logger.error(`docker: the files of the build context are not marked: ${reasonOf(error)}`);
    return [];
  }
}

function collect(chalk: Chalk, operation: Operation, { artifact, claim }: FoundArtifact, mark: JsonObject): void {
  for (const [key, value] of mark) if (!isPrivateKey(key) && key !== "MAGIC") operation.setArtifact(artifact, key, value);
  operation.withArtifact(artifact, () => checkMark(chalk, operation, artifact, claim));
  operation.collectArtifact("post_chalk_keys", artifact);
  operation.collected.push(artifact);
}

/** Looks through build contexts; what has a mark is added to the collected artifacts. Errors are logged, no more. */
export function scanContexts(chalk: Chalk, engine: Engine, operation: Operation, roots: readonly string[]): void {
  const { settings, logger } = chalk;
  if (roots.length === 0 || !settings.bool("docker.scan_context.run", false)) return;
  const codecs = settings.strings("docker.scan_context.codecs", ["certs"]);
  try {
    operation.subScan("extract", (sub) => {
      const run = runOn(chalk, engine, sub);
      if (run === undefined) return;
      for (const found of run.scan.artifacts(roots, reporterOf(chalk), false)) {
        const { codec, mark } = found.artifact;
        if (mark !== undefined && (codecs.length === 0 || (codec !== undefined && codecs.includes(codec))))
          collect(chalk, operation, found, mark);
      }
    });
  } catch (error) {
    logger.error(`docker: the build context is not scanned: ${reasonOf(error)}`);
  }
}
