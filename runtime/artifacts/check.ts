/**
 * Validation of an artifact's mark outside of operations that mark (`marks-and-codecs.md` 2.7): identifiers are computed anew and compared. The outcome
 * is reported and logged; it never changes the exit code.
 */
import { fromBase64, utf8 } from "../base64.js";
import type { Claim } from "../codecs/codec.js";
import type { Artifact } from "../collect/types.js";
import { chalkIdOfHash } from "../marks/identifiers.js";
import { validateMark } from "../marks/validate.js";
import { reasonOf } from "../reason.js";
import type { Operation } from "../report/operation.js";
import type { Chalk } from "../start/chalk.js";

/** The hash that the CHALK_ID of the mark was made of, or else the hash as it is now. */
function hashFor(chalk: Chalk, artifact: Artifact, claim: Claim): string {
  const hash = claim.unmarkedHash();
  const id = artifact.mark?.get("CHALK_ID");
  if (typeof id !== "string" || id === chalkIdOfHash(hash)) return hash;
  const legacy = claim.legacyHash?.(id);
  if (legacy === undefined) return hash;
  chalk.logger.info(`${artifact.name}: the CHALK_ID is valid by the hash of an earlier release`);
  return legacy;
}

/** Validates a marked artifact and stores the outcome. `claim` undefined: its hash is known already. */
export function checkMark(chalk: Chalk, operation: Operation, artifact: Artifact, claim: Claim | undefined): void {
  const { logger, host } = chalk;
  if (artifact.mark === undefined) return;
  try {
    if (claim !== undefined) artifact.unmarkedHash = hashFor(chalk, artifact, claim);
  } catch (error) {
    logger.error(`${artifact.name}: ${reasonOf(error)}`);
    artifact.failed = true;
    return;
  }
  const signable = artifact.kinds.has("file");
  const result = validateMark(artifact.mark, {
    hashing: host.hashing,
    hash: artifact.unmarkedHash,
    signable,
    verify: (publicKey, message, signature) => host.cryptography.verify(publicKey, utf8(message), fromBase64(signature)),
  });
  for (const { level, text } of result.messages) logger.log(level, `${artifact.name}: ${text}`);
  for (const [key, value] of result.keys) operation.setArtifact(artifact, key, value);
  if (result.failed) artifact.failed = true;
}
