/**
 * Marking one artifact (`marks-and-codecs.md` 2.4, 14.2): collect, build the mark once, write it, collect again. Used for files and for the entries of
 * archives alike; they differ only in where the result goes.
 */
import type { Claim } from "../codecs/codec.js";
import type { Artifact } from "../collect/types.js";
import type { Json } from "../json.js";
import { type BuiltMark, buildMark } from "../marks/build.js";
import { isChalkExecutable, isPrivateKey } from "../marks/format.js";
import { signedMessage } from "../marks/validate.js";
import { reasonOf } from "../reason.js";
import type { Operation } from "../report/operation.js";
import type { Signer } from "../signing/signer.js";
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
 * The mark of an artifact, signed if there is something to sign with (`runtime-core.md` 15.3): the signature covers the hash of the metadata, which the public
 * key belongs to, but the signature itself doesn't. A failure is an error in the log, and the mark goes without a signature.
 */
function buildSignedMark(chalk: Chalk, operation: Operation, artifact: Artifact, signer: Signer | undefined): BuiltMark {
  const { hashing } = chalk.host;
  const ingredients = operation.markIngredients(artifact);
  if (signer === undefined || artifact.unmarkedHash === undefined) return buildMark(ingredients, hashing);
  const { metadataHash } = buildMark({ ...ingredients, signed: true }, hashing);
  try {
    const signature = signer.sign(new TextEncoder().encode(signedMessage(artifact.unmarkedHash, metadataHash)));
    artifact.data.set("SIGNING", true);
    artifact.data.set("SIGNATURE", signature);
  } catch (error) {
    chalk.logger.error(`${artifact.name}: the chalk mark is not signed: ${reasonOf(error)}`);
  }
  return buildMark(ingredients, hashing);
}

/**
 * Collects the chalk-time keys of an artifact and builds its mark.
 * @returns the mark; undefined, and an error in the log, if it would be invalid or the content cannot be read.
 */
export function makeMark(
  chalk: Chalk,
  operation: Operation,
  artifact: Artifact,
  claim: Claim,
  signer?: Signer,
): BuiltMark | undefined {
  const { logger } = chalk;
  try {
    artifact.unmarkedHash ??= claim.unmarkedHash();
  } catch (error) {
    logger.error(`${artifact.name}: ${reasonOf(error)}`);
    return undefined;
  }
  operation.collectArtifact("pre_chalk_keys", artifact);
  const built = buildSignedMark(chalk, operation, artifact, signer);
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
