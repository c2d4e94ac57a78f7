/**
 * What `env` and `exec` report besides the host and the program (`marks-and-codecs.md` 2.7, 3.5): certificates in the environment, and whether the program's
 * mark is valid.
 */
import { mayHoldCertificate } from "../codecs/certs/presence.js";
import type { ReportPort } from "../exec/types.js";
import type { Engine, Operation } from "../report/index.js";
import type { Chalk } from "../start/chalk.js";
import { checkMark } from "./check.js";
import { prepareScan } from "./scan.js";

const NO_PATHS = { error() {}, warn() {}, missing() {}, ourselves: () => false };

/** Adds the certificates that environment variables hold to an operation's artifacts. */
export function addEnvironment(chalk: Chalk, operation: Operation): void {
  if (!Object.values(chalk.host.processes.environment()).some(mayHoldCertificate)) return;
  const scan = prepareScan(chalk, operation);
  if ("invalid" in scan) return;
  for (const { artifact } of scan.artifacts([], NO_PATHS, true)) {
    operation.artifacts.push(artifact);
    checkMark(chalk, operation, artifact, undefined);
    operation.collectArtifact("post_chalk_keys", artifact);
  }
}

/** The engine as `exec` uses it: its first report tells whether the program's mark is valid, and shows the environment's certificates. */
export function programPort(chalk: Chalk, engine: Engine): ReportPort {
  return {
    begin(name, options) {
      const operation = engine.begin(name, options);
      if (name !== "exec") return operation;
      return {
        artifacts: operation.artifacts,
        unmarked: operation.unmarked,
        collectArtifact(phase, artifact) {
          // The mark of a container vouches for an image, not for the file of the program.
          if (artifact.codec !== "docker") checkMark(chalk, operation, artifact, undefined);
          operation.collectArtifact(phase, artifact);
        },
        report() {
          addEnvironment(chalk, operation);
          return operation.report();
        },
      };
    },
  };
}
