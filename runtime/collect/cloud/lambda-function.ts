/**
 * A function of AWS Lambda (`collection.md` 8.2): what its environment says, and, if that holds credentials, who they belong to. STS is asked only when a key
 * needs that.
 */
import { signedHeaders } from "../../aws-signature.js";
import type { Json } from "../../json.js";
import { ask, problemOf, successText } from "../questions.js";
import type { CollectContext } from "../types.js";
import { serviceKey } from "./document.js";
import { nameVariable, versionVariable } from "./lambda.js";

const groupVariable = "AWS_LAMBDA_LOG_GROUP_NAME";
const streamVariable = "AWS_LAMBDA_LOG_STREAM_NAME";

/** Reported as they are. */
const plainVariables: readonly string[] = [
  nameVariable,
  versionVariable,
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  groupVariable,
  streamVariable,
  "AWS_EXECUTION_ENV",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
];

const accountKey = "_OP_CLOUD_PROVIDER_ACCOUNT_INFO";
const timeout = 1_000;
const globalRegion = "us-east-1";
const question = "Action=GetCallerIdentity&Version=2011-06-15";

interface Caller {
  readonly account: string;
  readonly arn: string;
}

type Variable = (name: string) => string;

/**
 * Where STS is: the address that AWS's own programs take from the environment (a private endpoint of the function's network, a stand-in for tests), else the
 * region's public one.
 */
function serviceUrl(variable: Variable, region: string): URL {
  const isIgnored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").toLowerCase() === "true";
  const configured = isIgnored ? "" : variable("AWS_ENDPOINT_URL_STS") || variable("AWS_ENDPOINT_URL");
  if (/^https?:\/\//i.test(configured) && URL.canParse(configured)) {
    const { origin, pathname } = new URL(configured);
    return new URL(`${origin}${pathname.replace(/\/*$/, "/")}`);
  }
  return new URL(`https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`);
}

/** Whose credentials these are; undefined, and logged, if that can't be found out. */
async function callerOf(context: CollectContext, variable: Variable, region: string): Promise<Caller | undefined> {
  const { host, log } = context;
  const [accessKey, secretKey] = [variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")];
  if (accessKey === "" || secretKey === "") {
    log("warn", "aws_lambda: no credentials in the environment, so the account is unknown");
    return undefined;
  }
  const { href, host: server, pathname } = serviceUrl(variable, region);
  const headers = signedHeaders(host.hashing, {
    method: "POST",
    host: server,
    path: pathname,
    region,
    service: "sts",
    payloadHash: host.hashing.hex("sha256", question),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    accessKey,
    secretKey,
    token: variable("AWS_SESSION_TOKEN"),
    time: host.clock.now(),
  });
  const outcome = await ask(host, { method: "POST", url: href, headers, body: question }, { timeout, retries: 0 });
  const text = successText(outcome);
  const member = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text ?? "")?.[1]?.trim();
  const [account, arn] = [member("Account"), member("Arn")];
  if (account !== undefined && arn !== undefined) return { account, arn };
  log("error", `aws_lambda: ${server}: ${text === undefined ? problemOf(outcome) : "the answer names no account"}`);
  return undefined;
}

/** The role behind a session of it; any other identity as it is. */
function roleArn({ account, arn }: Caller, partition: string): string {
  const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`;
}

/** What follows from knowing the account. */
function identityOf(caller: Caller, variable: Variable, region: string): [string, string][] {
  const partition = caller.arn.split(":")[1] ?? "aws";
  const ofService = (service: string) => `arn:${partition}:${service}:${region}:${caller.account}`;
  const [name, version, group, stream] = [nameVariable, versionVariable, groupVariable, streamVariable].map(variable);
  const functionArn = `${ofService("lambda")}:function:${name}`;
  const entries: [string, string][] = [
    ["AWS_ACCOUNT_ID", caller.account],
    ["AWS_ROLE_ARN", roleArn(caller, partition)],
  ];
  if (region === "") return entries;
  entries.push(["AWS_LAMBDA_FUNCTION_ARN", functionArn], ["AWS_LAMBDA_VERSION_ARN", `${functionArn}:${version}`]);
  if (group !== "" && stream !== "")
    entries.push(["AWS_LAMBDA_LOG_STREAM_ARN", `${ofService("logs")}:log-group:${group}:log-stream:${stream}`]);
  return entries;
}

/** The keys of a Lambda function. */
export async function collectLambda(context: CollectContext): Promise<Map<string, Json>> {
  const variable: Variable = (name) => context.host.processes.variable(name) ?? "";
  const region = variable("AWS_REGION") || variable("AWS_DEFAULT_REGION");
  const facts: [string, string][] = [
    ["AWS_REGION", region],
    ...plainVariables.map((name): [string, string] => [name, variable(name)]),
  ];
  const asks = context.subscribed(serviceKey) || context.subscribed(accountKey);
  // What isn't a region must not become part of a host name that gets a signature.
  const caller = asks ? await callerOf(context, variable, /^[a-z0-9-]+$/.test(region) ? region : globalRegion) : undefined;
  if (caller !== undefined) facts.push(...identityOf(caller, variable, region));
  return new Map<string, Json>([
    [serviceKey, new Map([["aws_lambda", new Map(facts.filter(([, value]) => value !== ""))]])],
    ["_OP_CLOUD_PROVIDER", "aws"],
    ["_OP_CLOUD_PROVIDER_SERVICE_TYPE", "aws_lambda"],
    [accountKey, caller?.account ?? ""],
    ["_OP_CLOUD_PROVIDER_REGION", region],
    ["_AWS_REGION", region],
  ]);
}
