/**
 * What is inside of archives (`marks-and-codecs.md` 8.5): with `chalk_contained_items`, the entries are marked, or their marks read, in a scan of its own,
 * whose report becomes EMBEDDED_CHALK of the archive. Nothing is unpacked: an entry is looked at in memory, and what changes is handed to the archive's
 * codec, which puts it in when the archive itself is written.
 */
import { contentBytes } from "../codecs/candidate.js";
import { type Claim, type CodecContext, type ContainedClaim, isRefusal } from "../codecs/codec.js";
import type { Artifact } from "../collect/types.js";
import type { Json } from "../json.js";
import { chalkIdOfHash } from "../marks/identifiers.js";
import { reasonOf } from "../reason.js";
import { newArtifact } from "../report/index.js";
import type { Operation } from "../report/operation.js";
import type { Signer } from "../signing/signer.js";
import type { Chalk } from "../start/chalk.js";
import { checkMark } from "./check.js";
import { forgetClaim, rememberClaim } from "./claims.js";
import { carriesConfiguration, carryPrivateKeys, makeMark } from "./mark.js";
import { describe } from "./scan.js";

export interface ContainedOptions {
  readonly chalk: Chalk;
  readonly context: CodecContext;
  /** Signs the marks of the content, too. */
  readonly signer?: Signer | undefined;
  /** Marks are collected here instead of being written. */
  readonly virtualMarks: string[] | undefined;
}

/** Archives within archives, so deep. */
const DEEPEST = 8;

function artifactOf(entry: ContainedClaim, container: string): Artifact {
  const path = `/${entry.name}`;
  const artifact = newArtifact(`zip:${path}`);
  describe(artifact, entry.claim.codec, entry.claim.readOnly === true, entry.claim.mark);
  rememberClaim(artifact, entry.claim, { container, path });
  return artifact;
}

/** Works on all entries of an archive; what the operation's report shows of them is the result. */
function overEntries(
  options: ContainedOptions,
  parent: Operation,
  name: "insert" | "extract",
  outer: Claim,
  use: (sub: Operation, artifact: Artifact, entry: ContainedClaim) => void,
): Json[] {
  const container = chalkIdOfHash(outer.unmarkedHash());
  return parent.subScan(name, (sub) => {
    for (const entry of outer.container?.entries(options.context) ?? []) {
      const artifact = artifactOf(entry, container);
      try {
        sub.withArtifact(artifact, () => use(sub, artifact, entry));
      } catch (error) {
        options.chalk.logger.error(`${artifact.name}: ${reasonOf(error)}`);
      } finally {
        forgetClaim(artifact);
        entry.claim.file.close();
      }
    }
  });
}

/**
 * Marks the entries of an archive; returns the value of EMBEDDED_CHALK. Since nothing is unpacked, an entry has no path of its own: PATH_WHEN_CHALKED is that
 * of the archive and the one within it, and there is no EMBEDDED_TMPDIR.
 */
export function markContained(
  options: ContainedOptions,
  parent: Operation,
  outer: Claim,
  path = outer.file.path,
  depth = 0,
): Json[] {
  const { chalk, virtualMarks } = options;
  if (depth >= DEEPEST) return [];
  return overEntries(options, parent, "insert", outer, (sub, artifact, { name, claim }) => {
    if (carriesConfiguration(claim.mark)) return;
    sub.artifacts.push(artifact);
    if (claim.readOnly === true) {
      artifact.unmarkedHash = claim.unmarkedHash();
      for (const [key, value] of claim.mark ?? []) artifact.data.set(key, value);
      return;
    }
    carryPrivateKeys(artifact);
    artifact.unmarkedHash = claim.unmarkedHash();
    sub.setArtifact(artifact, "PRE_CHALK_HASH", claim.file.hash());
    const place = `${path}:/${name}`;
    sub.setArtifact(artifact, "PATH_WHEN_CHALKED", place);
    const embedded = claim.container === undefined ? [] : markContained(options, sub, claim, place, depth + 1);
    sub.setArtifact(artifact, "EMBEDDED_CHALK", embedded);
    const mark = makeMark(chalk, sub, artifact, claim, options.signer);
    if (mark === undefined) return;
    if (virtualMarks !== undefined) virtualMarks.push(mark.text);
    else if (claim.place !== undefined) outer.container?.replace(`${name}.chalk`, new TextEncoder().encode(`${mark.text}\n`));
    else {
      const content = claim.withMark(mark.text);
      if (isRefusal(content)) {
        chalk.logger.error(`${artifact.name}: ${content.refused}`);
        return;
      }
      outer.container?.replace(name, contentBytes(claim.file, content));
    }
    artifact.mark = mark.mark;
  });
}

/** Reads the marks of the entries of an archive; returns the value of EMBEDDED_CHALK. */
export function readContained(options: ContainedOptions, parent: Operation, outer: Claim, depth = 0): Json[] {
  if (depth >= DEEPEST) return [];
  return overEntries(options, parent, "extract", outer, (sub, artifact, { claim }) => {
    const embedded = claim.container === undefined ? [] : readContained(options, sub, claim, depth + 1);
    if (artifact.mark === undefined) return;
    checkMark(options.chalk, sub, artifact, claim);
    sub.setArtifact(artifact, "EMBEDDED_CHALK", embedded);
    sub.artifacts.push(artifact);
  });
}
