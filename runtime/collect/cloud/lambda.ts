/** The `aws_lambda` collector (`collection.md` 8.2). What it does is loaded only inside of a Lambda function. */
import type { Collector } from "../types.js";

export const nameVariable = "AWS_LAMBDA_FUNCTION_NAME";
export const versionVariable = "AWS_LAMBDA_FUNCTION_VERSION";

/** The `aws_lambda` collector. */
export const awsLambda: Collector = {
  name: "aws_lambda",
  async collectReport(context) {
    const { processes } = context.host;
    if (!processes.variable(nameVariable) || !processes.variable(versionVariable)) return new Map();
    return (await import("./lambda-function.js")).collectLambda(context);
  },
};
