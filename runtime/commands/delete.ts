/** `chalk delete` (`runtime-core.md` 4.3, `marks-and-codecs.md` 14.4): takes marks out, and reports what they said. Unmarked artifacts stay as they are. */
import { checkMark } from "../artifacts/check.js";
import { type ArtifactRun, runOverArtifacts } from "../artifacts/run.js";
import type { FoundArtifact } from "../artifacts/scan.js";
import type { Claim } from "../codecs/codec.js";
import { rescanOf } from "../codecs/index.js";
import { writeMark } from "../codecs/write.js";
import type { Artifact } from "../collect/types.js";
import { isChalkExecutable } from "../marks/format.js";
import type { Chalk } from "../start/chalk.js";

/** Runs the command; the result is the exit code. */
export function deleteMarks(chalk: Chalk): Promise<number> {
  return runOverArtifacts(chalk, {
    operation: "delete",
    environment: false,
    missing: "No such file or directory",
    ourselves: "this is the chalk that is running, which keeps its mark; use `chalk load` to change what it carries",
    process: deleteOne,
  });
}

function deleteOne(run: ArtifactRun, { artifact, claim }: FoundArtifact): void {
  const { operation, chalk } = run;
  const { logger } = chalk;
  if (claim === undefined) return;
  if (artifact.mark === undefined) {
    logger.info(`${artifact.name}: no chalk mark to delete`);
    if (artifact.path !== undefined) operation.unmarked.push(artifact.path);
    return;
  }
  operation.artifacts.push(artifact);
  operation.withArtifact(artifact, () => {
    checkMark(chalk, operation, artifact, claim);
    removeMark(run, artifact, claim);
  });
  operation.collectArtifact("post_chalk_keys", artifact);
}

function removeMark(run: ArtifactRun, artifact: Artifact, claim: Claim): void {
  const { chalk, scan, virtual, directories } = run;
  const { logger, host } = chalk;
  if (claim.readOnly === true) {
    logger.info(`${artifact.name}: artifacts of this kind hold no mark; nothing is written`);
  } else if (isChalkExecutable(artifact.mark)) {
    logger.warn(`${artifact.name}: a chalk executable cannot be unmarked`);
    artifact.failed = true;
    run.fail();
  } else if (virtual) {
    logger.info(`${artifact.name}: the chalk mark would be deleted`);
  } else {
    const result = writeMark(claim, undefined, rescanOf(claim, host, scan.context), { directories });
    if (result.kind === "failed" || result.kind === "changed") {
      logger.error(
        `${artifact.name}: the chalk mark could not be deleted: ${result.kind === "failed" ? result.reason : "the file keeps changing"}`,
      );
      artifact.failed = true;
      run.fail();
    } else if (result.kind === "written") logger.info(`${artifact.name}: chalk mark successfully deleted`);
  }
}
