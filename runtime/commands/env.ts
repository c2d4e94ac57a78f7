/**
 * `chalk env` (`runtime-core.md` 4.5, `marks-and-codecs.md` 3.5, 3.6): a report on the host, with the certificates in the environment, and in AWS Lambda with
 * the mark of the function's archive.
 */
import { addEnvironment } from "../artifacts/environment.js";
import { describe } from "../artifacts/scan.js";
import { hasMagic } from "../marks/format.js";
import { readContainedMark } from "../marks/locate.js";
import { reasonOf } from "../reason.js";
import { newArtifact, type Operation } from "../report/index.js";
import type { Chalk } from "../start/chalk.js";
import { connectEngine } from "./engine.js";

/** All of them are set in AWS Lambda. */
const LAMBDA_VARIABLES = ["LAMBDA_TASK_ROOT", "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME"] as const;

/** The mark that the function's archive carries, as an artifact. */
function addLambda(chalk: Chalk, operation: Operation): void {
  const { processes, files } = chalk.host;
  const [root, api, name] = LAMBDA_VARIABLES.map((variable) => processes.variable(variable));
  if (!root || !api || !name) return;
  const path = `${root.replace(/\/+$/, "")}/chalk.json`;
  try {
    const mark = readContainedMark(files.readBytes(path));
    if (!(mark instanceof Map) || !hasMagic(mark)) throw new Error((mark as { error: string }).error);
    const artifact = newArtifact(api);
    describe(artifact, "zip", false, mark);
    artifact.kinds.add("process");
    operation.artifacts.push(artifact);
    operation.collectArtifact("post_chalk_keys", artifact);
  } catch (error) {
    chalk.logger.error(`${path}: ${reasonOf(error)}`);
  }
}

export async function env(chalk: Chalk): Promise<number> {
  const operation = connectEngine(chalk).begin("env");
  addLambda(chalk, operation);
  addEnvironment(chalk, operation);
  await operation.report();
  await chalk.publisher.flush();
  return 0;
}
