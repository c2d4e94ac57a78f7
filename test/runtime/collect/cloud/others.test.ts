// Azure, Google, ECS and Lambda (`collection.md` 7.4, 7.5, 8).
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cloudMetadata } from "../../../../runtime/collect/cloud/collector.js";
import { awsEcs } from "../../../../runtime/collect/cloud/ecs.js";
import { awsLambda } from "../../../../runtime/collect/cloud/lambda.js";
import { plain } from "../../support/collect.js";
import { collectIn, type Reply, refused } from "./support.js";

const general = [
  "_OP_CLOUD_PROVIDER",
  "_OP_CLOUD_PROVIDER_SERVICE_TYPE",
  "_OP_CLOUD_PROVIDER_IP",
  "_OP_CLOUD_PROVIDER_TAGS",
  "_OP_CLOUD_PROVIDER_ACCOUNT_INFO",
  "_OP_CLOUD_PROVIDER_REGION",
  "_OP_CLOUD_PROVIDER_INSTANCE_TYPE",
];

const azure = { "/sys/class/dmi/id/board_vendor": "Microsoft Corporation\n" };
const azurePath = "/metadata/instance?api-version=2021-02-01";
const azureDocument = {
  compute: { subscriptionId: "sub-1", location: "westeurope", vmSize: "Standard_B1s", tagsList: [{ name: "a", value: "b" }] },
  network: {
    interface: [
      { ipv4: { ipAddress: [{ privateIpAddress: "10.0.0.4", publicIpAddress: "" }] } },
      { ipv4: { ipAddress: [{ publicIpAddress: "203.0.113.9" }] } },
    ],
  },
};

test("Azure: everything from one document", async () => {
  const { values, requests, failures } = await collectIn(cloudMetadata, {
    files: azure,
    answers: { [azurePath]: JSON.stringify(azureDocument) },
    keys: [...general, "_AZURE_INSTANCE_METADATA"],
  });
  assert.equal(values, {
    _OP_CLOUD_PROVIDER: "azure",
    _OP_CLOUD_PROVIDER_IP: "203.0.113.9",
    _OP_CLOUD_PROVIDER_TAGS: [{ name: "a", value: "b" }],
    _OP_CLOUD_PROVIDER_ACCOUNT_INFO: "sub-1",
    _OP_CLOUD_PROVIDER_REGION: "westeurope",
    _OP_CLOUD_PROVIDER_INSTANCE_TYPE: "Standard_B1s",
    _AZURE_INSTANCE_METADATA: azureDocument,
  });
  assert.equal([requests.length, requests[0]!.headers, failures], [1, { Metadata: "true" }, []]);
});

test("Azure: failures, and silence when nobody wants the document", async () => {
  const ask = async (reply: Reply) => {
    const { values, failures } = await collectIn(cloudMetadata, { files: azure, answers: { [azurePath]: reply }, keys: general });
    assert.equal(values, { _OP_CLOUD_PROVIDER: "azure" });
    return failures;
  };
  assert.equal(await ask(refused), ["_OP_CLOUD_METADATA AZURE_IMDS_ERROR"]);
  assert.equal(await ask(400), ["_OP_CLOUD_METADATA AZURE_IMDS_ERROR"]);
  assert.equal(await ask("{ broken"), ["_OP_CLOUD_METADATA AZURE_IMDS_PARSE_ERROR"]);
  assert.equal(await ask("<html>"), []);
  assert.equal((await collectIn(cloudMetadata, { files: azure, keys: ["_OP_CLOUD_PROVIDER"] })).asked, []);
});

const google = { "/sys/class/dmi/id/board_vendor": "Google\n" };
const instancePath = "/computeMetadata/v1/instance/?recursive=true";
const projectPath = "/computeMetadata/v1/project/?recursive=true";
const instance = {
  zone: "projects/1/zones/europe-west1-b",
  machineType: "projects/1/machineTypes/e2-small",
  tags: ["web"],
  serviceAccounts: { default: { email: "x@y" } },
  networkInterfaces: [{ accessConfigs: [{ externalIp: "" }, { externalIp: "203.0.113.7" }] }],
};

test("Google: instance and project", async () => {
  const { values, requests } = await collectIn(cloudMetadata, {
    files: google,
    answers: { [instancePath]: JSON.stringify(instance), [projectPath]: '{"projectId": "p"}' },
    keys: [...general, "_GCP_INSTANCE_METADATA", "_GCP_PROJECT_METADATA"],
  });
  assert.equal(values, {
    _OP_CLOUD_PROVIDER: "gcp",
    _OP_CLOUD_PROVIDER_IP: "203.0.113.7",
    _OP_CLOUD_PROVIDER_TAGS: ["web"],
    _OP_CLOUD_PROVIDER_ACCOUNT_INFO: { default: { email: "x@y" } },
    _OP_CLOUD_PROVIDER_REGION: "europe-west1-b",
    _OP_CLOUD_PROVIDER_INSTANCE_TYPE: "e2-small",
    _GCP_INSTANCE_METADATA: instance,
    _GCP_PROJECT_METADATA: { projectId: "p" },
  });
  assert.ok(requests.length === 2 && requests.every(({ headers }) => headers["Metadata-Flavor"] === "Google"));
});

test("Google: failures have codes of their own", async () => {
  const keys = ["_OP_CLOUD_PROVIDER", "_GCP_INSTANCE_METADATA", "_GCP_PROJECT_METADATA"];
  const ask = async (ofInstance: Reply, ofProject: Reply) =>
    (await collectIn(cloudMetadata, { files: google, answers: { [instancePath]: ofInstance, [projectPath]: ofProject }, keys }))
      .failures;
  assert.equal([...(await ask(500, 500))].sort(), [
    "_GCP_PROJECT_METADATA GCP_PROJECT_METADATA_ERROR",
    "_OP_CLOUD_METADATA GCP_IMDS_ERROR",
  ]);
  assert.equal([...(await ask("{]", "{]"))].sort(), [
    "_GCP_PROJECT_METADATA GCP_PROJECT_METADATA_ERROR",
    "_OP_CLOUD_METADATA GCP_IMDS_PARSE_ERROR",
  ]);
  assert.equal(await ask(JSON.stringify(instance), 404), []);
});

test("Cloud Run shows itself by its resolver and its variables, not by a comment or one variable", async () => {
  const files = { "/etc/resolv.conf": "# nothing\nsearch Google.Internal\n" };
  const environment = { CLOUD_RUN_TIMEOUT_SECONDS: "300", K_SERVICE: "svc" };
  const keys = ["_OP_CLOUD_PROVIDER", "_OP_CLOUD_PROVIDER_SERVICE_TYPE"];
  const found = await collectIn(cloudMetadata, { files, environment, keys });
  assert.equal(found.values, { _OP_CLOUD_PROVIDER: "gcp", _OP_CLOUD_PROVIDER_SERVICE_TYPE: "gcp_cloud_run_service" });
  assert.equal((await collectIn(cloudMetadata, { files, environment: { K_SERVICE: "svc" }, keys })).values, {});
  const comment = { "/etc/resolv.conf": " ; google.internal\n#google.internal\n" };
  assert.equal((await collectIn(cloudMetadata, { files: comment, environment, keys })).values, {});
});

const ecs = { ECS_CONTAINER_METADATA_URI: "http://old/v3", ECS_CONTAINER_METADATA_URI_V4: "http://169.254.170.2/v4/abc" };
const described = { ContainerARN: "arn:aws:ecs:us-east-1:123456789012:container/x", Name: "app" };
const ecsAnswers = {
  "/v4/abc": JSON.stringify(described),
  "/v4/abc/task": '{"Cluster":"c"}',
  "/v4/abc/task/stats": '{"id":{"n":1}}',
};
const ecsKeys = [...general, "_OP_CLOUD_METADATA", "_AWS_REGION"];

test("ECS: three documents, and what the container's ARN says", async () => {
  const { values, requests } = await collectIn(awsEcs, { environment: ecs, answers: ecsAnswers, keys: ecsKeys });
  assert.equal(values, {
    _OP_CLOUD_METADATA: { aws_ecs: { container: described, task: { Cluster: "c" }, "task/stats": { id: { n: 1 } } } },
    _OP_CLOUD_PROVIDER: "aws",
    _OP_CLOUD_PROVIDER_SERVICE_TYPE: "aws_ecs",
    _OP_CLOUD_PROVIDER_ACCOUNT_INFO: "123456789012",
    _OP_CLOUD_PROVIDER_REGION: "us-east-1",
    _AWS_REGION: "us-east-1",
  });
  assert.is(requests.length, 3);
  assert.equal((await collectIn(awsEcs, { keys: ecsKeys })).asked, []);
});

test("ECS: without the container nothing is said, without the others the rest is", async () => {
  const none = await collectIn(awsEcs, { environment: ecs, answers: { ...ecsAnswers, "/v4/abc": 500 }, keys: ecsKeys });
  assert.equal([none.values, none.failures, none.asked.length], [{}, ["_OP_CLOUD_METADATA ECS_METADATA_ERROR"], 3]);
  const some = await collectIn(awsEcs, {
    environment: ecs,
    answers: { "/v4/abc": JSON.stringify(described), "/v4/abc/task": "nonsense" },
    keys: ecsKeys,
  });
  assert.equal(some.failures, ["_OP_CLOUD_METADATA ECS_TASK_METADATA_ERROR", "_OP_CLOUD_METADATA ECS_TASK_STATS_METADATA_ERROR"]);
  assert.equal(some.values._OP_CLOUD_METADATA, { aws_ecs: { container: described } });
});

test("ECS while marking: the same answers serve both phases", async () => {
  const keys = ["CLOUD_METADATA_WHEN_CHALKED", ...ecsKeys];
  const { context } = await collectIn(awsEcs, { environment: ecs, answers: ecsAnswers, keys });
  context.cache.clear();
  const early = plain(awsEcs.collectHost!("pre_run_keys", context));
  assert.equal(early, {
    CLOUD_METADATA_WHEN_CHALKED: {
      aws_ecs: { container: described, task: { Cluster: "c" }, "task/stats": { id: { n: 1 } } },
    },
  });
  const refuse = () => Promise.reject(new Error("already asked"));
  const host = { ...context.host, network: { ...context.host.network, request: refuse } };
  const late = await awsEcs.collectReport!({ ...context, host });
  assert.ok(late.has("_OP_CLOUD_METADATA"));
});

const lambda = {
  AWS_LAMBDA_FUNCTION_NAME: "fn",
  AWS_LAMBDA_FUNCTION_VERSION: "7",
  AWS_REGION: "eu-west-1",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/fn",
  AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[7]abc",
  AWS_EXECUTION_ENV: "",
};
const credentials = { AWS_ACCESS_KEY_ID: "AKIDX", AWS_SECRET_ACCESS_KEY: "wJalr", AWS_SESSION_TOKEN: "tok" };
const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/my-role/fn</Arn>
<UserId>X</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

test("Lambda: environment and caller", async () => {
  const { values, requests } = await collectIn(awsLambda, {
    environment: { ...lambda, ...credentials },
    answers: { "POST /": identity },
    keys: ecsKeys,
  });
  const account = "123456789012";
  assert.equal(values._OP_CLOUD_METADATA, {
    aws_lambda: {
      AWS_REGION: "eu-west-1",
      AWS_LAMBDA_FUNCTION_NAME: "fn",
      AWS_LAMBDA_FUNCTION_VERSION: "7",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/fn",
      AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[7]abc",
      AWS_ACCOUNT_ID: account,
      AWS_ROLE_ARN: `arn:aws:iam::${account}:role/my-role`,
      AWS_LAMBDA_FUNCTION_ARN: `arn:aws:lambda:eu-west-1:${account}:function:fn`,
      AWS_LAMBDA_VERSION_ARN: `arn:aws:lambda:eu-west-1:${account}:function:fn:7`,
      AWS_LAMBDA_LOG_STREAM_ARN: `arn:aws:logs:eu-west-1:${account}:log-group:/aws/lambda/fn:log-stream:2026/01/01/[7]abc`,
    },
  });
  assert.equal(
    [values._OP_CLOUD_PROVIDER_SERVICE_TYPE, values._OP_CLOUD_PROVIDER_ACCOUNT_INFO, values._AWS_REGION],
    ["aws_lambda", account, "eu-west-1"],
  );
  const [request] = requests;
  assert.is(request!.url, "https://sts.eu-west-1.amazonaws.com/");
  assert.is(request!.timeout, 1000);
  assert.is(request!.headers["x-amz-security-token"], "tok");
  assert.match(request!.headers.authorization!, /^AWS4-HMAC-SHA256 Credential=AKIDX\/\d{8}\/eu-west-1\/sts\/aws4_request, /);
  assert.not.ok(JSON.stringify([request!.url, request!.headers]).includes("wJalr"));
});

test("Lambda: without credentials, answer or need the environment is all", async () => {
  const missing = await collectIn(awsLambda, { environment: lambda, keys: ecsKeys });
  assert.equal([missing.asked, missing.logs.length], [[], 1]);
  assert.match(missing.logs[0]!, /^warn: /);
  assert.is(missing.values._OP_CLOUD_PROVIDER_ACCOUNT_INFO, "");
  const refusedAnswer = await collectIn(awsLambda, {
    environment: { ...lambda, ...credentials },
    answers: { "POST /": 403 },
    keys: ecsKeys,
  });
  assert.match(refusedAnswer.logs[0]!, /^error: /);
  assert.ok(refusedAnswer.values._OP_CLOUD_METADATA);
  const unneeded = await collectIn(awsLambda, { environment: { ...lambda, ...credentials }, keys: ["_AWS_REGION"] });
  assert.equal([unneeded.asked, unneeded.values], [[], { _AWS_REGION: "eu-west-1" }]);
  const trap = { ...lambda, ...credentials, AWS_REGION: "evil.example/#" };
  const trapped = await collectIn(awsLambda, { environment: trap, answers: { "POST /": identity }, keys: ecsKeys });
  assert.is(trapped.requests[0]!.url, "https://sts.us-east-1.amazonaws.com/");
  assert.equal((await collectIn(awsLambda, { environment: { AWS_LAMBDA_FUNCTION_NAME: "fn" }, keys: ecsKeys })).values, {});
});

test("Lambda: the address of STS may be in the environment, as for AWS's own programs", async () => {
  const asked = async (more: Record<string, string>) => {
    const environment = { ...lambda, ...credentials, ...more };
    return (await collectIn(awsLambda, { environment, answers: { "POST /": identity }, keys: ecsKeys })).requests[0]!.url;
  };
  const own = { AWS_ENDPOINT_URL_STS: "http://127.0.0.1:4566" };
  const all = { AWS_ENDPOINT_URL: "https://vpce-1.example:8443/base?x=1" };
  const usual = "https://sts.eu-west-1.amazonaws.com/";
  assert.is(await asked(own), "http://127.0.0.1:4566/");
  assert.is(await asked(all), "https://vpce-1.example:8443/base/");
  assert.is(await asked({ ...own, ...all }), "http://127.0.0.1:4566/");
  assert.is(await asked({ ...own, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }), usual);
  assert.is(await asked({ AWS_ENDPOINT_URL_STS: "nonsense" }), usual);
  assert.is(await asked({ AWS_ENDPOINT_URL_STS: "file:///etc/passwd" }), usual);
});

test.run();
