/** `chalk insert` (`runtime-core.md` 4.1, `marks-and-codecs.md` 14.2): puts a mark into every artifact found, or publishes it with `--virtual`. */
import { markContained } from "../artifacts/contained.js";
import { injectChalk } from "../artifacts/inject.js";
import { carriesConfiguration, carryPrivateKeys, giveUp, makeMark } from "../artifacts/mark.js";
import { type ArtifactRun, runOverArtifacts } from "../artifacts/run.js";
import type { FoundArtifact } from "../artifacts/scan.js";
import type { Claim } from "../codecs/codec.js";
import { rescanOf } from "../codecs/index.js";
import { writeMark } from "../codecs/write.js";
import type { Artifact } from "../collect/types.js";
import { reasonOf } from "../reason.js";
import type { Chalk } from "../start/chalk.js";

/** Runs the command; the result is the exit code. */
export function insert(chalk: Chalk): Promise<number> {
  return runOverArtifacts(chalk, {
    operation: "insert",
    environment: true,
    missing: "No such file or directory",
    ourselves: "this is the chalk that is running; use `chalk load` to change what it carries",
    process: insertOne,
  });
}

/** Marks one artifact; what fails is logged. */
export async function insertOne(run: ArtifactRun, { artifact, claim }: FoundArtifact): Promise<void> {
  const { operation, chalk } = run;
  const { logger } = chalk;
  if (carriesConfiguration(artifact.mark)) {
    logger.info(`${artifact.name}: a chalk executable with a configuration of its own; insertion skipped`);
    return;
  }
  operation.artifacts.push(artifact);
  await operation.withArtifact(artifact, async () => {
    if (artifact.mark !== undefined) logger.info(`${artifact.name}: Existing chalk mark extracted`);
    else logger.trace(`${artifact.name}: no chalk mark yet`);
    if (claim === undefined || claim.readOnly === true) reportOnly(run, artifact, claim);
    else if (!(await tryToMark(run, artifact, claim))) {
      giveUp(operation, artifact);
      run.fail();
    }
  });
  operation.collectArtifact("post_chalk_keys", artifact);
}

/** Certificates have a mark that follows from their content; they are reported as they are. */
function reportOnly({ operation, chalk }: ArtifactRun, artifact: Artifact, claim: Claim | undefined): void {
  artifact.unmarkedHash ??= claim?.unmarkedHash();
  for (const [key, value] of artifact.mark ?? []) artifact.data.set(key, value);
  operation.setArtifact(artifact, "PRE_CHALK_HASH", artifact.unmarkedHash);
  operation.collectArtifact("pre_chalk_keys", artifact);
  chalk.logger.info(`${artifact.name}: artifacts of this kind hold no mark; nothing is written`);
}

/** As `markFile`; whatever is thrown is a failure of this artifact alone. */
async function tryToMark(run: ArtifactRun, artifact: Artifact, claim: Claim): Promise<boolean> {
  try {
    return await markFile(run, artifact, claim);
  } catch (error) {
    run.chalk.logger.error(`${artifact.name}: ${reasonOf(error)}`);
    return false;
  }
}

/** False if it failed; the log says why. */
async function markFile(run: ArtifactRun, artifact: Artifact, claim: Claim): Promise<boolean> {
  const { operation, chalk, scan, virtual, signer, directories } = run;
  const { logger, settings, publisher, host } = chalk;
  carryPrivateKeys(artifact);
  const virtualMarks: string[] = [];
  if (claim.container !== undefined) {
    if (settings.bool("chalk_contained_items", false)) {
      try {
        const options = { chalk, context: scan.context, signer, virtualMarks: virtual ? virtualMarks : undefined };
        operation.setArtifact(artifact, "EMBEDDED_CHALK", markContained(options, operation, claim));
      } catch (error) {
        logger.error(`${artifact.name}: its content could not be marked: ${reasonOf(error)}`);
      }
    }
    if (!virtual) injectChalk(chalk, artifact, claim);
  }
  const mark = makeMark(chalk, operation, artifact, claim, signer);
  if (mark === undefined) return false;
  if (virtual) {
    for (const text of [...virtualMarks, mark.text]) {
      const { delivered, subscribers } = await publisher.publish("virtual", text);
      if (subscribers > 0 && delivered.length === 0) {
        logger.error(`${artifact.name}: the virtual chalk mark could not be delivered`);
        return false;
      }
    }
    logger.info(`${artifact.name}: virtual chalk created`);
  } else {
    // Of an archive that changes meanwhile, a second look would not know what became of its content.
    const rescan = claim.container === undefined ? rescanOf(claim, host, scan.context) : () => undefined;
    const result = writeMark(claim, mark.text, rescan, { directories });
    if (result.kind === "failed" || result.kind === "changed") {
      logger.error(
        `${artifact.name}: the chalk mark could not be written: ${result.kind === "failed" ? result.reason : "the file keeps changing"}`,
      );
      return false;
    }
    logger.info(`${artifact.name}: chalk mark successfully added`);
  }
  artifact.mark = mark.mark;
  return true;
}
