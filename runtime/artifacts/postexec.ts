/** The report of operation `postexec` (`runtime-core.md` 8.5): the watched files as collected artifacts, each with whether the program opened it. */
import type { WatchedFiles } from "../exec/postexec.js";
import type { Engine } from "../report/index.js";
import type { Chalk } from "../start/chalk.js";
import { checkMark } from "./check.js";
import { prepareScan } from "./scan.js";

/** Makes the report. Only the codecs named in `exec.postexec.access_watch.scan_codecs` look at the files; an empty list stands for all. */
export async function reportAccess(chalk: Chalk, engine: Engine, files: WatchedFiles): Promise<void> {
  const operation = engine.begin("postexec");
  const codecs = chalk.settings.strings("exec.postexec.access_watch.scan_codecs", ["certs"]);
  const scan = prepareScan(chalk, operation, { codecs });
  const trace = (text: string): void => chalk.logger.trace(`postexec: ${text}`);
  const reporter = { error: trace, warn: trace, missing: (path: string) => trace(`${path} is gone`), ourselves: () => false };
  await operation.suspendOptional(async () => {
    if (!("invalid" in scan)) {
      for (const { artifact, claim } of scan.artifacts(files.paths, reporter, false)) {
        operation.collected.push(artifact);
        checkMark(chalk, operation, artifact, claim);
        const path = artifact.path ?? artifact.name;
        if (files.accessed !== undefined) operation.setArtifact(artifact, "_OP_ARTIFACT_ACCESSED", files.accessed.has(path));
        operation.setArtifact(artifact, "_OP_ARTIFACT_MOUNTED", files.mounted.has(path));
        operation.collectArtifact("post_chalk_keys", artifact);
      }
    }
    await operation.report();
  });
}
