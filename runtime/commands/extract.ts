/** `chalk extract` for files (`runtime-core.md` 4.2, `marks-and-codecs.md` 14.3): reads marks, validates them, and reports what they say. */
import { checkMark } from "../artifacts/check.js";
import { readContained } from "../artifacts/contained.js";
import { type ArtifactRun, runOverArtifacts } from "../artifacts/run.js";
import type { FoundArtifact } from "../artifacts/scan.js";
import type { Claim } from "../codecs/codec.js";
import type { Artifact } from "../collect/types.js";
import { DockerExtraction, type DockerKind } from "../docker/extract.js";
import { reasonOf } from "../reason.js";
import { type Chalk, flagValue } from "../start/chalk.js";

/** What else is looked through, besides files. */
interface Scope {
  readonly files: boolean;
  readonly kinds: readonly DockerKind[];
}

/** Runs the command; the result is the exit code. */
export const extract = (chalk: Chalk): Promise<number> => extractFrom(chalk, { files: true, kinds: [] });
/** `extract images`, `extract containers`, `extract all`. */
export const extractImages = (chalk: Chalk): Promise<number> => extractFrom(chalk, { files: false, kinds: ["image"] });
export const extractContainers = (chalk: Chalk): Promise<number> => extractFrom(chalk, { files: false, kinds: ["container"] });
export const extractAll = (chalk: Chalk): Promise<number> => extractFrom(chalk, { files: true, kinds: ["image", "container"] });

function extractFrom(chalk: Chalk, { files, kinds }: Scope): Promise<number> {
  if (flagValue(chalk, "search-layers") !== undefined || flagValue(chalk, "search_layers") !== undefined)
    chalk.logger.warn("--search-layers has no effect any more");
  let docker: DockerExtraction | undefined;
  const dockerOf = (): DockerExtraction => (docker ??= new DockerExtraction(chalk));
  return runOverArtifacts(chalk, {
    operation: "extract",
    environment: files,
    missing: "No such file or directory, image or container",
    ...(files ? {} : { roots: [] }),
    elsewhere: (run, name) => dockerOf().named(run, name),
    process: extractOne,
    async finish(run, count) {
      let all = count;
      for (const kind of kinds) {
        const found = await dockerOf().all(run, kind);
        if (found === 0) chalk.logger.warn(`there are no ${kind === "image" ? "images" : "running containers"}`);
        all += found;
      }
      if (all === 0) chalk.logger.warn("No chalk marks extracted");
    },
  });
}

function extractOne(run: ArtifactRun, { artifact, claim }: FoundArtifact): void {
  const { operation, chalk } = run;
  const { logger } = chalk;
  const embedded = claim?.container !== undefined && chalk.settings.bool("chalk_contained_items", false);
  if (artifact.mark === undefined) {
    logger.warn(`${artifact.name}: Artifact is unchalked`);
    if (artifact.path !== undefined) operation.unmarked.push(artifact.path);
    if (embedded && readEmbedded(run, artifact, claim) > 0)
      logger.warn(`${artifact.name}: the archive is unchalked, but has marked content`);
    return;
  }
  logger.info(`${artifact.name}: Chalk mark extracted`);
  operation.artifacts.push(artifact);
  operation.withArtifact(artifact, () => {
    checkMark(chalk, operation, artifact, claim);
    if (embedded && operation.subscribed("EMBEDDED_CHALK")) readEmbedded(run, artifact, claim);
  });
  operation.collectArtifact("post_chalk_keys", artifact);
}

/** Reads the marks inside of an archive; returns how many there are. */
function readEmbedded({ chalk, operation, scan }: ArtifactRun, artifact: Artifact, claim: Claim): number {
  try {
    const list = readContained({ chalk, context: scan.context, virtualMarks: undefined }, operation, claim);
    operation.setArtifact(artifact, "EMBEDDED_CHALK", list);
    return list.length;
  } catch (error) {
    chalk.logger.error(`${artifact.name}: its content could not be read: ${reasonOf(error)}`);
    return 0;
  }
}
