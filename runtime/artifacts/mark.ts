/**
 * Marking one artifact (`marks-and-codecs.md` 2.4, 14.2): collect, build the mark once, write it, collect again. Used for files and for the entries of
 * archives alike; they differ only in where the result goes.
 */
import type { Claim } from "../codecs/codec.js";
import type { Artifact } from "../collect/types.js";
import type { Json } from "../json.js";
import { type BuiltMark, buildMark } from "../marks/build.js";
import { isChalkExecutable, isPrivateKey } from "../marks/format.js";
import { reasonOf } from "../reason.js";
import type { Operation } from "../report/operation.js";
import type { Chalk } from "../start/chalk.js";

/** Private members that exist in chalk's own mark only (`ours.md` 4). */
const NEVER_CARRIED: ReadonlySet<string> = new Set(["$CHALK_PREVIOUS_CONFIG", "$CHALK_IR"]);

/** Is this a chalk executable that carries a configuration, which `insert` leaves alone? */
export function carriesConfiguration(mark: Artifact["mark"]): boolean {
  return isChalkExecutable(mark) && mark?.has("$CHALK_CONFIG") === true;
}

/** Takes over what must survive in the next mark. */
export function carryPrivateKeys(artifact: Artifact): void {
  for (const [key, value] of artifact.mark ?? [])
    if (isPrivateKey(key) && !NEVER_CARRIED.has(key)) artifact.data.set(key, value as Json);
}

/**
 * Collects the chalk-time keys of an artifact and builds its mark.
 * @returns the mark; undefined, and an error in the log, if it would be invalid or the content cannot be read.
 */
export function makeMark(chalk: Chalk, operation: Operation, artifact: Artifact, claim: Claim): BuiltMark | undefined {
  const { logger, host } = chalk;
  try {
    artifact.unmarkedHash ??= claim.unmarkedHash();
  } catch (error) {
    logger.error(`${artifact.name}: ${reasonOf(error)}`);
    return undefined;
  }
  operation.collectArtifact("pre_chalk_keys", artifact);
  const built = buildMark(operation.markIngredients(artifact), host.hashing);
  for (const key of built.dropped)
    logger.warn(`${artifact.name}: ${key} is not a finite number and is left out of the chalk mark`);
  if (built.invalid !== undefined) {
    logger.error(`${artifact.name}: ${built.invalid}`);
    return undefined;
  }
  operation.setArtifact(artifact, "METADATA_ID", built.metadataId);
  operation.setArtifact(artifact, "METADATA_HASH", built.metadataHash);
  return built;
}

/** The artifact could not be marked: it stays in the report, without keys of a mark, and counts as unmarked (14.2). */
export function giveUp(operation: Operation, artifact: Artifact): void {
  artifact.failed = true;
  artifact.mark = undefined;
  if (artifact.path !== undefined) operation.unmarked.push(artifact.path);
}
